// What can be done with records beside plain changes: copy, merge, share, and many at once.
import { queryOptions, useMutation } from "@tanstack/react-query";
import type { Condition } from "@/model/condition";
import { body, client } from "./client";
import { forgetRecords } from "./records";
import type { components } from "./schema";
import type { CrmRecord } from "./types";

export type BulkResult = components["schemas"]["BulkResult"];
export type Share = components["schemas"]["Share"];
export type ShareAccess = components["schemas"]["ShareAccess"];

export function useCopy(resource: string) {
  return useMutation({
    mutationFn: async (input: { id: number; parts: boolean }) =>
      (await body(
        client.POST("/api/v1/{resource}/{id}/copy", {
          params: { path: { resource, id: input.id } },
          body: { parts: input.parts },
        }),
      )) as unknown as CrmRecord,
    onSuccess: () => forgetRecords(resource),
  });
}

export function useMerge(resource: string) {
  return useMutation({
    mutationFn: (input: { id: number; from: number[]; fields: Record<string, number> }) =>
      body(
        client.POST("/api/v1/{resource}/{id}/merge", {
          params: { path: { resource, id: input.id } },
          body: { from: input.from, fields: input.fields },
        }),
      ),
    onSuccess: () => forgetRecords(resource),
  });
}

export async function undoMerge(resource: string, merge: number): Promise<void> {
  await client.POST("/api/v1/merges/{id}/undo", { params: { path: { id: merge } } });
  await forgetRecords(resource);
}

export interface BulkInput {
  action: "update" | "delete" | "restore" | "purge";
  ids?: number[];
  filter?: Condition;
  patch?: Record<string, unknown>;
}

export function useBulk(resource: string) {
  return useMutation({
    mutationFn: (input: BulkInput) =>
      body(client.POST("/api/v1/{resource}/bulk", { params: { path: { resource } }, body: input as never })),
    onSuccess: () => forgetRecords(resource),
  });
}

/** Only objects that people own have shares; the document lists each by itself. */
const sharesPath = (resource: string) =>
  `/api/v1/${encodeURIComponent(resource)}/{id}/shares` as "/api/v1/customers/{id}/shares";
const sharePath = (resource: string) => `${sharesPath(resource)}/{share}` as "/api/v1/customers/{id}/shares/{share}";

export function sharesQuery(resource: string, id: number) {
  return queryOptions({
    queryKey: ["records", resource, "one", id, "shares"],
    queryFn: async () =>
      (await body(client.GET(sharesPath(resource), { params: { path: { id } } }))) as unknown as { items: Share[] },
  });
}

export function useShare(resource: string, id: number) {
  return useMutation({
    mutationFn: async (input: { grantee: string; access: ShareAccess; team_role?: string }) => {
      await client.POST(sharesPath(resource), { params: { path: { id } }, body: input });
    },
    onSuccess: () => forgetRecords(resource),
  });
}

export function useUnshare(resource: string, id: number) {
  return useMutation({
    mutationFn: async (share: number) => {
      await client.DELETE(sharePath(resource), { params: { path: { id, share } } });
    },
    onSuccess: () => forgetRecords(resource),
  });
}
