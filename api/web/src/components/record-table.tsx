// Records in rows: columns from the dictionary, virtualised, more are read as the reader scrolls.
// On a narrow screen every record is a card of two lines.
import { CaretDownOutlined, CaretUpOutlined } from "@ant-design/icons";
import { Link, useNavigate } from "@tanstack/react-router";
import { columnSizingFeature, createColumnHelper, tableFeatures, useTable } from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useEffect, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { CrmRecord, MetaField, MetaObject } from "@/api/types";
import { useLocale } from "@/i18n";
import { kindOf, labelIn, sortable, titleOf, valueIn } from "@/model/dictionary";
import { nextSort, type Sort } from "@/model/sort";
import { FieldValue, isNumeric } from "./field-value";
import styles from "./record-table.module.css";
import { useNarrow } from "./use-narrow";

const ROW = 42;
const CARD = 66;
const CHECK = 40;
const features = tableFeatures({ columnSizingFeature });
const helper = createColumnHelper<typeof features, CrmRecord>();

interface RecordTableProps {
  object: MetaObject;
  fields: MetaField[];
  records: CrmRecord[];
  sort: Sort | undefined;
  onSort: (sort: Sort | undefined) => void;
  /** All there are, when known. */
  total: number | undefined;
  more: { hasMore: boolean; loading: boolean; load: () => void };
  /** With it, rows can be chosen. */
  selection?: Selection | undefined;
}

export interface Selection {
  ids: ReadonlySet<number>;
  toggle: (ids: number[], on: boolean) => void;
}

export function RecordTable({ object, fields, records, sort, onSort, total, more, selection }: RecordTableProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const narrow = useNarrow();
  const navigate = useNavigate();
  const frame = useRef<HTMLDivElement>(null);

  const columns = useMemo(
    () =>
      helper.columns(
        fields.map((field, index) =>
          helper.display({
            id: field.name,
            header: labelIn(field.label, locale),
            size: index === 0 ? Math.max(200, widthOf(field)) : widthOf(field),
          }),
        ),
      ),
    [fields, locale],
  );
  const table = useTable({ features, columns, data: records, getRowId: (record) => String(record.id) });
  const rows = table.getRowModel().rows;
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => (narrow ? CARD : ROW),
    getItemKey: (index) => rows[index]?.id ?? index,
    overscan: 12,
  });
  const visible = virtualizer.getVirtualItems();
  const lastVisible = visible.at(-1)?.index ?? 0;

  // biome-ignore lint/correctness/useExhaustiveDependencies: sizes change with the layout
  useEffect(() => virtualizer.measure(), [narrow]);
  useEffect(() => {
    if (more.hasMore && !more.loading && lastVisible >= rows.length - 25) more.load();
  }, [more, lastVisible, rows.length]);

  const open = (record: CrmRecord) =>
    void navigate({ to: "/$resource/$id", params: { resource: object.resource, id: String(record.id) } });

  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region is reached by keyboard
    <section className={styles.frame} ref={frame} tabIndex={0} aria-label={labelIn(object.label_plural, locale)}>
      <div
        role="table"
        aria-rowcount={total === undefined ? -1 : total + 1}
        aria-colcount={fields.length + (selection ? 1 : 0)}
      >
        {narrow ? (
          <div role="rowgroup" className="visually-hidden">
            <div role="row">
              <div role="columnheader">{labelIn(object.label, locale)}</div>
            </div>
          </div>
        ) : (
          <div
            role="rowgroup"
            className={styles.head}
            style={{ width: table.getTotalSize() + (selection ? CHECK : 0) }}
          >
            <div role="row" style={{ display: "flex", width: "100%" }}>
              {selection && (
                <div role="columnheader" className={styles.check}>
                  <input
                    type="checkbox"
                    aria-label={t("bulk.selectAll")}
                    checked={records.length > 0 && records.every(({ id }) => selection.ids.has(id))}
                    onChange={(event) =>
                      selection.toggle(
                        records.map(({ id }) => id),
                        event.target.checked,
                      )
                    }
                  />
                </div>
              )}
              {fields.map((field, index) => (
                <HeadCell
                  key={field.name}
                  field={field}
                  width={columns[index]?.size ?? 160}
                  sort={sort}
                  onSort={onSort}
                />
              ))}
            </div>
          </div>
        )}
        <div
          role="rowgroup"
          className={styles.body}
          style={{
            height: virtualizer.getTotalSize(),
            width: narrow ? "100%" : table.getTotalSize() + (selection ? CHECK : 0),
          }}
        >
          {visible.map((item) => {
            const record = rows[item.index]?.original;
            if (!record) return null;
            return (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the title in the row is a link; the click is a shortcut
              <div
                key={item.key}
                role="row"
                tabIndex={-1}
                aria-rowindex={item.index + 2}
                className={narrow ? styles.card : styles.row}
                data-selected={selection?.ids.has(record.id)}
                style={{ transform: `translateY(${item.start}px)` }}
                onClick={(event) => {
                  if (!(event.target as Element).closest("a,button,input") && !window.getSelection()?.toString())
                    open(record);
                }}
              >
                {narrow ? (
                  <Card object={object} fields={fields} record={record} />
                ) : (
                  <>
                    {selection && (
                      <div role="cell" className={styles.check}>
                        <input
                          type="checkbox"
                          aria-label={t("bulk.selectOne", { title: titleOf(object, record) })}
                          checked={selection.ids.has(record.id)}
                          onChange={(event) => selection.toggle([record.id], event.target.checked)}
                        />
                      </div>
                    )}
                    {fields.map((field, index) => (
                      <div
                        role="cell"
                        key={field.name}
                        className={[styles.cell, index === 0 && styles.first, isNumeric(field) && styles.right]
                          .filter(Boolean)
                          .join(" ")}
                        style={{ flexBasis: columns[index]?.size }}
                      >
                        {index === 0 ? (
                          <RecordLink object={object} record={record}>
                            <FirstValue object={object} field={field} record={record} />
                          </RecordLink>
                        ) : (
                          <FieldValue field={field} record={record} />
                        )}
                      </div>
                    ))}
                  </>
                )}
              </div>
            );
          })}
        </div>
      </div>
      <div className={styles.foot} aria-live="polite">
        {more.hasMore ? t("list.loadingMore") : t("list.end", { count: rows.length })}
      </div>
    </section>
  );
}

function HeadCell({
  field,
  width,
  sort,
  onSort,
}: {
  field: MetaField;
  width: number;
  sort: Sort | undefined;
  onSort: (sort: Sort | undefined) => void;
}) {
  const locale = useLocale();
  const active = sort?.field === field.name ? sort : undefined;
  return (
    <div
      role="columnheader"
      className={[styles.headCell, isNumeric(field) && styles.right].filter(Boolean).join(" ")}
      style={{ flexBasis: width }}
      aria-sort={active ? (active.descending ? "descending" : "ascending") : undefined}
    >
      {sortable(field) ? (
        <button
          type="button"
          className={styles.sort}
          data-sorted={active !== undefined}
          onClick={() => onSort(nextSort(field.name, sort))}
        >
          {labelIn(field.label, locale)}
          {active &&
            (active.descending ? (
              <CaretDownOutlined className={styles.arrow} aria-hidden />
            ) : (
              <CaretUpOutlined className={styles.arrow} aria-hidden />
            ))}
        </button>
      ) : (
        labelIn(field.label, locale)
      )}
    </div>
  );
}

function RecordLink({ object, record, children }: { object: MetaObject; record: CrmRecord; children: ReactNode }) {
  return (
    <Link to="/$resource/$id" params={{ resource: object.resource, id: String(record.id) }}>
      {children}
    </Link>
  );
}

/** The first column leads to the record, so it always shows something. */
function FirstValue({ object, field, record }: { object: MetaObject; field: MetaField; record: CrmRecord }) {
  const value = record[field.name];
  if (value == null || value === "" || typeof value === "object") return titleOf(object, record);
  return String(value);
}

function Card({ object, fields, record }: { object: MetaObject; fields: MetaField[]; record: CrmRecord }) {
  const rest = fields.filter((field) => field.name !== object.title && valueIn(record, field) != null);
  const figure = rest.find(isNumeric);
  return (
    <div role="cell">
      <div className={styles.cardTop}>
        <span>
          <RecordLink object={object} record={record}>
            {titleOf(object, record)}
          </RecordLink>
        </span>
        {figure && <FieldValue field={figure} record={record} />}
      </div>
      <div className={styles.cardRest}>
        {rest
          .filter((field) => field !== figure)
          .slice(0, 3)
          .map((field) => (
            <FieldValue key={field.name} field={field} record={record} />
          ))}
      </div>
    </div>
  );
}

function widthOf(field: MetaField): number {
  switch (kindOf(field)) {
    case "bool":
      return 90;
    case "integer":
    case "percent":
      return 110;
    case "choice":
    case "date":
    case "user":
    case "department":
      return 120;
    case "money":
    case "decimal":
    case "big_integer":
    case "auto_number":
      return 140;
    case "date_time":
      return 170;
    case "email":
    case "url":
    case "reference":
      return 200;
    default:
      return 150;
  }
}
