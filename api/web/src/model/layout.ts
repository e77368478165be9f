// The sections of a form or page: as an administrator laid them out, else the dictionary's own groups.
import type { Label, MetaField, MetaObject } from "@/api/types";
import { parseCondition } from "./condition";
import { holds } from "./evaluate";

export interface LaidOut {
  /** The heading an administrator gave … */
  label?: Label;
  /** … or the group of the dictionary. */
  group: string;
  fields: MetaField[];
}

/** Fields in no section are left out; a section without any of `fields` is too. */
export function sectionsOf(object: MetaObject, fields: MetaField[], values: Record<string, unknown>): LaidOut[] {
  const layout =
    object.layouts.find((one) => {
      const condition = parseCondition(one.shown_for);
      return condition !== undefined && holds(condition, values) === true;
    }) ?? object.layouts.find((one) => !one.shown_for);
  if (!layout) return groupsOf(fields);
  return layout.sections
    .map(({ label, fields: names }) => ({
      label,
      group: label.en,
      fields: names.map((name) => fields.find((field) => field.name === name)).filter((field) => field !== undefined),
    }))
    .filter((section) => section.fields.length > 0);
}

/** Fields in the groups of the dictionary, in its order; what the system says about the row comes last. */
export function groupsOf(fields: MetaField[]): LaidOut[] {
  const groups = new Map<string, MetaField[]>();
  for (const field of fields) {
    const group = field.group ?? "";
    groups.set(group, [...(groups.get(group) ?? []), field]);
  }
  const last = (group: string) => (group === "system" ? 1 : 0);
  return [...groups]
    .map(([group, members]) => ({ group, fields: members }))
    .sort((a, b) => last(a.group) - last(b.group));
}

/** Whether a field is shown, and demanded, beside these values. */
export function isShown(field: MetaField, values: Record<string, unknown>): boolean {
  const condition = parseCondition(field.shown_when);
  return condition === undefined || holds(condition, values) !== false;
}

export function isDemanded(field: MetaField, values: Record<string, unknown>): boolean {
  if (field.required) return true;
  const condition = parseCondition(field.required_when);
  return condition !== undefined && holds(condition, values) === true;
}
