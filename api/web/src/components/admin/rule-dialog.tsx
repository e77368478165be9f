// A workflow rule as a form: start, condition, actions, and a try on one record that changes nothing.
import { PlusOutlined } from "@ant-design/icons";
import { Alert, Button, Form, Input, InputNumber, Select, Switch } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "@/api/access";
import { useDictionary } from "@/api/meta";
import type { MetaObject } from "@/api/types";
import { forgetWorkflow, type RuleInput, type RuleTrial, saveRule, tryRule, type WorkflowRule } from "@/api/workflow";
import { useLocale } from "@/i18n";
import { kindOf, labelIn } from "@/model/dictionary";
import { RecordPicker } from "../pickers";
import { problemText } from "../problem-notice";
import { toast } from "../toast";
import { ActionInput } from "./action-input";
import { ConditionItem, ObjectSelect } from "./condition-item";
import { FormDialog } from "./form-dialog";

const STARTS = ["created", "changed", "stage_entered", "date_reached", "idle", "schedule"] as const;

export function RuleDialog({ rule, close }: { rule: WorkflowRule | undefined; close: () => void }) {
  const { t } = useTranslation();
  const save = useChange(saveRule, forgetWorkflow);
  return (
    <FormDialog<RuleInput>
      title={rule ? t("admin.editOf", { name: rule.name }) : t("rules.add")}
      width={760}
      initial={
        rule ?? {
          object: "customer",
          starts: { on: "created" },
          actions: [{ do: "notify", to: [{ field: "owner" }], title: "" }],
          active: true,
        }
      }
      close={close}
      save={(input) => save.mutateAsync({ ...(rule ? { id: rule.id } : {}), ...inputOf(input) })}
    >
      <Form.Item name="name" label={t("admin.label")} rules={[{ required: true, message: t("admin.labelMissing") }]}>
        <Input maxLength={80} />
      </Form.Item>
      <Form.Item name="object" label={t("admin.object")}>
        <ObjectSelect disabled={rule !== undefined} />
      </Form.Item>
      <Form.Item name={["starts", "on"]} label={t("rules.starts")}>
        <Select options={STARTS.map((value) => ({ value, label: t(`starts.${value}`) }))} />
      </Form.Item>
      <StartDetails />
      <ConditionItem label={t("rules.condition")} />
      <Form.Item label={t("rules.does")} extra={t("rules.textHint")}>
        <Form.List name="actions">
          {(rows, { add, remove }) => (
            <>
              {rows.map(({ key, name }) => (
                <ActionInput key={key} at={name} remove={() => remove(name)} />
              ))}
              <Button
                size="small"
                type="dashed"
                icon={<PlusOutlined aria-hidden />}
                onClick={() => add({ do: "notify", to: [{ field: "owner" }], title: "" })}
              >
                {t("rules.addAction")}
              </Button>
            </>
          )}
        </Form.List>
      </Form.Item>
      <Form.Item name="active" label={t("admin.active")} valuePropName="checked">
        <Switch />
      </Form.Item>
      <Try />
    </FormDialog>
  );
}

/** What the API takes, without what other kinds of starts left behind. */
function inputOf({ name, object, starts, condition, actions, active }: RuleInput): RuleInput {
  return { name, object, starts, condition: condition ?? null, actions, active: active ?? true };
}

function StartDetails() {
  const { t } = useTranslation();
  const locale = useLocale();
  const dictionary = useDictionary();
  return (
    <Form.Item noStyle dependencies={[["starts", "on"], "object"]}>
      {({ getFieldValue }) => {
        const object: MetaObject | undefined = dictionary.byName(getFieldValue("object"));
        const fields = (kinds?: string[]) =>
          (object?.fields ?? [])
            .filter((field) => !kinds || kinds.includes(kindOf(field)))
            .map((field) => ({ value: field.name, label: labelIn(field.label, locale) }));
        const needed = [{ required: true, message: t("rules.needed") }];
        switch (getFieldValue(["starts", "on"])) {
          case "changed":
            return (
              <Form.Item name={["starts", "fields"]} label={t("rules.fields")} initialValue={[]}>
                <Select mode="multiple" placeholder={t("rules.anyField")} options={fields()} />
              </Form.Item>
            );
          case "stage_entered": {
            const options = object?.fields.find((field) => field.name === getFieldValue(["starts", "field"]))?.options;
            return (
              <>
                <Form.Item name={["starts", "field"]} label={t("condition.field")} rules={needed}>
                  <Select options={fields(["choice"])} />
                </Form.Item>
                <Form.Item noStyle dependencies={[["starts", "field"]]}>
                  {() => (
                    <Form.Item name={["starts", "value"]} label={t("condition.value")} rules={needed}>
                      {options ? (
                        <Select
                          options={options.map((one) => ({ value: one.value, label: labelIn(one.label, locale) }))}
                        />
                      ) : (
                        <Input />
                      )}
                    </Form.Item>
                  )}
                </Form.Item>
              </>
            );
          }
          case "date_reached":
            return (
              <>
                <Form.Item name={["starts", "field"]} label={t("condition.field")} rules={needed}>
                  <Select options={fields(["date", "date_time"])} />
                </Form.Item>
                <Form.Item name={["starts", "days"]} label={t("rules.days")} initialValue={0}>
                  <InputNumber precision={0} />
                </Form.Item>
              </>
            );
          case "idle":
            return (
              <Form.Item name={["starts", "days"]} label={t("rules.idleDays")} rules={needed} initialValue={7}>
                <InputNumber min={1} precision={0} />
              </Form.Item>
            );
          case "schedule":
            return (
              <>
                <Form.Item name={["starts", "cron"]} label={t("rules.cron")} extra={t("rules.cronHint")} rules={needed}>
                  <Input placeholder="0 9 * * 1" />
                </Form.Item>
                <Form.Item name={["starts", "time_zone"]} label={t("rules.zone")} initialValue="Asia/Shanghai">
                  <Select
                    showSearch
                    options={Intl.supportedValuesOf("timeZone").map((zone) => ({ value: zone, label: zone }))}
                  />
                </Form.Item>
              </>
            );
          default:
            return null;
        }
      }}
    </Form.Item>
  );
}

function Try() {
  const { t } = useTranslation();
  const dictionary = useDictionary();
  const form = Form.useFormInstance<RuleInput>();
  const object = dictionary.byName(Form.useWatch("object", form) ?? "");
  const [record, setRecord] = useState<number>();
  const [trial, setTrial] = useState<RuleTrial>();

  const run = async () => {
    if (record === undefined) return;
    try {
      setTrial(
        await tryRule(inputOf({ ...form.getFieldsValue(true), name: form.getFieldValue("name") || "?" }), record),
      );
    } catch (error) {
      toast.error(problemText(error, t));
    }
  };

  if (!object) return null;
  return (
    <div style={{ display: "grid", gap: 8 }}>
      <span>{t("rules.try")}</span>
      <div style={{ display: "flex", gap: 8 }}>
        <RecordPicker
          key={object.name}
          resource={object.resource}
          title={object.title}
          label={t("rules.tryOn")}
          value={record}
          onChange={setRecord}
        />
        <Button disabled={record === undefined} onClick={() => void run()}>
          {t("rules.tryNow")}
        </Button>
      </div>
      {trial && (
        <Alert
          type={trial.outcome === "done" ? "success" : trial.outcome === "failed" ? "error" : "info"}
          showIcon
          title={t(`trial.${trial.outcome}`, { defaultValue: trial.outcome })}
          description={
            <pre style={{ margin: 0, whiteSpace: "pre-wrap" }}>
              {JSON.stringify(trial.outcome === "done" ? trial.results : trial.why, null, 1)}
            </pre>
          }
        />
      )}
    </div>
  );
}
