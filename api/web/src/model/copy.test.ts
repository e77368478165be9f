import { describe, expect, it } from "vitest";
import type { MetaField, MetaObject } from "@/api/types";
import { asksForUnique, copiedValues } from "./copy";

const field = (name: string, more: Partial<MetaField> = {}) =>
  ({ name, key: name, kind: "text", system: false, readonly: false, ...more }) as MetaField;
const code = field("code", { unique: true, required: true });
const owner = field("owner", { kind: "user", key: "owner_id", system: true });
const amount = field("amount", { kind: "money" });
const version = field("version", { system: true, readonly: true });
const object = (...fields: MetaField[]) => ({ fields }) as MetaObject;

describe("a copy", () => {
  it("takes everything but what is unique or the system's own", () => {
    const record = { id: 3, version: 9, code: "A", owner_id: 7, amount: { amount: "5.00", currency: "CNY" } };
    expect(copiedValues(object(code, owner, amount, version), record)).toEqual({ owner_id: 7, amount: "5.00" });
  });

  it("needs a person when something unique is demanded", () => {
    expect(asksForUnique(object(code))).toBe(true);
    expect(asksForUnique(object({ ...code, readonly: true }, amount))).toBe(false);
  });
});
