// What a copy of a record starts with.
import type { CrmRecord, MetaField, MetaObject } from "@/api/types";
import { columnOf, isSystemField } from "./dictionary";
import { formValues } from "./form-values";

const writable = (field: MetaField) => !field.readonly && !isSystemField(field);

/** Whether a value must be given that no other record has: then only a person can make the copy. */
export function asksForUnique(object: MetaObject): boolean {
  return object.fields.some((field) => writable(field) && field.unique && field.required);
}

/** The values of the original under the names that a new record takes, without those that are unique. */
export function copiedValues(object: MetaObject, record: CrmRecord): Record<string, unknown> {
  const fields = object.fields.filter((field) => writable(field) && !field.unique);
  const values = formValues(fields, record);
  return Object.fromEntries(
    fields.map((field) => [columnOf(field), values[field.name]]).filter(([, value]) => value !== undefined),
  );
}
