// The reader's own settings: appearance and language, password, second factor, sessions; tokens have their own page.
import { Link } from "@tanstack/react-router";
import { Segmented } from "antd";
import { useTranslation } from "react-i18next";
import { queryClient } from "@/api/query-client";
import { saveLocale, sessionQuery, useUser } from "@/api/session";
import type { Locale } from "@/api/types";
import { Page, Panel } from "@/components/page";
import { PasswordPanel } from "@/components/settings/password";
import { SecondFactor } from "@/components/settings/second-factor";
import { OwnSessions, OwnSignIns } from "@/components/settings/sessions";
import { switchLanguage, useLocale } from "@/i18n";
import { setMode, useMode } from "@/theme/mode";

export function Settings() {
  const { t } = useTranslation();
  const user = useUser();
  return (
    <Page
      title={t("settings.title")}
      sub={[user.name, user.login, user.department?.name].filter(Boolean).join(" · ")}
      actions={<Link to="/access-tokens">{t("nav.tokens")}</Link>}
    >
      <Appearance />
      <PasswordPanel />
      <SecondFactor />
      <OwnSessions />
      <OwnSignIns />
    </Page>
  );
}

function Appearance() {
  const { t } = useTranslation();
  const locale = useLocale();
  const mode = useMode();
  const speak = async (next: Locale) => {
    await switchLanguage(next);
    queryClient.setQueryData(sessionQuery.queryKey, (session) =>
      session ? { ...session, user: { ...session.user, locale: next } } : session,
    );
    await saveLocale(next);
  };
  return (
    <Panel title={t("settings.appearance")}>
      <div style={{ display: "flex", flexWrap: "wrap", gap: "14px 36px" }}>
        <div style={{ display: "grid", gap: 6 }}>
          <span className="muted">{t("settings.language")}</span>
          <Segmented<Locale>
            aria-label={t("settings.language")}
            value={locale}
            onChange={(next) => void speak(next)}
            options={[
              { value: "zh", label: <span lang="zh">中文</span> },
              { value: "en", label: <span lang="en">English</span> },
            ]}
          />
        </div>
        <div style={{ display: "grid", gap: 6 }}>
          <span className="muted">{t("settings.mode")}</span>
          <Segmented
            aria-label={t("settings.mode")}
            value={mode}
            onChange={setMode}
            options={[
              { value: "light", label: t("shell.light") },
              { value: "dark", label: t("shell.dark") },
            ]}
          />
        </div>
      </div>
    </Panel>
  );
}
