//! The part of the data dictionary that administrators change while Basalt runs.
//!
//! A change is planned, checked, applied and recorded in one transaction: either the dictionary,
//! the tables and the record of the change agree, or nothing has happened. Locks are waited for
//! more briefly than the server's deadlock check waits, and the whole change is tried again, so that writers
//! are never the ones to give way.

mod definition;
pub mod layout;
mod names;
pub(crate) mod stored;

use std::time::{Duration, Instant};

use basalt_model::dictionary::{Dictionary, Entry, EntryKind};
use basalt_model::{DictionaryError, Label, Principal, Problem};
use serde_json::{Map, Value as Json, json};
use sqlx::AssertSqlSafe;

use crate::db::Db;
use crate::ddl::{self, MigrationPlan};
use crate::error::{Error, FieldError, Result};
use crate::search;

/// Below the server's `deadlock_timeout` of one second.
const LOCK_TIMEOUT: &str = "400ms";
/// A change that gets no lock for this long is given up.
const PATIENCE: Duration = Duration::from_secs(20);

/// A change of the dictionary: what it did, or would do.
#[derive(Debug, Clone)]
pub struct DictionaryChange {
    /// Object, field or option set as it is now named.
    pub name: String,
    pub plan: MigrationPlan,
    /// Tables of schema `crm` that are new.
    pub new_tables: Vec<String>,
    /// Position of the change in the log; empty for a trial.
    pub lsn: String,
}

/// Changes the dictionary at run time; for administrators.
#[derive(Clone)]
pub struct Designer {
    db: Db,
}

/// What a change asks for.
enum Request<'a> {
    Add(Json),
    /// Keys that are absent stay, `null` takes away.
    Change(&'a str, Json),
}

impl Designer {
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    /// All definitions made at run time, in the order in which they were made.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anyone but administrators.
    pub async fn entries(&self, principal: &Principal) -> Result<Vec<Entry>> {
        administers(principal)?;
        let mut connection = self.db.pool().acquire().await?;
        Ok(stored::read(&mut connection).await?.entries)
    }

    /// Adds an object: `{"name","label","label_plural",…}`; its title field `name` comes by itself.
    ///
    /// # Errors
    /// [`Error::Validation`] with what is wrong with the definition; nothing is left behind then.
    pub async fn add_object(
        &self,
        principal: &Principal,
        definition: Json,
        trial: bool,
    ) -> Result<DictionaryChange> {
        self.run(
            principal,
            EntryKind::Object,
            "",
            Request::Add(definition),
            trial,
        )
        .await
    }

    /// Changes labels, list columns, numbering and rules of an object.
    ///
    /// # Errors
    /// As [`add_object`](Self::add_object); [`Error::NotFound`] when there is no such object.
    pub async fn change_object(
        &self,
        principal: &Principal,
        object: &str,
        patch: Json,
        trial: bool,
    ) -> Result<DictionaryChange> {
        self.run(
            principal,
            EntryKind::Object,
            "",
            Request::Change(object, patch),
            trial,
        )
        .await
    }

    /// Adds a field to an object, as a column of its own.
    ///
    /// # Errors
    /// As [`change_object`](Self::change_object).
    pub async fn add_field(
        &self,
        principal: &Principal,
        object: &str,
        definition: Json,
        trial: bool,
    ) -> Result<DictionaryChange> {
        self.run(
            principal,
            EntryKind::Field,
            object,
            Request::Add(definition),
            trial,
        )
        .await
    }

    /// Changes a field; of a standard field only label, help, group, demands and search.
    ///
    /// # Errors
    /// As [`change_object`](Self::change_object).
    pub async fn change_field(
        &self,
        principal: &Principal,
        object: &str,
        field: &str,
        patch: Json,
        trial: bool,
    ) -> Result<DictionaryChange> {
        self.run(
            principal,
            EntryKind::Field,
            object,
            Request::Change(field, patch),
            trial,
        )
        .await
    }

    /// Adds an option set that fields may share.
    ///
    /// # Errors
    /// As [`add_object`](Self::add_object).
    pub async fn add_option_set(
        &self,
        principal: &Principal,
        definition: Json,
        trial: bool,
    ) -> Result<DictionaryChange> {
        self.run(
            principal,
            EntryKind::OptionSet,
            "",
            Request::Add(definition),
            trial,
        )
        .await
    }

    /// Changes an option set: labels, order, new options, options switched off.
    ///
    /// # Errors
    /// As [`change_object`](Self::change_object).
    pub async fn change_option_set(
        &self,
        principal: &Principal,
        set: &str,
        patch: Json,
        trial: bool,
    ) -> Result<DictionaryChange> {
        self.run(
            principal,
            EntryKind::OptionSet,
            "",
            Request::Change(set, patch),
            trial,
        )
        .await
    }

    async fn run(
        &self,
        principal: &Principal,
        kind: EntryKind,
        object: &str,
        request: Request<'_>,
        trial: bool,
    ) -> Result<DictionaryChange> {
        administers(principal)?;
        let began = Instant::now();
        let mut pause = Duration::from_millis(30);
        loop {
            match self.attempt(principal, kind, object, &request, trial).await {
                Err(error) if is_busy(&error) && began.elapsed() < PATIENCE => {
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(Duration::from_millis(500));
                }
                Err(error) if is_busy(&error) => {
                    return Err(Error::conflict(
                        "table_busy",
                        "Others are working with these records without a pause. Try again in a moment.",
                        "其他用户正在持续使用这些记录，请稍后再试。",
                    ));
                }
                outcome => return outcome,
            }
        }
    }

    async fn attempt(
        &self,
        principal: &Principal,
        kind: EntryKind,
        object: &str,
        request: &Request<'_>,
        trial: bool,
    ) -> Result<DictionaryChange> {
        let mut tx = self.db.begin(principal).await?;
        sqlx::query("select set_config('lock_timeout', $1, true), pg_advisory_xact_lock($2)::text")
            .bind(LOCK_TIMEOUT)
            .bind(ddl::LOCK)
            .execute(&mut *tx)
            .await?;
        let state = stored::read(&mut tx).await?;
        let base = self.db.base();
        let before = base.extended(&state.entries)?;
        let entry = match request {
            Request::Add(given) => definition::added(&before, kind, object, given)?,
            Request::Change(name, patch) => {
                definition::changed(&base, &before, &state.entries, kind, object, name, patch)?
            }
        };
        let after = base
            .extended(&with(state.entries, &entry))
            .map_err(|error| refused(&error))?;
        let plan = ddl::plan(&mut tx, &after)
            .await
            .map_err(|error| match error {
                Error::Migration(reason) => refused_because(
                    &entry.name,
                    &reason,
                    &format!("需要迁移才能完成的更改：{reason}"),
                ),
                other => other,
            })?;
        let new_tables = new_tables(&before, &after);
        let mut change = DictionaryChange {
            name: entry.name.clone(),
            plan,
            new_tables,
            lsn: String::new(),
        };
        for step in &change.plan.steps {
            sqlx::raw_sql(AssertSqlSafe(step.sql.as_str()))
                .execute(&mut *tx)
                .await
                .map_err(|error| step_error(&entry, error))?;
        }
        if trial {
            tx.rollback().await?;
            return Ok(change);
        }
        stored::write(&mut tx, principal, &entry).await?;
        search::note_changes(&mut tx, &before, &after).await?;
        change.lsn = tx.commit().await?;
        self.db.refresh().await?;
        Ok(change)
    }
}

fn administers(principal: &Principal) -> Result<()> {
    if principal.is_admin() {
        Ok(())
    } else {
        Err(Error::Forbidden)
    }
}

/// Somebody holds a lock that is needed, or the attempt lost a deadlock.
fn is_busy(error: &Error) -> bool {
    match error {
        Error::Unavailable(error) => error
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code)
            .is_some_and(|code| code == "55P03"),
        Error::Conflict { code, .. } => *code == "try_again",
        _ => false,
    }
}

fn with(mut entries: Vec<Entry>, entry: &Entry) -> Vec<Entry> {
    let same = |other: &&mut Entry| {
        other.kind == entry.kind && other.object == entry.object && other.name == entry.name
    };
    match entries.iter_mut().find(same) {
        Some(there) => there.definition = entry.definition.clone(),
        None => entries.push(entry.clone()),
    }
    entries
}

fn new_tables(before: &Dictionary, after: &Dictionary) -> Vec<String> {
    after
        .objects()
        .iter()
        .filter(|object| before.object(&object.name).is_none())
        .map(|object| object.table.clone())
        .collect()
}

fn refused(error: &DictionaryError) -> Error {
    let (key, reason) = match error {
        DictionaryError::Syntax { reason, .. } => ("definition", reason),
        DictionaryError::Meaning { key, reason, .. } => (key.as_str(), reason),
    };
    refused_because(key, reason, &format!("定义无效：{reason}"))
}

fn refused_because(key: &str, en: &str, zh: &str) -> Error {
    Error::Validation(vec![FieldError {
        field: key.to_owned(),
        code: "definition",
        message: Label::new(en, zh),
    }])
}

/// Existing rows may stand against what is wanted of them.
fn step_error(entry: &Entry, error: sqlx::Error) -> Error {
    let code = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
        .unwrap_or_default()
        .into_owned();
    let problem = match code.as_str() {
        "23505" => Problem::new(
            "unique",
            "can't be unique: records share a value",
            "无法设为唯一：已有记录的值重复",
        ),
        "23514" => Problem::new(
            "check",
            "has a check that existing records break",
            "已有记录不满足该校验",
        ),
        "54011" | "54000" => Problem::new(
            "limit",
            "is one field too many for this table",
            "该表的字段数已达上限",
        ),
        _ => return error.into(),
    };
    Error::field(entry.name.clone(), problem)
}

/// The definition as people see it.
pub fn describe(entry: &Entry) -> Json {
    let mut shown = Map::new();
    shown.insert("kind".to_owned(), json!(entry.kind.tag()));
    if !entry.object.is_empty() {
        shown.insert("object".to_owned(), json!(entry.object));
    }
    shown.insert("name".to_owned(), json!(entry.name));
    shown.insert("definition".to_owned(), entry.definition.clone());
    Json::Object(shown)
}
