// The frame of every page: navigation at the side, search and the user's own settings on top.
import { MenuOutlined } from "@ant-design/icons";
import { Link, Outlet, useRouterState } from "@tanstack/react-router";
import { Button } from "antd";
import { lazy, Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLiveUpdates } from "@/api/live";
import { useDictionary } from "@/api/meta";
import { Bell } from "./bell";
import { FindButton } from "./find-button";
import { Logo } from "./logo";
import { Navigation } from "./navigation";
import styles from "./shell.module.css";
import { UserTools } from "./user-tools";

const CommandMenu = lazy(() => import("./command-menu"));
const NavigationDrawer = lazy(() => import("./navigation-drawer"));

export function Shell() {
  const { t } = useTranslation();
  const dictionary = useDictionary();
  const [finding, setFinding] = useState(false);
  const [menuOpen, setMenuOpen] = useState(false);
  const path = useRouterState({ select: (state) => state.location.pathname });
  useLiveUpdates(dictionary);
  useCommandKey(() => setFinding((open) => !open));

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new page closes the menu
  useEffect(() => setMenuOpen(false), [path]);

  return (
    <div className={styles.shell}>
      <a className={styles.skip} href="#content">
        {t("shell.skip")}
      </a>
      <aside className={styles.side}>
        <Link to="/" className={styles.brand} aria-label={t("shell.homeLink")}>
          <Logo />
        </Link>
        <Navigation dictionary={dictionary} />
      </aside>
      <div className={styles.main}>
        <header className={styles.bar} data-bar>
          <Button
            className={styles.burger}
            type="text"
            icon={<MenuOutlined aria-hidden />}
            aria-label={t("shell.openMenu")}
            onClick={() => setMenuOpen(true)}
          />
          <FindButton onClick={() => setFinding(true)} />
          <div className={styles.spring} />
          <Bell />
          <UserTools />
        </header>
        <main id="content" className={styles.content} tabIndex={-1}>
          <Outlet />
        </main>
      </div>
      <Suspense fallback={null}>
        {finding && <CommandMenu dictionary={dictionary} onClose={() => setFinding(false)} />}
        {menuOpen && (
          <NavigationDrawer onClose={() => setMenuOpen(false)}>
            <Navigation dictionary={dictionary} />
          </NavigationDrawer>
        )}
      </Suspense>
    </div>
  );
}

function useCommandKey(open: () => void): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() === "k" && (event.metaKey || event.ctrlKey)) {
        event.preventDefault();
        open();
      }
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  });
}
