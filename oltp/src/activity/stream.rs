//! The stream of what was done (活动记录): activities, check-ins and telephone calls, the latest first;
//! and how often and how recently customers were dealt with.

use basalt_model::{Action, Principal};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use sqlx::{QueryBuilder, Row};

use crate::db::Db;
use crate::error::{Error, Result};
use crate::sql::push_readable;

/// What a line of the stream is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Activity,
    CheckIn,
    Call,
}

/// What of the stream is wanted.
#[derive(Debug, Clone, Default)]
pub struct StreamRequest {
    pub kind: Option<Kind>,
    pub owner: Option<i64>,
    pub from: Option<DateTime<Utc>>,
    pub until: Option<DateTime<Utc>>,
    /// Lines before this time (with the same request).
    pub before: Option<DateTime<Utc>>,
}

/// A line of the stream.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Line {
    pub kind: Kind,
    pub at: DateTime<Utc>,
    pub activity: i64,
    pub subject: String,
    #[serde(rename = "type")]
    pub activity_type: String,
    pub status: String,
    pub owner: Option<i64>,
    pub owner_name: Option<String>,
    pub customer: Option<i64>,
    /// Of a check-in.
    pub place: Option<String>,
    pub lat: Option<Decimal>,
    pub lon: Option<Decimal>,
    pub verified: Option<bool>,
}

/// Lines at once.
const PAGE: usize = 200;

/// The stream of what the caller reads, the latest first, at most 200 lines.
///
/// # Errors
/// [`Error::Forbidden`] when activities aren't readable with these fields.
pub async fn stream(db: &Db, principal: &Principal, request: &StreamRequest) -> Result<Vec<Line>> {
    readable(
        principal,
        &[
            "subject",
            "type",
            "status",
            "starts_at",
            "checked_in_at",
            "place",
            "customer",
        ],
    )?;
    let dictionary = db.dictionary();
    let object = dictionary.object("activity").ok_or(Error::NotFound)?;
    let mut query = QueryBuilder::new(
        "with a as (select t.* from crm.activity t where t.status <> 'cancelled' and ",
    );
    push_readable(&mut query, "t", &dictionary, principal, object);
    if let Some(owner) = request.owner {
        query.push(" and t.owner_id = ").push_bind(owner);
    }
    query.push(
        "), lines as (
           select case a.type when 'call' then 'call' else 'activity' end as kind, a.starts_at as at, a.*  from a
           union all
           select 'check_in', a.checked_in_at, a.* from a where a.checked_in_at is not null)
         select l.kind, l.at, l.id, l.subject, l.type, l.status, l.owner_id, u.name, l.customer_id,
                case l.kind when 'check_in' then l.place end, case l.kind when 'check_in' then l.place_lat end,
                case l.kind when 'check_in' then l.place_lon end, case l.kind when 'check_in' then l.place_verified end
         from lines l left join crm.app_user u on u.id = l.owner_id where true",
    );
    if let Some(kind) = request.kind {
        let name = match kind {
            Kind::Activity => "activity",
            Kind::CheckIn => "check_in",
            Kind::Call => "call",
        };
        query.push(" and l.kind = ").push_bind(name);
    }
    if let Some(from) = request.from {
        query.push(" and l.at >= ").push_bind(from);
    }
    if let Some(until) = request.until {
        query.push(" and l.at < ").push_bind(until);
    }
    if let Some(before) = request.before {
        query.push(" and l.at < ").push_bind(before);
    }
    query.push(format!(
        " order by l.at desc, l.id desc, l.kind limit {PAGE}"
    ));
    let rows = query.build().fetch_all(db.pool()).await?;
    rows.iter()
        .map(|row| {
            Ok(Line {
                kind: match row.try_get::<&str, _>(0)? {
                    "check_in" => Kind::CheckIn,
                    "call" => Kind::Call,
                    _ => Kind::Activity,
                },
                at: row.try_get(1)?,
                activity: row.try_get(2)?,
                subject: row.try_get(3)?,
                activity_type: row.try_get(4)?,
                status: row.try_get(5)?,
                owner: row.try_get(6)?,
                owner_name: row.try_get(7)?,
                customer: row.try_get(8)?,
                place: row.try_get(9)?,
                lat: row.try_get(10)?,
                lon: row.try_get(11)?,
                verified: row.try_get(12)?,
            })
        })
        .collect()
}

/// How a person dealt with a customer in a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Frequency {
    pub owner: Option<i64>,
    pub name: Option<String>,
    pub customer: i64,
    pub customer_name: Option<String>,
    /// Activities done in the period.
    pub follow_ups: i64,
    /// As last stated, in the period or before it.
    pub intention: Option<String>,
    /// Days from the last activity done to `now`.
    pub days_since_contact: i64,
}

/// Follow-ups per person and customer in a period, the most frequent first, at most 1,000.
///
/// # Errors
/// As [`stream`].
pub async fn frequency(
    db: &Db,
    principal: &Principal,
    (from, until): (DateTime<Utc>, DateTime<Utc>),
    owner: Option<i64>,
    now: DateTime<Utc>,
) -> Result<Vec<Frequency>> {
    readable(principal, &["customer", "intention", "starts_at", "status"])?;
    let dictionary = db.dictionary();
    let object = dictionary.object("activity").ok_or(Error::NotFound)?;
    let customers = dictionary.object("customer").ok_or(Error::NotFound)?;
    let mut query = QueryBuilder::new(
        "with a as (select t.owner_id, t.customer_id, t.starts_at, t.intention from crm.activity t where t.status = 'done' and t.customer_id is not null and ",
    );
    push_readable(&mut query, "t", &dictionary, principal, object);
    query.push(" and t.starts_at < ").push_bind(until);
    if let Some(owner) = owner {
        query.push(" and t.owner_id = ").push_bind(owner);
    }
    query.push(") select a.owner_id, max(u.name), a.customer_id, max(c.name), count(*) filter (where a.starts_at >= ");
    query.push_bind(from);
    query.push("), (array_agg(a.intention order by a.starts_at desc) filter (where a.intention is not null))[1], floor(extract(epoch from ");
    query.push_bind(now);
    query.push("::timestamptz - max(a.starts_at)) / 86400)::bigint from a left join crm.app_user u on u.id = a.owner_id left join crm.customer c on c.id = a.customer_id and ");
    push_readable(&mut query, "c", &dictionary, principal, customers);
    query.push(" group by a.owner_id, a.customer_id having count(*) filter (where a.starts_at >= ");
    query.push_bind(from);
    query.push(") > 0 order by 5 desc, 2, 4 limit 1000");
    let rows = query.build().fetch_all(db.pool()).await?;
    rows.iter()
        .map(|row| {
            Ok(Frequency {
                owner: row.try_get(0)?,
                name: row.try_get(1)?,
                customer: row.try_get(2)?,
                customer_name: row.try_get(3)?,
                follow_ups: row.try_get(4)?,
                intention: row.try_get(5)?,
                days_since_contact: row.try_get(6)?,
            })
        })
        .collect()
}

fn readable(principal: &Principal, fields: &[&str]) -> Result<()> {
    let reads = principal.can("activity", Action::Read)
        && fields
            .iter()
            .all(|field| !principal.is_hidden("activity", field));
    if reads { Ok(()) } else { Err(Error::Forbidden) }
}
