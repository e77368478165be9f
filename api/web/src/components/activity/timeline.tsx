// Changes, notes, comments and records that came to point here, the latest first.
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import type { AuditChange } from "@/api/audit";
import { type Happening, type Place, timelineQuery } from "@/api/companions";
import { useDictionary } from "@/api/meta";
import type { MetaObject } from "@/api/types";
import { useLocale } from "@/i18n";
import { fieldOf, isSystemField, kindOf, labelIn, labelWithin } from "@/model/dictionary";
import { formatDateTime } from "@/model/format";
import { Bones } from "../bones";
import { busy } from "../busy";
import { FieldValue } from "../field-value";
import { problemText } from "../problem-notice";
import styles from "./activity.module.css";

export function Timeline({ object, place }: { object: MetaObject; place: Place }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const timeline = useInfiniteQuery(timelineQuery(place));

  if (timeline.isPending) return <Bones lines={4} />;
  if (timeline.isError) return <p className="muted">{problemText(timeline.error, t)}</p>;
  const happenings = timeline.data.pages.flatMap((page) => page.items);
  if (happenings.length === 0) return <p className="muted">{t("history.empty")}</p>;
  return (
    <>
      <ol className={styles.feed}>
        {happenings.map((happening) => (
          <li key={keyOf(happening)} data-kind={happening.kind}>
            <What object={object} happening={happening} />
            <div className="muted">{formatDateTime(happening.at, locale)}</div>
          </li>
        ))}
      </ol>
      {timeline.hasNextPage && (
        <Button
          size="small"
          style={{ marginTop: 14 }}
          loading={busy(timeline.isFetchingNextPage)}
          onClick={() => void timeline.fetchNextPage()}
        >
          {t("activity.earlier")}
        </Button>
      )}
    </>
  );
}

function keyOf({ kind, at, change, remark, record }: Happening): string {
  return `${kind} ${at} ${change?.id ?? remark?.id ?? `${record?.object} ${record?.id}`}`;
}

function What({ object, happening }: { object: MetaObject; happening: Happening }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const dictionary = useDictionary();
  const { change, remark, record } = happening;
  if (remark) {
    return (
      <>
        <div>
          <strong>{remark.author || t("history.system")}</strong> {t(`activity.wrote.${remark.kind}`)}
        </div>
        <div className={styles.quote}>{remark.body}</div>
      </>
    );
  }
  if (record) {
    const other = dictionary.byName(record.object);
    return (
      <div>
        {t("activity.came", { object: other ? labelWithin(other.label, locale) : record.object })}{" "}
        <Link to="/$resource/$id" params={{ resource: record.resource, id: String(record.id) }}>
          {record.title}
        </Link>
      </div>
    );
  }
  if (!change) return null;
  return (
    <>
      <div>
        <strong>{change.actor_name || t("history.system")}</strong>{" "}
        {t(`history.${change.op}`, { defaultValue: change.op })}
      </div>
      {change.op === "update" && change.changes.map((one) => <Change key={one.field} object={object} change={one} />)}
    </>
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
