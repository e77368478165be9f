// One's own open sessions, to be ended, and one's latest sign-ins.
import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { useChange } from "@/api/access";
import { endSession, forgetAccount, ownSessionsQuery, ownSignInsQuery } from "@/api/account";
import { useLocale } from "@/i18n";
import { formatDateTime } from "@/model/format";
import { Bones } from "../bones";
import { DataTable } from "../data-table";
import { Panel } from "../page";
import { Pill } from "../pill";
import { problemText } from "../problem-notice";
import { SIGN_IN_COLUMNS } from "../sign-in-columns";
import { toast } from "../toast";

export function OwnSessions() {
  const { t } = useTranslation();
  const locale = useLocale();
  const found = useQuery(ownSessionsQuery);
  const end = useChange(endSession, forgetAccount);
  return (
    <Panel className="spaced" flush={found.isSuccess} title={t("settings.sessions")}>
      {found.isPending ? (
        <Bones lines={3} />
      ) : found.isError ? (
        <p className="muted">{problemText(found.error, t)}</p>
      ) : (
        <DataTable
          label={t("settings.sessions")}
          rows={found.data}
          rowKey={(row) => row.id}
          columns={[
            {
              key: "agent",
              title: t("signIns.with"),
              cell: (row) => (
                <>
                  {row.user_agent?.slice(0, 60)} {row.current && <Pill colour="green">{t("settings.this")}</Pill>}
                </>
              ),
            },
            { key: "ip", title: t("signIns.from"), cell: (row) => row.ip },
            { key: "seen", title: t("settings.seen"), cell: (row) => formatDateTime(row.last_seen_at, locale) },
            {
              key: "end",
              title: <span className="visually-hidden">{t("settings.end")}</span>,
              right: true,
              cell: (row) =>
                !row.current && (
                  <Button
                    size="small"
                    onClick={() => end.mutate(row.id, { onError: (error) => toast.error(problemText(error, t)) })}
                  >
                    {t("settings.end")}
                  </Button>
                ),
            },
          ]}
        />
      )}
    </Panel>
  );
}

export function OwnSignIns() {
  const { t } = useTranslation();
  const locale = useLocale();
  const found = useQuery(ownSignInsQuery);
  return (
    <Panel className="spaced" flush={found.isSuccess} title={t("settings.signIns")}>
      {found.isPending ? (
        <Bones lines={3} />
      ) : found.isError ? (
        <p className="muted">{problemText(found.error, t)}</p>
      ) : (
        <DataTable
          label={t("settings.signIns")}
          rows={found.data.slice(0, 10)}
          rowKey={(row) => row.id}
          columns={SIGN_IN_COLUMNS(t, locale)}
        />
      )}
    </Panel>
  );
}
