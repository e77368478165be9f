// The form of any object: one control a field, in the dictionary's groups; the server's field errors stand at their fields.
import { Alert, Button, Form } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/api/problem";
import type { CrmRecord, MetaField, MetaObject } from "@/api/types";
import { useLocale } from "@/i18n";
import { isSystemField, kindOf, labelIn } from "@/model/dictionary";
import { changedValues, formValues, recordInput, withoutNulls } from "@/model/form-values";
import { isDemanded, isShown, sectionsOf } from "@/model/layout";
import { busy } from "./busy";
import { FieldInput } from "./field-input";
import { Panel } from "./page";
import { problemText } from "./problem-notice";
import styles from "./record-form.module.css";

interface RecordFormProps {
  object: MetaObject;
  initial?: Partial<CrmRecord> | undefined;
  submitLabel: string;
  /** Throws Problem when the server refuses. */
  save: (input: Record<string, unknown>) => Promise<void>;
  cancel: () => void;
  /** Reads the record again after a conflict. */
  reload?: () => Promise<void>;
  /** Sends only what differs from `initial`. */
  onlyChanges?: boolean;
}

export function RecordForm({ object, initial, submitLabel, save, cancel, reload, onlyChanges }: RecordFormProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const [form] = Form.useForm();
  const [problem, setProblem] = useState<unknown>();
  const [saving, setSaving] = useState(false);
  const fields = object.fields.filter((field) => !field.readonly && !isSystemField(field));
  const start = formValues(fields, initial ?? {});
  const current: Record<string, unknown> = { ...start, ...Form.useWatch([], form) };

  const submit = async (values: Record<string, unknown>) => {
    setSaving(true);
    setProblem(undefined);
    try {
      // What has no control now, because of the layout or of other fields, stays as it was.
      const input = recordInput(fields, { ...start, ...values });
      await save(onlyChanges ? changedValues(input, recordInput(fields, start)) : withoutNulls(input));
    } catch (error) {
      setProblem(error);
      if (error instanceof Problem) form.setFields(fieldErrors(error, fields));
    } finally {
      setSaving(false);
    }
  };

  return (
    <Form
      form={form}
      layout="vertical"
      initialValues={start}
      onFinish={(values) => void submit(values)}
      scrollToFirstError={{ behavior: "smooth", block: "center" }}
    >
      {problem !== undefined && <FormProblem problem={problem} fields={fields} reload={reload} />}
      <div className={styles.groups}>
        {sectionsOf(object, fields, current).map(({ label, group, fields: members }) => (
          <Panel
            key={group}
            title={label ? labelIn(label, locale) : group && t(`group.${group}`, { defaultValue: group })}
          >
            <div className={styles.fields}>
              {members
                .filter((field) => isShown(field, current))
                .map((field) => (
                  <Form.Item
                    key={field.name}
                    name={field.name}
                    className={["long_text", "json"].includes(kindOf(field)) ? styles.wide : undefined}
                    label={labelIn(field.label, locale)}
                    extra={field.help && labelIn(field.help, locale)}
                    valuePropName={kindOf(field) === "bool" ? "checked" : "value"}
                    rules={[
                      {
                        required: isDemanded(field, current) && kindOf(field) !== "bool",
                        message: t("form.required", { field: labelIn(field.label, locale) }),
                      },
                      ...(kindOf(field) === "email" ? [{ type: "email" as const, message: t("form.email") }] : []),
                    ]}
                  >
                    <FieldInput field={field} object={object} />
                  </Form.Item>
                ))}
            </div>
          </Panel>
        ))}
      </div>
      <div className={styles.foot}>
        <Button onClick={cancel}>{t("form.cancel")}</Button>
        <Button type="primary" htmlType="submit" loading={busy(saving)}>
          {submitLabel}
        </Button>
      </div>
    </Form>
  );
}

function FormProblem({
  problem,
  fields,
  reload,
}: {
  problem: unknown;
  fields: MetaField[];
  reload?: (() => Promise<void>) | undefined;
}) {
  const { t } = useTranslation();
  const locale = useLocale();
  const conflict = problem instanceof Problem && (problem.status === 412 || problem.code === "version_mismatch");
  if (conflict) {
    return (
      <Alert
        role="alert"
        type="warning"
        showIcon
        style={{ marginBottom: 16 }}
        title={t("form.conflict")}
        description={t("form.conflictText")}
        action={reload && <Button onClick={() => void reload()}>{t("form.reload")}</Button>}
      />
    );
  }
  const elsewhere =
    problem instanceof Problem ? problem.fields.filter((e) => !fields.some((field) => isAbout(e.field, field))) : [];
  const marked = problem instanceof Problem && problem.fields.length > elsewhere.length;
  return (
    <Alert
      role="alert"
      type="error"
      showIcon
      style={{ marginBottom: 16 }}
      title={marked ? t("form.checkFields") : problemText(problem, t)}
      description={
        marked && elsewhere.length === 0
          ? fields
              .filter((field) => problem.fields.some((e) => isAbout(e.field, field)))
              .map((field) => labelIn(field.label, locale))
              .join(", ")
          : elsewhere.map((e) => <div key={e.field + e.message}>{e.message}</div>)
      }
    />
  );
}

function isAbout(name: string, field: MetaField): boolean {
  return name === field.name || name === `${field.name}_id` || name.startsWith(`${field.name}.`);
}

function fieldErrors(problem: Problem, fields: MetaField[]) {
  return fields.map((field) => ({
    name: field.name,
    errors: problem.fields.filter((e) => isAbout(e.field, field)).map((e) => e.message),
  }));
}
