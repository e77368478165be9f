// Records as cards in columns, one column a stage. A card is moved with the mouse, or by its menu with the keyboard.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { moveRecord, type RecordPart } from "@/api/move-record";
import { queryClient } from "@/api/query-client";
import { shortListQuery } from "@/api/records";
import type { CrmRecord, FieldOption, MetaField, MetaObject, RecordPage } from "@/api/types";
import { useLocale } from "@/i18n";
import type { Condition } from "@/model/condition";
import { fieldOf, kindOf, labelIn, labelWithin, titleOf } from "@/model/dictionary";
import { stageField } from "@/model/forms";
import type { ListSearch } from "@/routes/list-search";
import { Bones } from "../bones";
import { CappedCountText } from "../capped-count";
import { Pill } from "../pill";
import { problemText } from "../problem-notice";
import { toast } from "../toast";
import styles from "./board.module.css";
import { Card } from "./card";

/** Cards of a column; whoever has more narrows them with a filter. */
const SHOWN = 60;

export default function Board({ object, search }: { object: MetaObject; search: ListSearch }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const stage = stageField(object);
  const [dragged, setDragged] = useState<CrmRecord>();
  if (!stage) return <p className="muted">{t("board.none", { objects: labelWithin(object.label_plural, locale) })}</p>;
  const options = (stage.options ?? []).filter((option) => option.active);

  const move = async (record: CrmRecord, to: string) => {
    const from = record[stage.name];
    if (from === to) return;
    const save = async (value: unknown, part: RecordPart) =>
      moveRecord(object.resource, part, { [stage.key]: value }).then(async (saved) => {
        await queryClient.invalidateQueries({ queryKey: ["records", object.resource] });
        return saved;
      });
    try {
      const saved = await save(to, record);
      const option = options.find(({ value }) => value === to);
      toast.success(
        t("board.moved", { title: titleOf(object, record), stage: option ? labelIn(option.label, locale) : to }),
        {
          label: t("record.undo"),
          run: () => void save(from, saved).catch((error) => toast.error(problemText(error, t))),
        },
      );
    } catch (error) {
      toast.error(problemText(error, t));
    }
  };

  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region is reached by keyboard
    <section className={styles.board} tabIndex={0} aria-label={labelIn(object.label_plural, locale)}>
      {options.map((option) => (
        <Column
          key={option.value}
          object={object}
          search={search}
          stage={stage}
          option={option}
          options={options}
          dragged={dragged}
          onDrag={setDragged}
          onMove={(record, to) => void move(record, to)}
        />
      ))}
    </section>
  );
}

interface ColumnProps {
  object: MetaObject;
  search: ListSearch;
  stage: MetaField;
  option: FieldOption;
  options: FieldOption[];
  dragged: CrmRecord | undefined;
  onDrag: (record: CrmRecord | undefined) => void;
  onMove: (record: CrmRecord, to: string) => void;
}

function Column({ object, search, stage, option, options, dragged, onDrag, onMove }: ColumnProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const [over, setOver] = useState(false);
  const inStage: Condition = { field: stage.name, op: "eq", value: option.value };
  const fields = cardFields(object, stage);
  const cards = useQuery(
    shortListQuery({
      resource: object.resource,
      filter: search.filter ? { all: [search.filter, inStage] } : { all: [inStage] },
      q: search.q,
      tag: search.tag,
      sort: search.sort ?? "-updated_at",
      fields: [object.title, stage.name, ...fields.map((field) => field.name)],
      size: SHOWN,
      count: true,
    }),
  );
  const page: RecordPage | undefined = cards.data;
  const name = labelIn(option.label, locale);
  const droppable = dragged !== undefined && dragged[stage.name] !== option.value;

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is a shortcut; each card has a menu for it
    <div
      className={styles.column}
      data-over={over && droppable}
      onDragOver={(event) => {
        if (!droppable) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false);
      }}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        if (dragged && droppable) onMove(dragged, option.value);
      }}
    >
      <h2 className={styles.head}>
        <Pill colour={option.color}>{name}</Pill> {page?.total && <CappedCountText total={page.total} />}
      </h2>
      {cards.isPending ? (
        <Bones lines={4} height={40} />
      ) : cards.isError ? (
        <p className="muted">{problemText(cards.error, t)}</p>
      ) : (
        <ul className={styles.cards} aria-label={name}>
          {page?.items.map((record) => (
            <Card
              key={record.id}
              object={object}
              record={record}
              fields={fields}
              targets={options.filter(({ value }) => value !== option.value)}
              onDrag={onDrag}
              onMove={onMove}
            />
          ))}
          {page?.items.length === 0 && <li className={styles.empty}>{t("board.empty")}</li>}
          {(page?.total?.value ?? 0) > SHOWN && <li className={styles.empty}>{t("board.more", { number: SHOWN })}</li>}
        </ul>
      )}
    </div>
  );
}

/** Of the list's columns those that fit a card: an amount, a day, people. */
function cardFields(object: MetaObject, stage: MetaField): MetaField[] {
  return object.list_columns
    .filter((name) => name !== object.title && name !== stage.name)
    .map((name) => fieldOf(object, name))
    .filter((field) => field !== undefined)
    .filter((field) => !["long_text", "json", "bool"].includes(kindOf(field)))
    .slice(0, 4);
}
