// What was deleted: taken back, or erased for good.
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Button, Popconfirm, Select } from "antd";
import { useTranslation } from "react-i18next";
import { useDictionary } from "@/api/meta";
import { type BulkInput, useBulk } from "@/api/record-actions";
import { shortListQuery } from "@/api/records";
import type { CrmRecord, MetaObject } from "@/api/types";
import { Bones } from "@/components/bones";
import { CappedCountText } from "@/components/capped-count";
import { DataTable } from "@/components/data-table";
import { EmptyState } from "@/components/empty-state";
import { iconOf } from "@/components/object-icon";
import { Page, Panel } from "@/components/page";
import { ProblemNotice, problemText } from "@/components/problem-notice";
import { toast } from "@/components/toast";
import { UserName } from "@/components/user-name";
import { useLocale } from "@/i18n";
import { labelIn, titleOf } from "@/model/dictionary";
import { formatDateTime } from "@/model/format";

const route = getRouteApi("/shell/recycle-bin");
const SHOWN = 100;

export function RecycleBin() {
  const { t } = useTranslation();
  const locale = useLocale();
  const { of } = route.useSearch();
  const navigate = route.useNavigate();
  const dictionary = useDictionary();
  const objects = dictionary.objects.filter(
    (object) => object.traits.includes("recycle") && (object.rights.delete || object.rights.update),
  );
  const object =
    objects.find(({ resource }) => resource === of) ?? objects.find(({ name }) => name === "customer") ?? objects[0];

  return (
    <Page
      title={t("bin.open")}
      sub={t("bin.lead")}
      actions={
        object && (
          <Select
            aria-label={t("bin.of")}
            style={{ minWidth: 180 }}
            value={object.resource}
            options={objects.map((one) => ({ value: one.resource, label: labelIn(one.label_plural, locale) }))}
            onChange={(resource) => void navigate({ search: { of: resource } })}
          />
        )
      }
    >
      {object ? <Bin key={object.name} object={object} /> : <EmptyState title={t("bin.none")} />}
    </Page>
  );
}

function Bin({ object }: { object: MetaObject }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const bulk = useBulk(object.resource);
  const list = useQuery(
    shortListQuery({
      resource: object.resource,
      recycled: true,
      fields: [object.title, "deleted_at", "updated_by"],
      sort: "-deleted_at",
      size: SHOWN,
      count: true,
    }),
  );

  const act = async (action: BulkInput["action"], record: CrmRecord) => {
    try {
      const { results } = await bulk.mutateAsync({ action, ids: [record.id] });
      const refused = results.find(({ outcome }) => outcome === "refused");
      if (refused)
        toast.error((refused.problem as unknown as { message?: string })?.message ?? t("problem.unexpected"));
      else toast.success(t(`bulk.done.${action}`, { count: 1 }));
    } catch (error) {
      toast.error(problemText(error, t));
    }
  };

  if (list.isError) return <ProblemNotice error={list.error} retry={() => void list.refetch()} />;
  return (
    <Panel
      flush={list.isSuccess}
      title={
        <>
          {labelIn(object.label_plural, locale)} {list.data?.total && <CappedCountText total={list.data.total} />}
        </>
      }
    >
      {list.isPending ? (
        <Bones lines={5} />
      ) : list.data.items.length === 0 ? (
        <EmptyState icon={iconOf(object.name)} title={t("bin.empty")} text={t("bin.emptyText")} />
      ) : (
        <DataTable
          label={t("bin.open")}
          rows={list.data.items}
          rowKey={(record) => record.id}
          columns={[
            { key: "title", title: labelIn(object.label, locale), cell: (record) => titleOf(object, record) },
            { key: "at", title: t("bin.at"), cell: (record) => formatDateTime(record.deleted_at, locale) },
            {
              key: "by",
              title: t("bin.by"),
              cell: (record) => (typeof record.updated_by === "number" ? <UserName id={record.updated_by} /> : null),
            },
            {
              key: "do",
              title: <span className="visually-hidden">{t("record.more")}</span>,
              right: true,
              cell: (record) => (
                <span style={{ display: "inline-flex", gap: 8 }}>
                  <Button
                    size="small"
                    aria-label={t("bin.restoreOne", { title: titleOf(object, record) })}
                    onClick={() => void act("restore", record)}
                  >
                    {t("bin.restore")}
                  </Button>
                  {object.rights.delete && (
                    <Popconfirm
                      title={t("bin.purgeAsk")}
                      description={t("bin.purgeText")}
                      okText={t("bin.purge")}
                      okButtonProps={{ danger: true }}
                      onConfirm={() => act("purge", record)}
                    >
                      <Button size="small" danger aria-label={t("bin.purgeOne", { title: titleOf(object, record) })}>
                        {t("bin.purge")}
                      </Button>
                    </Popconfirm>
                  )}
                </span>
              ),
            },
          ]}
        />
      )}
    </Panel>
  );
}
