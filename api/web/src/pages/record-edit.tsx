// Changes a record; a change by somebody else in the meantime is told, never overwritten.
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useDictionary } from "@/api/meta";
import { recordQuery, useSaveRecord } from "@/api/records";
import type { CrmRecord, MetaObject } from "@/api/types";
import { Bones } from "@/components/bones";
import { NotFound } from "@/components/not-found";
import { Page } from "@/components/page";
import { ProblemNotice } from "@/components/problem-notice";
import { RecordForm } from "@/components/record-form";
import { toast } from "@/components/toast";
import { useLocale } from "@/i18n";
import { labelIn, titleOf } from "@/model/dictionary";

const route = getRouteApi("/shell/$resource/$id/edit");

export function RecordEdit() {
  const { resource, id } = route.useParams();
  const object = useDictionary().byResource(resource);
  return object?.rights.update ? <EditById key={`${resource}/${id}`} object={object} id={Number(id)} /> : <NotFound />;
}

function EditById({ object, id }: { object: MetaObject; id: number }) {
  const locale = useLocale();
  const found = useQuery({ ...recordQuery(object.resource, id), refetchOnWindowFocus: false, staleTime: 0 });
  // The version that was opened stays the one that is edited, whatever live updates bring.
  const [opened, setOpened] = useState<CrmRecord>();
  if (found.isError) return <ProblemNotice error={found.error} retry={() => void found.refetch()} />;
  const record = opened ?? (found.isFetchedAfterMount ? found.data : undefined);
  if (!record) {
    return (
      <Page title={labelIn(object.label, locale)}>
        <Bones lines={8} height={30} />
      </Page>
    );
  }
  if (!opened) setOpened(record);
  const reload = async () => setOpened((await found.refetch()).data);
  return <Edit key={record.version} object={object} record={record} reload={reload} />;
}

function Edit({ object, record, reload }: { object: MetaObject; record: CrmRecord; reload: () => Promise<void> }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const save = useSaveRecord(object.resource, record.id, record.version);
  const here = { to: "/$resource/$id", params: { resource: object.resource, id: String(record.id) } } as const;

  return (
    <Page
      title={t("record.editOf", { title: titleOf(object, record) })}
      above={<Link {...here}>{titleOf(object, record)}</Link>}
    >
      <RecordForm
        object={object}
        initial={record}
        submitLabel={t("record.save")}
        save={async (changes) => {
          if (Object.keys(changes).length > 0) await save.mutateAsync(changes);
          toast.success(t("record.saved"));
          await navigate(here);
        }}
        cancel={() => void navigate(here)}
        reload={reload}
        onlyChanges
      />
    </Page>
  );
}
