// When a step of a flow is taken: always, or only for records that meet a condition.
import { Form, Switch } from "antd";
import { useTranslation } from "react-i18next";
import { useDictionary } from "@/api/meta";
import type { MetaObject } from "@/api/types";
import { type Condition, parseCondition } from "@/model/condition";
import ConditionEditor from "../condition-editor";

export function StepCondition({ name, label }: { name: (string | number)[]; label: string }) {
  const dictionary = useDictionary();
  return (
    <Form.Item noStyle dependencies={["object"]}>
      {({ getFieldValue }) => {
        const object = dictionary.byName(getFieldValue("object"));
        return object ? (
          <Form.Item key={object.name} name={name} label={label}>
            <Optional object={object} />
          </Form.Item>
        ) : null;
      }}
    </Form.Item>
  );
}

function Optional({
  object,
  value,
  onChange,
}: {
  object: MetaObject;
  value?: unknown;
  onChange?: (condition: Condition | null) => void;
}) {
  const { t } = useTranslation();
  const condition = parseCondition(value);
  const open = value !== undefined && value !== null;
  return (
    <>
      <Switch
        size="small"
        aria-label={t("flows.onlyWhen")}
        checked={open}
        onChange={(on) => onChange?.(on ? { all: [] } : null)}
      />{" "}
      <span className="muted">{t("flows.onlyWhen")}</span>
      {open && (
        <div style={{ marginTop: 8 }}>
          <ConditionEditor object={object} value={condition} onChange={(next) => onChange?.(next ?? { all: [] })} />
        </div>
      )}
    </>
  );
}
