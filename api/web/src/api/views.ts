// Saved lists: a filter, columns and an order under a name, for oneself or shared.
import { queryOptions, useMutation } from "@tanstack/react-query";
import type { Condition } from "@/model/condition";
import { body, client } from "./client";
import { queryClient } from "./query-client";

export interface ViewDefinition {
  filter?: Condition;
  /** Columns in their order; none: the usual ones. */
  fields: string[];
  sort: string[];
  q?: string;
  tag?: string;
}

export interface SavedView {
  id: number;
  name: string;
  owner_id: number;
  shared: boolean;
  /** Whether the reader may change it. */
  own: boolean;
  definition: ViewDefinition;
}

export function viewsQuery(resource: string) {
  return queryOptions({
    queryKey: ["views", resource],
    queryFn: async () =>
      (
        (await body(client.GET("/api/v1/{resource}/views", { params: { path: { resource } } }))) as unknown as {
          items: SavedView[];
        }
      ).items,
  });
}

const refresh = (resource: string) => queryClient.invalidateQueries({ queryKey: ["views", resource] });

export function useSaveView(resource: string) {
  return useMutation({
    mutationFn: async ({
      id,
      ...input
    }: {
      id?: number;
      name: string;
      shared: boolean;
      definition: ViewDefinition;
    }) => {
      const view = input as never;
      return (await body<unknown>(
        id === undefined
          ? client.POST("/api/v1/{resource}/views", { params: { path: { resource } }, body: view })
          : client.PUT("/api/v1/{resource}/views/{view}", { params: { path: { resource, view: id } }, body: view }),
      )) as SavedView;
    },
    onSuccess: () => refresh(resource),
  });
}

export function useDropView(resource: string) {
  return useMutation({
    mutationFn: async (view: number) => {
      await client.DELETE("/api/v1/{resource}/views/{view}", { params: { path: { resource, view } } });
    },
    onSuccess: () => refresh(resource),
  });
}
