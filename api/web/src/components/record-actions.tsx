// What can be done to any record: change it, delete it (and take that back), and the rarer things in a menu.
import {
  AuditOutlined,
  CopyOutlined,
  DeleteOutlined,
  EditOutlined,
  EllipsisOutlined,
  EyeOutlined,
  MergeCellsOutlined,
  TeamOutlined,
} from "@ant-design/icons";
import { Link, useNavigate } from "@tanstack/react-router";
import { Button, Popconfirm } from "antd";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useCopy } from "@/api/record-actions";
import { useDeleteRecord, useRestoreRecord } from "@/api/records";
import { useIsAdmin } from "@/api/session";
import type { CrmRecord, MetaObject } from "@/api/types";
import { asksForUnique, copiedValues } from "@/model/copy";
import { fieldOf, titleOf } from "@/model/dictionary";
import { type MenuItem, PopupMenu } from "./popup-menu";
import { problemText } from "./problem-notice";
import { toast } from "./toast";

const MergeDialog = lazy(() => import("./merge-dialog"));
const ShareDialog = lazy(() => import("./share-dialog"));
const SubmitDialog = lazy(() => import("./submit-dialog"));
const ReadersDialog = lazy(() => import("./readers-dialog"));

type Dialog = "merge" | "share" | "submit" | "readers";

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
      <More object={object} record={record} />
    </>
  );
}

function More({ object, record }: { object: MetaObject; record: CrmRecord }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const admin = useIsAdmin();
  const copy = useCopy(object.resource);
  const [dialog, setDialog] = useState<Dialog>();
  const close = () => setDialog(undefined);

  const makeCopy = async () => {
    // What has to be unique is asked for; the form starts with everything else.
    if (asksForUnique(object)) {
      await navigate({
        to: "/$resource/new",
        params: { resource: object.resource },
        search: { preset: copiedValues(object, record) },
      });
      return;
    }
    try {
      const made = await copy.mutateAsync({ id: record.id, parts: true });
      toast.success(t("record.copied"));
      await navigate({ to: "/$resource/$id", params: { resource: object.resource, id: String(made.id) } });
    } catch (error) {
      toast.error(problemText(error, t));
    }
  };

  const items: (MenuItem & { offered: boolean })[] = [
    {
      key: "copy",
      icon: <CopyOutlined aria-hidden />,
      label: t("record.copy"),
      offered: object.rights.create,
      run: () => void makeCopy(),
    },
    {
      key: "merge",
      icon: <MergeCellsOutlined aria-hidden />,
      label: t("merge.open"),
      offered: object.rights.update && object.rights.delete,
      run: () => setDialog("merge"),
    },
    {
      key: "share",
      icon: <TeamOutlined aria-hidden />,
      label: t("share.open"),
      offered: fieldOf(object, "owner") !== undefined,
      run: () => setDialog("share"),
    },
    {
      key: "submit",
      icon: <AuditOutlined aria-hidden />,
      label: t("approval.submitOpen"),
      offered: object.rights.update,
      run: () => setDialog("submit"),
    },
    {
      key: "readers",
      icon: <EyeOutlined aria-hidden />,
      label: t("readers.open"),
      offered: admin,
      run: () => setDialog("readers"),
    },
  ];
  const offered = items.filter((item) => item.offered);
  if (offered.length === 0) return null;
  return (
    <>
      <PopupMenu framed label={t("record.more")} button={<EllipsisOutlined aria-hidden />} items={offered} />
      <Suspense fallback={null}>
        {dialog === "merge" && <MergeDialog object={object} record={record} close={close} />}
        {dialog === "share" && <ShareDialog object={object} record={record} close={close} />}
        {dialog === "submit" && <SubmitDialog object={object} record={record} close={close} />}
        {dialog === "readers" && <ReadersDialog object={object} record={record} close={close} />}
      </Suspense>
    </>
  );
}
