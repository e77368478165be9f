// The secret of a new token, once: the psql line of an SQL sign-in, or the header of an API key.
import { CopyOutlined } from "@ant-design/icons";
import { Alert, Button } from "antd";
import { useTranslation } from "react-i18next";
import type { AccessTokenSecret } from "@/api/types";
import { psqlLine } from "@/model/psql";
import styles from "./segment-definition.module.css";
import { toast } from "./toast";

export function TokenSecret({ token, onClose }: { token: AccessTokenSecret; onClose: () => void }) {
  const { t } = useTranslation();
  const text =
    token.kind === "sql"
      ? psqlLine(token, window.location.hostname)
      : `curl -H "Authorization: Bearer ${token.key}" ${window.location.origin}/api/v1/customers`;

  const copy = async () => {
    await navigator.clipboard.writeText(text);
    toast.success(t("tokens.copied"));
  };

  return (
    <Alert
      type="success"
      showIcon
      closable={{ onClose, "aria-label": t("tokens.close") }}
      style={{ marginBottom: 16 }}
      title={t("tokens.once")}
      description={
        <>
          <p>{token.kind === "sql" ? t("tokens.sqlUse") : t("tokens.apiUse")}</p>
          <pre className={styles.code}>{text}</pre>
          <Button
            size="small"
            icon={<CopyOutlined aria-hidden />}
            style={{ marginTop: 10 }}
            onClick={() => void copy()}
          >
            {t("tokens.copy")}
          </Button>
        </>
      }
    />
  );
}
