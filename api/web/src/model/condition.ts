// The condition language of filters and segments: {"all":[{"field":"region","op":"eq","value":"east"}]}.
import type { MetaField } from "@/api/types";
import { type FieldKind, kindOf } from "./dictionary";

export type Operator =
  | "eq"
  | "ne"
  | "lt"
  | "le"
  | "gt"
  | "ge"
  | "in"
  | "between"
  | "contains"
  | "starts_with"
  | "is_empty";

export interface Comparison {
  field: string;
  op: Operator;
  value?: unknown;
}

export type Condition = { all: Condition[] } | { any: Condition[] } | { not: Condition } | Comparison;

/** A flat list of comparisons under one connective: what the editor can show and change. */
export interface FlatCondition {
  join: "all" | "any";
  comparisons: Comparison[];
}

const TEXT: Operator[] = ["contains", "eq", "ne", "starts_with", "is_empty"];
const ORDERED: Operator[] = ["eq", "ne", "lt", "le", "gt", "ge", "between", "is_empty"];
const CHOICE: Operator[] = ["in", "eq", "ne", "is_empty"];

const OPERATORS: Record<FieldKind, Operator[]> = {
  text: TEXT,
  long_text: ["contains", "is_empty"],
  email: TEXT,
  phone: TEXT,
  url: TEXT,
  auto_number: TEXT,
  integer: ORDERED,
  big_integer: ORDERED,
  decimal: ORDERED,
  money: ORDERED,
  percent: ORDERED,
  date: ["between", "eq", "lt", "le", "gt", "ge", "is_empty"],
  date_time: ["between", "lt", "gt", "is_empty"],
  bool: ["eq"],
  choice: CHOICE,
  multi_choice: ["contains", "is_empty"],
  reference: ["eq", "ne", "is_empty"],
  user: ["eq", "ne", "is_empty"],
  department: ["eq", "ne", "is_empty"],
  json: ["is_empty"],
  rich_text: ["contains", "is_empty"],
  duration: ORDERED,
  address: TEXT,
  geo_point: ["is_empty"],
  file: ["is_empty"],
  image: ["is_empty"],
};

export function operatorsFor(field: MetaField): Operator[] {
  return OPERATORS[kindOf(field)] ?? ["eq", "is_empty"];
}

/** Fields a person can filter by. */
export function filterable(field: MetaField): boolean {
  return kindOf(field) !== "json";
}

export function isComparison(condition: Condition): condition is Comparison {
  return "field" in condition;
}

/** Null when the condition nests deeper than the editor can show. */
export function flatten(condition: Condition | undefined): FlatCondition | null {
  if (!condition) return { join: "all", comparisons: [] };
  if (isComparison(condition)) return { join: "all", comparisons: [condition] };
  const [join, parts] =
    "all" in condition
      ? (["all", condition.all] as const)
      : "any" in condition
        ? (["any", condition.any] as const)
        : (["all", null] as const);
  return parts?.every(isComparison) ? { join, comparisons: parts } : null;
}

export function unflatten(flat: FlatCondition): Condition | undefined {
  const complete = flat.comparisons.filter(isComplete);
  if (complete.length === 0) return undefined;
  return flat.join === "all" ? { all: complete } : { any: complete };
}

export function isComplete({ op, value }: Comparison): boolean {
  if (op === "is_empty") return true;
  if (value === undefined || value === null || value === "") return false;
  if (op === "between") return Array.isArray(value) && value.length === 2 && value.every((v) => v !== null && v !== "");
  return !(Array.isArray(value) && value.length === 0);
}

/** Reads a condition out of an address; anything else is ignored. */
export function parseCondition(value: unknown): Condition | undefined {
  if (typeof value === "string") {
    try {
      return parseCondition(JSON.parse(value));
    } catch {
      return undefined;
    }
  }
  if (!value || typeof value !== "object") return undefined;
  const c = value as Record<string, unknown>;
  if (Array.isArray(c.all) || Array.isArray(c.any)) {
    const key = Array.isArray(c.all) ? "all" : "any";
    const parts = (c[key] as unknown[]).map(parseCondition);
    return parts.every((part) => part !== undefined) ? ({ [key]: parts } as Condition) : undefined;
  }
  if (c.not !== undefined) {
    const inner = parseCondition(c.not);
    return inner ? { not: inner } : undefined;
  }
  return typeof c.field === "string" && typeof c.op === "string" ? (c as unknown as Comparison) : undefined;
}
