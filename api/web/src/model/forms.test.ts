import { describe, expect, it } from "vitest";
import type { MetaField, MetaObject } from "@/api/types";
import { dayField, monthBeside, stageField, weeksOf } from "./forms";

const field = (name: string, kind: string, more: Partial<MetaField> = {}) =>
  ({ name, kind, key: name, system: false, ...more }) as MetaField;
const object = (...fields: MetaField[]) => ({ fields }) as MetaObject;
const options = ["a", "b"].map((value) => ({ value, label: { en: value, zh: value }, active: true }));

describe("forms of a list", () => {
  it("a board needs a choice of stages", () => {
    expect(stageField(object(field("status", "text")))).toBeUndefined();
    expect(stageField(object(field("level", "choice", { options })))).toBeUndefined();
    expect(stageField(object(field("status", "choice", { options })))?.name).toBe("status");
    expect(
      stageField(object(field("status", "choice", { options }), field("stage", "choice", { options })))?.name,
    ).toBe("stage");
  });

  it("a calendar takes the day that plans, else any day, never one of the system's", () => {
    expect(dayField(object(field("created_at", "date_time", { system: true })))).toBeUndefined();
    expect(dayField(object(field("ordered_on", "date"), field("due_on", "date")))?.name).toBe("due_on");
    expect(dayField(object(field("ordered_on", "date")))?.name).toBe("ordered_on");
  });

  it("a month is whole weeks from Monday", () => {
    const weeks = weeksOf("2026-11");
    expect(weeks[0]?.[0]).toBe("2026-10-26");
    expect(weeks.at(-1)?.[6]).toBe("2026-12-06");
    expect(weeksOf("2027-02")).toHaveLength(4);
  });

  it("months follow each other over the year's end", () => {
    expect(monthBeside("2026-12", 1)).toBe("2027-01");
    expect(monthBeside("2026-01", -1)).toBe("2025-12");
  });
});
