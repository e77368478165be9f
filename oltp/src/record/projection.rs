//! Which columns a statement asks for, and how a row of them becomes a record's JSON.

use basalt_model::condition::resolve;
use basalt_model::dictionary::{ADDRESS_PARTS, GEO_PARTS};
use basalt_model::{Action, Dictionary, Field, FieldKind, Object, Principal, SqlType};
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde_json::{Value as Json, json};
use sqlx::postgres::PgRow;
use sqlx::{Postgres, QueryBuilder, Row};

use super::{JsonMap, Select};
use crate::error::{Error, Result};
use crate::sql::{Joins, column};

/// The columns of a statement and what they mean.
#[derive(Debug, Default)]
pub(super) struct Projection {
    columns: Vec<String>,
    leaves: Vec<Leaf>,
    /// Keys of references: an object, or `null` when its id is.
    references: Vec<Vec<String>>,
}

/// A value of the record: where it stands, from which column on it is read.
#[derive(Debug)]
struct Leaf {
    keys: Vec<String>,
    at: usize,
    reading: Reading,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Reading {
    Text,
    Integer,
    BigInt,
    /// A decimal that was cast to text, so that its scale is kept.
    Decimal,
    Float,
    Bool,
    Date,
    Instant,
    Json,
    TextList,
    Money,
    Address,
    GeoPoint,
    Nothing,
}

impl Projection {
    /// Columns of a single record: all fields by default, references with their title.
    pub fn of_record(
        dictionary: &Dictionary,
        object: &Object,
        principal: &Principal,
        select: &Select,
        joins: &mut Joins,
    ) -> Result<Self> {
        let mut wanted = vec!["id".to_owned(), "version".to_owned()];
        if select.fields.is_empty() {
            for field in object
                .fields
                .iter()
                .filter(|field| !principal.is_hidden(&object.name, &field.name))
            {
                wanted.push(field.name.clone());
            }
        } else {
            wanted.extend(select.fields.iter().cloned());
        }
        wanted.extend(select.include.iter().cloned());
        Self::of_paths(dictionary, object, principal, &wanted, joins)
    }

    /// Columns of a list: the object's list columns by default.
    pub fn of_list(
        dictionary: &Dictionary,
        object: &Object,
        principal: &Principal,
        fields: &[String],
        include: &[String],
        joins: &mut Joins,
    ) -> Result<Self> {
        let mut wanted = vec!["id".to_owned(), "version".to_owned()];
        if fields.is_empty() {
            // The standard list leaves out what the caller may not see, and never fails for it.
            wanted.extend(
                object
                    .list_columns
                    .iter()
                    .filter(|path| resolve(dictionary, object, path, Some(principal)).is_ok())
                    .cloned(),
            );
        } else {
            wanted.extend(fields.iter().cloned());
        }
        wanted.extend(include.iter().cloned());
        Self::of_paths(dictionary, object, principal, &wanted, joins)
    }

    fn of_paths(
        dictionary: &Dictionary,
        object: &Object,
        principal: &Principal,
        paths: &[String],
        joins: &mut Joins,
    ) -> Result<Self> {
        if paths.len() > 300 {
            return Err(Error::request(
                "fields",
                "names more than 300 fields",
                "字段数超过300个",
            ));
        }
        let mut projection = Self::default();
        for path in paths {
            projection.add(dictionary, object, principal, path, joins)?;
        }
        Ok(projection)
    }

    fn add(
        &mut self,
        dictionary: &Dictionary,
        object: &Object,
        principal: &Principal,
        path: &str,
        joins: &mut Joins,
    ) -> Result<()> {
        let resolved = resolve(dictionary, object, path, Some(principal))?;
        let alias = joins.alias(&resolved.joins);
        let keys: Vec<String> = path.split('.').map(str::to_owned).collect();
        let field = resolved
            .field
            .as_ref()
            .and_then(|(object, field)| dictionary.object(object)?.field(field));
        // A dotted path goes through references: each becomes an object with id and title.
        if resolved.joins.len() > 1
            || (keys.len() > 1 && resolved.joins.iter().any(|join| join.object.is_some()))
        {
            let mut prefix: Vec<&str> = keys.iter().map(String::as_str).collect();
            prefix.pop();
            if field.is_none() {
                prefix.pop();
            }
            if !prefix.is_empty() {
                self.add(dictionary, object, principal, &prefix.join("."), joins)?;
            }
        }
        let Some(field) = field else {
            self.leaf(
                keys,
                &[column(&alias, &resolved.column)],
                reading(resolved.sql_type),
            );
            return Ok(());
        };
        let asked = keys.last().map(String::as_str);
        match field.target() {
            Some(target) if asked == Some(field.name.as_str()) => {
                let id = column(&alias, &field.column());
                if field.column() != field.name {
                    let mut bare = keys.clone();
                    bare.pop();
                    bare.push(field.column());
                    self.leaf(bare, std::slice::from_ref(&id), Reading::BigInt);
                }
                self.reference(dictionary, object, principal, path, target, keys, id, joins)
            }
            // One column of a field with several.
            _ if resolved.column != field.column() => {
                self.leaf(
                    keys,
                    &[column(&alias, &resolved.column)],
                    reading(resolved.sql_type),
                );
                Ok(())
            }
            _ => {
                self.field(field, keys, &alias);
                Ok(())
            }
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one step of `add`, split off to be readable"
    )]
    fn reference(
        &mut self,
        dictionary: &Dictionary,
        object: &Object,
        principal: &Principal,
        path: &str,
        target: &str,
        keys: Vec<String>,
        id: String,
        joins: &mut Joins,
    ) -> Result<()> {
        if self.references.contains(&keys) {
            return Ok(());
        }
        let below = |key: &str| {
            let mut below = keys.clone();
            below.push(key.to_owned());
            below
        };
        self.leaf(below("id"), &[id], Reading::BigInt);
        let title = dictionary
            .object(target)
            .filter(|target| {
                principal.can(&target.name, Action::Read)
                    && !principal.is_hidden(&target.name, &target.title)
            })
            .map(|target| format!("{path}.{}", target.title));
        match title {
            Some(title) => {
                let resolved = resolve(dictionary, object, &title, Some(principal))?;
                let alias = joins.alias(&resolved.joins);
                self.leaf(
                    below("title"),
                    &[column(&alias, &resolved.column)],
                    reading(resolved.sql_type),
                );
            }
            None => self.leaf(below("title"), &[], Reading::Nothing),
        }
        self.references.push(keys);
        Ok(())
    }

    fn field(&mut self, field: &Field, keys: Vec<String>, alias: &str) {
        let columns: Vec<String> = field
            .columns()
            .iter()
            .map(|found| column(alias, &found.name))
            .collect();
        let reading = match field.kind {
            FieldKind::Money => Reading::Money,
            FieldKind::Address => Reading::Address,
            FieldKind::GeoPoint => Reading::GeoPoint,
            _ => reading(field.sql_type()),
        };
        self.leaf(keys, &columns, reading);
    }

    fn leaf(&mut self, keys: Vec<String>, columns: &[String], reading: Reading) {
        if self.leaves.iter().any(|leaf| leaf.keys == keys) {
            return;
        }
        self.leaves.push(Leaf {
            keys,
            at: self.columns.len(),
            reading,
        });
        for (part, column) in columns.iter().enumerate() {
            let as_text = match reading {
                Reading::Decimal => true,
                Reading::Money => part != 1,
                Reading::GeoPoint => part != 0,
                _ => false,
            };
            self.columns.push(if as_text {
                format!("{column}::text")
            } else {
                column.clone()
            });
        }
    }

    /// How many columns [`push`](Self::push) writes; further ones may follow.
    pub fn width(&self) -> usize {
        self.columns.len()
    }

    /// The select list.
    pub fn push(&self, query: &mut QueryBuilder<Postgres>) {
        query.push(self.columns.join(", "));
    }

    /// The record a row stands for.
    pub fn record(&self, row: &PgRow) -> Result<JsonMap> {
        let mut record = JsonMap::new();
        for leaf in &self.leaves {
            let value = read(row, leaf.at, leaf.reading)?;
            put(&mut record, &leaf.keys, value);
        }
        for keys in &self.references {
            empty_without_id(&mut record, keys);
        }
        Ok(record)
    }
}

fn put(record: &mut JsonMap, keys: &[String], value: Json) {
    match keys {
        [] => {}
        [key] => {
            record.insert(key.clone(), value);
        }
        [key, rest @ ..] => {
            let inner = record
                .entry(key.clone())
                .or_insert_with(|| Json::Object(JsonMap::new()));
            if let Json::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}

fn empty_without_id(record: &mut JsonMap, keys: &[String]) {
    let [key, rest @ ..] = keys else { return };
    match (rest, record.get_mut(key)) {
        ([], Some(value)) if value.get("id").is_some_and(Json::is_null) => *value = Json::Null,
        (rest, Some(Json::Object(inner))) => empty_without_id(inner, rest),
        _ => {}
    }
}

fn reading(sql_type: SqlType) -> Reading {
    match sql_type {
        SqlType::Text => Reading::Text,
        SqlType::Integer => Reading::Integer,
        SqlType::BigInt => Reading::BigInt,
        SqlType::Numeric { .. } => Reading::Decimal,
        SqlType::Float => Reading::Float,
        SqlType::Bool => Reading::Bool,
        SqlType::Date => Reading::Date,
        SqlType::Instant => Reading::Instant,
        SqlType::Json => Reading::Json,
        SqlType::TextList => Reading::TextList,
    }
}

fn read(row: &PgRow, at: usize, reading: Reading) -> Result<Json> {
    fn get<'r, T>(row: &'r PgRow, at: usize) -> Result<Json>
    where
        T: sqlx::Decode<'r, Postgres> + sqlx::Type<Postgres> + Into<Json>,
    {
        Ok(row
            .try_get::<Option<T>, _>(at)?
            .map_or(Json::Null, Into::into))
    }
    match reading {
        Reading::Text | Reading::Decimal => get::<String>(row, at),
        Reading::Integer => get::<i32>(row, at),
        Reading::BigInt => get::<i64>(row, at),
        Reading::Float => get::<f64>(row, at),
        Reading::Bool => get::<bool>(row, at),
        Reading::Json => get::<Json>(row, at),
        Reading::TextList => get::<Vec<String>>(row, at),
        Reading::Date => Ok(row
            .try_get::<Option<NaiveDate>, _>(at)?
            .map_or(Json::Null, |day| day.to_string().into())),
        Reading::Instant => Ok(row
            .try_get::<Option<DateTime<Utc>>, _>(at)?
            .map_or(Json::Null, |at| {
                at.to_rfc3339_opts(SecondsFormat::AutoSi, true).into()
            })),
        Reading::Money => {
            let text = |part: usize| row.try_get::<Option<String>, _>(at + part);
            let Some(amount) = text(0)? else {
                return Ok(Json::Null);
            };
            let rate = text(2)?.map(|rate| trimmed(&rate).to_owned());
            Ok(json!({ "amount": amount, "currency": text(1)?, "rate": rate, "base": text(3)? }))
        }
        Reading::Address | Reading::GeoPoint => {
            let text = |part: usize| row.try_get::<Option<String>, _>(at + part);
            let Some(line) = text(0)? else {
                return Ok(Json::Null);
            };
            let names: &[&str] = if reading == Reading::Address {
                &ADDRESS_PARTS
            } else {
                &GEO_PARTS
            };
            let mut parts = JsonMap::new();
            parts.insert("line".to_owned(), line.into());
            for (part, name) in names.iter().enumerate() {
                let value = text(part + 1)?.map(|value| {
                    if reading == Reading::GeoPoint {
                        trimmed(&value).to_owned()
                    } else {
                        value
                    }
                });
                parts.insert((*name).to_owned(), json!(value));
            }
            Ok(Json::Object(parts))
        }
        Reading::Nothing => Ok(Json::Null),
    }
}

/// A decimal's text without trailing zeros.
fn trimmed(decimal: &str) -> &str {
    if decimal.contains('.') {
        decimal.trim_end_matches('0').trim_end_matches('.')
    } else {
        decimal
    }
}
