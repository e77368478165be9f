// The analytical copy: which tables it has, how many rows, and whether anything is wrong.
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { lakeStatusQuery } from "@/api/lake";
import type { LakeState } from "@/api/types";
import { Bones } from "@/components/bones";
import { DataTable } from "@/components/data-table";
import { EmptyState } from "@/components/empty-state";
import { Page, Panel } from "@/components/page";
import { Pill } from "@/components/pill";
import { ProblemNotice } from "@/components/problem-notice";
import { useLocale } from "@/i18n";
import { formatBytes, formatNumber } from "@/model/format";

export function LakeStatus() {
  const { t } = useTranslation();
  const locale = useLocale();
  const status = useQuery(lakeStatusQuery);

  return (
    <Page
      title={t("nav.lake")}
      sub={t("lake.lead")}
      beside={status.data && <Phase status={status.data} />}
      actions={status.data && <span className="muted number">{t("lake.visible", { lsn: status.data.visible })}</span>}
    >
      {status.isPending ? (
        <Panel>
          <Bones lines={8} />
        </Panel>
      ) : status.isError ? (
        <ProblemNotice error={status.error} retry={() => void status.refetch()} />
      ) : status.data.tables.length === 0 ? (
        <EmptyState title={t("lake.none")} text={t("lake.noneText")} />
      ) : (
        <Panel flush title={t("lake.tables")}>
          <DataTable
            label={t("lake.tables")}
            rows={status.data.tables}
            rowKey={(row) => row.name}
            columns={[
              { key: "name", title: t("lake.table"), cell: (row) => <code>{row.name}</code> },
              { key: "rows", title: t("lake.rows"), right: true, cell: (row) => formatNumber(row.rows, locale) },
              { key: "hot", title: t("lake.hot"), right: true, cell: (row) => formatNumber(row.hot_rows, locale) },
              { key: "files", title: t("lake.files"), right: true, cell: (row) => formatNumber(row.files, locale) },
              { key: "bytes", title: t("lake.size"), right: true, cell: (row) => formatBytes(row.bytes, locale) },
              {
                key: "version",
                title: t("lake.version"),
                right: true,
                cell: (row) => formatNumber(row.delta_version, locale),
              },
              {
                key: "state",
                title: t("lake.state"),
                cell: (row) =>
                  row.error ? <Pill colour="red">{row.error}</Pill> : <Pill colour="green">{t("lake.good")}</Pill>,
              },
            ]}
          />
        </Panel>
      )}
    </Page>
  );
}

function Phase({ status }: { status: LakeState }) {
  const { t } = useTranslation();
  const bad = ["paused", "failed", "stopped"].includes(status.phase);
  return (
    <span title={status.detail ?? undefined}>
      <Pill colour={bad ? "red" : "green"}>{t(`lake.phase.${status.phase}`, { defaultValue: status.phase })}</Pill>
    </span>
  );
}
