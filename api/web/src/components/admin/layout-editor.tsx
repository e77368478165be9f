// How the form and the page of an object are laid out for everybody: sections of fields, in their order.
import { ArrowDownOutlined, ArrowUpOutlined, DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Input, Popconfirm, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "@/api/access";
import { dropLayout, forgetMeta, saveLayout } from "@/api/dictionary";
import type { Label, MetaObject } from "@/api/types";
import { useLocale } from "@/i18n";
import { isSystemField, labelIn } from "@/model/dictionary";
import { groupsOf } from "@/model/layout";
import { busy } from "../busy";
import { Panel } from "../page";
import { problemText } from "../problem-notice";
import { toast } from "../toast";
import styles from "./admin.module.css";

interface Section {
  label: Label;
  fields: string[];
}

export function LayoutEditor({ object }: { object: MetaObject }) {
  const { t, i18n } = useTranslation();
  const locale = useLocale();
  const layout = object.layouts.find((one) => !one.shown_for);
  const save = useChange(saveLayout, forgetMeta);
  const drop = useChange(dropLayout, forgetMeta);
  const fields = object.fields.filter((field) => !isSystemField(field));
  const usual = (): Section[] =>
    groupsOf(fields).map(({ group, fields: members }) => ({
      label: { en: words(group, "en"), zh: words(group, "zh") },
      fields: members.map((field) => field.name),
    }));
  const [sections, setSections] = useState<Section[]>(() => layout?.sections ?? usual());

  function words(group: string, language: "en" | "zh"): string {
    return i18n.getFixedT(language)(`group.${group}`, { defaultValue: group });
  }
  const change = (at: number, part: Partial<Section>) =>
    setSections(sections.map((section, index) => (index === at ? { ...section, ...part } : section)));
  const move = (at: number, to: number) => {
    const next = [...sections];
    const [section] = next.splice(at, 1);
    if (section) next.splice(to, 0, section);
    setSections(next);
  };
  const placed = new Set(sections.flatMap((section) => section.fields));
  const left = fields.filter((field) => !placed.has(field.name));
  const run = (action: Promise<unknown>, done: string) =>
    action.then(
      () => toast.success(done),
      (error) => toast.error(problemText(error, t)),
    );

  return (
    <Panel
      className="spaced"
      title={t("layout.title")}
      extra={
        <>
          {layout && (
            <Popconfirm
              title={t("layout.dropAsk")}
              okText={t("admin.remove")}
              onConfirm={() => run(drop.mutateAsync(layout.id), t("layout.dropped")).then(() => setSections(usual()))}
            >
              <Button size="small">{t("layout.usual")}</Button>
            </Popconfirm>
          )}
          <Button
            size="small"
            type="primary"
            loading={busy(save.isPending)}
            onClick={() => void run(save.mutateAsync({ object: object.name, sections }), t("layout.saved"))}
          >
            {t("layout.save")}
          </Button>
        </>
      }
    >
      <p className="muted" style={{ marginBottom: 12 }}>
        {t("layout.lead")}
      </p>
      {sections.map((section, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: sections are told apart by their place only
        <div key={at} className={styles.section}>
          {(["en", "zh"] as const).map((language) => (
            <Input
              key={language}
              lang={language}
              aria-label={`${t("layout.section")} (${t(`admin.language.${language}`)})`}
              value={section.label[language]}
              onChange={(event) => change(at, { label: { ...section.label, [language]: event.target.value } })}
            />
          ))}
          <Select
            mode="multiple"
            aria-label={t("layout.fields")}
            showSearch={{ optionFilterProp: "label" }}
            value={section.fields}
            options={fields
              .filter((field) => section.fields.includes(field.name) || !placed.has(field.name))
              .map((field) => ({ value: field.name, label: labelIn(field.label, locale) }))}
            onChange={(names: string[]) => change(at, { fields: names })}
          />
          <span className={styles.tools}>
            <Button
              type="text"
              icon={<ArrowUpOutlined aria-hidden />}
              aria-label={t("admin.up")}
              disabled={at === 0}
              onClick={() => move(at, at - 1)}
            />
            <Button
              type="text"
              icon={<ArrowDownOutlined aria-hidden />}
              aria-label={t("admin.down")}
              disabled={at === sections.length - 1}
              onClick={() => move(at, at + 1)}
            />
            <Button
              type="text"
              icon={<DeleteOutlined aria-hidden />}
              aria-label={t("admin.remove")}
              onClick={() => setSections(sections.filter((_, index) => index !== at))}
            />
          </span>
        </div>
      ))}
      <Button
        size="small"
        type="dashed"
        icon={<PlusOutlined aria-hidden />}
        onClick={() => setSections([...sections, { label: { en: "", zh: "" }, fields: [] }])}
      >
        {t("layout.add")}
      </Button>
      {left.length > 0 && (
        <p className="muted" style={{ marginTop: 10 }}>
          {t("layout.left", { fields: left.map((field) => labelIn(field.label, locale)).join(", ") })}
        </p>
      )}
    </Panel>
  );
}
