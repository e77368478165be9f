// One action of a rule: which, and what it needs.
import { DeleteOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Form, Input, InputNumber, Select } from "antd";
import { useTranslation } from "react-i18next";
import { flowsQuery } from "@/api/workflow";
import { JsonInput } from "../json-input";
import { UserPicker } from "../pickers";
import styles from "./admin.module.css";
import { RecipientInput, RecipientsInput } from "./recipient-input";

const ACTIONS = ["notify", "email", "create_task", "set_fields", "assign", "start_approval", "webhook"] as const;

export function ActionInput({ at, remove }: { at: number; remove: () => void }) {
  const { t } = useTranslation();
  return (
    <div className={styles.action}>
      <div>
        <Form.Item name={[at, "do"]} noStyle>
          <Select
            aria-label={t("rules.does")}
            style={{ flex: 1 }}
            options={ACTIONS.map((value) => ({ value, label: t(`do.${value}`) }))}
          />
        </Form.Item>
        <Button type="text" icon={<DeleteOutlined aria-hidden />} aria-label={t("admin.remove")} onClick={remove} />
      </div>
      <Form.Item noStyle shouldUpdate>
        {({ getFieldValue }) => <Details at={at} act={getFieldValue(["actions", at, "do"])} />}
      </Form.Item>
    </div>
  );
}

function Details({ at, act }: { at: number; act: (typeof ACTIONS)[number] }) {
  const { t } = useTranslation();
  const flows = useQuery({ ...flowsQuery, enabled: act === "start_approval" }).data ?? [];
  const needed = [{ required: true, message: t("rules.needed") }];
  const text = (name: string, label: string, long = false) => (
    <Form.Item name={[at, name]} label={label} rules={name === "body" && act === "notify" ? [] : needed}>
      {long ? <Input.TextArea autoSize={{ minRows: 2 }} /> : <Input />}
    </Form.Item>
  );
  switch (act) {
    case "notify":
    case "email":
      return (
        <>
          <Form.Item name={[at, "to"]} label={t("rules.to")} rules={needed}>
            <RecipientsInput />
          </Form.Item>
          {act === "notify" ? text("title", t("rules.title")) : text("subject", t("rules.subject"))}
          {text("body", t("rules.body"), true)}
        </>
      );
    case "create_task":
      return (
        <>
          {text("subject", t("rules.subject"))}
          <Form.Item name={[at, "due_in_days"]} label={t("rules.dueIn")}>
            <InputNumber min={0} precision={0} />
          </Form.Item>
          <Form.Item name={[at, "to"]} label={t("rules.to")} rules={needed}>
            <RecipientInput />
          </Form.Item>
        </>
      );
    case "set_fields":
      return (
        <Form.Item name={[at, "values"]} label={t("rules.values")} rules={needed} extra={t("rules.valuesHint")}>
          <Values />
        </Form.Item>
      );
    case "assign":
      return (
        <Form.Item name={[at, "to", "user"]} label={t("rules.assignTo")} rules={needed}>
          <UserPicker label={t("rules.assignTo")} />
        </Form.Item>
      );
    case "start_approval":
      return (
        <Form.Item name={[at, "flow"]} label={t("approval.flow")} rules={needed}>
          <Select options={flows.map((flow) => ({ value: flow.name, label: flow.name }))} />
        </Form.Item>
      );
    case "webhook":
      return (
        <>
          {text("url", "URL")}
          {text("secret", t("webhooks.secret"))}
          <Form.Item name={[at, "by_rights_of"]} label={t("rules.byRightsOf")} rules={needed}>
            <UserPicker label={t("rules.byRightsOf")} />
          </Form.Item>
        </>
      );
  }
}

function Values({ id, value, onChange }: { id?: string; value?: unknown; onChange?: (value: unknown) => void }) {
  return <JsonInput id={id} value={value} onChange={(next) => onChange?.(next)} />;
}
