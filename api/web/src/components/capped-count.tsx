// How many there are; beyond the server's counting limit "more than".
import { useTranslation } from "react-i18next";
import type { CappedCount } from "@/api/types";
import { useLocale } from "@/i18n";
import { formatNumber } from "@/model/format";

export function CappedCountText({ total }: { total: CappedCount }) {
  const { t } = useTranslation();
  const number = formatNumber(total.value, useLocale());
  return <span className="muted number">{total.capped ? t("list.moreThan", { number }) : number}</span>;
}
