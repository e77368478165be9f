//! Checking a condition against the dictionary: fields become columns, references become joins,
//! values get the type of their column; what makes no sense is refused with the place it stands.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use rust_decimal::Decimal;
use serde_json::Value as Json;

use super::{Condition, Op};
use crate::calendar::Period;
use crate::dictionary::{Column, Dictionary, Field, FieldKind, Object, SqlType};
use crate::label::Label;
use crate::policy::{Action, Principal};
use crate::value;

/// A condition that is known to make sense for an object.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    /// Dictionary name of the object.
    pub object: String,
    pub root: Node,
}

/// A checked condition's tree.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// True when empty.
    All(Vec<Node>),
    /// False when empty.
    Any(Vec<Node>),
    /// The exact opposite: never unknown.
    Not(Box<Node>),
    Test(Test),
}

/// A test of one column.
#[derive(Debug, Clone, PartialEq)]
pub struct Test {
    pub path: ColumnPath,
    pub kind: TestKind,
}

/// The way to a column: joins from the object's own table, then the column.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnPath {
    pub joins: Vec<Join>,
    pub column: String,
    pub sql_type: SqlType,
    /// Whether the value can be absent, through the joins too.
    pub nullable: bool,
    /// The object and field behind the column; `None` for a column of a side table.
    pub field: Option<(String, String)>,
}

/// A left join of at most one row: `left.left_column = table.right_column`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Join {
    /// The dotted path so far (`customer`, `customer.score`): the same name is the same join.
    pub name: String,
    /// Column of the table before: `customer_id`, or `id` for a side table.
    pub left_column: String,
    /// Table of schema `crm` that is joined.
    pub table: String,
    /// `id`, or the parent column of a side table.
    pub right_column: String,
    /// The object joined; `None` for a side table.
    pub object: Option<String>,
}

/// What is asked of the column's value.
#[derive(Debug, Clone, PartialEq)]
pub enum TestKind {
    Compare(Comparison, Scalar),
    In(Vec<Scalar>),
    /// Both ends included.
    Between(Scalar, Scalar),
    /// At or after the first, before the second.
    Within(Scalar, Scalar),
    Contains(String),
    StartsWith(String),
    IsEmpty,
    IsNotEmpty,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    Eq,
    /// True for an empty value.
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

/// A value of a column's type.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    Text(String),
    Integer(i64),
    Decimal(Decimal),
    Float(f64),
    Bool(bool),
    Date(NaiveDate),
    Instant(DateTime<Utc>),
}

/// Where and why a condition makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {}", message.en)]
pub struct ConditionError {
    /// The place in the JSON form: `all[1].not.value`.
    pub path: String,
    pub message: Label,
}

impl ConditionError {
    fn new(path: &str, en: impl Into<String>, zh: impl Into<String>) -> Self {
        let path = if path.is_empty() { "condition" } else { path };
        Self {
            path: path.to_owned(),
            message: Label::new(en, zh),
        }
    }
}

impl Condition {
    /// Checks the condition for an object, with every field visible. Periods are resolved today (UTC).
    ///
    /// # Errors
    /// The first place that makes no sense.
    pub fn check(&self, dictionary: &Dictionary, object: &str) -> Result<Checked, ConditionError> {
        self.check_on(dictionary, object, None, Utc::now().date_naive())
    }

    /// As [`check`](Self::check), for what the principal may know: a field that is hidden, or an
    /// object that is not readable, is unknown.
    ///
    /// # Errors
    /// The first place that makes no sense.
    pub fn check_for(
        &self,
        dictionary: &Dictionary,
        object: &str,
        principal: &Principal,
    ) -> Result<Checked, ConditionError> {
        self.check_on(dictionary, object, Some(principal), Utc::now().date_naive())
    }

    /// As [`check_for`](Self::check_for), with periods relative to a given day.
    ///
    /// # Errors
    /// The first place that makes no sense.
    pub fn check_on(
        &self,
        dictionary: &Dictionary,
        object: &str,
        principal: Option<&Principal>,
        today: NaiveDate,
    ) -> Result<Checked, ConditionError> {
        let found = dictionary.object(object).ok_or_else(|| {
            ConditionError::new(
                "",
                format!("there is no object {object:?}"),
                format!("没有对象“{object}”"),
            )
        })?;
        let scope = Scope {
            dictionary,
            object: found,
            principal,
            today,
        };
        Ok(Checked {
            object: object.to_owned(),
            root: scope.node(self, "")?,
        })
    }
}

impl Checked {
    /// All joins the condition needs, each once, a join always after the one it builds on.
    pub fn joins(&self) -> Vec<Join> {
        let mut joins = Vec::new();
        collect(&self.root, &mut joins);
        joins
    }
}

fn collect(node: &Node, joins: &mut Vec<Join>) {
    match node {
        Node::All(parts) | Node::Any(parts) => parts.iter().for_each(|part| collect(part, joins)),
        Node::Not(part) => collect(part, joins),
        Node::Test(test) => {
            for join in &test.path.joins {
                if !joins.contains(join) {
                    joins.push(join.clone());
                }
            }
        }
    }
}

/// Resolves a dotted path (`name`, `customer.region`, `score.p_alive`) from an object to a column.
/// For a principal, hidden fields and unreadable objects are unknown.
///
/// # Errors
/// A part of the path is unknown; the error's `path` is the dotted path.
pub fn resolve(
    dictionary: &Dictionary,
    object: &Object,
    path: &str,
    principal: Option<&Principal>,
) -> Result<ColumnPath, ConditionError> {
    let unknown = |part: &str| {
        ConditionError::new(
            path,
            format!("there is no field {part:?} ({path})"),
            format!("没有字段“{part}”（{path}）"),
        )
    };
    let mut at = object;
    let mut joins: Vec<Join> = Vec::new();
    let mut parts = path.split('.').peekable();
    while let Some(part) = parts.next() {
        let prefix = joins
            .last()
            .map_or(String::new(), |join| format!("{}.", join.name));
        let is_last = parts.peek().is_none();
        if let Some(field) = visible(at, part, principal) {
            if is_last {
                return Ok(ColumnPath {
                    nullable: !joins.is_empty() || field.nullable(),
                    joins,
                    column: field.column(),
                    sql_type: field.sql_type(),
                    field: Some((at.name.clone(), field.name.clone())),
                });
            }
            let target = field
                .target()
                .and_then(|target| dictionary.object(target))
                .ok_or_else(|| unknown(part))?;
            if principal.is_some_and(|principal| !principal.can(&target.name, Action::Read)) {
                return Err(unknown(part));
            }
            joins.push(Join {
                name: format!("{prefix}{}", field.name),
                left_column: field.column(),
                table: target.table.clone(),
                right_column: "id".to_owned(),
                object: Some(target.name.clone()),
            });
            at = target;
        } else if let Some((field, column)) = part_of(at, part, principal).filter(|_| is_last) {
            // A column of a field with several: `amount_base`, `home_city`.
            return Ok(ColumnPath {
                nullable: true,
                joins,
                column: column.name,
                sql_type: column.sql_type,
                field: Some((at.name.clone(), field.name.clone())),
            });
        } else if let Some(side) = dictionary.side_path(&at.name, part) {
            let name = parts.next().ok_or_else(|| unknown(part))?;
            let column = side
                .columns
                .iter()
                .find(|column| column.name == name)
                .ok_or_else(|| unknown(name))?;
            if parts.next().is_some() {
                return Err(unknown(name));
            }
            joins.push(Join {
                name: format!("{prefix}{part}"),
                left_column: "id".to_owned(),
                table: side.table.clone(),
                right_column: side
                    .parent_column
                    .clone()
                    .unwrap_or_else(|| "id".to_owned()),
                object: None,
            });
            return Ok(ColumnPath {
                joins,
                column: column.name.clone(),
                sql_type: column.sql_type,
                nullable: true,
                field: None,
            });
        } else {
            return Err(unknown(part));
        }
        if joins.len() > 4 {
            return Err(ConditionError::new(
                path,
                "a path goes over at most four references",
                "路径最多经过四层引用",
            ));
        }
    }
    Err(unknown(path))
}

fn part_of<'a>(
    object: &'a Object,
    name: &str,
    principal: Option<&Principal>,
) -> Option<(&'a Field, Column)> {
    object
        .fields
        .iter()
        .filter(|field| {
            principal.is_none_or(|principal| !principal.is_hidden(&object.name, &field.name))
        })
        .find_map(|field| {
            let found = field
                .columns()
                .into_iter()
                .find(|column| column.name == name)?;
            Some((field, found))
        })
}

fn visible<'a>(object: &'a Object, name: &str, principal: Option<&Principal>) -> Option<&'a Field> {
    object.field_or_column(name).filter(|field| {
        principal.is_none_or(|principal| !principal.is_hidden(&object.name, &field.name))
    })
}

struct Scope<'a> {
    dictionary: &'a Dictionary,
    object: &'a Object,
    principal: Option<&'a Principal>,
    today: NaiveDate,
}

impl Scope<'_> {
    fn node(&self, condition: &Condition, path: &str) -> Result<Node, ConditionError> {
        let inner = |word: &str| {
            if path.is_empty() {
                word.to_owned()
            } else {
                format!("{path}.{word}")
            }
        };
        let list = |word: &str, parts: &[Condition]| {
            parts
                .iter()
                .enumerate()
                .map(|(at, part)| self.node(part, &format!("{}[{at}]", inner(word))))
                .collect::<Result<Vec<_>, _>>()
        };
        match condition {
            Condition::All(parts) => list("all", parts).map(Node::All),
            Condition::Any(parts) => list("any", parts).map(Node::Any),
            Condition::Not(part) => Ok(Node::Not(Box::new(self.node(part, &inner("not"))?))),
            Condition::Compare { field, op, value } => {
                let column = resolve(self.dictionary, self.object, field, self.principal).map_err(
                    |error| ConditionError {
                        path: inner("field"),
                        ..error
                    },
                )?;
                let kind = self.test(&column, *op, value, &inner("op"), &inner("value"))?;
                Ok(Node::Test(Test { path: column, kind }))
            }
        }
    }

    fn test(
        &self,
        column: &ColumnPath,
        op: Op,
        value: &Json,
        op_path: &str,
        value_path: &str,
    ) -> Result<TestKind, ConditionError> {
        let sql_type = column.sql_type;
        let is_text = sql_type == SqlType::Text;
        let unfit = || {
            ConditionError::new(
                op_path,
                format!("{op:?} does not fit this field"),
                format!("该字段不支持比较“{op:?}”"),
            )
        };
        let scalar = |json: &Json, path: &str| self.scalar(column, json, path);
        if matches!(sql_type, SqlType::Json | SqlType::TextList) && op != Op::IsEmpty {
            return Err(unfit());
        }
        if let Some(period) = self.period(sql_type, value, value_path)? {
            let (from, until) = period;
            return match op {
                Op::Eq | Op::In | Op::Between => Ok(TestKind::Within(from, until)),
                Op::Lt => Ok(TestKind::Compare(Comparison::Lt, from)),
                Op::Le => Ok(TestKind::Compare(Comparison::Lt, until)),
                Op::Gt => Ok(TestKind::Compare(Comparison::Ge, until)),
                Op::Ge => Ok(TestKind::Compare(Comparison::Ge, from)),
                Op::Ne | Op::Contains | Op::StartsWith | Op::IsEmpty => Err(unfit()),
            };
        }
        let compare = |comparison| Ok(TestKind::Compare(comparison, scalar(value, value_path)?));
        match op {
            Op::Eq => compare(Comparison::Eq),
            Op::Ne => compare(Comparison::Ne),
            Op::Lt | Op::Le | Op::Gt | Op::Ge if sql_type == SqlType::Bool => Err(unfit()),
            Op::Lt => compare(Comparison::Lt),
            Op::Le => compare(Comparison::Le),
            Op::Gt => compare(Comparison::Gt),
            Op::Ge => compare(Comparison::Ge),
            Op::In => {
                let Json::Array(values) = value else {
                    return Err(ConditionError::new(
                        value_path,
                        "is a list of values or a period",
                        "应为值列表或时间段",
                    ));
                };
                if values.len() > 10_000 {
                    return Err(ConditionError::new(
                        value_path,
                        "lists more than 10,000 values",
                        "值列表超过10,000个",
                    ));
                }
                let values = values
                    .iter()
                    .enumerate()
                    .map(|(at, value)| scalar(value, &format!("{value_path}[{at}]")));
                values.collect::<Result<_, _>>().map(TestKind::In)
            }
            Op::Between => match value.as_array().map(Vec::as_slice) {
                Some([low, high]) => Ok(TestKind::Between(
                    scalar(low, &format!("{value_path}[0]"))?,
                    scalar(high, &format!("{value_path}[1]"))?,
                )),
                _ => Err(ConditionError::new(
                    value_path,
                    "is a list of two values: from, to",
                    "应为两个值：起、止",
                )),
            },
            Op::Contains | Op::StartsWith if !is_text => Err(unfit()),
            Op::Contains | Op::StartsWith => match value.as_str() {
                Some(text) if !text.contains('\0') && op == Op::Contains => {
                    Ok(TestKind::Contains(text.to_owned()))
                }
                Some(text) if !text.contains('\0') => Ok(TestKind::StartsWith(text.to_owned())),
                _ => Err(ConditionError::new(value_path, "is a text", "应为文本")),
            },
            Op::IsEmpty => match value {
                Json::Bool(true) => Ok(TestKind::IsEmpty),
                Json::Bool(false) => Ok(TestKind::IsNotEmpty),
                _ => Err(ConditionError::new(
                    value_path,
                    "is true or false",
                    "应为布尔值",
                )),
            },
        }
    }

    /// A period as its two ends, when the value is one.
    fn period(
        &self,
        sql_type: SqlType,
        value: &Json,
        path: &str,
    ) -> Result<Option<(Scalar, Scalar)>, ConditionError> {
        if !value.is_object() {
            return Ok(None);
        }
        let refuse = |en: String| ConditionError::new(path, en, "不是有效的时间段");
        let period: Period = serde_json::from_value(value.clone())
            .map_err(|error| refuse(format!("is no period: {error}")))?;
        let (from, until) = period
            .range(self.today)
            .ok_or_else(|| refuse("the period leaves the calendar".to_owned()))?;
        let midnight = |day: NaiveDate| Scalar::Instant(day.and_time(NaiveTime::MIN).and_utc());
        match sql_type {
            SqlType::Date => Ok(Some((Scalar::Date(from), Scalar::Date(until)))),
            SqlType::Instant => Ok(Some((midnight(from), midnight(until)))),
            _ => Err(refuse(
                "a period needs a date or a point in time".to_owned(),
            )),
        }
    }

    fn scalar(
        &self,
        column: &ColumnPath,
        json: &Json,
        path: &str,
    ) -> Result<Scalar, ConditionError> {
        let refuse = |en: &str, zh: &str| ConditionError::new(path, en, zh);
        if let Some((object, name)) = &column.field
            && let Some(field) = self
                .dictionary
                .object(object)
                .and_then(|object| object.field(name))
            && matches!(field.kind, FieldKind::Choice { .. })
            && let Some(text) = json.as_str()
            && !field.choices().iter().any(|choice| choice.value == text)
        {
            return Err(refuse(
                &format!("{text:?} is no choice of {name}"),
                &format!("“{text}”不是{}的可选值", field.label.zh),
            ));
        }
        let wrong = |problem: value::Problem| ConditionError {
            path: path.to_owned(),
            message: problem.message,
        };
        match column.sql_type {
            SqlType::Text => match json {
                Json::String(text) if !text.contains('\0') => Ok(Scalar::Text(text.clone())),
                _ => Err(refuse("is a text", "应为文本")),
            },
            SqlType::Integer | SqlType::BigInt => json
                .as_i64()
                .map(Scalar::Integer)
                .ok_or_else(|| refuse("is a whole number", "应为整数")),
            SqlType::Numeric { .. } => match json {
                Json::String(text) => value::decimal(text.trim())
                    .map(Scalar::Decimal)
                    .map_err(wrong),
                Json::Number(number) => value::decimal(&number.to_string())
                    .map(Scalar::Decimal)
                    .map_err(wrong),
                _ => Err(refuse("is a number", "应为数字")),
            },
            SqlType::Float => match json.as_f64().filter(|value| value.is_finite()) {
                Some(value) => Ok(Scalar::Float(value)),
                None => Err(refuse("is a number", "应为数字")),
            },
            SqlType::Bool => json
                .as_bool()
                .map(Scalar::Bool)
                .ok_or_else(|| refuse("is true or false", "应为布尔值")),
            SqlType::Date => match json.as_str() {
                Some(text) => value::date(text).map(Scalar::Date).map_err(wrong),
                None => Err(refuse("is a date", "应为日期")),
            },
            SqlType::Instant => match json.as_str() {
                Some(text) => value::instant(text).map(Scalar::Instant).map_err(wrong),
                None => Err(refuse("is a point in time", "应为时间")),
            },
            SqlType::Json | SqlType::TextList => Err(refuse("can't be compared", "无法比较")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(object: &str, condition: Json) -> Result<Checked, ConditionError> {
        let condition: Condition = serde_json::from_value(condition).unwrap();
        let today = "2026-11-23".parse().unwrap();
        condition.check_on(&Dictionary::standard(), object, None, today)
    }

    #[test]
    fn paths_become_joins() {
        let checked = check(
            "order",
            json!({"all":[
            {"field":"customer.region","op":"eq","value":"east"},
            {"field":"customer.score.p_alive","op":"lt","value":0.5},
            {"field":"customer_id","op":"in","value":[1,2]}]}),
        )
        .unwrap();
        let joins = checked.joins();
        let names: Vec<&str> = joins.iter().map(|join| join.name.as_str()).collect();
        assert_eq!(names, ["customer", "customer.score"]);
        assert_eq!(joins[1].right_column, "customer_id");
    }

    #[test]
    fn periods_become_days() {
        let checked = check(
            "order",
            json!({"field":"ordered_on","op":"in","value":{"last_days":30}}),
        )
        .unwrap();
        let Node::Test(test) = checked.root else {
            panic!()
        };
        let day = |text: &str| Scalar::Date(text.parse().unwrap());
        assert_eq!(
            test.kind,
            TestKind::Within(day("2026-10-25"), day("2026-11-24"))
        );
    }

    #[test]
    fn errors_point_at_the_place() {
        let path = |object: &str, condition: Json| check(object, condition).unwrap_err().path;
        assert_eq!(
            path(
                "customer",
                json!({"all":[{"any":[{"field":"nome","op":"eq","value":"x"}]}]})
            ),
            "all[0].any[0].field"
        );
        assert_eq!(
            path(
                "customer",
                json!({"not":{"field":"region","op":"eq","value":"moon"}})
            ),
            "not.value"
        );
        assert_eq!(
            path(
                "order",
                json!({"field":"ordered_on","op":"between","value":["2026-01-01"]})
            ),
            "value"
        );
        assert_eq!(
            path(
                "order",
                json!({"field":"amount","op":"contains","value":"1"})
            ),
            "op"
        );
        assert_eq!(
            path(
                "order",
                json!({"field":"amount","op":"in","value":["1","x"]})
            ),
            "value[1]"
        );
        assert_eq!(
            path("order", json!({"field":"customer.nome","op":"is_empty"})),
            "field"
        );
        assert_eq!(
            path(
                "order",
                json!({"field":"amount","op":"eq","value":{"last_days":3}})
            ),
            "value"
        );
        assert_eq!(
            path("order", json!({"field":"customer.score","op":"is_empty"})),
            "field"
        );
    }
}
