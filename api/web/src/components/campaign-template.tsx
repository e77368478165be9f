// The text of a campaign's mail.
import { useTranslation } from "react-i18next";
import { Panel } from "./page";
import styles from "./segment-definition.module.css";
import type { SpecialProps } from "./specials";

export default function CampaignTemplate({ record }: SpecialProps) {
  const { t } = useTranslation();
  const template = typeof record.template === "string" ? record.template : "";
  return (
    <Panel title={t("campaign.template")}>
      {template ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region is reached by keyboard
        <pre className={styles.code} tabIndex={0} style={{ maxHeight: 280, margin: 0 }}>
          {template}
        </pre>
      ) : (
        <p className="muted">{t("campaign.noTemplate")}</p>
      )}
    </Panel>
  );
}
