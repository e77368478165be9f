import { describe, expect, it } from "vitest";
import type { MetaField, MetaObject } from "@/api/types";
import { Dictionary } from "./dictionary";
import { csvHeader, guessMapping, importTargets, missingTargets } from "./import-mapping";

const field = (name: string, en: string, zh: string, more: Partial<MetaField> = {}) =>
  ({ name, key: name, label: { en, zh }, kind: "text", system: false, readonly: false, ...more }) as MetaField;
const customer = {
  name: "customer",
  resource: "customers",
  fields: [field("code", "Customer code", "客户编号", { unique: true, required: true }), field("name", "Name", "名称")],
} as MetaObject;
const order = {
  name: "order",
  resource: "orders",
  fields: [
    field("id", "ID", "编号", { system: true, readonly: true }),
    field("customer", "Customer", "客户", {
      kind: "reference",
      key: "customer_id",
      reference: "customer",
      required: true,
    }),
    field("amount", "Amount", "金额", { kind: "money" }),
  ],
} as MetaObject;
const dictionary = new Dictionary([customer, order]);

describe("columns of a file", () => {
  it("may give fields, keys of references and parts of amounts, but nothing of the system", () => {
    expect(importTargets(dictionary, order, "en").map(({ name }) => name)).toEqual([
      "customer.code",
      "customer_id",
      "amount",
      "amount_currency",
      "amount_rate",
    ]);
  });

  it("are guessed by name and by the label in both languages", () => {
    const targets = importTargets(dictionary, customer, "en");
    expect(guessMapping(["客户编号", "NAME", "Colour"], targets)).toEqual({
      客户编号: "code",
      NAME: "name",
      Colour: "",
    });
  });

  it("are missing when nothing gives a required field", () => {
    const targets = importTargets(dictionary, order, "en");
    expect(missingTargets({ a: "amount" }, targets).map(({ field: { name } }) => name)).toEqual(["customer"]);
    expect(missingTargets({ a: "customer.code" }, targets)).toEqual([]);
  });

  it("are read from the first line, quotes and byte order mark taken off", () => {
    expect(csvHeader('\uFEFFcode,"Name, full","say ""hi"""\r\n1,2,3')).toEqual(["code", "Name, full", 'say "hi"']);
    expect(csvHeader('"two\nlines",b')).toEqual(["two\nlines", "b"]);
  });
});
