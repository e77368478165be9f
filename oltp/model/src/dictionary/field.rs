//! Fields of an object, the columns they live in and the choices they offer.

use serde::{Deserialize, Serialize};

use crate::condition::Condition;
use crate::formula::Formula;
use crate::label::Label;

/// One choice of a choice field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    pub value: String,
    pub label: Label,
    #[serde(default)]
    pub color: Option<String>,
    /// Offered for new values; what is stored already stays readable and can be searched for.
    #[serde(default = "offered")]
    pub active: bool,
}

fn offered() -> bool {
    true
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
    /// Text with a little mark-up (HTML of an allow-list), made harmless when it is written.
    RichText,
    /// Whole seconds.
    Duration,
    /// A line for people, and country, province, city, district, street and postcode as columns of their own.
    Address,
    /// A line for people, latitude and longitude in degrees (WGS 84).
    GeoPoint,
    /// The id of an attachment of the record.
    File,
    /// The id of an attachment that is a picture.
    Image,
    /// A document number made by the object's numbering rule.
    AutoNumber,
}

/// Parts of an address, in the order of their columns.
pub const ADDRESS_PARTS: [&str; 6] = [
    "country", "province", "city", "district", "street", "postcode",
];
/// Parts of a geo point, in the order of their columns.
pub const GEO_PARTS: [&str; 2] = ["lat", "lon"];

/// A value computed over the rows that refer to a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RollUp {
    /// The object whose rows are counted in.
    pub object: String,
    /// Its field that refers to the row.
    pub field: String,
    pub function: RollUpFunction,
    /// The column that is computed over; `count` needs none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// Only rows for which this holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RollUpFunction {
    Count,
    Sum,
    Min,
    Max,
    Average,
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
            Self::RichText => "rich_text",
            Self::Duration => "duration",
            Self::Address => "address",
            Self::GeoPoint => "geo_point",
            Self::File => "file",
            Self::Image => "image",
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
    /// Added by an administrator at run time.
    pub custom: bool,
    /// Demanded at run time only: required of what is written, though older rows may be empty.
    pub sparse: bool,
    /// The shared list its choices come from.
    pub option_set: Option<String>,
    /// Must not be empty in rows for which this holds.
    pub required_when: Option<Condition>,
    /// Forms show it only while this holds.
    pub shown_when: Option<Condition>,
    /// Found by search.
    pub search: bool,
    /// Computed from other fields of the row.
    pub formula: Option<Formula>,
    /// Computed over rows that refer to the row.
    pub roll_up: Option<RollUp>,
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

    /// Whether the field's columns may be empty, in old rows at least.
    pub fn nullable(&self) -> bool {
        !self.required || self.sparse
    }

    /// All columns of the field in table order.
    pub fn columns(&self) -> Vec<Column> {
        let column = |name: String, sql_type: SqlType| Column {
            name,
            sql_type,
            nullable: self.nullable(),
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
        let parts: &[&str] = match self.kind {
            FieldKind::Address => &ADDRESS_PARTS,
            FieldKind::GeoPoint => &GEO_PARTS,
            _ => &[],
        };
        if !parts.is_empty() {
            let kind = if self.kind == FieldKind::GeoPoint {
                SqlType::Numeric {
                    precision: 9,
                    scale: 6,
                }
            } else {
                SqlType::Text
            };
            let mut columns = vec![column(self.column(), SqlType::Text)];
            columns.extend(parts.iter().map(|part| Column {
                name: format!("{}_{part}", self.name),
                sql_type: kind,
                nullable: true,
            }));
            return columns;
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
            | FieldKind::RichText
            | FieldKind::Address
            | FieldKind::GeoPoint
            | FieldKind::AutoNumber => SqlType::Text,
            FieldKind::Integer => SqlType::Integer,
            FieldKind::BigInteger
            | FieldKind::Duration
            | FieldKind::File
            | FieldKind::Image
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
