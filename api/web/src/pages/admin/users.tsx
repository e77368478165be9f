// Users: who they are, what they may do and why, and what to do when one lost the second factor or left.
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Button, Input } from "antd";
import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import { useDictionary } from "@/api/meta";
import { listQuery } from "@/api/records";
import type { CrmRecord } from "@/api/types";
import { AdminList, actionColumn } from "@/components/admin/admin-list";
import { UserAccess } from "@/components/admin/user-access";
import { FieldValue } from "@/components/field-value";
import { Pill } from "@/components/pill";
import { fieldOf } from "@/model/dictionary";

export function Users() {
  const { t } = useTranslation();
  const object = useDictionary().byName("user");
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState<CrmRecord>();
  const list = useInfiniteQuery(
    listQuery({
      resource: "users",
      q: useDeferredValue(text),
      sort: "name",
      fields: ["name", "login", "email", "department", "profile", "role", "active"],
      size: 200,
    }),
  );
  const field = (name: string) => object && fieldOf(object, name);
  const shown = (name: string) => (record: CrmRecord) => {
    const known = field(name);
    return known ? <FieldValue field={known} record={record} /> : null;
  };

  return (
    <AdminList
      title={t("admin.page.users")}
      lead={t("users.lead")}
      tools={
        <Input.Search
          allowClear
          aria-label={t("list.search")}
          placeholder={t("list.search")}
          style={{ maxWidth: 300 }}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      }
      found={{ ...list, data: list.data?.pages.flatMap((page) => page.items) }}
      rowKey={(record) => record.id}
      teach={t("users.teach")}
      columns={[
        {
          key: "name",
          title: t("readers.who"),
          cell: (record) => (
            <Link to="/$resource/$id" params={{ resource: "users", id: String(record.id) }}>
              {String(record.name)}
            </Link>
          ),
        },
        { key: "login", title: t("signIn.login"), cell: shown("login") },
        { key: "department", title: t("users.department"), cell: shown("department") },
        { key: "profile", title: t("admin.profile"), cell: shown("profile") },
        { key: "role", title: t("admin.role"), cell: shown("role") },
        {
          key: "active",
          title: t("lake.state"),
          cell: (record) => (
            <Pill colour={record.active ? "green" : "grey"}>
              {t(record.active ? "admin.active" : "admin.inactive")}
            </Pill>
          ),
        },
        actionColumn<CrmRecord>(t("users.access"), (record) => (
          <Button size="small" aria-label={`${t("users.access")}: ${record.name}`} onClick={() => setChosen(record)}>
            {t("users.access")}
          </Button>
        )),
      ]}
    >
      {list.hasNextPage && (
        <Button style={{ marginTop: 12 }} onClick={() => void list.fetchNextPage()}>
          {t("admin.more")}
        </Button>
      )}
      {chosen && <UserAccess key={chosen.id} user={chosen} close={() => setChosen(undefined)} />}
    </AdminList>
  );
}
