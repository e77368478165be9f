// Conditions between address, editor and server.
import { describe, expect, it } from "vitest";
import { type Condition, flatten, isComplete, parseCondition, unflatten } from "./condition";

const region: Condition = { field: "region", op: "in", value: ["east", "south"] };
const amount: Condition = { field: "amount", op: "between", value: [10, 20] };

describe("reading a condition out of an address", () => {
  it("takes objects and JSON text", () => {
    expect(parseCondition({ all: [region] })).toEqual({ all: [region] });
    expect(parseCondition(JSON.stringify({ any: [region, { not: amount }] }))).toEqual({
      any: [region, { not: amount }],
    });
  });

  it("ignores anything else", () => {
    for (const broken of ["{", "text", 7, null, {}, { all: [{}] }, { all: "x" }, { not: 3 }, { field: "a" }]) {
      expect(parseCondition(broken)).toBeUndefined();
    }
  });
});

describe("the flat form of the editor", () => {
  it("goes there and back", () => {
    for (const condition of [{ all: [region, amount] }, { any: [region] }] satisfies Condition[]) {
      const flat = flatten(condition);
      expect(flat && unflatten(flat)).toEqual(condition);
    }
    expect(flatten(region)).toEqual({ join: "all", comparisons: [region] });
    expect(flatten(undefined)).toEqual({ join: "all", comparisons: [] });
  });

  it("says no to what nests deeper", () => {
    expect(flatten({ all: [{ any: [region] }] })).toBeNull();
    expect(flatten({ not: region })).toBeNull();
  });

  it("leaves unfinished rows out", () => {
    expect(unflatten({ join: "all", comparisons: [{ field: "name", op: "contains", value: "" }, region] })).toEqual({
      all: [region],
    });
    expect(unflatten({ join: "any", comparisons: [] })).toBeUndefined();
  });

  it("knows when a comparison is finished", () => {
    expect(isComplete({ field: "a", op: "is_empty" })).toBe(true);
    expect(isComplete({ field: "a", op: "eq", value: false })).toBe(true);
    expect(isComplete({ field: "a", op: "eq", value: 0 })).toBe(true);
    expect(isComplete({ field: "a", op: "between", value: [1, null] })).toBe(false);
    expect(isComplete({ field: "a", op: "in", value: [] })).toBe(false);
  });
});
