// Records that name a parent, as a tree.
import type { CrmRecord } from "@/api/types";

export interface Branch {
  record: CrmRecord;
  below: Branch[];
}

/** Whoever's parent is not among the records stands on top; a circle is cut where it was entered. */
export function treeOf(records: CrmRecord[]): Branch[] {
  const ids = new Set(records.map(({ id }) => id));
  const placed = new Set<number>();
  const branch = (record: CrmRecord): Branch => {
    placed.add(record.id);
    const below = records.filter((one) => parentOf(one) === record.id && !placed.has(one.id)).map(branch);
    return { record, below };
  };
  const top = records.filter((record) => !ids.has(parentOf(record) ?? -1)).map(branch);
  const circles = records.filter(({ id }) => !placed.has(id));
  return [...top, ...circles.flatMap((record) => (placed.has(record.id) ? [] : [branch(record)]))];
}

function parentOf(record: CrmRecord): number | undefined {
  const parent = record.parent_id ?? (record.parent as { id?: number } | null | undefined)?.id;
  return typeof parent === "number" ? parent : undefined;
}
