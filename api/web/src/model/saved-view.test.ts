import { describe, expect, it } from "vitest";
import { differs, searchOf, viewOf } from "./saved-view";

const filter = { all: [{ field: "region", op: "eq" as const, value: "east" }] };

describe("a saved view", () => {
  it("comes back as it was saved", () => {
    const search = { filter, sort: "-amount", columns: ["number", "amount"], q: "tea", tag: "VIP" };
    expect(searchOf({ id: 7, definition: viewOf(search) })).toEqual({ ...search, view: 7 });
  });

  it("says nothing of what a list leaves out", () => {
    expect(viewOf({})).toEqual({ fields: [], sort: [] });
    expect(searchOf({ id: 1, definition: { fields: [], sort: [] } })).toEqual({ view: 1 });
  });

  it("knows whether the list was changed since", () => {
    const definition = viewOf({ filter, sort: "name" });
    expect(differs({ view: 3, filter, sort: "name" }, definition)).toBe(false);
    expect(differs({ view: 3, filter, sort: "-name" }, definition)).toBe(true);
    expect(differs({ view: 3, sort: "name" }, definition)).toBe(true);
  });
});
