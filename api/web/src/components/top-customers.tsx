// The customers with the highest expected value.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { shortListQuery } from "@/api/records";
import type { ClvAnswer } from "@/api/types";
import { useLocale } from "@/i18n";
import { formatMoney, formatNumber, formatPercent } from "@/model/format";
import { DataTable } from "./data-table";

const SHOWN = 8;

export function TopCustomers({ customers }: { customers: ClvAnswer["top"] }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const rows = customers.slice(0, SHOWN);
  const named = useQuery({
    ...shortListQuery({
      resource: "customers",
      fields: ["name"],
      filter: { field: "id", op: "in", value: rows.map((row) => row.customer_id) },
      size: SHOWN,
    }),
    enabled: rows.length > 0,
  });
  const names = new Map(named.data?.items.map((customer) => [customer.id, String(customer.name)]));

  return (
    <DataTable
      label={t("value.top")}
      rows={rows}
      rowKey={(row) => row.customer_id}
      columns={[
        {
          key: "name",
          title: t("segment.customer"),
          cell: (row) => (
            <Link to="/$resource/$id" params={{ resource: "customers", id: String(row.customer_id) }}>
              {names.get(row.customer_id) ?? `#${row.customer_id}`}
            </Link>
          ),
        },
        { key: "alive", title: t("value.alive"), right: true, cell: (row) => formatPercent(row.p_alive, locale, 0) },
        {
          key: "orders",
          title: t("value.orders"),
          right: true,
          cell: (row) => formatNumber(row.expected_orders, locale, 1),
        },
        { key: "clv", title: t("value.clv"), right: true, cell: (row) => formatMoney(row.clv, locale) },
      ]}
    />
  );
}
