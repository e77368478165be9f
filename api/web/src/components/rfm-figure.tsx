// Customers by RFM segment.
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { RfmSegment } from "@/api/types";
import { useLocale } from "@/i18n";
import { formatMoney, formatNumber } from "@/model/format";
import { DataTable } from "./data-table";
import { EmptyState } from "./empty-state";
import { Figure } from "./figure";
import { Panel } from "./page";
import { rfmLabel } from "./score-labels";

export function RfmFigure({ segments }: { segments: RfmSegment[] }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const sorted = useMemo(() => segments.toSorted((a, b) => b.customers - a.customers), [segments]);
  const option = useMemo(
    () => ({
      grid: { left: 4, right: 56, top: 4, bottom: 4, containLabel: true },
      tooltip: {
        trigger: "axis",
        axisPointer: { type: "shadow" },
        valueFormatter: (value: unknown) => formatNumber(value, locale),
      },
      xAxis: { type: "value", splitLine: { show: false }, axisLabel: { show: false }, axisLine: { show: false } },
      yAxis: {
        type: "category",
        inverse: true,
        data: sorted.map(({ segment }) => rfmLabel(segment, t)),
        axisLine: { show: false },
      },
      series: [
        {
          type: "bar",
          name: t("home.customers"),
          barMaxWidth: 18,
          itemStyle: { borderRadius: 3 },
          label: {
            show: true,
            position: "right",
            color: "inherit",
            formatter: ({ value }: { value: number }) => formatNumber(value, locale),
          },
          data: sorted.map(({ customers }) => customers),
        },
      ],
    }),
    [sorted, locale, t],
  );

  if (segments.length === 0) {
    return (
      <Panel title={t("home.rfm")}>
        <EmptyState title={t("home.rfmNone")} text={t("home.rfmNoneText")} />
      </Panel>
    );
  }
  return (
    <Figure
      title={t("home.rfm")}
      label={t("home.rfmLabel", { largest: rfmLabel(sorted[0]?.segment ?? "", t) })}
      option={option}
      table={
        <DataTable
          label={t("home.rfm")}
          rows={sorted}
          rowKey={(row) => row.segment}
          columns={[
            { key: "segment", title: t("home.segment"), cell: (row) => rfmLabel(row.segment, t) },
            {
              key: "customers",
              title: t("home.customers"),
              right: true,
              cell: (row) => formatNumber(row.customers, locale),
            },
            { key: "revenue", title: t("home.revenue"), right: true, cell: (row) => formatMoney(row.revenue, locale) },
          ]}
        />
      }
    />
  );
}
