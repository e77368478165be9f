// The latest notices below the bell.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Button } from "antd";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { latestNoticesQuery, useReadAllNotices } from "@/api/inbox";
import styles from "./bell.module.css";
import { Bones } from "./bones";
import { EmptyState } from "./empty-state";
import { NoticeList } from "./notices";
import { problemText } from "./problem-notice";
import { toast } from "./toast";

interface NoticePanelProps {
  waiting: { notices: number; mentions: number; approvals: number };
  close: () => void;
}

export default function NoticePanel({ waiting, close }: NoticePanelProps) {
  const { t } = useTranslation();
  const panel = useRef<HTMLDivElement>(null);
  const latest = useQuery(latestNoticesQuery);
  const readAll = useReadAllNotices();
  useEffect(() => panel.current?.focus(), []);

  return (
    <div ref={panel} className={styles.panel} role="dialog" aria-label={t("inbox.notices")} tabIndex={-1}>
      <div className={styles.head}>
        <h2>{t("inbox.notices")}</h2>
        {waiting.notices > 0 && (
          <Button
            size="small"
            type="text"
            onClick={() => readAll.mutate(undefined, { onError: (error) => toast.error(problemText(error, t)) })}
          >
            {t("inbox.readAll")}
          </Button>
        )}
      </div>
      {(waiting.approvals > 0 || waiting.mentions > 0) && (
        <ul className={styles.list}>
          {waiting.approvals > 0 && (
            <li>
              <Link to="/inbox" search={{}} className={styles.notice} data-unread onClick={close}>
                <span className={styles.dot} aria-hidden />
                <span className={styles.title}>{t("inbox.approvalsWait", { count: waiting.approvals })}</span>
              </Link>
            </li>
          )}
          {waiting.mentions > 0 && (
            <li>
              <Link to="/inbox" search={{ tab: "mentions" }} className={styles.notice} data-unread onClick={close}>
                <span className={styles.dot} aria-hidden />
                <span className={styles.title}>{t("inbox.mentionsWait", { count: waiting.mentions })}</span>
              </Link>
            </li>
          )}
        </ul>
      )}
      {latest.isPending ? (
        <div style={{ padding: 14 }}>
          <Bones lines={4} />
        </div>
      ) : latest.isError ? (
        <p className="muted" style={{ padding: 14 }}>
          {problemText(latest.error, t)}
        </p>
      ) : latest.data.items.length === 0 ? (
        <EmptyState title={t("inbox.none")} text={t("inbox.noneText")} />
      ) : (
        <NoticeList notices={latest.data.items.slice(0, 10)} opened={close} />
      )}
      <div className={styles.foot}>
        <Link to="/inbox" search={{ tab: "notices" }} onClick={close}>
          {t("inbox.all")}
        </Link>
      </div>
    </div>
  );
}
