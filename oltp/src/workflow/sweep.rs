//! What is due by time: dates reached, records left alone, schedules, approvals over their deadline.

use basalt_model::{Object, SqlType};
use chrono::{DateTime, Utc};
use sqlx::{PgConnection, QueryBuilder, Row};

use super::rule::{self, Rule, Starts};
use super::run::{self, NewRun};
use super::{approval, check};
use crate::activity::{commitments, series};
use crate::calendar;
use crate::db::Db;
use crate::error::Result;
use crate::reminder;
use crate::sql::{Joins, crm, push_condition, quoted};

/// Records that one look at a rule takes; the rest is found by the next.
const AT_ONCE: i64 = 1000;

/// Starts the runs that are due at `now`. Each occasion runs once, however often this is called.
///
/// # Errors
/// The database failed.
pub async fn sweep(db: &Db, now: DateTime<Utc>) -> Result<()> {
    let rules: Vec<Rule> = sqlx::query(
        "select * from sys.workflow_rule where active and starts ->> 'on' in ('date_reached', 'idle', 'schedule') order by id",
    )
    .fetch_all(db.pool())
    .await?
    .iter()
    .map(rule::read)
    .collect::<Result<_>>()?;
    for rule in &rules {
        let mut tx = db.pool().begin().await?;
        look(db, &mut tx, rule, now).await?;
        tx.commit().await?;
    }
    approval::escalate(db, now).await?;
    series::extend(db, now).await?;
    commitments::turn_overdue(db, now).await?;
    calendar::remind(db, now).await?;
    reminder::look(db, now).await
}

async fn look(
    db: &Db,
    connection: &mut PgConnection,
    rule: &Rule,
    now: DateTime<Utc>,
) -> Result<()> {
    let dictionary = db.dictionary();
    let Some(object) = dictionary.object(&rule.object) else {
        return Ok(());
    };
    let due = match &rule.starts {
        Starts::DateReached { field, days } => {
            dates(connection, rule, object, field, *days, now).await?
        }
        Starts::Idle { days } => idle(connection, rule, object, *days, now).await?,
        Starts::Schedule { .. } => scheduled(db, connection, rule, object, now).await?,
        Starts::Created | Starts::Changed { .. } | Starts::StageEntered { .. } => Vec::new(),
    };
    for (record, occasion) in due {
        let new = NewRun {
            record,
            occasion,
            started_by: "time".to_owned(),
            chain: Vec::new(),
        };
        run::start(connection, rule, new).await?;
    }
    Ok(())
}

/// The occasion is the day itself: a date that is moved comes again.
async fn dates(
    connection: &mut PgConnection,
    rule: &Rule,
    object: &Object,
    field: &str,
    days: i32,
    now: DateTime<Utc>,
) -> Result<Vec<(i64, String)>> {
    let Some(field) = object.field(field) else {
        return Ok(Vec::new());
    };
    let column = format!("t.{}", quoted(&field.column()));
    let day = match field.sql_type() {
        SqlType::Instant => format!("({column} at time zone 'UTC')::date"),
        _ => column,
    };
    let mut query = QueryBuilder::new(format!(
        "select t.id, 'day ' || {day} from {} t where t.deleted_at is null and {day} + ",
        crm(&object.table)
    ));
    // Not what was long ago when the rule was made.
    query.push_bind(days).push(" <= ");
    query.push_bind(now.date_naive());
    query
        .push(format!(" and {day} + "))
        .push_bind(days)
        .push(" >= ");
    query.push_bind(rule.changed_at.date_naive());
    not_yet(&mut query, rule, &format!("'day ' || {day}"));
    pairs(query, connection).await
}

/// The occasion is the change since which nothing happened.
async fn idle(
    connection: &mut PgConnection,
    rule: &Rule,
    object: &Object,
    days: u32,
    now: DateTime<Utc>,
) -> Result<Vec<(i64, String)>> {
    let since = now - chrono::TimeDelta::days(i64::from(days));
    let occasion = "'idle since ' || extract(epoch from t.updated_at)";
    let mut query = QueryBuilder::new(format!(
        "select t.id, {occasion} from {} t where t.deleted_at is null and t.updated_at <= ",
        crm(&object.table)
    ));
    query.push_bind(since);
    not_yet(&mut query, rule, occasion);
    pairs(query, connection).await
}

/// Every record that meets the condition, at each time.
async fn scheduled(
    db: &Db,
    connection: &mut PgConnection,
    rule: &Rule,
    object: &Object,
    now: DateTime<Utc>,
) -> Result<Vec<(i64, String)>> {
    // Locked, so that two workers don't take the same time.
    let due: Option<DateTime<Utc>> = sqlx::query_scalar(
        "select next_due_at from sys.workflow_rule where id = $1 and next_due_at <= $2 for update skip locked",
    )
    .bind(rule.id)
    .bind(now)
    .fetch_optional(&mut *connection)
    .await?;
    let Some(due) = due else {
        return Ok(Vec::new());
    };
    let dictionary = db.dictionary();
    let mut joins = Joins::default();
    let everything = basalt_model::Condition::everything();
    let checked = rule
        .condition
        .as_ref()
        .unwrap_or(&everything)
        .check(&dictionary, &object.name)?;
    for join in checked.joins() {
        joins.alias(std::slice::from_ref(&join));
    }
    let occasion = format!("'time {}'", due.timestamp());
    let mut query = QueryBuilder::new(format!(
        "select t.id, {occasion} from {} t",
        crm(&object.table)
    ));
    joins.push(&mut query, &dictionary, &basalt_model::Principal::system());
    query.push(" where t.deleted_at is null and ");
    push_condition(&mut query, &checked.root, &mut joins);
    not_yet(&mut query, rule, &occasion);
    let found = pairs(query, connection).await?;
    if found.len() < usize::try_from(AT_ONCE).unwrap_or(usize::MAX) {
        sqlx::query("update sys.workflow_rule set next_due_at = $2 where id = $1")
            .bind(rule.id)
            .bind(check::next_due(&rule.starts, now)?)
            .execute(connection)
            .await?;
    }
    Ok(found)
}

fn not_yet(query: &mut QueryBuilder<sqlx::Postgres>, rule: &Rule, occasion: &str) {
    query.push(format!(
        " and not exists (select from sys.workflow_run r where r.record_id = t.id and r.occasion = {occasion} and r.rule_id = "
    ));
    query.push_bind(rule.id);
    query.push(format!(") order by t.id limit {AT_ONCE}"));
}

async fn pairs(
    mut query: QueryBuilder<sqlx::Postgres>,
    connection: &mut PgConnection,
) -> Result<Vec<(i64, String)>> {
    let rows = query.build().fetch_all(connection).await?;
    rows.iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .collect()
}
