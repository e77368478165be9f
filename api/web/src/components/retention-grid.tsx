// Who of each month's new customers bought again, month by month.
import { useTranslation } from "react-i18next";
import type { RetentionAnswer } from "@/api/types";
import { useLocale } from "@/i18n";
import { formatMonth, formatNumber, formatPercent } from "@/model/format";
import { useMode } from "@/theme/mode";
import { EmptyState } from "./empty-state";
import { heat } from "./heat";
import styles from "./heat.module.css";

export function RetentionGrid({ cohorts }: { cohorts: RetentionAnswer["cohorts"] }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const mode = useMode();
  const later = cohorts.flatMap((cohort) => cohort.cells).filter((cell) => cell.months_since > 0);
  const months = Math.max(0, ...later.map((cell) => cell.months_since));
  const highest = Math.max(0.01, ...later.map((cell) => cell.rate));
  if (cohorts.length === 0) return <EmptyState title={t("home.rfmNone")} text={t("home.rfmNoneText")} />;

  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region is reached by keyboard
    <section className={styles.scroll} tabIndex={0} aria-label={t("value.retention")}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">{t("value.cohort")}</th>
            <th scope="col">{t("home.customers")}</th>
            {Array.from({ length: months }, (_, index) => index + 1).map((month) => (
              <th key={month} scope="col" style={{ textAlign: "center" }}>
                +{month}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="number">
          {cohorts.map((cohort) => {
            const rates = new Map(cohort.cells.map((cell) => [cell.months_since, cell.rate]));
            return (
              <tr key={cohort.month}>
                <th scope="row">{formatMonth(cohort.month, locale)}</th>
                <td>{formatNumber(cohort.customers, locale)}</td>
                {Array.from({ length: months }, (_, index) => index + 1).map((month) => {
                  const rate = rates.get(month);
                  return rate === undefined ? (
                    <td key={month} />
                  ) : (
                    <td key={month} className={styles.heat} style={heat(rate / highest, mode)}>
                      {formatPercent(rate, locale, 0)}
                    </td>
                  );
                })}
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}
