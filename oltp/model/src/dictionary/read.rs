//! Reading the catalog's TOML, strictly: an unknown key is an error that names its file.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::field::{Choice, Field, FieldKind, RollUp, SqlType};
use super::object::{Group, Object, Ownership, ParentOf, RightsFrom, Rule, Trait, system_fields};
use super::{Dictionary, OptionSet, SideColumn, SideTable};
use crate::condition::Condition;
use crate::formula::Formula;
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
pub(super) struct OptionSetEntry {
    pub name: String,
    pub label: Label,
    /// Its values exclude each other: no field may hold several.
    #[serde(default)]
    pub single: bool,
    pub options: Vec<OptionEntry>,
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
pub(super) struct OptionEntry {
    value: String,
    en: Option<String>,
    zh: Option<String>,
    /// Instead of `en` and `zh`.
    label: Option<Label>,
    color: Option<String>,
    #[serde(default = "yes")]
    active: bool,
}

fn yes() -> bool {
    true
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
pub(super) struct ObjectFile {
    object: ObjectEntry,
    #[serde(default)]
    field: Vec<FieldEntry>,
    #[serde(default)]
    rule: Vec<Rule>,
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
    #[serde(default = "yes")]
    search: bool,
    #[serde(default)]
    unique: Vec<Vec<String>>,
    #[serde(default)]
    index: Vec<Vec<String>>,
    archive: Option<Condition>,
    #[serde(default)]
    preset: Vec<BTreeMap<String, serde_json::Value>>,
    /// `warehouse` or nothing.
    retain: Option<Retain>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Retain {
    Warehouse,
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
pub(super) struct FieldEntry {
    pub name: String,
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
    required_when: Option<Condition>,
    shown_when: Option<Condition>,
    search: Option<bool>,
    formula: Option<String>,
    roll_up: Option<RollUp>,
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
        let set = option_set(shared.file, entry)?;
        option_sets.insert(set.name.clone(), set);
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
        let object = object(source.file, parse(*source)?, &dictionary.option_sets)?;
        dictionary.add(object)?;
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

pub(super) fn meaning(
    file: &str,
    key: impl Into<String>,
    reason: impl Into<String>,
) -> DictionaryError {
    DictionaryError::Meaning {
        file: file.to_owned(),
        key: key.into(),
        reason: reason.into(),
    }
}

pub(super) fn option_set(file: &str, entry: OptionSetEntry) -> Result<OptionSet, DictionaryError> {
    check_name(file, "option_set.name", &entry.name)?;
    let options = choices(file, "option_set.options", entry.options)?;
    Ok(OptionSet {
        name: entry.name,
        label: entry.label,
        single: entry.single,
        options,
    })
}

pub(super) fn choices(
    file: &str,
    key: &str,
    entries: Vec<OptionEntry>,
) -> Result<Vec<Choice>, DictionaryError> {
    let mut choices: Vec<Choice> = Vec::with_capacity(entries.len());
    for entry in entries {
        let value = entry.value.trim().to_owned();
        let fits = (1..=60).contains(&value.chars().count())
            && !value.contains(|c: char| c.is_control() || c == ';');
        if !fits {
            let reason = format!(
                "{value:?} is no value of an option: 1 to 60 characters without semicolons"
            );
            return Err(meaning(file, key, reason));
        }
        if choices.iter().any(|choice| choice.value == value) {
            return Err(meaning(file, key, format!("{value:?} stands twice")));
        }
        let label = match (entry.label, entry.en, entry.zh) {
            (Some(label), None, None) => label,
            (None, Some(en), Some(zh)) => Label::new(en, zh),
            _ => {
                let reason = format!("{value:?} needs a label in English and Chinese");
                return Err(meaning(file, key, reason));
            }
        };
        choices.push(Choice {
            value,
            label,
            color: entry.color,
            active: entry.active,
        });
    }
    Ok(choices)
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

pub(super) fn object(
    file: &str,
    definition: ObjectFile,
    sets: &BTreeMap<String, OptionSet>,
) -> Result<Object, DictionaryError> {
    let ObjectFile {
        object: entry,
        field: entries,
        rule: rules,
    } = definition;
    for (key, name) in [
        ("object.name", &entry.name),
        ("object.table", &entry.table),
        ("object.resource", &entry.resource),
    ] {
        check_name(file, key, name)?;
    }
    let number = entry
        .number
        .map(|rule| {
            rule.parse()
                .map_err(|reason: String| meaning(file, "object.number", reason))
        })
        .transpose()?;
    let (before, after) = system_fields(number.is_some(), entry.ownership);
    let mut fields = before;
    for field_entry in entries {
        let key = format!("field.{}", field_entry.name);
        check_name(file, &format!("{key}.name"), &field_entry.name)?;
        let field = field(file, &key, field_entry, sets)?;
        fields.push(field);
    }
    fields.extend(after);
    columns_are_distinct(file, &fields)?;
    let rights = match entry.rights {
        RightsEntry::Named(name) if name == "own" && entry.ownership != Ownership::None => {
            RightsFrom::Own
        }
        RightsEntry::Named(name) if name == "public" => RightsFrom::Public,
        RightsEntry::Named(name) => {
            let reason = format!(
                "{name:?} is none of \"own\" (with an owner), \"public\", {{ field, parent }}, {{ any = [{{ field, parent }}] }}"
            );
            return Err(meaning(file, "object.rights", reason));
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
    if entry.retain.is_some() && !(entry.unique.is_empty() && fields.iter().all(|f| !f.unique)) {
        let reason = "a table whose old rows leave Postgres knows no uniqueness besides its id";
        return Err(meaning(file, "object.retain", reason));
    }
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
        rules,
        archive: entry.archive,
        presets: entry.preset,
        search: entry.search,
        retained: entry.retain.is_some(),
        custom: false,
        file: file.to_owned(),
    })
}

/// No two fields of an object live in the same column.
pub(super) fn columns_are_distinct(file: &str, fields: &[Field]) -> Result<(), DictionaryError> {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for field in fields {
        for column in field.columns() {
            if let Some(other) = seen.insert(column.name.clone(), &field.name) {
                return Err(meaning(
                    file,
                    format!("field.{}", field.name),
                    format!("column {} is taken by field {other}", column.name),
                ));
            }
        }
    }
    Ok(())
}

pub(super) fn field(
    file: &str,
    key: &str,
    entry: FieldEntry,
    sets: &BTreeMap<String, OptionSet>,
) -> Result<Field, DictionaryError> {
    let several = entry.kind == "multi_choice";
    let choices = || -> Result<Vec<Choice>, DictionaryError> {
        match (&entry.options, &entry.option_set) {
            (Some(options), None) if !options.is_empty() => {
                choices(file, &format!("{key}.options"), options.clone())
            }
            (None, Some(name)) => match sets.get(name) {
                Some(set) if set.single && several => Err(meaning(
                    file,
                    format!("{key}.option_set"),
                    format!("the values of {name:?} exclude each other: use a single choice"),
                )),
                Some(set) => Ok(set.options.clone()),
                None => Err(meaning(
                    file,
                    format!("{key}.option_set"),
                    format!("there is no option set {name:?}"),
                )),
            },
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
        "rich_text" => FieldKind::RichText,
        "duration" => FieldKind::Duration,
        "address" => FieldKind::Address,
        "geo_point" => FieldKind::GeoPoint,
        "file" => FieldKind::File,
        "image" => FieldKind::Image,
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
    let formula = entry
        .formula
        .as_deref()
        .map(|source| {
            Formula::parse(source).map_err(|reason| meaning(file, format!("{key}.formula"), reason))
        })
        .transpose()?;
    let computed = formula.is_some() || entry.roll_up.is_some();
    if computed {
        let kind_fits = matches!(
            kind,
            FieldKind::Text { .. }
                | FieldKind::Integer
                | FieldKind::BigInteger
                | FieldKind::Decimal { .. }
                | FieldKind::Percent
                | FieldKind::Bool
                | FieldKind::Date
                | FieldKind::DateTime
                | FieldKind::Duration
        );
        let alone = !(entry.required
            || entry.unique
            || entry.default.is_some()
            || entry.check.is_some()
            || entry.required_when.is_some()
            || (formula.is_some() && entry.roll_up.is_some()));
        if !kind_fits || !alone {
            return Err(meaning(
                file,
                key,
                "a computed field is a text, number, duration, date or bool without default, check or demands",
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
        readonly: entry.readonly || computed,
        default: entry.default,
        check: entry.check,
        personal: entry.personal,
        help: entry.help,
        system: false,
        custom: false,
        sparse: false,
        option_set: entry.option_set,
        required_when: entry.required_when,
        shown_when: entry.shown_when,
        search: false,
        formula,
        roll_up: entry.roll_up,
    };
    let field = Field {
        search: entry.search.unwrap_or(
            !computed
                && matches!(
                    field.kind,
                    FieldKind::Text { .. } | FieldKind::Email | FieldKind::Phone
                ),
        ),
        ..field
    };
    if let Some(default) = &field.default
        && let Err(problem) = field.read_json(default)
    {
        return Err(meaning(file, format!("{key}.default"), problem.message.en));
    }
    Ok(field)
}

/// Names become identifiers of tables, columns and URLs: short, plain, never quoted by need.
pub(super) fn check_name(file: &str, key: &str, name: &str) -> Result<(), DictionaryError> {
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
