// The dictionary's areas under the few headings of the navigation.
import type { MetaObject } from "@/api/types";
import type { Dictionary } from "@/model/dictionary";

const GROUP_OF: Record<string, string> = {
  customer: "customer",
  order: "sales",
  billing: "sales",
  product: "sales",
  campaign: "marketing",
  lead: "sales",
  opportunity: "sales",
  quote: "sales",
  quota: "sales",
  contract: "sales",
  activity: "activity",
  calendar: "activity",
  behaviour: "marketing",
  organisation: "organisation",
};
const ORDER = ["customer", "sales", "marketing", "activity"];
/** Of what administrators define, and of areas that have no heading of their own. */
const OTHERS = "custom";
const SETUP = "setup";
const LAST = [OTHERS, SETUP, "organisation"];

/** Parts of another record; reached from there. */
const PARTS = new Set([
  "order_line",
  "opportunity_line",
  "opportunity_stage_change",
  "opportunity_contact",
  "activity_participant",
  "activity_link",
  "payment_allocation",
  "campaign_cost",
  "campaign_touch",
  "holiday",
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

/** What others are described by: set up once, looked at seldom. */
const SETUPS = new Set([
  "brand",
  "contact_role",
  "source",
  "pool",
  "account_policy",
  "behaviour_type",
  "holiday_calendar",
]);

/** Within a group the work comes first. */
const FIRST = ["lead", "customer", "order", "segment", "user"];

export function navigationGroups(dictionary: Dictionary): { group: string; objects: MetaObject[] }[] {
  const groups = new Map<string, MetaObject[]>(ORDER.map((group) => [group, []]));
  for (const object of dictionary.objects) {
    if (PARTS.has(object.name)) continue;
    const group = SETUPS.has(object.name) ? SETUP : (GROUP_OF[object.area] ?? OTHERS);
    groups.set(group, [...(groups.get(group) ?? []), object]);
  }
  const rank = (object: MetaObject) => (FIRST.includes(object.name) ? 0 : 1);
  const known = [...groups].filter(([group]) => !LAST.includes(group));
  const last = LAST.flatMap((group) => (groups.has(group) ? [[group, groups.get(group) ?? []] as const] : []));
  return [...known, ...last]
    .filter(([, objects]) => objects.length > 0)
    .map(([group, objects]) => ({ group, objects: objects.toSorted((a, b) => rank(a) - rank(b)) }));
}
