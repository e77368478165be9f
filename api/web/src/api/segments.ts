// Segments: evaluate, preview, members.
import { queryOptions, useMutation } from "@tanstack/react-query";
import { body, client } from "./client";
import { forgetRecords } from "./records";
import type { RecordPage } from "./types";

export function segmentMembersQuery(id: number) {
  return queryOptions({
    queryKey: ["records", "segments", "members", id],
    queryFn: async () =>
      (await body(
        client.GET("/api/v1/segments/{id}/members", { params: { path: { id }, query: { "page[size]": 50 } } }),
      )) as RecordPage,
  });
}

export function useEvaluateSegment() {
  return useMutation({
    mutationFn: (id: number) => body(client.POST("/api/v1/segments/{id}/evaluate", { params: { path: { id } } })),
    onSuccess: () => forgetRecords("segments"),
  });
}

export function usePreviewSegment() {
  return useMutation({
    mutationFn: (draft: { kind: string; definition: Record<string, unknown> }) =>
      body(client.POST("/api/v1/segments/preview", { body: draft })),
  });
}
