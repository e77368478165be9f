// Which columns a list shows; the choice is part of the list's address.
import { Button, Checkbox } from "antd";
import { useTranslation } from "react-i18next";
import type { MetaField, MetaObject } from "@/api/types";
import { useLocale } from "@/i18n";
import { kindOf, labelIn } from "@/model/dictionary";
import { conditionFields } from "@/model/score-fields";
import styles from "./column-chooser.module.css";

interface ColumnChooserProps {
  object: MetaObject;
  shown: MetaField[];
  onChange: (columns: string[] | undefined) => void;
}

export default function ColumnChooser({ object, shown, onChange }: ColumnChooserProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const names = shown.map((field) => field.name);
  const offered = [...conditionFields(object), ...shown.filter((field) => field.name.includes("."))].filter(
    (field, index, all) =>
      !["long_text", "json"].includes(kindOf(field)) && all.findIndex((other) => other.name === field.name) === index,
  );

  return (
    <fieldset className={styles.set}>
      <legend className="visually-hidden">{t("list.columns")}</legend>
      <div className={styles.choices}>
        {offered.map((field) => (
          <Checkbox
            key={field.name}
            checked={names.includes(field.name)}
            disabled={field.name === object.title}
            onChange={({ target }) =>
              onChange(target.checked ? [...names, field.name] : names.filter((name) => name !== field.name))
            }
          >
            {labelIn(field.label, locale)}
          </Checkbox>
        ))}
      </div>
      <Button size="small" onClick={() => onChange(undefined)}>
        {t("list.usualColumns")}
      </Button>
    </fieldset>
  );
}
