// State of the analytical copy: tables, rows, how far behind.
import { queryOptions } from "@tanstack/react-query";
import { body, client } from "./client";

export const lakeStatusQuery = queryOptions({
  queryKey: ["lake"],
  queryFn: () => body(client.GET("/api/v1/lake/status")),
  refetchInterval: 5_000,
});
