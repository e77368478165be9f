// The data dictionary as the caller may see it.
import { queryOptions, useSuspenseQuery } from "@tanstack/react-query";
import { Dictionary } from "@/model/dictionary";
import { body, client } from "./client";
import type { MetaObject, OptionSet } from "./types";

export const metaQuery = queryOptions({
  queryKey: ["meta"],
  staleTime: 5 * 60_000,
  queryFn: async () => new Dictionary((await body(client.GET("/api/v1/meta"))).objects as MetaObject[]),
  structuralSharing: false,
});

/** Options that several fields share; read again with the dictionary. */
export const optionSetsQuery = queryOptions({
  queryKey: [...metaQuery.queryKey, "option_sets"],
  queryFn: async () => (await body(client.GET("/api/v1/meta"))).option_sets as OptionSet[],
});

export function useDictionary(): Dictionary {
  return useSuspenseQuery(metaQuery).data;
}
