//! Customer lifetime value: expected purchases × expected spend, discounted, with a hold-out back-test.
//!
//! For a customer with history (x, t_x, T), month length Δ = 30.4375 days and yearly discount rate d:
//!
//! ```text
//! CLV = E[M | x, m̄] · Σ_{k=1..n} ( E[Y(kΔ) | x, t_x, T] − E[Y((k−1)Δ) | x, t_x, T] ) / (1 + d)^(k/12)
//! ```
//!
//! E[Y] by (modified) BG/NBD, E[M] by Gamma-Gamma; the sum over finite periods is the discrete form of
//! "discounted expected transactions" in P. Fader, B. Hardie, K. L. Lee, "RFM and CLV: Using Iso-Value Curves
//! for Customer Base Analysis", Journal of Marketing Research 42 (2005). Value is revenue, not margin.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::btyd::{BgNbd, BtydError, Dropout, Fit, GammaGamma, Spend};
use super::purchases::weeks_before;
use super::{AnalysisError, CustomerSummary, Purchases, purchases};
use crate::Session;

const WEEKS_A_MONTH: f64 = 30.4375 / 7.0;
const DAYS_A_WEEK: f64 = 7.0;
/// Frequency classes of the back-test: 0, 1, … and "this many or more".
const LAST_CLASS: u32 = 7;

/// What to value, and how far ahead.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClvRequest {
    /// The last day that is known; what follows is the future.
    pub as_of: NaiveDate,
    pub horizon_months: u32,
    /// Discount rate of a year, 0.1 for ten per cent.
    pub yearly_discount: f64,
    /// `expected_orders` counts the purchases of this many days after `as_of`.
    pub order_days: u32,
    pub dropout: Dropout,
}

impl ClvRequest {
    /// Twelve months, ten per cent a year, orders of the next ninety days, BG/NBD.
    pub fn new(as_of: NaiveDate) -> Self {
        Self {
            as_of,
            horizon_months: 12,
            yearly_discount: 0.10,
            order_days: 90,
            dropout: Dropout::AfterRepeat,
        }
    }
}

impl Default for ClvRequest {
    fn default() -> Self {
        Self::new(chrono::Utc::now().date_naive())
    }
}

/// One customer's outlook.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ClvRow {
    pub customer_id: i64,
    /// Days with a purchase after the first.
    pub repeat_purchases: u32,
    pub recency_weeks: f64,
    pub age_weeks: f64,
    pub p_alive: f64,
    /// Purchases expected in the request's `order_days`.
    pub expected_orders: f64,
    /// Expected value of a purchase.
    pub expected_spend: f64,
    /// Discounted value of the purchases within the horizon.
    pub clv: f64,
}

/// Lifetime values with everything needed to judge them.
#[derive(Debug, Clone, Serialize)]
pub struct ClvResult {
    pub request: ClvRequest,
    pub purchase_fit: Fit<BgNbd, 4>,
    pub spend_fit: Fit<GammaGamma, 3>,
    pub total_clv: f64,
    pub expected_orders: f64,
    pub mean_p_alive: f64,
    pub backtest: BacktestOutcome,
    #[serde(skip)]
    pub rows: Vec<ClvRow>,
}

/// The back-test, or the reason why these data don't allow one.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BacktestOutcome {
    Done(Backtest),
    Impossible { reason: String },
}

/// Prediction against what happened: the models are fitted on the calibration period alone and predict
/// the hold-out period, for every customer who had bought before it.
#[derive(Debug, Clone, Serialize)]
pub struct Backtest {
    pub calibration_from: NaiveDate,
    pub calibration_to: NaiveDate,
    pub holdout_to: NaiveDate,
    pub customers: usize,
    pub classes: Vec<BacktestClass>,
    pub actual_purchases: f64,
    pub predicted_purchases: f64,
    pub actual_revenue: f64,
    pub predicted_revenue: f64,
    /// Mean absolute error of a customer's purchases.
    pub mean_absolute_error: f64,
    /// Pearson correlation of predicted and actual purchases of a customer.
    pub correlation: f64,
    pub purchase_fit: Fit<BgNbd, 4>,
}

/// Customers with the same number of repeat purchases in the calibration period.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct BacktestClass {
    /// Repeat purchases in the calibration period; the last class holds this many or more.
    pub repeat_purchases: u32,
    pub or_more: bool,
    pub customers: usize,
    /// Mean purchases of a customer in the hold-out period.
    pub actual: f64,
    pub predicted: f64,
}

/// Values the customers that the session's principal may see.
pub async fn score(session: &Session, request: &ClvRequest) -> Result<ClvResult, AnalysisError> {
    value_customers(&purchases(session).await?, request)
}

/// Values the customers of the given purchases.
pub fn value_customers(
    purchases: &Purchases,
    request: &ClvRequest,
) -> Result<ClvResult, AnalysisError> {
    if request.horizon_months == 0 || request.horizon_months > 120 {
        return Err(AnalysisError::Request(
            "the horizon must be 1 to 120 months".to_owned(),
        ));
    }
    if !(0.0..=10.0).contains(&request.yearly_discount) {
        return Err(AnalysisError::Request(
            "the yearly discount must be between 0 and 10 (0.1 is ten per cent)".to_owned(),
        ));
    }
    let customers = purchases.summarise(request.as_of);
    if customers.is_empty() {
        return Err(AnalysisError::NoPurchases {
            as_of: request.as_of,
        });
    }
    let models = Models::fit(&customers, request.dropout)?;
    let rows = models.outlook(&customers, request);
    let count = rows.len() as f64;
    Ok(ClvResult {
        request: *request,
        purchase_fit: models.purchases,
        spend_fit: models.spend,
        total_clv: rows.iter().map(|row| row.clv).sum(),
        expected_orders: rows.iter().map(|row| row.expected_orders).sum(),
        mean_p_alive: rows.iter().map(|row| row.p_alive).sum::<f64>() / count,
        backtest: match backtest(purchases, request) {
            Ok(done) => BacktestOutcome::Done(done),
            Err(error) => BacktestOutcome::Impossible {
                reason: error.to_string(),
            },
        },
        rows,
    })
}

/// Splits the known time in two halves of whole weeks, fits on the first and predicts the second.
pub fn backtest(purchases: &Purchases, request: &ClvRequest) -> Result<Backtest, AnalysisError> {
    let known_from = purchases
        .span()
        .map(|(first, _)| first)
        .filter(|first| *first <= request.as_of);
    let Some(known_from) = known_from else {
        return Err(AnalysisError::NoPurchases {
            as_of: request.as_of,
        });
    };
    let holdout_weeks = u32::try_from((request.as_of - known_from).num_days() / 14).unwrap_or(0);
    if holdout_weeks == 0 {
        return Err(AnalysisError::Request(
            "less than two weeks of purchases can't be split for a back-test".to_owned(),
        ));
    }
    let calibration_to = weeks_before(request.as_of, holdout_weeks);
    backtest_split(purchases, calibration_to, request.as_of, request.dropout)
}

/// Back-test with a given split.
pub fn backtest_split(
    purchases: &Purchases,
    calibration_to: NaiveDate,
    holdout_to: NaiveDate,
    dropout: Dropout,
) -> Result<Backtest, AnalysisError> {
    let customers = purchases.summarise(calibration_to);
    let models = Models::fit(&customers, dropout)?;
    let weeks = (holdout_to - calibration_to).num_days() as f64 / DAYS_A_WEEK;
    let happened = purchases.between(calibration_to, holdout_to);

    let mut classes: Vec<BacktestClass> = (0..=LAST_CLASS)
        .map(|class| BacktestClass {
            repeat_purchases: class,
            or_more: class == LAST_CLASS,
            customers: 0,
            actual: 0.0,
            predicted: 0.0,
        })
        .collect();
    let mut pairs = Vec::with_capacity(customers.len());
    let (mut actual_revenue, mut predicted_revenue, mut absolute_error) = (0.0, 0.0, 0.0);
    for customer in &customers {
        let history = customer.history();
        let predicted = models.purchases.model.expected_purchases(&history, weeks);
        let (actual, revenue) = happened
            .get(&customer.customer_id)
            .copied()
            .unwrap_or_default();
        let actual = f64::from(actual);
        let class = &mut classes[history.frequency.min(LAST_CLASS) as usize];
        class.customers += 1;
        class.actual += actual;
        class.predicted += predicted;
        actual_revenue += revenue;
        predicted_revenue += predicted * models.spend.model.expected_spend(&customer.spend());
        absolute_error += (predicted - actual).abs();
        pairs.push((predicted, actual));
    }
    for class in &mut classes {
        let members = class.customers.max(1) as f64;
        class.actual /= members;
        class.predicted /= members;
    }
    Ok(Backtest {
        calibration_from: customers
            .iter()
            .map(|customer| customer.first_day)
            .min()
            .unwrap_or(calibration_to),
        calibration_to,
        holdout_to,
        customers: customers.len(),
        classes,
        actual_purchases: pairs.iter().map(|(_, actual)| actual).sum(),
        predicted_purchases: pairs.iter().map(|(predicted, _)| predicted).sum(),
        actual_revenue,
        predicted_revenue,
        mean_absolute_error: absolute_error / customers.len() as f64,
        correlation: correlation(&pairs),
        purchase_fit: models.purchases,
    })
}

/// The two models, fitted to the same customers.
struct Models {
    purchases: Fit<BgNbd, 4>,
    spend: Fit<GammaGamma, 3>,
}

impl Models {
    fn fit(customers: &[CustomerSummary], dropout: Dropout) -> Result<Self, BtydError> {
        let histories: Vec<_> = customers.iter().map(CustomerSummary::history).collect();
        let spends: Vec<Spend> = customers.iter().map(CustomerSummary::spend).collect();
        Ok(Self {
            purchases: BgNbd::fit(dropout, &histories)?,
            spend: GammaGamma::fit(&spends)?,
        })
    }

    /// Customers with the same history share the expectations of the purchase model, which are computed once.
    fn outlook(&self, customers: &[CustomerSummary], request: &ClvRequest) -> Vec<ClvRow> {
        let mut by_history: std::collections::HashMap<(u32, u64, u64), (f64, f64, f64)> =
            std::collections::HashMap::new();
        customers
            .iter()
            .map(|customer| {
                let history = customer.history();
                let key = (
                    history.frequency,
                    history.recency.to_bits(),
                    history.age.to_bits(),
                );
                let (p_alive, expected_orders, discounted_orders) =
                    *by_history.entry(key).or_insert_with(|| {
                        let model = &self.purchases.model;
                        (
                            model.probability_alive(&history),
                            model.expected_purchases(
                                &history,
                                f64::from(request.order_days) / DAYS_A_WEEK,
                            ),
                            self.discounted_purchases(&history, request),
                        )
                    });
                let expected_spend = self.spend.model.expected_spend(&customer.spend());
                ClvRow {
                    customer_id: customer.customer_id,
                    repeat_purchases: history.frequency,
                    recency_weeks: history.recency,
                    age_weeks: history.age,
                    p_alive,
                    expected_orders,
                    expected_spend,
                    clv: discounted_orders * expected_spend,
                }
            })
            .collect()
    }

    /// The sum of the module's formula without the spend.
    fn discounted_purchases(&self, history: &super::btyd::History, request: &ClvRequest) -> f64 {
        let mut before = 0.0;
        let mut sum = 0.0;
        for month in 1..=request.horizon_months {
            let month = f64::from(month);
            let until = self
                .purchases
                .model
                .expected_purchases(history, month * WEEKS_A_MONTH);
            sum += (until - before) / (1.0 + request.yearly_discount).powf(month / 12.0);
            before = until;
        }
        sum
    }
}

fn correlation(pairs: &[(f64, f64)]) -> f64 {
    let n = pairs.len() as f64;
    let (mean_x, mean_y) = pairs
        .iter()
        .fold((0.0, 0.0), |(sx, sy), (x, y)| (sx + x / n, sy + y / n));
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (x, y) in pairs {
        xx += (x - mean_x).powi(2);
        yy += (y - mean_y).powi(2);
        xy += (x - mean_x) * (y - mean_y);
    }
    if xx > 0.0 && yy > 0.0 {
        xy / (xx * yy).sqrt()
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Days;

    fn start() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 1, 1).expect("a date")
    }

    /// Three hundred customers with regular but different rhythms; a third stops half-way.
    fn purchases() -> Purchases {
        let mut rows = Vec::new();
        for customer in 0..300i64 {
            let rhythm = 10 + (customer % 13) * 9;
            let stops = if customer % 3 == 0 { 100 } else { 364 };
            let mut day = customer % 29;
            while day < stops {
                rows.push((
                    customer,
                    start() + Days::new(day as u64),
                    20.0 + (customer % 7) as f64 * 5.0 + (day % 5) as f64,
                ));
                day += rhythm;
            }
        }
        Purchases::from_rows(rows)
    }

    #[test]
    fn values_grow_with_the_horizon_and_shrink_with_the_discount() {
        let request = ClvRequest::new(start() + Days::new(364));
        let year = value_customers(&purchases(), &request).expect("values");
        let half = value_customers(
            &purchases(),
            &ClvRequest {
                horizon_months: 6,
                ..request
            },
        )
        .expect("values");
        let dear = value_customers(
            &purchases(),
            &ClvRequest {
                yearly_discount: 0.5,
                ..request
            },
        )
        .expect("values");
        assert!(half.total_clv < year.total_clv && dear.total_clv < year.total_clv);
        assert!(
            year.rows
                .iter()
                .all(|row| row.clv >= 0.0 && (0.0..=1.0).contains(&row.p_alive))
        );
        let undiscounted = value_customers(
            &purchases(),
            &ClvRequest {
                yearly_discount: 0.0,
                horizon_months: 3,
                order_days: 91,
                ..request
            },
        )
        .expect("values");
        let row = undiscounted
            .rows
            .iter()
            .find(|row| row.repeat_purchases > 3)
            .expect("a regular buyer");
        assert!(
            (row.clv / row.expected_spend - row.expected_orders).abs() < 0.05 * row.expected_orders
        );
    }

    #[test]
    fn the_backtest_covers_everyone_known_by_then() {
        let request = ClvRequest::new(start() + Days::new(364));
        let result = value_customers(&purchases(), &request).expect("values");
        let BacktestOutcome::Done(test) = result.backtest else {
            panic!("a year can be split")
        };
        assert_eq!(
            test.classes
                .iter()
                .map(|class| class.customers)
                .sum::<usize>(),
            test.customers
        );
        assert_eq!(test.calibration_to, start() + Days::new(182));
        assert!(test.correlation > 0.5, "{test:?}");
        let by_class: f64 = test
            .classes
            .iter()
            .map(|class| class.actual * class.customers as f64)
            .sum();
        assert!((by_class - test.actual_purchases).abs() < 1e-6);
    }

    #[test]
    fn too_little_data_is_an_error_that_says_so() {
        let few = Purchases::from_rows([(1, start(), 10.0), (1, start() + Days::new(9), 10.0)]);
        let error = value_customers(&few, &ClvRequest::new(start() + Days::new(30)))
            .expect_err("too little");
        assert!(
            error.to_string().contains("bought more than once"),
            "{error}"
        );
        assert_eq!(error.code(), "model_not_determined");
    }
}
