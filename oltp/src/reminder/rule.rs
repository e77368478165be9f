//! Rules as people make them.

use basalt_model::{Action, Condition, Dictionary, Label, Object, Party, Principal, Problem};
use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::types::Json as Sql;

use super::watch::Watch;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::workflow::Recipient;

/// What a rule is for, in the words of people.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    #[default]
    Reminder,
    Kpi,
    Risk,
    Warning,
    AdvanceNotice,
    Commitment,
}

/// How recipients are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    Inbox,
    Email,
}

/// A rule to be made or changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleInput {
    pub name: String,
    #[serde(default)]
    pub kind: Kind,
    /// The records that are watched.
    pub object: String,
    /// Only those for which this holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Condition>,
    pub watch: Watch,
    /// `owner` of a user is the user itself.
    pub to: Vec<Recipient>,
    pub channels: Vec<Channel>,
    /// Text with `{field}`s of the record and with what was found: `{days}`, `{hours}`, `{count}`, `{min}`, `{max}`, `{old}`, `{new}`.
    pub text: Label,
    /// Hours until an alert that nobody acknowledged goes to the manager of the record's owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalate_after_hours: Option<u32>,
    #[serde(default = "yes")]
    pub active: bool,
}

fn yes() -> bool {
    true
}

/// A rule as stored.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rule {
    pub id: i64,
    pub owner: i64,
    #[serde(flatten)]
    pub definition: RuleInput,
    #[serde(skip)]
    pub(super) primed: bool,
}

impl Rule {
    pub(super) fn read(row: &sqlx::postgres::PgRow) -> Result<Self> {
        let Sql(definition): Sql<RuleInput> = row.try_get("definition")?;
        Ok(Self {
            id: row.try_get("id")?,
            owner: row.try_get("owner_id")?,
            definition: RuleInput {
                active: row.try_get("active")?,
                ..definition
            },
            primed: row.try_get("primed")?,
        })
    }
}

impl RuleInput {
    /// Refuses what makes no sense, or what the principal may not look at.
    pub(super) fn check<'d>(
        &self,
        dictionary: &'d Dictionary,
        principal: &Principal,
    ) -> Result<&'d Object> {
        let refused = |field: &str, en: &str, zh: &str| {
            Err(Error::field(field, Problem::new("rule", en, zh)))
        };
        let object = dictionary
            .object(&self.object)
            .filter(|object| principal.can(&object.name, Action::Read))
            .ok_or_else(|| {
                Error::field(
                    "object",
                    Problem::new("unknown", "is no kind of record", "不是有效的业务对象"),
                )
            })?;
        let length = self.name.trim().chars().count();
        if !(1..=200).contains(&length) {
            return refused(
                "name",
                "must have 1 to 200 characters",
                "须为 1 到 200 个字符",
            );
        }
        if self.text.en.trim().is_empty() || self.text.zh.trim().is_empty() {
            return refused(
                "text",
                "is needed in English and Chinese",
                "须同时提供中文和英文",
            );
        }
        if self.to.is_empty() {
            return refused("to", "names nobody", "没有指定接收人");
        }
        if self.channels.is_empty() {
            return refused(
                "channels",
                "names none: inbox, email",
                "至少选择一种：站内或邮件",
            );
        }
        if self.escalate_after_hours == Some(0) {
            return refused("escalate_after_hours", "must be at least 1", "至少为 1");
        }
        if let Some(condition) = &self.condition {
            condition.check_for(dictionary, &object.name, principal)?;
        }
        self.watch.check(dictionary, object, principal)?;
        for recipient in &self.to {
            match recipient {
                Recipient::Field(name) | Recipient::ManagerOf { field: name, .. }
                    if object.name == "user" && name == "owner" => {}
                Recipient::Field(_) | Recipient::ManagerOf { .. } => recipient.check(object)?,
                Recipient::Party(Party::User(id)) if *id == principal.user_id => {}
                Recipient::Party(_) | Recipient::Role(_) if principal.is_admin() => {}
                Recipient::Party(_) | Recipient::Role(_) => return Err(Error::Forbidden),
            }
        }
        Ok(object)
    }
}

/// The rules the principal made; an administrator sees all.
///
/// # Errors
/// The database failed.
pub async fn rules(db: &Db, principal: &Principal) -> Result<Vec<Rule>> {
    let rows = sqlx::query("select * from sys.reminder_rule where $1 or owner_id = $2 order by definition ->> 'name', id limit 1000")
        .bind(principal.is_admin())
        .bind(principal.user_id)
        .fetch_all(db.pool())
        .await?;
    rows.iter().map(Rule::read).collect()
}

/// Makes a rule, or changes the one with this id, which then looks with the rights of who changed it.
///
/// # Errors
/// [`Error::Validation`] and [`Error::Request`] name what makes no sense; [`Error::Forbidden`] for
/// recipients other than oneself and those found from the record, unless one administers;
/// [`Error::NotFound`] for a rule of somebody else.
pub async fn save(
    db: &Db,
    principal: &Principal,
    id: Option<i64>,
    input: &RuleInput,
) -> Result<i64> {
    input.check(&db.dictionary(), principal)?;
    let mut tx = db.begin(principal).await?;
    let saved: Option<i64> = match id {
        None => Some(
            sqlx::query_scalar(
                "insert into sys.reminder_rule (owner_id, definition, active) values ($1, $2, $3) returning id",
            )
            .bind(principal.user_id)
            .bind(Sql(input))
            .bind(input.active)
            .fetch_one(&mut *tx)
            .await?,
        ),
        Some(id) => {
            sqlx::query_scalar(
                "update sys.reminder_rule set owner_id = $1, definition = $2, active = $3, primed = false, changed_at = now()
                 where id = $4 and ($5 or owner_id = $1) returning id",
            )
            .bind(principal.user_id)
            .bind(Sql(input))
            .bind(input.active)
            .bind(id)
            .bind(principal.is_admin())
            .fetch_optional(&mut *tx)
            .await?
        }
    };
    let saved = saved.ok_or(Error::NotFound)?;
    tx.commit().await?;
    Ok(saved)
}

/// Removes a rule and its alerts.
///
/// # Errors
/// [`Error::NotFound`] for a rule of somebody else.
pub async fn remove(db: &Db, principal: &Principal, id: i64) -> Result<()> {
    let mut tx = db.begin(principal).await?;
    let gone = sqlx::query("delete from sys.reminder_rule where id = $1 and ($2 or owner_id = $3)")
        .bind(id)
        .bind(principal.is_admin())
        .bind(principal.user_id)
        .execute(&mut *tx)
        .await?;
    if gone.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    tx.commit().await?;
    Ok(())
}
