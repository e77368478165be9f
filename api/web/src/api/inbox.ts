// Notices and mentions: what the reader was told, and what is not read yet.
import { infiniteQueryOptions, queryOptions, useMutation } from "@tanstack/react-query";
import { body, client } from "./client";
import type { Remark } from "./companions";
import { queryClient } from "./query-client";
import type { components } from "./schema";

export type Notice = components["schemas"]["Notice"];

/** A comment that names the reader. */
export interface Mention {
  object: string;
  resource: string;
  record_id: number;
  seen: boolean;
  remark: Remark;
}

const KEY = "notifications";
const refresh = () => queryClient.invalidateQueries({ queryKey: [KEY] });

/** A notice comes without an event of its own, so it is asked for now and then. */
const ASK_MS = 60_000;
/** Notices of a page, as the server cuts them. */
const PAGE = 100;

/** The latest, with the number of those unread: for the bell. */
export const latestNoticesQuery = queryOptions({
  queryKey: [KEY, "latest"],
  queryFn: () => body(client.GET("/api/v1/notifications")),
  refetchInterval: ASK_MS,
});

export const noticesQuery = infiniteQueryOptions({
  queryKey: [KEY, "all"],
  queryFn: ({ pageParam }) => body(client.GET("/api/v1/notifications", { params: { query: { before: pageParam } } })),
  initialPageParam: undefined as number | undefined,
  getNextPageParam: (last) => (last.items.length >= PAGE ? last.items.at(-1)?.id : undefined),
});

export function useReadNotice() {
  return useMutation({
    mutationFn: async (id: number) => {
      await client.POST("/api/v1/notifications/{id}/read", { params: { path: { id } } });
    },
    onSuccess: refresh,
  });
}

export function useReadAllNotices() {
  return useMutation({
    mutationFn: async () => {
      await client.POST("/api/v1/notifications/read");
    },
    onSuccess: refresh,
  });
}

export const mentionsQuery = queryOptions({
  queryKey: [KEY, "mentions"],
  queryFn: async () => ((await body(client.GET("/api/v1/mentions"))) as unknown as { items: Mention[] }).items,
  refetchInterval: ASK_MS,
});

export function useSeeMention() {
  return useMutation({
    mutationFn: async (remark: number) => {
      await client.POST("/api/v1/mentions/{remark}/seen", { params: { path: { remark } } });
    },
    onSuccess: refresh,
  });
}
