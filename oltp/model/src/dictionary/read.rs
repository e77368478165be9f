//! Reading the catalog's TOML, strictly: an unknown key is an error that names its file.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::field::{Choice, Field, FieldKind, SqlType};
use super::object::{Group, Object, Ownership, ParentOf, RightsFrom, Trait, system_fields};
use super::{Dictionary, OptionSet, SideColumn, SideTable};
use crate::condition::Condition;
use crate::label::Label;

/// A catalog file: its path inside the catalog and its text.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    pub file: &'a str,
    pub text: &'a str,
}

/// The catalog can't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DictionaryError {
    /// Not TOML, or a key that is unknown, missing or of the wrong type.
    #[error("catalog file {file}: {reason}")]
    Syntax { file: String, reason: String },
    /// Well-formed, but it can't be meant.
    #[error("catalog file {file}, {key}: {reason}")]
    Meaning {
        file: String,
        key: String,
        reason: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SharedFile {
    group: Vec<Group>,
    option_set: Vec<OptionSetEntry>,
    side_table: Vec<SideTableEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OptionSetEntry {
    name: String,
    label: Label,
    options: Vec<OptionEntry>,
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
struct OptionEntry {
    value: String,
    en: String,
    zh: String,
    color: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SideTableEntry {
    table: String,
    parent_column: Option<String>,
    parent_object: Option<String>,
    readable_with: Option<String>,
    path: Option<String>,
    #[serde(default)]
    columns: Vec<SideColumnEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SideColumnEntry {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    en: String,
    zh: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ObjectFile {
    object: ObjectEntry,
    #[serde(default)]
    field: Vec<FieldEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ObjectEntry {
    name: String,
    table: String,
    resource: String,
    area: String,
    label: Label,
    label_plural: Label,
    title: String,
    number: Option<String>,
    ownership: Ownership,
    rights: RightsEntry,
    #[serde(default)]
    traits: Vec<Trait>,
    list: Vec<String>,
    #[serde(default)]
    unique: Vec<Vec<String>>,
    #[serde(default)]
    index: Vec<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RightsEntry {
    Named(String),
    Parent(ParentEntry),
    AnyParent { any: Vec<ParentEntry> },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ParentEntry {
    field: String,
    parent: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldEntry {
    name: String,
    label: Label,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default = "general")]
    group: String,
    #[serde(default)]
    required: bool,
    #[serde(default)]
    unique: bool,
    #[serde(default)]
    readonly: bool,
    #[serde(default)]
    personal: bool,
    default: Option<serde_json::Value>,
    check: Option<Condition>,
    help: Option<Label>,
    max: Option<u32>,
    precision: Option<u8>,
    scale: Option<u8>,
    options: Option<Vec<OptionEntry>>,
    option_set: Option<String>,
    reference: Option<String>,
}

fn general() -> String {
    "general".to_owned()
}

pub(super) fn dictionary(
    shared: Source<'_>,
    objects: &[Source<'_>],
) -> Result<Dictionary, DictionaryError> {
    let file: SharedFile = parse(shared)?;
    let mut option_sets = BTreeMap::new();
    for entry in file.option_set {
        let options = entry.options.into_iter().map(choice).collect();
        option_sets.insert(
            entry.name.clone(),
            OptionSet {
                name: entry.name,
                label: entry.label,
                options,
            },
        );
    }
    let side_tables = file
        .side_table
        .into_iter()
        .map(|entry| side_table(shared.file, entry))
        .collect::<Result<Vec<_>, _>>()?;
    let mut dictionary = Dictionary {
        objects: Vec::new(),
        by_name: BTreeMap::new(),
        groups: file.group,
        option_sets,
        side_tables,
    };
    for source in objects {
        let object = object(*source, &dictionary.option_sets)?;
        let clash = dictionary.objects.iter().find(|other| {
            other.name == object.name
                || other.table == object.table
                || other.resource == object.resource
        });
        if let Some(other) = clash {
            return Err(meaning(
                source.file,
                "object",
                format!("name, table or resource is taken by {}", other.file),
            ));
        }
        dictionary
            .by_name
            .insert(object.name.clone(), dictionary.objects.len());
        dictionary.objects.push(object);
    }
    dictionary.check()?;
    Ok(dictionary)
}

fn parse<T: serde::de::DeserializeOwned>(source: Source<'_>) -> Result<T, DictionaryError> {
    toml::from_str(source.text).map_err(|error| DictionaryError::Syntax {
        file: source.file.to_owned(),
        reason: error.to_string().trim_end().to_owned(),
    })
}

fn meaning(file: &str, key: impl Into<String>, reason: impl Into<String>) -> DictionaryError {
    DictionaryError::Meaning {
        file: file.to_owned(),
        key: key.into(),
        reason: reason.into(),
    }
}

fn choice(entry: OptionEntry) -> Choice {
    Choice {
        value: entry.value,
        label: Label::new(entry.en, entry.zh),
        color: entry.color,
    }
}

fn side_table(file: &str, entry: SideTableEntry) -> Result<SideTable, DictionaryError> {
    let mut columns = Vec::with_capacity(entry.columns.len());
    for column in entry.columns {
        let sql_type = match column.kind.as_str() {
            "text" => SqlType::Text,
            "integer" => SqlType::Integer,
            "bigint" => SqlType::BigInt,
            "float" => SqlType::Float,
            "amount" => SqlType::Numeric {
                precision: 18,
                scale: 2,
            },
            "date" => SqlType::Date,
            "instant" => SqlType::Instant,
            other => {
                return Err(meaning(
                    file,
                    format!("side_table.{}.{}", entry.table, column.name),
                    format!("unknown type {other:?}"),
                ));
            }
        };
        columns.push(SideColumn {
            name: column.name,
            label: Label::new(column.en, column.zh),
            sql_type,
        });
    }
    Ok(SideTable {
        table: entry.table,
        parent_column: entry.parent_column,
        parent_object: entry.parent_object,
        readable_with: entry.readable_with,
        path: entry.path,
        columns,
    })
}

fn object(
    source: Source<'_>,
    sets: &BTreeMap<String, OptionSet>,
) -> Result<Object, DictionaryError> {
    let ObjectFile {
        object: entry,
        field: entries,
    } = parse(source)?;
    for (key, name) in [
        ("object.name", &entry.name),
        ("object.table", &entry.table),
        ("object.resource", &entry.resource),
    ] {
        check_name(source.file, key, name)?;
    }
    let number = entry
        .number
        .map(|rule| {
            rule.parse()
                .map_err(|reason: String| meaning(source.file, "object.number", reason))
        })
        .transpose()?;
    let (before, after) = system_fields(number.is_some(), entry.ownership);
    let mut fields = before;
    for field_entry in entries {
        let key = format!("field.{}", field_entry.name);
        check_name(source.file, &format!("{key}.name"), &field_entry.name)?;
        let field = field(source.file, &key, field_entry, sets)?;
        fields.push(field);
    }
    fields.extend(after);
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    for field in &fields {
        for column in field.columns() {
            if let Some(other) = seen.insert(column.name.clone(), field.name.clone()) {
                return Err(meaning(
                    source.file,
                    format!("field.{}", field.name),
                    format!("column {} is taken by field {other}", column.name),
                ));
            }
        }
    }
    let rights = match entry.rights {
        RightsEntry::Named(name) if name == "own" && entry.ownership != Ownership::None => {
            RightsFrom::Own
        }
        RightsEntry::Named(name) if name == "public" => RightsFrom::Public,
        RightsEntry::Named(name) => {
            let reason = format!(
                "{name:?} is none of \"own\" (with an owner), \"public\", {{ field, parent }}, {{ any = [{{ field, parent }}] }}"
            );
            return Err(meaning(source.file, "object.rights", reason));
        }
        RightsEntry::Parent(parent) => RightsFrom::Parent {
            field: parent.field,
            object: parent.parent,
        },
        RightsEntry::AnyParent { any } => RightsFrom::AnyParent(
            any.into_iter()
                .map(|parent| ParentOf {
                    field: parent.field,
                    object: parent.parent,
                })
                .collect(),
        ),
    };
    Ok(Object {
        name: entry.name,
        table: entry.table,
        resource: entry.resource,
        label: entry.label,
        label_plural: entry.label_plural,
        area: entry.area,
        title: entry.title,
        number,
        ownership: entry.ownership,
        rights,
        traits: entry.traits,
        fields,
        list_columns: entry.list,
        unique: entry.unique,
        indexes: entry.index,
        file: source.file.to_owned(),
    })
}

fn field(
    file: &str,
    key: &str,
    entry: FieldEntry,
    sets: &BTreeMap<String, OptionSet>,
) -> Result<Field, DictionaryError> {
    let choices = || -> Result<Vec<Choice>, DictionaryError> {
        match (&entry.options, &entry.option_set) {
            (Some(options), None) if !options.is_empty() => {
                Ok(options.iter().cloned().map(choice).collect())
            }
            (None, Some(set)) => sets.get(set).map(|set| set.options.clone()).ok_or_else(|| {
                meaning(
                    file,
                    format!("{key}.option_set"),
                    format!("there is no option set {set:?}"),
                )
            }),
            _ => Err(meaning(
                file,
                format!("{key}.options"),
                "a choice has either options or an option_set",
            )),
        }
    };
    let kind = match entry.kind.as_str() {
        "text" => FieldKind::Text {
            max: entry.max.unwrap_or(200),
        },
        "long_text" => FieldKind::LongText,
        "integer" => FieldKind::Integer,
        "big_integer" => FieldKind::BigInteger,
        "decimal" => match (entry.precision.unwrap_or(18), entry.scale.unwrap_or(2)) {
            (precision @ 1..=28, scale) if scale <= precision => {
                FieldKind::Decimal { precision, scale }
            }
            _ => {
                return Err(meaning(
                    file,
                    format!("{key}.precision"),
                    "a decimal has 1 to 28 digits, of which scale stand after the point",
                ));
            }
        },
        "money" => FieldKind::Money,
        "percent" => FieldKind::Percent,
        "bool" => FieldKind::Bool,
        "date" => FieldKind::Date,
        "date_time" => FieldKind::DateTime,
        "choice" => FieldKind::Choice {
            options: choices()?,
        },
        "multi_choice" => FieldKind::MultiChoice {
            options: choices()?,
        },
        "reference" => match entry.reference.clone() {
            Some(object) => FieldKind::Reference { object },
            None => {
                return Err(meaning(
                    file,
                    format!("{key}.reference"),
                    "a reference names its object",
                ));
            }
        },
        "user" => FieldKind::User,
        "department" => FieldKind::Department,
        "email" => FieldKind::Email,
        "phone" => FieldKind::Phone,
        "url" => FieldKind::Url,
        "json" => FieldKind::Json,
        other => {
            return Err(meaning(
                file,
                format!("{key}.type"),
                format!("there is no field type {other:?}"),
            ));
        }
    };
    for (named, given, fits) in [
        (
            "max",
            entry.max.is_some(),
            matches!(kind, FieldKind::Text { .. }),
        ),
        (
            "precision",
            entry.precision.is_some() || entry.scale.is_some(),
            matches!(kind, FieldKind::Decimal { .. }),
        ),
        (
            "options",
            entry.options.is_some() || entry.option_set.is_some(),
            matches!(
                kind,
                FieldKind::Choice { .. } | FieldKind::MultiChoice { .. }
            ),
        ),
        (
            "reference",
            entry.reference.is_some(),
            matches!(kind, FieldKind::Reference { .. }),
        ),
    ] {
        if given && !fits {
            return Err(meaning(
                file,
                format!("{key}.{named}"),
                format!("does not go with type {:?}", entry.kind),
            ));
        }
    }
    let field = Field {
        name: entry.name,
        label: entry.label,
        kind,
        group: entry.group,
        required: entry.required,
        unique: entry.unique,
        readonly: entry.readonly,
        default: entry.default,
        check: entry.check,
        personal: entry.personal,
        help: entry.help,
        system: false,
    };
    if let Some(default) = &field.default
        && let Err(problem) = field.read_json(default)
    {
        return Err(meaning(file, format!("{key}.default"), problem.message.en));
    }
    Ok(field)
}

/// Names become identifiers of tables, columns and URLs: short, plain, never quoted by need.
fn check_name(file: &str, key: &str, name: &str) -> Result<(), DictionaryError> {
    let plain = name.len() <= 40
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if plain {
        return Ok(());
    }
    Err(meaning(
        file,
        key,
        format!(
            "{name:?} is not a name: a small letter, then at most 39 small letters, digits or _"
        ),
    ))
}
