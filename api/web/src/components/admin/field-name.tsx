// The name of a new field for programs, and how it will look in the API.
import { Form, Input } from "antd";
import { useTranslation } from "react-i18next";
import type { MetaObject } from "@/api/types";

export function FieldName({ object }: { object: MetaObject }) {
  const { t } = useTranslation();
  return (
    <Form.Item
      name="name"
      label={t("admin.name")}
      extra={t("fields.nameHint", { object: object.name })}
      rules={[
        { required: true, message: t("admin.nameMissing") },
        { pattern: /^[a-z][a-z0-9_]*$/, message: t("admin.nameForm") },
      ]}
    >
      <Input maxLength={40} prefix={<span className="muted">x_</span>} />
    </Form.Item>
  );
}
