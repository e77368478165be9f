// Groups of users, departments and other groups, for sharing and for approvals.
import { useQuery } from "@tanstack/react-query";
import { Form, Input, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { dropGroup, type Group, groupsQuery, saveGroup, useChange } from "@/api/access";
import { AdminList, actionColumn } from "@/components/admin/admin-list";
import { FormDialog } from "@/components/admin/form-dialog";
import { LabelInputs } from "@/components/admin/label-inputs";
import { RowActions } from "@/components/admin/row-actions";
import { PartiesPicker } from "@/components/pickers";
import { Pill } from "@/components/pill";
import { useLocale } from "@/i18n";
import { labelIn } from "@/model/dictionary";

export function Groups() {
  const { t } = useTranslation();
  const locale = useLocale();
  const found = useQuery(groupsQuery);
  const save = useChange(saveGroup);
  const drop = useChange(dropGroup);
  const [open, setOpen] = useState<Group | "new">();
  const group = open === "new" ? undefined : open;

  return (
    <AdminList
      title={t("admin.page.groups")}
      lead={t("groups.lead")}
      found={found}
      rowKey={(row) => row.id}
      teach={t("groups.teach")}
      add={{ label: t("groups.add"), run: () => setOpen("new") }}
      columns={[
        { key: "label", title: t("admin.label"), cell: (row) => labelIn(row.label, locale) },
        { key: "name", title: t("admin.name"), cell: (row) => <code>{row.name}</code> },
        { key: "purpose", title: t("groups.purpose"), cell: (row) => <Pill>{t(`groups.is.${row.purpose}`)}</Pill> },
        { key: "users", title: t("admin.page.users"), right: true, cell: (row) => row.users },
        actionColumn<Group>(t("record.more"), (row) => (
          <RowActions name={row.name} edit={() => setOpen(row)} remove={() => drop.mutateAsync(row.id)} />
        )),
      ]}
    >
      {open && (
        <FormDialog<Group>
          title={group ? t("admin.editOf", { name: labelIn(group.label, locale) }) : t("groups.add")}
          initial={group ?? { purpose: "public", members: [] }}
          close={() => setOpen(undefined)}
          save={({ name, label, purpose, members }) =>
            save.mutateAsync({ ...(group ? { id: group.id } : {}), name, label, purpose, members: members ?? [] })
          }
        >
          <LabelInputs />
          <NameInput />
          <Form.Item name="purpose" label={t("groups.purpose")}>
            <Select
              options={(["public", "process"] as const).map((value) => ({ value, label: t(`groups.is.${value}`) }))}
            />
          </Form.Item>
          <Form.Item name="members" label={t("groups.members")}>
            <PartiesPicker label={t("groups.members")} />
          </Form.Item>
        </FormDialog>
      )}
    </AdminList>
  );
}

/** The name by which programs know it. */
export function NameInput({ disabled }: { disabled?: boolean }) {
  const { t } = useTranslation();
  return (
    <Form.Item
      name="name"
      label={t("admin.name")}
      extra={t("admin.nameHint")}
      rules={[
        { required: true, message: t("admin.nameMissing") },
        { pattern: /^[a-z][a-z0-9_]*$/, message: t("admin.nameForm") },
      ]}
    >
      <Input maxLength={40} disabled={disabled === true} />
    </Form.Item>
  );
}
