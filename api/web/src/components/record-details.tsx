// The fields of a record, read-only, in the groups of the dictionary.
import { useTranslation } from "react-i18next";
import type { CrmRecord, MetaField, MetaObject } from "@/api/types";
import { useLocale } from "@/i18n";
import { isSystemField, kindOf, labelIn } from "@/model/dictionary";
import { isShown, sectionsOf } from "@/model/layout";
import { FieldValue } from "./field-value";
import { Panel } from "./page";
import styles from "./record-details.module.css";

/** Fields shown by a page of their own kind, not among the details. */
const SHOWN_ELSEWHERE: Record<string, string[]> = { segment: ["definition"], campaign: ["template"] };

export function RecordDetails({ object, record }: { object: MetaObject; record: CrmRecord }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const elsewhere = SHOWN_ELSEWHERE[object.name] ?? [];
  const fields = object.fields.filter(
    (field) => !isSystemField(field) && !elsewhere.includes(field.name) && isShown(field, record),
  );
  return (
    <Panel title={t("record.details")}>
      <div className={styles.groups}>
        {sectionsOf(object, fields, record).map(({ label, group, fields: members }) => (
          <section key={group}>
            {group && (
              <h3 className={styles.group}>
                {label ? labelIn(label, locale) : t(`group.${group}`, { defaultValue: group })}
              </h3>
            )}
            <dl className={styles.list}>
              {members.map((field) => (
                <div key={field.name} className={isWide(field) ? `${styles.item} ${styles.wide}` : styles.item}>
                  <dt>{labelIn(field.label, locale)}</dt>
                  <dd>
                    {isEmpty(field, record) ? (
                      <span className={styles.none}>–</span>
                    ) : (
                      <FieldValue field={field} record={record} />
                    )}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Panel>
  );
}

function isWide(field: MetaField): boolean {
  return kindOf(field) === "long_text" || kindOf(field) === "json";
}

function isEmpty(field: MetaField, record: CrmRecord): boolean {
  const value = record[field.name] ?? record[field.key];
  return value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0);
}
