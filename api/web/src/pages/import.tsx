// Brings a file into an object: choose it, say what its columns mean, check it without writing, run it, take it back.
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Steps } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type ImportInput, importQuery, useStartImport } from "@/api/imports";
import { useDictionary } from "@/api/meta";
import type { MetaObject } from "@/api/types";
import { ImportFile } from "@/components/import/file";
import { ImportHistory } from "@/components/import/history";
import { ImportMapping } from "@/components/import/mapping";
import { ImportOutcome } from "@/components/import/outcome";
import { NotFound } from "@/components/not-found";
import { Page } from "@/components/page";
import { problemText } from "@/components/problem-notice";
import { toast } from "@/components/toast";
import { useLocale } from "@/i18n";
import { labelIn, labelWithin } from "@/model/dictionary";

const route = getRouteApi("/shell/$resource/import");

export function ImportPage() {
  const { resource } = route.useParams();
  const object = useDictionary().byResource(resource);
  return object?.rights.import ? <Import key={resource} object={object} /> : <NotFound />;
}

interface Chosen {
  file: File;
  headers: string[];
}

function Import({ object }: { object: MetaObject }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { run } = route.useSearch();
  const navigate = route.useNavigate();
  const [chosen, setChosen] = useState<Chosen>();
  const [input, setInput] = useState<Omit<ImportInput, "dryRun">>();
  const start = useStartImport(object.resource);
  const followed = useQuery(importQuery(run));
  const checked = followed.data?.status === "dry_run";
  const step = run === undefined ? (chosen ? 1 : 0) : checked || (input && !followed.data?.finished_at) ? 2 : 3;

  const begin = async (given: Omit<ImportInput, "dryRun">, dryRun: boolean) => {
    setInput(given);
    try {
      const id = await start.mutateAsync({ ...given, dryRun });
      await navigate({ search: { run: id } });
    } catch (error) {
      toast.error(problemText(error, t));
    }
  };
  const again = () => {
    setChosen(undefined);
    setInput(undefined);
    void navigate({ search: {} });
  };

  return (
    <Page
      title={t("import.title", { objects: labelWithin(object.label_plural, locale) })}
      sub={t("import.lead")}
      above={
        <Link to="/$resource" params={{ resource: object.resource }}>
          {labelIn(object.label_plural, locale)}
        </Link>
      }
    >
      <Steps
        size="small"
        responsive
        current={step}
        style={{ marginBottom: 18 }}
        items={["file", "columns", "check", "result"].map((name) => ({ title: t(`import.step.${name}`) }))}
      />
      {run !== undefined ? (
        <ImportOutcome
          object={object}
          found={followed}
          run={input && checked ? () => void begin(input, false) : undefined}
          starting={start.isPending}
          back={() => void navigate({ search: {} })}
          again={again}
        />
      ) : chosen ? (
        <ImportMapping
          object={object}
          file={chosen.file}
          headers={chosen.headers}
          mapping={input?.mapping}
          starting={start.isPending}
          check={(given) => void begin(given, true)}
          back={again}
        />
      ) : (
        <>
          <ImportFile object={object} onChosen={(file, headers) => setChosen({ file, headers })} />
          <ImportHistory object={object} open={(id) => void navigate({ search: { run: id } })} />
        </>
      )}
    </Page>
  );
}
