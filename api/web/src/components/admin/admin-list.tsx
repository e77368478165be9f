// A list of what administrators define: loading, empty, refused, and a table with a button for more.
import { PlusOutlined } from "@ant-design/icons";
import { Button } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Bones } from "../bones";
import { type DataColumn, DataTable } from "../data-table";
import { EmptyState } from "../empty-state";
import { Page, Panel } from "../page";
import { ProblemNotice } from "../problem-notice";

interface AdminListProps<Row> {
  title: string;
  lead: string;
  found: { data: Row[] | undefined; error: unknown; isError: boolean; isPending: boolean; refetch: () => unknown };
  rowKey: (row: Row) => string | number;
  columns: DataColumn<Row>[];
  /** What to do about an empty list. */
  teach: string;
  add?: { label: string; run: () => void };
  above?: ReactNode;
  /** Between head and table, such as a search field. */
  tools?: ReactNode;
  children?: ReactNode;
}

export function AdminList<Row>({
  title,
  lead,
  found,
  rowKey,
  columns,
  teach,
  add,
  above,
  tools,
  children,
}: AdminListProps<Row>) {
  const { t } = useTranslation();
  return (
    <Page
      title={title}
      sub={lead}
      above={above}
      actions={
        add && (
          <Button type="primary" icon={<PlusOutlined aria-hidden />} onClick={add.run}>
            {add.label}
          </Button>
        )
      }
    >
      {tools && <div style={{ marginBottom: 12 }}>{tools}</div>}
      {found.isError ? (
        <ProblemNotice error={found.error} retry={() => void found.refetch()} />
      ) : (
        <Panel flush={!found.isPending}>
          {found.isPending ? (
            <Bones lines={6} />
          ) : found.data?.length === 0 ? (
            <EmptyState title={t("admin.none")} text={teach} />
          ) : (
            <DataTable label={title} rows={found.data ?? []} rowKey={rowKey} columns={columns} />
          )}
        </Panel>
      )}
      {children}
    </Page>
  );
}

/** The column of actions, without a visible heading. */
export function actionColumn<Row>(title: string, cell: (row: Row) => ReactNode): DataColumn<Row> {
  return { key: "actions", title: <span className="visually-hidden">{title}</span>, right: true, cell };
}
