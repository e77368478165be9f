// Changing the data dictionary: objects, fields, option sets and layouts, for administrators.
import { body, client } from "./client";
import { metaQuery } from "./meta";
import { queryClient } from "./query-client";
import type { components } from "./schema";

export type Changed = components["schemas"]["Changed"];
export type Words = components["schemas"]["Words"];

/** What was defined holds at once, for everybody; this browser reads it again. */
export const forgetMeta = () => queryClient.invalidateQueries({ queryKey: metaQuery.queryKey });

export const addObject = (definition: Record<string, unknown>): Promise<Changed> =>
  body(client.POST("/api/v1/dictionary/objects", { body: definition }));

export const changeObject = ({ object, ...patch }: { object: string } & Record<string, unknown>): Promise<Changed> =>
  body(client.PATCH("/api/v1/dictionary/objects/{object}", { params: { path: { object } }, body: patch }));

export const addField = ({ object, ...definition }: { object: string } & Record<string, unknown>): Promise<Changed> =>
  body(client.POST("/api/v1/dictionary/objects/{object}/fields", { params: { path: { object } }, body: definition }));

export const changeField = ({
  object,
  field,
  ...patch
}: { object: string; field: string } & Record<string, unknown>): Promise<Changed> =>
  body(
    client.PATCH("/api/v1/dictionary/objects/{object}/fields/{field}", {
      params: { path: { object, field } },
      body: patch,
    }),
  );

export const addOptionSet = (definition: Record<string, unknown>): Promise<Changed> =>
  body(client.POST("/api/v1/dictionary/option_sets", { body: definition }));

export const changeOptionSet = ({ set, ...patch }: { set: string } & Record<string, unknown>): Promise<Changed> =>
  body(client.PATCH("/api/v1/dictionary/option_sets/{set}", { params: { path: { set } }, body: patch }));

export const saveLayout = (layout: Record<string, unknown>): Promise<unknown> =>
  body<unknown>(client.PUT("/api/v1/dictionary/layouts", { body: layout }));

export const dropLayout = (id: number) =>
  client.DELETE("/api/v1/dictionary/layouts/{id}", { params: { path: { id } } });
