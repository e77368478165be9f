// Records into forms and back.
import { describe, expect, it } from "vitest";
import type { MetaField } from "@/api/types";
import { changedValues, defaultValues, formValues, recordInput, withoutNulls } from "./form-values";

function field(name: string, kind: string, more: Partial<MetaField> = {}): MetaField {
  const label = { en: name, zh: name };
  const plain = { name, key: name, kind, label, group: "general", required: false, unique: false, readonly: false };
  return { ...plain, system: false, personal: false, custom: false, ...more };
}

const fields = [
  field("name", "text"),
  field("customer", "reference", { key: "customer_id", reference: "customer" }),
  field("amount", "money"),
  field("quantity", "decimal"),
  field("status", "choice", { default: "draft" }),
  field("home", "address"),
];
const record = {
  id: 1,
  version: 3,
  name: "A",
  customer: { id: 7, title: "Lotus" },
  customer_id: 7,
  amount: { amount: "12.00", currency: "USD", rate: "1", base: "12.00" },
  quantity: "2.500",
  status: null,
  home: { line: "苏州市星湖街", city: "苏州市", street: "星湖街" },
};

describe("a form", () => {
  it("starts with ids of references and amounts of money", () => {
    expect(formValues(fields, record)).toEqual({
      name: "A",
      customer: 7,
      amount: "12.00",
      quantity: "2.500",
      status: undefined,
      home: "苏州市星湖街",
    });
  });

  it("finds a reference that came as its id only", () => {
    expect(formValues(fields, { customer_id: 9 }).customer).toBe(9);
  });

  it("sends references by their column, decimals as text and emptied fields as null", () => {
    expect(recordInput(fields, { name: "", customer: 7, amount: "12.00", quantity: 2.5 })).toEqual({
      name: null,
      customer_id: 7,
      amount: "12.00",
      quantity: "2.5",
      status: null,
      home: null,
    });
  });

  it("sends of a change only what differs", () => {
    const before = recordInput(fields, formValues(fields, record));
    expect(changedValues(before, before)).toEqual({});
    expect(changedValues({ ...before, name: "B", customer_id: null }, before)).toEqual({
      name: "B",
      customer_id: null,
    });
  });

  it("leaves empty fields of a new record to the server and starts with the defaults", () => {
    expect(withoutNulls({ a: null, b: false, c: 0 })).toEqual({ b: false, c: 0 });
    expect(defaultValues(fields)).toEqual({ status: "draft" });
  });
});
