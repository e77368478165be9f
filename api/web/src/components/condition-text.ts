// A condition in one line of words.
import type { TFunction } from "i18next";
import type { Locale, MetaObject } from "@/api/types";
import { type Condition, isComparison } from "@/model/condition";
import { comparisonText } from "./comparison-text";

export function conditionText(condition: Condition, object: MetaObject, locale: Locale, t: TFunction): string {
  const words = (part: Condition) => conditionText(part, object, locale, t);
  if (isComparison(condition)) return comparisonText(condition, object, locale, t);
  if ("not" in condition) return t("condition.not", { inner: words(condition.not) });
  const [parts, join] = "all" in condition ? [condition.all, t("condition.and")] : [condition.any, t("condition.or")];
  return parts.map((part) => (isComparison(part) ? words(part) : `(${words(part)})`)).join(` ${join} `);
}
