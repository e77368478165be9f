// What any record may carry: tags, the caller's marks, notes, comments, files, and its timeline.
import { infiniteQueryOptions, queryOptions, useMutation } from "@tanstack/react-query";
import type { AuditEntry } from "./audit";
import { body, client } from "./client";
import { queryClient } from "./query-client";

/** The record a companion belongs to. */
export interface Place {
  resource: string;
  id: number;
}

export interface Companions {
  tags: string[];
  followed: boolean;
  favourite: boolean;
  followers: { id: number; name: string }[];
}

export type Mark = "follow" | "favourite";
export type RemarkKind = "notes" | "comments";

export interface Remark {
  id: number;
  kind: "note" | "comment";
  answers?: number | null;
  body: string;
  created_at: string;
  created_by: number;
  author?: string | null;
  edited_at?: string | null;
  mentions: { id: number; login: string; name: string }[];
}

export interface Attachment {
  id: number;
  name: string;
  media_type: string;
  bytes: number;
  created_at: string;
  created_by: number;
}

export interface Named {
  object: string;
  resource: string;
  id: number;
  title: string;
  at?: string;
}

/** One thing that happened; what it was is in the member of its kind. */
export interface Happening {
  kind: "change" | "note" | "comment" | "record";
  at: string;
  change?: AuditEntry;
  remark?: Remark;
  record?: Named;
}

const key = ({ resource, id }: Place, part: string) => ["records", resource, "one", id, part];
const params = ({ resource, id }: Place) => ({ path: { resource, id } });

export function companionsQuery(place: Place) {
  return queryOptions({
    queryKey: key(place, "companions"),
    queryFn: async () =>
      (await body(
        client.GET("/api/v1/{resource}/{id}/companions", { params: params(place) }),
      )) as unknown as Companions,
  });
}

export function useSetTags(place: Place) {
  return useMutation({
    mutationFn: async (tags: string[]) =>
      (await body(
        client.PUT("/api/v1/{resource}/{id}/tags", { params: params(place), body: { tags } }),
      )) as unknown as Companions,
    onSuccess: (companions) => {
      queryClient.setQueryData(companionsQuery(place).queryKey, companions);
      void queryClient.invalidateQueries({ queryKey: ["tags"] });
    },
  });
}

export function useMark(place: Place, mark: Mark) {
  return useMutation({
    mutationFn: async (on: boolean) => {
      const at = { params: { path: { ...place, mark } } };
      const path = "/api/v1/{resource}/{id}/marks/{mark}" as const;
      return (await body<unknown>(on ? client.PUT(path, at) : client.DELETE(path, at))) as Companions;
    },
    onSuccess: (companions) => {
      queryClient.setQueryData(companionsQuery(place).queryKey, companions);
      void queryClient.invalidateQueries({ queryKey: ["marks"] });
    },
  });
}

export function timelineQuery(place: Place) {
  return infiniteQueryOptions({
    queryKey: key(place, "timeline"),
    queryFn: async ({ pageParam }) =>
      (await body(
        client.GET("/api/v1/{resource}/{id}/timeline", {
          params: { ...params(place), query: { "page[after]": pageParam, "page[size]": 25 } },
        }),
      )) as unknown as { items: Happening[]; next?: string | null },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
  });
}

export function remarksQuery(place: Place, kind: RemarkKind) {
  return queryOptions({
    queryKey: key(place, kind),
    queryFn: async () =>
      (
        (await body(client.GET(`/api/v1/{resource}/{id}/${kind}`, { params: params(place) }))) as unknown as {
          items: Remark[];
        }
      ).items,
  });
}

const refresh = (place: Place, ...parts: string[]) =>
  Promise.all(parts.map((part) => queryClient.invalidateQueries({ queryKey: key(place, part) })));

export function useWriteRemark(place: Place, kind: RemarkKind) {
  return useMutation({
    mutationFn: async (input: { body: string; answers?: number }) => {
      await client.POST(`/api/v1/{resource}/{id}/${kind}`, { params: params(place), body: input });
    },
    onSuccess: () => refresh(place, kind, "timeline", "companions"),
  });
}

export function useChangeRemark(place: Place, kind: RemarkKind) {
  return useMutation({
    mutationFn: async (input: { id: number; body: string }) => {
      await client.PATCH("/api/v1/{resource}/{id}/remarks/{remark}", {
        params: { path: { ...place, remark: input.id } },
        body: { body: input.body },
      });
    },
    onSuccess: () => refresh(place, kind, "timeline"),
  });
}

export function useDropRemark(place: Place, kind: RemarkKind) {
  return useMutation({
    mutationFn: async (id: number) => {
      await client.DELETE("/api/v1/{resource}/{id}/remarks/{remark}", { params: { path: { ...place, remark: id } } });
    },
    onSuccess: () => refresh(place, kind, "timeline"),
  });
}

export function filesQuery(place: Place) {
  return queryOptions({
    queryKey: key(place, "files"),
    queryFn: async () =>
      (
        (await body(client.GET("/api/v1/{resource}/{id}/files", { params: params(place) }))) as unknown as {
          items: Attachment[];
        }
      ).items,
  });
}

export function useAttach(place: Place) {
  return useMutation({
    mutationFn: async (file: File) => {
      await client.POST("/api/v1/{resource}/{id}/files", {
        params: { ...params(place), query: { name: file.name } },
        headers: { "Content-Type": "application/octet-stream" },
        body: file as never,
        bodySerializer: (content) => content as unknown as BodyInit,
      });
    },
    onSettled: () => refresh(place, "files"),
  });
}

export function useDetach(place: Place) {
  return useMutation({
    mutationFn: async (file: number) => {
      await client.DELETE("/api/v1/{resource}/{id}/files/{file}", { params: { path: { ...place, file } } });
    },
    onSuccess: () => refresh(place, "files"),
  });
}

export function fileAddress({ resource, id }: Place, file: number, inline = false): string {
  return `/api/v1/${resource}/${id}/files/${file}${inline ? "?inline=true" : ""}`;
}

export const tagsQuery = queryOptions({
  queryKey: ["tags"],
  queryFn: async () =>
    ((await body(client.GET("/api/v1/tags"))) as unknown as { items: { tag: string; records: number }[] }).items,
});

export function taggedQuery(tag: string) {
  return queryOptions({
    queryKey: ["tags", tag],
    queryFn: async () =>
      ((await body(client.GET("/api/v1/tags/{tag}", { params: { path: { tag } } }))) as unknown as { items: Named[] })
        .items,
  });
}

export function markedQuery(mark: Mark) {
  return queryOptions({
    queryKey: ["marks", mark],
    queryFn: async () =>
      (
        (await body(client.GET("/api/v1/marks/{mark}", { params: { path: { mark } } }))) as unknown as {
          items: Named[];
        }
      ).items,
  });
}
