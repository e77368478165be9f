import { describe, expect, it } from "vitest";
import type { MetaField, MetaObject } from "@/api/types";
import { isDemanded, isShown, sectionsOf } from "./layout";

const field = (name: string, group = "general", more: Partial<MetaField> = {}) =>
  ({ name, group, ...more }) as MetaField;
const fields = [field("created", "system"), field("name"), field("city", "contact")];
const label = (en: string) => ({ en, zh: en });
const object = (layouts: MetaObject["layouts"]) => ({ fields, layouts }) as MetaObject;
const names = (layouts: MetaObject["layouts"], values = {}) =>
  sectionsOf(object(layouts), fields, values).map(({ group, fields: members }) => [
    group,
    members.map(({ name }) => name),
  ]);

describe("sections", () => {
  it("are the groups of the dictionary, the system's last, as long as nobody laid them out", () => {
    expect(names([])).toEqual([
      ["general", ["name"]],
      ["contact", ["city"]],
      ["system", ["created"]],
    ]);
  });

  it("follow the layout; one for such records goes before the one for all", () => {
    const all = { id: 1, sections: [{ label: label("All"), fields: ["city", "name"] }] };
    const some = {
      id: 2,
      shown_for: { field: "kind", op: "eq", value: "person" },
      sections: [
        { label: label("Person"), fields: ["name"] },
        { label: label("Hidden"), fields: ["no such field"] },
      ],
    };
    expect(names([all, some])).toEqual([["All", ["city", "name"]]]);
    expect(names([all, some], { kind: "person" })).toEqual([["Person", ["name"]]]);
  });

  it("show and demand fields by what is filled in", () => {
    const lost = { field: "status", op: "eq", value: "lost" };
    const reason = field("reason", "general", { shown_when: lost, required_when: lost });
    expect([isShown(reason, { status: "open" }), isDemanded(reason, { status: "open" })]).toEqual([false, false]);
    expect([isShown(reason, { status: "lost" }), isDemanded(reason, { status: "lost" })]).toEqual([true, true]);
  });
});
