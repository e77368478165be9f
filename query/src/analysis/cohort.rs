//! Retention: of the customers who first bought in a month, how many buy again, and for how much, in each month after.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use super::{AnalysisError, Purchases, purchases};
use crate::Session;

/// Which cohorts, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetentionRequest {
    /// Later purchases don't exist yet. A month that isn't over by then counts as far as it went.
    pub as_of: NaiveDate,
    /// Months after the first one to show, at most.
    pub months: u32,
}

/// Cohorts in order of their month.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Retention {
    pub as_of: NaiveDate,
    pub cohorts: Vec<Cohort>,
}

/// Customers whose first purchase was in one month.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cohort {
    /// First day of the month.
    pub month: NaiveDate,
    pub customers: u64,
    /// By months since: cell 0 is the first month itself (rate 1). Months that have not begun have no cell.
    pub cells: Vec<RetentionCell>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RetentionCell {
    pub months_since: u32,
    /// Customers of the cohort who bought in that month.
    pub customers: u64,
    /// Their share of the cohort, 0 to 1.
    pub rate: f64,
    pub revenue: f64,
}

/// Retention of the customers that the session's principal may see.
pub async fn retention(
    session: &Session,
    request: &RetentionRequest,
) -> Result<Retention, AnalysisError> {
    Ok(retention_of(&purchases(session).await?, request))
}

/// Retention computed from purchases at hand.
pub fn retention_of(purchases: &Purchases, request: &RetentionRequest) -> Retention {
    let now = months(request.as_of);
    let first_months: HashMap<i64, i32> = purchases
        .summarise(request.as_of)
        .into_iter()
        .map(|customer| (customer.customer_id, months(customer.first_day)))
        .collect();
    let mut sizes: BTreeMap<i32, u64> = BTreeMap::new();
    for month in first_months.values() {
        *sizes.entry(*month).or_default() += 1;
    }
    let mut active: HashSet<(i64, i32)> = HashSet::new();
    let mut cells: HashMap<(i32, i32), (u64, f64)> = HashMap::new();
    for (customer, day, amount) in purchases.iter().filter(|(_, day, _)| *day <= request.as_of) {
        let Some(first) = first_months.get(&customer) else {
            continue;
        };
        let since = months(day) - first;
        let (customers, revenue) = cells.entry((*first, since)).or_default();
        *customers += u64::from(active.insert((customer, since)));
        *revenue += amount;
    }
    let cohorts = sizes
        .into_iter()
        .map(|(month, customers)| {
            let last = (now - month).min(i32::try_from(request.months).unwrap_or(i32::MAX));
            let cells = (0..=last)
                .map(|since| {
                    let (active, revenue) = cells.get(&(month, since)).copied().unwrap_or_default();
                    RetentionCell {
                        months_since: since.unsigned_abs(),
                        customers: active,
                        rate: active as f64 / customers as f64,
                        revenue,
                    }
                })
                .collect();
            Cohort {
                month: first_day(month),
                customers,
                cells,
            }
        })
        .collect();
    Retention {
        as_of: request.as_of,
        cohorts,
    }
}

/// The customers of one cell: first bought in `month`, and again in the month `months_since` later.
pub fn customers_of(
    purchases: &Purchases,
    request: &RetentionRequest,
    month: NaiveDate,
    months_since: u32,
) -> BTreeSet<i64> {
    let cohort = months(month);
    let members: HashSet<i64> = purchases
        .summarise(request.as_of)
        .into_iter()
        .filter(|customer| months(customer.first_day) == cohort)
        .map(|customer| customer.customer_id)
        .collect();
    let since = i64::from(months_since);
    purchases
        .iter()
        .filter(|(customer, day, _)| {
            *day <= request.as_of
                && i64::from(months(*day) - cohort) == since
                && members.contains(customer)
        })
        .map(|(customer, _, _)| customer)
        .collect()
}

/// Months since year 0, so that differences are month counts.
fn months(day: NaiveDate) -> i32 {
    day.year() * 12 + day.month0() as i32
}

fn first_day(months: i32) -> NaiveDate {
    NaiveDate::from_ymd_opt(months.div_euclid(12), months.rem_euclid(12) as u32 + 1, 1)
        .expect("a month counted from a date is a month of the calendar")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    #[test]
    fn cohorts_count_customers_once_a_month() {
        let purchases = Purchases::from_rows([
            (1, day("2025-12-03"), 10.0),
            (1, day("2026-01-10"), 5.0),
            (1, day("2026-01-20"), 5.0),
            (2, day("2025-12-30"), 20.0),
            (2, day("2026-02-01"), 7.0),
            (3, day("2026-01-01"), 1.0),
            (3, day("2026-03-01"), 1.0),
        ]);
        let request = RetentionRequest {
            as_of: day("2026-02-15"),
            months: 12,
        };
        let retention = retention_of(&purchases, &request);
        assert_eq!(retention.cohorts.len(), 2);
        let december = &retention.cohorts[0];
        assert_eq!((december.month, december.customers), (day("2025-12-01"), 2));
        let rates: Vec<f64> = december.cells.iter().map(|cell| cell.rate).collect();
        assert_eq!(rates, [1.0, 0.5, 0.5]);
        assert_eq!(december.cells[1].revenue, 10.0);
        assert_eq!(retention.cohorts[1].cells.len(), 2, "March has not begun");
        assert_eq!(retention.cohorts[1].cells[1].customers, 0);
        let behind = |month, since| customers_of(&purchases, &request, day(month), since);
        assert_eq!(behind("2025-12-01", 1), BTreeSet::from([1]));
        assert_eq!(behind("2025-12-01", 2), BTreeSet::from([2]));
        assert_eq!(behind("2026-01-01", 2), BTreeSet::new());
    }
}
