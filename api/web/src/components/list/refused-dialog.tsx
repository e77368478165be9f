// The records that a change of many did not reach, each with the reason.
import { Link } from "@tanstack/react-router";
import { Modal } from "antd";
import { useTranslation } from "react-i18next";
import type { BulkResult } from "@/api/record-actions";
import type { MetaObject } from "@/api/types";
import { DataTable } from "../data-table";

export function RefusedDialog({
  object,
  result,
  close,
}: {
  object: MetaObject;
  result: BulkResult;
  close: () => void;
}) {
  const { t } = useTranslation();
  const refused = result.results.filter(({ outcome }) => outcome === "refused");
  return (
    <Modal open width={640} title={t("bulk.refused", { count: refused.length })} footer={null} onCancel={close}>
      <p className="muted" style={{ margin: "8px 0 12px" }}>
        {t("bulk.refusedText", { number: result.done })}
      </p>
      <DataTable
        label={t("bulk.refused", { count: refused.length })}
        rows={refused.slice(0, 100)}
        rowKey={(row) => row.id}
        columns={[
          {
            key: "id",
            title: t("bulk.record"),
            cell: (row) => (
              <Link to="/$resource/$id" params={{ resource: object.resource, id: String(row.id) }}>
                #{row.id}
              </Link>
            ),
          },
          { key: "why", title: t("readers.why"), cell: (row) => reasonOf(row.problem) },
        ]}
      />
    </Modal>
  );
}

/** The server's sentence; with the fields' own where it names some. */
function reasonOf(problem: unknown): string {
  const { message, errors } = (problem ?? {}) as { message?: string; errors?: { message: string }[] };
  return errors?.length ? errors.map((error) => error.message).join("; ") : (message ?? "");
}
