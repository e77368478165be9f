// What the models, fitted on the past, said about a period that has already happened, beside what happened.
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { ClvAnswer } from "@/api/types";
import { useLocale } from "@/i18n";
import { formatDate, formatNumber } from "@/model/format";
import { DataTable } from "./data-table";
import { EmptyState } from "./empty-state";
import { Figure } from "./figure";
import { Panel } from "./page";

export function BacktestFigure({ clv }: { clv: ClvAnswer }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const backtest = clv.backtest;
  const option = useMemo(() => {
    const classes = backtest?.classes ?? [];
    const round = (value: number) => Math.round(value * 100) / 100;
    return {
      grid: { left: 8, right: 8, top: 38, bottom: 4, containLabel: true },
      legend: { top: 0, left: 0 },
      tooltip: { trigger: "axis", valueFormatter: (value: unknown) => formatNumber(value, locale, 2) },
      xAxis: { type: "category", data: classes.map((c) => `${c.repeat_purchases}${c.or_more ? "+" : ""}`) },
      yAxis: { type: "value" },
      series: [
        { type: "bar", name: t("value.actual"), barMaxWidth: 26, data: classes.map((c) => round(c.actual)) },
        { type: "line", name: t("value.predicted"), symbolSize: 8, data: classes.map((c) => round(c.predicted)) },
      ],
    };
  }, [backtest, locale, t]);

  if (!backtest) {
    return (
      <Panel title={t("value.backtest")}>
        <EmptyState title={t("value.noBacktest")} text={clv.backtest_impossible ?? undefined} />
      </Panel>
    );
  }
  return (
    <Figure
      title={t("value.backtest")}
      label={t("value.backtestLabel", {
        actual: formatNumber(backtest.actual_purchases, locale, 0),
        predicted: formatNumber(backtest.predicted_purchases, locale, 0),
      })}
      note={t("value.backtestNote", {
        from: formatDate(backtest.calibration_to, locale),
        to: formatDate(backtest.holdout_to, locale),
        actual: formatNumber(backtest.actual_purchases, locale, 0),
        predicted: formatNumber(backtest.predicted_purchases, locale, 0),
      })}
      height={240}
      option={option}
      table={
        <DataTable
          label={t("value.backtest")}
          rows={backtest.classes}
          rowKey={(row) => row.repeat_purchases}
          columns={[
            {
              key: "class",
              title: t("value.repeat"),
              cell: (row) => `${row.repeat_purchases}${row.or_more ? "+" : ""}`,
            },
            {
              key: "customers",
              title: t("home.customers"),
              right: true,
              cell: (row) => formatNumber(row.customers, locale),
            },
            {
              key: "actual",
              title: t("value.actual"),
              right: true,
              cell: (row) => formatNumber(row.actual, locale, 2),
            },
            {
              key: "predicted",
              title: t("value.predicted"),
              right: true,
              cell: (row) => formatNumber(row.predicted, locale, 2),
            },
          ]}
        />
      }
    />
  );
}
