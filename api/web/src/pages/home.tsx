// Home: the figures that matter now, read from fresh data and refreshed while you look, and one's own work.
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { dashboardQuery } from "@/api/dashboard";
import { useUser } from "@/api/session";
import type { Dashboard } from "@/api/types";
import { Bones } from "@/components/bones";
import { FigureCards } from "@/components/figure-cards";
import { Page } from "@/components/page";
import { ProblemNotice } from "@/components/problem-notice";
import { RecentCampaigns } from "@/components/recent-campaigns";
import { RfmFigure } from "@/components/rfm-figure";
import { SalesFigure } from "@/components/sales-figure";
import { useLocale } from "@/i18n";
import { formatDuration } from "@/model/format";
import styles from "./home.module.css";

const OwnWork = lazy(() => import("@/components/own-work"));

export function Home() {
  const { t } = useTranslation();
  const user = useUser();
  const found = useQuery(dashboardQuery);

  return (
    <Page
      title={t("home.hello", { name: user.name })}
      sub={t("home.lead")}
      actions={found.data && <LiveMark freshness={found.data.freshness} />}
    >
      {found.data ? (
        <Figures dashboard={found.data} />
      ) : found.isError ? (
        <ProblemNotice error={found.error} retry={() => void found.refetch()} />
      ) : (
        <Loading />
      )}
      <Suspense fallback={null}>
        <OwnWork />
      </Suspense>
    </Page>
  );
}

function Figures({ dashboard }: { dashboard: Dashboard }) {
  return (
    <>
      <FigureCards cards={dashboard.cards} />
      <div className={styles.charts}>
        <SalesFigure points={dashboard.sales_by_month} />
        <RfmFigure segments={dashboard.rfm} />
      </div>
      <RecentCampaigns campaigns={dashboard.campaigns} />
    </>
  );
}

/** How far the figures are behind the records. */
function LiveMark({ freshness }: { freshness: Dashboard["freshness"] }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const late = freshness.lag_ms > 5_000;
  return (
    <span
      className={late ? `${styles.live} ${styles.late}` : styles.live}
      title={t("home.position", { lsn: freshness.lsn })}
    >
      <span className={styles.dot} aria-hidden />
      {late
        ? t("home.late", { lag: formatDuration(freshness.lag_ms, locale) })
        : t("home.live", { lag: formatDuration(freshness.lag_ms, locale) })}
    </span>
  );
}

function Loading() {
  return (
    <div aria-busy="true">
      <div className={styles.cards}>
        {["a", "b", "c", "d"].map((card) => (
          <div key={card} className={styles.card}>
            <Bones lines={2} height={18} />
          </div>
        ))}
      </div>
      <div className={styles.charts}>
        {["left", "right"].map((chart) => (
          <div key={chart} className={styles.card} style={{ height: 344 }}>
            <Bones lines={1} width="40%" />
          </div>
        ))}
      </div>
    </div>
  );
}
