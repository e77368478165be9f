//! Alerts: what rules raised, for those who were told.

use basalt_model::Principal;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value as Json;
use sqlx::Row;

use crate::db::Db;
use crate::error::{Error, Result};

/// An alert.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Alert {
    pub id: i64,
    pub rule_id: i64,
    pub rule: String,
    pub kind: String,
    pub object: String,
    pub record_id: i64,
    /// What was found: `days`, `hours`, `count`, `min`, `max`, `old`, `new`.
    pub facts: Json,
    pub raised_at: DateTime<Utc>,
    pub cleared_at: Option<DateTime<Utc>>,
    pub acknowledged_at: Option<DateTime<Utc>>,
    pub acknowledged_by: Option<i64>,
    pub escalated_at: Option<DateTime<Utc>>,
}

/// The alerts the principal was told of, or that its rules raised, the youngest first, at most 200; before one of them.
///
/// # Errors
/// The database failed.
pub async fn alerts(
    db: &Db,
    principal: &Principal,
    open_only: bool,
    before: Option<i64>,
) -> Result<Vec<Alert>> {
    let rows = sqlx::query(
        "select a.*, r.definition ->> 'name' as rule, coalesce(r.definition ->> 'kind', 'reminder') as kind
         from sys.reminder_alert a join sys.reminder_rule r on r.id = a.rule_id
         where $1 = any(a.told) and (not $2 or (a.cleared_at is null and a.acknowledged_at is null))
           and ($3::bigint is null or a.id < $3) order by a.id desc limit 200",
    )
    .bind(principal.user_id)
    .bind(open_only)
    .bind(before)
    .fetch_all(db.pool())
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Alert {
                id: row.try_get("id")?,
                rule_id: row.try_get("rule_id")?,
                rule: row.try_get("rule")?,
                kind: row.try_get("kind")?,
                object: row.try_get("object")?,
                record_id: row.try_get("record_id")?,
                facts: row.try_get("facts")?,
                raised_at: row.try_get("raised_at")?,
                cleared_at: row.try_get("cleared_at")?,
                acknowledged_at: row.try_get("acknowledged_at")?,
                acknowledged_by: row.try_get("acknowledged_by")?,
                escalated_at: row.try_get("escalated_at")?,
            })
        })
        .collect()
}

/// Acknowledges an alert one was told of: it no longer goes to the superior.
///
/// # Errors
/// [`Error::NotFound`] for an alert one was not told of.
pub async fn acknowledge(db: &Db, principal: &Principal, id: i64) -> Result<()> {
    let mut tx = db.begin(principal).await?;
    let done = sqlx::query(
        "update sys.reminder_alert set acknowledged_at = coalesce(acknowledged_at, now()), acknowledged_by = coalesce(acknowledged_by, $2)
         where id = $1 and $2 = any(told)",
    )
    .bind(id)
    .bind(principal.user_id)
    .execute(&mut *tx)
    .await?;
    if done.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    tx.commit().await?;
    Ok(())
}
