//! What a change of fields brings along: confidence and status follow the stage, stages follow each
//! other as allowed, and every stay in a stage is written down.

use basalt_model::{Object, Principal, Problem, Value};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sqlx::{PgConnection, Row};

use super::lines;
use super::stages::Kind;
use crate::error::{Error, Result};
use crate::record::Assignment;
use crate::record::consequences::{is_trusted, put, value_of};

/// The settings of one stage.
struct Setting {
    confidence: Decimal,
    kind: String,
    forecast: String,
    moves: Option<Vec<String>>,
    approval_above: Option<Decimal>,
}

async fn setting(connection: &mut PgConnection, object: &str, stage: &str) -> Result<Setting> {
    let row = sqlx::query(
        "select confidence, kind, forecast, moves, approval_above from sys.stage where object = $1 and value = $2",
    )
    .bind(object)
    .bind(stage)
    .fetch_optional(connection)
    .await?
    .ok_or_else(|| {
        Error::field(
            "stage",
            Problem::new(
                "stage",
                format!("{stage:?} has no settings yet: an administrator gives its confidence first"),
                format!("阶段“{stage}”尚未设置信心指标，请联系管理员"),
            ),
        )
    })?;
    Ok(Setting {
        confidence: row.try_get(0)?,
        kind: row.try_get(1)?,
        forecast: row.try_get(2)?,
        moves: row.try_get(3)?,
        approval_above: row.try_get(4)?,
    })
}

/// Completes a new or changed opportunity (`id` of the one there is).
pub(crate) async fn complete<'o>(
    connection: &mut PgConnection,
    principal: &Principal,
    object: &'o Object,
    id: Option<i64>,
    assignments: &mut Vec<Assignment<'o>>,
) -> Result<()> {
    let before = match id {
        Some(id) => {
            let row = sqlx::query(
                "select stage, confidence_overridden, amount_base, status, forecast_category from crm.opportunity where id = $1 for update",
            )
            .bind(id)
            .fetch_optional(&mut *connection)
            .await?;
            let Some(row) = row else { return Ok(()) };
            Some((
                row.try_get::<String, _>(0)?,
                row.try_get::<bool, _>(1)?,
                row.try_get::<Decimal, _>(2)?,
            ))
        }
        None => None,
    };
    if let (Some(id), Some(_)) = (id, value_of(assignments, "amount"))
        && !is_trusted(principal)
    {
        lines::refuse_amount(connection, id).await?;
    }
    let stage = match (value_of(assignments, "stage"), &before) {
        (Some(Value::Text(stage)), _) => stage.clone(),
        (_, Some((stage, ..))) => stage.clone(),
        _ => return Ok(()),
    };
    let moved = before.as_ref().is_none_or(|(from, ..)| *from != stage);
    let to = setting(connection, "opportunity", &stage).await?;
    if moved {
        if !is_trusted(principal) {
            let amount = match value_of(assignments, "amount") {
                Some(Value::Money(money)) => money.base,
                _ => before.as_ref().map_or(Decimal::ZERO, |(_, _, base)| *base),
            };
            may_enter(
                connection,
                id,
                before.as_ref().map(|b| b.0.as_str()),
                &stage,
                &to,
                amount,
            )
            .await?;
        }
        put(
            object,
            assignments,
            "stage_entered_at",
            Value::Instant(Utc::now()),
        );
        put(object, assignments, "status", Value::Text(to.kind.clone()));
        let closed = to.kind != Kind::Open.name();
        if value_of(assignments, "closed_on").is_none() {
            let day = if closed {
                Value::Date(Utc::now().date_naive())
            } else {
                Value::Null
            };
            put(object, assignments, "closed_on", day);
        }
        if !matches!(
            value_of(assignments, "forecast_category"),
            Some(Value::Text(_))
        ) {
            put(
                object,
                assignments,
                "forecast_category",
                Value::Text(to.forecast.clone()),
            );
        }
    }
    let overridden = before.as_ref().is_some_and(|(_, by_hand, _)| *by_hand);
    let closes = moved && to.kind != Kind::Open.name();
    confidence(object, assignments, &to, moved && !overridden || closes);
    Ok(())
}

/// Stage and confidence of a customer.
pub(crate) async fn complete_customer<'o>(
    connection: &mut PgConnection,
    object: &'o Object,
    id: Option<i64>,
    assignments: &mut Vec<Assignment<'o>>,
) -> Result<()> {
    if value_of(assignments, "stage").is_none() && value_of(assignments, "confidence").is_none() {
        return Ok(());
    }
    let before: Option<(Option<String>, Option<bool>)> =
        match id {
            Some(id) => sqlx::query_as(
                "select stage, confidence_overridden from crm.customer where id = $1 for update",
            )
            .bind(id)
            .fetch_optional(&mut *connection)
            .await?,
            None => None,
        };
    let (from, overridden) = before.unwrap_or_default();
    let stage = match value_of(assignments, "stage") {
        Some(Value::Text(stage)) => Some(stage.clone()),
        Some(_) => None,
        None => from.clone(),
    };
    let Some(stage) = stage else { return Ok(()) };
    let to = setting(connection, "customer", &stage).await?;
    let moved = from.as_deref() != Some(stage.as_str());
    confidence(object, assignments, &to, moved && overridden != Some(true));
    Ok(())
}

/// A confidence that is given is marked unless it is the stage's own; an empty one follows the stage again.
fn confidence<'o>(
    object: &'o Object,
    assignments: &mut Vec<Assignment<'o>>,
    stage: &Setting,
    follows: bool,
) {
    let own = Value::Decimal(stage.confidence);
    match value_of(assignments, "confidence") {
        Some(Value::Decimal(given)) => {
            let by_hand = *given != stage.confidence;
            put(
                object,
                assignments,
                "confidence_overridden",
                Value::Bool(by_hand),
            );
        }
        Some(_) => {
            put(object, assignments, "confidence", own);
            put(
                object,
                assignments,
                "confidence_overridden",
                Value::Bool(false),
            );
        }
        None if follows => {
            put(object, assignments, "confidence", own);
            put(
                object,
                assignments,
                "confidence_overridden",
                Value::Bool(false),
            );
        }
        None => {}
    }
}

async fn may_enter(
    connection: &mut PgConnection,
    id: Option<i64>,
    from: Option<&str>,
    stage: &str,
    to: &Setting,
    amount: Decimal,
) -> Result<()> {
    match from {
        None if to.kind != Kind::Open.name() => {
            return Err(Error::field(
                "stage",
                Problem::new(
                    "transition",
                    "is an end: a new opportunity begins in an open stage",
                    "是结束阶段，新建销售机会须从进行中的阶段开始",
                ),
            ));
        }
        Some(from) => {
            let allowed = setting(connection, "opportunity", from).await?.moves;
            if allowed.is_some_and(|moves| !moves.iter().any(|value| value == stage)) {
                return Err(Error::field(
                    "stage",
                    Problem::new(
                        "transition",
                        format!("can't follow {from:?}; see the moves of the stages"),
                        format!("不能从“{from}”进入，请查看阶段的可转入设置"),
                    ),
                ));
            }
        }
        None => {}
    }
    let Some(limit) = to.approval_above.filter(|limit| amount > *limit) else {
        return Ok(());
    };
    // An approval holds for the amount that was approved: what raises it afterwards needs another.
    let approved: bool = match id {
        Some(id) => sqlx::query_scalar(
            "select exists (select from sys.approval a where a.object = 'opportunity' and a.record_id = $1 and a.state = 'approved'
               and not exists (select from sys.audit_entry e where e.table_name = 'opportunity' and e.row_id = $1 and e.op = 'update'
                 and e.changes ? 'amount_base' and e.at > a.submitted_at and (e.changes -> 'amount_base' ->> 1)::numeric > (e.changes -> 'amount_base' ->> 0)::numeric))",
        )
        .bind(id)
        .fetch_one(connection)
        .await?,
        None => false,
    };
    if approved {
        Ok(())
    } else {
        Err(Error::conflict(
            "approval_needed",
            format!(
                "Above {limit} this stage is entered with an approval only: submit the opportunity for approval first."
            ),
            format!("金额超过 {limit} 时须先审批通过才能进入该阶段，请先提交审批。"),
        ))
    }
}

/// Notes the stays in stages after an opportunity was written.
pub(crate) async fn note_stage(
    connection: &mut PgConnection,
    principal: &Principal,
    id: i64,
) -> Result<()> {
    let row = sqlx::query(
        "select t.stage, t.stage_entered_at, t.owner_id, t.department_id,
                (select stage from crm.opportunity_stage_change c where c.opportunity_id = t.id and c.left_at is null
                 order by c.entered_at desc, c.id desc limit 1) as current
         from crm.opportunity t where t.id = $1",
    )
    .bind(id)
    .fetch_one(&mut *connection)
    .await?;
    let stage: String = row.try_get(0)?;
    let current: Option<String> = row.try_get("current")?;
    if current.as_deref() == Some(stage.as_str()) {
        return Ok(());
    }
    let at: DateTime<Utc> = row
        .try_get::<Option<DateTime<Utc>>, _>(1)?
        .unwrap_or_else(Utc::now);
    sqlx::query(
        "update crm.opportunity_stage_change set left_at = $2, days = round(extract(epoch from $2 - entered_at)::numeric / 86400, 2)
         where opportunity_id = $1 and left_at is null",
    )
    .bind(id)
    .bind(at)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "insert into crm.opportunity_stage_change (opportunity_id, stage, from_stage, entered_at, by_id, owner_id, department_id)
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(id)
    .bind(&stage)
    .bind(&current)
    .bind(at)
    .bind((principal.user_id > 0 && !is_trusted(principal)).then_some(principal.user_id))
    .bind(row.try_get::<Option<i64>, _>(2)?)
    .bind(row.try_get::<Option<i64>, _>(3)?)
    .execute(connection)
    .await?;
    Ok(())
}

pub(crate) use lines::{follow_lines, refuse_closed};
