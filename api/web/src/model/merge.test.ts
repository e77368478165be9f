import { describe, expect, it } from "vitest";
import type { MetaField } from "@/api/types";
import { differingFields } from "./merge";

const field = (name: string, kind = "text", key = name) => ({ name, kind, key }) as MetaField;

describe("fields that two records say differently", () => {
  it("are those whose values differ; empty text is nothing", () => {
    const fields = [field("name"), field("city"), field("note")];
    const differing = differingFields(
      fields,
      { id: 1, name: "A", city: "", note: null },
      { id: 2, name: "B", city: null },
    );
    expect(differing.map(({ name }) => name)).toEqual(["name"]);
  });

  it("include references only when they point elsewhere", () => {
    const fields = [field("owner", "user", "owner_id")];
    const one = { id: 1, owner_id: 5, owner: { id: 5, title: "Li" } };
    expect(differingFields(fields, one, { id: 2, owner_id: 5 })).toEqual([]);
    expect(differingFields(fields, one, { id: 2, owner_id: 6 })).toHaveLength(1);
  });
});
