//! Revenue retention: how much of one period's revenue the same customers bring again in an equal period.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};

use super::{AnalysisError, Purchases, purchases};
use crate::Session;

/// Two periods of `days` days, by their first days. The second must not begin before the first is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevenueRetentionRequest {
    pub first: NaiveDate,
    pub second: NaiveDate,
    pub days: u32,
}

/// Revenue of the customers who bought in the first period. `before` − `lost` − `contracted` + `expanded` = `after`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RevenueRetention {
    pub request: RevenueRetentionRequest,
    /// Customers with revenue in the first period.
    pub customers: u64,
    /// Those of them with revenue in the second.
    pub kept_customers: u64,
    pub before: f64,
    pub after: f64,
    /// Revenue of the first period of customers who bring none in the second.
    pub lost: f64,
    pub contracted: f64,
    pub expanded: f64,
    /// Revenue of the second period from customers without any in the first; in neither rate.
    pub new: f64,
    /// Σ min(after, before) / Σ before; absent without revenue in the first period.
    pub gross: Option<f64>,
    /// Σ after / Σ before.
    pub net: Option<f64>,
}

/// Revenue retention of the customers that the session's principal may see.
///
/// # Errors
///
/// Periods that are empty or overlap, and those of the query.
pub async fn revenue_retention(
    session: &Session,
    request: &RevenueRetentionRequest,
) -> Result<RevenueRetention, AnalysisError> {
    revenue_retention_of(&purchases(session).await?, request)
}

/// Revenue retention computed from purchases at hand.
///
/// # Errors
///
/// Periods that are empty or overlap.
pub fn revenue_retention_of(
    purchases: &Purchases,
    request: &RevenueRetentionRequest,
) -> Result<RevenueRetention, AnalysisError> {
    let end = |start: NaiveDate| start.checked_add_days(Days::new(u64::from(request.days)));
    let (Some(first_end), Some(second_end)) = (end(request.first), end(request.second)) else {
        return Err(AnalysisError::Request(
            "the periods leave the calendar".to_owned(),
        ));
    };
    if request.days == 0 || request.second < first_end {
        return Err(AnalysisError::Request(format!(
            "the second period must begin on {first_end} or later, and both need a day or more"
        )));
    }
    let mut revenue: BTreeMap<i64, (f64, f64)> = BTreeMap::new();
    for (customer, day, amount) in purchases.iter() {
        if (request.first..first_end).contains(&day) {
            revenue.entry(customer).or_default().0 += amount;
        } else if (request.second..second_end).contains(&day) {
            revenue.entry(customer).or_default().1 += amount;
        }
    }
    let mut result = RevenueRetention {
        request: *request,
        customers: 0,
        kept_customers: 0,
        before: 0.0,
        after: 0.0,
        lost: 0.0,
        contracted: 0.0,
        expanded: 0.0,
        new: 0.0,
        gross: None,
        net: None,
    };
    let mut kept = 0.0;
    for (before, after) in revenue.into_values() {
        if before <= 0.0 {
            result.new += after;
            continue;
        }
        result.customers += 1;
        result.before += before;
        result.after += after;
        kept += after.min(before);
        if after <= 0.0 {
            result.lost += before;
            continue;
        }
        result.kept_customers += 1;
        result.contracted += (before - after).max(0.0);
        result.expanded += (after - before).max(0.0);
    }
    if result.before > 0.0 {
        result.gross = Some(kept / result.before);
        result.net = Some(result.after / result.before);
    }
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    #[test]
    fn gross_and_net_are_those_computed_by_hand() {
        let purchases = Purchases::from_rows([
            (1, day("2026-01-01"), 60.0),
            (1, day("2026-01-30"), 40.0),
            (1, day("2026-01-31"), 150.0),
            (2, day("2026-01-10"), 200.0),
            (2, day("2026-03-01"), 80.0),
            (3, day("2026-01-10"), 100.0),
            (3, day("2026-03-02"), 500.0),
            (4, day("2026-02-10"), 70.0),
        ]);
        let request = RevenueRetentionRequest {
            first: day("2026-01-01"),
            second: day("2026-01-31"),
            days: 30,
        };
        let result = revenue_retention_of(&purchases, &request).expect("two periods");
        assert_eq!((result.customers, result.kept_customers), (3, 2));
        assert_eq!((result.before, result.after), (400.0, 230.0));
        assert_eq!(
            (result.lost, result.contracted, result.expanded, result.new),
            (100.0, 120.0, 50.0, 70.0)
        );
        // min(150, 100) + min(80, 200) + min(0, 100) = 180 of 400; 230 of 400.
        assert_eq!((result.gross, result.net), (Some(0.45), Some(0.575)));
    }

    #[test]
    fn overlapping_or_empty_periods_are_refused_and_nothing_has_no_rate() {
        let request = |second: &str, days| RevenueRetentionRequest {
            first: day("2026-01-01"),
            second: day(second),
            days,
        };
        let none = Purchases::default();
        assert!(revenue_retention_of(&none, &request("2026-01-30", 30)).is_err());
        assert!(revenue_retention_of(&none, &request("2026-01-31", 0)).is_err());
        let empty = revenue_retention_of(&none, &request("2026-01-31", 30)).expect("two periods");
        assert_eq!((empty.gross, empty.net), (None, None));
    }
}
