// A name in both languages.
import { Form, Input } from "antd";
import { useTranslation } from "react-i18next";

export function LabelInputs({ name = "label", label }: { name?: string | (string | number)[]; label?: string }) {
  const { t } = useTranslation();
  const path = Array.isArray(name) ? name : [name];
  return (
    <div style={{ display: "grid", gridTemplateColumns: "1fr 1fr", gap: 12 }}>
      {(["en", "zh"] as const).map((locale) => (
        <Form.Item
          key={locale}
          name={[...path, locale]}
          label={`${label ?? t("admin.label")} (${t(`admin.language.${locale}`)})`}
          rules={[{ required: true, whitespace: true, message: t("admin.labelMissing") }]}
        >
          <Input maxLength={100} lang={locale} />
        </Form.Item>
      ))}
    </div>
  );
}
