//! Conditions: the one language in which lists, searches, segments and checks say which rows are meant.
//!
//! JSON: `{"all":[{"field":"region","op":"eq","value":"east"},{"not":{"field":"score.p_alive","op":"ge","value":0.5}}]}`.
//!
//! The language has its own meaning, the same in every engine:
//! - A test on an empty value is false, but `ne` and `is_empty` are true. `not` is the exact opposite.
//! - Text is compared by code point; `contains` and `starts_with` ignore the case of ASCII letters only.
//! - `between` includes both ends. Periods (`{"last_days":30}`) are whole days, in UTC for instants.
//! - A dotted path goes over references (`customer.region`) and to the side table of a row
//!   (`score.p_alive`, `customer.score.p_alive`). Rows that are recycled or not readable are as
//!   if the reference were empty.
//!
//! [`Condition`] is what people write; [`Condition::check`] resolves it against the dictionary into
//! a [`Checked`] tree of columns, joins and typed values, from which each engine compiles.

mod check;
mod json;
mod meaning;

use serde_json::Value as Json;

pub use check::{
    Checked, ColumnPath, Comparison, ConditionError, Join, Node, Scalar, Test, TestKind, resolve,
};

/// A condition as written, not yet known to make sense.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    Compare { field: String, op: Op, value: Json },
}

/// What a comparison asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    /// In a list of values, or within a period.
    In,
    /// `[low, high]`, both included.
    Between,
    Contains,
    StartsWith,
    /// `value` is true (the default) or false.
    IsEmpty,
}

impl Condition {
    /// Everything: the condition without a demand.
    pub fn everything() -> Self {
        Self::All(Vec::new())
    }

    /// A single comparison.
    pub fn compare(field: impl Into<String>, op: Op, value: impl Into<Json>) -> Self {
        Self::Compare {
            field: field.into(),
            op,
            value: value.into(),
        }
    }

    /// Both conditions.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match self {
            Self::All(mut parts) => {
                parts.push(other);
                Self::All(parts)
            }
            this => Self::All(vec![this, other]),
        }
    }
}
