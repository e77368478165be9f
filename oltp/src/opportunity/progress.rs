//! How an opportunity came along: who changed stage, amount and close date, and how long it stayed where.

use basalt_model::Principal;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::Value as Json;
use sqlx::Row;

use crate::audit;
use crate::db::Db;
use crate::error::Result;

/// The fields whose changes are the progress.
const FOLLOWED: [&str; 6] = [
    "stage",
    "amount",
    "expected_close_on",
    "confidence",
    "priority_score",
    "owner",
];

/// One change of a followed field.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    pub at: DateTime<Utc>,
    pub field: String,
    pub old: Json,
    pub new: Json,
    pub by: String,
    pub by_name: Option<String>,
}

/// A stay in a stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stay {
    pub stage: String,
    pub entered_at: DateTime<Utc>,
    pub left_at: Option<DateTime<Utc>>,
    /// Until now, in the stage of now.
    pub days: Decimal,
}

/// The progress of an opportunity.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Progress {
    /// The latest first, at most 500.
    pub changes: Vec<Step>,
    /// In their order.
    pub stages: Vec<Stay>,
}

/// The progress of an opportunity.
///
/// # Errors
/// [`Error::NotFound`](crate::Error::NotFound) when it isn't readable.
pub async fn progress(db: &Db, principal: &Principal, id: i64) -> Result<Progress> {
    // Says also whether the record is readable at all; hidden fields are left out.
    let entries = audit::audit(db, principal, "opportunity", id).await?;
    let changes = entries
        .into_iter()
        .filter(|entry| entry.op == "update")
        .flat_map(|entry| {
            let (at, by, by_name) = (entry.at, entry.actor, entry.actor_name);
            entry
                .changes
                .into_iter()
                .filter(|change| {
                    FOLLOWED.contains(&change.field.as_str())
                        && (change.field != "amount" || change.column == "amount")
                })
                .map(move |change| Step {
                    at,
                    field: change.field,
                    old: change.old,
                    new: change.new,
                    by: by.clone(),
                    by_name: by_name.clone(),
                })
        })
        .collect();
    if principal.is_hidden("opportunity", "stage") {
        return Ok(Progress {
            changes,
            stages: Vec::new(),
        });
    }
    let rows = sqlx::query(
        "select stage, entered_at, left_at, coalesce(days, round(extract(epoch from now() - entered_at)::numeric / 86400, 2)) as days
         from crm.opportunity_stage_change where opportunity_id = $1 order by entered_at, id",
    )
    .bind(id)
    .fetch_all(db.pool())
    .await?;
    let stages = rows
        .iter()
        .map(|row| {
            Ok(Stay {
                stage: row.try_get(0)?,
                entered_at: row.try_get(1)?,
                left_at: row.try_get(2)?,
                days: row.try_get(3)?,
            })
        })
        .collect::<Result<_>>()?;
    Ok(Progress { changes, stages })
}
