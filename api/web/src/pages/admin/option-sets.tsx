// Option sets that several fields share.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "@/api/access";
import { addOptionSet, changeOptionSet, forgetMeta } from "@/api/dictionary";
import { optionSetsQuery } from "@/api/meta";
import type { Label, OptionSet } from "@/api/types";
import { AdminList, actionColumn } from "@/components/admin/admin-list";
import { FormDialog } from "@/components/admin/form-dialog";
import { LabelInputs } from "@/components/admin/label-inputs";
import { OptionsInput, type OptionValues } from "@/components/admin/options-input";
import { RowActions } from "@/components/admin/row-actions";
import { Pill } from "@/components/pill";
import { useLocale } from "@/i18n";
import { labelIn } from "@/model/dictionary";
import { NameInput } from "./groups";

interface Values {
  name: string;
  label: Label;
  options: OptionValues[];
}

export function OptionSets() {
  const { t } = useTranslation();
  const locale = useLocale();
  const found = useQuery(optionSetsQuery);
  const add = useChange(addOptionSet, forgetMeta);
  const change = useChange(changeOptionSet, forgetMeta);
  const [open, setOpen] = useState<OptionSet | "new">();
  const set = open === "new" ? undefined : open;

  return (
    <AdminList
      title={t("admin.page.optionSets")}
      lead={t("options.lead")}
      found={found}
      rowKey={(row) => row.name}
      teach={t("options.lead")}
      add={{ label: t("options.addSet"), run: () => setOpen("new") }}
      columns={[
        { key: "label", title: t("admin.label"), cell: (row) => labelIn(row.label, locale) },
        { key: "name", title: t("admin.name"), cell: (row) => <code>{row.name}</code> },
        {
          key: "options",
          title: t("options.title"),
          cell: (row) => (
            <span style={{ display: "flex", flexWrap: "wrap", gap: 4, whiteSpace: "normal" }}>
              {row.options
                .filter((option) => option.active)
                .slice(0, 6)
                .map((option) => (
                  <Pill key={option.value} colour={option.color}>
                    {labelIn(option.label, locale)}
                  </Pill>
                ))}
              {row.options.length > 6 && <span className="muted">+{row.options.length - 6}</span>}
            </span>
          ),
        },
        actionColumn<OptionSet>(t("record.more"), (row) => (
          <RowActions name={labelIn(row.label, locale)} edit={() => setOpen(row)} />
        )),
      ]}
    >
      {open && (
        <FormDialog<Values>
          title={set ? t("admin.editOf", { name: labelIn(set.label, locale) }) : t("options.addSet")}
          width={760}
          initial={set ?? { options: [{ active: true, label: {} }] }}
          close={() => setOpen(undefined)}
          save={({ name, label, options }) =>
            set
              ? change.mutateAsync({ set: set.name, label, options: options.map(given) })
              : add.mutateAsync({ name, label, options: options.map(given) })
          }
        >
          <LabelInputs />
          {!set && <NameInput />}
          <OptionsInput settled={set?.options.map((option) => option.value) ?? []} />
        </FormDialog>
      )}
    </AdminList>
  );
}

/** Without members that say nothing. */
function given({ value, label, color, active }: OptionValues) {
  return { value, label, ...(color ? { color } : {}), active: active !== false };
}
