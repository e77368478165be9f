// Report packs: list, deliver now, archive of deliveries; files are plain links.
import { queryOptions, useMutation } from "@tanstack/react-query";
import { body, client } from "./client";
import { queryClient } from "./query-client";

export type ReportFormat = "pdf" | "xlsx" | "html";

export const reportPacksQuery = queryOptions({
  queryKey: ["report_packs"],
  queryFn: async () => (await body(client.GET("/api/v1/report_packs"))).items,
});

export const reportDeliveriesQuery = queryOptions({
  queryKey: ["report_deliveries"],
  queryFn: async () => (await body(client.GET("/api/v1/report_deliveries"))).items,
});

export function useDeliverReport() {
  return useMutation({
    mutationFn: (id: number) => body(client.POST("/api/v1/report_packs/{id}/deliver", { params: { path: { id } } })),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["report_deliveries"] }),
  });
}

export function renderUrl(id: number | string, format: ReportFormat): string {
  return `/api/v1/report_packs/${id}/render?format=${format}`;
}

export function deliveryUrl(id: number, format: ReportFormat): string {
  return `/api/v1/report_deliveries/${id}/file?format=${format}`;
}
