// Report packs: see them, take them as files, send them now, and the archive of what was sent.
import { FileExcelOutlined, FilePdfOutlined, Html5Outlined, SendOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import {
  deliveryUrl,
  type ReportFormat,
  renderUrl,
  reportDeliveriesQuery,
  reportPacksQuery,
  useDeliverReport,
} from "@/api/reports";
import type { ReportDelivery, ReportPack } from "@/api/types";
import { Bones } from "@/components/bones";
import { busy } from "@/components/busy";
import { DataTable } from "@/components/data-table";
import { EmptyState } from "@/components/empty-state";
import { Page, Panel } from "@/components/page";
import { Pill } from "@/components/pill";
import { ProblemNotice, problemText } from "@/components/problem-notice";
import { toast } from "@/components/toast";
import { useLocale } from "@/i18n";
import { formatDateTime } from "@/model/format";
import styles from "./report-packs.module.css";

const FORMATS = [
  { format: "pdf", icon: <FilePdfOutlined aria-hidden /> },
  { format: "xlsx", icon: <FileExcelOutlined aria-hidden /> },
  { format: "html", icon: <Html5Outlined aria-hidden /> },
] as const;

export function ReportPacks() {
  const { t } = useTranslation();
  const packs = useQuery(reportPacksQuery);
  return (
    <Page title={t("nav.reports")} sub={t("reports.lead")}>
      {packs.isPending ? (
        <Panel>
          <Bones lines={4} />
        </Panel>
      ) : packs.isError ? (
        <ProblemNotice error={packs.error} retry={() => void packs.refetch()} />
      ) : packs.data.length === 0 ? (
        <EmptyState title={t("reports.none")} text={t("reports.noneText")} />
      ) : (
        <div className={styles.packs}>
          {packs.data.map((pack) => (
            <Pack key={pack.id} pack={pack} />
          ))}
        </div>
      )}
      <Archive />
    </Page>
  );
}

function Pack({ pack }: { pack: ReportPack }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const deliver = useDeliverReport();
  const send = async () => {
    try {
      await deliver.mutateAsync(pack.id);
      toast.success(t("reports.delivered"));
    } catch (error) {
      toast.error(problemText(error, t));
    }
  };
  return (
    <Panel title={pack.title}>
      <p className="muted">{t("reports.about")}</p>
      <p className="muted" style={{ marginTop: 6 }}>
        {t("reports.recipients", { count: pack.recipients })}
        {pack.schedule && <> · {t("reports.schedule", { cron: pack.schedule, zone: pack.time_zone })}</>}
        {pack.next_at && <> · {t("reports.next", { at: formatDateTime(pack.next_at, locale) })}</>}
      </p>
      <div className={styles.buttons}>
        {FORMATS.map(({ format, icon }) => (
          <Button key={format} icon={icon} href={renderUrl(pack.id, format)} target="_blank" rel="noreferrer">
            {format.toUpperCase()}
          </Button>
        ))}
        <Button
          type="primary"
          icon={<SendOutlined aria-hidden />}
          loading={busy(deliver.isPending)}
          onClick={() => void send()}
        >
          {t("reports.deliver")}
        </Button>
      </div>
    </Panel>
  );
}

function Archive() {
  const { t } = useTranslation();
  const locale = useLocale();
  const deliveries = useQuery(reportDeliveriesQuery);
  const packs = useQuery(reportPacksQuery);
  const titles = new Map(packs.data?.map((pack) => [pack.id, pack.title]));
  if (!deliveries.data) return null;
  return (
    <Panel flush title={t("reports.archive")}>
      {deliveries.data.length === 0 ? (
        <EmptyState title={t("reports.archiveNone")} text={t("reports.archiveNoneText")} />
      ) : (
        <DataTable
          label={t("reports.archive")}
          rows={deliveries.data}
          rowKey={(row) => row.id}
          columns={[
            { key: "pack", title: t("reports.pack"), cell: (row) => titles.get(row.pack_id) ?? `#${row.pack_id}` },
            { key: "recipient", title: t("reports.recipient"), cell: (row) => row.recipient },
            { key: "at", title: t("reports.at"), cell: (row) => formatDateTime(row.delivered_at, locale) },
            { key: "status", title: t("reports.status"), cell: (row) => <DeliveryStatus delivery={row} /> },
            {
              key: "files",
              title: t("reports.files"),
              cell: (row) => (
                <span className={styles.files}>
                  {(["pdf", "xlsx", "html"] satisfies ReportFormat[]).map((format) => (
                    <a key={format} href={deliveryUrl(row.id, format)} target="_blank" rel="noreferrer">
                      {format.toUpperCase()}
                    </a>
                  ))}
                </span>
              ),
            },
          ]}
        />
      )}
    </Panel>
  );
}

function DeliveryStatus({ delivery }: { delivery: ReportDelivery }) {
  const { t } = useTranslation();
  const { status } = delivery;
  return (
    <Pill colour={status === "failed" ? "red" : "green"}>{t(`delivery.${status}`, { defaultValue: status })}</Pill>
  );
}
