// How far an import is, what it did or would do, which rows it refused and why; and taking it back.
import { DownloadOutlined } from "@ant-design/icons";
import type { UseQueryResult } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Alert, Button, Popconfirm, Progress } from "antd";
import { useTranslation } from "react-i18next";
import { type ImportState, isRunning, refusedAddress, useCancelImport, useUndoImport } from "@/api/imports";
import type { MetaObject } from "@/api/types";
import { useLocale } from "@/i18n";
import { formatNumber } from "@/model/format";
import { Bones } from "../bones";
import { busy } from "../busy";
import { DataTable } from "../data-table";
import { Panel } from "../page";
import { ProblemNotice, problemText } from "../problem-notice";
import { toast } from "../toast";
import styles from "./import.module.css";

interface ImportOutcomeProps {
  object: MetaObject;
  found: UseQueryResult<ImportState>;
  /** Runs what was checked; absent when the file is no longer at hand. */
  run: (() => void) | undefined;
  starting: boolean;
  back: () => void;
  again: () => void;
}

export function ImportOutcome({ object, found, run, starting, back, again }: ImportOutcomeProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  if (found.isError) return <ProblemNotice error={found.error} retry={() => void found.refetch()} />;
  if (!found.data) return <Bones lines={5} />;
  const state = found.data;
  if (isRunning(state)) return <Running state={state} />;
  const checked = state.status === "dry_run";
  const reason = locale === "zh" ? state.reason_zh : state.reason_en;
  const accepted = state.rows_inserted + state.rows_updated;

  return (
    <>
      <Panel>
        <Alert
          type={reason ? "error" : state.rows_refused > 0 ? "warning" : "success"}
          showIcon
          role="status"
          title={t(`import.status.${state.undone_at ? "undone" : state.status}`, { defaultValue: state.status })}
          description={
            reason ||
            (state.undone_at
              ? t("import.undone", {
                  removed: formatNumber(state.rows_removed, locale),
                  restored: formatNumber(state.rows_restored, locale),
                  kept: formatNumber(state.rows_kept, locale),
                })
              : undefined)
          }
        />
        <dl className={styles.counts}>
          {(["read", "inserted", "updated", "refused"] as const).map((name) => (
            <div key={name} data-bad={name === "refused" && state.rows_refused > 0}>
              <dt>{t(`import.rows.${checked && name !== "read" && name !== "refused" ? `would_${name}` : name}`)}</dt>
              <dd className="number">{formatNumber(state[`rows_${name}`], locale)}</dd>
            </div>
          ))}
        </dl>
        <div className={styles.buttons}>
          {checked && <Button onClick={back}>{t("import.back")}</Button>}
          {checked && run && (
            <Button type="primary" disabled={accepted === 0} loading={busy(starting)} onClick={run}>
              {t("import.run", { number: formatNumber(accepted, locale) })}
            </Button>
          )}
          {!checked && (
            <>
              <Link to="/$resource" params={{ resource: object.resource }}>
                <Button type="primary">{t("import.toList")}</Button>
              </Link>
              <Button onClick={again}>{t("import.again")}</Button>
            </>
          )}
          {state.status === "done" && !state.undone_at && <Undo object={object} id={state.id} />}
        </div>
      </Panel>
      {state.rows_refused > 0 && <Refused state={state} />}
    </>
  );
}

function Running({ state }: { state: ImportState }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const cancel = useCancelImport();
  return (
    <Panel>
      <p role="status" style={{ marginBottom: 8 }}>
        {t(`import.phase.${state.phase ?? "reading"}`)}{" "}
        <span className="number">{t("import.soFar", { number: formatNumber(state.rows_read, locale) })}</span>
      </p>
      <Progress
        percent={{ reading: 30, checking: 60, writing: 85 }[state.phase ?? "reading"]}
        status="active"
        showInfo={false}
        aria-label={t("import.step.check")}
      />
      <Button
        style={{ marginTop: 12 }}
        onClick={() => cancel.mutate(state.id, { onError: (error) => toast.error(problemText(error, t)) })}
      >
        {t("import.cancel")}
      </Button>
    </Panel>
  );
}

function Undo({ object, id }: { object: MetaObject; id: number }) {
  const { t } = useTranslation();
  const undo = useUndoImport(object.resource);
  return (
    <Popconfirm
      title={t("import.undoAsk")}
      description={t("import.undoText")}
      okText={t("import.undo")}
      okButtonProps={{ danger: true }}
      onConfirm={() => undo.mutateAsync(id).catch((error) => toast.error(problemText(error, t)))}
    >
      <Button danger loading={busy(undo.isPending)}>
        {t("import.undo")}
      </Button>
    </Popconfirm>
  );
}

function Refused({ state }: { state: ImportState }) {
  const { t } = useTranslation();
  return (
    <Panel
      flush
      className="spaced"
      title={t("import.refused")}
      extra={
        <a href={refusedAddress(state.id)} download>
          <Button size="small" icon={<DownloadOutlined aria-hidden />}>
            {t("import.refusedFile")}
          </Button>
        </a>
      }
    >
      <DataTable
        label={t("import.refused")}
        rows={state.refusals}
        rowKey={(row, index) => `${row.line} ${index}`}
        columns={[
          { key: "line", title: t("import.line"), right: true, cell: (row) => row.line },
          { key: "column", title: t("import.column"), cell: (row) => row.column_name },
          { key: "reason", title: t("readers.why"), cell: (row) => row.reason },
        ]}
      />
    </Panel>
  );
}
