// Who changed what and when, newest first.
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { type AuditChange, auditQuery } from "@/api/audit";
import type { CrmRecord, MetaObject } from "@/api/types";
import { useLocale } from "@/i18n";
import { fieldOf, isSystemField, kindOf, labelIn } from "@/model/dictionary";
import { formatDateTime } from "@/model/format";
import { Bones } from "./bones";
import { FieldValue } from "./field-value";
import { Panel } from "./page";
import { problemText } from "./problem-notice";
import styles from "./record-history.module.css";

export function RecordHistory({ object, record }: { object: MetaObject; record: CrmRecord }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const audit = useQuery(auditQuery(object.resource, record.id));

  return (
    <Panel title={t("history.title")}>
      {audit.isPending ? (
        <Bones lines={3} />
      ) : audit.isError ? (
        <p className="muted">{problemText(audit.error, t)}</p>
      ) : audit.data.length === 0 ? (
        <p className="muted">{t("history.empty")}</p>
      ) : (
        <ol className={styles.list}>
          {audit.data.slice(0, 20).map((entry) => (
            <li key={entry.id}>
              <div>
                <strong>{entry.actor_name || t("history.system")}</strong>{" "}
                {t(`history.${entry.op}`, { defaultValue: entry.op })}
              </div>
              {entry.op === "update" &&
                entry.changes.map((change) => <Change key={change.field} object={object} change={change} />)}
              <div className="muted">{formatDateTime(entry.at, locale)}</div>
            </li>
          ))}
        </ol>
      )}
    </Panel>
  );
}

/** One field, before and after; of what is not a plain value only the name. */
function Change({ object, change }: { object: MetaObject; change: AuditChange }) {
  const locale = useLocale();
  const field = fieldOf(object, change.field);
  if (!field || isSystemField(field)) return null;
  const plain = !["json", "long_text", "reference", "user", "department"].includes(kindOf(field));
  const value = (content: unknown) => <FieldValue field={field} record={{ id: 0, [field.name]: content }} />;
  return (
    <div className="muted">
      {labelIn(field.label, locale)}
      {plain && (
        <>
          : {change.old == null ? "–" : value(change.old)} → {change.new == null ? "–" : value(change.new)}
        </>
      )}
    </div>
  );
}
