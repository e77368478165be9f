//! The qualification review of customers: criteria, each passed or failed.

use basalt_model::{Condition, Label, Principal, Problem};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::types::Json;
use sqlx::{QueryBuilder, Row};

use super::may_change;
use crate::db::Db;
use crate::error::{Error, FieldError, Result};
use crate::sales::history::{Entry, note};
use crate::sql::{Joins, push_condition};

/// What a customer has to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    pub name: String,
    pub condition: Condition,
}

/// What a review found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    pub passed: bool,
    /// Each criterion by name.
    pub criteria: Vec<(String, bool)>,
    pub reviewer: i64,
    pub reviewed_at: DateTime<Utc>,
}

/// The criteria.
///
/// # Errors
/// The database failed.
pub async fn criteria(db: &Db) -> Result<Vec<Criterion>> {
    let Json(criteria) = sqlx::query_scalar("select criteria from sys.customer_review")
        .fetch_one(db.pool())
        .await?;
    Ok(criteria)
}

/// Sets the criteria; former reviews stay as they were.
///
/// # Errors
/// [`Error::Validation`] with the criterion that makes no sense.
pub async fn set_criteria(db: &Db, by: &Principal, criteria: &[Criterion]) -> Result<()> {
    let dictionary = db.dictionary();
    let mut errors = Vec::new();
    for (at, criterion) in criteria.iter().enumerate() {
        if !(1..=120).contains(&criterion.name.trim().chars().count()) {
            let problem = Problem::new(
                "length",
                "must have 1 to 120 characters",
                "须为1到120个字符",
            );
            errors.push(FieldError::new(format!("criteria[{at}].name"), problem));
        }
        if let Err(error) = criterion.condition.check(&dictionary, "customer") {
            let problem = Problem {
                code: "condition",
                message: Label::new(error.message.en, error.message.zh),
            };
            errors.push(FieldError::new(
                format!("criteria[{at}].condition"),
                problem,
            ));
        }
    }
    if criteria.len() > 50 {
        errors.push(FieldError::new(
            "criteria",
            Problem::new("length", "are more than 50", "超过 50 条"),
        ));
    }
    if !errors.is_empty() {
        return Err(Error::Validation(errors));
    }
    let mut tx = db.begin(by).await?;
    sqlx::query("update sys.customer_review set criteria = $1, changed_at = now(), changed_by = nullif($2, 0)")
        .bind(Json(criteria))
        .bind(by.user_id)
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(())
}

/// Reviews a customer by the criteria of now, and keeps what was found.
///
/// # Errors
/// [`Error::Conflict`] when there are no criteria.
pub async fn review(db: &Db, principal: &Principal, id: i64) -> Result<Verdict> {
    let criteria = criteria(db).await?;
    if criteria.is_empty() {
        return Err(Error::conflict(
            "no_criteria",
            "There are no criteria to review by. Have an administrator set them.",
            "尚未设置评审标准，请由管理员设置。",
        ));
    }
    let dictionary = db.dictionary();
    let checked = criteria
        .iter()
        .map(|criterion| criterion.condition.check(&dictionary, "customer"))
        .collect::<std::result::Result<Vec<_>, _>>()?;
    let mut joins = Joins::default();
    for condition in &checked {
        for join in condition.joins() {
            joins.alias(std::slice::from_ref(&join));
        }
    }
    let mut tx = db.begin(principal).await?;
    may_change(&mut tx, db, principal, id).await?;
    let mut query = QueryBuilder::new("select t.owner_id, t.review_verdict, now(), array[");
    for (at, condition) in checked.iter().enumerate() {
        query.push(if at > 0 { ", (" } else { "(" });
        push_condition(&mut query, &condition.root, &mut joins);
        query.push(") is true");
    }
    query.push("] from crm.customer t");
    // The criteria are the same for everyone, whatever they see.
    joins.push(&mut query, &dictionary, &Principal::system());
    query.push(" where t.id = ").push_bind(id);
    let row = query.build().fetch_one(&mut *tx).await?;
    let held: Vec<bool> = row.try_get(3)?;
    let verdict = Verdict {
        passed: held.iter().all(|held| *held),
        criteria: criteria
            .into_iter()
            .map(|criterion| criterion.name)
            .zip(held)
            .collect(),
        reviewer: principal.user_id,
        reviewed_at: row.try_get(2)?,
    };
    let word = if verdict.passed { "passed" } else { "failed" };
    sqlx::query("update crm.customer set review_verdict = $2, reviewed_at = now() where id = $1")
        .bind(id)
        .bind(word)
        .execute(&mut *tx)
        .await?;
    let before: Option<String> = row.try_get(1)?;
    let entry = Entry {
        kind: "reviewed",
        from: before.as_deref(),
        to: Some(word),
        rep: row.try_get(0)?,
        details: Some(json!({ "criteria": verdict.criteria, "reviewer": verdict.reviewer })),
        ..Entry::default()
    };
    note(&mut tx, "customer", id, entry).await?;
    tx.commit().await?;
    Ok(verdict)
}
