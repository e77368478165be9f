// Objects of the dictionary; one's own are added here.
import { PlusOutlined } from "@ant-design/icons";
import { Link, useNavigate } from "@tanstack/react-router";
import { Button, Form, Input, Segmented } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "@/api/access";
import { addObject, forgetMeta } from "@/api/dictionary";
import { useDictionary } from "@/api/meta";
import type { Label } from "@/api/types";
import { FormDialog } from "@/components/admin/form-dialog";
import { LabelInputs } from "@/components/admin/label-inputs";
import { DataTable } from "@/components/data-table";
import { iconOf } from "@/components/object-icon";
import { Page, Panel } from "@/components/page";
import { Pill } from "@/components/pill";
import { useLocale } from "@/i18n";
import { labelIn } from "@/model/dictionary";
import { NameInput } from "./groups";

interface NewObject {
  name: string;
  label: Label;
  label_plural: Label;
  number?: string;
  ownership: string;
}

export function Objects() {
  const { t } = useTranslation();
  const locale = useLocale();
  const navigate = useNavigate();
  const dictionary = useDictionary();
  const add = useChange(addObject, forgetMeta);
  const [adding, setAdding] = useState(false);

  return (
    <Page
      title={t("admin.page.objects")}
      sub={t("objects.lead")}
      actions={
        <Button type="primary" icon={<PlusOutlined aria-hidden />} onClick={() => setAdding(true)}>
          {t("objects.add")}
        </Button>
      }
    >
      <Panel flush>
        <DataTable
          label={t("admin.page.objects")}
          rows={dictionary.objects}
          rowKey={(object) => object.name}
          columns={[
            {
              key: "label",
              title: t("admin.object"),
              cell: (object) => (
                <Link to="/admin/objects/$name" params={{ name: object.name }}>
                  {iconOf(object.name)} {labelIn(object.label_plural, locale)}
                </Link>
              ),
            },
            { key: "name", title: t("admin.name"), cell: (object) => <code>{object.name}</code> },
            {
              key: "kind",
              title: t("admin.kind"),
              cell: (object) =>
                object.custom ? <Pill colour="teal">{t("admin.own")}</Pill> : <Pill>{t("admin.builtIn")}</Pill>,
            },
            {
              key: "fields",
              title: t("objects.fields"),
              right: true,
              cell: (object) => object.fields.filter((field) => !field.system).length,
            },
          ]}
        />
      </Panel>
      {adding && (
        <FormDialog<NewObject>
          title={t("objects.add")}
          width={640}
          initial={{ ownership: "user" }}
          close={() => setAdding(false)}
          save={async ({ number, ...definition }) => {
            await add.mutateAsync({ ...definition, ...(number ? { number } : {}) });
            await navigate({ to: "/admin/objects/$name", params: { name: `x_${definition.name.replace(/^x_/, "")}` } });
          }}
        >
          <LabelInputs label={t("objects.one")} />
          <LabelInputs name="label_plural" label={t("objects.many")} />
          <NameInput />
          <Form.Item name="ownership" label={t("objects.ownership")} extra={t("objects.ownershipHint")}>
            <Segmented
              options={[
                { value: "user", label: t("objects.owned") },
                { value: "none", label: t("objects.public") },
              ]}
            />
          </Form.Item>
          <Form.Item name="number" label={t("objects.number")} extra={t("objects.numberHint")}>
            <Input placeholder="EQ{yyyy}{seq:5}" />
          </Form.Item>
        </FormDialog>
      )}
    </Page>
  );
}
