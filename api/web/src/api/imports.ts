// Imports of files: started, followed, stopped, taken back.
import { queryOptions, useMutation } from "@tanstack/react-query";
import { body, client } from "./client";
import { queryClient } from "./query-client";
import { forgetRecords } from "./records";

export interface ImportRun {
  id: number;
  object: string;
  file_name?: string | null;
  actor: string;
  upsert_key?: string | null;
  started_at: string;
  finished_at?: string | null;
  /** `running`, `done`, `dry_run`, `failed`, `cancelled` or `undone`. */
  status: string;
  rows_read: number;
  rows_inserted: number;
  rows_updated: number;
  rows_refused: number;
  reason_en?: string | null;
  reason_zh?: string | null;
  undone_at?: string | null;
  rows_removed?: number | null;
  rows_restored?: number | null;
  rows_kept?: number | null;
}

export interface RefusedRow {
  line: number;
  column_name?: string | null;
  code: string;
  reason: string;
}

export interface ImportState extends ImportRun {
  phase?: "reading" | "checking" | "writing";
  refusals: RefusedRow[];
}

export interface ImportInput {
  file: File;
  /** Header → field; an empty name leaves the column out. */
  mapping: Record<string, string>;
  upsertKey?: string | undefined;
  dryRun: boolean;
}

const KEY = "imports";

export const importsQuery = queryOptions({
  queryKey: [KEY],
  queryFn: async () => ((await body(client.GET("/api/v1/imports"))) as unknown as { items: ImportRun[] }).items,
});

const POLL_MS = 500;

/** Read again while it runs. */
export function importQuery(id: number | undefined) {
  return queryOptions({
    queryKey: [KEY, id],
    queryFn: async () =>
      (await body(client.GET("/api/v1/imports/{id}", { params: { path: { id: id ?? 0 } } }))) as unknown as ImportState,
    enabled: id !== undefined,
    refetchInterval: (query) => (query.state.data && isRunning(query.state.data) ? POLL_MS : false),
  });
}

export function isRunning(run: ImportRun): boolean {
  return run.finished_at == null;
}

export function useStartImport(resource: string) {
  return useMutation({
    mutationFn: async ({ file, mapping, upsertKey, dryRun }: ImportInput) =>
      (
        (await body(
          client.POST("/api/v1/{resource}/imports", {
            params: {
              path: { resource },
              query: {
                name: file.name,
                mapping: JSON.stringify(mapping),
                upsert_key: upsertKey,
                dry_run: dryRun,
              },
            },
            headers: { "Content-Type": "application/octet-stream" },
            body: file as never,
            bodySerializer: (content) => content as unknown as BodyInit,
          }),
        )) as unknown as { id: number }
      ).id,
    onSuccess: () => queryClient.invalidateQueries({ queryKey: [KEY], exact: true }),
  });
}

export function useCancelImport() {
  return useMutation({
    mutationFn: async (id: number) => {
      await client.POST("/api/v1/imports/{id}/cancel", { params: { path: { id } } });
    },
    onSuccess: () => queryClient.invalidateQueries({ queryKey: [KEY] }),
  });
}

export interface Undone {
  removed: number;
  restored: number;
  kept: number;
}

export function useUndoImport(resource: string) {
  return useMutation({
    mutationFn: async (id: number) =>
      (await body(client.POST("/api/v1/imports/{id}/undo", { params: { path: { id } } }))) as unknown as Undone,
    onSuccess: () => Promise.all([queryClient.invalidateQueries({ queryKey: [KEY] }), forgetRecords(resource)]),
  });
}

export const refusedAddress = (id: number) => `/api/v1/imports/${id}/refused`;
