//! Kinds of behaviour and their attributes.

use std::collections::{BTreeMap, HashSet};

use basalt_model::{Label, Problem};
use chrono::{DateTime, NaiveDate};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use sqlx::{PgConnection, Row};

use crate::db::Db;
use crate::error::{Error, Result};

/// What values an attribute takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttributeType {
    Text,
    Number,
    Integer,
    Bool,
    /// `YYYY-MM-DD`
    Date,
    /// RFC 3339
    DateTime,
}

/// Something an event of a kind may or must say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Attribute {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: AttributeType,
    #[serde(default)]
    pub required: bool,
    /// Of a text: the values it may have; empty for any.
    #[serde(default)]
    pub options: Vec<String>,
}

/// A kind of behaviour that events may be of.
#[derive(Debug, Clone)]
pub(crate) struct BehaviourType {
    pub id: i64,
    pub attributes: Vec<Attribute>,
}

/// Characters of a text attribute.
const TEXT_MAX: usize = 2000;

/// The kinds that are active, by key.
pub(super) async fn active(
    connection: &mut PgConnection,
) -> Result<BTreeMap<String, BehaviourType>> {
    let rows = sqlx::query(
        "select id, key, attributes from crm.behaviour_type where active and deleted_at is null",
    )
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            let stored: Option<Json> = row.try_get("attributes")?;
            let attributes = read(stored.as_ref()).map_err(|problem| {
                Error::Stored(format!(
                    "attributes of a behaviour type: {}",
                    problem.message.en
                ))
            })?;
            let kind = BehaviourType {
                id: row.try_get("id")?,
                attributes,
            };
            Ok((row.try_get("key")?, kind))
        })
        .collect()
}

/// Reads the attributes of a kind as people write them.
pub(crate) fn read(json: Option<&Json>) -> Result<Vec<Attribute>, Problem> {
    let Some(json) = json.filter(|json| !json.is_null()) else {
        return Ok(Vec::new());
    };
    let attributes: Vec<Attribute> = Deserialize::deserialize(json).map_err(|_| {
        Problem::new(
            "attributes",
            "is no list of {\"name\", \"type\", \"required\", \"options\"}; type is text, number, integer, bool, date or date_time",
            "应为由 {\"name\", \"type\", \"required\", \"options\"} 组成的列表；type 可为 text、number、integer、bool、date 或 date_time",
        )
    })?;
    let mut names = HashSet::new();
    for attribute in &attributes {
        if !is_key(&attribute.name) {
            return Err(Problem::new(
                "attributes",
                format!(
                    "{:?} is no name: small letters, digits and underscores, 60 at most",
                    attribute.name
                ),
                format!(
                    "“{}”不是有效名称：只能使用小写字母、数字和下划线，最多 60 个",
                    attribute.name
                ),
            ));
        }
        if !names.insert(&attribute.name) {
            return Err(Problem::new(
                "attributes",
                format!("names {} twice", attribute.name),
                format!("重复定义了 {}", attribute.name),
            ));
        }
        if !attribute.options.is_empty() && attribute.kind != AttributeType::Text {
            return Err(Problem::new(
                "attributes",
                format!("gives options to {}, which is no text", attribute.name),
                format!("{} 不是文本，不能设置选项", attribute.name),
            ));
        }
    }
    Ok(attributes)
}

/// Small letters, digits and underscores, beginning with a letter.
pub(crate) fn is_key(text: &str) -> bool {
    text.len() <= 60
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

impl BehaviourType {
    /// Whether an event of this kind may say this.
    pub fn check(&self, said: &Map<String, Json>) -> Result<(), Problem> {
        for name in said.keys() {
            if !self.attributes.iter().any(|a| &a.name == name) {
                return Err(Problem::new(
                    "unknown_attribute",
                    format!("There is no attribute {name:?} of this type; define it first."),
                    format!("此类型没有属性“{name}”，请先定义。"),
                ));
            }
        }
        for attribute in &self.attributes {
            match said.get(&attribute.name).filter(|value| !value.is_null()) {
                None if attribute.required => {
                    return Err(Problem::new(
                        "missing_attribute",
                        format!("Attribute {:?} is missing.", attribute.name),
                        format!("缺少属性“{}”。", attribute.name),
                    ));
                }
                Some(value) if !attribute.takes(value) => {
                    return Err(Problem::new(
                        "attribute_value",
                        format!(
                            "Attribute {:?} is {}.",
                            attribute.name,
                            attribute.wants().en
                        ),
                        format!("属性“{}”应为{}。", attribute.name, attribute.wants().zh),
                    ));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

impl Attribute {
    fn takes(&self, value: &Json) -> bool {
        match (self.kind, value) {
            (AttributeType::Text, Json::String(text)) => {
                text.chars().count() <= TEXT_MAX
                    && !text.contains('\0')
                    && (self.options.is_empty() || self.options.contains(text))
            }
            (AttributeType::Number, Json::Number(_)) | (AttributeType::Bool, Json::Bool(_)) => true,
            (AttributeType::Integer, Json::Number(number)) => number.is_i64(),
            (AttributeType::Date, Json::String(text)) => text.parse::<NaiveDate>().is_ok(),
            (AttributeType::DateTime, Json::String(text)) => {
                DateTime::parse_from_rfc3339(text).is_ok()
            }
            _ => false,
        }
    }

    fn wants(&self) -> Label {
        match self.kind {
            AttributeType::Text if !self.options.is_empty() => {
                let all = self.options.join(", ");
                Label::new(format!("one of {all}"), format!("以下之一：{all}"))
            }
            AttributeType::Text => Label::new(
                format!("a text of at most {TEXT_MAX} characters"),
                format!("最多 {TEXT_MAX} 个字符的文本"),
            ),
            AttributeType::Number => Label::new("a number", "数字"),
            AttributeType::Integer => Label::new("a whole number", "整数"),
            AttributeType::Bool => Label::new("true or false", "true 或 false"),
            AttributeType::Date => Label::new("a day such as 2026-11-25", "日期，例如 2026-11-25"),
            AttributeType::DateTime => Label::new(
                "a moment such as 2026-11-25T09:30:00Z",
                "时间，例如 2026-11-25T09:30:00Z",
            ),
        }
    }
}

/// What Basalt notes by itself, and what its snippet for websites sends. Kinds that are there stay as they are.
const STANDARD: [(&str, &str, &str, &str); 5] = [
    (
        "order_placed",
        "Order placed",
        "下单",
        r#"[{"name":"order","type":"text"},{"name":"amount","type":"number"},{"name":"currency","type":"text"}]"#,
    ),
    ("mail_opened", "Mail opened", "打开邮件", "[]"),
    (
        "mail_clicked",
        "Link in a mail followed",
        "点击邮件链接",
        "[]",
    ),
    (
        "page_view",
        "Page viewed",
        "浏览页面",
        r#"[{"name":"title","type":"text"}]"#,
    ),
    (
        "form_sent",
        "Form sent",
        "提交表单",
        r#"[{"name":"form","type":"text"}]"#,
    ),
];

/// Adds the kinds of behaviour that come with Basalt.
///
/// # Errors
/// The database failed.
pub(crate) async fn install_standard_types(db: &Db) -> Result<()> {
    for (key, en, zh, attributes) in STANDARD {
        sqlx::query(
            "insert into crm.behaviour_type (key, name, attributes) values ($1, $2, $3::jsonb) on conflict (key) do nothing",
        )
        .bind(key)
        .bind(format!("{en} / {zh}"))
        .bind(attributes)
        .execute(db.pool())
        .await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn kind(attributes: Json) -> BehaviourType {
        BehaviourType {
            id: 1,
            attributes: read(Some(&attributes)).unwrap(),
        }
    }

    fn check(kind: &BehaviourType, said: Json) -> Result<(), &'static str> {
        kind.check(said.as_object().unwrap()).map_err(|p| p.code)
    }

    #[test]
    fn an_event_says_what_its_kind_defines_and_nothing_else() {
        let kind = kind(json!([
            {"name": "sku", "type": "text", "required": true},
            {"name": "colour", "type": "text", "options": ["red", "blue"]},
            {"name": "pieces", "type": "integer"},
            {"name": "price", "type": "number"},
            {"name": "on", "type": "date"},
            {"name": "at", "type": "date_time"},
            {"name": "gift", "type": "bool"},
        ]));
        let whole = json!({"sku": "A1", "colour": "red", "pieces": 2, "price": 9.5, "on": "2026-02-28",
                           "at": "2026-02-28T10:00:00+08:00", "gift": false});
        assert_eq!(check(&kind, whole), Ok(()));
        assert_eq!(check(&kind, json!({"sku": "A1", "pieces": null})), Ok(()));
        assert_eq!(check(&kind, json!({})), Err("missing_attribute"));
        assert_eq!(check(&kind, json!({"sku": null})), Err("missing_attribute"));
        assert_eq!(
            check(&kind, json!({"sku": "A1", "size": 4})),
            Err("unknown_attribute")
        );
        for wrong in [
            json!({"sku": 7}),
            json!({"sku": "A\u{0}"}),
            json!({"sku": "A", "colour": "green"}),
            json!({"sku": "A", "pieces": 1.5}),
            json!({"sku": "A", "price": "9"}),
            json!({"sku": "A", "on": "2026-02-30"}),
            json!({"sku": "A", "at": "2026-02-28"}),
            json!({"sku": "A", "gift": 1}),
        ] {
            assert_eq!(
                check(&kind, wrong.clone()),
                Err("attribute_value"),
                "{wrong}"
            );
        }
    }

    #[test]
    fn attributes_are_defined_soundly_or_not_at_all() {
        for wrong in [
            json!({"name": "a"}),
            json!([{"name": "a"}]),
            json!([{"name": "a", "type": "money"}]),
            json!([{"name": "A", "type": "text"}]),
            json!([{"name": "a", "type": "text"}, {"name": "a", "type": "bool"}]),
            json!([{"name": "a", "type": "number", "options": ["1"]}]),
        ] {
            assert!(read(Some(&wrong)).is_err(), "{wrong}");
        }
    }
}
