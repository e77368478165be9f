// The scores beside one customer.
import { queryOptions } from "@tanstack/react-query";
import { body, client } from "./client";

export interface CustomerScore {
  as_of: string | null;
  recency_days: number | null;
  frequency: number | null;
  r: number | null;
  f: number | null;
  m: number | null;
  rfm_segment: string | null;
  p_alive: number | null;
  expected_orders: number | null;
  clv: string | null;
  value_band: string | null;
}

const NAMES: (keyof CustomerScore)[] = [
  "as_of",
  "recency_days",
  "frequency",
  "r",
  "f",
  "m",
  "rfm_segment",
  "p_alive",
  "expected_orders",
  "clv",
  "value_band",
];

/** Null for a customer that was never scored. */
export function customerScoreQuery(id: number) {
  return queryOptions({
    queryKey: ["records", "customers", "score", id],
    queryFn: async (): Promise<CustomerScore | null> => {
      const fields = NAMES.map((name) => `score.${name}`).join(",");
      const record = await body(client.GET("/api/v1/customers/{id}", { params: { path: { id }, query: { fields } } }));
      const score = (record as { score?: CustomerScore | null }).score;
      return score?.as_of ? score : null;
    },
  });
}
