// The key figures in a row, each with its change where the server gives one.
import { useTranslation } from "react-i18next";
import type { DashboardCard } from "@/api/types";
import { useLocale } from "@/i18n";
import { formatCompactMoney, formatNumber, formatPercent, toNumber } from "@/model/format";
import styles from "@/pages/home.module.css";

export function FigureCards({ cards }: { cards: DashboardCard[] }) {
  const { t } = useTranslation();
  return (
    <dl className={styles.cards} style={{ marginTop: 0 }}>
      {cards.map((card) => (
        <div key={card.key} className={styles.card}>
          <dt>{t(`card.${card.key}`, { defaultValue: card.key.replaceAll("_", " ") })}</dt>
          <dd className="number">
            <CardValue card={card} />
            <Change change={card.change} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function CardValue({ card }: { card: DashboardCard }) {
  const locale = useLocale();
  if (card.unit === "percent") return formatPercent(card.value, locale);
  if (/^[A-Z]{3}$/.test(card.unit) || card.unit === "money") {
    return formatCompactMoney(card.value, locale, card.unit === "money" ? "USD" : card.unit);
  }
  return formatNumber(card.value, locale, 1);
}

/** Colour and sign both say which way it went. */
function Change({ change }: { change?: number | string | null | undefined }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const share = toNumber(change);
  if (share === undefined) return null;
  const up = share >= 0;
  return (
    <span className={`${styles.change} ${up ? styles.up : styles.down}`} title={t("home.change")}>
      {up ? "▲" : "▼"} {formatPercent(Math.abs(share), locale, 0)}
    </span>
  );
}
