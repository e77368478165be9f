// The dictionary's areas under the few headings of the navigation.
import type { MetaObject } from "@/api/types";
import type { Dictionary } from "@/model/dictionary";

const GROUP_OF: Record<string, string> = {
  customer: "customer",
  lead: "customer",
  order: "sales",
  billing: "sales",
  product: "sales",
  campaign: "marketing",
  organisation: "organisation",
};
const ORDER = ["customer", "sales", "marketing"];
const LAST = ["organisation"];

/** Parts of another record; reached from there. */
const PARTS = new Set([
  "order_line",
  "customer_unit",
  "contact_relation",
  "contact_purpose",
  "interest",
  "referral",
  "licence",
  "related_party",
  "credit_report",
  "history_entry",
]);

/** Within a group the work comes first. */
const FIRST = ["lead", "customer", "order", "segment", "user"];

export function navigationGroups(dictionary: Dictionary): { group: string; objects: MetaObject[] }[] {
  const groups = new Map<string, MetaObject[]>(ORDER.map((group) => [group, []]));
  for (const object of dictionary.objects) {
    if (PARTS.has(object.name)) continue;
    const group = GROUP_OF[object.area] ?? object.area;
    groups.set(group, [...(groups.get(group) ?? []), object]);
  }
  const rank = (object: MetaObject) => (FIRST.includes(object.name) ? 0 : 1);
  const known = [...groups].filter(([group]) => !LAST.includes(group));
  const last = LAST.flatMap((group) => (groups.has(group) ? [[group, groups.get(group) ?? []] as const] : []));
  return [...known, ...last]
    .filter(([, objects]) => objects.length > 0)
    .map(([group, objects]) => ({ group, objects: objects.toSorted((a, b) => rank(a) - rank(b)) }));
}
