// A chart of ECharts, of which only the used parts are loaded; redrawn with its box, colours and data.
import { BarChart, LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { type ECharts, type EChartsCoreOption, init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { useEffect, useRef } from "react";
import { useMode } from "@/theme/mode";
import { fontFamily, palettes, series } from "@/theme/tokens";

use([BarChart, LineChart, GridComponent, TooltipComponent, LegendComponent, AriaComponent, SVGRenderer]);

export default function Chart({
  option,
  label,
  height = 280,
}: {
  option: EChartsCoreOption;
  label: string;
  height?: number;
}) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<ECharts>(undefined);
  const mode = useMode();

  useEffect(() => {
    if (!box.current) return;
    const drawn = init(box.current, null, { renderer: "svg" });
    chart.current = drawn;
    const observer = new ResizeObserver(() => drawn.resize());
    observer.observe(box.current);
    return () => {
      observer.disconnect();
      drawn.dispose();
    };
  }, []);

  useEffect(() => {
    const palette = palettes[mode];
    chart.current?.setOption(
      {
        color: series[mode],
        backgroundColor: "transparent",
        textStyle: { fontFamily, color: palette.muted },
        animationDuration: 300,
        tooltip: {
          trigger: "axis",
          backgroundColor: palette.surface,
          borderColor: palette.line,
          textStyle: { color: palette.text, fontSize: 13 },
        },
        ...withLines(option, palette.line, palette.muted),
      },
      { notMerge: true },
    );
  }, [option, mode]);

  return <div ref={box} role="img" aria-label={label} style={{ width: "100%", height }} />;
}

/** Axis and legend in the colours of the page. */
function withLines(option: EChartsCoreOption, line: string, text: string): EChartsCoreOption {
  const axis = (given: unknown) => ({
    axisLine: { lineStyle: { color: line } },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: line } },
    ...(given as object),
    axisLabel: { color: text, ...((given as { axisLabel?: object }).axisLabel ?? {}) },
  });
  return {
    ...option,
    xAxis: option.xAxis && axis(option.xAxis),
    yAxis: option.yAxis && axis(option.yAxis),
    legend: option.legend && {
      textStyle: { color: text },
      itemWidth: 10,
      itemHeight: 10,
      icon: "roundRect",
      ...(option.legend as object),
    },
  };
}
