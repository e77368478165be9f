//! Rules: what starts them, on which condition, and what they do.

use basalt_model::{Condition, Principal};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sqlx::Row;
use sqlx::types::Json as Sql;

use super::check::{check, check_reachable, next_due, taken};
use super::{Recipient, note_interest};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::record::JsonMap;

/// What starts a rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "on", rename_all = "snake_case", deny_unknown_fields)]
pub enum Starts {
    Created,
    /// One of the fields was changed; any, when none is named.
    Changed {
        #[serde(default)]
        fields: Vec<String>,
    },
    /// The field got this value, by creation or change.
    StageEntered {
        field: String,
        value: String,
    },
    /// The day in the field, so many days later (or earlier, when negative), has come.
    DateReached {
        field: String,
        #[serde(default)]
        days: i32,
    },
    /// The record was not changed for so many days.
    Idle {
        days: u32,
    },
    /// At these times, for every record that meets the condition.
    Schedule {
        /// Minute, hour, day of the month, month, day of the week.
        cron: String,
        #[serde(default = "utc")]
        time_zone: String,
    },
}

fn utc() -> String {
    "UTC".to_owned()
}

/// Who gets a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Assignee {
    User(i64),
    /// The member of the group with the fewest records of this kind.
    LeastOf(i64),
    /// The owner's manager.
    Manager,
}

/// What a rule does. Texts may hold `{field}`, shown as each reader may see it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    SetFields {
        values: JsonMap,
    },
    Assign {
        to: Assignee,
    },
    CreateTask {
        subject: String,
        #[serde(default)]
        due_in_days: Option<u32>,
        /// By the calendar that holds for the user's department; instead of `due_in_days`.
        #[serde(default)]
        due_in_working_days: Option<u32>,
        /// The first user that is meant.
        to: Recipient,
    },
    Notify {
        to: Vec<Recipient>,
        title: String,
        #[serde(default)]
        body: String,
    },
    Email {
        to: Vec<Recipient>,
        subject: String,
        body: String,
    },
    /// Posts the record's fields (as the user sees them by whose rights it is) to an address, signed.
    Webhook {
        url: String,
        secret: String,
        by_rights_of: i64,
    },
    StartApproval {
        flow: String,
    },
}

/// A rule as stored.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rule {
    pub id: i64,
    pub name: String,
    pub object: String,
    pub starts: Starts,
    pub condition: Option<Condition>,
    pub actions: Vec<Action>,
    pub active: bool,
    pub version: i32,
    pub changed_at: DateTime<Utc>,
    pub changed_by: Option<i64>,
    pub next_due_at: Option<DateTime<Utc>>,
}

/// A rule to be made or changed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleInput {
    pub name: String,
    pub object: String,
    pub starts: Starts,
    #[serde(default)]
    pub condition: Option<Condition>,
    pub actions: Vec<Action>,
    #[serde(default = "yes")]
    pub active: bool,
}

fn yes() -> bool {
    true
}

/// A run as recorded.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunEntry {
    pub id: i64,
    pub rule_id: i64,
    pub rule: String,
    pub rule_version: i32,
    pub object: String,
    pub record_id: i64,
    pub started_by: String,
    /// Rules whose actions led here.
    pub chain: Vec<i64>,
    pub at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
    /// `waiting`, `done`, `not_met`, `cut`, `failed`, `gone`
    pub outcome: String,
    /// The condition with what held in it, or the reason of a cut or failure.
    pub why: Option<Json>,
    pub results: Option<Json>,
}

/// All rules, by name.
///
/// # Errors
/// The database failed.
pub async fn rules(db: &Db) -> Result<Vec<Rule>> {
    let rows = sqlx::query("select * from sys.workflow_rule order by name")
        .fetch_all(db.pool())
        .await?;
    rows.iter().map(read).collect()
}

pub(super) fn read(row: &sqlx::postgres::PgRow) -> Result<Rule> {
    let Sql(starts) = row.try_get("starts")?;
    let Sql(actions) = row.try_get("actions")?;
    Ok(Rule {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        object: row.try_get("object")?,
        starts,
        condition: row
            .try_get::<Option<Sql<Condition>>, _>("condition")?
            .map(|Sql(condition)| condition),
        actions,
        active: row.try_get("active")?,
        version: row.try_get("version")?,
        changed_at: row.try_get("changed_at")?,
        changed_by: row.try_get("changed_by")?,
        next_due_at: row.try_get("next_due_at")?,
    })
}

/// Makes a rule, or changes the one with this id.
///
/// # Errors
/// [`Error::Request`] with the place that makes no sense.
pub async fn save_rule(db: &Db, by: &Principal, id: Option<i64>, input: RuleInput) -> Result<i64> {
    let dictionary = db.dictionary();
    let object = check(&dictionary, &input)?;
    let due = next_due(&input.starts, Utc::now())?;
    let mut tx = db.begin(by).await?;
    for action in &input.actions {
        check_reachable(&mut tx, object, action).await?;
    }
    let statement = match id {
        None => {
            "insert into sys.workflow_rule (name, object, starts, condition, actions, active, changed_by, next_due_at)
             values ($2, $3, $4, $5, $6, $7, $8, $9) returning id, $1::bigint"
        }
        Some(_) => {
            "update sys.workflow_rule set name = $2, object = $3, starts = $4, condition = $5, actions = $6, active = $7,
                    changed_by = $8, next_due_at = $9, version = version + 1, changed_at = now()
             where id = $1 returning id, $1::bigint"
        }
    };
    let row = sqlx::query(statement)
        .bind(id)
        .bind(input.name.trim())
        .bind(&input.object)
        .bind(Sql(&input.starts))
        .bind(input.condition.as_ref().map(Sql))
        .bind(Sql(&input.actions))
        .bind(input.active)
        .bind(by.user_id)
        .bind(due)
        .fetch_optional(&mut *tx)
        .await
        .map_err(taken)?
        .ok_or(Error::NotFound)?;
    let id = row.try_get(0)?;
    note_interest(&mut tx, &dictionary).await?;
    tx.commit().await?;
    Ok(id)
}

/// Switches a rule on or off.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn set_active(db: &Db, by: &Principal, id: i64, active: bool) -> Result<()> {
    change(
        db,
        by,
        id,
        "update sys.workflow_rule set active = $2 where id = $1",
        active,
    )
    .await
}

/// Removes a rule and its runs.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn remove_rule(db: &Db, by: &Principal, id: i64) -> Result<()> {
    change(
        db,
        by,
        id,
        "delete from sys.workflow_rule where id = $1 and $2",
        true,
    )
    .await
}

async fn change(
    db: &Db,
    by: &Principal,
    id: i64,
    statement: &'static str,
    value: bool,
) -> Result<()> {
    let mut tx = db.begin(by).await?;
    let done = sqlx::query(statement)
        .bind(id)
        .bind(value)
        .execute(&mut *tx)
        .await?;
    if done.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    note_interest(&mut tx, &db.dictionary()).await?;
    tx.commit().await?;
    Ok(())
}

/// Runs, the youngest first, at most 200: of a rule, of a record, or all.
///
/// # Errors
/// The database failed.
pub async fn runs(
    db: &Db,
    rule: Option<i64>,
    record: Option<(&str, i64)>,
) -> Result<Vec<RunEntry>> {
    let rows = sqlx::query(
        "select r.*, w.name as rule from sys.workflow_run r join sys.workflow_rule w on w.id = r.rule_id
         where ($1::bigint is null or r.rule_id = $1) and ($2::text is null or (r.object = $2 and r.record_id = $3))
         order by r.id desc limit 200",
    )
    .bind(rule)
    .bind(record.map(|(object, _)| object))
    .bind(record.map(|(_, id)| id))
    .fetch_all(db.pool())
    .await?;
    rows.iter()
        .map(|row| {
            Ok(RunEntry {
                id: row.try_get("id")?,
                rule_id: row.try_get("rule_id")?,
                rule: row.try_get("rule")?,
                rule_version: row.try_get("rule_version")?,
                object: row.try_get("object")?,
                record_id: row.try_get("record_id")?,
                started_by: row.try_get("started_by")?,
                chain: row.try_get("chain")?,
                at: row.try_get("at")?,
                finished_at: row.try_get("finished_at")?,
                outcome: row.try_get("outcome")?,
                why: row.try_get("why")?,
                results: row.try_get("results")?,
            })
        })
        .collect()
}

/// What workflow did about a record, for whoever reads it: which rule, when, with what outcome. The
/// conditions behind it may test what the reader must not see; those are for administrators.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HistoryEntry {
    pub at: DateTime<Utc>,
    pub rule: String,
    /// As in [`RunEntry::outcome`].
    pub outcome: String,
    pub finished_at: Option<DateTime<Utc>>,
}

/// What workflow did about a record, the youngest first, at most 200.
///
/// # Errors
/// [`Error::NotFound`] when the record isn't readable.
pub async fn history(
    db: &Db,
    principal: &Principal,
    object: &str,
    record: i64,
) -> Result<Vec<HistoryEntry>> {
    let mut connection = db.pool().acquire().await?;
    let readable = crate::rights::within(
        &mut connection,
        db,
        principal,
        object,
        record,
        basalt_model::RowAccess::Read,
    )
    .await?;
    drop(connection);
    if !readable {
        return Err(Error::NotFound);
    }
    let runs = runs(db, None, Some((object, record))).await?;
    Ok(runs
        .into_iter()
        .map(|run| HistoryEntry {
            at: run.at,
            rule: run.rule,
            outcome: run.outcome,
            finished_at: run.finished_at,
        })
        .collect())
}
