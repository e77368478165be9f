// The door: sign-in name and password, and the code of a second factor where there is one.
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { Alert, Button, Form, Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/api/problem";
import { type Credentials, useSignIn } from "@/api/session";
import { BasaltColumns } from "@/components/basalt-columns";
import { busy } from "@/components/busy";
import { Logo } from "@/components/logo";
import { problemText } from "@/components/problem-notice";
import { switchLanguage, useLocale } from "@/i18n";
import styles from "./sign-in.module.css";

const route = getRouteApi("/sign-in");

/** The password was right, the code is missing or wrong. */
const CODE_ASKED = new Set(["code_needed", "wrong_code"]);

/** Where to go after signing in: the page that was asked for, unless that was the door itself. */
function destination(to: string | undefined): string {
  return to && !to.startsWith("/sign-in") ? to : "/";
}

export function SignIn() {
  const { t } = useTranslation();
  const locale = useLocale();
  const { to } = route.useSearch();
  const navigate = useNavigate();
  const signIn = useSignIn();
  const other = locale === "en" ? "zh" : "en";

  const [asked, setAsked] = useState(false);

  const submit = async (input: Credentials) => {
    try {
      await signIn.mutateAsync(input);
      const next = destination(to);
      // A page of the server, not of this application.
      if (next.startsWith("/mailbox")) window.location.assign(next);
      else await navigate({ href: next, replace: true });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (CODE_ASKED.has(error.code)) setAsked(true);
    }
  };

  return (
    <main className={styles.page}>
      <div className={styles.side}>
        <div className={styles.languages}>
          <Logo />
          <Button type="text" lang={other} onClick={() => void switchLanguage(other)}>
            {other === "zh" ? "中文" : "English"}
          </Button>
        </div>
        <div className={styles.form}>
          <h1>{t("signIn.title")}</h1>
          <p className={styles.lead}>{t("signIn.lead")}</p>
          {signIn.isError && (
            <Alert
              type={signIn.error instanceof Problem && signIn.error.code === "code_needed" ? "info" : "error"}
              showIcon
              title={problemText(signIn.error, t)}
              style={{ marginBottom: 16 }}
              role="alert"
            />
          )}
          <Form layout="vertical" size="large" requiredMark={false} onFinish={(input) => void submit(input)}>
            <Form.Item
              name="login"
              label={t("signIn.login")}
              rules={[{ required: true, message: t("signIn.loginMissing") }]}
            >
              <Input autoComplete="username" autoFocus />
            </Form.Item>
            <Form.Item
              name="password"
              label={t("signIn.password")}
              rules={[{ required: true, message: t("signIn.passwordMissing") }]}
            >
              <Input.Password autoComplete="current-password" />
            </Form.Item>
            {asked && (
              <Form.Item
                name="code"
                label={t("signIn.code")}
                rules={[{ required: true, message: t("signIn.codeMissing") }]}
              >
                <Input autoComplete="one-time-code" inputMode="numeric" autoFocus />
              </Form.Item>
            )}
            <Button type="primary" htmlType="submit" block loading={busy(signIn.isPending)}>
              {t("signIn.submit")}
            </Button>
          </Form>
        </div>
      </div>
      <aside className={styles.art}>
        <p className={styles.words}>
          {t("signIn.claim")}
          <small>{t("signIn.claimText")}</small>
        </p>
        <BasaltColumns />
      </aside>
    </main>
  );
}
