// What the analysis says about a customer: lifetime value, probability to be active, RFM.
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { customerScoreQuery } from "@/api/customer-score";
import { useLocale } from "@/i18n";
import { formatDate, formatMoney, formatNumber, formatPercent } from "@/model/format";
import { Bones } from "./bones";
import styles from "./customer-score.module.css";
import { Panel } from "./page";
import { Pill } from "./pill";
import { problemText } from "./problem-notice";
import { bandColour, bandLabel, rfmLabel } from "./score-labels";
import type { SpecialProps } from "./specials";

export default function CustomerScorePanel({ record }: SpecialProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const found = useQuery(customerScoreQuery(record.id));
  const score = found.data;

  if (found.isPending) {
    return (
      <Panel title={t("score.title")}>
        <Bones lines={5} />
      </Panel>
    );
  }
  if (found.isError || !score) {
    return (
      <Panel title={t("score.title")}>
        <p className="muted">{found.isError ? problemText(found.error, t) : t("score.none")}</p>
      </Panel>
    );
  }
  return (
    <Panel
      title={t("score.title")}
      extra={score.value_band && <Pill colour={bandColour(score.value_band)}>{bandLabel(score.value_band, t)}</Pill>}
    >
      <div className="muted">{t("score.clv")}</div>
      <div className={`${styles.clv} number`}>{formatMoney(score.clv, locale)}</div>
      <dl className={styles.grid}>
        <div>
          <dt>{t("score.alive")}</dt>
          <dd className="number">
            {formatPercent(score.p_alive, locale, 0)}
            <div className={styles.meter} aria-hidden>
              <span style={{ width: `${Math.round((score.p_alive ?? 0) * 100)}%` }} />
            </div>
          </dd>
        </div>
        <div>
          <dt>{t("score.expectedOrders")}</dt>
          <dd className="number">{formatNumber(score.expected_orders, locale, 2)}</dd>
        </div>
        <div>
          <dt>{t("score.recency")}</dt>
          <dd className="number">{t("score.days", { count: score.recency_days ?? 0 })}</dd>
        </div>
        <div>
          <dt>{t("score.orders")}</dt>
          <dd className="number">{formatNumber(score.frequency, locale)}</dd>
        </div>
      </dl>
      <div className={styles.rfm}>
        {(["r", "f", "m"] as const).map((part) => (
          <span key={part}>
            <b className="number">{score[part] ?? "–"}</b>
            {t(`score.${part}`)}
          </span>
        ))}
      </div>
      {score.rfm_segment && <p style={{ marginTop: 12 }}>{rfmLabel(score.rfm_segment, t)}</p>}
      <p className="muted" style={{ marginTop: 8, fontSize: 12.5 }}>
        {t("score.asOf", { date: formatDate(score.as_of, locale) })}
      </p>
    </Panel>
  );
}
