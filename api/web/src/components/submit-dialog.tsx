// Submits a record for approval. Administrators choose among the flows; others name the one they were told.
import { useQuery } from "@tanstack/react-query";
import { Alert, Form, Input, Modal, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSubmit } from "@/api/approvals";
import { useIsAdmin } from "@/api/session";
import type { CrmRecord, MetaObject } from "@/api/types";
import { flowsQuery } from "@/api/workflow";
import { titleOf } from "@/model/dictionary";
import { problemText } from "./problem-notice";
import { toast } from "./toast";

export default function SubmitDialog({
  object,
  record,
  close,
}: {
  object: MetaObject;
  record: CrmRecord;
  close: () => void;
}) {
  const { t } = useTranslation();
  const admin = useIsAdmin();
  const flows = useQuery({ ...flowsQuery, enabled: admin }).data ?? [];
  const offered = flows.filter((flow) => flow.object === object.name && flow.active);
  const submit = useSubmit();
  const [problem, setProblem] = useState<unknown>();

  const send = async ({ flow, comment }: { flow: string; comment?: string }) => {
    setProblem(undefined);
    try {
      await submit.mutateAsync({ flow, object: object.name, record: record.id, ...(comment ? { comment } : {}) });
      toast.success(t("approval.submitted"));
      close();
    } catch (error) {
      setProblem(error);
    }
  };

  return (
    <Modal
      open
      title={t("approval.submitTitle", { title: titleOf(object, record) })}
      okText={t("approval.submit")}
      okButtonProps={{ htmlType: "submit", form: "submit-approval" }}
      confirmLoading={submit.isPending}
      onCancel={close}
    >
      <Form
        id="submit-approval"
        layout="vertical"
        style={{ marginTop: 12 }}
        onFinish={(input: { flow: string; comment?: string }) => void send(input)}
      >
        {problem !== undefined && (
          <Alert role="alert" type="error" showIcon style={{ marginBottom: 12 }} title={problemText(problem, t)} />
        )}
        <Form.Item
          name="flow"
          label={t("approval.flow")}
          rules={[{ required: true, message: t("approval.flowMissing") }]}
          extra={admin ? undefined : t("approval.flowHint")}
        >
          {admin ? (
            <Select
              showSearch={{ optionFilterProp: "label" }}
              notFoundContent={t("approval.noFlow")}
              options={offered.map((flow) => ({ value: flow.name, label: flow.name }))}
            />
          ) : (
            <Input />
          )}
        </Form.Item>
        <Form.Item name="comment" label={t("approval.comment")}>
          <Input.TextArea autoSize={{ minRows: 3, maxRows: 8 }} />
        </Form.Item>
      </Form>
    </Modal>
  );
}
