// Language, light or dark, and the user's own menu.
import { KeyOutlined, LogoutOutlined, MoonOutlined, SettingOutlined, SunOutlined } from "@ant-design/icons";
import { useNavigate } from "@tanstack/react-router";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { queryClient } from "@/api/query-client";
import { saveLocale, sessionQuery, signOut, useUser } from "@/api/session";
import type { Locale } from "@/api/types";
import { switchLanguage, useLocale } from "@/i18n";
import { setMode, useMode } from "@/theme/mode";
import { PopupMenu } from "./popup-menu";
import styles from "./shell.module.css";

export function UserTools() {
  const { t } = useTranslation();
  const user = useUser();
  const navigate = useNavigate();

  const leave = async () => {
    await signOut();
    queryClient.setQueryData(sessionQuery.queryKey, null);
    await navigate({ to: "/sign-in" });
  };

  return (
    <>
      <LanguageButton />
      <ModeButton />
      <PopupMenu
        label={t("shell.userMenu", { name: user.name })}
        heading={[user.name, user.profile && t(`profile.${user.profile}`, { defaultValue: user.profile })]
          .filter(Boolean)
          .join(" · ")}
        button={
          <span className={styles.avatar} aria-hidden>
            {initials(user.name)}
          </span>
        }
        items={[
          {
            key: "settings",
            icon: <SettingOutlined aria-hidden />,
            label: t("settings.title"),
            run: () => void navigate({ to: "/settings" }),
          },
          {
            key: "tokens",
            icon: <KeyOutlined aria-hidden />,
            label: t("nav.tokens"),
            run: () => void navigate({ to: "/access-tokens" }),
          },
          { key: "out", icon: <LogoutOutlined aria-hidden />, label: t("shell.signOut"), run: () => void leave() },
        ]}
      />
    </>
  );
}

/** Names the language it switches to, in that language. */
function LanguageButton() {
  const locale = useLocale();
  const other: Locale = locale === "en" ? "zh" : "en";
  const change = async () => {
    await switchLanguage(other);
    queryClient.setQueryData(sessionQuery.queryKey, (session) =>
      session ? { ...session, user: { ...session.user, locale: other } } : session,
    );
    await saveLocale(other);
  };
  return (
    <Button type="text" lang={other} onClick={() => void change()}>
      {other === "zh" ? "中文" : "English"}
    </Button>
  );
}

function ModeButton() {
  const { t } = useTranslation();
  const mode = useMode();
  const label = mode === "dark" ? t("shell.light") : t("shell.dark");
  return (
    <Button
      type="text"
      aria-label={label}
      title={label}
      icon={mode === "dark" ? <SunOutlined aria-hidden /> : <MoonOutlined aria-hidden />}
      onClick={() => setMode(mode === "dark" ? "light" : "dark")}
    />
  );
}

function initials(name: string): string {
  const han = /\p{Script=Han}+/u.exec(name)?.[0];
  if (han) return han.slice(-2);
  return name
    .split(/\s+/)
    .slice(0, 2)
    .map((part) => part.charAt(0).toUpperCase())
    .join("");
}
