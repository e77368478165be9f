// Merges another record into this one: choose it, choose for each field whose value stays, and take it back if wrong.
import { useQuery } from "@tanstack/react-query";
import { Alert, Modal, Radio } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { undoMerge, useMerge } from "@/api/record-actions";
import { recordQuery } from "@/api/records";
import type { CrmRecord, MetaObject } from "@/api/types";
import { useLocale } from "@/i18n";
import { isSystemField, labelIn, titleOf } from "@/model/dictionary";
import { differingFields } from "@/model/merge";
import { Bones } from "./bones";
import { DataTable } from "./data-table";
import { FieldValue } from "./field-value";
import { RecordPicker } from "./pickers";
import { problemText } from "./problem-notice";
import { toast } from "./toast";

export default function MergeDialog({
  object,
  record,
  close,
}: {
  object: MetaObject;
  record: CrmRecord;
  close: () => void;
}) {
  const { t } = useTranslation();
  const locale = useLocale();
  const [otherId, setOtherId] = useState<number>();
  const [taken, setTaken] = useState<Record<string, number>>({});
  const [problem, setProblem] = useState<unknown>();
  const other = useQuery({ ...recordQuery(object.resource, otherId ?? 0), enabled: otherId !== undefined }).data;
  const merge = useMerge(object.resource);
  const same = otherId === record.id;
  const fields = object.fields.filter((field) => !field.readonly && !isSystemField(field));
  const differing = other ? differingFields(fields, record, other) : [];

  const run = async () => {
    if (otherId === undefined) return;
    setProblem(undefined);
    try {
      const merged = await merge.mutateAsync({ id: record.id, from: [otherId], fields: taken });
      toast.success(t("merge.done"), {
        label: t("record.undo"),
        run: () =>
          void undoMerge(object.resource, merged.merge_id).catch((error) => toast.error(problemText(error, t))),
      });
      close();
    } catch (error) {
      setProblem(error);
    }
  };

  return (
    <Modal
      open
      width={760}
      title={t("merge.title", { title: titleOf(object, record) })}
      okText={t("merge.run")}
      okButtonProps={{ disabled: !other || same }}
      confirmLoading={merge.isPending}
      onOk={() => void run()}
      onCancel={close}
    >
      <div style={{ display: "grid", gap: 14, marginTop: 12 }}>
        <p className="muted">{t("merge.lead")}</p>
        {problem !== undefined && <Alert role="alert" type="error" showIcon title={problemText(problem, t)} />}
        <RecordPicker
          resource={object.resource}
          title={object.title}
          label={t("merge.other")}
          value={otherId}
          onChange={(id) => {
            setOtherId(id);
            setTaken({});
          }}
        />
        {same && <Alert type="warning" showIcon title={t("merge.same")} />}
        {otherId !== undefined && !same && !other && <Bones lines={4} />}
        {other && !same && differing.length === 0 && <p className="muted">{t("merge.equal")}</p>}
        {other && !same && differing.length > 0 && (
          <DataTable
            label={t("merge.fields")}
            rows={differing}
            rowKey={(field) => field.name}
            columns={[
              { key: "field", title: t("condition.field"), cell: (field) => labelIn(field.label, locale) },
              ...[record, other].map((side) => ({
                key: String(side.id),
                title: titleOf(object, side),
                cell: (field: (typeof differing)[number]) => (
                  <Radio
                    name={field.name}
                    checked={(taken[field.name] ?? record.id) === side.id}
                    onChange={() => setTaken({ ...taken, [field.name]: side.id })}
                  >
                    <FieldValue field={field} record={side} />
                  </Radio>
                ),
              })),
            ]}
          />
        )}
      </div>
    </Modal>
  );
}
