// Looks like a search field, opens the command menu.
import { SearchOutlined } from "@ant-design/icons";
import { useTranslation } from "react-i18next";
import styles from "./shell.module.css";

const APPLE = /Mac|iPhone|iPad/.test(navigator.userAgent);

export function FindButton({ onClick }: { onClick: () => void }) {
  const { t } = useTranslation();
  return (
    <button type="button" className={styles.find} onClick={onClick}>
      <SearchOutlined aria-hidden />
      <span className={styles.findText}>{t("shell.find")}</span>
      <kbd className={styles.key}>{APPLE ? "⌘K" : "Ctrl K"}</kbd>
    </button>
  );
}
