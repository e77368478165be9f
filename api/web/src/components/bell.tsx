// The bell: how much is unread, and the latest of it.
import { BellOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { useRouterState } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { waitingQuery } from "@/api/approvals";
import { latestNoticesQuery, mentionsQuery } from "@/api/inbox";
import styles from "./bell.module.css";

const NoticePanel = lazy(() => import("./notice-panel"));

export function useWaiting(): { notices: number; mentions: number; approvals: number } {
  return {
    notices: useQuery(latestNoticesQuery).data?.unread ?? 0,
    mentions: useQuery(mentionsQuery).data?.filter((mention) => !mention.seen).length ?? 0,
    approvals: useQuery({ ...waitingQuery, refetchInterval: 60_000 }).data?.length ?? 0,
  };
}

export function Bell() {
  const { t } = useTranslation();
  const waiting = useWaiting();
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const trigger = useRef<HTMLButtonElement>(null);
  const path = useRouterState({ select: (state) => state.location.pathname });
  const count = waiting.notices + waiting.mentions + waiting.approvals;

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new page closes the panel
  useEffect(() => setOpen(false), [path]);
  useEffect(() => {
    if (!open) return;
    const outside = (event: PointerEvent) => {
      if (!box.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, [open]);

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape closes what the button opened
    <div
      ref={box}
      className={styles.box}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !open) return;
        setOpen(false);
        trigger.current?.focus();
      }}
    >
      <button
        ref={trigger}
        type="button"
        className={styles.bell}
        aria-label={t("inbox.bell", { count })}
        aria-expanded={open}
        aria-haspopup="dialog"
        onClick={() => setOpen(!open)}
      >
        <BellOutlined aria-hidden />
        {count > 0 && (
          <span className={styles.count} aria-hidden>
            {count > 99 ? "99+" : count}
          </span>
        )}
      </button>
      {open && (
        <Suspense fallback={null}>
          <NoticePanel waiting={waiting} close={() => setOpen(false)} />
        </Suspense>
      )}
    </div>
  );
}
