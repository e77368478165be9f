// Sharing: what everybody may do with every record of an object, and rules that open some records to somebody.
import { useQuery } from "@tanstack/react-query";
import { Form, Input, Segmented, Select, Switch } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import {
  type AccessDefault,
  accessDefaultsQuery,
  dropSharingRule,
  type SharingRule,
  saveAccessDefault,
  saveSharingRule,
  sharingRulesQuery,
  useChange,
} from "@/api/access";
import { useDictionary } from "@/api/meta";
import { AdminList, actionColumn } from "@/components/admin/admin-list";
import { ConditionItem, ObjectSelect } from "@/components/admin/condition-item";
import { FormDialog } from "@/components/admin/form-dialog";
import { RowActions } from "@/components/admin/row-actions";
import { conditionText } from "@/components/condition-text";
import { DataTable } from "@/components/data-table";
import { Panel } from "@/components/page";
import { PartyPicker, usePartyNames } from "@/components/pickers";
import { Pill } from "@/components/pill";
import { problemText } from "@/components/problem-notice";
import { toast } from "@/components/toast";
import { useLocale } from "@/i18n";
import { parseCondition } from "@/model/condition";
import { fieldOf, labelIn } from "@/model/dictionary";

type Values = SharingRule & { by: "owners" | "condition" };

export function Sharing() {
  const { t } = useTranslation();
  const locale = useLocale();
  const dictionary = useDictionary();
  const parties = usePartyNames();
  const found = useQuery(sharingRulesQuery);
  const save = useChange(saveSharingRule);
  const drop = useChange(dropSharingRule);
  const [open, setOpen] = useState<SharingRule | "new">();
  const rule = open === "new" ? undefined : open;
  const objectName = (name: string) => labelIn(dictionary.byName(name)?.label ?? { en: name, zh: name }, locale);
  const records = (row: SharingRule) => {
    const object = dictionary.byName(row.object);
    const condition = parseCondition(row.condition);
    if (row.owners) return t("sharing.ownedBy", { name: parties.get(row.owners) ?? row.owners });
    return object && condition ? conditionText(condition, object, locale, t) : "";
  };

  return (
    <AdminList
      title={t("admin.page.sharing")}
      lead={t("sharing.lead")}
      found={found}
      rowKey={(row) => row.id}
      teach={t("sharing.teach")}
      add={{ label: t("sharing.add"), run: () => setOpen("new") }}
      columns={[
        { key: "name", title: t("admin.label"), cell: (row) => row.name },
        { key: "object", title: t("admin.object"), cell: (row) => objectName(row.object) },
        { key: "records", title: t("sharing.records"), cell: records },
        { key: "to", title: t("sharing.to"), cell: (row) => parties.get(row.grantee) ?? row.grantee },
        { key: "access", title: t("share.access"), cell: (row) => <Pill>{t(`share.${row.access}`)}</Pill> },
        {
          key: "active",
          title: t("lake.state"),
          cell: (row) => (
            <Pill colour={row.active ? "green" : "grey"}>{t(row.active ? "admin.active" : "admin.inactive")}</Pill>
          ),
        },
        actionColumn<SharingRule>(t("record.more"), (row) => (
          <RowActions name={row.name} edit={() => setOpen(row)} remove={() => drop.mutateAsync(row.id)} />
        )),
      ]}
    >
      <Defaults />
      {open && (
        <FormDialog<Values>
          title={rule ? t("admin.editOf", { name: rule.name }) : t("sharing.add")}
          width={720}
          initial={
            rule
              ? { ...rule, by: rule.owners ? "owners" : "condition" }
              : { by: "owners", access: "read", active: true, object: "customer" }
          }
          close={() => setOpen(undefined)}
          save={({ by, name, object, owners, condition, grantee, access, active }) =>
            save.mutateAsync({
              ...(rule ? { id: rule.id } : {}),
              name,
              object,
              grantee,
              access,
              active,
              ...(by === "owners" ? { owners } : { condition }),
            })
          }
        >
          <Form.Item
            name="name"
            label={t("admin.label")}
            rules={[{ required: true, message: t("admin.labelMissing") }]}
          >
            <Input maxLength={80} />
          </Form.Item>
          <Form.Item name="object" label={t("admin.object")}>
            <ObjectSelect filter={(object) => fieldOf(object, "owner") !== undefined} />
          </Form.Item>
          <Form.Item name="by" label={t("sharing.records")}>
            <Segmented
              options={(["owners", "condition"] as const).map((value) => ({ value, label: t(`sharing.by.${value}`) }))}
            />
          </Form.Item>
          <Form.Item noStyle dependencies={["by"]}>
            {({ getFieldValue }) =>
              getFieldValue("by") === "owners" ? (
                <Form.Item
                  name="owners"
                  label={t("sharing.owners")}
                  rules={[{ required: true, message: t("sharing.ownersMissing") }]}
                >
                  <PartyPicker label={t("sharing.owners")} />
                </Form.Item>
              ) : (
                <ConditionItem label={t("sharing.condition")} required />
              )
            }
          </Form.Item>
          <Form.Item
            name="grantee"
            label={t("sharing.to")}
            rules={[{ required: true, message: t("sharing.toMissing") }]}
          >
            <PartyPicker label={t("sharing.to")} />
          </Form.Item>
          <Form.Item name="access" label={t("share.access")}>
            <Segmented options={(["read", "write"] as const).map((value) => ({ value, label: t(`share.${value}`) }))} />
          </Form.Item>
          <Form.Item name="active" label={t("admin.active")} valuePropName="checked">
            <Switch />
          </Form.Item>
        </FormDialog>
      )}
    </AdminList>
  );
}

function Defaults() {
  const { t } = useTranslation();
  const locale = useLocale();
  const dictionary = useDictionary();
  const defaults = useQuery(accessDefaultsQuery).data ?? [];
  const save = useChange(saveAccessDefault);
  return (
    <Panel flush className="spaced" title={t("sharing.defaults")}>
      <DataTable
        label={t("sharing.defaults")}
        rows={dictionary.objects.filter((object) => fieldOf(object, "owner") !== undefined)}
        rowKey={(object) => object.name}
        columns={[
          { key: "object", title: t("admin.object"), cell: (object) => labelIn(object.label_plural, locale) },
          {
            key: "access",
            title: t("sharing.everybody"),
            cell: (object) => (
              <Select<AccessDefault>
                size="small"
                style={{ width: 220 }}
                aria-label={`${labelIn(object.label_plural, locale)}: ${t("sharing.everybody")}`}
                value={defaults.find((one) => one.object === object.name)?.access ?? "private"}
                options={(["private", "read", "write"] as const).map((value) => ({
                  value,
                  label: t(`sharing.default.${value}`),
                }))}
                onChange={(access) =>
                  save.mutate(
                    { object: object.name, access },
                    { onError: (error) => toast.error(problemText(error, t)) },
                  )
                }
              />
            ),
          },
        ]}
      />
    </Panel>
  );
}
