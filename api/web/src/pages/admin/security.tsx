// What a password must be like.
import { useQuery } from "@tanstack/react-query";
import { Button, Form, InputNumber } from "antd";
import { useTranslation } from "react-i18next";
import { type PasswordRules, passwordRulesQuery, savePasswordRules, useChange } from "@/api/access";
import { queryClient } from "@/api/query-client";
import { Bones } from "@/components/bones";
import { busy } from "@/components/busy";
import { Page, Panel } from "@/components/page";
import { ProblemNotice, problemText } from "@/components/problem-notice";
import { toast } from "@/components/toast";

export function Security() {
  const { t } = useTranslation();
  const found = useQuery(passwordRulesQuery);
  const save = useChange(savePasswordRules, () =>
    queryClient.invalidateQueries({ queryKey: passwordRulesQuery.queryKey }),
  );
  const store = (rules: PasswordRules) =>
    save.mutateAsync(rules).then(
      () => toast.success(t("record.saved")),
      (error) => toast.error(problemText(error, t)),
    );
  return (
    <Page title={t("admin.page.security")} sub={t("security.lead")}>
      {found.isError ? (
        <ProblemNotice error={found.error} retry={() => void found.refetch()} />
      ) : (
        <Panel title={t("security.password")}>
          {found.isPending ? (
            <Bones lines={4} />
          ) : (
            <Form layout="vertical" initialValues={found.data} onFinish={(rules: PasswordRules) => void store(rules)}>
              {(
                [
                  ["min_length", 8, 128],
                  ["kinds", 1, 4],
                  ["remembered", 0, 24],
                ] as const
              ).map(([name, min, max]) => (
                <Form.Item key={name} name={name} label={t(`security.${name}`)} rules={[{ required: true }]}>
                  <InputNumber min={min} max={max} precision={0} />
                </Form.Item>
              ))}
              <Button type="primary" htmlType="submit" loading={busy(save.isPending)}>
                {t("record.save")}
              </Button>
            </Form>
          )}
        </Panel>
      )}
    </Page>
  );
}
