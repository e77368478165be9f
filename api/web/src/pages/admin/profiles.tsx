// Profiles: which actions somebody may do on which objects, and which fields are hidden.
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { dropProfile, type Profile, profilesQuery, saveProfile, useChange } from "@/api/access";
import { AdminList, actionColumn } from "@/components/admin/admin-list";
import { FormDialog } from "@/components/admin/form-dialog";
import { LabelInputs } from "@/components/admin/label-inputs";
import { RowActions } from "@/components/admin/row-actions";
import { Pill } from "@/components/pill";
import { useLocale } from "@/i18n";
import { labelIn } from "@/model/dictionary";
import { NameInput } from "./groups";

export function Profiles() {
  const { t } = useTranslation();
  const locale = useLocale();
  const navigate = useNavigate();
  const found = useQuery(profilesQuery);
  const save = useChange(saveProfile);
  const drop = useChange(dropProfile);
  const [adding, setAdding] = useState(false);
  const edit = (name: string) => void navigate({ to: "/admin/profiles/$name", params: { name } });

  return (
    <AdminList
      title={t("admin.page.profiles")}
      lead={t("profiles.lead")}
      found={found}
      rowKey={(row) => row.name}
      teach={t("profiles.lead")}
      add={{ label: t("profiles.add"), run: () => setAdding(true) }}
      columns={[
        { key: "label", title: t("admin.label"), cell: (row) => labelIn(row.label, locale) },
        { key: "name", title: t("admin.name"), cell: (row) => <code>{row.name}</code> },
        {
          key: "kind",
          title: t("admin.kind"),
          cell: (row) =>
            row.built_in ? <Pill>{t("admin.builtIn")}</Pill> : <Pill colour="teal">{t("admin.own")}</Pill>,
        },
        { key: "users", title: t("admin.page.users"), right: true, cell: (row) => row.users },
        actionColumn<Profile>(t("record.more"), (row) => (
          <RowActions
            name={row.name}
            edit={() => edit(row.name)}
            remove={row.built_in ? undefined : () => drop.mutateAsync(row.name)}
          />
        )),
      ]}
    >
      {adding && (
        <FormDialog<Pick<Profile, "name" | "label">>
          title={t("profiles.add")}
          close={() => setAdding(false)}
          save={async ({ name, label }) => {
            await save.mutateAsync({ name, label, rights: { objects: {} } });
            edit(name);
          }}
        >
          <LabelInputs />
          <NameInput />
        </FormDialog>
      )}
    </AdminList>
  );
}
