// The file to import, and what its columns may be.
import { InboxOutlined } from "@ant-design/icons";
import { Alert, Button } from "antd";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { saveAs } from "@/api/export";
import { useDictionary } from "@/api/meta";
import type { MetaObject } from "@/api/types";
import { useLocale } from "@/i18n";
import { csvHeader, importTargets } from "@/model/import-mapping";
import { workbookHeader } from "@/model/workbook";
import styles from "../activity/activity.module.css";
import { Panel } from "../page";

/** Enough for any header. */
const HEAD_BYTES = 64 * 1024;

export function ImportFile({
  object,
  onChosen,
}: {
  object: MetaObject;
  onChosen: (file: File, headers: string[]) => void;
}) {
  const { t } = useTranslation();
  const locale = useLocale();
  const dictionary = useDictionary();
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const [unread, setUnread] = useState<string>();

  const take = async (file: File | undefined) => {
    if (!file) return;
    setUnread(undefined);
    try {
      const workbook = file.name.toLowerCase().endsWith(".xlsx");
      const headers = workbook ? await workbookHeader(file) : csvHeader(await file.slice(0, HEAD_BYTES).text());
      const named = headers.map((header) => header.trim());
      if (named.every((header) => header === "") || new Set(named).size < named.length) setUnread(file.name);
      else onChosen(file, headers);
    } catch {
      setUnread(file.name);
    }
  };
  const template = () => {
    const targets = importTargets(dictionary, object, locale);
    const header = targets
      .filter((target, at) => targets.findIndex((other) => other.field === target.field) === at)
      .map(({ name }) => name);
    saveAs(new Blob([`\uFEFF${header.join(",")}\r\n`], { type: "text/csv;charset=utf-8" }), `${object.resource}.csv`);
  };

  return (
    <Panel>
      {unread !== undefined && (
        <Alert
          role="alert"
          type="error"
          showIcon
          style={{ marginBottom: 14 }}
          title={t("import.unread", { name: unread })}
          description={t("import.unreadText")}
        />
      )}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is a shortcut; the button does the same */}
      <div
        className={styles.drop}
        style={{ padding: 36, marginBottom: 0 }}
        data-over={over}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          void take(event.dataTransfer.files[0]);
        }}
      >
        <InboxOutlined aria-hidden style={{ fontSize: 32 }} />
        <div>{t("import.drop")}</div>
        <input
          ref={input}
          type="file"
          accept=".csv,.xlsx,text/csv"
          hidden
          aria-label={t("import.choose")}
          onChange={(event) => void take(event.target.files?.[0])}
        />
        <div style={{ display: "flex", flexWrap: "wrap", gap: 8, justifyContent: "center" }}>
          <Button type="primary" onClick={() => input.current?.click()}>
            {t("import.choose")}
          </Button>
          <Button onClick={template}>{t("import.template")}</Button>
        </div>
      </div>
    </Panel>
  );
}
