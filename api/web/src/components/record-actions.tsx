// What can be done to any record: change it, delete it (and take that back).
import { DeleteOutlined, EditOutlined } from "@ant-design/icons";
import { Link, useNavigate } from "@tanstack/react-router";
import { Button, Popconfirm } from "antd";
import { useTranslation } from "react-i18next";
import { useDeleteRecord, useRestoreRecord } from "@/api/records";
import type { CrmRecord, MetaObject } from "@/api/types";
import { titleOf } from "@/model/dictionary";
import { problemText } from "./problem-notice";
import { toast } from "./toast";

export function RecordActions({ object, record }: { object: MetaObject; record: CrmRecord }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const remove = useDeleteRecord(object.resource);
  const restore = useRestoreRecord(object.resource);
  const params = { resource: object.resource, id: String(record.id) };

  const undo = async () => {
    try {
      await restore.mutateAsync(record.id);
      await navigate({ to: "/$resource/$id", params });
    } catch (error) {
      toast.error(problemText(error, t));
    }
  };

  const drop = async () => {
    try {
      await remove.mutateAsync(record);
    } catch (error) {
      toast.error(problemText(error, t));
      return;
    }
    toast.success(t("record.deleted", { title: titleOf(object, record) }), {
      label: t("record.undo"),
      run: () => void undo(),
    });
    await navigate({ to: "/$resource", params: { resource: object.resource } });
  };

  return (
    <>
      {object.rights.update && (
        <Link to="/$resource/$id/edit" params={params}>
          <Button icon={<EditOutlined aria-hidden />}>{t("record.edit")}</Button>
        </Link>
      )}
      {object.rights.delete && (
        <Popconfirm
          title={t("record.deleteAsk")}
          description={t("record.deleteText")}
          okText={t("record.delete")}
          okButtonProps={{ danger: true }}
          onConfirm={drop}
        >
          <Button icon={<DeleteOutlined aria-hidden />} aria-label={t("record.delete")} />
        </Popconfirm>
      )}
    </>
  );
}
