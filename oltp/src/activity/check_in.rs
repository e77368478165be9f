//! Checking in at a customer: when, and where as far as the device says.

use basalt_model::{Action, Principal, Problem, RowAccess};
use chrono::Utc;
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;
use serde::Deserialize;

use crate::db::Db;
use crate::error::{Error, Result};
use crate::record::{Saved, Store};
use crate::rights::within;

/// What a device knows; both coordinates (degrees, WGS 84) or none.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CheckIn {
    pub lat: Option<f64>,
    pub lon: Option<f64>,
    /// As people call the place.
    pub place: Option<String>,
}

/// Checks in at a visit: time and place are kept. Without a position the place is unverified. Once.
///
/// # Errors
/// [`Error::NotFound`] when the activity isn't readable; [`Error::Forbidden`] when it can't be changed;
/// [`Error::Conflict`] when it was checked in already or is no visit; [`Error::Validation`] for impossible coordinates.
pub async fn check_in(db: &Db, principal: &Principal, id: i64, input: CheckIn) -> Result<Saved> {
    let mut tx = db.begin(principal).await?;
    if !within(&mut tx, db, principal, "activity", id, RowAccess::Read).await? {
        return Err(Error::NotFound);
    }
    if !(principal.can("activity", Action::Update)
        && within(&mut tx, db, principal, "activity", id, RowAccess::Write).await?)
    {
        return Err(Error::Forbidden);
    }
    let (lat, lon) = position(&input)?;
    let place = input
        .place
        .as_deref()
        .map(str::trim)
        .filter(|p| !p.is_empty());
    if place.is_some_and(|place| place.chars().count() > 300) {
        return Err(Error::field(
            "place",
            Problem::new("too_long", "has at most 300 characters", "最多 300 个字符"),
        ));
    }
    let line = match (place, lat, lon) {
        (Some(place), ..) => Some(place.to_owned()),
        (None, Some(lat), Some(lon)) => Some(format!("{lat}, {lon}")),
        _ => None,
    };
    let done = sqlx::query(
        "update crm.activity set checked_in_at = $2, place = $3, place_lat = $4, place_lon = $5, place_verified = $6
         where id = $1 and type = 'visit' and checked_in_at is null",
    )
    .bind(id)
    .bind(Utc::now())
    .bind(line)
    .bind(lat)
    .bind(lon)
    .bind(lat.is_some())
    .execute(&mut *tx)
    .await?;
    if done.rows_affected() == 0 {
        return Err(Error::conflict(
            "not_to_check_in",
            "Only a visit can be checked in at, and only once.",
            "只有拜访活动可以签到，且只能签到一次。",
        ));
    }
    Store::new(db.clone())
        .written_in(&mut tx, principal, "activity", id)
        .await?
        .commit(tx)
        .await
}

fn position(input: &CheckIn) -> Result<(Option<Decimal>, Option<Decimal>)> {
    let (Some(lat), Some(lon)) = (input.lat, input.lon) else {
        return if input.lat.is_none() && input.lon.is_none() {
            Ok((None, None))
        } else {
            Err(Error::field(
                "lon",
                Problem::new(
                    "pair",
                    "goes with lat: give both or none",
                    "须与 lat 同时提供或同时省略",
                ),
            ))
        };
    };
    let within = |value: f64, limit: f64| value.is_finite() && value.abs() <= limit;
    if !within(lat, 90.0) || !within(lon, 180.0) {
        return Err(Error::field(
            "lat",
            Problem::new(
                "range",
                "and lon are no place on earth",
                "与 lon 不是有效的经纬度",
            ),
        ));
    }
    // A millionth of a degree is a hand's breadth.
    let rounded = |value: f64| Decimal::from_f64(value).map(|value| value.round_dp(6));
    Ok((rounded(lat), rounded(lon)))
}
