//! The home page's figures: one session, so that all of them are of the same moment.

use axum::{Json, extract::State};
use basalt_model::Action;
use basalt_query::{ReadAt, Session};
use chrono::NaiveDate;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::analytics::monthly_sales;
use crate::{App, caller::Caller, problem::Result};

#[derive(Serialize, ToSchema)]
pub struct Dashboard {
    cards: Vec<Card>,
    sales_by_month: Vec<MonthSales>,
    rfm: Vec<RfmSlice>,
    campaigns: Vec<CampaignLine>,
    freshness: DataFreshness,
}

#[derive(Serialize, ToSchema)]
pub struct Card {
    /// `revenue`, `orders`, `customers`, `active_customers`, `average_order`, `expected_value`.
    key: String,
    value: f64,
    /// `money`, `count`.
    unit: &'static str,
    /// Against the same days of the month before, 0.1 for ten per cent more.
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<f64>,
}

#[derive(Serialize, ToSchema)]
pub struct MonthSales {
    month: NaiveDate,
    region: Option<String>,
    amount: f64,
    orders: i64,
}

#[derive(Serialize, ToSchema)]
pub struct RfmSlice {
    segment: String,
    customers: i64,
    revenue: f64,
}

#[derive(Serialize, ToSchema)]
pub struct CampaignLine {
    campaign_id: i64,
    campaign: String,
    planned: i64,
    accepted: i64,
    opened: i64,
    clicked: i64,
    revenue_after: f64,
}

#[derive(Serialize, ToSchema)]
pub struct DataFreshness {
    /// The figures show every change up to here.
    lsn: String,
    /// Milliseconds it took to wait for that and to compute.
    lag_ms: f64,
}

const RFM: &str = "SELECT rfm_segment, count(*), CAST(coalesce(sum(revenue), 0) AS DOUBLE) AS turnover FROM mart.customer WHERE rfm_segment IS NOT NULL GROUP BY rfm_segment ORDER BY turnover DESC";
const MONTH_TO_DATE: &str = "
    WITH placed AS (SELECT ordered_on, amount_base, date_trunc('month', ordered_on) AS month FROM mart.orders WHERE status IN ('confirmed', 'paid')),
         newest AS (SELECT max(ordered_on) AS day, max(month) AS month FROM placed)
    SELECT CAST(coalesce(sum(amount_base) FILTER (WHERE placed.month = newest.month), 0) AS DOUBLE), count(*) FILTER (WHERE placed.month = newest.month),
           CAST(coalesce(sum(amount_base) FILTER (WHERE placed.month < newest.month), 0) AS DOUBLE), count(*) FILTER (WHERE placed.month < newest.month)
    FROM placed CROSS JOIN newest
    WHERE placed.month >= newest.month - INTERVAL '1 month' AND extract(day FROM placed.ordered_on) <= extract(day FROM newest.day)
    HAVING count(*) > 0";
const CUSTOMERS: &str = "SELECT count(*), count(*) FILTER (WHERE p_alive >= 0.5), CAST(coalesce(sum(clv), 0) AS DOUBLE) FROM mart.customer";
const CAMPAIGNS: &str = "SELECT campaign_id, campaign, planned, accepted, opened, clicked, CAST(coalesce(revenue_after, 0) AS DOUBLE) FROM mart.campaign_result ORDER BY campaign_id DESC LIMIT 10";

/// Figures of the home page
#[utoipa::path(get, path = "/api/v1/dashboard", operation_id = "dashboard", tag = "analytics", responses((status = 200, body = Dashboard)))]
pub async fn show(State(app): State<App>, caller: Caller) -> Result<Json<Dashboard>> {
    let began = std::time::Instant::now();
    let session = app
        .analysis()?
        .engine
        .session(&caller, ReadAt::Fresh)
        .await?;
    let may = |object| caller.can(object, Action::Read);
    let (sales, mut cards) = if may("order") {
        (monthly_sales(&session).await?, sales_cards(&session).await?)
    } else {
        (Vec::new(), Vec::new())
    };
    let sales_by_month: Vec<MonthSales> = sales
        .into_iter()
        .filter_map(|row| {
            Some(MonthSales {
                month: row.month?,
                region: row.region,
                amount: row.amount,
                orders: row.orders,
            })
        })
        .collect();
    let mut rfm = Vec::new();
    if may("customer") {
        cards.extend(customer_cards(&session).await?);
        rfm = rows(&session, RFM)
            .await?
            .iter()
            .map(|row| RfmSlice {
                segment: text(row, 0),
                customers: integer(row, 1),
                revenue: number(row, 2),
            })
            .collect();
    }
    let campaigns = if may("campaign") {
        campaign_lines(&session).await?
    } else {
        Vec::new()
    };
    let freshness = DataFreshness {
        lsn: session.lsn().to_string(),
        lag_ms: began.elapsed().as_secs_f64() * 1e3,
    };
    Ok(Json(Dashboard {
        cards,
        sales_by_month,
        rfm,
        campaigns,
        freshness,
    }))
}

/// The month of the last order up to its day, against the same days of the month before: a month that
/// has just begun must not look like a collapse.
async fn sales_cards(session: &Session) -> Result<Vec<Card>> {
    let found = rows(session, MONTH_TO_DATE).await?;
    let Some(row) = found.first() else {
        return Ok(Vec::new());
    };
    let (revenue, orders) = (number(row, 0), number(row, 1));
    let change = |now: f64, then: f64| (then > 0.0).then(|| now / then - 1.0);
    Ok(vec![
        Card {
            key: "revenue".into(),
            value: revenue,
            unit: "money",
            change: change(revenue, number(row, 2)),
        },
        Card {
            key: "orders".into(),
            value: orders,
            unit: "count",
            change: change(orders, number(row, 3)),
        },
        Card {
            key: "average_order".into(),
            value: if orders > 0.0 { revenue / orders } else { 0.0 },
            unit: "money",
            change: None,
        },
    ])
}

async fn customer_cards(session: &Session) -> Result<Vec<Card>> {
    let found = rows(session, CUSTOMERS).await?;
    let Some(row) = found.first() else {
        return Ok(Vec::new());
    };
    Ok(vec![
        Card {
            key: "customers".into(),
            value: number(row, 0),
            unit: "count",
            change: None,
        },
        Card {
            key: "active_customers".into(),
            value: number(row, 1),
            unit: "count",
            change: None,
        },
        Card {
            key: "expected_value".into(),
            value: number(row, 2),
            unit: "money",
            change: None,
        },
    ])
}

async fn campaign_lines(session: &Session) -> Result<Vec<CampaignLine>> {
    let line = |row: &Value| CampaignLine {
        campaign_id: integer(row, 0),
        campaign: text(row, 1),
        planned: integer(row, 2),
        accepted: integer(row, 3),
        opened: integer(row, 4),
        clicked: integer(row, 5),
        revenue_after: number(row, 6),
    };
    Ok(rows(session, CAMPAIGNS).await?.iter().map(line).collect())
}

async fn rows(session: &Session, sql: &str) -> Result<Vec<Value>> {
    Ok(session.collect(sql).await?.to_json_rows()?)
}

fn text(row: &Value, column: usize) -> String {
    row[column].as_str().unwrap_or_default().to_owned()
}

fn integer(row: &Value, column: usize) -> i64 {
    row[column].as_i64().unwrap_or_default()
}

fn number(row: &Value, column: usize) -> f64 {
    row[column].as_f64().unwrap_or_default()
}
