// The approvals of a record: where each stands, who decides now, and every word said.
import { useQuery } from "@tanstack/react-query";
import { Button, Popconfirm } from "antd";
import { useTranslation } from "react-i18next";
import { type Approval, recordApprovalsQuery, useRecall, waitingQuery } from "@/api/approvals";
import { useUser } from "@/api/session";
import type { CrmRecord, MetaObject } from "@/api/types";
import { useLocale } from "@/i18n";
import { formatDateTime } from "@/model/format";
import styles from "./activity/activity.module.css";
import { DecideButtons } from "./decide";
import { Panel } from "./page";
import { Pill } from "./pill";
import { problemText } from "./problem-notice";
import { toast } from "./toast";
import { UserName } from "./user-name";

const COLOURS: Record<string, string> = {
  pending: "blue",
  approved: "green",
  rejected: "red",
  returned: "gold",
  recalled: "grey",
};

export default function RecordApprovals({ object, record }: { object: MetaObject; record: CrmRecord }) {
  const approvals = useQuery(recordApprovalsQuery(object.name, record.id)).data ?? [];
  return approvals.map((approval) => <One key={approval.id} approval={approval} />);
}

function One({ approval }: { approval: Approval }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const user = useUser();
  const recall = useRecall();
  const waiting = useQuery(waitingQuery).data ?? [];
  const task = waiting.find((one) => one.approval_id === approval.id);
  const mine = approval.state === "pending" && approval.submitted_by === user.id;

  return (
    <Panel
      title={approval.flow}
      extra={
        <Pill colour={COLOURS[approval.state]}>
          {t(`approval.state.${approval.state}`, { defaultValue: approval.state })}
        </Pill>
      }
    >
      {approval.state === "pending" && (
        <p style={{ marginBottom: 12 }}>
          {approval.step ? `${approval.step}: ` : ""}
          {approval.waiting_for.map((id, index) => (
            <span key={id}>
              {index > 0 && ", "}
              <UserName id={id} />
            </span>
          ))}
        </p>
      )}
      <ol className={styles.feed}>
        {approval.history.map((entry) => (
          <li key={`${entry.at} ${entry.what} ${entry.user_id}`}>
            <div>
              {entry.user_id ? (
                <strong>
                  <UserName id={entry.user_id} />
                </strong>
              ) : (
                <strong>{t("history.system")}</strong>
              )}{" "}
              {t(`approval.what.${entry.what}`, { defaultValue: entry.what })}
            </div>
            {entry.comment && <div className={styles.quote}>{entry.comment}</div>}
            <div className="muted">{formatDateTime(entry.at, locale)}</div>
          </li>
        ))}
      </ol>
      <div style={{ display: "flex", flexWrap: "wrap", gap: 8, marginTop: 14 }}>
        {task && <DecideButtons task={task.task_id} />}
        {mine && (
          <Popconfirm
            title={t("approval.recallAsk")}
            okText={t("approval.recall")}
            onConfirm={() =>
              recall.mutateAsync({ id: approval.id }).catch((error) => toast.error(problemText(error, t)))
            }
          >
            <Button size="small">{t("approval.recall")}</Button>
          </Popconfirm>
        )}
      </div>
    </Panel>
  );
}
