// The rule of a segment, in words and as it is stored.
import { useTranslation } from "react-i18next";
import { useDictionary } from "@/api/meta";
import { useLocale } from "@/i18n";
import { type Condition, isComparison, parseCondition } from "@/model/condition";
import { formatDateTime, formatNumber } from "@/model/format";
import { comparisonText } from "./comparison-text";
import { Panel } from "./page";
import styles from "./segment-definition.module.css";
import type { SpecialProps } from "./specials";

export default function SegmentDefinition({ record }: SpecialProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const definition = record.definition;
  const condition = parseCondition(definition) ?? parseCondition(wrapped(definition));
  const sql = sqlOf(definition);

  return (
    <Panel title={t("segment.definition")}>
      <p className="muted number" style={{ marginBottom: 12 }}>
        {t("segment.memberCount", { number: formatNumber(record.member_count ?? 0, locale) })}
        {record.evaluated_at ? <> · {formatDateTime(record.evaluated_at, locale)}</> : null}
      </p>
      {condition ? <ConditionTree condition={condition} /> : null}
      {sql ? <pre className={styles.code}>{sql}</pre> : null}
      {!condition && !sql && <p className="muted">{t("segment.static")}</p>}
      {condition && (
        <details className={styles.raw}>
          <summary>{t("segment.raw")}</summary>
          <pre className={styles.code}>{JSON.stringify(definition, null, 2)}</pre>
        </details>
      )}
    </Panel>
  );
}

function wrapped(definition: unknown): unknown {
  if (!definition || typeof definition !== "object") return undefined;
  const { condition, filter } = definition as { condition?: unknown; filter?: unknown };
  return condition ?? filter;
}

function sqlOf(definition: unknown): string | undefined {
  if (!definition || typeof definition !== "object") return undefined;
  const { sql } = definition as { sql?: unknown };
  return typeof sql === "string" ? sql : undefined;
}

function ConditionTree({ condition }: { condition: Condition }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const customer = useDictionary().byName("customer");
  if (isComparison(condition)) {
    return (
      <li className={styles.leaf}>
        {customer ? comparisonText(condition, customer, locale, t) : JSON.stringify(condition)}
      </li>
    );
  }
  const [join, parts] =
    "all" in condition
      ? [t("condition.all"), condition.all]
      : "any" in condition
        ? [t("condition.any"), condition.any]
        : [t("condition.none"), [condition.not]];
  return (
    <div className={styles.node}>
      <span className={styles.join}>{join}</span>
      <ul className={styles.parts}>
        {parts.map((part) =>
          isComparison(part) ? (
            <ConditionTree key={JSON.stringify(part)} condition={part} />
          ) : (
            <li key={JSON.stringify(part)}>
              <ConditionTree condition={part} />
            </li>
          ),
        )}
      </ul>
    </div>
  );
}
