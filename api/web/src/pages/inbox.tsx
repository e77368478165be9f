// What waits for the reader: approvals to decide, mentions to answer, notices to know.
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Button, Segmented } from "antd";
import { useTranslation } from "react-i18next";
import { waitingQuery } from "@/api/approvals";
import { mentionsQuery, noticesQuery, useReadAllNotices, useSeeMention } from "@/api/inbox";
import { useDictionary } from "@/api/meta";
import styles from "@/components/activity/activity.module.css";
import { useWaiting } from "@/components/bell";
import { Bones } from "@/components/bones";
import { busy } from "@/components/busy";
import { DecideButtons } from "@/components/decide";
import { EmptyState } from "@/components/empty-state";
import { NoticeList } from "@/components/notices";
import { Page, Panel } from "@/components/page";
import { ProblemNotice } from "@/components/problem-notice";
import { RecordTitle } from "@/components/record-title";
import { UserName } from "@/components/user-name";
import { useLocale } from "@/i18n";
import { labelIn } from "@/model/dictionary";
import { formatDateTime } from "@/model/format";
import type { InboxTab } from "@/routes/inbox-tab";

const route = getRouteApi("/shell/inbox");

export function Inbox() {
  const { t } = useTranslation();
  const { tab = "approvals" } = route.useSearch();
  const navigate = route.useNavigate();
  const waiting = useWaiting();
  const option = (value: InboxTab) => ({
    value,
    label: waiting[value] > 0 ? `${t(`inbox.${value}`)} (${waiting[value]})` : t(`inbox.${value}`),
  });
  return (
    <Page title={t("nav.inbox")} sub={t("inbox.lead")}>
      <Segmented<InboxTab>
        value={tab}
        onChange={(next) => void navigate({ search: { tab: next } })}
        options={(["approvals", "mentions", "notices"] as const).map(option)}
        style={{ marginBottom: 16 }}
      />
      {tab === "approvals" && <Approvals />}
      {tab === "mentions" && <Mentions />}
      {tab === "notices" && <Notices />}
    </Page>
  );
}

function Approvals() {
  const { t } = useTranslation();
  const locale = useLocale();
  const dictionary = useDictionary();
  const waiting = useQuery(waitingQuery);
  if (waiting.isPending) return <Bones lines={4} />;
  if (waiting.isError) return <ProblemNotice error={waiting.error} retry={() => void waiting.refetch()} />;
  if (waiting.data.length === 0) {
    return (
      <Panel>
        <EmptyState title={t("inbox.noApprovals")} text={t("inbox.noApprovalsText")} />
      </Panel>
    );
  }
  return waiting.data.map((task) => {
    const object = dictionary.byName(task.object);
    return (
      <Panel key={task.task_id} className="spaced">
        <div className={styles.by}>
          <span className="muted">{object ? labelIn(object.label, locale) : task.object}</span>
          <strong>
            <RecordTitle object={task.object} id={task.record_id} />
          </strong>
          <span className="muted">{task.flow}</span>
        </div>
        <p style={{ margin: "4px 0 12px" }}>
          <UserName id={task.submitted_by} /> {t("approval.what.submitted")}{" "}
          <span className="muted">
            {formatDateTime(task.submitted_at, locale)}
            {task.due_at && ` · ${t("inbox.due", { at: formatDateTime(task.due_at, locale) })}`}
          </span>
        </p>
        <div style={{ display: "flex", flexWrap: "wrap", gap: 8 }}>
          <DecideButtons task={task.task_id} />
        </div>
      </Panel>
    );
  });
}

function Mentions() {
  const { t } = useTranslation();
  const locale = useLocale();
  const mentions = useQuery(mentionsQuery);
  const see = useSeeMention();
  if (mentions.isPending) return <Bones lines={4} />;
  if (mentions.isError) return <ProblemNotice error={mentions.error} retry={() => void mentions.refetch()} />;
  return (
    <Panel>
      {mentions.data.length === 0 ? (
        <EmptyState title={t("inbox.noMentions")} text={t("inbox.noMentionsText")} />
      ) : (
        <ol className={styles.list}>
          {mentions.data.map((mention) => (
            <li key={mention.remark.id} className={styles.remark}>
              <div className={styles.by}>
                <strong>{mention.remark.author}</strong>
                <RecordTitle object={mention.object} id={mention.record_id} />
                <span className="muted">{formatDateTime(mention.remark.created_at, locale)}</span>
                {!mention.seen && (
                  <Button size="small" type="link" onClick={() => see.mutate(mention.remark.id)}>
                    {t("inbox.seen")}
                  </Button>
                )}
              </div>
              <div className={styles.quote}>{mention.remark.body}</div>
            </li>
          ))}
        </ol>
      )}
    </Panel>
  );
}

function Notices() {
  const { t } = useTranslation();
  const notices = useInfiniteQuery(noticesQuery);
  const readAll = useReadAllNotices();
  const waiting = useWaiting();
  if (notices.isPending) return <Bones lines={4} />;
  if (notices.isError) return <ProblemNotice error={notices.error} retry={() => void notices.refetch()} />;
  const all = notices.data.pages.flatMap((page) => page.items);
  return (
    <Panel
      flush
      title={t("inbox.notices")}
      extra={
        waiting.notices > 0 && (
          <Button size="small" onClick={() => readAll.mutate()}>
            {t("inbox.readAll")}
          </Button>
        )
      }
    >
      {all.length === 0 ? (
        <EmptyState title={t("inbox.none")} text={t("inbox.noneText")} />
      ) : (
        <NoticeList notices={all} />
      )}
      {notices.hasNextPage && (
        <div style={{ padding: 14 }}>
          <Button loading={busy(notices.isFetchingNextPage)} onClick={() => void notices.fetchNextPage()}>
            {t("activity.earlier")}
          </Button>
        </div>
      )}
    </Panel>
  );
}
