import { describe, expect, it } from "vitest";
import { type Branch, treeOf } from "./tree";

const names = (branches: Branch[]): unknown =>
  branches.map(({ record, below }) => (below.length > 0 ? [record.id, names(below)] : record.id));

describe("a tree", () => {
  it("puts each below its parent, and on top whose parent one may not see", () => {
    const records = [{ id: 1 }, { id: 2, parent_id: 1 }, { id: 3, parent: { id: 2 } }, { id: 4, parent_id: 99 }];
    expect(names(treeOf(records))).toEqual([[1, [[2, [3]]]], 4]);
  });

  it("ends in a circle", () => {
    expect(
      names(
        treeOf([
          { id: 1, parent_id: 2 },
          { id: 2, parent_id: 1 },
        ]),
      ),
    ).toEqual([[1, [2]]]);
  });
});
