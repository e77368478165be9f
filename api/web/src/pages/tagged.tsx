// Records of all kinds that carry a tag.
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { taggedQuery } from "@/api/companions";
import { Bones } from "@/components/bones";
import { EmptyState } from "@/components/empty-state";
import { NamedList } from "@/components/named-list";
import { Page, Panel } from "@/components/page";
import { ProblemNotice } from "@/components/problem-notice";

const route = getRouteApi("/shell/tags/$tag");

export function Tagged() {
  const { t } = useTranslation();
  const { tag } = route.useParams();
  const found = useQuery(taggedQuery(tag));
  return (
    <Page title={`# ${tag}`} sub={t("tag.lead")}>
      {found.isError ? (
        <ProblemNotice error={found.error} retry={() => void found.refetch()} />
      ) : (
        <Panel>
          {found.isPending ? (
            <Bones lines={5} />
          ) : found.data.length === 0 ? (
            <EmptyState title={t("tag.none")} text={t("tag.noneText")} />
          ) : (
            <NamedList items={found.data} />
          )}
        </Panel>
      )}
    </Page>
  );
}
