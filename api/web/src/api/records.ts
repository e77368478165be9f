// Business records of any object: list, read, write.
import { infiniteQueryOptions, queryOptions, useMutation } from "@tanstack/react-query";
import type { Condition } from "@/model/condition";
import { body, client } from "./client";
import { queryClient } from "./query-client";
import { listPath, recordPath, restorePath } from "./resource-paths";
import type { CrmRecord, RecordPage } from "./types";

export interface ListInput {
  resource: string;
  filter?: Condition | undefined;
  q?: string | undefined;
  sort?: string | undefined;
  /** Names or dotted paths of the wanted fields; without, the standard list. */
  fields?: string[] | undefined;
  size?: number | undefined;
  tag?: string | undefined;
  /** What stands in the recycle bin instead. */
  recycled?: boolean | undefined;
}

async function readPage(input: ListInput, after: string | undefined, count: boolean): Promise<RecordPage> {
  const page = await body(
    client.GET(listPath(input.resource), {
      params: {
        query: {
          filter: input.filter ? JSON.stringify(input.filter) : undefined,
          q: input.q || undefined,
          sort: input.sort || undefined,
          fields: input.fields?.join(",") || undefined,
          "page[after]": after,
          "page[size]": input.size ?? 60,
          count: count || undefined,
          tag: input.tag,
          recycled: input.recycled || undefined,
        },
      },
    }),
  );
  return page as RecordPage;
}

export function listQuery(input: ListInput) {
  return infiniteQueryOptions({
    queryKey: ["records", input.resource, "list", input],
    queryFn: ({ pageParam }) => readPage(input, pageParam, pageParam === undefined),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
  });
}

/** One short page, for related lists and pickers. */
export function shortListQuery(input: ListInput & { count?: boolean }) {
  return queryOptions({
    queryKey: ["records", input.resource, "short", input],
    queryFn: () => readPage({ size: 10, ...input }, undefined, input.count ?? false),
  });
}

/** All records of a list, page after page, up to `most`: for a month of a calendar. */
export function listedQuery(input: ListInput, most: number) {
  return queryOptions({
    queryKey: ["records", input.resource, "listed", input, most],
    queryFn: async () => {
      const records: CrmRecord[] = [];
      let after: string | undefined;
      do {
        const page = await readPage({ ...input, size: 200 }, after, false);
        records.push(...page.items);
        after = page.next ?? undefined;
      } while (after && records.length < most);
      return records.slice(0, most);
    },
  });
}

export function recordQuery(resource: string, id: number, fields?: string[]) {
  return queryOptions({
    queryKey: ["records", resource, "one", id, ...(fields ?? [])],
    queryFn: async () =>
      (await body(
        client.GET(recordPath(resource), { params: { path: { id }, query: { fields: fields?.join(",") } } }),
      )) as CrmRecord,
  });
}

export async function forgetRecords(...resources: string[]): Promise<void> {
  await Promise.all(resources.map((resource) => queryClient.invalidateQueries({ queryKey: ["records", resource] })));
}

/**
 * Creates, or changes what `id` names if its version is still `version`.
 * What may be written follows from the dictionary at run time, so no schema types the input (`as never`).
 */
export function useSaveRecord(resource: string, id?: number, version?: number) {
  return useMutation({
    mutationFn: async (input: Record<string, unknown>): Promise<CrmRecord> => {
      if (id === undefined) {
        return (await body(client.POST(listPath(resource), { body: input as never }))) as CrmRecord;
      }
      const header = ifMatch(version);
      return (await body(
        client.PATCH(recordPath(resource), { params: { path: { id }, header }, body: input as never }),
      )) as CrmRecord;
    },
    onSuccess: () => forgetRecords(resource),
  });
}

export function useDeleteRecord(resource: string) {
  return useMutation({
    mutationFn: async (record: CrmRecord) => {
      await client.DELETE(recordPath(resource), {
        params: { path: { id: record.id }, header: ifMatch(record.version) },
      });
    },
    onSuccess: () => forgetRecords(resource),
  });
}

export function useRestoreRecord(resource: string) {
  return useMutation({
    mutationFn: async (id: number) => {
      await client.POST(restorePath(resource), { params: { path: { id } } });
    },
    onSuccess: () => forgetRecords(resource),
  });
}

export function usePayOrder() {
  return useMutation({
    mutationFn: (input: { id: number; method: string; paid_on?: string | undefined }) =>
      body(
        client.POST("/api/v1/orders/{id}/pay", {
          params: { path: { id: input.id } },
          body: { method: input.method, paid_on: input.paid_on },
        }),
      ),
    onSuccess: () => forgetRecords("orders", "payments"),
  });
}

function ifMatch(version: number | undefined): { "If-Match"?: string } {
  return version === undefined ? {} : { "If-Match": `"${version}"` };
}
