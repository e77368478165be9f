// Who is in a segment now.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { segmentMembersQuery } from "@/api/segments";
import type { CrmRecord } from "@/api/types";
import { useLocale } from "@/i18n";
import { formatDateTime, formatMoney, formatNumber, formatPercent } from "@/model/format";
import { Bones } from "./bones";
import { type DataColumn, DataTable } from "./data-table";
import { EmptyState } from "./empty-state";
import { Panel } from "./page";
import { problemText } from "./problem-notice";
import { rfmLabel } from "./score-labels";
import type { SpecialProps } from "./specials";

export default function SegmentMembers({ record }: SpecialProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const members = useQuery(segmentMembersQuery(record.id));
  const items = members.data?.items ?? [];

  const optional: [string, DataColumn<CrmRecord>][] = [
    ["rfm_segment", { key: "rfm", title: t("segment.rfm"), cell: (row) => rfmLabel(String(row.rfm_segment ?? ""), t) }],
    [
      "p_alive",
      { key: "alive", title: t("score.alive"), right: true, cell: (row) => formatPercent(row.p_alive, locale, 0) },
    ],
    ["clv", { key: "clv", title: t("score.clv"), right: true, cell: (row) => formatMoney(row.clv, locale) }],
    [
      "entered_at",
      { key: "entered", title: t("segment.entered"), cell: (row) => formatDateTime(row.entered_at, locale) },
    ],
  ];
  const columns: DataColumn<CrmRecord>[] = [
    {
      key: "name",
      title: t("segment.customer"),
      cell: (row) => (
        <Link to="/$resource/$id" params={{ resource: "customers", id: String(row.customer_id ?? row.id) }}>
          {String(row.name ?? row.customer_name ?? `#${row.customer_id ?? row.id}`)}
        </Link>
      ),
    },
    ...optional.filter(([name]) => items.some((row) => row[name] != null)).map(([, column]) => column),
  ];

  return (
    <Panel
      flush
      title={t("segment.members")}
      extra={<span className="muted number">{formatNumber(record.member_count ?? items.length, locale)}</span>}
    >
      {members.isPending ? (
        <div style={{ padding: 16 }}>
          <Bones lines={5} />
        </div>
      ) : members.isError ? (
        <p className="muted" style={{ padding: 16 }}>
          {problemText(members.error, t)}
        </p>
      ) : items.length === 0 ? (
        <EmptyState title={t("segment.noMembers")} text={t("segment.noMembersText")} />
      ) : (
        <DataTable
          label={t("segment.members")}
          columns={columns}
          rows={items.slice(0, 25)}
          rowKey={(row, index) => row.id ?? index}
        />
      )}
    </Panel>
  );
}
