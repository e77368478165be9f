//! Building SQL: identifiers, values, row rules and conditions onto a [`QueryBuilder`].
//!
//! Values are always bound; identifiers go through [`quoted`]. The dictionary's names are plain
//! words, so quoting is a fence, not a need.

mod condition;
mod joins;
mod rule;

use basalt_model::condition::Scalar;
use basalt_model::{SqlType, Value};
use sqlx::{Postgres, QueryBuilder};

pub(crate) use condition::operator;
pub use condition::push_condition;
pub use joins::Joins;
pub use rule::{push_readable, push_row_rule};

/// The one function that quotes identifiers.
pub fn quoted(identifier: &str) -> String {
    format!("\"{}\"", identifier.replace('"', "\"\""))
}

/// A table of schema `crm`, quoted.
pub fn crm(table: &str) -> String {
    format!("crm.{}", quoted(table))
}

/// A column of an alias, quoted.
pub fn column(alias: &str, name: &str) -> String {
    format!("{alias}.{}", quoted(name))
}

/// The type as written in DDL and casts, in Postgres's own spelling.
pub(crate) fn type_name(sql_type: SqlType) -> String {
    match sql_type {
        SqlType::Text => "text".to_owned(),
        SqlType::Integer => "integer".to_owned(),
        SqlType::BigInt => "bigint".to_owned(),
        SqlType::Numeric { precision, scale } => format!("numeric({precision},{scale})"),
        SqlType::Float => "double precision".to_owned(),
        SqlType::Bool => "boolean".to_owned(),
        SqlType::Date => "date".to_owned(),
        SqlType::Instant => "timestamp with time zone".to_owned(),
        SqlType::Json => "jsonb".to_owned(),
        SqlType::TextList => "text[]".to_owned(),
    }
}

/// Pushes a condition's value as a bound parameter.
pub(crate) fn push_scalar(query: &mut QueryBuilder<Postgres>, scalar: &Scalar) {
    match scalar {
        Scalar::Text(value) => query.push_bind(value.clone()),
        Scalar::Integer(value) => query.push_bind(*value),
        Scalar::Decimal(value) => query.push_bind(*value),
        Scalar::Float(value) => query.push_bind(*value),
        Scalar::Bool(value) => query.push_bind(*value),
        Scalar::Date(value) => query.push_bind(*value),
        Scalar::Instant(value) => query.push_bind(*value),
    };
}

/// A field's value as bound parameters, one a column of the field.
pub(crate) fn push_value(query: &mut QueryBuilder<Postgres>, value: &Value, part: usize) {
    match value {
        Value::Null => query.push("null"),
        Value::Text(value) => query.push_bind(value.clone()),
        Value::Integer(value) => query.push_bind(*value),
        Value::Decimal(value) => query.push_bind(*value),
        Value::Bool(value) => query.push_bind(*value),
        Value::Date(value) => query.push_bind(*value),
        Value::Instant(value) => query.push_bind(*value),
        Value::Json(value) => query.push_bind(value.clone()),
        Value::List(value) => query.push_bind(value.clone()),
        Value::Money(money) => match part {
            0 => query.push_bind(money.amount),
            1 => query.push_bind(money.currency.clone()),
            2 => query.push_bind(money.rate),
            _ => query.push_bind(money.base),
        },
        Value::Parts(parts) => {
            push_value(query, parts.get(part).unwrap_or(&Value::Null), 0);
            query
        }
    };
}
