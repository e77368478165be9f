// Imports of everybody, running and done.
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { importsQuery } from "@/api/imports";
import { useDictionary } from "@/api/meta";
import { Bones } from "@/components/bones";
import { EmptyState } from "@/components/empty-state";
import { ImportTable } from "@/components/import/history";
import { Page, Panel } from "@/components/page";
import { ProblemNotice } from "@/components/problem-notice";

export function Imports() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const dictionary = useDictionary();
  const found = useQuery({ ...importsQuery, refetchInterval: 5_000 });
  return (
    <Page title={t("admin.page.imports")} sub={t("imports.lead")}>
      {found.isError ? (
        <ProblemNotice error={found.error} retry={() => void found.refetch()} />
      ) : (
        <Panel flush={found.isSuccess}>
          {found.isPending ? (
            <Bones lines={6} />
          ) : found.data.length === 0 ? (
            <EmptyState title={t("admin.none")} />
          ) : (
            <ImportTable
              runs={found.data}
              open={(id, run) => {
                const resource = dictionary.byName(run.object)?.resource;
                if (resource) void navigate({ to: "/$resource/import", params: { resource }, search: { run: id } });
              }}
            />
          )}
        </Panel>
      )}
    </Page>
  );
}
