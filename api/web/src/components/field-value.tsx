// A value as its field's kind is read: money with currency, choices with their label and colour, references as links.
import { CheckOutlined } from "@ant-design/icons";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useDictionary } from "@/api/meta";
import type { CrmRecord, MetaField } from "@/api/types";
import { useLocale } from "@/i18n";
import { kindOf, labelIn, optionOf, referencedObject, referenceIn, valueIn } from "@/model/dictionary";
import { formatDate, formatDateTime, formatMoney, formatNumber } from "@/model/format";
import { Pill } from "./pill";

/** Kinds that are read from the right. */
export function isNumeric(field: MetaField): boolean {
  return ["integer", "big_integer", "decimal", "money", "percent"].includes(kindOf(field));
}

export function FieldValue({ field, record }: { field: MetaField; record: CrmRecord }) {
  const locale = useLocale();
  const { t } = useTranslation();
  const value = valueIn(record, field);

  switch (kindOf(field)) {
    case "reference":
    case "user":
    case "department":
      return <ReferenceValue field={field} record={record} />;
    case "money":
      return <span className="number">{formatMoney(value, locale)}</span>;
    case "integer":
    case "big_integer":
    case "decimal":
      return <span className="number">{formatNumber(value, locale)}</span>;
    case "percent":
      return value == null ? null : <span className="number">{formatNumber(value, locale)} %</span>;
    case "date":
      return <span className="number">{formatDate(value, locale)}</span>;
    case "date_time":
      return <span className="number">{formatDateTime(value, locale)}</span>;
    case "bool":
      return value === true ? (
        <CheckOutlined aria-label={t("value.yes")} style={{ color: "var(--accent)" }} />
      ) : value === false ? (
        <span className="muted">{t("value.no")}</span>
      ) : null;
    case "choice":
    case "multi_choice":
      return <Choices field={field} values={Array.isArray(value) ? value : value == null ? [] : [value]} />;
    case "email":
      return value ? <a href={`mailto:${String(value)}`}>{String(value)}</a> : null;
    case "phone":
      return value ? <a href={`tel:${String(value)}`}>{String(value)}</a> : null;
    case "url":
      return value ? (
        <a href={webAddress(String(value))} target="_blank" rel="noreferrer noopener">
          {String(value)}
        </a>
      ) : null;
    case "json":
      return value == null ? null : <code>{JSON.stringify(value)}</code>;
    case "long_text":
      return value == null ? null : <span style={{ whiteSpace: "pre-wrap" }}>{String(value)}</span>;
    case "rich_text":
      return value == null ? null : <span style={{ whiteSpace: "pre-wrap" }}>{plainText(String(value))}</span>;
    case "duration":
      return value == null ? null : <span className="number">{formatDuration(Number(value))}</span>;
    case "address":
    case "geo_point":
      return value && typeof value === "object" ? <span>{(value as { line: string }).line}</span> : null;
    default:
      return value == null || typeof value === "object" ? null : <span>{String(value)}</span>;
  }
}

/** Words without mark-up. */
function plainText(html: string): string {
  return new DOMParser().parseFromString(html, "text/html").body.textContent ?? "";
}

function formatDuration(seconds: number): string {
  const sign = seconds < 0 ? "-" : "";
  const whole = Math.abs(seconds);
  const pad = (part: number) => String(part).padStart(2, "0");
  const rest = whole % 60 ? `:${pad(whole % 60)}` : "";
  return `${sign}${Math.floor(whole / 3600)}:${pad(Math.floor(whole / 60) % 60)}${rest}`;
}

function Choices({ field, values }: { field: MetaField; values: unknown[] }) {
  const locale = useLocale();
  return values.map((value) => {
    const option = optionOf(field, value);
    const text = option ? labelIn(option.label, locale) : String(value);
    return option?.color || values.length > 1 ? (
      <Pill key={String(value)} colour={option?.color}>
        {text}
      </Pill>
    ) : (
      <span key={String(value)}>{text}</span>
    );
  });
}

function ReferenceValue({ field, record }: { field: MetaField; record: CrmRecord }) {
  const dictionary = useDictionary();
  const target = referenceIn(record, field);
  const object = dictionary.byName(referencedObject(field) ?? "");
  if (!target) return null;
  const text = target.title ?? `#${target.id}`;
  if (!object?.rights.read) return <span>{text}</span>;
  return (
    <Link
      to="/$resource/$id"
      params={{ resource: object.resource, id: String(target.id) }}
      onClick={(event) => event.stopPropagation()}
    >
      {text}
    </Link>
  );
}

/** Only http and https may be followed. */
function webAddress(text: string): string {
  return /^https?:\/\//i.test(text) ? text : `https://${text.replace(/^[a-z]+:/i, "")}`;
}
