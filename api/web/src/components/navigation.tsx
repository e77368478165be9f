// The navigation: home, the areas of the dictionary, the analysis pages.
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useIsAdmin } from "@/api/session";
import { useLocale } from "@/i18n";
import { type Dictionary, labelIn } from "@/model/dictionary";
import { navigationGroups } from "./navigation-groups";
import { iconOf } from "./object-icon";
import styles from "./shell.module.css";

const pages = [
  { to: "/customer-value", key: "nav.value", icon: "value", admin: false },
  { to: "/sql", key: "nav.sql", icon: "sql", admin: false },
  { to: "/reports", key: "nav.reports", icon: "reports", admin: false },
  { to: "/lake", key: "nav.lake", icon: "lake", admin: true },
] as const;

/** The pages beside the records that the user may open. */
export function useAnalysisPages() {
  const admin = useIsAdmin();
  return pages.filter((page) => admin || !page.admin);
}

export function Navigation({ dictionary }: { dictionary: Dictionary }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const analysisPages = useAnalysisPages();
  const admin = useIsAdmin();
  return (
    <nav className={styles.nav} aria-label={t("shell.navigation")}>
      <ul className={styles.links}>
        <li>
          <Link to="/" className={styles.link} activeOptions={{ exact: true }}>
            {iconOf("home")} {t("nav.home")}
          </Link>
        </li>
        <li>
          <Link to="/inbox" className={styles.link}>
            {iconOf("inbox")} {t("nav.inbox")}
          </Link>
        </li>
      </ul>
      {navigationGroups(dictionary).map(({ group, objects }) => (
        <Group key={group} title={t(`nav.group.${group}`)}>
          {objects.map((object) => (
            <li key={object.name}>
              <Link to="/$resource" params={{ resource: object.resource }} className={styles.link}>
                {iconOf(object.name)} {labelIn(object.label_plural, locale)}
              </Link>
            </li>
          ))}
        </Group>
      ))}
      <Group title={t("nav.analysis")}>
        {analysisPages.map(({ to, key, icon }) => (
          <li key={to}>
            <Link to={to} className={styles.link}>
              {iconOf(icon)} {t(key)}
            </Link>
          </li>
        ))}
      </Group>
      <ul className={styles.links} style={{ marginTop: 14 }}>
        {admin && (
          <li>
            <Link to="/admin" className={styles.link}>
              {iconOf("admin")} {t("nav.admin")}
            </Link>
          </li>
        )}
        <li>
          <Link to="/recycle-bin" className={styles.link}>
            {iconOf("bin")} {t("bin.open")}
          </Link>
        </li>
      </ul>
    </nav>
  );
}

function Group({ title, children }: { title: string; children: ReactNode }) {
  return (
    <>
      <div className={styles.group}>{title}</div>
      <ul className={styles.links}>{children}</ul>
    </>
  );
}
