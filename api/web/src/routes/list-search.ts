// What of a list is in its address: filter, search text, sort order and columns.
import { type Condition, parseCondition } from "@/model/condition";

export interface ListSearch {
  filter?: Condition | undefined;
  q?: string | undefined;
  sort?: string | undefined;
  /** Columns in their order; without, the usual ones. */
  columns?: string[] | undefined;
}

export function validateListSearch(search: Record<string, unknown>): ListSearch {
  return {
    filter: parseCondition(search.filter),
    q: text(search.q),
    sort: text(search.sort),
    columns: names(search.columns),
  };
}

/** The router reads `q=123` as a number; a search text is text. */
function text(value: unknown): string | undefined {
  return typeof value === "string" || typeof value === "number" ? String(value) || undefined : undefined;
}

function names(value: unknown): string[] | undefined {
  return Array.isArray(value) && value.length > 0 && value.every((name) => typeof name === "string")
    ? value
    : undefined;
}
