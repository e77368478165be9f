// What can be done with the chosen records: change one field of all, delete them, and be told what was refused and why.
import { DeleteOutlined, EditOutlined } from "@ant-design/icons";
import { Button, Popconfirm } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type BulkInput, type BulkResult, useBulk } from "@/api/record-actions";
import type { MetaObject } from "@/api/types";
import { problemText } from "../problem-notice";
import { toast } from "../toast";
import styles from "./list.module.css";
import { RefusedDialog } from "./refused-dialog";
import { SetFieldDialog } from "./set-field-dialog";

interface BulkBarProps {
  object: MetaObject;
  ids: number[];
  clear: () => void;
}

export default function BulkBar({ object, ids, clear }: BulkBarProps) {
  const { t } = useTranslation();
  const bulk = useBulk(object.resource);
  const [setting, setSetting] = useState(false);
  const [refused, setRefused] = useState<BulkResult>();

  const run = async (input: Omit<BulkInput, "ids" | "filter">): Promise<void> => {
    const result = await bulk.mutateAsync({ ...input, ids });
    const done = result.results.filter(({ outcome }) => outcome === "done").map(({ id }) => id);
    if (result.refused > 0) setRefused(result);
    if (result.done > 0) {
      toast.success(
        t(`bulk.done.${input.action}`, { count: result.done }),
        input.action === "delete" ? { label: t("record.undo"), run: () => void takeBack(done) } : undefined,
      );
    }
    if (result.refused === 0) clear();
  };
  const takeBack = (restored: number[]) =>
    bulk.mutateAsync({ action: "restore", ids: restored }).catch((error) => toast.error(problemText(error, t)));

  return (
    <section className={styles.bulk} aria-label={t("bulk.bar")}>
      <strong className="number">{t("bulk.chosen", { count: ids.length })}</strong>
      {object.rights.update && (
        <Button size="small" icon={<EditOutlined aria-hidden />} onClick={() => setSetting(true)}>
          {t("bulk.set")}
        </Button>
      )}
      {object.rights.delete && (
        <Popconfirm
          title={t("bulk.deleteAsk", { count: ids.length })}
          description={t("record.deleteText")}
          okText={t("record.delete")}
          okButtonProps={{ danger: true }}
          onConfirm={() => run({ action: "delete" }).catch((error) => toast.error(problemText(error, t)))}
        >
          <Button size="small" danger icon={<DeleteOutlined aria-hidden />}>
            {t("record.delete")}
          </Button>
        </Popconfirm>
      )}
      <Button size="small" type="link" onClick={clear}>
        {t("bulk.clear")}
      </Button>
      {setting && (
        <SetFieldDialog
          object={object}
          count={ids.length}
          close={() => setSetting(false)}
          save={(patch) => run({ action: "update", patch })}
        />
      )}
      {refused && <RefusedDialog object={object} result={refused} close={() => setRefused(undefined)} />}
    </section>
  );
}
