// Looking at Basalt as another user does: for an hour, with a reason that is kept.
import { Form, Input } from "antd";
import { useTranslation } from "react-i18next";
import { FormDialog } from "./form-dialog";

export function LogInAsDialog({
  name,
  run,
  close,
}: {
  name: string;
  run: (reason: string) => Promise<void>;
  close: () => void;
}) {
  const { t } = useTranslation();
  return (
    <FormDialog<{ reason: string }>
      title={t("users.logInAsOf", { name })}
      okText={t("users.logInAs")}
      close={close}
      save={({ reason }) => run(reason)}
    >
      <p className="muted" style={{ marginBottom: 12 }}>
        {t("users.logInAsText")}
      </p>
      <Form.Item
        name="reason"
        label={t("users.reason")}
        rules={[{ required: true, whitespace: true, message: t("approval.commentNeeded") }]}
      >
        <Input.TextArea autoSize={{ minRows: 2 }} maxLength={500} />
      </Form.Item>
    </FormDialog>
  );
}
