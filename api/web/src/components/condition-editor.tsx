// Builds a condition: rows of field, operator and value, all or any of which must hold.
import { DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Segmented, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { MetaObject } from "@/api/types";
import { useLocale } from "@/i18n";
import {
  type Comparison,
  type Condition,
  type FlatCondition,
  filterable,
  flatten,
  type Operator,
  operatorsFor,
  unflatten,
} from "@/model/condition";
import { fieldOf, labelIn } from "@/model/dictionary";
import { conditionField, conditionFields } from "@/model/score-fields";
import styles from "./condition-editor.module.css";
import { conditionText } from "./condition-text";
import { ConditionValue } from "./condition-value";

interface ConditionEditorProps {
  object: MetaObject;
  value: Condition | undefined;
  /** With a button that applies; without, every change is told by `onChange`. */
  onApply?: (condition: Condition | undefined) => void;
  onChange?: (condition: Condition | undefined) => void;
}

export default function ConditionEditor({ object, value, onApply, onChange }: ConditionEditorProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const [flat, setFlat] = useState<FlatCondition | null>(() => {
    const known = flatten(value);
    return known && known.comparisons.length === 0 ? { ...known, comparisons: [firstComparison(object)] } : known;
  });

  const change = (next: FlatCondition) => {
    setFlat(next);
    onChange?.(unflatten(next));
  };
  if (!flat) {
    return (
      <div>
        <p>{value && conditionText(value, object, locale, t)}</p>
        <p className="muted">{t("condition.tooDeep")}</p>
        <Button onClick={() => change({ join: "all", comparisons: [firstComparison(object)] })}>
          {t("condition.startOver")}
        </Button>
      </div>
    );
  }

  const replace = (index: number, comparison: Comparison) =>
    change({ ...flat, comparisons: flat.comparisons.map((old, i) => (i === index ? comparison : old)) });

  const fields = conditionFields(object)
    .filter(filterable)
    .map((field) => ({ value: field.name, label: labelIn(field.label, locale) }));

  return (
    <div>
      {flat.comparisons.length > 1 && (
        <div style={{ marginBottom: 10 }}>
          <Segmented<FlatCondition["join"]>
            size="small"
            value={flat.join}
            onChange={(join) => change({ ...flat, join })}
            options={[
              { value: "all", label: t("condition.all") },
              { value: "any", label: t("condition.any") },
            ]}
          />
        </div>
      )}
      {flat.comparisons.map((comparison, index) => {
        const field = conditionField(object, comparison.field);
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: rows are told apart by their place only
          <div key={index} className={styles.row}>
            <Select
              showSearch={{ optionFilterProp: "label" }}
              aria-label={t("condition.field")}
              value={field?.name ?? comparison.field}
              options={fields}
              onChange={(name) => {
                const chosen = conditionField(object, name);
                if (chosen) replace(index, { field: name, op: operatorsFor(chosen)[0] ?? "eq" });
              }}
            />
            <Select<Operator>
              aria-label={t("condition.operator")}
              value={comparison.op}
              options={(field ? operatorsFor(field) : [comparison.op]).map((op) => ({
                value: op,
                label: t(`op.${op}`),
              }))}
              onChange={(op) => replace(index, { field: comparison.field, op })}
            />
            {field && comparison.op !== "is_empty" ? (
              <ConditionValue
                field={field}
                op={comparison.op}
                value={comparison.value}
                onChange={(next) => replace(index, { ...comparison, value: next })}
              />
            ) : (
              <span />
            )}
            <Button
              type="text"
              icon={<DeleteOutlined aria-hidden />}
              aria-label={t("condition.remove")}
              onClick={() => change({ ...flat, comparisons: flat.comparisons.filter((_, i) => i !== index) })}
            />
          </div>
        );
      })}
      <div className={styles.foot}>
        <Button
          type="dashed"
          icon={<PlusOutlined aria-hidden />}
          onClick={() => change({ ...flat, comparisons: [...flat.comparisons, firstComparison(object)] })}
        >
          {t("condition.add")}
        </Button>
        {onApply && (
          <Button type="primary" onClick={() => onApply(unflatten(flat))}>
            {t("condition.apply")}
          </Button>
        )}
      </div>
    </div>
  );
}

function firstComparison(object: MetaObject): Comparison {
  const field =
    object.list_columns.map((name) => fieldOf(object, name)).find((column) => column && filterable(column)) ??
    object.fields[0];
  return { field: field?.name ?? "id", op: field ? (operatorsFor(field)[0] ?? "eq") : "eq" };
}
