// Records on the days they are planned for, a month at a time; on a phone as an agenda.
import { LeftOutlined, RightOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { listedQuery } from "@/api/records";
import type { CrmRecord, MetaField, MetaObject } from "@/api/types";
import { useLocale } from "@/i18n";
import type { Condition } from "@/model/condition";
import { kindOf, labelIn, labelWithin, optionOf, titleOf } from "@/model/dictionary";
import { formatDate, formatWholeMonth } from "@/model/format";
import { dayField, localDay, monthBeside, stageField, weeksOf } from "@/model/forms";
import type { ListSearch } from "@/routes/list-search";
import { Bones } from "../bones";
import { pillColour } from "../pill";
import { ProblemNotice } from "../problem-notice";
import { useNarrow } from "../use-narrow";
import styles from "./calendar.module.css";

/** Entries of a month that are read at most. */
const MOST = 1000;
/** Entries of a day that fit its cell. */
const FIT = 4;

interface CalendarProps {
  object: MetaObject;
  search: ListSearch;
  onMonth: (month: string) => void;
}

export default function Calendar({ object, search, onMonth }: CalendarProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const narrow = useNarrow();
  const day = dayField(object);
  const stage = stageField(object);
  const today = localDay(new Date());
  const month = search.month ?? today.slice(0, 7);
  const weeks = weeksOf(month);
  const from = weeks[0]?.[0] ?? `${month}-01`;
  const to = weeks.at(-1)?.[6] ?? `${month}-28`;
  const span: Condition = { field: day?.name ?? "", op: "between", value: [from, to] };
  const entries = useQuery({
    ...listedQuery(
      {
        resource: object.resource,
        filter: search.filter ? { all: [search.filter, span] } : { all: [span] },
        q: search.q,
        tag: search.tag,
        sort: day?.name,
        fields: [object.title, ...(day ? [day.name] : []), ...(stage ? [stage.name] : [])],
      },
      MOST,
    ),
    enabled: day !== undefined,
  });
  if (!day) return <p className="muted">{t("calendar.none", { objects: labelWithin(object.label_plural, locale) })}</p>;
  if (entries.isError) return <ProblemNotice error={entries.error} retry={() => void entries.refetch()} />;

  const byDay = grouped(entries.data ?? [], day);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region is reached by keyboard
    <section className={styles.calendar} tabIndex={0} aria-label={labelIn(object.label_plural, locale)}>
      <div className={styles.head}>
        <Button
          icon={<LeftOutlined aria-hidden />}
          aria-label={t("calendar.before")}
          onClick={() => onMonth(monthBeside(month, -1))}
        />
        <Button
          icon={<RightOutlined aria-hidden />}
          aria-label={t("calendar.after")}
          onClick={() => onMonth(monthBeside(month, 1))}
        />
        <Button onClick={() => onMonth(today.slice(0, 7))}>{t("calendar.today")}</Button>
        <h2 aria-live="polite">{formatWholeMonth(month, locale)}</h2>
        <span className="muted">{t("calendar.by", { field: labelWithin(day.label, locale) })}</span>
        {(entries.data?.length ?? 0) >= MOST && <span className="muted">{t("calendar.most", { number: MOST })}</span>}
      </div>
      {entries.isPending ? (
        <Bones lines={10} height={30} />
      ) : narrow ? (
        <Agenda object={object} stage={stage} byDay={byDay} month={month} />
      ) : (
        <table className={styles.month}>
          <thead>
            <tr>
              {weeks[0]?.map((one) => (
                <th key={one} scope="col">
                  {weekday(one, locale)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {weeks.map((week) => (
              <tr key={week[0]}>
                {week.map((one) => (
                  <td key={one} data-other={!one.startsWith(month)} data-today={one === today}>
                    <time dateTime={one} className={styles.day}>
                      {Number(one.slice(8))}
                    </time>
                    <Entries object={object} stage={stage} records={byDay.get(one) ?? []} fit={FIT} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Agenda({
  object,
  stage,
  byDay,
  month,
}: {
  object: MetaObject;
  stage: MetaField | undefined;
  byDay: Map<string, CrmRecord[]>;
  month: string;
}) {
  const { t } = useTranslation();
  const locale = useLocale();
  const days = [...byDay.keys()].filter((day) => day.startsWith(month)).sort();
  if (days.length === 0) return <p className="muted">{t("calendar.empty")}</p>;
  return days.map((day) => (
    <section key={day} className={styles.agenda}>
      <h3>{formatDate(day, locale)}</h3>
      <Entries object={object} stage={stage} records={byDay.get(day) ?? []} />
    </section>
  ));
}

function Entries({
  object,
  stage,
  records,
  fit,
}: {
  object: MetaObject;
  stage: MetaField | undefined;
  records: CrmRecord[];
  fit?: number;
}) {
  const { t } = useTranslation();
  const shown = fit && records.length > fit ? records.slice(0, fit - 1) : records;
  const rest = records.slice(shown.length);
  const link = (record: CrmRecord) => (
    <li key={record.id}>
      <Link
        to="/$resource/$id"
        params={{ resource: object.resource, id: String(record.id) }}
        className={styles.entry}
        data-colour={pillColour(stage && optionOf(stage, record[stage.name])?.color)}
        title={titleOf(object, record)}
      >
        {titleOf(object, record)}
      </Link>
    </li>
  );
  return (
    <>
      <ul className={styles.entries}>{shown.map(link)}</ul>
      {rest.length > 0 && (
        <details className={styles.more}>
          <summary>{t("calendar.more", { number: rest.length })}</summary>
          <ul className={styles.entries}>{rest.map(link)}</ul>
        </details>
      )}
    </>
  );
}

function grouped(records: CrmRecord[], field: MetaField): Map<string, CrmRecord[]> {
  const days = new Map<string, CrmRecord[]>();
  for (const record of records) {
    const day = dayOf(record, field);
    days.set(day, [...(days.get(day) ?? []), record]);
  }
  return days;
}

/** A moment stands on the day of the reader's clock; a day where it is written. */
function dayOf(record: CrmRecord, field: MetaField): string {
  const value = String(record[field.name] ?? "");
  return kindOf(field) === "date_time" ? localDay(new Date(value)) : value.slice(0, 10);
}

function weekday(day: string, locale: string): string {
  return new Intl.DateTimeFormat(locale === "zh" ? "zh-CN" : "en-GB", { weekday: "short", timeZone: "UTC" }).format(
    new Date(`${day}T00:00:00Z`),
  );
}
