// In which forms an object's records can be shown beside the table: by a field of stages, or by a day.
import type { MetaField, MetaObject } from "@/api/types";
import { isSystemField, kindOf } from "./dictionary";

const STAGES = ["stage", "status", "state"];
/** Days that plan work come before days that only record it. */
const DAYS = [
  "starts_at",
  "start_at",
  "starts_on",
  "due_on",
  "due_at",
  "planned_on",
  "expected_on",
  "close_on",
  "ends_on",
];

/** The field whose options are the columns of a board. */
export function stageField(object: MetaObject): MetaField | undefined {
  const choices = object.fields.filter((field) => kindOf(field) === "choice" && (field.options?.length ?? 0) > 1);
  return STAGES.map((name) => choices.find((field) => field.name === name)).find((field) => field !== undefined);
}

/** The day or moment under which a record stands in a calendar. */
export function dayField(object: MetaObject): MetaField | undefined {
  const days = object.fields.filter(
    (field) => ["date", "date_time"].includes(kindOf(field)) && !isSystemField(field) && !field.system,
  );
  return DAYS.map((name) => days.find((field) => field.name === name)).find((field) => field !== undefined) ?? days[0];
}

/** The six weeks around a month, each a list of seven days (`2026-11-01`), beginning on Monday. */
export function weeksOf(month: string): string[][] {
  const first = new Date(`${month}-01T00:00:00Z`);
  const back = (first.getUTCDay() + 6) % 7;
  const day = (offset: number) => new Date(first.getTime() + offset * 86_400_000).toISOString().slice(0, 10);
  const weeks = Array.from({ length: 6 }, (_, week) => Array.from({ length: 7 }, (_, at) => day(week * 7 + at - back)));
  return weeks.filter((week) => week.some((one) => one.startsWith(month)));
}

export function monthBeside(month: string, step: number): string {
  const [year = 0, number = 1] = month.split("-").map(Number);
  return new Date(Date.UTC(year, number - 1 + step, 1)).toISOString().slice(0, 7);
}

/** The day of the reader's own clock. */
export function localDay(instant: Date): string {
  const pad = (part: number) => String(part).padStart(2, "0");
  return `${instant.getFullYear()}-${pad(instant.getMonth() + 1)}-${pad(instant.getDate())}`;
}
