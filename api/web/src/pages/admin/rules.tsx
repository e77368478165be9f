// Workflow rules: what starts them, on which condition, what they do; tried on a record before they are saved.
import { useQuery } from "@tanstack/react-query";
import { Button, Drawer } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "@/api/access";
import { useDictionary } from "@/api/meta";
import { dropRule, forgetWorkflow, rulesQuery, runsQuery, type WorkflowRule } from "@/api/workflow";
import { AdminList, actionColumn } from "@/components/admin/admin-list";
import { RowActions } from "@/components/admin/row-actions";
import { RuleDialog } from "@/components/admin/rule-dialog";
import { Bones } from "@/components/bones";
import { conditionText } from "@/components/condition-text";
import { DataTable } from "@/components/data-table";
import { Pill } from "@/components/pill";
import { ProblemNotice } from "@/components/problem-notice";
import { RecordTitle } from "@/components/record-title";
import { useLocale } from "@/i18n";
import { parseCondition } from "@/model/condition";
import { labelIn } from "@/model/dictionary";
import { formatDateTime } from "@/model/format";

export function Rules() {
  const { t } = useTranslation();
  const locale = useLocale();
  const dictionary = useDictionary();
  const found = useQuery(rulesQuery);
  const drop = useChange(dropRule, forgetWorkflow);
  const [open, setOpen] = useState<WorkflowRule | "new">();
  const [runsOf, setRunsOf] = useState<WorkflowRule>();

  return (
    <AdminList
      title={t("admin.page.rules")}
      lead={t("rules.lead")}
      found={found}
      rowKey={(row) => row.id}
      teach={t("rules.teach")}
      add={{ label: t("rules.add"), run: () => setOpen("new") }}
      columns={[
        { key: "name", title: t("admin.label"), cell: (row) => row.name },
        {
          key: "object",
          title: t("admin.object"),
          cell: (row) => labelIn(dictionary.byName(row.object)?.label ?? { en: row.object, zh: row.object }, locale),
        },
        {
          key: "starts",
          title: t("rules.starts"),
          cell: (row) => t(`starts.${(row.starts as { on?: string }).on}`),
        },
        {
          key: "does",
          title: t("rules.does"),
          cell: (row) => (row.actions as { do?: string }[]).map((action) => t(`do.${action.do}`)).join(", "),
        },
        {
          key: "active",
          title: t("lake.state"),
          cell: (row) => (
            <Pill colour={row.active ? "green" : "grey"}>{t(row.active ? "admin.active" : "admin.inactive")}</Pill>
          ),
        },
        actionColumn<WorkflowRule>(t("record.more"), (row) => (
          <span style={{ display: "inline-flex", gap: 4 }}>
            <Button size="small" onClick={() => setRunsOf(row)} aria-label={`${t("rules.runs")}: ${row.name}`}>
              {t("rules.runs")}
            </Button>
            <RowActions name={row.name} edit={() => setOpen(row)} remove={() => drop.mutateAsync(row.id)} />
          </span>
        )),
      ]}
    >
      {open && <RuleDialog rule={open === "new" ? undefined : open} close={() => setOpen(undefined)} />}
      {runsOf && <Runs key={runsOf.id} rule={runsOf} close={() => setRunsOf(undefined)} />}
    </AdminList>
  );
}

const COLOURS: Record<string, string> = { done: "green", failed: "red", cut: "red", not_met: "grey", waiting: "blue" };

function Runs({ rule, close }: { rule: WorkflowRule; close: () => void }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const object = useDictionary().byName(rule.object);
  const runs = useQuery(runsQuery(rule.id));
  const condition = parseCondition(rule.condition);
  return (
    <Drawer open size={720} title={t("rules.runsOf", { name: rule.name })} onClose={close}>
      {object && condition && <p style={{ marginBottom: 12 }}>{conditionText(condition, object, locale, t)}</p>}
      {runs.isPending ? (
        <Bones lines={6} />
      ) : runs.isError ? (
        <ProblemNotice error={runs.error} retry={() => void runs.refetch()} />
      ) : runs.data.length === 0 ? (
        <p className="muted">{t("rules.noRuns")}</p>
      ) : (
        <DataTable
          label={t("rules.runs")}
          rows={runs.data}
          rowKey={(run) => run.id}
          columns={[
            {
              key: "record",
              title: t("bulk.record"),
              cell: (run) => <RecordTitle object={run.object} id={run.record_id} />,
            },
            { key: "at", title: t("signIns.at"), cell: (run) => formatDateTime(run.at, locale) },
            {
              key: "outcome",
              title: t("rules.outcome"),
              cell: (run) => (
                <Pill colour={COLOURS[run.outcome]}>{t(`run.${run.outcome}`, { defaultValue: run.outcome })}</Pill>
              ),
            },
            {
              key: "why",
              title: t("readers.why"),
              cell: (run) =>
                run.why ? (
                  <details>
                    <summary>{t("rules.explain")}</summary>
                    <pre style={{ whiteSpace: "pre-wrap" }}>{JSON.stringify(run.why, null, 1)}</pre>
                  </details>
                ) : null,
            },
          ]}
        />
      )}
    </Drawer>
  );
}
