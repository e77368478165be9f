// The rule of a segment in its form: a condition, a query, a cell or set as it is written, or nothing for a fixed list; with a count of what it would pick.
import { Button, Form, Input } from "antd";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { useDictionary } from "@/api/meta";
import { usePreviewSegment } from "@/api/segments";
import { useLocale } from "@/i18n";
import { parseCondition } from "@/model/condition";
import { formatNumber } from "@/model/format";
import { Bones } from "./bones";
import { busy } from "./busy";
import { problemText } from "./problem-notice";

const ConditionEditor = lazy(() => import("./condition-editor"));

interface SegmentDefinitionInputProps {
  id?: string | undefined;
  value: unknown;
  onChange: (value: unknown) => void;
}

export function SegmentDefinitionInput({ id, value, onChange }: SegmentDefinitionInputProps) {
  const { t } = useTranslation();
  const customer = useDictionary().byName("customer");
  const kind: unknown = Form.useWatch("kind");

  if (kind === "static") return <span className="muted">{t("segment.static")}</span>;
  if (kind === "sql") {
    const { sql } = (value ?? {}) as { sql?: string };
    return (
      <>
        <Input.TextArea
          id={id}
          autoSize={{ minRows: 4, maxRows: 16 }}
          style={{ fontFamily: "var(--mono)" }}
          placeholder="SELECT customer_id FROM mart.customer WHERE …"
          value={sql ?? ""}
          onChange={(event) => onChange({ sql: event.target.value })}
        />
        <Count kind="sql" definition={value} />
      </>
    );
  }
  if (kind === "cell" || kind === "set") {
    return (
      <>
        <pre id={id} style={{ fontFamily: "var(--mono)", whiteSpace: "pre-wrap" }}>
          {JSON.stringify(value ?? {}, null, 2)}
        </pre>
        <Count kind={kind} definition={value} />
      </>
    );
  }
  if (!customer) return null;
  return (
    <Suspense fallback={<Bones lines={2} height={30} />}>
      <ConditionEditor object={customer} value={parseCondition(value)} onChange={onChange} />
      <Count kind="condition" definition={value} />
    </Suspense>
  );
}

/** How many customers the rule picks right now. */
function Count({ kind, definition }: { kind: string; definition: unknown }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const preview = usePreviewSegment();
  if (!definition || typeof definition !== "object") return null;
  return (
    <div style={{ display: "flex", gap: 12, alignItems: "center", marginTop: 12 }}>
      <Button
        size="small"
        loading={busy(preview.isPending)}
        onClick={() => preview.mutate({ kind, definition: definition as Record<string, unknown> })}
      >
        {t("segment.count")}
      </Button>
      <span aria-live="polite" className={preview.isError ? undefined : "muted"}>
        {preview.isError
          ? problemText(preview.error, t)
          : preview.data && t("segment.counted", { number: formatNumber(preview.data.count, locale) })}
      </span>
    </div>
  );
}
