//! How entries are completed, per person: done in time, done late, missed, still planned.

use basalt_model::{Action, Principal};
use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::{QueryBuilder, Row};

use crate::db::Db;
use crate::error::{Error, Result};
use crate::sql::push_readable;

/// The activities and tasks of one person in a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Completion {
    pub owner: Option<i64>,
    pub name: Option<String>,
    /// All that were set down for the period.
    pub planned: i64,
    /// Done by the end of their day.
    pub done: i64,
    /// Done after it.
    pub late: i64,
    /// Not done, and their day is over.
    pub missed: i64,
}

/// Completion of the entries that the caller reads, per owner, for entries from `from` until before `until`.
///
/// # Errors
/// [`Error::Forbidden`] when activities or tasks aren't readable.
pub async fn completion(
    db: &Db,
    principal: &Principal,
    (from, until): (DateTime<Utc>, DateTime<Utc>),
    now: DateTime<Utc>,
) -> Result<Vec<Completion>> {
    if !(principal.can("activity", Action::Read) && principal.can("task", Action::Read)) {
        return Err(Error::Forbidden);
    }
    let dictionary = db.dictionary();
    let activity = dictionary.object("activity").ok_or(Error::NotFound)?;
    let task = dictionary.object("task").ok_or(Error::NotFound)?;
    // An activity may be reported until the day after it; a task until the end of its day.
    let mut query = QueryBuilder::new(
        "with e as (select t.owner_id, t.status = 'done' as done, t.done_at, coalesce(t.ends_at, t.starts_at) + interval '1 day' as latest
         from crm.activity t where t.status <> 'cancelled' and t.starts_at >= ",
    );
    query
        .push_bind(from)
        .push(" and t.starts_at < ")
        .push_bind(until);
    query.push(" and ");
    push_readable(&mut query, "t", &dictionary, principal, activity);
    query.push(
        " union all select t.owner_id, t.status = 'done', t.done_at, (t.due_on + 1)::timestamp at time zone 'UTC'
         from crm.task t where t.status <> 'cancelled' and t.due_on >= ",
    );
    query
        .push_bind(from.date_naive())
        .push(" and t.due_on < ")
        .push_bind(until.date_naive());
    query.push(" and ");
    push_readable(&mut query, "t", &dictionary, principal, task);
    query.push(
        ") select e.owner_id, max(u.name), count(*), count(*) filter (where e.done and (e.done_at is null or e.done_at <= e.latest)),
             count(*) filter (where e.done and e.done_at > e.latest), count(*) filter (where not e.done and e.latest < ",
    );
    query.push_bind(now);
    query.push(
        ") from e left join crm.app_user u on u.id = e.owner_id group by e.owner_id order by 2, 1",
    );
    let rows = query.build().fetch_all(db.pool()).await?;
    rows.iter()
        .map(|row| {
            Ok(Completion {
                owner: row.try_get(0)?,
                name: row.try_get(1)?,
                planned: row.try_get(2)?,
                done: row.try_get(3)?,
                late: row.try_get(4)?,
                missed: row.try_get(5)?,
            })
        })
        .collect()
}
