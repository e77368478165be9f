// One field and the value that all chosen records get.
import { Alert, Form, Modal, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { MetaObject } from "@/api/types";
import { useLocale } from "@/i18n";
import { columnOf, isSystemField, kindOf, labelIn } from "@/model/dictionary";
import { recordInput } from "@/model/form-values";
import { FieldInput } from "../field-input";
import { problemText } from "../problem-notice";

interface SetFieldDialogProps {
  object: MetaObject;
  count: number;
  close: () => void;
  /** Throws Problem when the server refuses all. */
  save: (patch: Record<string, unknown>) => Promise<void>;
}

export function SetFieldDialog({ object, count, close, save }: SetFieldDialogProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const fields = object.fields.filter(
    (field) => !field.readonly && !field.unique && !isSystemField(field) && kindOf(field) !== "json",
  );
  const [name, setName] = useState(fields[0]?.name);
  const [value, setValue] = useState<unknown>();
  const [saving, setSaving] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const field = fields.find((one) => one.name === name);

  const run = async () => {
    if (!field) return;
    setSaving(true);
    setProblem(undefined);
    try {
      const given = kindOf(field) === "bool" ? value === true : value;
      await save({ [columnOf(field)]: recordInput([field], { [field.name]: given })[columnOf(field)] });
      close();
    } catch (error) {
      setProblem(error);
    } finally {
      setSaving(false);
    }
  };

  return (
    <Modal
      open
      title={t("bulk.setTitle", { count })}
      okText={t("bulk.setNow")}
      confirmLoading={saving}
      onOk={() => void run()}
      onCancel={close}
    >
      <Form layout="vertical" style={{ marginTop: 12 }} component="div">
        {problem !== undefined && (
          <Alert role="alert" type="error" showIcon style={{ marginBottom: 12 }} title={problemText(problem, t)} />
        )}
        <Form.Item label={t("condition.field")} htmlFor="bulk-field">
          <Select
            id="bulk-field"
            showSearch={{ optionFilterProp: "label" }}
            value={name}
            options={fields.map((one) => ({ value: one.name, label: labelIn(one.label, locale) }))}
            onChange={(next) => {
              setName(next);
              setValue(undefined);
            }}
          />
        </Form.Item>
        {field && (
          <Form.Item label={t("bulk.value")} htmlFor="bulk-value" extra={field.required ? undefined : t("bulk.empty")}>
            <FieldInput
              key={field.name}
              id="bulk-value"
              field={field}
              object={object}
              value={value}
              checked={value === true}
              onChange={setValue}
            />
          </Form.Item>
        )}
      </Form>
    </Modal>
  );
}
