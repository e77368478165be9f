// Between a record as the API has it and the values of a form.
import type { CrmRecord, MetaField, Money } from "@/api/types";
import { columnOf, kindOf, referenceIn } from "./dictionary";

export function formValues(fields: MetaField[], record: Partial<CrmRecord>): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const field of fields) {
    const value = record[field.name];
    switch (kindOf(field)) {
      case "reference":
      case "user":
      case "department":
        values[field.name] = referenceIn(record as CrmRecord, field)?.id;
        break;
      case "money":
        values[field.name] = value && typeof value === "object" ? (value as Money).amount : (value ?? undefined);
        break;
      case "address":
      case "geo_point":
        values[field.name] = value && typeof value === "object" ? (value as { line: string }).line : undefined;
        break;
      default:
        values[field.name] = value ?? undefined;
    }
  }
  return values;
}

/** What a new record starts with: the dictionary's defaults. */
export function defaultValues(fields: MetaField[]): Record<string, unknown> {
  return Object.fromEntries(fields.filter((field) => field.default != null).map((field) => [field.key, field.default]));
}

/** What the form says, as the API takes it: decimals are strings, emptied fields are null. */
export function recordInput(fields: MetaField[], values: Record<string, unknown>): Record<string, unknown> {
  const input: Record<string, unknown> = {};
  for (const field of fields) {
    const value = values[field.name];
    input[columnOf(field)] = value === undefined || value === "" ? null : apiValue(field, value);
  }
  return input;
}

function apiValue(field: MetaField, value: unknown): unknown {
  return ["money", "decimal", "percent"].includes(kindOf(field)) && typeof value === "number" ? String(value) : value;
}

/** The members of `now` that differ from `before`. */
export function changedValues(now: Record<string, unknown>, before: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(now).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name] ?? null)),
  );
}

/** A new record leaves out what was not filled in, so that defaults apply. */
export function withoutNulls(input: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null));
}
