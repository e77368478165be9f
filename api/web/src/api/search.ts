// Search over all records: words by their beginning, Chinese by any part or by pinyin.
import { queryOptions } from "@tanstack/react-query";
import { body, client } from "./client";
import type { Named } from "./companions";

export function searchQuery(q: string, limit = 5) {
  return queryOptions({
    queryKey: ["search", q, limit],
    queryFn: async () =>
      (
        (await body(client.GET("/api/v1/search", { params: { query: { q, limit } } }))) as unknown as {
          items: Named[];
        }
      ).items,
    enabled: q !== "",
  });
}
