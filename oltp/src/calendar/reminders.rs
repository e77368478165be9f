//! Reminders people set themselves: once, daily, periodically, and as far ahead as they like.

use basalt_model::{Object, Principal, Value};
use chrono::{DateTime, Utc};
use sqlx::{PgConnection, Row};

use super::recurrence::{self, Recurrence};
use super::remind::give_own;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::record::Assignment;
use crate::record::consequences::{put, value_of};
use crate::record::{Select, Store};

/// Reminders given at once; the rest comes with the next look.
const AT_ONCE: i64 = 500;
/// Due times shown at once.
const SHOWN: u16 = 400;

/// Checks the rule, and says when it is due first.
pub(crate) async fn complete<'o>(
    connection: &mut PgConnection,
    object: &'o Object,
    id: Option<i64>,
    assignments: &mut Vec<Assignment<'o>>,
) -> Result<()> {
    let changes = ["first_due_at", "recurrence", "time_zone"]
        .iter()
        .any(|field| value_of(assignments, field).is_some());
    if !changes {
        return Ok(());
    }
    let before = match id {
        Some(id) => {
            sqlx::query("select first_due_at, recurrence, time_zone, last_fired_at from crm.reminder where id = $1 for update")
                .bind(id)
                .fetch_optional(connection)
                .await?
        }
        None => None,
    };
    let text = |field: &str, index: usize| -> Result<Option<String>> {
        match (value_of(assignments, field), &before) {
            (Some(Value::Text(text)), _) => Ok(Some(text.clone())),
            (Some(_), _) | (None, None) => Ok(None),
            (None, Some(row)) => Ok(row.try_get(index)?),
        }
    };
    let first = match (value_of(assignments, "first_due_at"), &before) {
        (Some(Value::Instant(at)), _) => *at,
        (_, Some(row)) => row.try_get(0)?,
        _ => return Ok(()),
    };
    let zone = recurrence::time_zone(
        "time_zone",
        text("time_zone", 2)?.as_deref().unwrap_or("UTC"),
    )?;
    let fired: Option<DateTime<Utc>> = match &before {
        Some(row) => row.try_get(3)?,
        None => None,
    };
    let rule = text("recurrence", 1)?;
    let next = match (rule, fired) {
        (Some(rule), fired) => {
            let rule = Recurrence::parse("recurrence", &rule, first, zone)?;
            match fired {
                Some(fired) if fired >= first => rule.next_after(fired),
                _ => Some(first),
            }
        }
        (None, Some(fired)) if fired >= first => None,
        (None, _) => Some(first),
    };
    put(
        object,
        assignments,
        "next_due_at",
        next.map_or(Value::Null, Value::Instant),
    );
    Ok(())
}

/// When a reminder is due from one time to another, at most 400 times.
///
/// # Errors
/// [`Error::NotFound`] when the reminder isn't readable.
pub async fn due_times(
    db: &Db,
    principal: &Principal,
    id: i64,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Vec<DateTime<Utc>>> {
    Store::new(db.clone())
        .get(principal, "reminder", id, &Select::all())
        .await?;
    let row =
        sqlx::query("select first_due_at, recurrence, time_zone from crm.reminder where id = $1")
            .bind(id)
            .fetch_optional(db.pool())
            .await?
            .ok_or(Error::NotFound)?;
    let first: DateTime<Utc> = row.try_get(0)?;
    let Some(rule) = row.try_get::<Option<String>, _>(1)? else {
        return Ok(if (from..=until).contains(&first) {
            vec![first]
        } else {
            Vec::new()
        });
    };
    let zone = recurrence::time_zone("time_zone", row.try_get(2)?)?;
    Ok(Recurrence::parse("recurrence", &rule, first, zone)?.between(from, until, SHOWN))
}

/// Gives the reminders that are due, and notes when each is due next. Times that were missed
/// while nothing ran are given once, not one by one.
pub(super) async fn fire(db: &Db, now: DateTime<Utc>) -> Result<()> {
    let principal = Principal::system();
    let mut tx = db.begin(&principal).await?;
    let rows = sqlx::query(
        "select id, subject, next_due_at, recurrence, time_zone, first_due_at, owner_id, about_object, about_record
         from crm.reminder where next_due_at <= $1 and deleted_at is null order by next_due_at, id limit $2 for update skip locked",
    )
    .bind(now)
    .bind(AT_ONCE)
    .fetch_all(&mut *tx)
    .await?;
    for row in rows {
        let id: i64 = row.try_get(0)?;
        let due: DateTime<Utc> = row.try_get(2)?;
        let about = match (row.try_get(7)?, row.try_get(8)?) {
            (Some(object), Some(record)) => Some((object, record)),
            _ => None,
        };
        if let Some(owner) = row.try_get::<Option<i64>, _>(6)? {
            give_own(&mut tx, id, owner, due, row.try_get(1)?, about).await?;
        }
        let next = match row.try_get::<Option<String>, _>(3)? {
            Some(rule) => {
                let zone = recurrence::time_zone("time_zone", row.try_get(4)?)?;
                Recurrence::parse("recurrence", &rule, row.try_get(5)?, zone)?.next_after(now)
            }
            None => None,
        };
        sqlx::query("update crm.reminder set next_due_at = $2, last_fired_at = $3 where id = $1")
            .bind(id)
            .bind(next)
            .bind(due)
            .execute(&mut *tx)
            .await?;
    }
    tx.commit().await?;
    Ok(())
}
