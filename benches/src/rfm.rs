//! RFM scoring of all customers, against the same scoring as one SQL statement in DuckDB.

use std::time::Instant;

use basalt_model::policy::Principal;
use basalt_query::ReadAt;
use basalt_query::analysis::rfm::{self, RfmRequest};
use chrono::NaiveDate;

use crate::crm::Crm;
use crate::duckdb::Answer;
use crate::report::{Measured, median};

const RUNS: usize = 5;
pub const NAME: &str = "rfm scoring of all customers";
/// Quintiles of recency, frequency and value, and the size of every cell.
pub const SQL: &str = "
    with days as (
        select customer_id, ordered_on, sum(amount_base) as value from crm.sales_order where status in ('paid', 'confirmed') group by 1, 2
    ), summary as (
        select customer_id, date '2026-01-01' - max(ordered_on) as recency, count(*) as frequency, sum(value) as monetary from days group by 1
    ), scored as (
        select customer_id, ntile(5) over (order by recency desc, customer_id) as r, ntile(5) over (order by frequency, customer_id) as f,
               ntile(5) over (order by monetary, customer_id) as m
        from summary
    )
    select r, f, m, count(*) from scored group by 1, 2, 3 order by 1, 2, 3";

/// # Errors
/// When a part cannot be started or ends in an error.
pub async fn run(crm: &Crm, peer: &[Answer]) -> anyhow::Result<Vec<Measured>> {
    let as_of = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap_or_default();
    let mut ours = Vec::new();
    for _ in 0..RUNS {
        let begin = Instant::now();
        let session = crm
            .engine
            .session(&Principal::system(), ReadAt::Latest)
            .await?;
        let result = rfm::score(
            &session,
            &RfmRequest {
                as_of,
                scheme: rfm::Scheme::default(),
            },
        )
        .await?;
        ours.push(begin.elapsed().as_secs_f64());
        anyhow::ensure!(!result.rows.is_empty(), "no customer was scored");
    }
    Ok(vec![Measured::duration(
        NAME,
        median(ours) * 1e3,
        "DuckDB SQL, clean Parquet",
        peer[0].seconds * 1e3,
        "ms",
        1.0,
    )])
}
