// Asks what the new token is for and how long it lives.
import { Form, Input, InputNumber, Modal, Radio } from "antd";
import { useTranslation } from "react-i18next";
import { Problem } from "@/api/problem";
import { useCreateToken } from "@/api/tokens";
import type { AccessTokenSecret } from "@/api/types";

interface NewTokenInput {
  kind: "api" | "sql";
  name: string;
  days: number;
}

export function NewToken({ onClose, onMade }: { onClose: () => void; onMade: (token: AccessTokenSecret) => void }) {
  const { t } = useTranslation();
  const [form] = Form.useForm<NewTokenInput>();
  const create = useCreateToken();

  const submit = async (input: NewTokenInput) => {
    try {
      onMade(await create.mutateAsync(input));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      form.setFields([{ name: "name", errors: [error.message] }]);
    }
  };

  return (
    <Modal
      open
      title={t("tokens.create")}
      okText={t("tokens.createNow")}
      confirmLoading={create.isPending}
      okButtonProps={{ htmlType: "submit", form: "new-token" }}
      onCancel={onClose}
    >
      <Form
        id="new-token"
        form={form}
        layout="vertical"
        initialValues={{ kind: "sql", days: 90 }}
        onFinish={(input) => void submit(input)}
        style={{ marginTop: 12 }}
      >
        <Form.Item name="kind" label={t("tokens.kind")}>
          <Radio.Group
            options={[
              { value: "sql", label: t("tokens.sqlLong") },
              { value: "api", label: t("tokens.apiLong") },
            ]}
            vertical
          />
        </Form.Item>
        <Form.Item name="name" label={t("tokens.name")} rules={[{ required: true, message: t("tokens.nameMissing") }]}>
          <Input placeholder={t("tokens.namePlaceholder")} maxLength={100} />
        </Form.Item>
        <Form.Item name="days" label={t("tokens.days")} rules={[{ required: true }]}>
          <InputNumber min={1} max={366} precision={0} />
        </Form.Item>
      </Form>
    </Modal>
  );
}
