// Whether a condition holds for values at hand: for fields that are shown or demanded only then. The server has the last word.
import type { Money } from "@/api/types";
import { type Comparison, type Condition, isComparison } from "./condition";

/** Undefined when it can't be told here, such as of a field of another record. */
export function holds(condition: Condition, values: Record<string, unknown>): boolean | undefined {
  if (isComparison(condition)) return compares(condition, values);
  if ("not" in condition) {
    const inner = holds(condition.not, values);
    return inner === undefined ? undefined : !inner;
  }
  const all = "all" in condition;
  const parts = (all ? condition.all : condition.any).map((part) => holds(part, values));
  if (parts.includes(!all)) return !all;
  return parts.includes(undefined) ? undefined : all;
}

function compares({ field, op, value }: Comparison, values: Record<string, unknown>): boolean | undefined {
  if (field.includes(".")) return undefined;
  const given = plain(values[field]);
  const empty = given === undefined || given === null || given === "" || (Array.isArray(given) && given.length === 0);
  switch (op) {
    case "is_empty":
      return empty;
    case "eq":
      return same(given, value);
    case "ne":
      return !same(given, value);
    case "in":
      return Array.isArray(value) ? value.some((one) => same(given, one)) : undefined;
    case "contains":
      return Array.isArray(given) ? given.includes(value) : text(given).includes(text(value));
    case "starts_with":
      return text(given).startsWith(text(value));
    case "lt":
    case "le":
    case "gt":
    case "ge":
      return empty ? false : ordered(op, order(given, value));
    case "between":
      if (empty || !Array.isArray(value)) return false;
      return order(given, value[0]) >= 0 && order(given, value[1]) <= 0;
    default:
      return undefined;
  }
}

function plain(value: unknown): unknown {
  if (!value || typeof value !== "object" || Array.isArray(value)) return value;
  if ("amount" in value) return (value as Money).amount;
  return "id" in value ? (value as { id: number }).id : value;
}

function same(one: unknown, other: unknown): boolean {
  return one === other || (one != null && other != null && String(one) === String(other));
}

function text(value: unknown): string {
  return value == null ? "" : String(value).toLowerCase();
}

/** Numbers by size, everything else (days, moments, texts) as written. */
function order(one: unknown, other: unknown): number {
  const [a, b] = [Number(one), Number(other)];
  if (!Number.isNaN(a) && !Number.isNaN(b)) return a - b;
  return String(one) < String(other) ? -1 : String(one) > String(other) ? 1 : 0;
}

function ordered(op: "lt" | "le" | "gt" | "ge", difference: number): boolean {
  return { lt: difference < 0, le: difference <= 0, gt: difference > 0, ge: difference >= 0 }[op];
}
