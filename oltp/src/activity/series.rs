//! Activities that recur: the rule makes ordinary activities a year ahead; one of them is edited alone, or all that are still planned.

use basalt_model::{Action, Principal, RowAccess};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::Deserialize;
use serde_json::json;
use sqlx::types::Json as Sql;
use sqlx::{PgConnection, Row};

use crate::calendar::recurrence::{self, Recurrence};
use crate::db::{Db, Tx};
use crate::error::{Error, Result};
use crate::record::{JsonMap, Saved, Store};
use crate::rights::within;

/// How far ahead occurrences are made.
const AHEAD: TimeDelta = TimeDelta::days(366);
/// Occurrences that one series makes at once.
const AT_ONCE: u16 = 400;

/// A series to be made.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeriesInput {
    /// The fields of an activity; `starts_at` is that of the first.
    pub activity: JsonMap,
    /// RFC 5545: `FREQ=WEEKLY;BYDAY=MO;UNTIL=20271231`.
    pub recurrence: String,
    pub time_zone: String,
}

/// What an edit is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    One,
    /// All that are planned and were not edited alone.
    Series,
}

/// Makes a series; returns its number and the ids of the occurrences of the coming year.
///
/// # Errors
/// As creating an activity; [`Error::Validation`] for a rule or time zone that makes no sense.
pub async fn create(db: &Db, principal: &Principal, input: SeriesInput) -> Result<(i64, Vec<i64>)> {
    let zone = recurrence::time_zone("time_zone", &input.time_zone)?;
    let starts = instant(&input.activity, "starts_at")?
        .ok_or_else(|| Error::field("activity.starts_at", basalt_model::Problem::required()))?;
    let rule = Recurrence::parse("recurrence", &input.recurrence, starts, zone)?;
    let until = starts.max(Utc::now()) + AHEAD;
    let mut template = input.activity;
    if let Some(ends) = instant(&template, "ends_at")? {
        let minutes = (ends - starts).num_minutes();
        template.insert("minutes".to_owned(), json!(minutes));
    }
    template.remove("ends_at");
    let mut tx = db.begin(principal).await?;
    let series: i64 = sqlx::query_scalar(
        "insert into sys.activity_series (recurrence, time_zone, starts_at, template, generated_until, created_by)
         values ($1, $2, $3, $4, $5, $6) returning id",
    )
    .bind(rule.text())
    .bind(zone.name())
    .bind(starts)
    .bind(Sql(&template))
    .bind(until)
    .bind((principal.user_id > 0).then_some(principal.user_id))
    .fetch_one(&mut *tx)
    .await?;
    let times = rule.between(starts, until, AT_ONCE);
    let ids = make(db, &mut tx, principal, series, &template, &times).await?;
    tx.commit().await?;
    Ok((series, ids))
}

fn instant(map: &JsonMap, field: &str) -> Result<Option<DateTime<Utc>>> {
    match map.get(field) {
        None | Some(serde_json::Value::Null) => Ok(None),
        Some(serde_json::Value::String(text)) => basalt_model::value::instant(text)
            .map(Some)
            .map_err(|_| wrong_time(field)),
        Some(_) => Err(wrong_time(field)),
    }
}

fn wrong_time(field: &str) -> Error {
    Error::field(
        format!("activity.{field}"),
        basalt_model::Problem::new("type", "is no point in time", "不是有效时间"),
    )
}

async fn make(
    db: &Db,
    tx: &mut Tx,
    principal: &Principal,
    series: i64,
    template: &JsonMap,
    times: &[DateTime<Utc>],
) -> Result<Vec<i64>> {
    let store = Store::new(db.clone());
    let mut fields = template.clone();
    let minutes = fields.remove("minutes").and_then(|m| m.as_i64());
    let mut ids = Vec::with_capacity(times.len());
    for at in times {
        fields.insert("starts_at".to_owned(), json!(at));
        if let Some(minutes) = minutes {
            fields.insert(
                "ends_at".to_owned(),
                json!(*at + TimeDelta::minutes(minutes)),
            );
        }
        let made = store
            .create_in(tx, principal, "activity", fields.clone())
            .await?;
        ids.push(made.id);
    }
    mark(tx, &ids, series).await?;
    Ok(ids)
}

/// Which series an occurrence belongs to is no change by anyone.
async fn mark(connection: &mut PgConnection, ids: &[i64], series: i64) -> Result<()> {
    sqlx::query("select set_config('basalt.derived', '1', true)")
        .execute(&mut *connection)
        .await?;
    sqlx::query("update crm.activity set series = $2 where id = any($1)")
        .bind(ids)
        .bind(series)
        .execute(&mut *connection)
        .await?;
    sqlx::query("select set_config('basalt.derived', '', true)")
        .execute(connection)
        .await?;
    Ok(())
}

/// Changes one occurrence, or all of its series that are planned and were not edited alone. A new
/// time moves each by as much, by the clock of the series' time zone. The answer is the one named.
///
/// # Errors
/// As updating an activity; [`Error::Conflict`] for an activity without a series.
pub async fn edit(
    db: &Db,
    principal: &Principal,
    id: i64,
    scope: Scope,
    changes: JsonMap,
) -> Result<Saved> {
    let store = Store::new(db.clone());
    let mut tx = db.begin(principal).await?;
    if !within(&mut tx, db, principal, "activity", id, RowAccess::Read).await? {
        return Err(Error::NotFound);
    }
    if !principal.can("activity", Action::Update) {
        return Err(Error::Forbidden);
    }
    let row = sqlx::query(
        "select a.series, a.starts_at, a.ends_at, s.time_zone, s.template, s.starts_at as begins
         from crm.activity a join sys.activity_series s on s.id = a.series where a.id = $1 for update of a, s",
    )
    .bind(id)
    .fetch_optional(&mut *tx)
    .await?
    .ok_or_else(|| {
        Error::conflict(
            "no_series",
            "The activity doesn't belong to a series; change the activity itself.",
            "该活动不属于重复系列，请直接修改该活动。",
        )
    })?;
    if scope == Scope::One {
        store
            .update_in(&mut tx, principal, "activity", id, changes, None)
            .await?;
        sqlx::query("update crm.activity set series_detached = true where id = $1")
            .bind(id)
            .execute(&mut *tx)
            .await?;
    } else {
        let series: i64 = row.try_get("series")?;
        let zone: Tz = recurrence::time_zone("time_zone", row.try_get("time_zone")?)?;
        let starts: DateTime<Utc> = row.try_get("starts_at")?;
        let new_start = instant(&changes, "starts_at")?.unwrap_or(starts);
        let shift = recurrence::local(new_start, zone) - recurrence::local(starts, zone);
        let old_ends: Option<DateTime<Utc>> = row.try_get("ends_at")?;
        let ends = instant(&changes, "ends_at")?;
        let length = match (ends, old_ends) {
            (Some(ends), _) => Some(ends - new_start),
            (None, Some(ends)) => Some(ends - starts),
            (None, None) => None,
        };
        let mut patch = changes;
        patch.remove("starts_at");
        patch.remove("ends_at");
        let occurrences: Vec<(i64, DateTime<Utc>)> = sqlx::query_as(
            "select id, starts_at from crm.activity where series = $1 and deleted_at is null and series_detached is not true
               and (status = 'planned' or id = $2) order by id for update",
        )
        .bind(series)
        .bind(id)
        .fetch_all(&mut *tx)
        .await?;
        for (occurrence, at) in occurrences {
            let mut own = patch.clone();
            let moved = recurrence::instant(recurrence::local(at, zone) + shift, zone);
            if moved != at {
                own.insert("starts_at".to_owned(), json!(moved));
            }
            if let Some(length) = length {
                own.insert("ends_at".to_owned(), json!(moved + length));
            }
            store
                .update_in(&mut tx, principal, "activity", occurrence, own, None)
                .await?;
        }
        // Later occurrences are made as the series is now.
        let Sql(mut template): Sql<JsonMap> = row.try_get("template")?;
        template.extend(patch);
        if let Some(length) = length {
            template.insert("minutes".to_owned(), json!(length.num_minutes()));
        }
        let begins: DateTime<Utc> = row.try_get("begins")?;
        sqlx::query("update sys.activity_series set template = $2, starts_at = $3 where id = $1")
            .bind(series)
            .bind(Sql(&template))
            .bind(recurrence::instant(
                recurrence::local(begins, zone) + shift,
                zone,
            ))
            .execute(&mut *tx)
            .await?;
    }
    store
        .written_in(&mut tx, principal, "activity", id)
        .await?
        .commit(tx)
        .await
}

/// Makes the occurrences that have come within a year of `now`.
///
/// # Errors
/// The database failed.
pub(crate) async fn extend(db: &Db, now: DateTime<Utc>) -> Result<()> {
    let due: Vec<i64> = sqlx::query_scalar(
        "select id from sys.activity_series where generated_until < $1 order by id limit 100",
    )
    .bind(now + AHEAD - TimeDelta::days(30))
    .fetch_all(db.pool())
    .await?;
    for series in due {
        let principal = Principal::system();
        let mut tx = db.begin(&principal).await?;
        let row = sqlx::query("select * from sys.activity_series where id = $1 for update")
            .bind(series)
            .fetch_one(&mut *tx)
            .await?;
        let zone = recurrence::time_zone("time_zone", row.try_get("time_zone")?)?;
        let starts: DateTime<Utc> = row.try_get("starts_at")?;
        let rule = Recurrence::parse("recurrence", row.try_get("recurrence")?, starts, zone)?;
        let from: DateTime<Utc> = row.try_get("generated_until")?;
        let until = now + AHEAD;
        if from >= until {
            continue;
        }
        let Sql(mut template): Sql<JsonMap> = row.try_get("template")?;
        let maker: Option<i64> = row.try_get("created_by")?;
        if let (false, Some(maker)) = (template.contains_key("owner"), maker) {
            template.insert("owner".to_owned(), json!(maker));
        }
        let times = rule.between(from + TimeDelta::milliseconds(1), until, AT_ONCE);
        make(db, &mut tx, &principal, series, &template, &times).await?;
        sqlx::query("update sys.activity_series set generated_until = $2 where id = $1")
            .bind(series)
            .bind(until)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
    }
    Ok(())
}
