// One user's rights, each with where it comes from; ending sessions, resetting the second factor, looking as they do.
import { useQuery } from "@tanstack/react-query";
import { Button, Drawer, Popconfirm } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { endSessionsOf, logInAs, resetTotpOf, type UserRights, userRightsQuery } from "@/api/access";
import { setCsrf } from "@/api/client";
import { useDictionary } from "@/api/meta";
import { useUser } from "@/api/session";
import type { CrmRecord } from "@/api/types";
import { useLocale } from "@/i18n";
import { labelIn } from "@/model/dictionary";
import { Bones } from "../bones";
import { DataTable } from "../data-table";
import { Pill } from "../pill";
import { ProblemNotice, problemText } from "../problem-notice";
import { useReasonText } from "../reason-text";
import { toast } from "../toast";
import { LogInAsDialog } from "./log-in-as";

export function UserAccess({ user, close }: { user: CrmRecord; close: () => void }) {
  const { t } = useTranslation();
  const me = useUser();
  const rights = useQuery(userRightsQuery(user.id));
  const [asAnother, setAsAnother] = useState(false);
  const act = (run: (id: number) => Promise<unknown>, done: string) =>
    run(user.id).then(
      () => toast.success(done),
      (error) => toast.error(problemText(error, t)),
    );

  return (
    <Drawer open size={760} title={t("users.accessOf", { name: String(user.name) })} onClose={close}>
      <div style={{ display: "flex", flexWrap: "wrap", gap: 8, marginBottom: 16 }}>
        <Button onClick={() => void act(endSessionsOf, t("users.sessionsEnded"))}>{t("users.endSessions")}</Button>
        <Popconfirm
          title={t("users.resetAsk")}
          okText={t("users.reset")}
          onConfirm={() => act(resetTotpOf, t("users.resetDone"))}
        >
          <Button>{t("users.reset")}</Button>
        </Popconfirm>
        {user.id !== me.id && <Button onClick={() => setAsAnother(true)}>{t("users.logInAs")}</Button>}
      </div>
      {rights.isPending ? (
        <Bones lines={8} />
      ) : rights.isError ? (
        <ProblemNotice error={rights.error} retry={() => void rights.refetch()} />
      ) : (
        <Rights rights={rights.data} />
      )}
      {asAnother && (
        <LogInAsDialog
          name={String(user.name)}
          close={() => setAsAnother(false)}
          run={async (reason) => {
            const session = await logInAs({ id: user.id, reason });
            setCsrf(session.csrf);
            window.location.assign("/");
          }}
        />
      )}
    </Drawer>
  );
}

const ACTIONS = ["read", "create", "update", "delete", "import", "export", "approve", "share"] as const;

function Rights({ rights }: { rights: UserRights }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const dictionary = useDictionary();
  const reason = useReasonText();
  const name = (object: string) => {
    const known = dictionary.byName(object);
    return known ? labelIn(known.label, locale) : object;
  };
  if (rights.administrator) return <p>{t("users.all")}</p>;
  return (
    <DataTable
      label={t("users.access")}
      rows={rights.objects.filter((one) => one.actions.read?.value)}
      rowKey={(row) => row.object}
      columns={[
        { key: "object", title: t("admin.object"), cell: (row) => <strong>{name(row.object)}</strong> },
        {
          key: "may",
          title: t("users.may"),
          cell: (row) => (
            <span style={{ display: "flex", flexWrap: "wrap", gap: 4, whiteSpace: "normal" }}>
              {ACTIONS.filter((action) => row.actions[action]?.value).map((action) => (
                <span key={action} title={source(row.actions[action]?.from)}>
                  <Pill>{t(`right.${action}`)}</Pill>
                </span>
              ))}
            </span>
          ),
        },
        {
          key: "rows",
          title: t("admin.rows"),
          cell: (row) => (
            <span title={source(row.rows.from)}>
              {t(`scope.${row.rows.value}`)}
              <span className="muted" style={{ display: "block", fontSize: 12.5 }}>
                {row.reads.map(reason).join("; ")}
              </span>
            </span>
          ),
        },
        {
          key: "hidden",
          title: t("admin.hidden"),
          cell: (row) =>
            Object.entries(row.fields)
              .filter(([, field]) => field.value === "hidden")
              .map(([field]) => field)
              .join(", "),
        },
      ]}
    />
  );

  function source(from: { kind: string; name?: string | null } | undefined): string {
    return from ? `${t(`source.${from.kind}`, { defaultValue: from.kind })} ${from.name ?? ""}`.trim() : "";
  }
}
