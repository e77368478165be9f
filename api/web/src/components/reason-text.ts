// Why somebody sees a row, in words.
import { useTranslation } from "react-i18next";
import type { RowReason } from "@/api/access";

export function useReasonText(): (reason: RowReason) => string {
  const { t } = useTranslation();
  return (reason) => {
    const text = t(`reason.${reason.kind}`, { defaultValue: reason.kind });
    return reason.name ? `${text} (${reason.name})` : text;
  };
}
