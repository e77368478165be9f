// The scores beside a customer, as fields of conditions: "score.p_alive" at least 0.5.
// They live in a side table, which the dictionary of the API does not list.
import type { FieldOption, MetaField, MetaObject } from "@/api/types";
import { type FieldKind, fieldOf } from "./dictionary";

function scoreField(name: string, kind: FieldKind, en: string, zh: string, options: FieldOption[] = []): MetaField {
  const path = `score.${name}`;
  return {
    name: path,
    key: path,
    label: { en, zh },
    kind,
    group: "value",
    required: false,
    unique: false,
    readonly: true,
    system: false,
    personal: false,
    custom: false,
    options,
  };
}

const option = (value: string, en: string, zh: string): FieldOption => ({
  value,
  label: { en, zh },
  active: true,
});

const scoreFields: MetaField[] = [
  scoreField("rfm_segment", "choice", "RFM segment", "RFM 客群", [
    option("champions", "Champions", "冠军客户"),
    option("loyal", "Loyal", "忠诚客户"),
    option("valuable_slipping", "Valuable and slipping away", "高价值流失中"),
    option("promising", "Promising", "潜力客户"),
    option("needs_attention", "Needs attention", "需要关注"),
    option("slipping", "Slipping away", "流失中"),
    option("newcomers", "Newcomers", "新客户"),
    option("hibernating", "Hibernating", "沉睡客户"),
  ]),
  scoreField("value_band", "choice", "Value band", "价值等级", [
    option("top", "Top 5 %", "前 5%"),
    option("high", "High", "高价值"),
    option("middle", "Middle", "中等"),
    option("low", "Low", "低价值"),
  ]),
  scoreField("p_alive", "decimal", "Probability to be active", "活跃概率"),
  scoreField("clv", "decimal", "Lifetime value, 12 months", "12 个月生命周期价值"),
  scoreField("expected_orders", "decimal", "Expected orders, 90 days", "90 天预期订单数"),
  scoreField("expected_spend", "decimal", "Expected spend an order", "预期单笔消费"),
  scoreField("recency_days", "integer", "Days since last order", "距上次下单天数"),
  scoreField("frequency", "integer", "Orders so far", "累计订单"),
  scoreField("monetary", "decimal", "Spend so far", "累计消费"),
  scoreField("r", "integer", "Recency score", "R 分"),
  scoreField("f", "integer", "Frequency score", "F 分"),
  scoreField("m", "integer", "Monetary score", "M 分"),
  scoreField("rfm_cell", "text", "RFM cell", "RFM 组合"),
  scoreField("as_of", "date", "Scored as of", "评分截止日"),
  scoreField("scored_at", "date_time", "Scored at", "评分时间"),
];

/** What conditions on an object may speak of. */
export function conditionFields(object: MetaObject): MetaField[] {
  return object.name === "customer" ? [...object.fields, ...scoreFields] : object.fields;
}

/** The field of a condition; a reference may be named by its column. */
export function conditionField(object: MetaObject, path: string): MetaField | undefined {
  const field = fieldOf(object, path) ?? object.fields.find(({ key }) => key === path);
  return field ?? conditionFields(object).find(({ name }) => name === path);
}
