// The latest campaigns with what became of them.
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useDictionary } from "@/api/meta";
import type { Dashboard } from "@/api/types";
import { useLocale } from "@/i18n";
import { labelIn } from "@/model/dictionary";
import { formatMoney, formatNumber, formatPercent } from "@/model/format";
import { DataTable } from "./data-table";
import { EmptyState } from "./empty-state";
import { Panel } from "./page";

type Campaign = Dashboard["campaigns"][number];

export function RecentCampaigns({ campaigns }: { campaigns: Campaign[] }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const object = useDictionary().byName("campaign");
  if (!object) return null;
  const rate = (part: number, campaign: Campaign) => (
    <>
      {formatNumber(part, locale)}{" "}
      <span className="muted">{campaign.accepted > 0 ? formatPercent(part / campaign.accepted, locale) : ""}</span>
    </>
  );

  return (
    <Panel flush title={t("home.campaigns")}>
      {campaigns.length === 0 ? (
        <EmptyState
          title={t("home.campaignsNone")}
          text={t("home.campaignsNoneText")}
          action={
            <Link to="/$resource" params={{ resource: "segments" }}>
              {t("home.toSegments")}
            </Link>
          }
        />
      ) : (
        <DataTable
          label={t("home.campaigns")}
          rows={campaigns}
          rowKey={(row) => row.campaign_id}
          columns={[
            {
              key: "name",
              title: labelIn(object.label, locale),
              cell: (row) => (
                <Link to="/$resource/$id" params={{ resource: object.resource, id: String(row.campaign_id) }}>
                  {row.campaign}
                </Link>
              ),
            },
            {
              key: "planned",
              title: t("campaign.planned"),
              right: true,
              cell: (row) => formatNumber(row.planned, locale),
            },
            {
              key: "accepted",
              title: t("campaign.accepted"),
              right: true,
              cell: (row) => formatNumber(row.accepted, locale),
            },
            { key: "opened", title: t("campaign.opened"), right: true, cell: (row) => rate(row.opened, row) },
            { key: "clicked", title: t("campaign.clicked"), right: true, cell: (row) => rate(row.clicked, row) },
            {
              key: "revenue",
              title: t("home.revenueAfter"),
              right: true,
              cell: (row) => formatMoney(row.revenue_after, locale),
            },
          ]}
        />
      )}
    </Panel>
  );
}
