//! Business objects: their names, ownership, numbering and layout.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::field::{Column, Field, FieldKind};
use crate::condition::Condition;
use crate::label::Label;

/// Who a row belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ownership {
    User,
    Department,
    None,
}

/// Where the rights on a row come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RightsFrom {
    /// The row's own owner and department.
    Own,
    /// The row of `object` that `field` refers to.
    Parent { field: String, object: String },
    /// The row's own owner and department, or any of several parents.
    AnyParent(Vec<ParentOf>),
    /// Everyone who may read the object at all.
    Public,
}

/// A parent from which a row takes its rights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParentOf {
    /// The field that refers to it.
    pub field: String,
    pub object: String,
}

impl RightsFrom {
    /// The parents that decide.
    pub fn parents(&self) -> Vec<ParentOf> {
        match self {
            Self::Own | Self::Public => Vec::new(),
            Self::Parent { field, object } => vec![ParentOf {
                field: field.clone(),
                object: object.clone(),
            }],
            Self::AnyParent(parents) => parents.clone(),
        }
    }
}

/// A behaviour an object takes part in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trait {
    Audit,
    Recycle,
    Import,
    Export,
    /// Its rows appear in the timelines of the records they refer to.
    Timeline,
    /// Its rows can stand in a public pool, without an owner, for the pool's members to see and claim.
    Pooled,
}

/// A group of fields on a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    pub name: String,
    pub label: Label,
}

/// How document numbers are made: `SO{yyyy}{seq:6}` gives `SO2026000042`. Numbers are never given
/// twice; a number taken by a change that was rolled back stays unused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberRule {
    pub parts: Vec<NumberPart>,
}

/// A piece of a numbering rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NumberPart {
    Text(String),
    /// Year of the day the number is made, four digits.
    Year,
    /// Month, two digits.
    Month,
    /// Running number, at least this many digits.
    Sequence(u8),
}

impl FromStr for NumberRule {
    type Err = String;

    fn from_str(rule: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = rule;
        while !rest.is_empty() {
            let Some(open) = rest.find('{') else {
                parts.push(NumberPart::Text(rest.to_owned()));
                break;
            };
            if open > 0 {
                parts.push(NumberPart::Text(rest[..open].to_owned()));
            }
            let close = rest
                .find('}')
                .filter(|close| *close > open)
                .ok_or("a { is not closed")?;
            parts.push(match &rest[open + 1..close] {
                "yyyy" => NumberPart::Year,
                "mm" => NumberPart::Month,
                other => match other
                    .strip_prefix("seq:")
                    .and_then(|digits| digits.parse().ok())
                {
                    Some(digits @ 1..=18) => NumberPart::Sequence(digits),
                    _ => {
                        return Err(format!(
                            "{{{other}}} is none of {{yyyy}}, {{mm}}, {{seq:1}} to {{seq:18}}"
                        ));
                    }
                },
            });
            rest = &rest[close + 1..];
        }
        let sequences = parts
            .iter()
            .filter(|part| matches!(part, NumberPart::Sequence(_)))
            .count();
        if sequences != 1 {
            return Err("a numbering rule has exactly one {seq:n}".to_owned());
        }
        Ok(Self { parts })
    }
}

impl fmt::Display for NumberRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.parts {
            match part {
                NumberPart::Text(text) => f.write_str(text)?,
                NumberPart::Year => f.write_str("{yyyy}")?,
                NumberPart::Month => f.write_str("{mm}")?,
                NumberPart::Sequence(digits) => write!(f, "{{seq:{digits}}}")?,
            }
        }
        Ok(())
    }
}

/// What no row of an object may be: a row for which `when` holds is refused with the message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub name: String,
    pub when: Condition,
    pub message: Label,
    /// The field that the message belongs to on a form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

/// A business object.
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    /// Dictionary name: `order`.
    pub name: String,
    /// Table in schema `crm`: `sales_order`.
    pub table: String,
    /// REST name: `orders`.
    pub resource: String,
    pub label: Label,
    pub label_plural: Label,
    pub area: String,
    /// The field whose value names a row to people.
    pub title: String,
    pub number: Option<NumberRule>,
    pub ownership: Ownership,
    pub rights: RightsFrom,
    pub traits: Vec<Trait>,
    /// Own fields in catalog order, then the system fields.
    pub fields: Vec<Field>,
    /// Columns of the standard list; dotted paths reach over references (`customer.region`).
    pub list_columns: Vec<String>,
    /// Fields that are unique only together.
    pub unique: Vec<Vec<String>>,
    /// Fields that are often searched together; references, owner and department are indexed anyway.
    pub indexes: Vec<Vec<String>>,
    /// Rows that are refused, and what is said about them.
    pub rules: Vec<Rule>,
    /// Rows for which this holds have left the lists; they are listed when asked for.
    pub archive: Option<Condition>,
    /// Rows that a new table begins with, field by field.
    pub presets: Vec<BTreeMap<String, serde_json::Value>>,
    /// Its records are found by search.
    pub search: bool,
    /// Its table lies in partitions by ranges of ids, whose old ones leave Postgres while the lake
    /// keeps the rows (`retain = "warehouse"`).
    pub retained: bool,
    /// Added by an administrator at run time.
    pub custom: bool,
    /// The catalog file it came from.
    pub file: String,
}

impl Object {
    /// The field with this name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The field with this name, or whose main column has it (`customer_id` → `customer`).
    pub fn field_or_column(&self, name: &str) -> Option<&Field> {
        self.field(name)
            .or_else(|| self.fields.iter().find(|field| field.column() == name))
    }

    /// All columns of the table, system columns included.
    pub fn columns(&self) -> impl Iterator<Item = Column> + '_ {
        self.fields.iter().flat_map(Field::columns)
    }

    /// Reference fields and the objects they point to.
    pub fn references(&self) -> impl Iterator<Item = (&Field, &str)> {
        self.fields
            .iter()
            .filter(|field| !field.system)
            .filter_map(|field| Some((field, field.target()?)))
    }

    pub fn has(&self, wanted: Trait) -> bool {
        self.traits.contains(&wanted)
    }
}

/// The fields every object has, after its own.
pub(super) fn system_fields(number: bool, ownership: Ownership) -> (Vec<Field>, Vec<Field>) {
    let field = |name: &str, en: &str, zh: &str, kind: FieldKind, required: bool| Field {
        name: name.to_owned(),
        label: Label::new(en, zh),
        kind,
        group: "system".to_owned(),
        required,
        unique: false,
        readonly: true,
        default: None,
        check: None,
        personal: false,
        help: None,
        system: true,
        custom: false,
        sparse: false,
        option_set: None,
        required_when: None,
        shown_when: None,
        search: name == "number",
        formula: None,
        roll_up: None,
    };
    let mut before = vec![field("id", "ID", "编号", FieldKind::BigInteger, true)];
    if number {
        before.push(Field {
            unique: true,
            group: "general".to_owned(),
            ..field("number", "Number", "单号", FieldKind::AutoNumber, true)
        });
    }
    let mut after = Vec::new();
    let owned = |field: Field| Field {
        readonly: false,
        group: "ownership".to_owned(),
        ..field
    };
    if ownership == Ownership::User {
        after.push(owned(field(
            "owner",
            "Owner",
            "负责人",
            FieldKind::User,
            false,
        )));
    }
    if ownership != Ownership::None {
        after.push(owned(field(
            "department",
            "Department",
            "部门",
            FieldKind::Department,
            false,
        )));
    }
    after.extend([
        field(
            "created_at",
            "Created at",
            "创建时间",
            FieldKind::DateTime,
            true,
        ),
        field("created_by", "Created by", "创建人", FieldKind::User, false),
        field(
            "updated_at",
            "Changed at",
            "修改时间",
            FieldKind::DateTime,
            true,
        ),
        field("updated_by", "Changed by", "修改人", FieldKind::User, false),
        field("version", "Version", "版本", FieldKind::Integer, true),
        field(
            "deleted_at",
            "Recycled at",
            "删除时间",
            FieldKind::DateTime,
            false,
        ),
        field(
            "import_id",
            "Import",
            "导入批次",
            FieldKind::BigInteger,
            false,
        ),
    ]);
    (before, after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbering_rules_are_read_and_printed() {
        let rule: NumberRule = "SO{yyyy}{seq:6}".parse().unwrap();
        assert_eq!(rule.parts.len(), 3);
        assert_eq!(rule.to_string(), "SO{yyyy}{seq:6}");
        for wrong in [
            "SO",
            "SO{seq:0}",
            "SO{seq:6",
            "{seq:3}{seq:3}",
            "{yy}{seq:2}",
        ] {
            assert!(wrong.parse::<NumberRule>().is_err(), "{wrong}");
        }
    }
}
