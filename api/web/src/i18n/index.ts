// Two complete languages, loaded on demand; the choice lives in the session and, before sign-in, in the browser.
import dayjs from "dayjs";
import i18next from "i18next";
import { initReactI18next, useTranslation } from "react-i18next";
import { setRequestLanguage } from "@/api/client";
import type { Locale } from "@/api/types";

const KEY = "basalt.locale";

const languages: Record<Locale, () => Promise<{ default: object }>> = {
  en: () => import("./en.json"),
  zh: () => import("./zh.json"),
};

function preferred(): Locale {
  const stored = localStorage.getItem(KEY);
  if (stored === "en" || stored === "zh") return stored;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}

export async function startTranslation(): Promise<void> {
  await i18next.use(initReactI18next).init({
    resources: {},
    fallbackLng: false,
    interpolation: { escapeValue: false },
    react: { useSuspense: false },
  });
  await switchLanguage(preferred());
}

/** Shows the application in `locale` from now on. */
export async function switchLanguage(locale: Locale): Promise<void> {
  if (!i18next.hasResourceBundle(locale, "translation")) {
    const [texts] = await Promise.all([
      languages[locale](),
      locale === "zh" ? import("dayjs/locale/zh-cn") : undefined,
    ]);
    i18next.addResourceBundle(locale, "translation", texts.default);
  }
  localStorage.setItem(KEY, locale);
  setRequestLanguage(locale);
  dayjs.locale(locale === "zh" ? "zh-cn" : "en");
  document.documentElement.lang = locale;
  await i18next.changeLanguage(locale);
}

export function useLocale(): Locale {
  return useTranslation().i18n.language === "zh" ? "zh" : "en";
}
