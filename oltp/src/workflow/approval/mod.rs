//! Approvals: a record goes through the steps of a flow, each decided by people, and is locked meanwhile.
//!
//! A flow is a list of steps; a step is taken when its condition holds for the record and the
//! submitter's level lies in its bounds, when its turn comes. Who decides is found at that moment.
//! Everything that happens is kept in the history.

mod act;
mod flow;
mod running;

pub use act::{Decision, decide, delegate, recall, submit};
pub(super) use act::{escalate, submit_in};
pub use flow::{Flow, FlowDefinition, FlowInput, Mode, Step, flows, remove_flow, save_flow};

use basalt_model::{Principal, RowAccess};
use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::Row;

use crate::db::Db;
use crate::error::{Error, Result};
use crate::rights::within;

/// An approval as it stands.
#[derive(Debug, Clone, Serialize)]
pub struct Approval {
    pub id: i64,
    pub flow: String,
    pub object: String,
    pub record_id: i64,
    /// `pending`, `approved`, `rejected`, `recalled`, `returned`
    pub state: String,
    /// Name of the step it is at.
    pub step: Option<String>,
    pub submitted_by: i64,
    pub submitted_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
    /// Who decides now.
    pub waiting_for: Vec<i64>,
    pub history: Vec<Entry>,
}

/// What happened in an approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Entry {
    pub at: DateTime<Utc>,
    /// Nobody: Basalt itself.
    pub user_id: Option<i64>,
    /// `submitted`, `asked`, `approved`, `rejected`, `returned`, `delegated`, `recalled`, `escalated`, `skipped`, `finished`
    pub what: String,
    pub step: Option<i32>,
    pub comment: Option<String>,
}

/// Something that waits for one's decision.
#[derive(Debug, Clone, Serialize)]
pub struct Waiting {
    pub task_id: i64,
    pub approval_id: i64,
    pub flow: String,
    pub object: String,
    pub record_id: i64,
    pub submitted_by: i64,
    pub submitted_at: DateTime<Utc>,
    pub due_at: Option<DateTime<Utc>>,
}

/// What waits for the principal's decision, the oldest first.
///
/// # Errors
/// The database failed.
pub async fn waiting(db: &Db, principal: &Principal) -> Result<Vec<Waiting>> {
    let rows = sqlx::query(
        "select t.id as task_id, t.due_at, a.* from sys.approval_task t join sys.approval a on a.id = t.approval_id
         where t.user_id = $1 and t.state = 'open' and a.state = 'pending' order by t.id limit 500",
    )
    .bind(principal.user_id)
    .fetch_all(db.pool())
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Waiting {
                task_id: row.try_get("task_id")?,
                approval_id: row.try_get("id")?,
                flow: row.try_get("flow_name")?,
                object: row.try_get("object")?,
                record_id: row.try_get("record_id")?,
                submitted_by: row.try_get("submitted_by")?,
                submitted_at: row.try_get("submitted_at")?,
                due_at: row.try_get("due_at")?,
            })
        })
        .collect()
}

/// The approvals of a record, the youngest first, with their history; for whoever reads the record
/// or takes part.
///
/// # Errors
/// [`Error::NotFound`] for a record that isn't readable.
pub async fn of_record(
    db: &Db,
    principal: &Principal,
    object: &str,
    record: i64,
) -> Result<Vec<Approval>> {
    let mut connection = db.pool().acquire().await?;
    let takes_part: bool = sqlx::query_scalar(
        "select exists (select from sys.approval a join sys.approval_task t on t.approval_id = a.id
                        where a.object = $1 and a.record_id = $2 and t.user_id = $3)",
    )
    .bind(object)
    .bind(record)
    .bind(principal.user_id)
    .fetch_one(&mut *connection)
    .await?;
    if !takes_part
        && !within(
            &mut connection,
            db,
            principal,
            object,
            record,
            RowAccess::Read,
        )
        .await?
    {
        return Err(Error::NotFound);
    }
    let rows = sqlx::query(
        "select a.*, array(select t.user_id from sys.approval_task t where t.approval_id = a.id and t.state = 'open' order by t.id) as waiting_for
         from sys.approval a where a.object = $1 and a.record_id = $2 order by a.id desc limit 50",
    )
    .bind(object)
    .bind(record)
    .fetch_all(&mut *connection)
    .await?;
    let mut approvals = Vec::with_capacity(rows.len());
    for row in rows {
        let id: i64 = row.try_get("id")?;
        let sqlx::types::Json(definition): sqlx::types::Json<FlowDefinition> =
            row.try_get("definition")?;
        let step: i32 = row.try_get("step")?;
        let history = sqlx::query_as(
            "select at, user_id, what, step, comment from sys.approval_entry where approval_id = $1 order by id",
        )
        .bind(id)
        .fetch_all(&mut *connection)
        .await?;
        approvals.push(Approval {
            id,
            flow: row.try_get("flow_name")?,
            object: row.try_get("object")?,
            record_id: row.try_get("record_id")?,
            state: row.try_get("state")?,
            step: usize::try_from(step)
                .ok()
                .and_then(|step| definition.steps.get(step))
                .map(|step| step.name.clone()),
            submitted_by: row.try_get("submitted_by")?,
            submitted_at: row.try_get("submitted_at")?,
            finished_at: row.try_get("finished_at")?,
            waiting_for: row.try_get("waiting_for")?,
            history,
        });
    }
    Ok(approvals)
}
