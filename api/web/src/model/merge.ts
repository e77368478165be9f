// Which fields two records of a kind say differently.
import type { CrmRecord, MetaField } from "@/api/types";
import { referenceIn, valueIn } from "./dictionary";

export function differingFields(fields: MetaField[], one: CrmRecord, other: CrmRecord): MetaField[] {
  return fields.filter((field) => comparable(one, field) !== comparable(other, field));
}

/** References are the same when they point to the same record; nothing is nothing, however it is said. */
function comparable(record: CrmRecord, field: MetaField): string {
  const target = referenceIn(record, field);
  if (target) return `#${target.id}`;
  const value = valueIn(record, field);
  return value === undefined || value === null || value === "" ? "" : JSON.stringify(value);
}
