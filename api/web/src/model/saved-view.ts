// Between a saved view as the API has it and the address of a list.
import type { ViewDefinition } from "@/api/views";
import type { ListSearch } from "@/routes/list-search";

export function viewOf(search: ListSearch): ViewDefinition {
  return {
    ...(search.filter ? { filter: search.filter } : {}),
    fields: search.columns ?? [],
    sort: search.sort ? [search.sort] : [],
    ...(search.q ? { q: search.q } : {}),
    ...(search.tag ? { tag: search.tag } : {}),
  };
}

export function searchOf(view: { id: number; definition: ViewDefinition }): ListSearch {
  const { filter, fields, sort, q, tag } = view.definition;
  return {
    view: view.id,
    filter,
    columns: fields.length > 0 ? fields : undefined,
    sort: sort[0],
    q,
    tag,
  };
}

/** Whether the list was changed since the view was opened. */
export function differs(search: ListSearch, definition: ViewDefinition): boolean {
  return JSON.stringify(inOrder(viewOf(search))) !== JSON.stringify(inOrder({ ...definition }));
}

function inOrder({ filter, fields, sort, q, tag }: ViewDefinition): unknown[] {
  return [filter ?? null, fields, sort, q ?? null, tag ?? null];
}
