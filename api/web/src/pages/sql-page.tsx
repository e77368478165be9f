// SQL over live tables: an editor, the result as a table or CSV, and the tables one may ask.
import { CaretRightOutlined, DownloadOutlined } from "@ant-design/icons";
import { getRouteApi } from "@tanstack/react-router";
import { Button } from "antd";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useRunSql } from "@/api/sql";
import { Bones } from "@/components/bones";
import { busy } from "@/components/busy";
import { EmptyState } from "@/components/empty-state";
import { Page, Panel } from "@/components/page";
import { problemText } from "@/components/problem-notice";
import { SqlResultTable } from "@/components/sql-result-table";
import { SqlTables } from "@/components/sql-tables";
import { useLocale } from "@/i18n";
import { toCsv } from "@/model/csv";
import { formatDuration, formatNumber } from "@/model/format";
import styles from "./sql-page.module.css";

const SqlEditor = lazy(() => import("@/components/sql-editor"));
const route = getRouteApi("/shell/sql");

const FIRST = `SELECT region, count(*) AS customers, sum(revenue) AS revenue
FROM mart.customer
GROUP BY region
ORDER BY revenue DESC`;

export function SqlPage() {
  const { t } = useTranslation();
  const locale = useLocale();
  const { query } = route.useSearch();
  const navigate = route.useNavigate();
  const [sql, setSql] = useState(query ?? FIRST);
  const run = useRunSql();
  const text = useRef(sql);
  text.current = sql;

  const start = () => {
    void navigate({ search: { query: text.current }, replace: true });
    run.mutate(text.current);
  };
  // An address with a query shows its result at once.
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when the page is opened
  useEffect(() => {
    if (query) run.mutate(query);
  }, []);

  return (
    <Page title={t("nav.sql")} sub={t("sql.lead")}>
      <div className={styles.columns}>
        <div>
          <div className={styles.editor}>
            <Suspense
              fallback={
                <div style={{ height: 180, padding: 14 }}>
                  <Bones lines={4} />
                </div>
              }
            >
              <SqlEditor value={sql} onChange={setSql} onRun={start} label={t("sql.editor")} />
            </Suspense>
            <div className={styles.bar}>
              <Button
                type="primary"
                icon={<CaretRightOutlined aria-hidden />}
                loading={busy(run.isPending)}
                onClick={start}
              >
                {t("sql.run")}
              </Button>
              <span className="muted">{t("sql.hint")}</span>
            </div>
          </div>
          <div className={styles.result}>
            {run.isError ? (
              <Panel flush title={t("sql.failed")}>
                <p className={styles.error} role="alert">
                  {problemText(run.error, t)}
                </p>
              </Panel>
            ) : run.data ? (
              <Panel
                flush
                title={
                  <span className="number">
                    {t(run.data.truncated ? "sql.firstRows" : "sql.rows", {
                      count: run.data.rows.length,
                      number: formatNumber(run.data.rows.length, locale),
                    })}{" "}
                    <span className="muted" style={{ fontWeight: 400 }}>
                      · {formatDuration(run.data.elapsed_ms, locale)} · {t("sql.at", { lsn: run.data.lsn })}
                    </span>
                  </span>
                }
                extra={
                  <Button
                    size="small"
                    icon={<DownloadOutlined aria-hidden />}
                    onClick={() => run.data && download(toCsv(run.data))}
                  >
                    CSV
                  </Button>
                }
              >
                <SqlResultTable result={run.data} />
              </Panel>
            ) : run.isPending ? (
              <Panel>
                <Bones lines={6} />
              </Panel>
            ) : (
              <EmptyState title={t("sql.empty")} text={t("sql.emptyText")} />
            )}
          </div>
        </div>
        <Panel title={t("sql.tables")}>
          <div className={styles.tables}>
            <SqlTables />
          </div>
        </Panel>
      </div>
    </Page>
  );
}

function download(csv: string): void {
  const address = URL.createObjectURL(new Blob([csv], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = "basalt.csv";
  link.click();
  URL.revokeObjectURL(address);
}
