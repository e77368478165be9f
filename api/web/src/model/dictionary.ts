// The data dictionary in the browser: objects by name and resource, fields by name, labels in the reader's language.
import type { CrmRecord, FieldOption, Label, Locale, MetaField, MetaObject } from "@/api/types";

export type FieldKind =
  | "text"
  | "long_text"
  | "integer"
  | "big_integer"
  | "decimal"
  | "money"
  | "percent"
  | "bool"
  | "date"
  | "date_time"
  | "choice"
  | "multi_choice"
  | "reference"
  | "user"
  | "department"
  | "email"
  | "phone"
  | "url"
  | "json"
  | "rich_text"
  | "duration"
  | "address"
  | "geo_point"
  | "file"
  | "image"
  | "auto_number";

export class Dictionary {
  readonly objects: readonly MetaObject[];
  readonly #byName: Map<string, MetaObject>;
  readonly #byResource: Map<string, MetaObject>;

  constructor(objects: readonly MetaObject[]) {
    this.objects = objects;
    this.#byName = new Map(objects.map((object) => [object.name, object]));
    this.#byResource = new Map(objects.map((object) => [object.resource, object]));
  }

  byName(name: string): MetaObject | undefined {
    return this.#byName.get(name);
  }

  byResource(resource: string): MetaObject | undefined {
    return this.#byResource.get(resource);
  }

  /** Objects that point to `object`, with the field that does. */
  pointingTo(object: MetaObject): { object: MetaObject; field: MetaField }[] {
    return this.objects.flatMap((other) =>
      other.fields
        .filter((field) => referencedObject(field) === object.name && kindOf(field) === "reference")
        .map((field) => ({ object: other, field })),
    );
  }
}

export function labelIn(label: Label, locale: Locale): string {
  return label[locale] || label.en;
}

/** The label within a sentence: English writes it small there. */
export function labelWithin(label: Label, locale: Locale): string {
  const text = labelIn(label, locale);
  return locale === "en" && !/^[A-Z]{2}/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}

/** The kind without its measures, in snake case. */
export function kindOf(field: MetaField): FieldKind {
  return field.kind as FieldKind;
}

export function fieldOf(object: MetaObject, name: string): MetaField | undefined {
  return object.fields.find((field) => field.name === name);
}

/** The object a field points to. */
export function referencedObject(field: MetaField): string | undefined {
  const kind = kindOf(field);
  if (kind === "user") return "user";
  if (kind === "department") return "department";
  return field.reference ?? undefined;
}

export function optionOf(field: MetaField, value: unknown): FieldOption | undefined {
  return field.options?.find((option) => option.value === value);
}

export function titleOf(object: MetaObject, record: CrmRecord): string {
  const title = record[object.title];
  if (typeof title === "string" && title !== "") return title;
  const named = record.title ?? record.name ?? record.number;
  return typeof named === "string" && named !== "" ? named : `#${record.id}`;
}

/** What a field of a record points to: its id, and its title when the server sent it along. */
export function referenceIn(record: CrmRecord, field: MetaField): { id: number; title?: string } | undefined {
  for (const value of [record[field.name], record[field.key]]) {
    if (typeof value === "number") return { id: value };
    if (value && typeof value === "object" && "id" in value) {
      const target = value as CrmRecord;
      const title = [target.title, target.name, target.number].find((text) => typeof text === "string");
      return { id: target.id, title: title as string | undefined };
    }
  }
  return undefined;
}

/** Kinds a list can be sorted by. */
export function sortable(field: MetaField): boolean {
  return !["long_text", "rich_text", "json", "multi_choice"].includes(kindOf(field));
}

/** The member of a record that holds the field's value: `customer_id` of a reference `customer`. */
export function columnOf(field: MetaField): string {
  return field.key;
}

/** System fields that people set or look for. */
const SHOWN_SYSTEM = new Set(["number", "owner", "department"]);

/** Fields that Basalt keeps itself. */
export function isSystemField(field: MetaField): boolean {
  return field.system && !SHOWN_SYSTEM.has(field.name);
}

/** How conditions and sorts name the field. */
export function conditionPath(field: MetaField): string {
  return field.name;
}

/** A field by its path; `customer.region` of an order is the region field of its customer, under the path as name. */
export function fieldAt(dictionary: Dictionary, object: MetaObject, path: string): MetaField | undefined {
  const dot = path.indexOf(".");
  if (dot < 0) return fieldOf(object, path);
  const step = fieldOf(object, path.slice(0, dot));
  const target = step && dictionary.byName(referencedObject(step) ?? "");
  const field = target && fieldAt(dictionary, target, path.slice(dot + 1));
  return field && { ...field, name: path, key: path };
}

/** The value of a field, also over references that came with the record. */
export function valueIn(record: CrmRecord, field: MetaField): unknown {
  if (field.name in record || !field.name.includes(".")) return record[field.name];
  let value: unknown = record;
  for (const part of field.name.split(".")) {
    value = value && typeof value === "object" ? (value as Record<string, unknown>)[part] : undefined;
  }
  return value;
}
