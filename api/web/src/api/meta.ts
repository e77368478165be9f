// The data dictionary as the caller may see it.
import { queryOptions, useSuspenseQuery } from "@tanstack/react-query";
import { Dictionary } from "@/model/dictionary";
import { body, client } from "./client";
import type { MetaObject } from "./types";

export const metaQuery = queryOptions({
  queryKey: ["meta"],
  staleTime: 5 * 60_000,
  queryFn: async () => new Dictionary((await body(client.GET("/api/v1/meta"))).objects as MetaObject[]),
  structuralSharing: false,
});

export function useDictionary(): Dictionary {
  return useSuspenseQuery(metaQuery).data;
}
