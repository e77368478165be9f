// In a form about an object: which object, and a condition on its records.
import { Form, Select } from "antd";
import { useTranslation } from "react-i18next";
import { useDictionary } from "@/api/meta";
import type { MetaObject } from "@/api/types";
import { useLocale } from "@/i18n";
import { type Condition, parseCondition } from "@/model/condition";
import { labelIn } from "@/model/dictionary";
import ConditionEditor from "../condition-editor";

interface ObjectSelectProps {
  filter?: (object: MetaObject) => boolean;
  id?: string;
  value?: string;
  onChange?: (name: string) => void;
  disabled?: boolean;
}

export function ObjectSelect({ filter, id, value, onChange, disabled }: ObjectSelectProps) {
  const locale = useLocale();
  const objects = useDictionary().objects.filter(filter ?? (() => true));
  return (
    <Select
      id={id}
      disabled={disabled}
      showSearch={{ optionFilterProp: "label" }}
      value={value}
      options={objects.map((object) => ({ value: object.name, label: labelIn(object.label, locale) }))}
      onChange={onChange}
    />
  );
}

/** The condition on records of the object chosen in the form's `object`. */
export function ConditionItem({ label, required }: { label: string; required?: boolean }) {
  const { t } = useTranslation();
  const dictionary = useDictionary();
  return (
    <Form.Item noStyle dependencies={["object"]}>
      {({ getFieldValue }) => {
        const object = dictionary.byName(getFieldValue("object"));
        return object ? (
          <Form.Item
            key={object.name}
            name="condition"
            label={label}
            rules={required ? [{ required: true, message: t("admin.conditionMissing") }] : []}
          >
            <Editor object={object} />
          </Form.Item>
        ) : null;
      }}
    </Form.Item>
  );
}

function Editor({
  object,
  value,
  onChange,
}: {
  object: MetaObject;
  value?: unknown;
  onChange?: (condition: Condition | undefined) => void;
}) {
  return (
    <ConditionEditor object={object} value={parseCondition(value)} onChange={(condition) => onChange?.(condition)} />
  );
}
