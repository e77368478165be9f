//! Customer analyses on fresh data, within the caller's rights: RFM, lifetime value, sales, retention.

#![expect(
    unused_qualifications,
    reason = "written by the macro that documents parameters"
)]

pub mod baskets;
pub mod retained;

use axum::{Json, extract::State};
use basalt_query::{
    ReadAt, Session,
    analysis::{
        self, AnalysisError, Purchases,
        clv::{self, BacktestOutcome, ClvRequest, ClvResult},
        cohort::{self, RetentionRequest},
        rfm::{self, RfmRequest, Scheme},
        sales,
    },
};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::{
    App,
    caller::{Can, Customer, Order, Read},
    input::Params,
    problem::{Problem, Result, Text},
};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct AsOf {
    /// The last day that is known. Without: the day of the last purchase.
    as_of: Option<NaiveDate>,
}

#[derive(Serialize, ToSchema)]
pub struct RfmAnswer {
    as_of: NaiveDate,
    /// Scores go from 1 to this.
    classes: u8,
    /// Every combination of recency and frequency score; r descending, f ascending.
    grid: Vec<RfmCell>,
    segments: Vec<RfmSegmentTotal>,
    lsn: String,
}

#[derive(Serialize, ToSchema)]
pub struct RfmCell {
    r: u8,
    f: u8,
    customers: u64,
    revenue: f64,
}

#[derive(Serialize, ToSchema)]
pub struct RfmSegmentTotal {
    segment: String,
    customers: u64,
    revenue: f64,
}

/// RFM grid and segments
#[utoipa::path(get, path = "/api/v1/analytics/rfm", tag = "analytics", params(AsOf), responses((status = 200, body = RfmAnswer)))]
pub async fn rfm(
    State(app): State<App>,
    caller: Can<Read, Customer>,
    Params(params): Params<AsOf>,
) -> Result<Json<RfmAnswer>> {
    let (session, purchases, as_of) = bought(&app, &caller, params.as_of).await?;
    let result = off_thread(move || {
        rfm::score_customers(
            &purchases.summarise(as_of),
            &RfmRequest {
                as_of,
                scheme: Scheme::default(),
            },
        )
    })
    .await?;
    Ok(Json(RfmAnswer {
        as_of: result.as_of,
        classes: result.classes,
        grid: result
            .grid
            .iter()
            .map(|c| RfmCell {
                r: c.r,
                f: c.f,
                customers: c.customers,
                revenue: c.revenue,
            })
            .collect(),
        segments: result
            .segments
            .iter()
            .map(|s| RfmSegmentTotal {
                segment: s.segment.key().to_owned(),
                customers: s.customers,
                revenue: s.revenue,
            })
            .collect(),
        lsn: session.lsn().to_string(),
    }))
}

#[derive(Serialize, ToSchema)]
pub struct ClvAnswer {
    as_of: NaiveDate,
    horizon_months: u32,
    yearly_discount: f64,
    customers: usize,
    /// Discounted value of all customers within the horizon.
    total_clv: f64,
    /// Purchases expected in the next 90 days.
    expected_orders: f64,
    mean_p_alive: f64,
    /// Parameters and likelihood of the purchase model.
    #[schema(value_type = Object)]
    purchase_fit: Value,
    /// Parameters and likelihood of the spend model.
    #[schema(value_type = Object)]
    spend_fit: Value,
    /// Customers with the highest value.
    top: Vec<ClvCustomer>,
    /// What the models, fitted on the past, said about a period that has already happened.
    backtest: Option<ClvBacktest>,
    /// Why these data don't allow a back-test.
    backtest_impossible: Option<String>,
    lsn: String,
}

#[derive(Serialize, ToSchema)]
pub struct ClvCustomer {
    customer_id: i64,
    p_alive: f64,
    expected_orders: f64,
    expected_spend: f64,
    clv: f64,
}

#[derive(Serialize, ToSchema)]
pub struct ClvBacktest {
    calibration_from: NaiveDate,
    calibration_to: NaiveDate,
    holdout_to: NaiveDate,
    customers: usize,
    classes: Vec<ClvBacktestClass>,
    actual_purchases: f64,
    predicted_purchases: f64,
    actual_revenue: f64,
    predicted_revenue: f64,
    mean_absolute_error: f64,
    correlation: f64,
}

#[derive(Serialize, ToSchema)]
pub struct ClvBacktestClass {
    /// Repeat purchases in the calibration period.
    repeat_purchases: u32,
    or_more: bool,
    customers: usize,
    actual: f64,
    predicted: f64,
}

const TOP: usize = 20;

/// Customer lifetime value with back-test
#[utoipa::path(get, path = "/api/v1/analytics/clv", tag = "analytics", params(AsOf), responses((status = 200, body = ClvAnswer)))]
pub async fn clv(
    State(app): State<App>,
    caller: Can<Read, Customer>,
    Params(params): Params<AsOf>,
) -> Result<Json<ClvAnswer>> {
    let (session, purchases, as_of) = bought(&app, &caller, params.as_of).await?;
    let result =
        off_thread(move || clv::value_customers(&purchases, &ClvRequest::new(as_of))).await?;
    Ok(Json(clv_answer(result, session.lsn().to_string())?))
}

fn clv_answer(result: ClvResult, lsn: String) -> Result<ClvAnswer> {
    let mut rows = result.rows;
    rows.sort_by(|a, b| b.clv.total_cmp(&a.clv));
    let top = rows.iter().take(TOP).map(|row| ClvCustomer {
        customer_id: row.customer_id,
        p_alive: row.p_alive,
        expected_orders: row.expected_orders,
        expected_spend: row.expected_spend,
        clv: row.clv,
    });
    let (backtest, backtest_impossible) = match result.backtest {
        BacktestOutcome::Done(done) => (Some(backtest(done)), None),
        BacktestOutcome::Impossible { reason } => (None, Some(reason)),
    };
    Ok(ClvAnswer {
        as_of: result.request.as_of,
        horizon_months: result.request.horizon_months,
        yearly_discount: result.request.yearly_discount,
        customers: rows.len(),
        total_clv: result.total_clv,
        expected_orders: result.expected_orders,
        mean_p_alive: result.mean_p_alive,
        purchase_fit: serde_json::to_value(result.purchase_fit).map_err(Problem::internal)?,
        spend_fit: serde_json::to_value(result.spend_fit).map_err(Problem::internal)?,
        top: top.collect(),
        backtest,
        backtest_impossible,
        lsn,
    })
}

fn backtest(done: clv::Backtest) -> ClvBacktest {
    let class = |c: &clv::BacktestClass| ClvBacktestClass {
        repeat_purchases: c.repeat_purchases,
        or_more: c.or_more,
        customers: c.customers,
        actual: c.actual,
        predicted: c.predicted,
    };
    ClvBacktest {
        calibration_from: done.calibration_from,
        calibration_to: done.calibration_to,
        holdout_to: done.holdout_to,
        customers: done.customers,
        classes: done.classes.iter().map(class).collect(),
        actual_purchases: done.actual_purchases,
        predicted_purchases: done.predicted_purchases,
        actual_revenue: done.actual_revenue,
        predicted_revenue: done.predicted_revenue,
        mean_absolute_error: done.mean_absolute_error,
        correlation: done.correlation,
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct SalesParams {
    /// `month`, `region`, or both: `month,region`.
    #[param(default = "month,region")]
    by: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct SalesAnswer {
    items: Vec<SalesRow>,
    lsn: String,
}

#[derive(Clone, Serialize, ToSchema)]
pub struct SalesRow {
    /// First day of the month; absent when not asked for.
    pub(super) month: Option<NaiveDate>,
    pub(super) region: Option<String>,
    /// Sum in the base currency.
    pub(super) amount: f64,
    pub(super) orders: i64,
}

/// Confirmed and paid orders by month and region
#[utoipa::path(get, path = "/api/v1/analytics/sales", tag = "analytics", params(SalesParams), responses((status = 200, body = SalesAnswer)))]
pub async fn sales(
    State(app): State<App>,
    caller: Can<Read, Order>,
    Params(params): Params<SalesParams>,
) -> Result<Json<SalesAnswer>> {
    let by = params.by.as_deref().unwrap_or("month,region");
    let dimensions: Vec<&str> = by.split(',').map(str::trim).collect();
    if let Some(unknown) = dimensions
        .iter()
        .find(|d| !matches!(**d, "month" | "region"))
    {
        return Err(Problem::invalid(
            "by",
            Text::new(
                format!("“{unknown}” is neither month nor region."),
                format!("“{unknown}”不是 month 或 region。"),
            ),
        ));
    }
    let session = app
        .analysis()?
        .engine
        .session(&caller, ReadAt::Fresh)
        .await?;
    let mut items: Vec<SalesRow> = Vec::new();
    let mut found = monthly_sales(&session).await?;
    for row in &mut found {
        row.month = row.month.filter(|_| dimensions.contains(&"month"));
        row.region = row.region.take().filter(|_| dimensions.contains(&"region"));
    }
    found.sort_by(|a, b| (a.month, &a.region).cmp(&(b.month, &b.region)));
    for row in found {
        match items.last_mut() {
            Some(last) if (last.month, &last.region) == (row.month, &row.region) => {
                last.amount += row.amount;
                last.orders += row.orders;
            }
            _ => items.push(row),
        }
    }
    Ok(Json(SalesAnswer {
        items,
        lsn: session.lsn().to_string(),
    }))
}

/// Sales by month and region as the session's principal may see them.
pub(super) async fn monthly_sales(session: &Session) -> Result<Vec<SalesRow>> {
    let rows = sales::by_month_and_region(session).await?;
    Ok(rows
        .into_iter()
        .map(|row| SalesRow {
            month: Some(row.month),
            region: row.region,
            amount: row.amount,
            orders: row.orders,
        })
        .collect())
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct RetentionParams {
    /// The last day that is known. Without: the day of the last purchase.
    as_of: Option<NaiveDate>,
    /// Months after the first one to show.
    #[param(default = 12, minimum = 1, maximum = 60)]
    months: Option<u32>,
}

#[derive(Serialize, ToSchema)]
pub struct RetentionAnswer {
    as_of: NaiveDate,
    cohorts: Vec<RetentionCohort>,
    lsn: String,
}

#[derive(Serialize, ToSchema)]
pub struct RetentionCohort {
    /// Month of the first purchase.
    month: NaiveDate,
    customers: u64,
    cells: Vec<RetentionCell>,
}

#[derive(Serialize, ToSchema)]
pub struct RetentionCell {
    months_since: u32,
    customers: u64,
    /// Share of the cohort that bought in that month, 0 to 1.
    rate: f64,
    revenue: f64,
}

/// Retention by month of first purchase
#[utoipa::path(get, path = "/api/v1/analytics/retention", tag = "analytics", params(RetentionParams), responses((status = 200, body = RetentionAnswer)))]
pub async fn retention(
    State(app): State<App>,
    caller: Can<Read, Customer>,
    Params(params): Params<RetentionParams>,
) -> Result<Json<RetentionAnswer>> {
    let months = params.months.unwrap_or(12).clamp(1, 60);
    let (session, purchases, as_of) = bought(&app, &caller, params.as_of).await?;
    let result = off_thread(move || {
        Ok(cohort::retention_of(
            &purchases,
            &RetentionRequest { as_of, months },
        ))
    })
    .await?;
    let cell = |c: &cohort::RetentionCell| RetentionCell {
        months_since: c.months_since,
        customers: c.customers,
        rate: c.rate,
        revenue: c.revenue,
    };
    let cohorts = result
        .cohorts
        .iter()
        .map(|c| RetentionCohort {
            month: c.month,
            customers: c.customers,
            cells: c.cells.iter().map(cell).collect(),
        })
        .collect();
    Ok(Json(RetentionAnswer {
        as_of: result.as_of,
        cohorts,
        lsn: session.lsn().to_string(),
    }))
}

/// The caller's purchases as of now, and the day to look from.
async fn bought(
    app: &App,
    caller: &crate::caller::Caller,
    as_of: Option<NaiveDate>,
) -> Result<(Session, Purchases, NaiveDate)> {
    let session = app
        .analysis()?
        .engine
        .session(caller, ReadAt::Fresh)
        .await?;
    let purchases = analysis::purchases(&session).await?;
    let last = purchases.span().map(|(_, last)| last);
    let as_of = as_of
        .or(last)
        .unwrap_or_else(|| chrono::Utc::now().date_naive());
    Ok((session, purchases, as_of))
}

/// Fits take processor time; they must not hold up the async threads.
async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, AnalysisError> + Send + 'static,
) -> Result<T> {
    Ok(tokio::task::spawn_blocking(work)
        .await
        .map_err(Problem::internal)??)
}
