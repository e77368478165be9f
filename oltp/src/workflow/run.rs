//! A run of a rule on one record: condition, actions, and what is recorded of them.

use basalt_model::{Action as Right, Principal};
use chrono::Utc;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use sqlx::{PgConnection, Row};

use super::rule::{self, Rule, RuleInput};
use super::{action, actor, check, explain};
use crate::db::{Db, Tx};
use crate::error::{Error, Result};
use crate::jobs::{self, Job, JobContext, Order};

/// Rules that lead to rules that lead to rules: after so many the chain is cut.
const LONGEST_CHAIN: usize = 8;

/// An occasion on which a rule is to run.
pub(super) struct NewRun {
    pub record: i64,
    pub occasion: String,
    pub started_by: String,
    pub chain: Vec<i64>,
}

/// Records a run and puts its job into the queue; the same occasion only once.
pub(super) async fn start(connection: &mut PgConnection, rule: &Rule, new: NewRun) -> Result<()> {
    let cut = if new.chain.contains(&rule.id) {
        Some("the rule's own actions led here again")
    } else if new.chain.len() >= LONGEST_CHAIN {
        Some("too many rules led to one another")
    } else {
        None
    };
    let id: Option<i64> = sqlx::query_scalar(
        "insert into sys.workflow_run (rule_id, rule_version, object, record_id, occasion, started_by, chain, outcome, why, finished_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, case when $8 = 'cut' then now() end)
         on conflict (rule_id, record_id, occasion) do nothing returning id",
    )
    .bind(rule.id)
    .bind(rule.version)
    .bind(&rule.object)
    .bind(new.record)
    .bind(&new.occasion)
    .bind(&new.started_by)
    .bind(&new.chain)
    .bind(if cut.is_some() { "cut" } else { "waiting" })
    .bind(cut.map(|why| json!({ "reason": why, "chain": new.chain })))
    .fetch_optional(&mut *connection)
    .await?;
    if let (Some(run), None) = (id, cut) {
        // One after the other on the same record, so that rules see each other's work.
        let queue = Some(format!("workflow {}", new.record.rem_euclid(16)));
        jobs::enqueue(connection, &RunRule { run }, Order { queue, at: None }).await?;
    }
    Ok(())
}

/// Does a run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunRule {
    run: i64,
}

impl Job for RunRule {
    const NAME: &'static str = "workflow_run";
    const ATTEMPTS: i32 = 3;

    async fn run(self, context: JobContext) -> Result<()> {
        match perform(&context.db, self.run).await {
            Ok(()) => Ok(()),
            // What the database may do better next time is tried again; what was refused stays refused.
            Err(error @ (Error::Unavailable(_) | Error::Database(_))) => Err(error),
            Err(error) => record_failure(&context.db, self.run, &error).await,
        }
    }
}

async fn record_failure(db: &Db, run: i64, error: &Error) -> Result<()> {
    let (en, zh) = (
        error.message(basalt_model::Locale::En),
        error.message(basalt_model::Locale::Zh),
    );
    sqlx::query(
        "update sys.workflow_run set outcome = 'failed', finished_at = now(), why = $2 where id = $1 and outcome = 'waiting'",
    )
    .bind(run)
    .bind(json!({ "reason": en, "reason_zh": zh, "code": error.code() }))
    .execute(db.pool())
    .await?;
    Ok(())
}

/// Condition and actions in one transaction, which also says that it is done.
async fn perform(db: &Db, run: i64) -> Result<()> {
    let row = sqlx::query(
        "select w.*, r.record_id, r.chain from sys.workflow_run r join sys.workflow_rule w on w.id = r.rule_id
         where r.id = $1 and r.outcome = 'waiting'",
    )
    .bind(run)
    .fetch_optional(db.pool())
    .await?;
    let Some(row) = row else { return Ok(()) };
    let rule = rule::read(&row)?;
    let record: i64 = row.try_get("record_id")?;
    let mut chain: Vec<i64> = row.try_get("chain")?;
    chain.push(rule.id);
    let principal = actor(rule.id);
    let mut tx = db.begin(&principal).await?;
    // Claimed by whoever comes first; a second try finds nothing to do.
    let claimed: Option<i64> = sqlx::query_scalar(
        "select id from sys.workflow_run where id = $1 and outcome = 'waiting' for update",
    )
    .bind(run)
    .fetch_optional(&mut *tx)
    .await?;
    if claimed.is_none() {
        return Ok(());
    }
    let chain: Vec<String> = chain.iter().map(i64::to_string).collect();
    sqlx::query("select set_config('basalt.workflow', $1, true)")
        .bind(format!("{{{}}}", chain.join(",")))
        .execute(&mut *tx)
        .await?;
    let done = carry_out(db, &mut tx, &rule, record).await?;
    finish(&mut tx, run, &done).await?;
    tx.commit().await?;
    Ok(())
}

/// What came of a rule on a record.
#[derive(Debug, Clone, Serialize)]
pub struct DryRun {
    pub record_id: i64,
    /// `done`, `not_met`, `gone`, `failed`
    pub outcome: String,
    pub why: Option<Json>,
    pub results: Vec<Json>,
}

async fn carry_out(db: &Db, tx: &mut Tx, rule: &Rule, record: i64) -> Result<DryRun> {
    let dictionary = db.dictionary();
    let object = dictionary.object(&rule.object).ok_or(Error::NotFound)?;
    let everything = basalt_model::Condition::everything();
    let condition = rule.condition.as_ref().unwrap_or(&everything);
    let told = explain::explain(tx, &dictionary, object, record, condition).await?;
    let outcome = |outcome: &str, why, results| DryRun {
        record_id: record,
        outcome: outcome.to_owned(),
        why,
        results,
    };
    Ok(match told {
        None => outcome("gone", None, Vec::new()),
        Some((false, why)) => outcome("not_met", Some(why), Vec::new()),
        Some((true, why)) => {
            let mut results = Vec::with_capacity(rule.actions.len());
            for action in &rule.actions {
                results.push(action::act(db, tx, rule, object, record, action).await?);
            }
            outcome("done", Some(why), results)
        }
    })
}

async fn finish(connection: &mut PgConnection, run: i64, done: &DryRun) -> Result<()> {
    sqlx::query(
        "update sys.workflow_run set outcome = $2, why = $3, results = $4, finished_at = now() where id = $1",
    )
    .bind(run)
    .bind(&done.outcome)
    .bind(&done.why)
    .bind(json!(done.results))
    .execute(connection)
    .await?;
    Ok(())
}

/// What a rule would do with these records: everything is done, looked at, and taken back.
///
/// # Errors
/// [`Error::Request`] when the rule makes no sense; [`Error::Forbidden`] when the caller may not
/// read one of the records.
pub async fn dry_run(
    db: &Db,
    by: &Principal,
    input: RuleInput,
    records: &[i64],
) -> Result<Vec<DryRun>> {
    let dictionary = db.dictionary();
    check::check(&dictionary, &input)?;
    if !by.can(&input.object, Right::Read) {
        return Err(Error::Forbidden);
    }
    let rule = Rule {
        id: 0,
        name: input.name,
        object: input.object,
        starts: input.starts,
        condition: input.condition,
        actions: input.actions,
        active: false,
        version: 0,
        changed_at: Utc::now(),
        changed_by: None,
        next_due_at: None,
    };
    let mut told = Vec::with_capacity(records.len());
    for record in records.iter().take(100) {
        let mut tx = db.begin(&actor(0)).await?;
        let done = carry_out(db, &mut tx, &rule, *record).await;
        tx.rollback().await?;
        told.push(match done {
            Ok(done) => done,
            Err(error @ (Error::Unavailable(_) | Error::Database(_))) => return Err(error),
            Err(error) => DryRun {
                record_id: *record,
                outcome: "failed".to_owned(),
                why: Some(json!({ "reason": error.message(by.locale), "code": error.code() })),
                results: Vec::new(),
            },
        });
    }
    Ok(told)
}
