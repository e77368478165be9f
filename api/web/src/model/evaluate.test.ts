import { describe, expect, it } from "vitest";
import { holds } from "./evaluate";

const values = {
  level: "A",
  amount: { amount: "250.50", currency: "CNY" },
  owner: { id: 7 },
  tags: ["x"],
  due: "2026-05-01",
};

describe("a condition on values at hand", () => {
  it.each([
    [{ field: "level", op: "eq", value: "A" }, true],
    [{ field: "level", op: "in", value: ["B", "C"] }, false],
    [{ field: "amount", op: "ge", value: 250.5 }, true],
    [{ field: "amount", op: "lt", value: "30" }, false],
    [{ field: "owner", op: "eq", value: 7 }, true],
    [{ field: "tags", op: "contains", value: "x" }, true],
    [{ field: "due", op: "between", value: ["2026-04-01", "2026-05-01"] }, true],
    [{ field: "note", op: "is_empty" }, true],
    [{ field: "note", op: "gt", value: 1 }, false],
  ] as const)("%j is %s", (condition, expected) => {
    expect(holds(condition as never, values)).toBe(expected);
  });

  it("joins parts, and can't tell what hangs on other records", () => {
    const unknown = { field: "customer.level", op: "eq" as const, value: "A" };
    const yes = { field: "level", op: "eq" as const, value: "A" };
    expect(holds({ all: [yes, unknown] }, values)).toBeUndefined();
    expect(holds({ any: [yes, unknown] }, values)).toBe(true);
    expect(holds({ all: [{ not: yes }, unknown] }, values)).toBe(false);
  });
});
