// What the columns of a file mean: fields that may be written, references by the key of what they point to, parts of amounts.
import type { Locale, MetaField, MetaObject } from "@/api/types";
import { type Dictionary, isSystemField, kindOf, labelIn, referencedObject } from "./dictionary";

export interface ImportTarget {
  /** As the API names it: `city`, `customer.code`, `amount_currency`. */
  name: string;
  label: string;
  required: boolean;
  field: MetaField;
}

const PARTS = { currency: { en: "currency", zh: "币种" }, rate: { en: "rate", zh: "汇率" } } as const;

export function importTargets(dictionary: Dictionary, object: MetaObject, locale: Locale): ImportTarget[] {
  return object.fields
    .filter((field) => !field.readonly && !isSystemField(field) && !["file", "image"].includes(kindOf(field)))
    .flatMap((field) => {
      const label = labelIn(field.label, locale);
      const required = field.required && field.default == null;
      const itself = { name: field.key, label, required, field };
      if (kindOf(field) === "money") {
        const part = (name: keyof typeof PARTS) => ({
          name: `${field.name}_${name}`,
          label: `${label}: ${PARTS[name][locale]}`,
          required: false,
          field,
        });
        return [itself, part("currency"), part("rate")];
      }
      const target = dictionary.byName(referencedObject(field) ?? "");
      if (!target) return [itself];
      const keys = target.fields.filter((key) => key.unique);
      return [
        ...keys.map((key) => ({
          name: `${field.name}.${key.name}`,
          label: `${label}: ${labelIn(key.label, locale)}`,
          required,
          field,
        })),
        itself,
      ];
    });
}

/** For each header the target it most likely means, by its name or its label in either language. */
export function guessMapping(headers: string[], targets: ImportTarget[]): Record<string, string> {
  const taken = new Set<string>();
  return Object.fromEntries(
    headers.map((header) => {
      const asked = plain(header);
      const target = targets.find(
        ({ name, label, field }) =>
          !taken.has(name) &&
          [name, field.name, label, field.label.en, field.label.zh].some((text) => plain(text) === asked),
      );
      if (target) taken.add(target.name);
      return [header, target?.name ?? ""];
    }),
  );
}

/** Required targets that no column gives. */
export function missingTargets(mapping: Record<string, string>, targets: ImportTarget[]): ImportTarget[] {
  const given = new Set(
    Object.values(mapping).flatMap((name) =>
      targets.filter((target) => target.name === name).map(({ field }) => field.name),
    ),
  );
  return targets.filter(
    ({ required, field }, at) =>
      required && !given.has(field.name) && targets.findIndex((other) => other.field === field) === at,
  );
}

function plain(text: string): string {
  return text
    .trim()
    .toLowerCase()
    .replace(/[\s_-]+/g, " ");
}

/** The first line of a CSV file, its cells unquoted. */
export function csvHeader(text: string): string[] {
  const cells: string[] = [];
  let cell = "";
  let quoted = false;
  const source = text.replace(/^\uFEFF/, "");
  for (let at = 0; at < source.length; at++) {
    const sign = source[at];
    if (quoted && sign === '"' && source[at + 1] === '"') {
      cell += '"';
      at++;
    } else if (sign === '"') quoted = !quoted;
    else if (!quoted && sign === ",") {
      cells.push(cell);
      cell = "";
    } else if (!quoted && (sign === "\n" || sign === "\r")) break;
    else cell += sign;
  }
  return [...cells, cell];
}
