// The figures of the home page, read again every few seconds while the page is in view.
import { queryOptions } from "@tanstack/react-query";
import { body, client } from "./client";

export const dashboardQuery = queryOptions({
  queryKey: ["dashboard"],
  queryFn: () => body(client.GET("/api/v1/dashboard")),
  refetchInterval: 10_000,
  staleTime: 2_000,
});
