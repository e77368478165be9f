// Numbers, money, dates and durations in the reader's language.
import type { Locale, Money } from "@/api/types";

const TAG: Record<Locale, string> = { en: "en-GB", zh: "zh-CN" };
const cache = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat>();

function numbers(locale: Locale, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `n${locale}${JSON.stringify(options)}`;
  let format = cache.get(key) as Intl.NumberFormat | undefined;
  if (!format) {
    format = new Intl.NumberFormat(TAG[locale], options);
    cache.set(key, format);
  }
  return format;
}

function dates(locale: Locale, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `d${locale}${JSON.stringify(options)}`;
  let format = cache.get(key) as Intl.DateTimeFormat | undefined;
  if (!format) {
    format = new Intl.DateTimeFormat(TAG[locale], options);
    cache.set(key, format);
  }
  return format;
}

/** Decimals travel as strings; anything that is no number gives undefined. */
export function toNumber(value: unknown): number | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  if (typeof value === "string" && value.trim() !== "") {
    const number = Number(value);
    return Number.isFinite(number) ? number : undefined;
  }
  if (value && typeof value === "object" && "amount" in value)
    return toNumber((value as Money).base ?? (value as Money).amount);
  return undefined;
}

export function formatNumber(value: unknown, locale: Locale, maximumFractionDigits = 3): string {
  const number = toNumber(value);
  return number === undefined ? "" : numbers(locale, { maximumFractionDigits }).format(number);
}

/** 1,234,567 → 1.2M or 123万. */
export function formatCompact(value: unknown, locale: Locale): string {
  const number = toNumber(value);
  return number === undefined
    ? ""
    : numbers(locale, { notation: "compact", maximumFractionDigits: Math.abs(number) < 1000 ? 0 : 1 }).format(number);
}

export function formatPercent(share: unknown, locale: Locale, digits = 1): string {
  const number = toNumber(share);
  return number === undefined
    ? ""
    : numbers(locale, { style: "percent", maximumFractionDigits: digits }).format(number);
}

export function formatMoney(value: unknown, locale: Locale, currency = "USD"): string {
  const money = value && typeof value === "object" && "amount" in value ? (value as Money) : undefined;
  const number = money ? toNumber(money.amount) : toNumber(value);
  if (number === undefined) return "";
  return numbers(locale, {
    style: "currency",
    currency: money?.currency || currency,
    currencyDisplay: "narrowSymbol",
  }).format(number);
}

export function formatCompactMoney(value: unknown, locale: Locale, currency = "USD"): string {
  const number = toNumber(value);
  if (number === undefined) return "";
  return numbers(locale, {
    style: "currency",
    currency,
    currencyDisplay: "narrowSymbol",
    notation: "compact",
    maximumFractionDigits: 1,
  }).format(number);
}

/** A calendar day has no time zone: it is shown as written. */
export function formatDate(value: unknown, locale: Locale): string {
  if (typeof value !== "string" || !/^\d{4}-\d{2}-\d{2}/.test(value)) return "";
  const day = new Date(`${value.slice(0, 10)}T00:00:00Z`);
  return dates(locale, { dateStyle: "medium", timeZone: "UTC" }).format(day);
}

export function formatMonth(value: string, locale: Locale): string {
  const day = new Date(`${value.slice(0, 7)}-01T00:00:00Z`);
  return Number.isNaN(day.getTime())
    ? value
    : dates(locale, { month: "short", year: "2-digit", timeZone: "UTC" }).format(day);
}

/** The month in full, as a heading: November 2026, 2026年11月. */
export function formatWholeMonth(value: string, locale: Locale): string {
  const day = new Date(`${value.slice(0, 7)}-01T00:00:00Z`);
  return dates(locale, { month: "long", year: "numeric", timeZone: "UTC" }).format(day);
}

export function formatDateTime(value: unknown, locale: Locale): string {
  if (typeof value !== "string") return "";
  const instant = new Date(value);
  return Number.isNaN(instant.getTime())
    ? ""
    : dates(locale, { dateStyle: "medium", timeStyle: "short" }).format(instant);
}

/** 180 → 180 ms, 2400 → 2.4 s, 90000 → 1.5 min. */
export function formatDuration(ms: number, locale: Locale): string {
  if (ms < 1000) return unit(Math.round(ms), "millisecond", locale);
  if (ms < 60_000) return unit(ms / 1000, "second", locale);
  return unit(ms / 60_000, "minute", locale);
}

function unit(value: number, name: string, locale: Locale): string {
  return numbers(locale, { style: "unit", unit: name, unitDisplay: "short", maximumFractionDigits: 1 }).format(value);
}

export function formatBytes(bytes: number, locale: Locale): string {
  const steps = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];
  let step = 0;
  let value = bytes;
  while (value >= 1000 && step < steps.length - 1) {
    value /= 1000;
    step += 1;
  }
  return unit(value, steps[step] ?? "byte", locale);
}
