// Lists of the records that point to this one, each with a way to all of them and to a new one.
import { PlusOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { useDictionary } from "@/api/meta";
import { shortListQuery } from "@/api/records";
import type { CrmRecord, MetaField, MetaObject } from "@/api/types";
import { useLocale } from "@/i18n";
import { columnOf, conditionPath, fieldAt, fieldOf, labelIn, labelWithin } from "@/model/dictionary";
import { Bones } from "./bones";
import { CappedCountText } from "./capped-count";
import { Panel } from "./page";
import { problemText } from "./problem-notice";
import { SmallTable } from "./small-table";

const SHOWN = 5;

export function RelatedLists({ object, record }: { object: MetaObject; record: CrmRecord }) {
  const related = useDictionary()
    .pointingTo(object)
    .filter(({ object: other }) => other.rights.read);
  return related.map(({ object: other, field }) => (
    <RelatedList key={`${other.name}.${field.name}`} object={other} field={field} target={record} />
  ));
}

function RelatedList({ object, field, target }: { object: MetaObject; field: MetaField; target: CrmRecord }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const dictionary = useDictionary();
  const filter = { all: [{ field: conditionPath(field), op: "eq" as const, value: target.id }] };
  const fields = [object.title, ...object.list_columns]
    .filter((name, index, names) => names.indexOf(name) === index && name !== field.name)
    .map((name) => fieldAt(dictionary, object, name))
    .filter((known) => known !== undefined)
    .slice(0, 5);
  const newest = fieldOf(object, "ordered_on") ?? fieldOf(object, "paid_on");
  const list = useQuery(
    shortListQuery({
      resource: object.resource,
      filter,
      fields: fields.map((known) => known.name),
      sort: newest ? `-${newest.name}` : undefined,
      size: SHOWN,
      count: true,
    }),
  );
  const total = list.data?.total;

  return (
    <Panel
      flush
      title={
        <>
          {labelIn(object.label_plural, locale)} {total && <CappedCountText total={total} />}
        </>
      }
      extra={
        <>
          {(total?.value ?? 0) > SHOWN && (
            <Link to="/$resource" params={{ resource: object.resource }} search={{ filter }}>
              {t("related.showAll")}
            </Link>
          )}
          {object.rights.create && (
            <Link
              to="/$resource/new"
              params={{ resource: object.resource }}
              search={{ preset: { [columnOf(field)]: target.id } }}
            >
              <Button size="small" icon={<PlusOutlined aria-hidden />}>
                {t("related.new")}
              </Button>
            </Link>
          )}
        </>
      }
    >
      {list.isPending ? (
        <div style={{ padding: 16 }}>
          <Bones lines={3} />
        </div>
      ) : list.isError ? (
        <p className="muted" style={{ padding: 16 }}>
          {problemText(list.error, t)}
        </p>
      ) : list.data.items.length === 0 ? (
        <p className="muted" style={{ padding: 16 }}>
          {t("related.empty", { objects: labelWithin(object.label_plural, locale) })}
        </p>
      ) : (
        <SmallTable object={object} fields={fields} records={list.data.items} />
      )}
    </Panel>
  );
}
