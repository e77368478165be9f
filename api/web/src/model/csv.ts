// A query result as CSV (RFC 4180), with a byte order mark so that spreadsheets read Chinese.
import type { SqlResult } from "@/api/types";

export function toCsv({ columns, rows }: Pick<SqlResult, "columns" | "rows">): string {
  const lines = [columns.map((column) => column.name), ...rows].map((row) => (row as unknown[]).map(cell).join(","));
  return `\uFEFF${lines.join("\r\n")}\r\n`;
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return "";
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  // A leading formula sign would be run by spreadsheets; numbers keep theirs.
  const safe = /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
