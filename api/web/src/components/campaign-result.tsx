// How a campaign went: from planned to clicked, each as a share of what was accepted.
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { campaignResultQuery } from "@/api/campaigns";
import type { CampaignResult } from "@/api/types";
import { useLocale } from "@/i18n";
import { formatNumber, formatPercent } from "@/model/format";
import { Bones } from "./bones";
import styles from "./campaign-result.module.css";
import { EmptyState } from "./empty-state";
import { Panel } from "./page";
import { problemText } from "./problem-notice";
import type { SpecialProps } from "./specials";

/** What else can become of a message; shown when it happened. */
const OTHERS = ["waiting", "bounced", "failed", "unknown", "hold_out"] as const;

export default function CampaignResultPanel({ record }: SpecialProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const found = useQuery(campaignResultQuery(record.id));
  const result = found.data;

  if (!result) {
    return (
      <Panel title={t("campaign.result")}>
        {found.isError ? <p className="muted">{problemText(found.error, t)}</p> : <Bones lines={5} height={24} />}
      </Panel>
    );
  }
  const automatic = result.opened_raw - result.opened + result.clicked_raw - result.clicked;
  if (result.planned === 0) {
    return (
      <Panel title={t("campaign.result")}>
        <EmptyState title={t("campaign.notSent")} text={t("campaign.notSentText")} />
      </Panel>
    );
  }
  return (
    <Panel title={t("campaign.result")}>
      <dl className={styles.funnel}>
        {stepsOf(result).map(({ step, count, of }) => (
          <div key={step} className={`${styles.step} ${styles[step] ?? ""}`}>
            <dt>{t(`campaign.${step}`)}</dt>
            <dd aria-hidden>
              <span className={styles.bar} style={{ width: `${(100 * count) / result.planned}%` }} />
            </dd>
            <dd className={`${styles.value} number`}>
              <b>{formatNumber(count, locale)}</b>
              <span className="muted">{of === undefined ? "" : formatPercent(of > 0 ? count / of : 0, locale)}</span>
            </dd>
          </div>
        ))}
      </dl>
      <div className={`${styles.rest} number`}>
        {OTHERS.filter((kind) => result[kind] > 0).map((kind) => (
          <span key={kind}>{t(`campaign.${kind}`, { number: formatNumber(result[kind], locale) })}</span>
        ))}
        {automatic > 0 && <span>{t("campaign.automatic", { number: formatNumber(automatic, locale) })}</span>}
      </div>
    </Panel>
  );
}

interface Step {
  step: "planned" | "accepted" | "opened" | "clicked" | "unsubscribed";
  count: number;
  /** What the share is of. */
  of?: number;
}

function stepsOf(result: CampaignResult): Step[] {
  const { planned, accepted, opened, clicked, unsubscribed } = result;
  return [
    { step: "planned", count: planned },
    { step: "accepted", count: accepted, of: planned },
    { step: "opened", count: opened, of: accepted },
    { step: "clicked", count: clicked, of: accepted },
    { step: "unsubscribed", count: unsubscribed, of: accepted },
  ];
}
