//! What a change of activities, their parts, tasks and commitments brings along, and what it must keep.

use basalt_model::{Action, Object, Principal, Problem, RowAccess, Value};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::superior::is_superior;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::record::Assignment;
use crate::record::consequences::{is_trusted, put, value_of};
use crate::rights::within;

/// Times in their order, and when it was done.
pub(crate) async fn complete_activity<'o>(
    connection: &mut PgConnection,
    object: &'o Object,
    id: Option<i64>,
    assignments: &mut Vec<Assignment<'o>>,
) -> Result<()> {
    done_at(object, assignments);
    let before: Option<(DateTime<Utc>, Option<DateTime<Utc>>)> = match id {
        Some(id) => {
            sqlx::query_as("select starts_at, ends_at from crm.activity where id = $1 for update")
                .bind(id)
                .fetch_optional(connection)
                .await?
        }
        None => None,
    };
    let starts = match value_of(assignments, "starts_at") {
        Some(Value::Instant(at)) => Some(*at),
        _ => before.map(|(starts, _)| starts),
    };
    let ends = match value_of(assignments, "ends_at") {
        Some(Value::Instant(at)) => Some(*at),
        Some(_) => None,
        None => before.and_then(|(_, ends)| ends),
    };
    if let (Some(starts), Some(ends)) = (starts, ends)
        && ends < starts
    {
        return Err(Error::field(
            "ends_at",
            Problem::new("order", "must not be before the start", "不能早于开始时间"),
        ));
    }
    Ok(())
}

fn done_at<'o>(object: &'o Object, assignments: &mut Vec<Assignment<'o>>) {
    if let Some(Value::Text(status)) = value_of(assignments, "status") {
        let at = if status == "done" {
            Value::Instant(Utc::now())
        } else {
            Value::Null
        };
        put(object, assignments, "done_at", at);
    }
}

/// Work is given to oneself or to those below oneself; what is done is done in full.
pub(crate) async fn complete_task<'o>(
    connection: &mut PgConnection,
    principal: &Principal,
    object: &'o Object,
    id: Option<i64>,
    assignments: &mut Vec<Assignment<'o>>,
) -> Result<()> {
    done_at(object, assignments);
    if matches!(value_of(assignments, "status"), Some(Value::Text(status)) if status == "done") {
        put(object, assignments, "progress", Value::Integer(100));
    }
    if id.is_none() && !matches!(value_of(assignments, "progress"), Some(Value::Integer(_))) {
        put(object, assignments, "progress", Value::Integer(0));
    }
    if is_trusted(principal) {
        return Ok(());
    }
    if let Some(Value::Integer(owner)) = value_of(assignments, "owner") {
        let owner = *owner;
        if owner == principal.user_id {
            return Ok(());
        }
        let stays = match id {
            Some(id) => {
                sqlx::query_scalar::<_, Option<i64>>("select owner_id from crm.task where id = $1")
                    .bind(id)
                    .fetch_optional(&mut *connection)
                    .await?
                    .flatten()
                    == Some(owner)
            }
            None => false,
        };
        if !stays {
            if !is_superior(connection, principal, owner).await? {
                return Err(Error::Forbidden);
            }
            put(
                object,
                assignments,
                "assigned_by",
                Value::Integer(principal.user_id),
            );
        }
    }
    Ok(())
}

/// A participant is a colleague or a contact.
pub(crate) fn check_participant(id: Option<i64>, assignments: &[Assignment<'_>]) -> Result<()> {
    let given = |field| matches!(value_of(assignments, field), Some(Value::Integer(_)));
    if id.is_none() && given("user") == given("contact") {
        return Err(Error::field(
            "contact",
            Problem::new(
                "participant",
                "or user: exactly one of them takes part",
                "与我方人员须且只能填写一项",
            ),
        ));
    }
    if id.is_some()
        && (value_of(assignments, "user").is_some() || value_of(assignments, "contact").is_some())
    {
        return Err(Error::field(
            "user",
            Problem::new(
                "readonly",
                "and contact can't be changed: remove the participant and add another",
                "和联系人不可修改，请删除后重新添加",
            ),
        ));
    }
    Ok(())
}

/// A colleague who takes part reads the activity, as long as it takes part.
pub(crate) async fn share_with_participant(
    connection: &mut PgConnection,
    participant: i64,
) -> Result<()> {
    let (activity, user, gone): (i64, Option<i64>, bool) = sqlx::query_as(
        "select activity_id, user_id, deleted_at is not null from crm.activity_participant where id = $1",
    )
    .bind(participant)
    .fetch_one(&mut *connection)
    .await?;
    let Some(user) = user else { return Ok(()) };
    let statement = if gone {
        "delete from crm.record_share where object = 'activity' and record_id = $1 and grantee = $2 and team_role = 'participant'"
    } else {
        "insert into crm.record_share (object, record_id, grantee, access, team_role) values ('activity', $1, $2, 'read', 'participant')
         on conflict (object, record_id, grantee) do nothing"
    };
    sqlx::query(statement)
        .bind(activity)
        .bind(format!("user:{user}"))
        .execute(connection)
        .await?;
    Ok(())
}

/// A record that something is about must be there and readable; for pairs of fields with kind and id.
pub(crate) async fn check_about(
    connection: &mut PgConnection,
    db: &Db,
    principal: &Principal,
    (object_field, record_field): (&str, &str),
    assignments: &[Assignment<'_>],
) -> Result<()> {
    if is_trusted(principal) {
        return Ok(());
    }
    let (object, record) = match (
        value_of(assignments, object_field),
        value_of(assignments, record_field),
    ) {
        (Some(Value::Text(object)), Some(Value::Integer(record))) => (object.clone(), *record),
        (None | Some(Value::Null), None | Some(Value::Null)) => return Ok(()),
        _ => {
            return Err(Error::field(
                record_field,
                Problem::new(
                    "pair",
                    format!("goes with {object_field}: give both"),
                    format!("须与 {object_field} 同时填写"),
                ),
            ));
        }
    };
    let found = principal.can(&object, Action::Read)
        && within(connection, db, principal, &object, record, RowAccess::Read).await?;
    if found {
        Ok(())
    } else {
        Err(Error::field(
            record_field,
            Problem::new("not_found", "refers to no record", "引用的记录不存在"),
        ))
    }
}

/// What is kept is kept at a time.
pub(crate) fn complete_commitment<'o>(object: &'o Object, assignments: &mut Vec<Assignment<'o>>) {
    if let Some(Value::Text(status)) = value_of(assignments, "status") {
        let at = if status == "kept" {
            Value::Instant(Utc::now())
        } else {
            Value::Null
        };
        put(object, assignments, "kept_at", at);
    }
}
