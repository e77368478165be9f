//! What happens in an approval: submit, decide, delegate, recall, escalate.

use basalt_model::{Action as Right, Principal, RowAccess};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::types::Json;

use super::flow::FlowDefinition;
use super::running::{
    Running, approved, ask, close_task, finish, go_on, log, own_task, running, set, supersede,
};
use crate::db::{Db, Tx};
use crate::error::{Error, Result};
use crate::rights::within;
use crate::workflow::recipient;

/// A decision of an approver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    Approve,
    Reject,
    /// Back to an earlier step, or (without one) to the submitter, to be submitted again.
    Return {
        to_step: Option<u32>,
    },
}

/// Submits a record to a flow.
///
/// # Errors
/// [`Error::NotFound`] when the record isn't readable, [`Error::Forbidden`] when it may not be changed,
/// [`Error::Conflict`] when an approval is under way.
pub async fn submit(
    db: &Db,
    principal: &Principal,
    flow: &str,
    (object, record): (&str, i64),
    comment: Option<&str>,
) -> Result<i64> {
    let mut tx = db.begin(principal).await?;
    if !within(&mut tx, db, principal, object, record, RowAccess::Read).await? {
        return Err(Error::NotFound);
    }
    if !principal.can(object, Right::Update)
        || !within(&mut tx, db, principal, object, record, RowAccess::Write).await?
    {
        return Err(Error::Forbidden);
    }
    let id = submit_in(
        db,
        &mut tx,
        principal.user_id,
        flow,
        object,
        record,
        comment,
    )
    .await?;
    tx.commit().await?;
    Ok(id)
}

/// As [`submit`], within a transaction, in the name of a user.
pub(in crate::workflow) async fn submit_in(
    db: &Db,
    tx: &mut Tx,
    submitter: i64,
    flow: &str,
    object: &str,
    record: i64,
    comment: Option<&str>,
) -> Result<i64> {
    let row = sqlx::query(
        "select id, definition from sys.approval_flow where name = $1 and object = $2 and active",
    )
    .bind(flow)
    .bind(object)
    .fetch_optional(&mut **tx)
    .await?
    .ok_or(Error::NotFound)?;
    let flow_id: i64 = row.try_get("id")?;
    let Json(definition): Json<FlowDefinition> = row.try_get("definition")?;
    let id: Option<i64> = sqlx::query_scalar(
        "insert into sys.approval (flow_id, flow_name, definition, object, record_id, submitted_by) values ($1, $2, $3, $4, $5, $6)
         on conflict (object, record_id) where state = 'pending' do nothing returning id",
    )
    .bind(flow_id)
    .bind(flow)
    .bind(Json(&definition))
    .bind(object)
    .bind(record)
    .bind(submitter)
    .fetch_optional(&mut **tx)
    .await?;
    let id = id.ok_or_else(|| {
        Error::conflict(
            "approval_pending",
            "An approval of this record is under way.",
            "该记录正在审批中。",
        )
    })?;
    let running = Running {
        id,
        object: object.to_owned(),
        record,
        step: -1,
        submitted_by: submitter,
        flow: flow.to_owned(),
        definition,
    };
    log(tx, id, Some(submitter), "submitted", None, comment).await?;
    set(db, tx, &running, &running.definition.on_submit).await?;
    go_on(db, tx, &running, 0).await?;
    Ok(id)
}

/// Decides one's task.
///
/// # Errors
/// [`Error::NotFound`] for a task that isn't one's own and open; [`Error::Forbidden`] without the
/// right to approve; [`Error::Validation`] for a rejection or return without a comment.
pub async fn decide(
    db: &Db,
    principal: &Principal,
    task: i64,
    decision: Decision,
    comment: Option<&str>,
) -> Result<()> {
    let mut tx = db.begin(principal).await?;
    let (running, step) = own_task(&mut tx, principal, task).await?;
    let comment = comment.map(str::trim).filter(|comment| !comment.is_empty());
    if comment.is_none() && decision != Decision::Approve {
        return Err(Error::field(
            "comment",
            basalt_model::Problem::new("required", "says why", "请说明原因"),
        ));
    }
    let user = principal.user_id;
    match decision {
        Decision::Approve => {
            close_task(&mut tx, task, "approved").await?;
            log(
                &mut tx,
                running.id,
                Some(user),
                "approved",
                Some(step),
                comment,
            )
            .await?;
            approved(db, &mut tx, &running, step).await?;
        }
        Decision::Reject => {
            close_task(&mut tx, task, "rejected").await?;
            log(
                &mut tx,
                running.id,
                Some(user),
                "rejected",
                Some(step),
                comment,
            )
            .await?;
            finish(db, &mut tx, &running, "rejected").await?;
        }
        Decision::Return { to_step } => {
            let back = to_step.and_then(|step| i32::try_from(step).ok());
            if back.is_some_and(|back| back >= step) {
                return Err(Error::field(
                    "to_step",
                    basalt_model::Problem::new("earlier", "is an earlier step", "须为之前的步骤"),
                ));
            }
            close_task(&mut tx, task, "returned").await?;
            log(
                &mut tx,
                running.id,
                Some(user),
                "returned",
                Some(step),
                comment,
            )
            .await?;
            match back {
                Some(back) => {
                    supersede(&mut tx, running.id).await?;
                    go_on(db, &mut tx, &running, back).await?;
                }
                None => finish(db, &mut tx, &running, "returned").await?,
            }
        }
    }
    tx.commit().await?;
    Ok(())
}

/// Passes one's task on to somebody else.
///
/// # Errors
/// As [`decide`]; [`Error::Validation`] for somebody who isn't there or decides already.
pub async fn delegate(
    db: &Db,
    principal: &Principal,
    task: i64,
    to: i64,
    comment: Option<&str>,
) -> Result<()> {
    let mut tx = db.begin(principal).await?;
    let (running, step) = own_task(&mut tx, principal, task).await?;
    let fine: bool = sqlx::query_scalar(
        "select exists (select from crm.app_user where id = $1 and active and deleted_at is null)
            and not exists (select from sys.approval_task where approval_id = $2 and step = $3 and user_id = $1 and state in ('open', 'waiting'))",
    )
    .bind(to)
    .bind(running.id)
    .bind(step)
    .fetch_one(&mut *tx)
    .await?;
    if !fine {
        return Err(Error::field(
            "to",
            basalt_model::Problem::new(
                "not_found",
                "is not there, or decides already",
                "不存在或已是审批人",
            ),
        ));
    }
    sqlx::query(
        "insert into sys.approval_task (approval_id, step, user_id, position, state, due_at)
         select approval_id, step, $2, position, 'open', due_at from sys.approval_task where id = $1",
    )
    .bind(task)
    .bind(to)
    .execute(&mut *tx)
    .await?;
    close_task(&mut tx, task, "delegated").await?;
    let note = format!(
        "→ user:{to}{}",
        comment.map_or(String::new(), |c| format!(": {c}"))
    );
    log(
        &mut tx,
        running.id,
        Some(principal.user_id),
        "delegated",
        Some(step),
        Some(&note),
    )
    .await?;
    ask(&mut tx, &running, to).await?;
    tx.commit().await?;
    Ok(())
}

/// Takes back what one submitted, while it is pending.
///
/// # Errors
/// [`Error::NotFound`] when it isn't one's own or not pending.
pub async fn recall(
    db: &Db,
    principal: &Principal,
    approval: i64,
    comment: Option<&str>,
) -> Result<()> {
    let mut tx = db.begin(principal).await?;
    let running = running(&mut tx, approval)
        .await?
        .filter(|running| running.submitted_by == principal.user_id)
        .ok_or(Error::NotFound)?;
    log(
        &mut tx,
        approval,
        Some(principal.user_id),
        "recalled",
        None,
        comment,
    )
    .await?;
    finish(db, &mut tx, &running, "recalled").await?;
    tx.commit().await?;
    Ok(())
}

/// Passes open tasks on that are over their deadline.
pub(in crate::workflow) async fn escalate(db: &Db, now: DateTime<Utc>) -> Result<()> {
    let late: Vec<i64> = sqlx::query_scalar(
        "select distinct t.approval_id from sys.approval_task t join sys.approval a on a.id = t.approval_id
         where t.state = 'open' and not t.escalated and t.due_at <= $1 and a.state = 'pending'",
    )
    .bind(now)
    .fetch_all(db.pool())
    .await?;
    for approval in late {
        let mut tx = db.begin(&crate::workflow::actor(0)).await?;
        if let Some(running) = running(&mut tx, approval).await? {
            escalate_one(db, &mut tx, &running, now).await?;
            tx.commit().await?;
        }
    }
    Ok(())
}

async fn escalate_one(db: &Db, tx: &mut Tx, running: &Running, now: DateTime<Utc>) -> Result<()> {
    let late = sqlx::query_scalar::<_, i64>(
        "update sys.approval_task set escalated = true where approval_id = $1 and state = 'open' and not escalated and due_at <= $2 returning id",
    )
    .bind(running.id)
    .bind(now)
    .fetch_all(&mut **tx)
    .await?;
    let Some(step) = usize::try_from(running.step)
        .ok()
        .and_then(|at| running.definition.steps.get(at))
        .filter(|_| !late.is_empty())
    else {
        return Ok(());
    };
    let dictionary = db.dictionary();
    let object = dictionary.object(&running.object).ok_or(Error::NotFound)?;
    for user in recipient::all(tx, &step.escalate_to, object, running.record).await? {
        // Beside those who are late: whoever decides first.
        let added = sqlx::query(
            "insert into sys.approval_task (approval_id, step, user_id, position, state, escalated)
             select $1, $2, $3, 0, 'open', true
             where not exists (select from sys.approval_task where approval_id = $1 and step = $2 and user_id = $3 and state = 'open')",
        )
        .bind(running.id)
        .bind(running.step)
        .bind(user)
        .execute(&mut **tx)
        .await?;
        if added.rows_affected() > 0 {
            let note = format!("→ user:{user}");
            log(
                tx,
                running.id,
                None,
                "escalated",
                Some(running.step),
                Some(&note),
            )
            .await?;
            ask(tx, running, user).await?;
        }
    }
    Ok(())
}
