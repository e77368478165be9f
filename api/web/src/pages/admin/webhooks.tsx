// Webhooks: addresses that are told of changes, signed, and what was sent to them.
import { useQuery } from "@tanstack/react-query";
import { Button, Drawer, Form, Input, Select, Switch } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "@/api/access";
import { useDictionary } from "@/api/meta";
import {
  deliveriesQuery,
  dropWebhook,
  forgetWorkflow,
  saveWebhook,
  type Webhook,
  type WebhookInput,
  webhooksQuery,
} from "@/api/workflow";
import { AdminList, actionColumn } from "@/components/admin/admin-list";
import { ObjectSelect } from "@/components/admin/condition-item";
import { FormDialog } from "@/components/admin/form-dialog";
import { RowActions } from "@/components/admin/row-actions";
import { Bones } from "@/components/bones";
import { DataTable } from "@/components/data-table";
import { Pill } from "@/components/pill";
import { ProblemNotice } from "@/components/problem-notice";
import { useLocale } from "@/i18n";
import { labelIn } from "@/model/dictionary";
import { formatDateTime } from "@/model/format";

const KINDS = ["created", "changed", "deleted"] as const;

export function Webhooks() {
  const { t } = useTranslation();
  const locale = useLocale();
  const dictionary = useDictionary();
  const found = useQuery(webhooksQuery);
  const save = useChange(saveWebhook, forgetWorkflow);
  const drop = useChange(dropWebhook, forgetWorkflow);
  const [open, setOpen] = useState<Webhook | "new">();
  const [sentBy, setSentBy] = useState<Webhook>();
  const hook = open === "new" ? undefined : open;

  return (
    <AdminList
      title={t("admin.page.webhooks")}
      lead={t("webhooks.lead")}
      found={found}
      rowKey={(row) => row.id}
      teach={t("webhooks.teach")}
      add={{ label: t("webhooks.add"), run: () => setOpen("new") }}
      columns={[
        { key: "name", title: t("admin.label"), cell: (row) => row.name },
        {
          key: "object",
          title: t("admin.object"),
          cell: (row) => labelIn(dictionary.byName(row.object)?.label ?? { en: row.object, zh: row.object }, locale),
        },
        {
          key: "kinds",
          title: t("webhooks.on"),
          cell: (row) => row.kinds.map((kind) => t(`event.${kind}`)).join(", "),
        },
        { key: "url", title: "URL", cell: (row) => <code>{row.url}</code> },
        {
          key: "active",
          title: t("lake.state"),
          cell: (row) => (
            <Pill colour={row.active ? "green" : "grey"}>{t(row.active ? "admin.active" : "admin.inactive")}</Pill>
          ),
        },
        actionColumn<Webhook>(t("record.more"), (row) => (
          <span style={{ display: "inline-flex", gap: 4 }}>
            <Button size="small" onClick={() => setSentBy(row)} aria-label={`${t("webhooks.sent")}: ${row.name}`}>
              {t("webhooks.sent")}
            </Button>
            <RowActions name={row.name} edit={() => setOpen(row)} remove={() => drop.mutateAsync(row.id)} />
          </span>
        )),
      ]}
    >
      {open && (
        <FormDialog<WebhookInput>
          title={hook ? t("admin.editOf", { name: hook.name }) : t("webhooks.add")}
          initial={hook ?? { object: "customer", kinds: ["created", "changed"], active: true }}
          close={() => setOpen(undefined)}
          save={({ name, url, secret, object, kinds, active }) =>
            save.mutateAsync({
              ...(hook ? { id: hook.id } : {}),
              name,
              url,
              object,
              kinds,
              active,
              ...(secret ? { secret } : {}),
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
            <ObjectSelect />
          </Form.Item>
          <Form.Item name="kinds" label={t("webhooks.on")} rules={[{ required: true, message: t("rules.needed") }]}>
            <Select mode="multiple" options={KINDS.map((value) => ({ value, label: t(`event.${value}`) }))} />
          </Form.Item>
          <Form.Item
            name="url"
            label="URL"
            rules={[{ required: true, type: "url", message: t("webhooks.urlMissing") }]}
          >
            <Input placeholder="https://" />
          </Form.Item>
          <Form.Item
            name="secret"
            label={t("webhooks.secret")}
            extra={hook ? t("webhooks.secretKeep") : t("webhooks.secretHint")}
            rules={[{ required: !hook, min: 16, message: t("webhooks.secretHint") }]}
          >
            <Input.Password autoComplete="off" maxLength={200} />
          </Form.Item>
          <Form.Item name="active" label={t("admin.active")} valuePropName="checked">
            <Switch />
          </Form.Item>
        </FormDialog>
      )}
      {sentBy && <Deliveries key={sentBy.id} hook={sentBy} close={() => setSentBy(undefined)} />}
    </AdminList>
  );
}

function Deliveries({ hook, close }: { hook: Webhook; close: () => void }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const found = useQuery(deliveriesQuery(hook.id));
  return (
    <Drawer open size={720} title={`${hook.name}: ${t("webhooks.sent")}`} onClose={close}>
      {found.isPending ? (
        <Bones lines={5} />
      ) : found.isError ? (
        <ProblemNotice error={found.error} retry={() => void found.refetch()} />
      ) : found.data.length === 0 ? (
        <p className="muted">{t("webhooks.nothing")}</p>
      ) : (
        <DataTable
          label={t("webhooks.sent")}
          rows={found.data}
          rowKey={(row) => row.id}
          columns={[
            { key: "event", title: t("webhooks.on"), cell: (row) => row.event },
            { key: "at", title: t("signIns.at"), cell: (row) => formatDateTime(row.created_at, locale) },
            { key: "state", title: t("lake.state"), cell: (row) => <Pill>{row.state}</Pill> },
            { key: "attempts", title: t("webhooks.attempts"), right: true, cell: (row) => row.attempts },
            { key: "answer", title: t("webhooks.answer"), cell: (row) => row.error ?? row.answer },
          ]}
        />
      )}
    </Drawer>
  );
}
