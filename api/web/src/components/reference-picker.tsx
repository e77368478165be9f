// Chooses a record of the object a field points to, found by typing.
import { useQuery } from "@tanstack/react-query";
import { Select } from "antd";
import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import { useDictionary } from "@/api/meta";
import { recordQuery, shortListQuery } from "@/api/records";
import type { MetaField } from "@/api/types";
import { referencedObject, titleOf } from "@/model/dictionary";

interface ReferencePickerProps {
  field: MetaField;
  label?: string;
  id?: string;
  value?: number | undefined;
  onChange?: (id: number | undefined) => void;
}

export function ReferencePicker({ field, label, id, value, onChange }: ReferencePickerProps) {
  const { t } = useTranslation();
  const object = useDictionary().byName(referencedObject(field) ?? "");
  const [text, setText] = useState("");
  const resource = object?.resource ?? "";
  const found = useQuery({
    ...shortListQuery({ resource, q: useDeferredValue(text), size: 20, fields: object && [object.title] }),
    enabled: object !== undefined,
  });
  const chosen = useQuery({
    ...recordQuery(resource, value ?? 0, object && [object.title]),
    enabled: object !== undefined && value !== undefined && value !== null,
  });

  const records = [...(found.data?.items ?? [])];
  if (chosen.data && !records.some((record) => record.id === chosen.data.id)) records.unshift(chosen.data);

  return (
    <Select
      id={id}
      aria-label={label}
      allowClear
      showSearch={{ filterOption: false, onSearch: setText }}
      loading={found.isFetching}
      placeholder={t("reference.placeholder")}
      notFoundContent={found.isFetching ? t("reference.searching") : t("reference.nothing")}
      value={value ?? undefined}
      options={object ? records.map((record) => ({ value: record.id, label: titleOf(object, record) })) : []}
      onChange={(next) => onChange?.(next)}
    />
  );
}
