// Fields in the groups of the dictionary, in its order; what the system says about the row comes last.
import type { MetaField } from "@/api/types";

export function groupsOf(fields: MetaField[]): { group: string; fields: MetaField[] }[] {
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
