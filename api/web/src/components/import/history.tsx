// Former imports of an object, to be looked at or taken back.
import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { type ImportRun, importsQuery, isRunning } from "@/api/imports";
import type { MetaObject } from "@/api/types";
import { useLocale } from "@/i18n";
import { formatDateTime, formatNumber } from "@/model/format";
import { DataTable } from "../data-table";
import { Panel } from "../page";
import { Pill } from "../pill";

const COLOURS: Record<string, string> = { done: "green", failed: "red", cancelled: "gold", dry_run: "grey" };

export function ImportHistory({ object, open }: { object: MetaObject; open: (id: number) => void }) {
  const { t } = useTranslation();
  const runs = (useQuery(importsQuery).data ?? []).filter((run) => run.object === object.name);
  if (runs.length === 0) return null;
  return (
    <Panel flush className="spaced" title={t("import.history")}>
      <ImportTable runs={runs.slice(0, 20)} open={open} />
    </Panel>
  );
}

export function ImportTable({ runs, open }: { runs: ImportRun[]; open: (id: number, run: ImportRun) => void }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const number = (value: number) => formatNumber(value, locale);
  return (
    <DataTable
      label={t("import.history")}
      rows={runs}
      rowKey={(run) => run.id}
      columns={[
        {
          key: "file",
          title: t("import.step.file"),
          cell: (run) => (
            <Button type="link" size="small" style={{ padding: 0 }} onClick={() => open(run.id, run)}>
              {run.file_name || `#${run.id}`}
            </Button>
          ),
        },
        { key: "at", title: t("import.startedAt"), cell: (run) => formatDateTime(run.started_at, locale) },
        {
          key: "status",
          title: t("lake.state"),
          cell: (run) => (
            <Pill colour={run.undone_at ? "grey" : COLOURS[run.status]}>
              {isRunning(run)
                ? t("import.status.running")
                : t(`import.status.${run.undone_at ? "undone" : run.status}`, { defaultValue: run.status })}
            </Pill>
          ),
        },
        { key: "new", title: t("import.rows.inserted"), right: true, cell: (run) => number(run.rows_inserted) },
        { key: "changed", title: t("import.rows.updated"), right: true, cell: (run) => number(run.rows_updated) },
        { key: "refused", title: t("import.rows.refused"), right: true, cell: (run) => number(run.rows_refused) },
      ]}
    />
  );
}
