// Customers by recency and frequency score; every cell leads to its customers.
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { RfmAnswer } from "@/api/types";
import { useLocale } from "@/i18n";
import { formatCompactMoney, formatNumber } from "@/model/format";
import { useMode } from "@/theme/mode";
import { EmptyState } from "./empty-state";
import { heat } from "./heat";
import styles from "./heat.module.css";

export function RfmGrid({ rfm }: { rfm: RfmAnswer }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const mode = useMode();
  const scores = Array.from({ length: rfm.classes }, (_, index) => index + 1);
  const cells = new Map(rfm.grid.map((cell) => [`${cell.r} ${cell.f}`, cell]));
  const most = Math.max(1, ...rfm.grid.map((cell) => cell.customers));
  if (rfm.grid.length === 0) return <EmptyState title={t("home.rfmNone")} text={t("home.rfmNoneText")} />;

  return (
    <>
      <div className={styles.grid} style={{ gridTemplateColumns: `auto repeat(${rfm.classes}, minmax(0, 1fr))` }}>
        {scores.toReversed().flatMap((r) => [
          <span key={`r${r}`} className={styles.axis}>
            R{r}
          </span>,
          ...scores.map((f) => {
            const cell = cells.get(`${r} ${f}`);
            const customers = cell?.customers ?? 0;
            return (
              <Link
                key={`${r} ${f}`}
                to="/$resource"
                params={{ resource: "customers" }}
                search={{
                  filter: {
                    all: [
                      { field: "score.r", op: "eq", value: r },
                      { field: "score.f", op: "eq", value: f },
                    ],
                  },
                }}
                className={`${styles.cell} number`}
                style={heat(customers / most, mode)}
                aria-label={t("value.cell", { r, f, number: formatNumber(customers, locale) })}
              >
                {formatNumber(customers, locale)}
                <small>{formatCompactMoney(cell?.revenue ?? 0, locale)}</small>
              </Link>
            );
          }),
        ])}
        <span />
        {scores.map((f) => (
          <span key={f} className={styles.axis}>
            F{f}
          </span>
        ))}
      </div>
      <p className={styles.names}>{t("value.gridHint")}</p>
    </>
  );
}
