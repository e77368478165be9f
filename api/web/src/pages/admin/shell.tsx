// The administration: its sections at the side, the chosen one beside it.
import { Link, Outlet } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useIsAdmin } from "@/api/session";
import { NotFound } from "@/components/not-found";
import { sections } from "./sections";
import styles from "./shell.module.css";

export function AdminShell() {
  const { t } = useTranslation();
  const admin = useIsAdmin();
  if (!admin) return <NotFound />;
  return (
    <div className={styles.admin}>
      <nav className={styles.nav} aria-label={t("nav.admin")}>
        {sections.map(({ key, pages }) => (
          <div key={key}>
            <div className={styles.group}>{t(`admin.group.${key}`)}</div>
            <ul>
              {pages.map(({ to, name }) => (
                <li key={to}>
                  <Link to={to} className={styles.link}>
                    {t(`admin.page.${name}`)}
                  </Link>
                </li>
              ))}
            </ul>
          </div>
        ))}
      </nav>
      <div className={styles.content}>
        <Outlet />
      </div>
    </div>
  );
}
