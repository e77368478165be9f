// Roles: how far somebody sees.
import { useQuery } from "@tanstack/react-query";
import { Form, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { dropRole, type Role, type RowScope, rolesQuery, saveRole, useChange } from "@/api/access";
import { AdminList, actionColumn } from "@/components/admin/admin-list";
import { FormDialog } from "@/components/admin/form-dialog";
import { LabelInputs } from "@/components/admin/label-inputs";
import { RowActions } from "@/components/admin/row-actions";
import { Pill } from "@/components/pill";
import { useLocale } from "@/i18n";
import { labelIn } from "@/model/dictionary";
import { NameInput } from "./groups";

const SCOPES: RowScope[] = ["none", "own", "subordinates", "department", "department_tree", "all"];

export function Roles() {
  const { t } = useTranslation();
  const locale = useLocale();
  const found = useQuery(rolesQuery);
  const save = useChange(saveRole);
  const drop = useChange(dropRole);
  const [open, setOpen] = useState<Role | "new">();
  const role = open === "new" ? undefined : open;

  return (
    <AdminList
      title={t("admin.page.roles")}
      lead={t("roles.lead")}
      found={found}
      rowKey={(row) => row.name}
      teach={t("roles.lead")}
      add={{ label: t("roles.add"), run: () => setOpen("new") }}
      columns={[
        { key: "label", title: t("admin.label"), cell: (row) => labelIn(row.label, locale) },
        { key: "name", title: t("admin.name"), cell: (row) => <code>{row.name}</code> },
        {
          key: "rows",
          title: t("admin.rows"),
          cell: (row) => (row.change.rows ? t(`scope.${row.change.rows}`) : t("roles.asProfile")),
        },
        {
          key: "kind",
          title: t("admin.kind"),
          cell: (row) =>
            row.built_in ? <Pill>{t("admin.builtIn")}</Pill> : <Pill colour="teal">{t("admin.own")}</Pill>,
        },
        { key: "users", title: t("admin.page.users"), right: true, cell: (row) => row.users },
        actionColumn<Role>(t("record.more"), (row) => (
          <RowActions
            name={row.name}
            edit={() => setOpen(row)}
            remove={row.built_in ? undefined : () => drop.mutateAsync(row.name)}
          />
        )),
      ]}
    >
      {open && (
        <FormDialog<Role>
          title={role ? t("admin.editOf", { name: labelIn(role.label, locale) }) : t("roles.add")}
          initial={role ?? { change: { rows: "own" } }}
          close={() => setOpen(undefined)}
          save={({ name, label, change }) => save.mutateAsync({ name, label, change })}
        >
          <LabelInputs />
          <NameInput disabled={role !== undefined} />
          <Form.Item name={["change", "rows"]} label={t("admin.rows")}>
            <Select options={SCOPES.map((scope) => ({ value: scope, label: t(`scope.${scope}`) }))} />
          </Form.Item>
        </FormDialog>
      )}
    </AdminList>
  );
}
