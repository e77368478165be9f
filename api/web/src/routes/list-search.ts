// What of a list is in its address: filter, search text, sort order, columns, saved view and way of showing.
import { type Condition, parseCondition } from "@/model/condition";

export type ListForm = "board" | "calendar";

export interface ListSearch {
  filter?: Condition | undefined;
  q?: string | undefined;
  sort?: string | undefined;
  /** Columns in their order; without, the usual ones. */
  columns?: string[] | undefined;
  tag?: string | undefined;
  /** The saved view that was opened; what was changed since is in the other members. */
  view?: number | undefined;
  /** As a board or calendar instead of a table. */
  as?: ListForm | undefined;
  /** The month of the calendar: `2026-11`. */
  month?: string | undefined;
}

export function validateListSearch(search: Record<string, unknown>): ListSearch {
  return {
    filter: parseCondition(search.filter),
    q: text(search.q),
    sort: text(search.sort),
    columns: names(search.columns),
    tag: text(search.tag),
    view: typeof search.view === "number" ? search.view : undefined,
    as: search.as === "board" || search.as === "calendar" ? search.as : undefined,
    month: typeof search.month === "string" && /^\d{4}-\d{2}$/.test(search.month) ? search.month : undefined,
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
