// Search and conditions above a list; each condition is a chip that can be changed or taken away.
import { CloseOutlined, FilterOutlined, SearchOutlined, TableOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { lazy, Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { MetaField, MetaObject } from "@/api/types";
import { useLocale } from "@/i18n";
import { type Comparison, type Condition, flatten, unflatten } from "@/model/condition";
import { Bones } from "./bones";
import { comparisonText } from "./comparison-text";
import { conditionText } from "./condition-text";
import styles from "./filter-bar.module.css";

const ConditionEditor = lazy(() => import("./condition-editor"));
const ColumnChooser = lazy(() => import("./column-chooser"));
const TYPING_MS = 250;

interface FilterBarProps {
  object: MetaObject;
  q: string | undefined;
  filter: Condition | undefined;
  onSearch: (q: string | undefined) => void;
  onFilter: (filter: Condition | undefined) => void;
  columns: MetaField[];
  onColumns: (columns: string[] | undefined) => void;
  tag: string | undefined;
  onTag: (tag: string | undefined) => void;
}

export function FilterBar({ object, q, filter, onSearch, onFilter, columns, onColumns, tag, onTag }: FilterBarProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const [open, setOpen] = useState<"filter" | "columns">();
  const toggle = (panel: "filter" | "columns") => setOpen(open === panel ? undefined : panel);
  const flat = flatten(filter);

  const without = (comparison: Comparison) => {
    if (flat) onFilter(unflatten({ ...flat, comparisons: flat.comparisons.filter((c) => c !== comparison) }));
  };

  return (
    <search className={styles.bar}>
      <SearchField value={q} onChange={onSearch} />
      <Button icon={<FilterOutlined aria-hidden />} aria-expanded={open === "filter"} onClick={() => toggle("filter")}>
        {t("list.filter")}
      </Button>
      <Button
        icon={<TableOutlined aria-hidden />}
        aria-expanded={open === "columns"}
        className={styles.wide}
        onClick={() => toggle("columns")}
      >
        {t("list.columns")}
      </Button>
      {tag && (
        <span className={styles.chip}>
          # {tag}
          <button
            type="button"
            className={styles.chipClose}
            aria-label={t("list.removeFilter", { filter: tag })}
            onClick={() => onTag(undefined)}
          >
            <CloseOutlined style={{ fontSize: 11 }} />
          </button>
        </span>
      )}
      {flat
        ? flat.comparisons.map((comparison) => (
            <span key={JSON.stringify(comparison)} className={styles.chip}>
              <button type="button" className={styles.chipText} onClick={() => setOpen("filter")}>
                {comparisonText(comparison, object, locale, t)}
              </button>
              <button
                type="button"
                className={styles.chipClose}
                aria-label={t("list.removeFilter", { filter: comparisonText(comparison, object, locale, t) })}
                onClick={() => without(comparison)}
              >
                <CloseOutlined style={{ fontSize: 11 }} />
              </button>
            </span>
          ))
        : filter && <span className={styles.chip}>{conditionText(filter, object, locale, t)}</span>}
      {filter && (
        <Button type="link" onClick={() => onFilter(undefined)}>
          {t("list.clearFilter")}
        </Button>
      )}
      {open === "columns" && (
        <div className={styles.editor}>
          <Suspense fallback={<Bones lines={3} />}>
            <ColumnChooser object={object} shown={columns} onChange={onColumns} />
          </Suspense>
        </div>
      )}
      {open === "filter" && (
        <div className={styles.editor}>
          <Suspense fallback={<Bones lines={3} />}>
            <ConditionEditor
              key={JSON.stringify(filter)}
              object={object}
              value={filter}
              onApply={(condition) => {
                onFilter(condition);
                setOpen(undefined);
              }}
            />
          </Suspense>
        </div>
      )}
    </search>
  );
}

function SearchField({ value, onChange }: { value: string | undefined; onChange: (q: string | undefined) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState(value ?? "");

  useEffect(() => setText(value ?? ""), [value]);
  useEffect(() => {
    if ((value ?? "") === text) return;
    const timer = setTimeout(() => onChange(text.trim() || undefined), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text, value, onChange]);

  return (
    <label className={styles.search}>
      <SearchOutlined aria-hidden />
      <input
        type="search"
        aria-label={t("list.search")}
        placeholder={t("list.search")}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
    </label>
  );
}
