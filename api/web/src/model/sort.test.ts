// The order of a list and its place in the address.
import { expect, it } from "vitest";
import { nextSort, parseSort, sortText } from "./sort";

it("goes from address to order and back", () => {
  for (const text of ["name", "-amount"]) expect(sortText(parseSort(text))).toBe(text);
  expect(parseSort(undefined)).toBeUndefined();
  expect(parseSort("-amount,name")).toEqual({ field: "amount", descending: true });
});

it("goes up, down, and back to the usual order", () => {
  const up = nextSort("name", undefined);
  const down = nextSort("name", up);
  expect([up, down, nextSort("name", down)]).toEqual([
    { field: "name", descending: false },
    { field: "name", descending: true },
    undefined,
  ]);
  expect(nextSort("amount", down)).toEqual({ field: "amount", descending: false });
});
