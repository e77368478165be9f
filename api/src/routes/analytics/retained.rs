//! Which customers stay: revenue retention between two periods, lifecycle states between two dates.

use axum::{Json, extract::State};
use basalt_query::analysis::{
    lifecycle::{self, LifecycleRequest, LifecycleState},
    revenue_retention::{self, RevenueRetentionRequest},
};
use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{bought, off_thread};
use crate::{
    App,
    caller::{Can, Customer, Read},
    input::Params,
    problem::{Problem, Result, Text},
};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct RevenueRetentionParams {
    /// First day of the first period. Without: the period right before the second.
    first: Option<NaiveDate>,
    /// First day of the second period. Without: the period ends with the last purchase.
    second: Option<NaiveDate>,
    /// Length of both periods in days.
    #[param(default = 90, minimum = 1, maximum = 3660)]
    days: Option<u32>,
}

#[derive(Serialize, ToSchema)]
pub struct RevenueRetentionAnswer {
    first: NaiveDate,
    second: NaiveDate,
    days: u32,
    /// Customers with revenue in the first period.
    customers: u64,
    /// Those of them with revenue in the second.
    kept_customers: u64,
    /// Their revenue in the first period, in the base currency.
    before: f64,
    /// Their revenue in the second period.
    after: f64,
    /// Revenue of the first period of customers without any in the second.
    lost: f64,
    contracted: f64,
    expanded: f64,
    /// Revenue of the second period from other customers; in neither rate.
    new: f64,
    /// Gross revenue retention, 0 to 1; absent without revenue in the first period.
    gross: Option<f64>,
    /// Net revenue retention; above 1 when the customers of the first period grow.
    net: Option<f64>,
    lsn: String,
}

/// Gross and net revenue retention
#[utoipa::path(get, path = "/api/v1/analytics/revenue_retention", tag = "analytics", params(RevenueRetentionParams), responses((status = 200, body = RevenueRetentionAnswer)))]
pub async fn revenue_retention(
    State(app): State<App>,
    caller: Can<Read, Customer>,
    Params(params): Params<RevenueRetentionParams>,
) -> Result<Json<RevenueRetentionAnswer>> {
    let days = within("days", params.days, 90)?;
    let (session, purchases, last) = bought(&app, &caller, None).await?;
    let second = match (params.second, params.first) {
        (Some(second), _) => second,
        (None, Some(first)) => later("first", first, days)?,
        (None, None) => earlier("second", last, days - 1)?,
    };
    let first = match params.first {
        Some(first) => first,
        None => earlier("second", second, days)?,
    };
    let request = RevenueRetentionRequest {
        first,
        second,
        days,
    };
    let result =
        off_thread(move || revenue_retention::revenue_retention_of(&purchases, &request)).await?;
    Ok(Json(RevenueRetentionAnswer {
        first,
        second,
        days,
        customers: result.customers,
        kept_customers: result.kept_customers,
        before: result.before,
        after: result.after,
        lost: result.lost,
        contracted: result.contracted,
        expanded: result.expanded,
        new: result.new,
        gross: result.gross,
        net: result.net,
        lsn: session.lsn().to_string(),
    }))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct LifecycleParams {
    /// The first date. Without: `active_days` before the second.
    from: Option<NaiveDate>,
    /// The second date. Without: the day of the last purchase.
    to: Option<NaiveDate>,
    /// A purchase within so many days is recent.
    #[param(default = 90, minimum = 1, maximum = 3660)]
    active_days: Option<u32>,
    /// Without a purchase for so many days a customer is lost; more than `active_days`.
    #[param(default = 365, minimum = 2, maximum = 3660)]
    lost_days: Option<u32>,
}

#[derive(Serialize, ToSchema)]
pub struct LifecycleAnswer {
    from: NaiveDate,
    to: NaiveDate,
    active_days: u32,
    lost_days: u32,
    /// The conversion matrix, by state on the first and on the second date.
    conversions: Vec<LifecycleConversion>,
    lsn: String,
}

#[derive(Serialize, ToSchema)]
pub struct LifecycleConversion {
    /// `new`, `active`, `returning`, `dormant` or `lost`; absent: had not bought by then.
    from: Option<String>,
    to: String,
    customers: u64,
    /// Share of all who were in `from`, 0 to 1.
    rate: f64,
}

/// Lifecycle states and who changed them
#[utoipa::path(get, path = "/api/v1/analytics/lifecycle", tag = "analytics", params(LifecycleParams), responses((status = 200, body = LifecycleAnswer)))]
pub async fn lifecycle(
    State(app): State<App>,
    caller: Can<Read, Customer>,
    Params(params): Params<LifecycleParams>,
) -> Result<Json<LifecycleAnswer>> {
    let active_days = within("active_days", params.active_days, 90)?;
    let lost_days = within("lost_days", params.lost_days, 365)?;
    let (session, purchases, to) = bought(&app, &caller, params.to).await?;
    let from = match params.from {
        Some(from) => from,
        None => earlier("to", to, active_days)?,
    };
    let request = LifecycleRequest {
        from,
        to,
        active_days,
        lost_days,
    };
    let result = off_thread(move || lifecycle::lifecycle_of(&purchases, &request)).await?;
    let key = |state: LifecycleState| state.key().to_owned();
    let conversions = result.conversions.iter().map(|cell| LifecycleConversion {
        from: cell.from.map(key),
        to: key(cell.to),
        customers: cell.customers,
        rate: cell.rate,
    });
    Ok(Json(LifecycleAnswer {
        from: request.from,
        to: request.to,
        active_days,
        lost_days,
        conversions: conversions.collect(),
        lsn: session.lsn().to_string(),
    }))
}

/// A number of days from 1 to ten years.
fn within(field: &str, days: Option<u32>, default: u32) -> Result<u32> {
    let days = days.unwrap_or(default);
    if (1..=3660).contains(&days) {
        return Ok(days);
    }
    Err(Problem::invalid(
        field,
        Text::new("Give 1 to 3660 days.", "请填写 1 到 3660 天。"),
    ))
}

fn earlier(field: &str, date: NaiveDate, days: u32) -> Result<NaiveDate> {
    date.checked_sub_days(Days::new(u64::from(days)))
        .ok_or_else(|| off_the_calendar(field))
}

fn later(field: &str, date: NaiveDate, days: u32) -> Result<NaiveDate> {
    date.checked_add_days(Days::new(u64::from(days)))
        .ok_or_else(|| off_the_calendar(field))
}

fn off_the_calendar(field: &str) -> Problem {
    let text = Text::new(
        "Give a date whose period is within the calendar.",
        "请填写日期,使整个期间在日历范围内。",
    );
    Problem::invalid(field, text)
}
