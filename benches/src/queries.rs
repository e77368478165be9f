//! Ten analytic queries on fresh data, against DuckDB on clean Parquet and against Postgres.
//!
//! Ours runs with 1 % of the rows changed and not yet flushed (1 % hot, 1 % dead); DuckDB reads the
//! clean files of before. Postgres holds the same fresh rows, indexed, tuned (see `source`); its
//! answers must equal ours.

use std::time::Instant;

use sqlx::{AssertSqlSafe, Row as _};

use crate::crm::Crm;
use crate::duckdb::Answer;
use crate::report::{Measured, median};
use crate::source::Source;

const RUNS: usize = 5;
pub const NAME: &str = "analytic queries";

/// Plain SQL that all three understand. The first column of every result is compared as text.
pub const QUERIES: [(&str, &str); 10] = [
    (
        "revenue by month",
        "select cast(extract(year from ordered_on) * 100 + extract(month from ordered_on) as int) as m, sum(amount) as a, count(*) as n from crm.sales_order where status = 'paid' group by 1 order by 1",
    ),
    (
        "revenue by region and channel",
        "select c.region, o.channel, sum(o.amount) as a from crm.sales_order o join crm.customer c on c.id = o.customer_id where o.status = 'paid' group by 1, 2 order by 1, 2",
    ),
    (
        "top ten customers",
        "select o.customer_id, sum(o.amount) as a from crm.sales_order o where o.status <> 'cancelled' group by 1 order by a desc, 1 limit 10",
    ),
    (
        "one quarter by industry",
        "select c.industry, count(*) as n, sum(o.amount) as a from crm.sales_order o join crm.customer c on c.id = o.customer_id where o.ordered_on between date '2024-04-01' and date '2024-06-30' group by 1 order by 1",
    ),
    (
        "distinct buyers a month",
        "select cast(extract(year from ordered_on) * 100 + extract(month from ordered_on) as int) as m, count(distinct customer_id) as n from crm.sales_order group by 1 order by 1",
    ),
    (
        "orders a customer, histogram",
        "select n, count(*) as customers from (select customer_id, count(*) as n from crm.sales_order group by 1) t group by 1 order by 1",
    ),
    (
        "days since the last order",
        "select level, count(*) as n, max(last) as newest from (select c.level, o.customer_id, max(o.ordered_on) as last from crm.sales_order o join crm.customer c on c.id = o.customer_id group by 1, 2) t group by 1 order by 1",
    ),
    (
        "cities with high orders",
        "select c.city, count(*) as n from crm.sales_order o join crm.customer c on c.id = o.customer_id where o.amount > 200 group by 1 order by 2 desc, 1 limit 20",
    ),
    (
        "customers without an order in a year",
        "select count(*) as n from crm.customer c where not exists (select 1 from crm.sales_order o where o.customer_id = c.id and o.ordered_on >= date '2025-01-01')",
    ),
    (
        "running revenue",
        "select m, sum(a) over (order by m) as total from (select cast(extract(year from ordered_on) * 100 + extract(month from ordered_on) as int) as m, sum(amount) as a from crm.sales_order group by 1) t order by 1",
    ),
];

#[must_use]
pub fn statements() -> Vec<String> {
    QUERIES.iter().map(|(_, sql)| (*sql).to_owned()).collect()
}

/// # Errors
/// When a query fails somewhere, or Postgres and Basalt disagree.
pub async fn run(crm: &Crm, source: &Source, peer: Vec<Answer>) -> anyhow::Result<Vec<Measured>> {
    let mut results = Vec::new();
    let (mut against_duckdb, mut against_postgres) = (Vec::new(), Vec::new());
    for ((name, sql), duckdb) in QUERIES.iter().zip(peer) {
        let ours_rows = crm.query(sql).await?.to_csv()?;
        let mut ours = Vec::new();
        for _ in 0..RUNS {
            let begin = Instant::now();
            crm.query(sql).await?;
            ours.push(begin.elapsed().as_secs_f64());
        }
        let (postgres, first_column) = postgres(source, sql).await?;
        let ours_first: Vec<&str> = ours_rows
            .lines()
            .skip(1)
            .map(|line| line.split(',').next().unwrap_or_default())
            .collect();
        anyhow::ensure!(
            ours_first == first_column,
            "{name}: Basalt and Postgres disagree: {ours_first:?} / {first_column:?}"
        );
        let ours = median(ours);
        against_duckdb.push(duckdb.seconds / ours);
        against_postgres.push(postgres / ours);
        results.push(Measured::duration(
            &format!("analytic queries: {name}"),
            ours * 1e3,
            "DuckDB, clean Parquet",
            duckdb.seconds * 1e3,
            "ms",
            1.0,
        ));
        println!(
            "{name}: ours {:.1} ms, DuckDB {:.1} ms, Postgres {:.1} ms",
            ours * 1e3,
            duckdb.seconds * 1e3,
            postgres * 1e3
        );
    }
    let mean = |ratios: &[f64]| {
        ratios.iter().map(|ratio| ratio.ln()).sum::<f64>()
            / f64::from(u32::try_from(ratios.len()).unwrap_or(1))
    };
    results.push(Measured::rate(
        "analytic queries: geometric mean against DuckDB",
        mean(&against_duckdb).exp(),
        "DuckDB, clean Parquet",
        1.0,
        "×",
        1.0,
    ));
    results.push(Measured::rate(
        "analytic queries: geometric mean against Postgres",
        mean(&against_postgres).exp(),
        "Postgres, same rows",
        1.0,
        "×",
        30.0,
    ));
    Ok(results)
}

/// Median seconds in Postgres, and the first column of the answer.
async fn postgres(source: &Source, sql: &str) -> anyhow::Result<(f64, Vec<String>)> {
    let as_text = format!("select to_jsonb(q) as row from ({sql}) q");
    let names = sqlx::query(AssertSqlSafe(as_text))
        .fetch_all(&source.pool)
        .await?;
    let first = names
        .iter()
        .filter_map(|row| row.try_get::<serde_json::Value, _>("row").ok())
        .map(|row| first_value(sql, &row))
        .collect();
    let mut seconds = Vec::new();
    for _ in 0..3 {
        let begin = Instant::now();
        sqlx::query(AssertSqlSafe(sql.to_owned()))
            .fetch_all(&source.pool)
            .await?;
        seconds.push(begin.elapsed().as_secs_f64());
    }
    Ok((median(seconds), first))
}

/// The value of the query's first output column (JSON objects of Postgres don't keep the order).
fn first_value(sql: &str, row: &serde_json::Value) -> String {
    let column = [
        "m",
        "region",
        "customer_id",
        "industry",
        "level",
        "city",
        "n",
    ]
    .into_iter()
    .find(|column| {
        row.get(column).is_some()
            && (*column != "n" || sql.starts_with("select n,") || sql.starts_with("select count"))
    })
    .unwrap_or("n");
    match &row[column] {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
