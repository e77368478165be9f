// Puts palette, language and messages of Ant Design around the application.
import { ConfigProvider, theme } from "antd";
import type { Locale as AntLocale } from "antd/es/locale";
import { type ReactNode, useEffect, useState } from "react";
import type { Locale } from "@/api/types";
import { useLocale } from "@/i18n";
import { useMode } from "./mode";
import { fontFamily, monoFamily, palettes } from "./tokens";

const locales: Record<Locale, () => Promise<{ default: AntLocale }>> = {
  en: () => import("antd/es/locale/en_GB"),
  zh: () => import("antd/es/locale/zh_CN"),
};

function useAntLocale(locale: Locale): AntLocale | undefined {
  const [loaded, setLoaded] = useState<AntLocale>();
  useEffect(() => {
    let current = true;
    void locales[locale]().then((module) => current && setLoaded(module.default));
    return () => {
      current = false;
    };
  }, [locale]);
  return loaded;
}

export function ThemeProvider({ children }: { children: ReactNode }) {
  const mode = useMode();
  const locale = useLocale();
  const palette = palettes[mode];

  useEffect(() => {
    const root = document.documentElement;
    root.dataset.mode = mode;
    root.style.colorScheme = mode;
    for (const [name, value] of Object.entries(palette)) {
      root.style.setProperty(`--${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`, value);
    }
    root.style.setProperty("--font", fontFamily);
    root.style.setProperty("--mono", monoFamily);
  }, [mode, palette]);

  return (
    <ConfigProvider
      locale={useAntLocale(locale)}
      theme={{
        algorithm: mode === "dark" ? theme.darkAlgorithm : theme.defaultAlgorithm,
        token: {
          colorPrimary: "#0f766e",
          colorInfo: "#0f766e",
          colorLink: palette.accent,
          colorError: mode === "dark" ? "#e5675c" : palette.danger,
          colorBgLayout: palette.page,
          colorBgContainer: palette.surface,
          colorBgElevated: mode === "dark" ? "#20272d" : palette.surface,
          colorText: palette.text,
          colorTextSecondary: palette.muted,
          colorTextDescription: palette.muted,
          colorTextPlaceholder: palette.muted,
          colorBorderSecondary: palette.line,
          borderRadius: 6,
          fontFamily,
          fontFamilyCode: monoFamily,
          fontSize: 14,
          controlHeight: 34,
        },
        components: { Button: { fontWeight: 500, primaryShadow: "none", defaultShadow: "none" } },
      }}
    >
      {children}
    </ConfigProvider>
  );
}
