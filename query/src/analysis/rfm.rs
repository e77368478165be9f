//! RFM: how recently, how often and for how much each customer buys, scored, named and counted.
//!
//! A score is one more than the number of full fifths of all customers that are strictly worse
//! (quantile scheme), or the number of cuts that a value has passed (fixed scheme); equal values
//! always get equal scores. 5 is best, so the best cell is `555`.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema};
use chrono::NaiveDate;
use polars::prelude::{self as pl, RankMethod, RankOptions, SeriesRank};
use serde::{Deserialize, Serialize};

use super::frames::{batch_from_frame, frame_from_batches};
use super::{AnalysisError, CustomerSummary, purchases};
use crate::Session;

/// What to score, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RfmRequest {
    /// Recency is counted to this day; later purchases don't exist yet.
    pub as_of: NaiveDate,
    #[serde(default)]
    pub scheme: Scheme,
}

/// How values become scores from 1 to the number of classes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scheme {
    /// By rank among the customers, into this many classes (2 to 9).
    Quantile(u8),
    /// By four ascending cuts each. Recency in days: at most the first cut scores 5. Frequency and
    /// monetary value: at least the last cut scores 5.
    Fixed {
        recency_days: [u32; 4],
        frequency: [u32; 4],
        monetary: [f64; 4],
    },
}

impl Default for Scheme {
    fn default() -> Self {
        Self::Quantile(5)
    }
}

/// The named segments.
///
/// With `v`, the mean of the frequency and the monetary score rounded up, on the five-class scale:
///
/// | segment | recency | v |
/// |---|---|---|
/// | champions | 5 | 4–5 |
/// | loyal | 3–4 | 4–5 |
/// | valuable and slipping away | 1–2 | 4–5 |
/// | promising | 4–5 | 2–3 |
/// | needs attention | 3 | 2–3 |
/// | slipping | 2 | 2–3 |
/// | newcomers | 4–5 | 1 |
/// | hibernating | 1 with v 2–3, 1–3 with v 1 | |
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RfmSegment {
    Champions,
    Loyal,
    ValuableSlipping,
    Promising,
    NeedsAttention,
    Slipping,
    Newcomers,
    Hibernating,
}

impl RfmSegment {
    pub const ALL: [Self; 8] = [
        Self::Champions,
        Self::Loyal,
        Self::ValuableSlipping,
        Self::Promising,
        Self::NeedsAttention,
        Self::Slipping,
        Self::Newcomers,
        Self::Hibernating,
    ];

    /// The rule table above, on scores of one to five.
    pub fn of(r: u8, f: u8, m: u8) -> Self {
        let value = (f + m).div_ceil(2);
        match (r, value) {
            (5.., 4..) => Self::Champions,
            (3 | 4, 4..) => Self::Loyal,
            (_, 4..) => Self::ValuableSlipping,
            (4.., 2 | 3) => Self::Promising,
            (3, 2 | 3) => Self::NeedsAttention,
            (2, 2 | 3) => Self::Slipping,
            (4.., ..2) => Self::Newcomers,
            _ => Self::Hibernating,
        }
    }

    /// The name in data and programs.
    pub fn key(self) -> &'static str {
        match self {
            Self::Champions => "champions",
            Self::Loyal => "loyal",
            Self::ValuableSlipping => "valuable_slipping",
            Self::Promising => "promising",
            Self::NeedsAttention => "needs_attention",
            Self::Slipping => "slipping",
            Self::Newcomers => "newcomers",
            Self::Hibernating => "hibernating",
        }
    }

    /// The name for people: English, Chinese.
    pub fn label(self) -> (&'static str, &'static str) {
        match self {
            Self::Champions => ("Champions", "冠军客户"),
            Self::Loyal => ("Loyal", "忠诚客户"),
            Self::ValuableSlipping => ("Valuable and slipping away", "高价值流失中"),
            Self::Promising => ("Promising", "潜力客户"),
            Self::NeedsAttention => ("Needs attention", "需要关注"),
            Self::Slipping => ("Slipping away", "流失中"),
            Self::Newcomers => ("Newcomers", "新客户"),
            Self::Hibernating => ("Hibernating", "沉睡客户"),
        }
    }
}

/// One customer's scores.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RfmRow {
    pub customer_id: i64,
    pub last_purchase_on: NaiveDate,
    pub recency_days: u32,
    /// Days with a purchase.
    pub frequency: u32,
    /// Value of all purchases in the base currency.
    pub monetary: f64,
    pub r: u8,
    pub f: u8,
    pub m: u8,
    pub segment: RfmSegment,
}

impl RfmRow {
    /// The three scores as text, such as `555`.
    pub fn cell(&self) -> String {
        format!("{}{}{}", self.r, self.f, self.m)
    }
}

/// A cell of the recency × frequency grid.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct GridCell {
    pub r: u8,
    pub f: u8,
    pub customers: u64,
    pub revenue: f64,
}

/// A named segment in total.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SegmentTotal {
    pub segment: RfmSegment,
    pub customers: u64,
    pub revenue: f64,
}

/// Scores of all customers who have bought, with their sums.
#[derive(Debug, Clone, Serialize)]
pub struct RfmResult {
    pub as_of: NaiveDate,
    pub classes: u8,
    /// Every combination of r and f, empty ones too; r descending, f ascending.
    pub grid: Vec<GridCell>,
    /// All segments in the order of their rule table, empty ones too.
    pub segments: Vec<SegmentTotal>,
    #[serde(skip)]
    pub rows: Vec<RfmRow>,
}

/// Scores the customers that the session's principal may see.
pub async fn score(session: &Session, request: &RfmRequest) -> Result<RfmResult, AnalysisError> {
    let purchases = purchases(session).await?;
    score_customers(&purchases.summarise(request.as_of), request)
}

/// Scores customers whose purchases are already summed up (to the request's date).
pub fn score_customers(
    customers: &[CustomerSummary],
    request: &RfmRequest,
) -> Result<RfmResult, AnalysisError> {
    if customers.is_empty() {
        return Err(AnalysisError::NoPurchases {
            as_of: request.as_of,
        });
    }
    let classes = match &request.scheme {
        Scheme::Quantile(classes @ 2..=9) => *classes,
        Scheme::Quantile(other) => {
            return Err(AnalysisError::Request(format!(
                "{other} classes; 2 to 9 are possible"
            )));
        }
        Scheme::Fixed {
            recency_days,
            frequency,
            monetary,
        } => {
            let ascending =
                recency_days.is_sorted() && frequency.is_sorted() && monetary.is_sorted();
            if !ascending {
                return Err(AnalysisError::Request("fixed cuts must ascend".to_owned()));
            }
            5
        }
    };
    let frame = frame_from_batches(&[measures(customers, request.as_of)?])?;
    let [r, f, m] = match &request.scheme {
        Scheme::Quantile(_) => [
            quantile_scores(&frame, "recency_days", true, classes)?,
            quantile_scores(&frame, "frequency", false, classes)?,
            quantile_scores(&frame, "monetary", false, classes)?,
        ],
        Scheme::Fixed {
            recency_days,
            frequency,
            monetary,
        } => [
            fixed_scores(&frame, "recency_days", |days| {
                5 - passed(&recency_days.map(f64::from), days, false)
            })?,
            fixed_scores(&frame, "frequency", |count| {
                1 + passed(&frequency.map(f64::from), count, true)
            })?,
            fixed_scores(&frame, "monetary", |value| {
                1 + passed(monetary, value, true)
            })?,
        ],
    };
    let on_five = |score: u8| {
        if classes == 5 {
            score
        } else {
            (u16::from(score) * 5).div_ceil(u16::from(classes)) as u8
        }
    };
    let rows: Vec<RfmRow> = customers
        .iter()
        .enumerate()
        .map(|(i, customer)| RfmRow {
            customer_id: customer.customer_id,
            last_purchase_on: customer.last_day,
            recency_days: recency_days(customer, request.as_of),
            frequency: customer.purchases,
            monetary: customer.total,
            r: r[i],
            f: f[i],
            m: m[i],
            segment: RfmSegment::of(on_five(r[i]), on_five(f[i]), on_five(m[i])),
        })
        .collect();
    Ok(RfmResult {
        as_of: request.as_of,
        classes,
        grid: grid(&rows, classes),
        segments: segment_totals(&rows),
        rows,
    })
}

impl RfmResult {
    /// The rows as Arrow, one column a field, for export and further queries.
    pub fn to_batch(&self) -> Result<RecordBatch, AnalysisError> {
        let column = |name: &str, values: Vec<i64>| pl::Column::new(name.into(), values);
        let frame = pl::DataFrame::new(
            self.rows.len(),
            vec![
                column(
                    "customer_id",
                    self.rows.iter().map(|row| row.customer_id).collect(),
                ),
                column(
                    "recency_days",
                    self.rows
                        .iter()
                        .map(|row| i64::from(row.recency_days))
                        .collect(),
                ),
                column(
                    "frequency",
                    self.rows
                        .iter()
                        .map(|row| i64::from(row.frequency))
                        .collect(),
                ),
                pl::Column::new(
                    "monetary".into(),
                    self.rows.iter().map(|row| row.monetary).collect::<Vec<_>>(),
                ),
                column("r", self.rows.iter().map(|row| i64::from(row.r)).collect()),
                column("f", self.rows.iter().map(|row| i64::from(row.f)).collect()),
                column("m", self.rows.iter().map(|row| i64::from(row.m)).collect()),
                pl::Column::new(
                    "rfm_cell".into(),
                    self.rows.iter().map(RfmRow::cell).collect::<Vec<_>>(),
                ),
                pl::Column::new(
                    "rfm_segment".into(),
                    self.rows
                        .iter()
                        .map(|row| row.segment.key())
                        .collect::<Vec<_>>(),
                ),
            ],
        )?;
        batch_from_frame(&frame)
    }
}

fn recency_days(customer: &CustomerSummary, as_of: NaiveDate) -> u32 {
    u32::try_from((as_of - customer.last_day).num_days()).unwrap_or(0)
}

/// The three measures as Arrow columns.
fn measures(customers: &[CustomerSummary], as_of: NaiveDate) -> Result<RecordBatch, AnalysisError> {
    let recency: Int64Array = customers
        .iter()
        .map(|customer| Some(i64::from(recency_days(customer, as_of))))
        .collect();
    let frequency: Int64Array = customers
        .iter()
        .map(|customer| Some(i64::from(customer.purchases)))
        .collect();
    let monetary: Float64Array = customers
        .iter()
        .map(|customer| Some(customer.total))
        .collect();
    let schema = Schema::new(vec![
        Field::new("recency_days", DataType::Int64, false),
        Field::new("frequency", DataType::Int64, false),
        Field::new("monetary", DataType::Float64, false),
    ]);
    let columns: Vec<ArrayRef> = vec![Arc::new(recency), Arc::new(frequency), Arc::new(monetary)];
    Ok(RecordBatch::try_new(Arc::new(schema), columns)?)
}

/// One more than the number of full classes of customers that are strictly worse.
fn quantile_scores(
    frame: &pl::DataFrame,
    column: &str,
    descending: bool,
    classes: u8,
) -> Result<Vec<u8>, AnalysisError> {
    let series = frame.column(column)?.as_materialized_series();
    let ranks = series
        .rank(
            RankOptions {
                method: RankMethod::Min,
                descending,
            },
            None,
        )
        .cast(&pl::DataType::UInt64)?;
    let customers = frame.height() as u64;
    let scores = ranks.u64()?.iter().map(|rank| {
        let worse = rank.unwrap_or(1) - 1;
        1 + (u64::from(classes) * worse / customers) as u8
    });
    Ok(scores.collect())
}

fn fixed_scores(
    frame: &pl::DataFrame,
    column: &str,
    score: impl Fn(f64) -> u8,
) -> Result<Vec<u8>, AnalysisError> {
    let values = frame.column(column)?.cast(&pl::DataType::Float64)?;
    Ok(values
        .f64()?
        .iter()
        .map(|value| score(value.unwrap_or(0.0)))
        .collect())
}

/// How many of the ascending cuts the value has passed (reached, where `reaching` counts).
fn passed(cuts: &[f64; 4], value: f64, reaching: bool) -> u8 {
    cuts.iter()
        .filter(|cut| {
            if reaching {
                value >= **cut
            } else {
                value > **cut
            }
        })
        .count() as u8
}

fn grid(rows: &[RfmRow], classes: u8) -> Vec<GridCell> {
    let mut cells: Vec<GridCell> = (1..=classes)
        .rev()
        .flat_map(|r| {
            (1..=classes).map(move |f| GridCell {
                r,
                f,
                customers: 0,
                revenue: 0.0,
            })
        })
        .collect();
    for row in rows {
        let cell = &mut cells
            [usize::from(classes - row.r) * usize::from(classes) + usize::from(row.f - 1)];
        cell.customers += 1;
        cell.revenue += row.monetary;
    }
    cells
}

fn segment_totals(rows: &[RfmRow]) -> Vec<SegmentTotal> {
    let mut totals = RfmSegment::ALL.map(|segment| SegmentTotal {
        segment,
        customers: 0,
        revenue: 0.0,
    });
    for row in rows {
        let total = &mut totals[row.segment as usize];
        total.customers += 1;
        total.revenue += row.monetary;
    }
    totals.to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn as_of() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 6, 30).expect("a date")
    }

    fn customer(id: i64, recency: u64, purchases: u32, total: f64) -> CustomerSummary {
        let last_day = as_of() - chrono::Days::new(recency);
        CustomerSummary {
            customer_id: id,
            first_day: last_day,
            last_day,
            purchases,
            total,
            repeat_total: 0.0,
            age_weeks: 50.0,
        }
    }

    fn ten() -> Vec<CustomerSummary> {
        (0..10u32)
            .map(|i| {
                customer(
                    i64::from(i),
                    u64::from(i) * 10,
                    if i < 6 { 1 } else { i },
                    f64::from(i) * 100.0,
                )
            })
            .collect()
    }

    #[test]
    fn quantile_scores_are_fifths_and_equal_values_score_alike() {
        let result = score_customers(
            &ten(),
            &RfmRequest {
                as_of: as_of(),
                scheme: Scheme::default(),
            },
        )
        .expect("scores");
        let r: Vec<u8> = result.rows.iter().map(|row| row.r).collect();
        assert_eq!(
            r,
            [5, 5, 4, 4, 3, 3, 2, 2, 1, 1],
            "the most recent buyer is best"
        );
        let f: Vec<u8> = result.rows.iter().map(|row| row.f).collect();
        assert_eq!(
            f,
            [1, 1, 1, 1, 1, 1, 4, 4, 5, 5],
            "six customers with one purchase share the lowest score"
        );
        assert_eq!(result.rows[9].cell(), "155");
        assert_eq!(result.rows[9].segment, RfmSegment::ValuableSlipping);
        assert_eq!(result.grid.len(), 25);
        assert_eq!(
            result.grid.iter().map(|cell| cell.customers).sum::<u64>(),
            10
        );
        let revenue: f64 = result.segments.iter().map(|total| total.revenue).sum();
        assert_eq!(revenue, 4_500.0);
    }

    #[test]
    fn fixed_cuts_do_not_depend_on_the_other_customers() {
        let scheme = Scheme::Fixed {
            recency_days: [7, 30, 60, 90],
            frequency: [2, 3, 5, 8],
            monetary: [100.0, 200.0, 500.0, 800.0],
        };
        let request = RfmRequest {
            as_of: as_of(),
            scheme,
        };
        let all = score_customers(&ten(), &request).expect("scores");
        let one = score_customers(&ten()[3..4], &request).expect("scores");
        assert_eq!(all.rows[3], one.rows[0]);
        assert_eq!((one.rows[0].r, one.rows[0].f, one.rows[0].m), (4, 1, 3));
        assert_eq!(all.rows[0].r, 5);
    }

    #[test]
    fn every_cell_has_one_segment_and_the_rule_table_holds() {
        assert_eq!(RfmSegment::of(5, 5, 5), RfmSegment::Champions);
        assert_eq!(RfmSegment::of(1, 5, 4), RfmSegment::ValuableSlipping);
        assert_eq!(RfmSegment::of(5, 1, 1), RfmSegment::Newcomers);
        assert_eq!(RfmSegment::of(1, 1, 1), RfmSegment::Hibernating);
        assert_eq!(RfmSegment::of(1, 2, 3), RfmSegment::Hibernating);
        assert_eq!(RfmSegment::of(2, 3, 3), RfmSegment::Slipping);
        for (position, segment) in RfmSegment::ALL.into_iter().enumerate() {
            assert_eq!(segment as usize, position);
            let text = serde_json::to_value(segment).expect("serialises");
            assert_eq!(text, segment.key());
        }
    }

    #[test]
    fn impossible_requests_are_refused() {
        let quantile = RfmRequest {
            as_of: as_of(),
            scheme: Scheme::Quantile(1),
        };
        assert!(matches!(
            score_customers(&ten(), &quantile),
            Err(AnalysisError::Request(_))
        ));
        assert!(matches!(
            score_customers(&[], &quantile),
            Err(AnalysisError::NoPurchases { .. })
        ));
    }

    #[test]
    fn rows_become_an_arrow_batch() {
        let result = score_customers(
            &ten(),
            &RfmRequest {
                as_of: as_of(),
                scheme: Scheme::default(),
            },
        )
        .expect("scores");
        let batch = result.to_batch().expect("a batch");
        assert_eq!((batch.num_rows(), batch.num_columns()), (10, 9));
    }
}
