// A chart with its title and, behind a switch, the same figures as a table.
import { BarChartOutlined, TableOutlined } from "@ant-design/icons";
import { Button } from "antd";
import type { EChartsCoreOption } from "echarts/core";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { Panel } from "./page";

const Chart = lazy(() => import("./chart"));

interface FigureProps {
  title: string;
  /** One sentence that says what the chart shows, for those who can't see it. */
  label: string;
  option: EChartsCoreOption;
  table: ReactNode;
  /** Below the chart, for everybody. */
  note?: string;
  height?: number;
  className?: string | undefined;
}

export function Figure({ title, label, option, table, note, height = 280, className }: FigureProps) {
  const { t } = useTranslation();
  const [asTable, setAsTable] = useState(false);
  const name = asTable ? t("figure.chart") : t("figure.table");
  return (
    <Panel
      title={title}
      className={className}
      flush={asTable}
      extra={
        <Button
          type="text"
          size="small"
          aria-label={`${title}: ${name}`}
          title={name}
          icon={asTable ? <BarChartOutlined /> : <TableOutlined />}
          onClick={() => setAsTable(!asTable)}
        />
      }
    >
      {asTable ? (
        <div style={{ height: height + 32, overflow: "auto" }}>{table}</div>
      ) : (
        <Suspense fallback={<div style={{ height }} />}>
          <Chart option={option} label={label} height={height} />
        </Suspense>
      )}
      {note && !asTable && <p className="muted">{note}</p>}
    </Panel>
  );
}
