// The team of a record and whom else it was shared with.
import { DeleteOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Input, Modal, Segmented } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type ShareAccess, sharesQuery, useShare, useUnshare } from "@/api/record-actions";
import type { CrmRecord, MetaObject } from "@/api/types";
import { titleOf } from "@/model/dictionary";
import { Bones } from "./bones";
import { busy } from "./busy";
import { DataTable } from "./data-table";
import { PartyPicker } from "./pickers";
import { Pill } from "./pill";
import { problemText } from "./problem-notice";
import { toast } from "./toast";

export default function ShareDialog({
  object,
  record,
  close,
}: {
  object: MetaObject;
  record: CrmRecord;
  close: () => void;
}) {
  const { t } = useTranslation();
  const shares = useQuery(sharesQuery(object.resource, record.id));
  const share = useShare(object.resource, record.id);
  const unshare = useUnshare(object.resource, record.id);
  const [grantee, setGrantee] = useState<string>();
  const [access, setAccess] = useState<ShareAccess>("read");
  const [role, setRole] = useState("");
  const tell = (error: unknown) => toast.error(problemText(error, t));

  const add = async () => {
    if (!grantee) return;
    const input = { grantee, access, ...(role.trim() ? { team_role: role.trim() } : {}) };
    await share.mutateAsync(input).then(() => {
      setGrantee(undefined);
      setRole("");
    }, tell);
  };

  return (
    <Modal open width={640} title={t("share.title", { title: titleOf(object, record) })} footer={null} onCancel={close}>
      <div style={{ display: "grid", gap: 12, marginTop: 12 }}>
        <p className="muted">{t("share.lead")}</p>
        <PartyPicker label={t("share.with")} value={grantee} onChange={setGrantee} />
        <div style={{ display: "flex", flexWrap: "wrap", gap: 8 }}>
          <Segmented<ShareAccess>
            value={access}
            onChange={setAccess}
            options={[
              { value: "read", label: t("share.read") },
              { value: "write", label: t("share.write") },
            ]}
          />
          <Input
            aria-label={t("share.role")}
            placeholder={t("share.role")}
            maxLength={60}
            style={{ flex: "1 1 160px" }}
            value={role}
            onChange={(event) => setRole(event.target.value)}
          />
          <Button type="primary" disabled={!grantee} loading={busy(share.isPending)} onClick={() => void add()}>
            {t("share.add")}
          </Button>
        </div>
        {shares.isPending ? (
          <Bones lines={2} />
        ) : shares.isError ? (
          <p className="muted">{problemText(shares.error, t)}</p>
        ) : shares.data.items.length === 0 ? (
          <p className="muted">{t("share.none")}</p>
        ) : (
          <DataTable
            label={t("share.open")}
            rows={shares.data.items}
            rowKey={(row) => row.id}
            columns={[
              { key: "who", title: t("share.with"), cell: (row) => row.name ?? row.grantee },
              {
                key: "access",
                title: t("share.access"),
                cell: (row) => (
                  <Pill colour={row.access === "write" ? "gold" : "grey"}>{t(`share.${row.access}`)}</Pill>
                ),
              },
              { key: "role", title: t("share.roleShort"), cell: (row) => row.team_role },
              {
                key: "end",
                title: <span className="visually-hidden">{t("share.end")}</span>,
                right: true,
                cell: (row) => (
                  <Button
                    type="text"
                    size="small"
                    icon={<DeleteOutlined aria-hidden />}
                    aria-label={`${t("share.end")}: ${row.name ?? row.grantee}`}
                    onClick={() => unshare.mutate(row.id, { onError: tell })}
                  />
                ),
              },
            ]}
          />
        )}
      </div>
    </Modal>
  );
}
