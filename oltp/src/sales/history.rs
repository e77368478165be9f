//! The dated history of leads and customers: what commands and background work did with them.

use basalt_model::{Principal, RowAccess};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use serde_json::Value as Json;
use sqlx::{PgConnection, QueryBuilder, Row};

use crate::db::Db;
use crate::error::{Error, Result};
use crate::rights;
use crate::sql::push_readable;

/// One thing that happened. `rep` is who it concerns: who got the record, or had it when it happened.
#[derive(Debug, Clone, Default)]
pub(crate) struct Entry<'a> {
    pub kind: &'a str,
    pub from: Option<&'a str>,
    pub to: Option<&'a str>,
    pub reason: Option<&'a str>,
    pub rule: Option<&'a str>,
    pub rep: Option<i64>,
    pub pool: Option<i64>,
    pub details: Option<Json>,
}

/// Notes what happened to a lead or a customer, within its transaction.
pub(crate) async fn note(
    connection: &mut PgConnection,
    object: &str,
    id: i64,
    entry: Entry<'_>,
) -> Result<()> {
    let (lead, customer) = match object {
        "lead" => (Some(id), None),
        _ => (None, Some(id)),
    };
    sqlx::query(
        "insert into crm.history_entry (lead_id, customer_id, kind, happened_at, from_value, to_value, reason, rule, rep_id, pool_id, details)
         values ($1, $2, $3, clock_timestamp(), $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(lead)
    .bind(customer)
    .bind(entry.kind)
    .bind(entry.from)
    .bind(entry.to)
    .bind(entry.reason)
    .bind(entry.rule)
    .bind(entry.rep)
    .bind(entry.pool)
    .bind(entry.details)
    .execute(connection)
    .await?;
    Ok(())
}

/// A step of a record on its way.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    pub at: DateTime<Utc>,
    /// `created`, or a kind of [`history_entry`](note): `assigned`, `stage`, `converted`, …
    pub kind: String,
    pub from: Option<String>,
    pub to: Option<String>,
    pub reason: Option<String>,
    pub rule: Option<String>,
    /// Who had or got the record.
    pub rep: Option<i64>,
    pub rep_name: Option<String>,
    /// Who did it; nobody when it was done by itself.
    pub by: Option<i64>,
    pub details: Option<Json>,
}

/// All of a lead's steps, from its creation to its conversion.
///
/// # Errors
/// [`Error::NotFound`] when the lead isn't readable.
pub async fn trace(db: &Db, principal: &Principal, lead: i64) -> Result<Vec<Step>> {
    let mut connection = db.pool().acquire().await?;
    if !rights::within(
        &mut connection,
        db,
        principal,
        "lead",
        lead,
        RowAccess::Read,
    )
    .await?
    {
        return Err(Error::NotFound);
    }
    let rows = sqlx::query(
        "select s.*, u.name as rep_name from (
           select l.created_at as at, 0 as turn, 'created' as kind, null as from_value, l.name as to_value, null as reason, null as rule,
                  l.created_by as rep_id, l.created_by as by_user, null::jsonb as details
           from crm.lead l where l.id = $1
           union all
           select h.happened_at, h.id, h.kind, h.from_value, h.to_value, h.reason, h.rule, h.rep_id, h.created_by, h.details
           from crm.history_entry h where h.lead_id = $1
         ) s left join crm.app_user u on u.id = s.rep_id order by s.at, s.turn",
    )
    .bind(lead)
    .fetch_all(&mut *connection)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Step {
                at: row.try_get("at")?,
                kind: row.try_get("kind")?,
                from: row.try_get("from_value")?,
                to: row.try_get("to_value")?,
                reason: row.try_get("reason")?,
                rule: row.try_get("rule")?,
                rep: row.try_get("rep_id")?,
                rep_name: row.try_get("rep_name")?,
                by: row.try_get("by_user")?,
                details: row.try_get("details")?,
            })
        })
        .collect()
}

/// What a person did with leads: the steps of their traces, counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Performance {
    pub rep: i64,
    pub name: Option<String>,
    pub created: i64,
    pub assigned: i64,
    pub claimed: i64,
    pub returned: i64,
    /// Returned by themselves or by a pool's administrator.
    pub recycled: i64,
    pub stages: i64,
    pub qualified: i64,
    pub converted: i64,
}

/// Figures of everybody over the leads that the principal reads, from one day to another, both included.
///
/// # Errors
/// [`Error::Forbidden`] without the right to read leads.
pub async fn performance(
    db: &Db,
    principal: &Principal,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
) -> Result<Vec<Performance>> {
    if !principal.can("lead", basalt_model::Action::Read) {
        return Err(Error::Forbidden);
    }
    let dictionary = db.dictionary();
    let object = dictionary.object("lead").ok_or(Error::NotFound)?;
    let mut query = QueryBuilder::new(
        "with mine as (select t.id, t.created_at, t.created_by from crm.lead t where ",
    );
    push_readable(&mut query, "t", &dictionary, principal, object);
    query.push(
        "), steps as (
           select created_at as at, 'created' as kind, created_by as rep, null as to_value from mine
           union all
           select h.happened_at, h.kind, h.rep_id, h.to_value from crm.history_entry h join mine on mine.id = h.lead_id
         )
         select s.rep, u.name,
                count(*) filter (where s.kind = 'created') as created,
                count(*) filter (where s.kind = 'assigned') as assigned,
                count(*) filter (where s.kind = 'claimed') as claimed,
                count(*) filter (where s.kind = 'returned') as returned,
                count(*) filter (where s.kind = 'recycled') as recycled,
                count(*) filter (where s.kind = 'stage') as stages,
                count(*) filter (where s.kind = 'scored' and s.to_value = 'qualified') as qualified,
                count(*) filter (where s.kind = 'converted') as converted
         from steps s left join crm.app_user u on u.id = s.rep
         where s.rep is not null and (",
    );
    query.push_bind(from).push("::date is null or s.at >= ");
    query.push_bind(from).push("::date) and (");
    query.push_bind(to).push("::date is null or s.at < ");
    query
        .push_bind(to)
        .push("::date + 1) group by s.rep, u.name order by converted desc, s.rep");
    let rows = query.build().fetch_all(db.pool()).await?;
    rows.iter()
        .map(|row| {
            Ok(Performance {
                rep: row.try_get("rep")?,
                name: row.try_get("name")?,
                created: row.try_get("created")?,
                assigned: row.try_get("assigned")?,
                claimed: row.try_get("claimed")?,
                returned: row.try_get("returned")?,
                recycled: row.try_get("recycled")?,
                stages: row.try_get("stages")?,
                qualified: row.try_get("qualified")?,
                converted: row.try_get("converted")?,
            })
        })
        .collect()
}
