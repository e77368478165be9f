import { describe, expect, it } from "vitest";
import type { MetaObject } from "@/api/types";
import en from "@/i18n/en.json";
import { Dictionary } from "@/model/dictionary";
import { navigationGroups } from "./navigation-groups";

const object = (name: string, area: string) =>
  ({ name, area, resource: `${name}s`, fields: [] }) as unknown as MetaObject;
const groups = (...objects: MetaObject[]) =>
  navigationGroups(new Dictionary(objects)).map(({ group, objects: members }) => [
    group,
    members.map(({ name }) => name),
  ]);

describe("the navigation", () => {
  it("puts what administrators define, and areas it doesn't know, under one heading before the organisation", () => {
    const all = [object("user", "organisation"), object("x_asset", "custom"), object("ticket", "service_desk")];
    expect(groups(object("customer", "customer"), ...all)).toEqual([
      ["customer", ["customer"]],
      ["custom", ["x_asset", "ticket"]],
      ["organisation", ["user"]],
    ]);
  });

  it("has a heading in words for every group", () => {
    const areas = ["customer", "order", "billing", "campaign", "activity", "organisation", "custom", "no such area"];
    for (const [group] of groups(...areas.map((area, at) => object(`o${at}`, area)))) {
      expect(en.nav.group).toHaveProperty(group as string);
    }
  });
});
