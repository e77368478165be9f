// One object: its names and list, its fields, and how its form is laid out.
import { EditOutlined, PlusOutlined } from "@ant-design/icons";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Button, Form, Input, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "@/api/access";
import { changeObject, forgetMeta } from "@/api/dictionary";
import { useDictionary } from "@/api/meta";
import type { Label, MetaField, MetaObject } from "@/api/types";
import { actionColumn } from "@/components/admin/admin-list";
import { FieldDialog } from "@/components/admin/field-dialog";
import { FormDialog } from "@/components/admin/form-dialog";
import { LabelInputs } from "@/components/admin/label-inputs";
import { LayoutEditor } from "@/components/admin/layout-editor";
import { RowActions } from "@/components/admin/row-actions";
import { DataTable } from "@/components/data-table";
import { NotFound } from "@/components/not-found";
import { Page, Panel } from "@/components/page";
import { Pill } from "@/components/pill";
import { useLocale } from "@/i18n";
import { isSystemField, kindOf, labelIn, referencedObject } from "@/model/dictionary";

const route = getRouteApi("/shell/admin/objects/$name");

export function ObjectPage() {
  const { name } = route.useParams();
  const object = useDictionary().byName(name);
  return object ? <ObjectOf key={name} object={object} /> : <NotFound />;
}

function ObjectOf({ object }: { object: MetaObject }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const [field, setField] = useState<MetaField | "new">();
  const [naming, setNaming] = useState(false);

  return (
    <Page
      title={labelIn(object.label_plural, locale)}
      beside={<code className="muted">{object.name}</code>}
      above={<Link to="/admin/objects">{t("admin.page.objects")}</Link>}
      actions={
        <>
          <Button icon={<EditOutlined aria-hidden />} onClick={() => setNaming(true)}>
            {t("objects.names")}
          </Button>
          <Button type="primary" icon={<PlusOutlined aria-hidden />} onClick={() => setField("new")}>
            {t("fields.add")}
          </Button>
        </>
      }
    >
      <Panel flush title={t("objects.fields")}>
        <Fields object={object} edit={setField} />
      </Panel>
      <LayoutEditor object={object} />
      {naming && <Names object={object} close={() => setNaming(false)} />}
      {field && (
        <FieldDialog object={object} field={field === "new" ? undefined : field} close={() => setField(undefined)} />
      )}
    </Page>
  );
}

function Fields({ object, edit }: { object: MetaObject; edit: (field: MetaField) => void }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const dictionary = useDictionary();
  const kind = (field: MetaField) => {
    const target = kindOf(field) === "reference" ? dictionary.byName(referencedObject(field) ?? "") : undefined;
    return `${t(`kind.${kindOf(field)}`)}${target ? ` → ${labelIn(target.label, locale)}` : ""}`;
  };
  return (
    <DataTable
      label={t("objects.fields")}
      rows={object.fields.filter((field) => !isSystemField(field))}
      rowKey={(field) => field.name}
      columns={[
        { key: "label", title: t("admin.label"), cell: (field) => labelIn(field.label, locale) },
        { key: "name", title: t("admin.name"), cell: (field) => <code>{field.name}</code> },
        { key: "kind", title: t("admin.kind"), cell: kind },
        {
          key: "marks",
          title: t("fields.demands"),
          cell: (field) => (
            <span style={{ display: "inline-flex", gap: 4 }}>
              {field.custom && <Pill colour="teal">{t("admin.own")}</Pill>}
              {field.required && <Pill colour="gold">{t("fields.required")}</Pill>}
              {field.unique && <Pill colour="blue">{t("fields.unique")}</Pill>}
              {field.readonly && <Pill>{t("fields.readonly")}</Pill>}
            </span>
          ),
        },
        actionColumn<MetaField>(t("record.more"), (field) => (
          <RowActions name={labelIn(field.label, locale)} edit={() => edit(field)} />
        )),
      ]}
    />
  );
}

interface NamesInput {
  label: Label;
  label_plural: Label;
  list: string[];
  number?: string;
}

function Names({ object, close }: { object: MetaObject; close: () => void }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const change = useChange(changeObject, forgetMeta);
  const numbered = object.fields.some((field) => kindOf(field) === "auto_number");
  return (
    <FormDialog<NamesInput>
      title={t("objects.names")}
      width={640}
      initial={{ label: object.label, label_plural: object.label_plural, list: object.list_columns }}
      close={close}
      save={({ number, ...patch }) =>
        change.mutateAsync({ object: object.name, ...patch, ...(number ? { number } : {}) })
      }
    >
      <LabelInputs label={t("objects.one")} />
      <LabelInputs name="label_plural" label={t("objects.many")} />
      <Form.Item name="list" label={t("objects.list")}>
        <Select
          mode="multiple"
          showSearch={{ optionFilterProp: "label" }}
          options={[
            ...object.list_columns.filter((name) => name.includes(".")).map((name) => ({ value: name, label: name })),
            ...object.fields
              .filter((field) => !isSystemField(field))
              .map((field) => ({ value: field.name, label: labelIn(field.label, locale) })),
          ]}
        />
      </Form.Item>
      {numbered && (
        <Form.Item name="number" label={t("objects.number")} extra={t("objects.numberKeep")}>
          <Input placeholder="SO{yyyy}{seq:6}" />
        </Form.Item>
      )}
    </FormDialog>
  );
}
