// Customer analyses: RFM, lifetime value with its back-test, retention.
import { queryOptions } from "@tanstack/react-query";
import { body, client } from "./client";

/** Fits take seconds and the past does not change: one reading serves for a while. */
const FRESH_MS = 5 * 60_000;

export const rfmQuery = queryOptions({
  queryKey: ["analytics", "rfm"],
  staleTime: FRESH_MS,
  queryFn: () => body(client.GET("/api/v1/analytics/rfm")),
});

export const clvQuery = queryOptions({
  queryKey: ["analytics", "clv"],
  staleTime: FRESH_MS,
  queryFn: () => body(client.GET("/api/v1/analytics/clv")),
});

export const retentionQuery = queryOptions({
  queryKey: ["analytics", "retention"],
  staleTime: FRESH_MS,
  queryFn: () => body(client.GET("/api/v1/analytics/retention")),
});
