// Adds a field to an object, or changes what may be changed of one.

import { useQuery } from "@tanstack/react-query";
import { Form, Input, InputNumber, Select, Switch } from "antd";
import { useTranslation } from "react-i18next";
import { useChange } from "@/api/access";
import { addField, changeField, forgetMeta } from "@/api/dictionary";
import { optionSetsQuery } from "@/api/meta";
import type { Label, MetaField, MetaObject } from "@/api/types";
import { useLocale } from "@/i18n";
import { type FieldKind, kindOf, labelIn } from "@/model/dictionary";
import { ObjectSelect } from "./condition-item";
import { FieldName } from "./field-name";
import { FormDialog } from "./form-dialog";
import { LabelInputs } from "./label-inputs";
import { OptionsInput, type OptionValues } from "./options-input";

const KINDS: FieldKind[] = [
  "text",
  "long_text",
  "rich_text",
  "integer",
  "decimal",
  "money",
  "percent",
  "bool",
  "date",
  "date_time",
  "duration",
  "choice",
  "multi_choice",
  "reference",
  "user",
  "department",
  "email",
  "phone",
  "url",
  "address",
];

interface FieldValues {
  name: string;
  label: Label;
  help?: Partial<Label>;
  type: FieldKind;
  required?: boolean;
  unique?: boolean;
  max?: number;
  reference?: string;
  option_set?: string;
  options?: OptionValues[];
}

interface FieldDialogProps {
  object: MetaObject;
  /** Without, a new one. */
  field: MetaField | undefined;
  close: () => void;
}

export function FieldDialog({ object, field, close }: FieldDialogProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const add = useChange(addField, forgetMeta);
  const change = useChange(changeField, forgetMeta);
  const sets = useQuery(optionSetsQuery).data ?? [];

  const store = async (values: FieldValues) => {
    const help = values.help?.en?.trim() && values.help.zh?.trim() ? { help: values.help } : {};
    if (field) {
      const patch = {
        label: values.label,
        ...help,
        ...(values.required !== field.required ? { required: values.required === true } : {}),
        ...(field.custom && ownOptions(field) ? { options: values.options } : {}),
      };
      await change.mutateAsync({ object: object.name, field: field.name, ...patch });
      return;
    }
    await add.mutateAsync({
      object: object.name,
      name: values.name,
      label: values.label,
      type: values.type,
      ...help,
      ...(values.required ? { required: true } : {}),
      ...(values.unique ? { unique: true } : {}),
      ...(values.type === "text" && values.max ? { max: values.max } : {}),
      ...(values.type === "reference" ? { reference: values.reference } : {}),
      ...(["choice", "multi_choice"].includes(values.type)
        ? values.option_set
          ? { option_set: values.option_set }
          : { options: values.options ?? [] }
        : {}),
    });
  };

  return (
    <FormDialog<FieldValues>
      title={field ? t("admin.editOf", { name: labelIn(field.label, locale) }) : t("fields.add")}
      width={680}
      initial={
        field
          ? {
              label: field.label,
              help: field.help,
              required: field.required,
              type: kindOf(field),
              options: field.options,
            }
          : { type: "text", options: [] }
      }
      close={close}
      save={store}
    >
      <LabelInputs />
      {!field && (
        <>
          <FieldName object={object} />
          <Form.Item name="type" label={t("admin.kind")} extra={t("fields.kindHint")}>
            <Select
              showSearch={{ optionFilterProp: "label" }}
              options={KINDS.map((kind) => ({ value: kind, label: t(`kind.${kind}`) }))}
            />
          </Form.Item>
        </>
      )}
      <Form.Item noStyle dependencies={["type", "option_set"]}>
        {({ getFieldValue }) => {
          const kind = getFieldValue("type") as FieldKind;
          const choice = ["choice", "multi_choice"].includes(kind);
          return (
            <>
              {!field && kind === "text" && (
                <Form.Item name="max" label={t("fields.max")}>
                  <InputNumber min={1} max={4000} precision={0} />
                </Form.Item>
              )}
              {!field && kind === "reference" && (
                <Form.Item
                  name="reference"
                  label={t("fields.reference")}
                  rules={[{ required: true, message: t("fields.referenceMissing") }]}
                >
                  <ObjectSelect />
                </Form.Item>
              )}
              {!field && choice && (
                <Form.Item name="option_set" label={t("fields.optionSet")}>
                  <Select
                    allowClear
                    placeholder={t("fields.ownOptions")}
                    options={sets.map((set) => ({ value: set.name, label: labelIn(set.label, locale) }))}
                  />
                </Form.Item>
              )}
              {choice && !getFieldValue("option_set") && (!field || (field.custom && ownOptions(field))) && (
                <OptionsInput settled={field?.options?.map((option) => option.value) ?? []} />
              )}
            </>
          );
        }}
      </Form.Item>
      <div style={{ display: "grid", gridTemplateColumns: "1fr 1fr", gap: 12 }}>
        {(["en", "zh"] as const).map((one) => (
          <Form.Item key={one} name={["help", one]} label={`${t("fields.help")} (${t(`admin.language.${one}`)})`}>
            <Input maxLength={100} lang={one} />
          </Form.Item>
        ))}
      </div>
      <div style={{ display: "flex", gap: 28 }}>
        <Form.Item name="required" label={t("fields.required")} valuePropName="checked">
          <Switch />
        </Form.Item>
        {!field && (
          <Form.Item name="unique" label={t("fields.unique")} valuePropName="checked">
            <Switch />
          </Form.Item>
        )}
      </div>
    </FormDialog>
  );
}

/** Options that belong to the field alone; those of a set are changed with the set. */
function ownOptions(field: MetaField): boolean {
  return !field.option_set && ["choice", "multi_choice"].includes(kindOf(field));
}
