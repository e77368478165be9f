// The order of a list: "-amount" is by amount, largest first.

export interface Sort {
  field: string;
  descending: boolean;
}

export function parseSort(text: string | undefined): Sort | undefined {
  const first = text?.split(",")[0];
  if (!first) return undefined;
  return first.startsWith("-") ? { field: first.slice(1), descending: true } : { field: first, descending: false };
}

export function sortText(sort: Sort | undefined): string | undefined {
  return sort && (sort.descending ? `-${sort.field}` : sort.field);
}

/** Ascending, then descending, then as before. */
export function nextSort(field: string, current: Sort | undefined): Sort | undefined {
  if (current?.field !== field) return { field, descending: false };
  return current.descending ? undefined : { field, descending: true };
}
