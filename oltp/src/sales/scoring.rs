//! Scoring of leads: criteria with weights, and the score from which a lead is qualified.

use basalt_model::{Condition, Dictionary, Label, Principal, Problem};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use sqlx::{PgConnection, QueryBuilder, Row};

use super::history::{Entry, note};
use crate::db::Db;
use crate::error::{Error, FieldError, Result};
use crate::jobs::{self, Job, JobContext, Order};
use crate::sql::{Joins, push_condition};

/// Leads that one transaction scores.
const PART: i64 = 5000;

/// A criterion: what has to hold, and what that is worth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    pub name: String,
    pub condition: Condition,
    /// May be negative.
    pub weight: i32,
}

/// How leads are scored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scoring {
    pub criteria: Vec<Criterion>,
    /// A lead with at least this score is qualified.
    pub threshold: i32,
}

/// How leads are scored now.
///
/// # Errors
/// The database failed.
pub async fn scoring(db: &Db) -> Result<Scoring> {
    let mut connection = db.pool().acquire().await?;
    stored(&mut connection).await
}

async fn stored(connection: &mut PgConnection) -> Result<Scoring> {
    let row = sqlx::query("select criteria, threshold from sys.lead_scoring")
        .fetch_one(connection)
        .await?;
    let Json(criteria) = row.try_get("criteria")?;
    Ok(Scoring {
        criteria,
        threshold: row.try_get("threshold")?,
    })
}

/// Changes how leads are scored. Leads that are there keep their score until they are saved or
/// [`rescore`]d.
///
/// # Errors
/// [`Error::Validation`] or [`Error::Request`] with the criterion that makes no sense.
pub async fn set_scoring(db: &Db, by: &Principal, scoring: &Scoring) -> Result<()> {
    let dictionary = db.dictionary();
    let mut errors = Vec::new();
    for (at, criterion) in scoring.criteria.iter().enumerate() {
        let mut refuse = |field: &str, problem| {
            errors.push(FieldError::new(format!("criteria[{at}].{field}"), problem));
        };
        if !(1..=120).contains(&criterion.name.trim().chars().count()) {
            refuse(
                "name",
                Problem::new(
                    "length",
                    "must have 1 to 120 characters",
                    "须为1到120个字符",
                ),
            );
        }
        if criterion.weight.abs() > 10_000 {
            refuse(
                "weight",
                Problem::new(
                    "range",
                    "must be -10,000 to 10,000",
                    "须在 -10000 到 10000 之间",
                ),
            );
        }
        if let Err(error) = criterion.condition.check(&dictionary, "lead") {
            refuse(
                "condition",
                Problem {
                    code: "condition",
                    message: Label::new(error.message.en, error.message.zh),
                },
            );
        }
    }
    if scoring.criteria.len() > 50 {
        errors.push(FieldError::new(
            "criteria",
            Problem::new("length", "are more than 50", "超过 50 条"),
        ));
    }
    if !errors.is_empty() {
        return Err(Error::Validation(errors));
    }
    let mut tx = db.begin(by).await?;
    sqlx::query(
        "update sys.lead_scoring set criteria = $1, threshold = $2, version = version + 1, changed_at = now(), changed_by = nullif($3, 0)",
    )
    .bind(Json(&scoring.criteria))
    .bind(scoring.threshold)
    .bind(by.user_id)
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Has all leads scored anew, in the background.
///
/// # Errors
/// The database failed.
pub async fn rescore(db: &Db, by: &Principal) -> Result<()> {
    let mut tx = db.begin(by).await?;
    let order = Order {
        queue: Some("rescore_leads".to_owned()),
        at: None,
    };
    jobs::enqueue(&mut tx, &RescoreLeads { after: 0 }, order).await?;
    tx.commit().await?;
    Ok(())
}

/// Scores the leads after an id, part by part.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RescoreLeads {
    after: i64,
}

impl Job for RescoreLeads {
    const NAME: &'static str = "rescore_leads";

    async fn run(self, context: JobContext) -> Result<()> {
        let mut after = self.after;
        loop {
            let mut tx = context.db.begin(&Principal::system()).await?;
            let ids: Vec<i64> = sqlx::query_scalar(
                "select id from crm.lead where deleted_at is null and id > $1 order by id limit $2 for update",
            )
            .bind(after)
            .bind(PART)
            .fetch_all(&mut *tx)
            .await?;
            let Some(last) = ids.last() else {
                return Ok(());
            };
            after = *last;
            score(&mut tx, &context.db.dictionary(), Some(&ids)).await?;
            tx.commit().await?;
        }
    }
}

/// Scores leads that are not converted; says how many changed. What was qualified, or is no more, is noted.
pub(crate) async fn score(
    connection: &mut PgConnection,
    dictionary: &Dictionary,
    ids: Option<&[i64]>,
) -> Result<u64> {
    let scoring = stored(connection).await?;
    let checked = scoring
        .criteria
        .iter()
        .map(|criterion| criterion.condition.check(dictionary, "lead"))
        .collect::<std::result::Result<Vec<_>, _>>()?;
    let mut joins = Joins::default();
    for condition in &checked {
        for join in condition.joins() {
            joins.alias(std::slice::from_ref(&join));
        }
    }
    let mut query = QueryBuilder::new("with scored as (select t.id, t.qualified as was, ");
    if checked.is_empty() {
        query.push("null::int");
    } else {
        query.push("0");
    }
    for (criterion, condition) in scoring.criteria.iter().zip(&checked) {
        query.push(" + case when ");
        push_condition(&mut query, &condition.root, &mut joins);
        query.push(" then ");
        query.push_bind(criterion.weight).push("::int else 0 end");
    }
    query.push(" as score from crm.lead t");
    // The rule is the same for everyone, whatever they see.
    joins.push(&mut query, dictionary, &Principal::system());
    query.push(" where t.converted_at is null");
    if let Some(ids) = ids {
        query
            .push(" and t.id = any(")
            .push_bind(ids.to_vec())
            .push(")");
    }
    query.push(") update crm.lead t set score = s.score, qualified = coalesce(s.score >= ");
    query.push_bind(scoring.threshold);
    query.push(
        ", false) from scored s where s.id = t.id and (t.score is distinct from s.score or t.qualified is distinct from coalesce(s.score >= ",
    );
    query.push_bind(scoring.threshold);
    query.push(", false)) returning t.id, s.was, t.qualified, t.score, t.owner_id");
    let rows = query.build().fetch_all(&mut *connection).await?;
    for row in &rows {
        let (was, is): (bool, bool) = (row.try_get(1)?, row.try_get(2)?);
        if was == is {
            continue;
        }
        let word = |qualified| {
            if qualified {
                "qualified"
            } else {
                "not_qualified"
            }
        };
        let score: Option<i32> = row.try_get(3)?;
        let entry = Entry {
            kind: "scored",
            from: Some(word(was)),
            to: Some(word(is)),
            rep: row.try_get(4)?,
            details: Some(serde_json::json!({ "score": score, "threshold": scoring.threshold })),
            ..Entry::default()
        };
        note(connection, "lead", row.try_get(0)?, entry).await?;
    }
    Ok(u64::try_from(rows.len()).unwrap_or(u64::MAX))
}
