//! Whom to follow up: customers by the time since the last contact, without those judged not worthwhile.

use basalt_model::{Action, Principal, Problem, RowAccess};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::{QueryBuilder, Row};

use crate::db::Db;
use crate::error::{Error, Result};
use crate::rights::within;
use crate::sql::push_readable;

/// Whether following up is still worthwhile.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerdictInput {
    pub worthwhile: bool,
    #[serde(default)]
    pub reason: Option<String>,
}

/// A verdict and whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    pub worthwhile: bool,
    pub reason: Option<String>,
    pub judged_by: i64,
    pub judged_by_name: Option<String>,
    pub judged_at: DateTime<Utc>,
}

/// A customer to be followed up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FollowUp {
    pub customer: i64,
    pub name: String,
    pub owner: Option<i64>,
    pub last_contact_at: Option<DateTime<Utc>>,
    pub days_since_contact: Option<i64>,
    pub intention: Option<String>,
}

/// Judges a record; for whoever may change it.
///
/// # Errors
/// [`Error::NotFound`] when it isn't readable; [`Error::Forbidden`] when it can't be changed.
pub async fn judge(
    db: &Db,
    principal: &Principal,
    object: &str,
    id: i64,
    input: VerdictInput,
) -> Result<()> {
    let mut tx = db.begin(principal).await?;
    if !within(&mut tx, db, principal, object, id, RowAccess::Read).await? {
        return Err(Error::NotFound);
    }
    if !(principal.can(object, Action::Update)
        && within(&mut tx, db, principal, object, id, RowAccess::Write).await?)
    {
        return Err(Error::Forbidden);
    }
    let reason = input
        .reason
        .as_deref()
        .map(str::trim)
        .filter(|r| !r.is_empty());
    if reason.is_some_and(|reason| reason.chars().count() > 1000) {
        return Err(Error::field(
            "reason",
            Problem::new(
                "too_long",
                "has at most 1000 characters",
                "最多 1000 个字符",
            ),
        ));
    }
    sqlx::query(
        "insert into sys.follow_verdict (object, record_id, worthwhile, reason, judged_by) values ($1, $2, $3, $4, $5)
         on conflict (object, record_id) do update set worthwhile = excluded.worthwhile, reason = excluded.reason,
           judged_by = excluded.judged_by, judged_at = now()",
    )
    .bind(object)
    .bind(id)
    .bind(input.worthwhile)
    .bind(reason)
    .bind(principal.user_id)
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(())
}

/// The verdict on a record, when there is one.
///
/// # Errors
/// [`Error::NotFound`] when the record isn't readable.
pub async fn verdict(
    db: &Db,
    principal: &Principal,
    object: &str,
    id: i64,
) -> Result<Option<Verdict>> {
    let mut connection = db.pool().acquire().await?;
    if !within(&mut connection, db, principal, object, id, RowAccess::Read).await? {
        return Err(Error::NotFound);
    }
    let row = sqlx::query(
        "select v.worthwhile, v.reason, v.judged_by, u.name, v.judged_at from sys.follow_verdict v
         left join crm.app_user u on u.id = v.judged_by where v.object = $1 and v.record_id = $2",
    )
    .bind(object)
    .bind(id)
    .fetch_optional(&mut *connection)
    .await?;
    row.map(|row| {
        Ok(Verdict {
            worthwhile: row.try_get(0)?,
            reason: row.try_get(1)?,
            judged_by: row.try_get(2)?,
            judged_by_name: row.try_get(3)?,
            judged_at: row.try_get(4)?,
        })
    })
    .transpose()
}

/// Customers of the caller that are worth following up, the longest not contacted first, at most 500.
///
/// # Errors
/// [`Error::Forbidden`] when customers or activities aren't readable.
pub async fn follow_ups(
    db: &Db,
    principal: &Principal,
    now: DateTime<Utc>,
) -> Result<Vec<FollowUp>> {
    let reads = principal.can("customer", Action::Read)
        && principal.can("activity", Action::Read)
        && !principal.is_hidden("activity", "intention");
    if !reads {
        return Err(Error::Forbidden);
    }
    let dictionary = db.dictionary();
    let customers = dictionary.object("customer").ok_or(Error::NotFound)?;
    let activities = dictionary.object("activity").ok_or(Error::NotFound)?;
    let mut query = QueryBuilder::new(
        "select t.id, t.name, t.owner_id, l.at, l.intention from crm.customer t
         left join lateral (select max(a.starts_at) as at, (array_agg(a.intention order by a.starts_at desc) filter (where a.intention is not null))[1] as intention
           from crm.activity a where a.customer_id = t.id and a.status = 'done' and ",
    );
    push_readable(&mut query, "a", &dictionary, principal, activities);
    query
        .push(") l on true where t.owner_id = ")
        .push_bind(principal.user_id);
    query.push(" and ");
    push_readable(&mut query, "t", &dictionary, principal, customers);
    query.push(
        " and not exists (select from sys.follow_verdict v where v.object = 'customer' and v.record_id = t.id and not v.worthwhile)
         order by l.at asc nulls first, t.id limit 500",
    );
    let rows = query.build().fetch_all(db.pool()).await?;
    rows.iter()
        .map(|row| {
            let last: Option<DateTime<Utc>> = row.try_get(3)?;
            Ok(FollowUp {
                customer: row.try_get(0)?,
                name: row.try_get(1)?,
                owner: row.try_get(2)?,
                days_since_contact: last.map(|at| (now - at).num_days()),
                last_contact_at: last,
                intention: row.try_get(4)?,
            })
        })
        .collect()
}
