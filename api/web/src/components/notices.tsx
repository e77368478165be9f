// Notices one below the other; opening one marks it as read and leads to what it is about.
import { useNavigate } from "@tanstack/react-router";
import { type Notice, useReadNotice } from "@/api/inbox";
import { useDictionary } from "@/api/meta";
import { useLocale } from "@/i18n";
import { formatDateTime } from "@/model/format";
import styles from "./bell.module.css";

export function NoticeList({ notices, opened }: { notices: Notice[]; opened?: () => void }) {
  const locale = useLocale();
  const navigate = useNavigate();
  const dictionary = useDictionary();
  const read = useReadNotice();

  const open = (notice: Notice) => {
    if (!notice.read_at) read.mutate(notice.id);
    const object = notice.object && dictionary.byName(notice.object);
    if (!object || !notice.record_id) return;
    void navigate({ to: "/$resource/$id", params: { resource: object.resource, id: String(notice.record_id) } });
    opened?.();
  };

  return (
    <ul className={styles.list}>
      {notices.map((notice) => (
        <li key={notice.id}>
          <button type="button" className={styles.notice} data-unread={!notice.read_at} onClick={() => open(notice)}>
            <span className={styles.dot} aria-hidden />
            <span className={styles.text}>
              <span className={styles.title}>{notice.title}</span>
              {notice.body && <span className={styles.body}>{notice.body}</span>}
              <span className={styles.at}>{formatDateTime(notice.at, locale)}</span>
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}
