// Flows of approval: the steps a record goes through, and who decides in each.
import { PlusOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Form, Input, InputNumber, Select, Switch } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "@/api/access";
import { useDictionary } from "@/api/meta";
import { dropFlow, type Flow, type FlowInput, flowsQuery, forgetWorkflow, saveFlow } from "@/api/workflow";
import styles from "@/components/admin/admin.module.css";
import { AdminList, actionColumn } from "@/components/admin/admin-list";
import { ObjectSelect } from "@/components/admin/condition-item";
import { FormDialog } from "@/components/admin/form-dialog";
import { RecipientsInput } from "@/components/admin/recipient-input";
import { RowActions } from "@/components/admin/row-actions";
import { StepCondition } from "@/components/admin/step-condition";
import { Pill } from "@/components/pill";
import { useLocale } from "@/i18n";
import { labelIn } from "@/model/dictionary";

export function Flows() {
  const { t } = useTranslation();
  const locale = useLocale();
  const dictionary = useDictionary();
  const found = useQuery(flowsQuery);
  const save = useChange(saveFlow, forgetWorkflow);
  const drop = useChange(dropFlow, forgetWorkflow);
  const [open, setOpen] = useState<Flow | "new">();
  const flow = open === "new" ? undefined : open;

  return (
    <AdminList
      title={t("admin.page.flows")}
      lead={t("flows.lead")}
      found={found}
      rowKey={(row) => row.id}
      teach={t("flows.teach")}
      add={{ label: t("flows.add"), run: () => setOpen("new") }}
      columns={[
        { key: "name", title: t("admin.label"), cell: (row) => row.name },
        {
          key: "object",
          title: t("admin.object"),
          cell: (row) => labelIn(dictionary.byName(row.object)?.label ?? { en: row.object, zh: row.object }, locale),
        },
        {
          key: "steps",
          title: t("flows.steps"),
          cell: (row) => row.definition.steps.map((step) => step.name).join(" → "),
        },
        {
          key: "active",
          title: t("lake.state"),
          cell: (row) => (
            <Pill colour={row.active ? "green" : "grey"}>{t(row.active ? "admin.active" : "admin.inactive")}</Pill>
          ),
        },
        actionColumn<Flow>(t("record.more"), (row) => (
          <RowActions name={row.name} edit={() => setOpen(row)} remove={() => drop.mutateAsync(row.id)} />
        )),
      ]}
    >
      {open && (
        <FormDialog<FlowInput>
          title={flow ? t("admin.editOf", { name: flow.name }) : t("flows.add")}
          width={760}
          initial={
            flow ?? {
              object: "order",
              active: true,
              definition: {
                steps: [{ name: "", mode: "any", approvers: [{ manager_of: { field: "owner", levels: 1 } }] }],
              },
            }
          }
          close={() => setOpen(undefined)}
          save={({ name, object, definition, active }) =>
            save.mutateAsync({ ...(flow ? { id: flow.id } : {}), name, object, definition, active })
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
            <ObjectSelect disabled={flow !== undefined} />
          </Form.Item>
          <Form.Item label={t("flows.steps")} extra={t("flows.stepsHint")}>
            <Form.List name={["definition", "steps"]}>
              {(rows, { add, remove }) => (
                <>
                  {rows.map(({ key, name }, at) => (
                    <Step key={key} name={name} at={at} remove={rows.length > 1 ? () => remove(name) : undefined} />
                  ))}
                  <Button
                    size="small"
                    type="dashed"
                    icon={<PlusOutlined aria-hidden />}
                    onClick={() => add({ name: "", mode: "any", approvers: [] })}
                  >
                    {t("flows.addStep")}
                  </Button>
                </>
              )}
            </Form.List>
          </Form.Item>
          <Form.Item name="active" label={t("admin.active")} valuePropName="checked">
            <Switch />
          </Form.Item>
        </FormDialog>
      )}
    </AdminList>
  );
}

function Step({ name, at, remove }: { name: number; at: number; remove: (() => void) | undefined }) {
  const { t } = useTranslation();
  const needed = [{ required: true, message: t("rules.needed") }];
  return (
    <div className={styles.action}>
      <div style={{ justifyContent: "space-between", alignItems: "center" }}>
        <strong>{t("flows.step", { number: at + 1 })}</strong>
        {remove && (
          <Button size="small" type="text" onClick={remove}>
            {t("admin.remove")}
          </Button>
        )}
      </div>
      <Form.Item name={[name, "name"]} label={t("admin.label")} rules={needed}>
        <Input maxLength={80} />
      </Form.Item>
      <Form.Item name={[name, "approvers"]} label={t("flows.approvers")} rules={needed}>
        <RecipientsInput />
      </Form.Item>
      <Form.Item name={[name, "mode"]} label={t("flows.mode")}>
        <Select
          options={(["any", "all", "sequence"] as const).map((value) => ({ value, label: t(`flows.is.${value}`) }))}
        />
      </Form.Item>
      <StepCondition name={[name, "when"]} label={t("flows.when")} />
      <Form.Item name={[name, "hours"]} label={t("flows.hours")}>
        <InputNumber min={1} precision={0} />
      </Form.Item>
    </div>
  );
}
