// A short table of records, all rows in the page.
import { Link } from "@tanstack/react-router";
import type { CrmRecord, MetaField, MetaObject } from "@/api/types";
import { useLocale } from "@/i18n";
import { labelIn, titleOf } from "@/model/dictionary";
import { FieldValue, isNumeric } from "./field-value";
import styles from "./small-table.module.css";

export function SmallTable({
  object,
  fields,
  records,
}: {
  object: MetaObject;
  fields: MetaField[];
  records: CrmRecord[];
}) {
  const locale = useLocale();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region is reached by keyboard
    <section className={styles.scroll} tabIndex={0} aria-label={labelIn(object.label_plural, locale)}>
      <table className={styles.table}>
        <thead>
          <tr>
            {fields.map((field) => (
              <th key={field.name} scope="col" className={isNumeric(field) ? styles.right : undefined}>
                {labelIn(field.label, locale)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {records.map((record) => (
            <tr key={record.id}>
              {fields.map((field, index) => (
                <td key={field.name} className={isNumeric(field) ? styles.right : undefined}>
                  {index === 0 ? (
                    <Link to="/$resource/$id" params={{ resource: object.resource, id: String(record.id) }}>
                      {titleOf(object, record)}
                    </Link>
                  ) : (
                    <FieldValue field={field} record={record} />
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
