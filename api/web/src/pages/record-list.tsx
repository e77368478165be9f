// The list of any object: columns, filters and order come from the dictionary and the address.
import { PlusOutlined } from "@ant-design/icons";
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Button } from "antd";
import { lazy, Suspense, useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useDictionary } from "@/api/meta";
import { listQuery } from "@/api/records";
import type { MetaField, MetaObject } from "@/api/types";
import { Bones } from "@/components/bones";
import { CappedCountText } from "@/components/capped-count";
import { EmptyState } from "@/components/empty-state";
import { FilterBar } from "@/components/filter-bar";
import { NotFound } from "@/components/not-found";
import { iconOf } from "@/components/object-icon";
import { Page } from "@/components/page";
import { ProblemNotice } from "@/components/problem-notice";
import { RecordTable } from "@/components/record-table";
import { useLocale } from "@/i18n";
import { type Dictionary, fieldAt, labelIn, labelWithin } from "@/model/dictionary";
import { conditionField } from "@/model/score-fields";
import { parseSort, type Sort, sortText } from "@/model/sort";
import type { ListSearch } from "@/routes/list-search";

const BulkBar = lazy(() => import("@/components/list/bulk-bar"));
const FormSwitch = lazy(() => import("@/components/list/form-switch"));
const ListMenu = lazy(() => import("@/components/list/list-menu"));
const ViewMenu = lazy(() => import("@/components/list/view-menu"));
const Board = lazy(() => import("@/components/board"));
const Calendar = lazy(() => import("@/components/calendar"));

const route = getRouteApi("/shell/$resource");

export function RecordList() {
  const { resource } = route.useParams();
  const object = useDictionary().byResource(resource);
  return object ? <ObjectList key={resource} object={object} /> : <NotFound />;
}

/** The columns of the object's list that the reader may see, its title first. */
function listFields(dictionary: Dictionary, object: MetaObject, chosen: string[] = object.list_columns): MetaField[] {
  const paths = [object.title, ...chosen.filter((path) => path !== object.title)];
  return paths
    .map((path) => fieldAt(dictionary, object, path) ?? conditionField(object, path))
    .filter((field) => field !== undefined);
}

function ObjectList({ object }: { object: MetaObject }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const navigate = route.useNavigate();
  const search = route.useSearch();
  const dictionary = useDictionary();
  const fields = useMemo(() => listFields(dictionary, object, search.columns), [dictionary, object, search.columns]);

  const change = useCallback(
    (part: ListSearch) => void navigate({ search: (old) => ({ ...old, ...part }), replace: true }),
    [navigate],
  );
  const onSearch = useCallback((q: string | undefined) => change({ q }), [change]);
  const onFilter = useCallback((filter: ListSearch["filter"]) => change({ filter }), [change]);

  return (
    <Page
      fill
      title={labelIn(object.label_plural, locale)}
      beside={<ListTotal object={object} search={search} fields={fields} />}
      actions={
        <>
          <Suspense fallback={null}>
            <FormSwitch object={object} value={search.as} onChange={(as) => change({ as })} />
            <ViewMenu object={object} search={search} onOpen={(next) => void navigate({ search: next })} />
            <ListMenu object={object} search={search} columns={fields.map((field) => field.name)} />
          </Suspense>
          {object.rights.create && (
            <Link to="/$resource/new" params={{ resource: object.resource }}>
              <Button type="primary" icon={<PlusOutlined aria-hidden />}>
                {t("record.newOf", { object: labelWithin(object.label, locale) })}
              </Button>
            </Link>
          )}
        </>
      }
    >
      <FilterBar
        object={object}
        q={search.q}
        filter={search.filter}
        onSearch={onSearch}
        onFilter={onFilter}
        columns={fields}
        onColumns={(columns) => change({ columns })}
        tag={search.tag}
        onTag={(tag) => change({ tag })}
      />
      <Suspense fallback={<Bones lines={14} height={22} />}>
        {search.as === "board" ? (
          <Board object={object} search={search} />
        ) : search.as === "calendar" ? (
          <Calendar object={object} search={search} onMonth={(month) => change({ month })} />
        ) : (
          <Table object={object} search={search} fields={fields} change={change} />
        )}
      </Suspense>
    </Page>
  );
}

/** What the table asks for; the count beside the title comes with its first page. */
function listInput(object: MetaObject, search: ListSearch, fields: MetaField[]) {
  return listQuery({
    resource: object.resource,
    filter: search.filter,
    q: search.q,
    sort: search.sort,
    tag: search.tag,
    fields: fields.map((field) => field.name),
  });
}

interface ListProps {
  object: MetaObject;
  search: ListSearch;
  fields: MetaField[];
}

function ListTotal({ object, search, fields }: ListProps) {
  const total = useInfiniteQuery(listInput(object, search, fields)).data?.pages[0]?.total;
  return total ? <CappedCountText total={total} /> : null;
}

function Table({ object, search, fields, change }: ListProps & { change: (part: ListSearch) => void }) {
  const list = useInfiniteQuery(listInput(object, search, fields));
  const records = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  const total = list.data?.pages[0]?.total;
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const shown = useMemo(() => records.filter(({ id }) => chosen.has(id)).map(({ id }) => id), [records, chosen]);
  const selectable = object.rights.update || object.rights.delete;
  const toggle = (ids: number[], on: boolean) =>
    setChosen((old) => new Set(on ? [...old, ...ids] : [...old].filter((id) => !ids.includes(id))));

  if (list.isError) return <ProblemNotice error={list.error} retry={() => void list.refetch()} />;
  if (list.isPending) return <Bones lines={14} height={22} />;
  if (records.length === 0) {
    const clear = () => change({ q: undefined, filter: undefined, tag: undefined });
    return <NothingListed object={object} search={search} clear={clear} />;
  }
  return (
    <>
      <Suspense fallback={null}>
        {shown.length > 0 && <BulkBar object={object} ids={shown} clear={() => setChosen(new Set())} />}
      </Suspense>
      <RecordTable
        object={object}
        fields={fields}
        records={records}
        sort={parseSort(search.sort)}
        onSort={(sort: Sort | undefined) => change({ sort: sortText(sort) })}
        total={total && !total.capped ? total.value : undefined}
        more={{
          hasMore: list.hasNextPage,
          loading: list.isFetchingNextPage,
          load: () => void list.fetchNextPage(),
        }}
        selection={selectable ? { ids: chosen, toggle } : undefined}
      />
    </>
  );
}

function NothingListed({ object, search, clear }: { object: MetaObject; search: ListSearch; clear: () => void }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const name = labelWithin(object.label_plural, locale);
  if (search.q || search.filter || search.tag) {
    return (
      <EmptyState
        icon={iconOf(object.name)}
        title={t("list.noMatch")}
        text={t("list.noMatchText")}
        action={<Button onClick={clear}>{t("list.showAll")}</Button>}
      />
    );
  }
  return (
    <EmptyState
      icon={iconOf(object.name)}
      title={t("list.empty", { objects: name })}
      text={t(`teach.${object.name}`, { defaultValue: t("teach.other") })}
    />
  );
}
