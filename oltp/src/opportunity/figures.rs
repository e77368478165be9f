//! Live figures over opportunities: funnel, summary and forecast. Each counts exactly the rows that the
//! caller's list shows with the same filter; amounts are in the base currency.

use std::collections::BTreeMap;

use basalt_model::{Action, Condition, Dictionary, Label, Object, Principal};
use rust_decimal::Decimal;
use serde::Serialize;
use sqlx::{Postgres, QueryBuilder, Row};

use super::stages::{self, Kind};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::sql::{Joins, push_condition, push_readable};

/// A stage of the funnel.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FunnelStage {
    pub stage: String,
    pub label: Label,
    pub kind: Kind,
    /// Opportunities that stand in the stage now.
    pub count: i64,
    pub amount: Decimal,
    pub weighted_amount: Decimal,
    /// Of those that ever came to this stage or beyond it, the share (percent) that came beyond it.
    pub conversion: Option<Decimal>,
    /// The condition with which the list shows exactly these opportunities.
    pub filter: Condition,
}

/// The funnel of the opportunities that meet the filter.
///
/// # Errors
/// [`Error::Forbidden`] when opportunities aren't readable; [`Error::Request`] for a filter that makes no sense.
pub async fn funnel(
    db: &Db,
    principal: &Principal,
    filter: Option<&Condition>,
) -> Result<Vec<FunnelStage>> {
    let dictionary = db.dictionary();
    let object = opportunity(&dictionary, principal, &["stage", "amount", "confidence"])?;
    let mut connection = db.pool().acquire().await?;
    let stages = stages::read(&mut connection, &dictionary, "opportunity").await?;
    let mut query =
        QueryBuilder::new("with o as (select t.id, t.stage, t.amount_base, t.weighted_base");
    from(&mut query, &dictionary, object, principal, filter)?;
    // How far each one ever came: the last position of an open or won stage it was in.
    query.push(
        "), reached as (select o.id, max(s.position) as position from o
            join crm.opportunity_stage_change c on c.opportunity_id = o.id
            join sys.stage s on s.object = 'opportunity' and s.value = c.stage and s.kind <> 'lost' group by o.id)
         select s.value, (select count(*) from o where o.stage = s.value),
                (select coalesce(sum(o.amount_base), 0) from o where o.stage = s.value),
                (select coalesce(sum(o.weighted_base), 0) from o where o.stage = s.value),
                (select count(*) from reached r where r.position >= s.position),
                (select count(*) from reached r where r.position > s.position)
         from sys.stage s where s.object = 'opportunity'",
    );
    let mut found = BTreeMap::new();
    for row in query.build().fetch_all(&mut *connection).await? {
        let (came, beyond): (i64, i64) = (row.try_get(4)?, row.try_get(5)?);
        let conversion = (came > 0).then(|| {
            let mut share = Decimal::from(beyond) * Decimal::ONE_HUNDRED / Decimal::from(came);
            share.rescale(2);
            share
        });
        found.insert(
            row.try_get::<String, _>(0)?,
            (
                row.try_get::<i64, _>(1)?,
                row.try_get::<Decimal, _>(2)?,
                row.try_get::<Decimal, _>(3)?,
                conversion,
            ),
        );
    }
    Ok(stages
        .into_iter()
        .map(|stage| {
            let (count, amount, weighted_amount, conversion) =
                found.remove(&stage.value).unwrap_or_default();
            let here = Condition::compare(
                "stage",
                basalt_model::condition::Op::Eq,
                stage.value.clone(),
            );
            FunnelStage {
                label: stage.label,
                count,
                amount,
                weighted_amount,
                conversion: (stage.kind == Kind::Open).then_some(conversion).flatten(),
                kind: stage.kind,
                filter: match filter {
                    Some(filter) => filter.clone().and(here),
                    None => here,
                },
                stage: stage.value,
            }
        })
        .collect())
}

/// Opportunities with one status, owner or department.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SummaryRow {
    /// The status, or the id of owner or department; empty: none.
    pub key: Option<String>,
    pub title: Option<String>,
    pub count: i64,
    pub amount: Decimal,
    pub weighted_amount: Decimal,
}

/// What a summary groups by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    Status,
    Owner,
    Department,
}

/// Counts and sums of the opportunities that meet the filter.
///
/// # Errors
/// As [`funnel`].
pub async fn summary(
    db: &Db,
    principal: &Principal,
    by: By,
    filter: Option<&Condition>,
) -> Result<Vec<SummaryRow>> {
    let dictionary = db.dictionary();
    let (field, key, title) = match by {
        By::Status => ("status", "status", "o.status"),
        By::Owner => (
            "owner",
            "owner_id",
            "(select name from crm.app_user where id = o.owner_id)",
        ),
        By::Department => (
            "department",
            "department_id",
            "(select name from crm.department where id = o.department_id)",
        ),
    };
    let object = opportunity(&dictionary, principal, &[field, "amount", "confidence"])?;
    let mut query = QueryBuilder::new(format!(
        "with o as (select t.{key}, t.amount_base, t.weighted_base"
    ));
    from(&mut query, &dictionary, object, principal, filter)?;
    query.push(format!(
        ") select o.{key}::text, {title}, count(*), coalesce(sum(o.amount_base), 0), coalesce(sum(o.weighted_base), 0)
         from o group by o.{key} order by 4 desc, 1"
    ));
    let rows = query.build().fetch_all(db.pool()).await?;
    rows.iter()
        .map(|row| {
            Ok(SummaryRow {
                key: row.try_get(0)?,
                title: row.try_get(1)?,
                count: row.try_get(2)?,
                amount: row.try_get(3)?,
                weighted_amount: row.try_get(4)?,
            })
        })
        .collect()
}

/// The length of a forecast's periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    Month,
    Quarter,
    Year,
}

impl Period {
    fn name(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }
}

/// The forecast of one period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ForecastRow {
    /// First day of the period.
    pub from: chrono::NaiveDate,
    pub count: i64,
    /// What is won already, by the day of closing.
    pub won: Decimal,
    /// What is open, by the expected day, weighted as the setting says.
    pub open: Decimal,
    /// Won and open.
    pub forecast: Decimal,
    pub commit: Decimal,
    pub best_case: Decimal,
    pub pipeline: Decimal,
}

/// The forecast by period. Excluded stages and the category `omitted` don't count; lost ones neither.
///
/// # Errors
/// As [`funnel`].
pub async fn forecast(
    db: &Db,
    principal: &Principal,
    period: Period,
    filter: Option<&Condition>,
) -> Result<Vec<ForecastRow>> {
    let dictionary = db.dictionary();
    let needed = ["stage", "amount", "confidence", "expected_close_on"];
    let object = opportunity(&dictionary, principal, &needed)?;
    let setting = stages::forecast_setting(db).await?;
    let worth = if setting.weighting == "full" {
        "t.amount_base"
    } else {
        "t.weighted_base"
    };
    let mut query = QueryBuilder::new(format!(
        "with o as (select t.status, t.forecast_category, t.amount_base, {worth} as worth, t.stage,
           date_trunc('{}', case t.status when 'won' then t.closed_on else t.expected_close_on end::timestamp)::date as period",
        period.name()
    ));
    from(&mut query, &dictionary, object, principal, filter)?;
    query.push(
        ") select period, count(*),
             coalesce(sum(amount_base) filter (where status = 'won'), 0),
             coalesce(sum(worth) filter (where status = 'open'), 0),
             coalesce(sum(worth) filter (where status = 'open' and forecast_category = 'commit'), 0),
             coalesce(sum(worth) filter (where status = 'open' and forecast_category = 'best_case'), 0),
             coalesce(sum(worth) filter (where status = 'open' and forecast_category = 'pipeline'), 0)
         from o where period is not null and status <> 'lost' and forecast_category is distinct from 'omitted'
           and (status = 'won' or stage <> all(",
    );
    query
        .push_bind(setting.excluded_stages)
        .push(")) group by period order by period");
    let rows = query.build().fetch_all(db.pool()).await?;
    rows.iter()
        .map(|row| {
            let (won, open): (Decimal, Decimal) = (row.try_get(2)?, row.try_get(3)?);
            Ok(ForecastRow {
                from: row.try_get(0)?,
                count: row.try_get(1)?,
                won,
                open,
                forecast: won + open,
                commit: row.try_get(4)?,
                best_case: row.try_get(5)?,
                pipeline: row.try_get(6)?,
            })
        })
        .collect()
}

/// The object, when the caller may read it and the fields that figures are made of.
fn opportunity<'d>(
    dictionary: &'d Dictionary,
    principal: &Principal,
    fields: &[&str],
) -> Result<&'d Object> {
    let object = dictionary.object("opportunity").ok_or(Error::NotFound)?;
    let reads = principal.can("opportunity", Action::Read)
        && fields
            .iter()
            .all(|field| !principal.is_hidden("opportunity", field));
    if reads {
        Ok(object)
    } else {
        Err(Error::Forbidden)
    }
}

/// ` from crm.opportunity t … where` readable and as the filter says.
fn from(
    query: &mut QueryBuilder<Postgres>,
    dictionary: &Dictionary,
    object: &Object,
    principal: &Principal,
    filter: Option<&Condition>,
) -> Result<()> {
    let everything = Condition::everything();
    let checked = filter
        .unwrap_or(&everything)
        .check_for(dictionary, &object.name, principal)?;
    let mut joins = Joins::default();
    for join in checked.joins() {
        joins.alias(std::slice::from_ref(&join));
    }
    query.push(" from crm.opportunity t");
    joins.push(query, dictionary, principal);
    query.push(" where ");
    push_readable(query, "t", dictionary, principal, object);
    query.push(" and ");
    push_condition(query, &checked.root, &mut joins);
    Ok(())
}
