// A page and its head: title, what it is about, actions; and the panels on it.
import type { ReactNode } from "react";
import styles from "./page.module.css";

interface PageProps {
  title: ReactNode;
  /** Beside the title, such as a count or a state. */
  beside?: ReactNode;
  above?: ReactNode;
  sub?: ReactNode;
  actions?: ReactNode;
  /** Takes the whole height and scrolls inside, as lists do. */
  fill?: boolean;
  children: ReactNode;
}

export function Page({ title, beside, above, sub, actions, fill, children }: PageProps) {
  return (
    <div className={fill ? styles.fill : styles.page}>
      <div className={styles.head}>
        <div className={styles.titles}>
          {above && <div className={styles.sub}>{above}</div>}
          <div className={styles.title}>
            <h1>{title}</h1>
            {beside}
          </div>
          {sub && <p className={styles.sub}>{sub}</p>}
        </div>
        {actions && <div className={styles.actions}>{actions}</div>}
      </div>
      {children}
    </div>
  );
}

interface PanelProps {
  title?: ReactNode;
  extra?: ReactNode;
  /** Content reaches the border, as tables do. */
  flush?: boolean;
  className?: string;
  children: ReactNode;
}

export function Panel({ title, extra, flush, className, children }: PanelProps) {
  return (
    <section className={[styles.panel, className].filter(Boolean).join(" ")}>
      {(title || extra) && (
        <div className={styles.panelHead}>
          <h2>{title}</h2>
          {extra}
        </div>
      )}
      <div className={flush ? styles.flush : styles.panelBody}>{children}</div>
    </section>
  );
}
