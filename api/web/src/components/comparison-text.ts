// One comparison in words, with the labels of its field and choices.
import type { TFunction } from "i18next";
import type { Locale, MetaObject } from "@/api/types";
import type { Comparison, Operator } from "@/model/condition";
import { kindOf, labelIn, optionOf } from "@/model/dictionary";
import { formatDate, formatNumber } from "@/model/format";
import { conditionField } from "@/model/score-fields";

export function comparisonText(
  { field: name, op, value }: Comparison,
  object: MetaObject,
  locale: Locale,
  t: TFunction,
): string {
  const field = conditionField(object, name);
  const one = (part: unknown): string => {
    const option = field && optionOf(field, part);
    if (option) return labelIn(option.label, locale);
    if (typeof part === "boolean") return part ? t("value.yes") : t("value.no");
    const kind = field && kindOf(field);
    if (kind === "date" || kind === "date_time") return formatDate(part, locale) || relative(part, t);
    if (typeof part === "number" && kind !== "reference" && kind !== "user" && kind !== "department") {
      return formatNumber(part, locale);
    }
    return typeof part === "object" && part !== null ? relative(part, t) : String(part ?? "");
  };
  if (op === "is_empty") return [field ? labelIn(field.label, locale) : name, t(opKey(op, value))].join(" ");
  const text = Array.isArray(value) ? value.map(one).join(op === "between" ? " – " : ", ") : one(value);
  return [field ? labelIn(field.label, locale) : name, t(opKey(op, value)), text].filter(Boolean).join(" ");
}

/** "Is empty" of false, and a period, read differently from the operator's own name. */
function opKey(op: Operator, value: unknown): string {
  if (op === "is_empty" && value === false) return "op.is_not_empty";
  if (op === "in" && value && typeof value === "object" && !Array.isArray(value)) return "op.within";
  return `op.${op}`;
}

function relative(value: unknown, t: TFunction): string {
  if (!value || typeof value !== "object") return String(value ?? "");
  const [key, amount] = Object.entries(value)[0] ?? [];
  return key ? t(`relative.${key}`, { count: Number(amount), defaultValue: JSON.stringify(value) }) : "";
}
