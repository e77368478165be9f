//! All scores of every customer at once, as the system of record keeps them beside the customer.

use std::collections::HashMap;

use basalt_oltp::scores::CustomerScore;
use chrono::NaiveDate;
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;

use super::clv::{self, ClvRequest, ClvResult, ClvRow};
use super::rfm::{self, RfmRequest, RfmResult, Scheme};
use super::{AnalysisError, Purchases, purchases};
use crate::Session;

/// Scores and the analyses they come from.
#[derive(Debug)]
pub struct ScoreRun {
    pub scores: Vec<CustomerScore>,
    pub rfm: RfmResult,
    /// Lifetime values; where the data are not enough for the models, the reason, and the scores carry none.
    pub clv: Result<ClvResult, AnalysisError>,
}

/// Scores every customer that the session's principal may see, with quintiles and the standard horizon.
pub async fn score_customers(
    session: &Session,
    as_of: NaiveDate,
) -> Result<ScoreRun, AnalysisError> {
    score_purchases(&purchases(session).await?, as_of)
}

/// Scores the customers of purchases at hand.
pub fn score_purchases(purchases: &Purchases, as_of: NaiveDate) -> Result<ScoreRun, AnalysisError> {
    let rfm = rfm::score_customers(
        &purchases.summarise(as_of),
        &RfmRequest {
            as_of,
            scheme: Scheme::Quantile(5),
        },
    )?;
    let clv = clv::value_customers(purchases, &ClvRequest::new(as_of));
    let values: HashMap<i64, (&ClvRow, ValueBand)> = match &clv {
        Ok(clv) => bands(&clv.rows).collect(),
        Err(_) => HashMap::new(),
    };
    let scores = rfm
        .rows
        .iter()
        .map(|row| {
            let value = values.get(&row.customer_id);
            CustomerScore {
                customer_id: row.customer_id,
                as_of,
                recency_days: i32::try_from(row.recency_days).unwrap_or(i32::MAX),
                frequency: i32::try_from(row.frequency).unwrap_or(i32::MAX),
                monetary: money(row.monetary),
                r: i32::from(row.r),
                f: i32::from(row.f),
                m: i32::from(row.m),
                rfm_cell: row.cell(),
                rfm_segment: row.segment.key().to_owned(),
                p_alive: value.map(|(row, _)| steady(row.p_alive)),
                expected_orders: value.map(|(row, _)| steady(row.expected_orders)),
                expected_spend: value.map(|(row, _)| steady(row.expected_spend)),
                clv: value.map(|(row, _)| money(row.clv)),
                value_band: value.map(|(_, band)| band.key().to_owned()),
            }
        })
        .collect();
    Ok(ScoreRun { scores, rfm, clv })
}

/// Where a customer stands by lifetime value among all: the top 5 %, the next 15 %, the next 30 %, the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ValueBand {
    Top,
    High,
    Middle,
    Low,
}

impl ValueBand {
    fn key(self) -> &'static str {
        match self {
            Self::Top => "top",
            Self::High => "high",
            Self::Middle => "middle",
            Self::Low => "low",
        }
    }

    /// By the share of customers with a strictly higher value.
    fn of(share_above: f64) -> Self {
        match share_above {
            share if share < 0.05 => Self::Top,
            share if share < 0.20 => Self::High,
            share if share < 0.50 => Self::Middle,
            _ => Self::Low,
        }
    }
}

fn bands(rows: &[ClvRow]) -> impl Iterator<Item = (i64, (&ClvRow, ValueBand))> {
    let mut descending: Vec<&ClvRow> = rows.iter().collect();
    descending.sort_by(|left, right| right.clv.total_cmp(&left.clv));
    let customers = descending.len() as f64;
    let mut above = 0;
    let mut banded = Vec::with_capacity(descending.len());
    for (position, row) in descending.iter().enumerate() {
        if position > 0 && row.clv < descending[position - 1].clv {
            above = position;
        }
        banded.push((
            row.customer_id,
            (*row, ValueBand::of(above as f64 / customers)),
        ));
    }
    banded.into_iter()
}

fn money(value: f64) -> Decimal {
    Decimal::from_f64(value).unwrap_or_default().round_dp(2)
}

/// Six decimals: enough for any decision, and a refit on the same purchases does not rewrite the row.
fn steady(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Days;

    #[test]
    fn scores_without_a_model_say_why_and_leave_its_columns_empty() {
        let day = NaiveDate::from_ymd_opt(2026, 1, 1).expect("a date");
        let purchases = Purchases::from_rows(
            (0..50).map(|customer| (customer, day + Days::new(customer as u64), 10.0)),
        );
        let run = score_purchases(&purchases, day + Days::new(60))
            .expect("RFM needs no repeat purchases");
        assert_eq!(run.scores.len(), 50);
        assert!(run.clv.is_err());
        assert!(run.scores.iter().all(|score| score.clv.is_none()
            && score.p_alive.is_none()
            && score.value_band.is_none()));
    }

    #[test]
    fn bands_are_shares_of_the_customers_and_equals_stay_together() {
        let row = |customer_id: i64, clv: f64| ClvRow {
            customer_id,
            repeat_purchases: 0,
            recency_weeks: 0.0,
            age_weeks: 1.0,
            p_alive: 1.0,
            expected_orders: 0.0,
            expected_spend: 0.0,
            clv,
        };
        let rows: Vec<ClvRow> = (0..100)
            .map(|i| row(i, if i < 60 { 1.0 } else { f64::from(i as i32) }))
            .collect();
        let bands: HashMap<i64, ValueBand> =
            bands(&rows).map(|(id, (_, band))| (id, band)).collect();
        assert_eq!(bands[&99], ValueBand::Top);
        assert_eq!(bands[&95], ValueBand::Top);
        assert_eq!(bands[&94], ValueBand::High);
        assert_eq!(bands[&60], ValueBand::Middle);
        assert_eq!(bands[&0], bands[&59]);
        assert_eq!(bands[&0], ValueBand::Middle, "sixty share the 40 % mark");
    }
}
