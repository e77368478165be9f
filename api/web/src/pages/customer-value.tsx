// What customers are worth: the RFM grid, expected value with its back-test, retention of cohorts.
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { clvQuery, retentionQuery, rfmQuery } from "@/api/analytics";
import { BacktestFigure } from "@/components/backtest-figure";
import { Bones } from "@/components/bones";
import { FigureCards } from "@/components/figure-cards";
import { Page, Panel } from "@/components/page";
import { ProblemNotice } from "@/components/problem-notice";
import { RetentionGrid } from "@/components/retention-grid";
import { RfmGrid } from "@/components/rfm-grid";
import { TopCustomers } from "@/components/top-customers";
import { useLocale } from "@/i18n";
import { formatDate } from "@/model/format";
import styles from "./customer-value.module.css";

export function CustomerValue() {
  const { t } = useTranslation();
  const locale = useLocale();
  const rfm = useQuery(rfmQuery);
  const clv = useQuery(clvQuery);
  const retention = useQuery(retentionQuery);

  return (
    <Page
      title={t("nav.value")}
      sub={t("value.lead")}
      actions={
        clv.data && <span className="muted">{t("score.asOf", { date: formatDate(clv.data.as_of, locale) })}</span>
      }
    >
      {clv.data && (
        <FigureCards
          cards={[
            { key: "expected_value", value: clv.data.total_clv, unit: "money" },
            { key: "expected_orders", value: clv.data.expected_orders, unit: "count" },
            { key: "mean_p_alive", value: clv.data.mean_p_alive, unit: "percent" },
            { key: "scored_customers", value: clv.data.customers, unit: "count" },
          ]}
        />
      )}
      <div className={styles.columns}>
        <Panel title={t("value.grid")}>{rfm.data ? <RfmGrid rfm={rfm.data} /> : <Waiting error={rfm.error} />}</Panel>
        <Panel title={t("value.top")} flush={clv.isSuccess}>
          {clv.data ? <TopCustomers customers={clv.data.top} /> : <Waiting error={clv.error} />}
        </Panel>
        {clv.data && (
          <div className={styles.whole}>
            <BacktestFigure clv={clv.data} />
          </div>
        )}
        <Panel title={t("value.retention")} className={styles.whole} flush={retention.isSuccess}>
          {retention.data ? <RetentionGrid cohorts={retention.data.cohorts} /> : <Waiting error={retention.error} />}
        </Panel>
      </div>
    </Page>
  );
}

function Waiting({ error }: { error: unknown }) {
  return error ? <ProblemNotice error={error} /> : <Bones lines={7} height={20} />;
}
