// The right side of a comparison, entered as its field's kind wants it.
import { DatePicker, Input, InputNumber, Select } from "antd";
import dayjs from "dayjs";
import { useTranslation } from "react-i18next";
import type { MetaField } from "@/api/types";
import { useLocale } from "@/i18n";
import type { Operator } from "@/model/condition";
import { kindOf, labelIn } from "@/model/dictionary";
import { ReferencePicker } from "./reference-picker";

interface ConditionValueProps {
  field: MetaField;
  op: Operator;
  value: unknown;
  onChange: (value: unknown) => void;
}

export function ConditionValue({ field, op, value, onChange }: ConditionValueProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const label = t("condition.value");

  switch (kindOf(field)) {
    case "choice":
    case "multi_choice":
      return (
        <Select
          aria-label={label}
          mode={op === "in" ? "multiple" : undefined}
          value={value as string | string[]}
          options={(field.options ?? []).map((option) => ({
            value: option.value,
            label: labelIn(option.label, locale),
          }))}
          onChange={onChange}
        />
      );
    case "bool":
      return (
        <Select
          aria-label={label}
          value={value as boolean}
          options={[
            { value: true, label: t("value.yes") },
            { value: false, label: t("value.no") },
          ]}
          onChange={onChange}
        />
      );
    case "integer":
    case "big_integer":
    case "decimal":
    case "money":
    case "percent":
      return op === "between" ? (
        <span style={{ display: "flex", gap: 6 }}>
          {[0, 1].map((side) => (
            <InputNumber
              key={side}
              aria-label={side === 0 ? t("condition.from") : t("condition.to")}
              style={{ width: "50%" }}
              value={pair(value)[side] as number | null}
              onChange={(number) => onChange(pair(value).map((old, i) => (i === side ? number : old)))}
            />
          ))}
        </span>
      ) : (
        <InputNumber
          aria-label={label}
          style={{ width: "100%" }}
          value={value as number}
          onChange={(number) => onChange(number ?? undefined)}
        />
      );
    case "date":
    case "date_time":
      return op === "between" ? (
        <DatePicker.RangePicker
          aria-label={label}
          value={pair(value).every(Boolean) ? [dayjs(String(pair(value)[0])), dayjs(String(pair(value)[1]))] : null}
          onChange={(range) => onChange(range?.map((day) => day?.format("YYYY-MM-DD")) ?? undefined)}
        />
      ) : (
        <DatePicker
          aria-label={label}
          value={typeof value === "string" ? dayjs(value) : null}
          onChange={(day) => onChange(day?.format("YYYY-MM-DD"))}
        />
      );
    case "reference":
    case "user":
    case "department":
      return <ReferencePicker field={field} label={label} value={value as number | undefined} onChange={onChange} />;
    default:
      return (
        <Input aria-label={label} value={(value as string) ?? ""} onChange={(event) => onChange(event.target.value)} />
      );
  }
}

function pair(value: unknown): unknown[] {
  return Array.isArray(value) ? [value[0], value[1]] : [undefined, undefined];
}
