// A new record of any object.
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useDictionary } from "@/api/meta";
import { useSaveRecord } from "@/api/records";
import type { MetaObject } from "@/api/types";
import { NotFound } from "@/components/not-found";
import { Page } from "@/components/page";
import { RecordForm } from "@/components/record-form";
import { toast } from "@/components/toast";
import { useLocale } from "@/i18n";
import { labelIn, labelWithin } from "@/model/dictionary";
import { defaultValues } from "@/model/form-values";

const route = getRouteApi("/shell/$resource/new");

export function RecordCreate() {
  const { resource } = route.useParams();
  const object = useDictionary().byResource(resource);
  return object?.rights.create ? <Create key={resource} object={object} /> : <NotFound />;
}

function Create({ object }: { object: MetaObject }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { preset } = route.useSearch();
  const navigate = useNavigate();
  const save = useSaveRecord(object.resource);

  return (
    <Page
      title={t("record.newOf", { object: labelWithin(object.label, locale) })}
      above={labelIn(object.label_plural, locale)}
    >
      <RecordForm
        object={object}
        initial={{ ...defaultValues(object.fields), ...preset }}
        submitLabel={t("record.create")}
        save={async (input) => {
          const record = await save.mutateAsync(input);
          toast.success(t("record.created"));
          await navigate({ to: "/$resource/$id", params: { resource: object.resource, id: String(record.id) } });
        }}
        cancel={() => void navigate({ to: "/$resource", params: { resource: object.resource } })}
      />
    </Page>
  );
}
