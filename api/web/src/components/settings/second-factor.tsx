// The second factor: a QR code for an authenticator, a code to confirm it, recovery codes shown once, and switching it off.
import { useQuery } from "@tanstack/react-query";
import { Alert, Button, Form, Input, QRCode } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "@/api/access";
import { confirmTotp, enrolTotp, forgetAccount, removeTotp, totpQuery } from "@/api/account";
import { FormDialog } from "../admin/form-dialog";
import { Bones } from "../bones";
import { busy } from "../busy";
import { Panel } from "../page";
import { Pill } from "../pill";
import { problemText } from "../problem-notice";
import { toast } from "../toast";

interface Enrolment {
  secret: string;
  uri: string;
}

export function SecondFactor() {
  const { t } = useTranslation();
  const state = useQuery(totpQuery);
  const [enrolment, setEnrolment] = useState<Enrolment>();
  const [codes, setCodes] = useState<string[]>();
  const [removing, setRemoving] = useState(false);
  const remove = useChange(removeTotp, forgetAccount);

  const begin = async () => {
    try {
      setEnrolment(await enrolTotp());
    } catch (error) {
      toast.error(problemText(error, t));
    }
  };

  return (
    <Panel
      className="spaced"
      title={t("totp.title")}
      extra={
        state.data && (
          <Pill colour={state.data.active ? "green" : "grey"}>{t(state.data.active ? "totp.on" : "totp.off")}</Pill>
        )
      }
    >
      {codes && <RecoveryCodes codes={codes} close={() => setCodes(undefined)} />}
      {state.isPending ? (
        <Bones lines={2} />
      ) : state.isError ? (
        <p className="muted">{problemText(state.error, t)}</p>
      ) : enrolment ? (
        <Confirm
          enrolment={enrolment}
          done={(made) => {
            setCodes(made);
            setEnrolment(undefined);
            void forgetAccount();
          }}
          cancel={() => setEnrolment(undefined)}
        />
      ) : state.data.active ? (
        <>
          <p style={{ marginBottom: 12 }}>{t("totp.left", { count: state.data.recovery_codes_left })}</p>
          <Button danger onClick={() => setRemoving(true)}>
            {t("totp.remove")}
          </Button>
        </>
      ) : (
        <>
          <p style={{ marginBottom: 12 }}>{t("totp.lead")}</p>
          <Button type="primary" onClick={() => void begin()}>
            {t("totp.begin")}
          </Button>
        </>
      )}
      {removing && (
        <FormDialog<{ password: string }>
          title={t("totp.remove")}
          okText={t("totp.remove")}
          close={() => setRemoving(false)}
          save={({ password }) => remove.mutateAsync(password)}
        >
          <Form.Item
            name="password"
            label={t("signIn.password")}
            rules={[{ required: true, message: t("signIn.passwordMissing") }]}
          >
            <Input.Password autoComplete="current-password" />
          </Form.Item>
        </FormDialog>
      )}
    </Panel>
  );
}

function Confirm({
  enrolment,
  done,
  cancel,
}: {
  enrolment: Enrolment;
  done: (codes: string[]) => void;
  cancel: () => void;
}) {
  const { t } = useTranslation();
  const [form] = Form.useForm<{ code: string }>();
  const [sending, setSending] = useState(false);
  const submit = async ({ code }: { code: string }) => {
    setSending(true);
    try {
      done(await confirmTotp(code.trim()));
    } catch (error) {
      form.setFields([{ name: "code", errors: [problemText(error, t)] }]);
    } finally {
      setSending(false);
    }
  };
  return (
    <div style={{ display: "flex", flexWrap: "wrap", gap: 24 }}>
      <div aria-hidden>
        <QRCode value={enrolment.uri} type="canvas" size={168} bordered={false} color="#000" bgColor="#fff" />
      </div>
      <div style={{ flex: "1 1 280px" }}>
        <p>{t("totp.scan")}</p>
        <p style={{ margin: "6px 0 14px" }}>
          {t("totp.byHand")} <code style={{ overflowWrap: "anywhere" }}>{enrolment.secret}</code>
        </p>
        <Form form={form} layout="vertical" onFinish={(input) => void submit(input)}>
          <Form.Item
            name="code"
            label={t("totp.code")}
            rules={[{ required: true, pattern: /^\s*\d{6}\s*$/, message: t("totp.codeForm") }]}
          >
            <Input inputMode="numeric" autoComplete="one-time-code" maxLength={8} style={{ maxWidth: 160 }} />
          </Form.Item>
          <div style={{ display: "flex", gap: 8 }}>
            <Button type="primary" htmlType="submit" loading={busy(sending)}>
              {t("totp.confirm")}
            </Button>
            <Button onClick={cancel}>{t("form.cancel")}</Button>
          </div>
        </Form>
      </div>
    </div>
  );
}

function RecoveryCodes({ codes, close }: { codes: string[]; close: () => void }) {
  const { t } = useTranslation();
  const copy = async () => {
    await navigator.clipboard.writeText(codes.join("\n"));
    toast.success(t("tokens.copied"));
  };
  return (
    <Alert
      type="success"
      showIcon
      role="status"
      style={{ marginBottom: 14 }}
      title={t("totp.codes")}
      description={
        <>
          <p>{t("totp.codesText")}</p>
          <pre style={{ columns: 2, margin: "10px 0" }}>{codes.join("\n")}</pre>
          <Button size="small" onClick={() => void copy()}>
            {t("tokens.copy")}
          </Button>{" "}
          <Button size="small" type="link" onClick={close}>
            {t("totp.kept")}
          </Button>
        </>
      }
    />
  );
}
