// The options of a choice, in the order they are offered. What was ever offered is switched off, not removed.
import { ArrowDownOutlined, ArrowUpOutlined, DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Form, Input, Select, Switch } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Label } from "@/api/types";
import { Pill } from "../pill";
import styles from "./admin.module.css";

export interface OptionValues {
  value: string;
  label: Label;
  color?: string;
  active: boolean;
}

const COLOURS = ["grey", "green", "blue", "gold", "red", "purple", "teal"];

export function OptionsInput({ settled }: { settled: string[] }) {
  const { t } = useTranslation();
  return (
    <Form.Item label={t("options.title")} required>
      <Form.List
        name="options"
        rules={[
          {
            validator: (_, options: unknown[] | undefined) =>
              options && options.length > 0 ? Promise.resolve() : Promise.reject(new Error(t("options.missing"))),
          },
        ]}
      >
        {(rows, { add, remove, move }, { errors }) => (
          <>
            {rows.map(({ key, name }, at) => (
              <div key={key} className={styles.option}>
                <Form.Item
                  name={[name, "value"]}
                  noStyle
                  rules={[{ required: true, message: t("options.valueMissing") }]}
                >
                  <ValueInput settled={settled} />
                </Form.Item>
                {(["en", "zh"] as const).map((locale) => (
                  <Form.Item key={locale} name={[name, "label", locale]} noStyle rules={[{ required: true }]}>
                    <Input
                      aria-label={`${t("admin.label")} (${t(`admin.language.${locale}`)})`}
                      placeholder={t(`admin.language.${locale}`)}
                      lang={locale}
                    />
                  </Form.Item>
                ))}
                <Form.Item name={[name, "color"]} noStyle>
                  <Select
                    allowClear
                    aria-label={t("options.colour")}
                    placeholder={t("options.colour")}
                    options={COLOURS.map((colour) => ({
                      value: colour,
                      label: <Pill colour={colour}>{t(`colour.${colour}`)}</Pill>,
                    }))}
                  />
                </Form.Item>
                <Form.Item name={[name, "active"]} noStyle valuePropName="checked">
                  <Switch size="small" aria-label={t("admin.active")} />
                </Form.Item>
                <Button
                  type="text"
                  size="small"
                  icon={<ArrowUpOutlined aria-hidden />}
                  aria-label={t("admin.up")}
                  disabled={at === 0}
                  onClick={() => move(at, at - 1)}
                />
                <Button
                  type="text"
                  size="small"
                  icon={<ArrowDownOutlined aria-hidden />}
                  aria-label={t("admin.down")}
                  disabled={at === rows.length - 1}
                  onClick={() => move(at, at + 1)}
                />
                <Form.Item noStyle shouldUpdate>
                  {({ getFieldValue }) => (
                    <Button
                      type="text"
                      size="small"
                      icon={<DeleteOutlined aria-hidden />}
                      aria-label={t("admin.remove")}
                      disabled={settled.includes(getFieldValue(["options", name, "value"]))}
                      onClick={() => remove(name)}
                    />
                  )}
                </Form.Item>
              </div>
            ))}
            <Form.ErrorList errors={errors} />
            <Button
              size="small"
              type="dashed"
              icon={<PlusOutlined aria-hidden />}
              onClick={() => add({ active: true, label: {} })}
            >
              {t("options.add")}
            </Button>
          </>
        )}
      </Form.List>
    </Form.Item>
  );
}

/** A value that is stored already stays as it is. */
function ValueInput({
  settled,
  id,
  value,
  onChange,
}: {
  settled: string[];
  id?: string;
  value?: string;
  onChange?: (value: string) => void;
}) {
  const { t } = useTranslation();
  const [fixed] = useState(value !== undefined && settled.includes(value));
  return (
    <Input
      id={id}
      aria-label={t("options.value")}
      placeholder={t("options.value")}
      disabled={fixed}
      value={value}
      onChange={(event) => onChange?.(event.target.value)}
    />
  );
}
