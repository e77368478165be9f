// The control of a field, by its kind. Works as the child of a form item: gets `value`, `onChange` and `id`.
import { DatePicker, Input, InputNumber, Select, Switch } from "antd";
import dayjs from "dayjs";
import type { MetaField, MetaObject } from "@/api/types";
import { useLocale } from "@/i18n";
import { kindOf, labelIn } from "@/model/dictionary";
import { JsonInput } from "./json-input";
import { ReferencePicker } from "./reference-picker";
import { SegmentDefinitionInput } from "./segment-definition-input";

interface FieldInputProps {
  field: MetaField;
  object: MetaObject;
  id?: string;
  value?: unknown;
  checked?: boolean;
  onChange?: (value: unknown) => void;
}

export function FieldInput({ field, object, id, value, checked, onChange }: FieldInputProps) {
  const locale = useLocale();
  const change = (next: unknown) => onChange?.(next);

  switch (kindOf(field)) {
    case "long_text":
    case "rich_text":
      return (
        <Input.TextArea
          id={id}
          autoSize={{ minRows: 3, maxRows: 18 }}
          value={value as string}
          onChange={(event) => change(event.target.value)}
        />
      );
    case "integer":
    case "big_integer":
      return <InputNumber id={id} precision={0} style={{ width: "100%" }} value={value as number} onChange={change} />;
    case "decimal":
    case "percent":
    case "money":
      return (
        <InputNumber
          id={id}
          stringMode
          style={{ width: "100%" }}
          suffix={kindOf(field) === "percent" ? "%" : undefined}
          value={value as string}
          onChange={(next) => change(next === null ? undefined : String(next))}
        />
      );
    case "bool":
      return <Switch id={id} checked={checked === true} onChange={change} />;
    case "date":
      return (
        <DatePicker
          id={id}
          style={{ width: "100%" }}
          value={typeof value === "string" ? dayjs(value) : null}
          onChange={(day) => change(day?.format("YYYY-MM-DD"))}
        />
      );
    case "date_time":
      return (
        <DatePicker
          id={id}
          showTime={{ format: "HH:mm" }}
          style={{ width: "100%" }}
          value={typeof value === "string" ? dayjs(value) : null}
          onChange={(instant) => change(instant?.toISOString())}
        />
      );
    case "choice":
    case "multi_choice":
      return (
        <Select
          id={id}
          allowClear={!field.required}
          mode={kindOf(field) === "multi_choice" ? "multiple" : undefined}
          showSearch={{ optionFilterProp: "label" }}
          value={value as string}
          options={(field.options ?? [])
            .filter((option) => option.active || option.value === value)
            .map((option) => ({ value: option.value, label: labelIn(option.label, locale) }))}
          onChange={change}
        />
      );
    case "reference":
    case "user":
    case "department":
      return <ReferencePicker id={id} field={field} value={value as number} onChange={change} />;
    case "json":
      return object.name === "segment" && field.name === "definition" ? (
        <SegmentDefinitionInput id={id} value={value} onChange={change} />
      ) : (
        <JsonInput id={id} value={value} onChange={change} />
      );
    default:
      return (
        <Input
          id={id}
          type={kindOf(field) === "email" ? "email" : kindOf(field) === "phone" ? "tel" : "text"}
          value={(value as string) ?? ""}
          onChange={(event) => change(event.target.value)}
        />
      );
  }
}
