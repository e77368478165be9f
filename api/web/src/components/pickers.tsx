// Choosing a user, department, group or any party by name.
import { useQuery } from "@tanstack/react-query";
import { Select } from "antd";
import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import { groupsQuery } from "@/api/access";
import { recordQuery, shortListQuery } from "@/api/records";
import { useLocale } from "@/i18n";
import { labelIn } from "@/model/dictionary";

interface PickerProps<Value> {
  label: string;
  id?: string;
  value?: Value | undefined;
  onChange?: (value: Value | undefined) => void;
}

export function UserPicker({ label, id, value, onChange }: PickerProps<number>) {
  return <RecordPicker resource="users" label={label} id={id} value={value} onChange={onChange} />;
}

/** A record of a resource that has names. */
export function RecordPicker({
  resource,
  title = "name",
  label,
  id,
  value,
  onChange,
}: PickerProps<number> & { resource: string; title?: string }) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const found = useQuery(shortListQuery({ resource, q: useDeferredValue(text), size: 20, fields: [title] }));
  const chosen = useQuery({ ...recordQuery(resource, value ?? 0, [title]), enabled: value !== undefined });
  const records = [...(found.data?.items ?? [])];
  if (chosen.data && !records.some((record) => record.id === value)) records.unshift(chosen.data);
  return (
    <Select
      id={id}
      aria-label={label}
      allowClear
      style={{ width: "100%" }}
      showSearch={{ filterOption: false, onSearch: setText }}
      placeholder={label}
      notFoundContent={found.isFetching ? t("reference.searching") : t("reference.nothing")}
      value={value}
      options={records.map((record) => ({ value: record.id, label: String(record[title] ?? `#${record.id}`) }))}
      onChange={(next) => onChange?.(next)}
    />
  );
}

const KINDS = ["user", "department", "group"] as const;
type Kind = (typeof KINDS)[number];

/** `user:7`, `department:3` or `group:2`, as the API names parties. */
export function PartyPicker({ label, id, value, onChange, kinds }: PickerProps<string> & { kinds?: readonly Kind[] }) {
  const options = useParties(kinds ?? KINDS);
  return (
    <Select
      id={id}
      aria-label={label}
      allowClear
      style={{ width: "100%" }}
      placeholder={label}
      showSearch={{ optionFilterProp: "label" }}
      value={value}
      options={options}
      onChange={(next) => onChange?.(next)}
    />
  );
}

export function PartiesPicker({ label, id, value, onChange }: PickerProps<string[]>) {
  const options = useParties(KINDS);
  return (
    <Select
      id={id}
      aria-label={label}
      mode="multiple"
      style={{ width: "100%" }}
      placeholder={label}
      showSearch={{ optionFilterProp: "label" }}
      value={value}
      options={options}
      onChange={(next) => onChange?.(next)}
    />
  );
}

/** Parties by what the API calls them. */
export function usePartyNames(): Map<string, string> {
  const options = useParties(KINDS);
  return new Map(options.flatMap((group) => group.options.map((option) => [option.value, option.label] as const)));
}

function useParties(kinds: readonly Kind[]) {
  const { t } = useTranslation();
  const locale = useLocale();
  const all = (resource: string) => shortListQuery({ resource, size: 200, fields: ["name"], sort: "name" });
  const users = useQuery(all("users")).data?.items ?? [];
  const departments = useQuery(all("departments")).data?.items ?? [];
  const groups = useQuery(groupsQuery).data ?? [];
  const byKind: Record<Kind, { id: number; name: string }[]> = {
    user: users.map(({ id, name }) => ({ id, name: String(name) })),
    department: departments.map(({ id, name }) => ({ id, name: String(name) })),
    group: groups.map(({ id, label }) => ({ id, name: labelIn(label, locale) })),
  };
  return kinds.map((kind) => ({
    label: t(`party.${kind}`),
    options: byKind[kind].map(({ id, name }) => ({ value: `${kind}:${id}`, label: name })),
  }));
}
