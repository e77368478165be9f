// Who may see a record, and why: for administrators.
import { useQuery } from "@tanstack/react-query";
import { Modal } from "antd";
import { useTranslation } from "react-i18next";
import { readersQuery } from "@/api/access";
import type { CrmRecord, MetaObject } from "@/api/types";
import { titleOf } from "@/model/dictionary";
import { Bones } from "./bones";
import { DataTable } from "./data-table";
import { Pill } from "./pill";
import { problemText } from "./problem-notice";
import { useReasonText } from "./reason-text";

export default function ReadersDialog({
  object,
  record,
  close,
}: {
  object: MetaObject;
  record: CrmRecord;
  close: () => void;
}) {
  const { t } = useTranslation();
  const readers = useQuery(readersQuery(object.name, record.id));
  const reasonText = useReasonText();
  return (
    <Modal
      open
      width={640}
      title={t("readers.title", { title: titleOf(object, record) })}
      footer={null}
      onCancel={close}
    >
      {readers.isPending ? (
        <Bones lines={5} />
      ) : readers.isError ? (
        <p className="muted">{problemText(readers.error, t)}</p>
      ) : (
        <DataTable
          label={t("readers.open")}
          rows={readers.data}
          rowKey={(row) => row.user_id}
          columns={[
            { key: "name", title: t("readers.who"), cell: (row) => row.name },
            { key: "why", title: t("readers.why"), cell: (row) => row.because.map(reasonText).join("; ") },
            {
              key: "may",
              title: t("share.access"),
              cell: (row) => (
                <Pill colour={row.writes ? "gold" : "grey"}>{t(row.writes ? "share.write" : "share.read")}</Pill>
              ),
            },
          ]}
        />
      )}
    </Modal>
  );
}
