// The tree of departments.
import { PlusOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { listedQuery } from "@/api/records";
import type { CrmRecord } from "@/api/types";
import { Bones } from "@/components/bones";
import { Page, Panel } from "@/components/page";
import { ProblemNotice } from "@/components/problem-notice";
import { type Branch, treeOf } from "@/model/tree";
import styles from "./shell.module.css";

const MOST = 2000;

export function Departments() {
  const { t } = useTranslation();
  const list = useQuery(
    listedQuery({ resource: "departments", sort: "code", fields: ["code", "name", "parent"] }, MOST),
  );
  return (
    <Page
      title={t("admin.page.departments")}
      sub={t("departments.lead")}
      actions={
        <Link to="/$resource/new" params={{ resource: "departments" }}>
          <Button type="primary" icon={<PlusOutlined aria-hidden />}>
            {t("departments.add")}
          </Button>
        </Link>
      }
    >
      {list.isError ? (
        <ProblemNotice error={list.error} retry={() => void list.refetch()} />
      ) : (
        <Panel>{list.isPending ? <Bones lines={6} /> : <Tree branches={treeOf(list.data)} top />}</Panel>
      )}
    </Page>
  );
}

function Tree({ branches, top }: { branches: Branch[]; top?: boolean }) {
  return (
    <ul className={top ? styles.tree : undefined}>
      {branches.map(({ record, below }) => (
        <li key={record.id}>
          <Department record={record} />
          {below.length > 0 && <Tree branches={below} />}
        </li>
      ))}
    </ul>
  );
}

function Department({ record }: { record: CrmRecord }) {
  return (
    <Link to="/$resource/$id" params={{ resource: "departments", id: String(record.id) }}>
      {String(record.name)} <span className="muted">{String(record.code ?? "")}</span>
    </Link>
  );
}
