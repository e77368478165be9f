// Sales by month, stacked by region.
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useDictionary } from "@/api/meta";
import type { SalesPoint } from "@/api/types";
import { useLocale } from "@/i18n";
import { fieldOf, labelIn, optionOf } from "@/model/dictionary";
import { formatCompactMoney, formatMoney, formatMonth, toNumber } from "@/model/format";
import { DataTable } from "./data-table";
import { Figure } from "./figure";

export function SalesFigure({ points }: { points: SalesPoint[] }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const customer = useDictionary().byName("customer");
  const region = customer && fieldOf(customer, "region");
  const regionLabel = (value: string) => {
    const option = region && optionOf(region, value);
    return option ? labelIn(option.label, locale) : value || t("value.none");
  };

  const { months, regions, amount } = useMemo(() => pivot(points), [points]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: regionLabel changes with the locale only
  const option = useMemo(
    () => ({
      grid: { left: 8, right: 8, top: 38, bottom: 4, containLabel: true },
      legend: { top: 0, left: 0 },
      tooltip: {
        trigger: "axis",
        axisPointer: { type: "shadow" },
        valueFormatter: (value: unknown) => formatMoney(value, locale),
      },
      xAxis: { type: "category", data: months.map((month) => formatMonth(month, locale)) },
      yAxis: { type: "value", axisLabel: { formatter: (value: number) => formatCompactMoney(value, locale) } },
      series: regions.map((name) => ({
        type: "bar",
        stack: "sales",
        name: regionLabel(name),
        barMaxWidth: 34,
        data: months.map((month) => Math.round((amount.get(`${month}|${name}`) ?? 0) * 100) / 100),
      })),
    }),
    [months, regions, amount, locale, region],
  );

  return (
    <Figure
      title={t("home.sales")}
      label={t("home.salesLabel", { months: months.length, regions: regions.map(regionLabel).join(", ") })}
      option={option}
      table={
        <DataTable
          label={t("home.sales")}
          rows={months}
          rowKey={(month) => month}
          columns={[
            { key: "month", title: t("home.month"), cell: (month) => formatMonth(month, locale) },
            ...regions.map((name) => ({
              key: name,
              title: regionLabel(name),
              right: true,
              cell: (month: string) => formatMoney(amount.get(`${month}|${name}`) ?? 0, locale),
            })),
          ]}
        />
      }
    />
  );
}

function pivot(points: SalesPoint[]) {
  const months = [...new Set(points.map((point) => point.month))].sort();
  const total = new Map<string, number>();
  const amount = new Map<string, number>();
  for (const point of points) {
    const value = toNumber(point.amount) ?? 0;
    const name = point.region ?? "";
    total.set(name, (total.get(name) ?? 0) + value);
    const key = `${point.month}|${name}`;
    amount.set(key, (amount.get(key) ?? 0) + value);
  }
  const regions = [...total].sort((a, b) => b[1] - a[1]).map(([name]) => name);
  return { months, regions, amount };
}
