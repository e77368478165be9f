//! An approval under way: which step it is at, who decides there, what comes next, how it ends.

use basalt_model::{Action as Right, Object, Principal};
use chrono::{TimeDelta, Utc};
use sqlx::types::Json;
use sqlx::{PgConnection, Row};

use super::flow::{FlowDefinition, Mode, Step};
use crate::db::{Db, Tx};
use crate::error::{Error, Result};
use crate::record::{JsonMap, Store};
use crate::workflow::inbox::{Notice, notify};
use crate::workflow::{explain, recipient};

/// An approval under way, locked.
pub(super) struct Running {
    pub id: i64,
    pub definition: FlowDefinition,
    pub object: String,
    pub record: i64,
    pub step: i32,
    pub submitted_by: i64,
    pub flow: String,
}

/// The first step from `from` on that is taken, or the end.
pub(super) async fn go_on(db: &Db, tx: &mut Tx, running: &Running, from: i32) -> Result<()> {
    let dictionary = db.dictionary();
    let object = dictionary.object(&running.object).ok_or(Error::NotFound)?;
    let mut at = from;
    while let Some(step) = usize::try_from(at)
        .ok()
        .and_then(|at| running.definition.steps.get(at))
    {
        if taken(db, tx, running, object, step).await? {
            let users = recipient::all(tx, &step.approvers, object, running.record).await?;
            // One doesn't approve one's own.
            let users: Vec<i64> = users
                .into_iter()
                .filter(|user| *user != running.submitted_by)
                .collect();
            if users.is_empty() {
                return Err(Error::conflict(
                    "no_approver",
                    format!(
                        "Nobody can decide in the step {:?}. Ask an administrator.",
                        step.name
                    ),
                    format!("步骤“{}”没有可用的审批人，请联系管理员。", step.name),
                ));
            }
            sqlx::query("update sys.approval set step = $2 where id = $1")
                .bind(running.id)
                .bind(at)
                .execute(&mut **tx)
                .await?;
            let due = step
                .hours
                .map(|hours| Utc::now() + TimeDelta::hours(i64::from(hours)));
            for (position, user) in users.iter().enumerate() {
                let open = step.mode != Mode::Sequence || position == 0;
                sqlx::query(
                    "insert into sys.approval_task (approval_id, step, user_id, position, state, due_at) values ($1, $2, $3, $4, $5, $6)",
                )
                .bind(running.id)
                .bind(at)
                .bind(user)
                .bind(i32::try_from(position).unwrap_or(i32::MAX))
                .bind(if open { "open" } else { "waiting" })
                .bind(due)
                .execute(&mut **tx)
                .await?;
                if open {
                    log(tx, running.id, Some(*user), "asked", Some(at), None).await?;
                    ask(tx, running, *user).await?;
                }
            }
            return Ok(());
        }
        log(tx, running.id, None, "skipped", Some(at), Some(&step.name)).await?;
        at += 1;
    }
    finish(db, tx, running, "approved").await
}

async fn taken(
    db: &Db,
    tx: &mut Tx,
    running: &Running,
    object: &Object,
    step: &Step,
) -> Result<bool> {
    if step.min_level.is_some() || step.max_level.is_some() {
        let level: Option<i32> = sqlx::query_scalar("select level from crm.app_user where id = $1")
            .bind(running.submitted_by)
            .fetch_one(&mut **tx)
            .await?;
        let level = level.unwrap_or(0);
        if step.min_level.is_some_and(|min| level < min)
            || step.max_level.is_some_and(|max| level > max)
        {
            return Ok(false);
        }
    }
    match &step.when {
        None => Ok(true),
        Some(when) => {
            let told = explain::explain(tx, &db.dictionary(), object, running.record, when).await?;
            Ok(told.is_some_and(|(holds, _)| holds))
        }
    }
}

/// After an approval: the step may be through, or the next in its sequence is asked.
pub(super) async fn approved(db: &Db, tx: &mut Tx, running: &Running, step: i32) -> Result<()> {
    let mode = usize::try_from(step)
        .ok()
        .and_then(|at| running.definition.steps.get(at))
        .map_or(Mode::All, |step| step.mode);
    if mode == Mode::Sequence {
        let next: Option<i64> = sqlx::query_scalar(
            "update sys.approval_task set state = 'open' where id = (
                select id from sys.approval_task where approval_id = $1 and step = $2 and state = 'waiting' order by position limit 1)
             returning user_id",
        )
        .bind(running.id)
        .bind(step)
        .fetch_optional(&mut **tx)
        .await?;
        if let Some(user) = next {
            log(tx, running.id, Some(user), "asked", Some(step), None).await?;
            return ask(tx, running, user).await;
        }
    }
    let open: i64 = sqlx::query_scalar(
        "select count(*) from sys.approval_task where approval_id = $1 and step = $2 and state = 'open' and not escalated",
    )
    .bind(running.id)
    .bind(step)
    .fetch_one(&mut **tx)
    .await?;
    if mode != Mode::Any && open > 0 {
        return Ok(());
    }
    supersede(tx, running.id).await?;
    go_on(db, tx, running, step + 1).await
}

pub(super) async fn finish(db: &Db, tx: &mut Tx, running: &Running, state: &str) -> Result<()> {
    supersede(tx, running.id).await?;
    sqlx::query("update sys.approval set state = $2, finished_at = now() where id = $1")
        .bind(running.id)
        .bind(state)
        .execute(&mut **tx)
        .await?;
    let definition = &running.definition;
    let values = match state {
        "approved" => &definition.on_approve,
        "rejected" => &definition.on_reject,
        _ => &definition.on_recall,
    };
    set(db, tx, running, values).await?;
    log(tx, running.id, None, "finished", None, Some(state)).await?;
    let title = format!("{}: {state}", running.flow);
    let notice = Notice {
        kind: "approval_result",
        title: &title,
        body: "",
        about: Some((&running.object, running.record)),
    };
    notify(tx, running.submitted_by, &notice).await?;
    Ok(())
}

/// Sets fields of the record in Basalt's name; the lock doesn't hold for it.
pub(super) async fn set(db: &Db, tx: &mut Tx, running: &Running, values: &JsonMap) -> Result<()> {
    if values.is_empty() {
        return Ok(());
    }
    Store::new(db.clone())
        .update_in(
            tx,
            &crate::workflow::actor(0),
            &running.object,
            running.record,
            values.clone(),
            None,
        )
        .await?;
    Ok(())
}

pub(super) async fn ask(connection: &mut PgConnection, running: &Running, user: i64) -> Result<()> {
    let notice = Notice {
        kind: "approval",
        title: &running.flow,
        body: "",
        about: Some((&running.object, running.record)),
    };
    notify(connection, user, &notice).await?;
    Ok(())
}

pub(super) async fn supersede(connection: &mut PgConnection, approval: i64) -> Result<()> {
    sqlx::query(
        "update sys.approval_task set state = 'superseded' where approval_id = $1 and state in ('open', 'waiting')",
    )
    .bind(approval)
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn close_task(
    connection: &mut PgConnection,
    task: i64,
    state: &str,
) -> Result<()> {
    sqlx::query("update sys.approval_task set state = $2, decided_at = now() where id = $1")
        .bind(task)
        .bind(state)
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn log(
    connection: &mut PgConnection,
    approval: i64,
    user: Option<i64>,
    what: &str,
    step: Option<i32>,
    comment: Option<&str>,
) -> Result<()> {
    sqlx::query(
        "insert into sys.approval_entry (approval_id, user_id, what, step, comment) values ($1, $2, $3, $4, $5)",
    )
    .bind(approval)
    .bind(user)
    .bind(what)
    .bind(step)
    .bind(comment)
    .execute(connection)
    .await?;
    Ok(())
}

/// The pending approval, locked: decisions come one after the other.
pub(super) async fn running(
    connection: &mut PgConnection,
    approval: i64,
) -> Result<Option<Running>> {
    let row =
        sqlx::query("select * from sys.approval where id = $1 and state = 'pending' for update")
            .bind(approval)
            .fetch_optional(connection)
            .await?;
    row.map(|row| {
        let Json(definition) = row.try_get("definition")?;
        Ok(Running {
            id: row.try_get("id")?,
            definition,
            object: row.try_get("object")?,
            record: row.try_get("record_id")?,
            step: row.try_get("step")?,
            submitted_by: row.try_get("submitted_by")?,
            flow: row.try_get("flow_name")?,
        })
    })
    .transpose()
}

pub(super) async fn own_task(
    connection: &mut PgConnection,
    principal: &Principal,
    task: i64,
) -> Result<(Running, i32)> {
    let approval: Option<i64> = sqlx::query_scalar(
        "select approval_id from sys.approval_task where id = $1 and user_id = $2",
    )
    .bind(task)
    .bind(principal.user_id)
    .fetch_optional(&mut *connection)
    .await?;
    let approval = approval.ok_or(Error::NotFound)?;
    let running = running(connection, approval)
        .await?
        .ok_or(Error::NotFound)?;
    // Read after the lock: somebody may have decided meanwhile.
    let step: Option<i32> =
        sqlx::query_scalar("select step from sys.approval_task where id = $1 and state = 'open'")
            .bind(task)
            .fetch_optional(connection)
            .await?;
    let step = step.ok_or(Error::NotFound)?;
    if !principal.can(&running.object, Right::Approve) {
        return Err(Error::Forbidden);
    }
    Ok((running, step))
}
