//! Refuses rules that make no sense, before they are stored, with the place.

use std::str::FromStr;

use basalt_model::{Dictionary, Object, Party};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::Recipient;
use super::rule::{Action, Assignee, RuleInput, Starts};
use crate::error::{Error, Result};

pub(super) fn wrong(path: &str, en: impl Into<String>, zh: impl Into<String>) -> Error {
    Error::request(path, en, zh)
}

pub(super) fn taken(error: sqlx::Error) -> Error {
    let unique = error
        .as_database_error()
        .is_some_and(sqlx::error::DatabaseError::is_unique_violation);
    if unique {
        wrong("name", "is taken", "已被使用")
    } else {
        error.into()
    }
}

/// Refuses a rule that makes no sense, before it is stored.
pub(super) fn check<'d>(dictionary: &'d Dictionary, input: &RuleInput) -> Result<&'d Object> {
    if !(1..=100).contains(&input.name.trim().chars().count()) {
        return Err(wrong(
            "name",
            "must have 1 to 100 characters",
            "须为1到100个字符",
        ));
    }
    let object = dictionary.object(&input.object).ok_or_else(|| {
        wrong(
            "object",
            format!("there is no object {:?}", input.object),
            format!("没有对象“{}”", input.object),
        )
    })?;
    let known = |name: &str, path: &str| {
        object.field(name).ok_or_else(|| {
            wrong(
                path,
                format!("there is no field {name:?}"),
                format!("没有字段“{name}”"),
            )
        })
    };
    match &input.starts {
        Starts::Created => {}
        Starts::Changed { fields } => {
            for field in fields {
                known(field, "starts.fields")?;
            }
        }
        Starts::StageEntered { field, .. } => {
            known(field, "starts.field")?;
        }
        Starts::DateReached { field, .. } => {
            use basalt_model::SqlType;
            if !matches!(
                known(field, "starts.field")?.sql_type(),
                SqlType::Date | SqlType::Instant
            ) {
                return Err(wrong("starts.field", "is no date", "不是日期字段"));
            }
        }
        Starts::Idle { days } => {
            if !(1..=3650).contains(days) {
                return Err(wrong("starts.days", "is 1 to 3650", "须为1到3650"));
            }
        }
        Starts::Schedule { .. } => {
            next_due(&input.starts, Utc::now())?;
        }
    }
    if let Some(condition) = &input.condition {
        condition.check(dictionary, &input.object)?;
    }
    if input.actions.is_empty() || input.actions.len() > 20 {
        return Err(wrong("actions", "are 1 to 20", "须为1到20个动作"));
    }
    for action in &input.actions {
        match action {
            Action::SetFields { values } => {
                for (name, value) in values {
                    let field = known(name, "actions.values")?;
                    if field.system && field.name != "owner" && field.name != "department" {
                        return Err(wrong(
                            "actions.values",
                            format!("{name} can't be set"),
                            format!("不能设置“{name}”"),
                        ));
                    }
                    field.read_json(value).map_err(|problem| {
                        wrong(
                            "actions.values",
                            format!("{name} {}", problem.message.en),
                            format!("{name}{}", problem.message.zh),
                        )
                    })?;
                }
            }
            Action::Assign { .. } => {
                known("owner", "actions.assign")?;
            }
            Action::CreateTask { to, .. } => to.check(object)?,
            Action::Notify { to, .. } | Action::Email { to, .. } => {
                for recipient in to {
                    recipient.check(object)?;
                }
            }
            Action::Webhook { url, secret, .. } => super::webhook::check_target(url, secret)?,
            Action::StartApproval { .. } => {}
        }
    }
    Ok(object)
}

/// What only the database knows: users, groups and flows that are named.
pub(super) async fn check_reachable(
    connection: &mut sqlx::PgConnection,
    object: &Object,
    action: &Action,
) -> Result<()> {
    let (there, path): (bool, &str) = match action {
        Action::Assign { to: Assignee::User(id) } | Action::Webhook { by_rights_of: id, .. } => (
            sqlx::query_scalar("select exists (select from crm.app_user where id = $1 and active and deleted_at is null)")
                .bind(id)
                .fetch_one(connection)
                .await?,
            "actions.user",
        ),
        Action::Assign { to: Assignee::LeastOf(id) } => (
            sqlx::query_scalar("select exists (select from sys.user_group where id = $1)")
                .bind(id)
                .fetch_one(connection)
                .await?,
            "actions.group",
        ),
        Action::StartApproval { flow } => (
            sqlx::query_scalar("select exists (select from sys.approval_flow where name = $1 and object = $2)")
                .bind(flow)
                .bind(&object.name)
                .fetch_one(connection)
                .await?,
            "actions.flow",
        ),
        Action::CreateTask { to: Recipient::Party(Party::User(id)), .. } => (
            sqlx::query_scalar("select exists (select from crm.app_user where id = $1)")
                .bind(id)
                .fetch_one(connection)
                .await?,
            "actions.to",
        ),
        _ => (true, ""),
    };
    if there {
        Ok(())
    } else {
        Err(wrong(path, "is not there", "不存在"))
    }
}

/// The next time of a schedule after `now`.
pub(super) fn next_due(starts: &Starts, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>> {
    let Starts::Schedule { cron, time_zone } = starts else {
        return Ok(None);
    };
    let zone: Tz = time_zone
        .parse()
        .map_err(|_| wrong("starts.time_zone", "is no time zone", "不是有效时区"))?;
    let cron = croner::Cron::from_str(cron).map_err(|error| {
        wrong(
            "starts.cron",
            error.to_string(),
            format!("不是有效的时间表：{error}"),
        )
    })?;
    let next = cron
        .find_next_occurrence(&now.with_timezone(&zone), false)
        .map_err(|error| {
            wrong(
                "starts.cron",
                error.to_string(),
                format!("没有下一次时间：{error}"),
            )
        })?;
    Ok(Some(next.with_timezone(&Utc)))
}
