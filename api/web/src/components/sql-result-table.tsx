// The rows of a query.

import { useTranslation } from "react-i18next";
import type { SqlResult } from "@/api/types";
import { useLocale } from "@/i18n";
import { formatNumber, toNumber } from "@/model/format";
import { DataTable } from "./data-table";

const SHOWN = 500;

export function SqlResultTable({ result }: { result: SqlResult }) {
  const { t } = useTranslation();
  const locale = useLocale();
  return (
    <div style={{ maxHeight: "60vh", overflow: "auto" }}>
      <DataTable
        label={t("sql.result")}
        rows={result.rows.slice(0, SHOWN) as unknown[][]}
        rowKey={(_, index) => index}
        columns={result.columns.map((column, index) => {
          const numeric = /int|float|double|decimal|numeric/i.test(column.type);
          return {
            key: `${index} ${column.name}`,
            title: column.name,
            right: numeric,
            cell: (row: unknown[]) => {
              const value = row[index];
              if (value === null || value === undefined) return <span className="muted">null</span>;
              if (numeric && toNumber(value) !== undefined && !/(^|_)(id|key)$/.test(column.name)) {
                return formatNumber(value, locale, 4);
              }
              return typeof value === "object" ? JSON.stringify(value) : String(value);
            },
          };
        })}
      />
      {result.rows.length > SHOWN && (
        <p className="muted" style={{ padding: 12 }}>
          {t("sql.more", { count: SHOWN })}
        </p>
      )}
    </div>
  );
}
