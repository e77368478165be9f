// The user's own API keys and SQL sign-ins; a secret is shown once, when it is made.
import { PlusOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Popconfirm } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { tokensQuery, useRevokeToken } from "@/api/tokens";
import type { AccessTokenSecret } from "@/api/types";
import { Bones } from "@/components/bones";
import { DataTable } from "@/components/data-table";
import { EmptyState } from "@/components/empty-state";
import { NewToken } from "@/components/new-token";
import { Page, Panel } from "@/components/page";
import { Pill } from "@/components/pill";
import { ProblemNotice, problemText } from "@/components/problem-notice";
import { toast } from "@/components/toast";
import { TokenSecret } from "@/components/token-secret";
import { useLocale } from "@/i18n";
import { formatDate, formatDateTime } from "@/model/format";

export function AccessTokens() {
  const { t } = useTranslation();
  const [creating, setCreating] = useState(false);
  const [made, setMade] = useState<AccessTokenSecret>();
  return (
    <Page
      title={t("nav.tokens")}
      sub={t("tokens.lead")}
      actions={
        <Button type="primary" icon={<PlusOutlined aria-hidden />} onClick={() => setCreating(true)}>
          {t("tokens.create")}
        </Button>
      }
    >
      {made && <TokenSecret token={made} onClose={() => setMade(undefined)} />}
      {creating && (
        <NewToken
          onClose={() => setCreating(false)}
          onMade={(token) => {
            setMade(token);
            setCreating(false);
          }}
        />
      )}
      <TokenList />
    </Page>
  );
}

function TokenList() {
  const { t } = useTranslation();
  const locale = useLocale();
  const tokens = useQuery(tokensQuery);
  const revoke = useRevokeToken();
  const drop = async (id: number) => {
    try {
      await revoke.mutateAsync(id);
      toast.success(t("tokens.revoked"));
    } catch (error) {
      toast.error(problemText(error, t));
    }
  };

  if (tokens.isError) return <ProblemNotice error={tokens.error} retry={() => void tokens.refetch()} />;
  return (
    <Panel flush={tokens.isSuccess}>
      {tokens.isPending ? (
        <Bones lines={3} />
      ) : tokens.data.length === 0 ? (
        <EmptyState title={t("tokens.none")} text={t("tokens.noneText")} />
      ) : (
        <DataTable
          label={t("nav.tokens")}
          rows={tokens.data}
          rowKey={(row) => row.id}
          columns={[
            { key: "name", title: t("tokens.name"), cell: (row) => row.name },
            {
              key: "kind",
              title: t("tokens.kind"),
              cell: (row) => <Pill colour={row.kind === "sql" ? "teal" : "blue"}>{t(`tokens.${row.kind}`)}</Pill>,
            },
            {
              key: "hint",
              title: t("tokens.hint"),
              cell: (row) => <code>{row.username ?? (row.hint ? `${row.hint}…` : "")}</code>,
            },
            { key: "expires", title: t("tokens.expires"), cell: (row) => formatDate(row.expires_at, locale) },
            {
              key: "used",
              title: t("tokens.lastUsed"),
              cell: (row) =>
                formatDateTime(row.last_used_at, locale) || <span className="muted">{t("tokens.never")}</span>,
            },
            {
              key: "revoke",
              title: <span className="visually-hidden">{t("tokens.revoke")}</span>,
              right: true,
              cell: (row) => (
                <Popconfirm
                  title={t("tokens.revokeAsk")}
                  okText={t("tokens.revoke")}
                  okButtonProps={{ danger: true }}
                  onConfirm={() => drop(row.id)}
                >
                  <Button size="small" danger>
                    {t("tokens.revoke")}
                  </Button>
                </Popconfirm>
              ),
            },
          ]}
        />
      )}
    </Panel>
  );
}
