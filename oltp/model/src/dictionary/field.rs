//! Fields of an object, the columns they live in and the choices they offer.

use serde::{Deserialize, Serialize};

use crate::condition::Condition;
use crate::label::Label;

/// One choice of a choice field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    pub value: String,
    pub label: Label,
    #[serde(default)]
    pub color: Option<String>,
}

/// What a field holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldKind {
    /// One line of at most `max` characters.
    Text {
        max: u32,
    },
    LongText,
    Integer,
    BigInteger,
    Decimal {
        precision: u8,
        scale: u8,
    },
    /// Four columns: amount, currency, rate and amount in the base currency.
    Money,
    /// A decimal where 12.5 means 12.5 %.
    Percent,
    Bool,
    Date,
    DateTime,
    Choice {
        options: Vec<Choice>,
    },
    MultiChoice {
        options: Vec<Choice>,
    },
    Reference {
        object: String,
    },
    User,
    Department,
    Email,
    Phone,
    Url,
    Json,
    /// A document number made by the object's numbering rule.
    AutoNumber,
}

impl FieldKind {
    /// The kind's name in the catalog and in the API: `text`, `money`, `reference`, …
    pub fn name(&self) -> &'static str {
        match self {
            Self::Text { .. } => "text",
            Self::LongText => "long_text",
            Self::Integer => "integer",
            Self::BigInteger => "big_integer",
            Self::Decimal { .. } => "decimal",
            Self::Money => "money",
            Self::Percent => "percent",
            Self::Bool => "bool",
            Self::Date => "date",
            Self::DateTime => "date_time",
            Self::Choice { .. } => "choice",
            Self::MultiChoice { .. } => "multi_choice",
            Self::Reference { .. } => "reference",
            Self::User => "user",
            Self::Department => "department",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Url => "url",
            Self::Json => "json",
            Self::AutoNumber => "auto_number",
        }
    }
}

/// A column type of Postgres, as far as the dictionary uses them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SqlType {
    Text,
    Integer,
    BigInt,
    Numeric {
        precision: u8,
        scale: u8,
    },
    Float,
    Bool,
    Date,
    /// `timestamptz`
    Instant,
    Json,
    /// `text[]`
    TextList,
}

/// A column of an object's table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    pub sql_type: SqlType,
    pub nullable: bool,
}

/// A field of an object. System fields (id, owner, version, …) are fields like any other, marked.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    pub name: String,
    pub label: Label,
    pub kind: FieldKind,
    pub group: String,
    pub required: bool,
    pub unique: bool,
    /// Set by Basalt, not by callers.
    pub readonly: bool,
    /// Given when a new row doesn't say otherwise, in JSON form.
    pub default: Option<serde_json::Value>,
    pub check: Option<Condition>,
    /// Personal data: never logged, masked in exports unless allowed.
    pub personal: bool,
    pub help: Option<Label>,
    /// One of the fields every object has.
    pub system: bool,
}

impl Field {
    /// The main column: `customer_id` of a reference `customer`, `amount` of a money field.
    pub fn column(&self) -> String {
        match self.kind {
            FieldKind::Reference { .. } | FieldKind::User | FieldKind::Department
                if !(self.system && self.name.ends_with("_by")) =>
            {
                format!("{}_id", self.name)
            }
            _ => self.name.clone(),
        }
    }

    /// All columns of the field in table order.
    pub fn columns(&self) -> Vec<Column> {
        let column = |name: String, sql_type: SqlType| Column {
            name,
            sql_type,
            nullable: !self.required,
        };
        if self.kind == FieldKind::Money {
            let name = &self.name;
            return vec![
                column(
                    name.clone(),
                    SqlType::Numeric {
                        precision: 18,
                        scale: 2,
                    },
                ),
                column(format!("{name}_currency"), SqlType::Text),
                column(
                    format!("{name}_rate"),
                    SqlType::Numeric {
                        precision: 18,
                        scale: 8,
                    },
                ),
                column(
                    format!("{name}_base"),
                    SqlType::Numeric {
                        precision: 18,
                        scale: 2,
                    },
                ),
            ];
        }
        vec![column(self.column(), self.sql_type())]
    }

    /// Type of the main column.
    pub fn sql_type(&self) -> SqlType {
        match self.kind {
            FieldKind::Text { .. }
            | FieldKind::LongText
            | FieldKind::Choice { .. }
            | FieldKind::Email
            | FieldKind::Phone
            | FieldKind::Url
            | FieldKind::AutoNumber => SqlType::Text,
            FieldKind::Integer => SqlType::Integer,
            FieldKind::BigInteger
            | FieldKind::Reference { .. }
            | FieldKind::User
            | FieldKind::Department => SqlType::BigInt,
            FieldKind::Decimal { precision, scale } => SqlType::Numeric { precision, scale },
            FieldKind::Money => SqlType::Numeric {
                precision: 18,
                scale: 2,
            },
            FieldKind::Percent => SqlType::Numeric {
                precision: 9,
                scale: 4,
            },
            FieldKind::Bool => SqlType::Bool,
            FieldKind::Date => SqlType::Date,
            FieldKind::DateTime => SqlType::Instant,
            FieldKind::MultiChoice { .. } => SqlType::TextList,
            FieldKind::Json => SqlType::Json,
        }
    }

    /// The object a reference points to.
    pub fn target(&self) -> Option<&str> {
        match &self.kind {
            FieldKind::Reference { object } => Some(object),
            FieldKind::User => Some("user"),
            FieldKind::Department => Some("department"),
            _ => None,
        }
    }

    /// The choices of a choice field, else none.
    pub fn choices(&self) -> &[Choice] {
        match &self.kind {
            FieldKind::Choice { options } | FieldKind::MultiChoice { options } => options,
            _ => &[],
        }
    }
}
