// One record on a board.
import { EllipsisOutlined } from "@ant-design/icons";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { CrmRecord, FieldOption, MetaField, MetaObject } from "@/api/types";
import { useLocale } from "@/i18n";
import { labelIn, titleOf, valueIn } from "@/model/dictionary";
import { FieldValue } from "../field-value";
import { PopupMenu } from "../popup-menu";
import styles from "./board.module.css";

interface CardProps {
  object: MetaObject;
  record: CrmRecord;
  fields: MetaField[];
  /** Stages the card may go to. */
  targets: FieldOption[];
  onDrag: (record: CrmRecord | undefined) => void;
  onMove: (record: CrmRecord, to: string) => void;
}

export function Card({ object, record, fields, targets, onDrag, onMove }: CardProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const movable = object.rights.update;
  const title = titleOf(object, record);
  return (
    <li
      className={styles.card}
      draggable={movable}
      onDragStart={(event) => {
        event.dataTransfer.effectAllowed = "move";
        event.dataTransfer.setData("text/plain", title);
        onDrag(record);
      }}
      onDragEnd={() => onDrag(undefined)}
    >
      <div className={styles.top}>
        <Link to="/$resource/$id" params={{ resource: object.resource, id: String(record.id) }} draggable={false}>
          {title}
        </Link>
        {movable && (
          <PopupMenu
            label={t("board.move", { title })}
            heading={t("board.moveTo")}
            button={<EllipsisOutlined aria-hidden />}
            items={targets.map((option) => ({
              key: option.value,
              label: labelIn(option.label, locale),
              run: () => onMove(record, option.value),
            }))}
          />
        )}
      </div>
      <div className={styles.rest}>
        {fields
          .filter((field) => valueIn(record, field) != null || record[field.key] != null)
          .map((field) => (
            <span key={field.name} title={labelIn(field.label, locale)}>
              <FieldValue field={field} record={record} />
            </span>
          ))}
      </div>
    </li>
  );
}
