//! Purchases as the models count them: one a customer and day, and each customer's summary of them.

use std::collections::HashMap;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Float64Type, Int64Type};
use chrono::{Days, NaiveDate};

use super::AnalysisError;
use super::btyd::{History, Spend};
use crate::Session;

const DAYS_A_WEEK: f64 = 7.0;

/// What counts as a purchase: a confirmed or paid order, at its value in the base currency. Orders of one
/// day are one purchase (the convention of the buy-till-you-die models). Read from the table itself:
/// the view `mart.orders` has the same rows, behind joins that nothing here needs.
const PURCHASES: &str = "\
    SELECT customer_id, ordered_on, CAST(sum(amount_base) AS DOUBLE) AS amount \
    FROM crm.sales_order \
    WHERE status IN ('confirmed', 'paid') AND customer_id IS NOT NULL AND ordered_on IS NOT NULL \
    GROUP BY customer_id, ordered_on";

/// All purchases that the session's principal may see, in no particular order.
pub async fn purchases(session: &Session) -> Result<Purchases, AnalysisError> {
    Purchases::from_batches(&collect(session, PURCHASES).await?)
}

/// Runs an analysis' own query to the end. The row limit of interactive queries does not apply:
/// the rows are folded here and never leave the process as they are.
pub(super) async fn collect(
    session: &Session,
    sql: &str,
) -> Result<Vec<RecordBatch>, AnalysisError> {
    let frame = session.sql(sql).await?;
    frame
        .collect()
        .await
        .map_err(|error| AnalysisError::Query(session.error(error)))
}

/// Purchases in columns: customer, day (days since 1970-01-01), value in the base currency.
#[derive(Debug, Clone, Default)]
pub struct Purchases {
    customers: Vec<i64>,
    days: Vec<i32>,
    amounts: Vec<f64>,
}

/// One customer's purchases up to a date.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CustomerSummary {
    pub customer_id: i64,
    pub first_day: NaiveDate,
    pub last_day: NaiveDate,
    /// Days with a purchase, the first included.
    pub purchases: u32,
    /// Value of all of them.
    pub total: f64,
    /// Value of those after the first.
    pub repeat_total: f64,
    /// Weeks from the first purchase to the date asked for.
    pub age_weeks: f64,
}

impl CustomerSummary {
    /// Repeat purchases, recency and age in weeks.
    pub fn history(&self) -> History {
        History {
            frequency: self.purchases - 1,
            recency: (self.last_day - self.first_day).num_days() as f64 / DAYS_A_WEEK,
            age: self.age_weeks,
        }
    }

    /// Mean value of the repeat purchases (0 without one).
    pub fn spend(&self) -> Spend {
        let frequency = self.purchases - 1;
        let mean = if frequency == 0 {
            0.0
        } else {
            self.repeat_total / f64::from(frequency)
        };
        Spend { frequency, mean }
    }
}

impl Purchases {
    /// From rows (customer, day, value); several rows of one customer and day become one purchase.
    pub fn from_rows(rows: impl IntoIterator<Item = (i64, NaiveDate, f64)>) -> Self {
        let mut by_customer_and_day: HashMap<(i64, i32), f64> = HashMap::new();
        for (customer, day, amount) in rows {
            *by_customer_and_day
                .entry((customer, days_since_epoch(day)))
                .or_default() += amount;
        }
        let mut purchases = Self::default();
        for ((customer, day), amount) in by_customer_and_day {
            purchases.customers.push(customer);
            purchases.days.push(day);
            purchases.amounts.push(amount);
        }
        purchases.in_order()
    }

    /// From Arrow rows (customer_id, day, value), already one a customer and day.
    pub fn from_batches(batches: &[RecordBatch]) -> Result<Self, AnalysisError> {
        let rows = batches.iter().map(RecordBatch::num_rows).sum();
        let mut purchases = Self {
            customers: Vec::with_capacity(rows),
            days: Vec::with_capacity(rows),
            amounts: Vec::with_capacity(rows),
        };
        for batch in batches {
            if batch.num_columns() != 3 {
                return Err(AnalysisError::Shape(format!(
                    "three columns wanted, {} found",
                    batch.num_columns()
                )));
            }
            let customers = cast(batch.column(0), &DataType::Int64)?;
            let days = cast(batch.column(1), &DataType::Date32)?;
            let amounts = cast(batch.column(2), &DataType::Float64)?;
            if customers.null_count() + days.null_count() + amounts.null_count() > 0 {
                return Err(AnalysisError::Shape(
                    "a purchase without customer, day or value".to_owned(),
                ));
            }
            purchases
                .customers
                .extend_from_slice(customers.as_primitive::<Int64Type>().values());
            purchases
                .days
                .extend_from_slice(days.as_primitive::<Date32Type>().values());
            purchases
                .amounts
                .extend_from_slice(amounts.as_primitive::<Float64Type>().values());
        }
        Ok(purchases.in_order())
    }

    /// By customer and day, so that sums of floats, and all that is fitted to them, come out the
    /// same each time, in whatever order the rows came.
    fn in_order(self) -> Self {
        let key = |at: &usize| (self.customers[*at], self.days[*at]);
        let mut order: Vec<usize> = (0..self.customers.len()).collect();
        if order.is_sorted_by_key(key) {
            return self;
        }
        order.sort_unstable_by_key(key);
        Self {
            customers: order.iter().map(|at| self.customers[*at]).collect(),
            days: order.iter().map(|at| self.days[*at]).collect(),
            amounts: order.iter().map(|at| self.amounts[*at]).collect(),
        }
    }

    pub fn len(&self) -> usize {
        self.customers.len()
    }

    pub fn is_empty(&self) -> bool {
        self.customers.is_empty()
    }

    /// Day of the first and of the last purchase of all.
    pub fn span(&self) -> Option<(NaiveDate, NaiveDate)> {
        let first = self.days.iter().min()?;
        let last = self.days.iter().max()?;
        Some((date(*first), date(*last)))
    }

    /// Every row as (customer, day, value), by customer and day.
    pub fn iter(&self) -> impl Iterator<Item = (i64, NaiveDate, f64)> + '_ {
        self.raw()
            .map(|(customer, day, amount)| (customer, date(day), amount))
    }

    /// The customers with a purchase up to and including `as_of`, by customer id.
    pub fn summarise(&self, as_of: NaiveDate) -> Vec<CustomerSummary> {
        struct Running {
            first: i32,
            last: i32,
            purchases: u32,
            total: f64,
            first_amount: f64,
        }
        let end = days_since_epoch(as_of);
        let mut running: HashMap<i64, Running> = HashMap::new();
        for (customer, day, amount) in self.raw().filter(|(_, day, _)| *day <= end) {
            running
                .entry(customer)
                .and_modify(|known| {
                    if day < known.first {
                        (known.first, known.first_amount) = (day, amount);
                    }
                    known.last = known.last.max(day);
                    known.purchases += 1;
                    known.total += amount;
                })
                .or_insert(Running {
                    first: day,
                    last: day,
                    purchases: 1,
                    total: amount,
                    first_amount: amount,
                });
        }
        let mut summaries: Vec<CustomerSummary> = running
            .into_iter()
            .map(|(customer_id, known)| CustomerSummary {
                customer_id,
                first_day: date(known.first),
                last_day: date(known.last),
                purchases: known.purchases,
                total: known.total,
                repeat_total: known.total - known.first_amount,
                age_weeks: f64::from(end - known.first) / DAYS_A_WEEK,
            })
            .collect();
        summaries.sort_unstable_by_key(|summary| summary.customer_id);
        summaries
    }

    /// Purchases and their value by customer after `from` up to and including `to`.
    pub(super) fn between(&self, from: NaiveDate, to: NaiveDate) -> HashMap<i64, (u32, f64)> {
        let (from, to) = (days_since_epoch(from), days_since_epoch(to));
        let mut found: HashMap<i64, (u32, f64)> = HashMap::new();
        for (customer, _, amount) in self.raw().filter(|(_, day, _)| *day > from && *day <= to) {
            let (purchases, total) = found.entry(customer).or_default();
            *purchases += 1;
            *total += amount;
        }
        found
    }

    fn raw(&self) -> impl Iterator<Item = (i64, i32, f64)> + '_ {
        self.customers
            .iter()
            .zip(&self.days)
            .zip(&self.amounts)
            .map(|((customer, day), amount)| (*customer, *day, *amount))
    }
}

pub(super) fn date(days: i32) -> NaiveDate {
    Date32Type::to_naive_date_opt(days).unwrap_or(if days < 0 {
        NaiveDate::MIN
    } else {
        NaiveDate::MAX
    })
}

fn days_since_epoch(date: NaiveDate) -> i32 {
    Date32Type::from_naive_date(date)
}

/// The date `weeks` whole weeks earlier, for calibration periods.
pub fn weeks_before(date: NaiveDate, weeks: u32) -> NaiveDate {
    date.checked_sub_days(Days::new(u64::from(weeks) * 7))
        .unwrap_or(NaiveDate::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    #[test]
    fn several_orders_on_one_day_are_one_purchase() {
        let purchases = Purchases::from_rows([
            (7, day("2026-01-01"), 10.0),
            (7, day("2026-01-15"), 5.0),
            (7, day("2026-01-15"), 15.0),
            (9, day("2026-02-01"), 1.0),
        ]);
        let summaries = purchases.summarise(day("2026-01-29"));
        assert_eq!(summaries.len(), 1, "the second customer comes later");
        let history = summaries[0].history();
        assert_eq!(
            (history.frequency, history.recency, history.age),
            (1, 2.0, 4.0)
        );
        assert_eq!(
            summaries[0].spend(),
            Spend {
                frequency: 1,
                mean: 20.0
            }
        );
        assert_eq!(summaries[0].total, 30.0);
        assert_eq!(
            purchases
                .between(day("2026-01-15"), day("2026-02-01"))
                .get(&9),
            Some(&(1, 1.0))
        );
    }
}
