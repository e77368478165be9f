// Changing one's own password.
import { useQuery } from "@tanstack/react-query";
import { Button, Form, Input } from "antd";
import { useTranslation } from "react-i18next";
import { passwordRulesQuery, useChange } from "@/api/access";
import { changePassword, forgetAccount } from "@/api/account";
import { Problem } from "@/api/problem";
import { busy } from "../busy";
import { Panel } from "../page";
import { problemText } from "../problem-notice";
import { toast } from "../toast";

interface Values {
  current: string;
  new: string;
}

export function PasswordPanel() {
  const { t } = useTranslation();
  const [form] = Form.useForm<Values>();
  const rules = useQuery(passwordRulesQuery).data;
  const change = useChange(changePassword, forgetAccount);
  const submit = async (input: Values) => {
    try {
      await change.mutateAsync(input);
      toast.success(t("settings.passwordChanged"));
      form.resetFields();
    } catch (error) {
      const about = error instanceof Problem ? error.fields[0]?.field : undefined;
      form.setFields([{ name: about === "current" ? "current" : "new", errors: [problemText(error, t)] }]);
    }
  };
  return (
    <Panel className="spaced" title={t("signIn.password")}>
      <Form form={form} layout="vertical" style={{ maxWidth: 380 }} onFinish={(input) => void submit(input)}>
        <Form.Item
          name="current"
          label={t("settings.current")}
          rules={[{ required: true, message: t("signIn.passwordMissing") }]}
        >
          <Input.Password autoComplete="current-password" />
        </Form.Item>
        <Form.Item
          name="new"
          label={t("settings.new")}
          extra={rules && t("settings.passwordLength", { number: rules.min_length })}
          rules={[{ required: true, message: t("signIn.passwordMissing") }]}
        >
          <Input.Password autoComplete="new-password" />
        </Form.Item>
        <Button htmlType="submit" type="primary" loading={busy(change.isPending)}>
          {t("settings.changePassword")}
        </Button>
      </Form>
    </Panel>
  );
}
