//! Verification: each table's content, computed independently in Postgres and from the lake at one
//! LSN, compared by counts and hashes, and where they differ key by key.
//!
//! Postgres is read in a snapshot whose LSN is known exactly. The lake may be ahead of it: keys
//! that its history shows as changed since then are left out of the differences.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use basalt_warehouse::{Lake, Lsn, Snapshot, TableName};
use datafusion::arrow::array::RecordBatch;
use datafusion::prelude::{SessionContext, col, lit};
use futures::TryStreamExt as _;
use serde::Serialize;
use sqlx::{AssertSqlSafe, PgConnection, Row as _};

use crate::canonical::{self, Column};
use crate::catalog::{self, CapturedTable};
use crate::error::{Error, Result};
use crate::source::Source;
use crate::source_snapshot::SourceSnapshot;
use crate::sql;

/// Rows are compared in as many groups first, so that only groups that differ are looked at.
const BUCKETS: i64 = 1024;
/// Differing keys a report names.
const NAMED_KEYS: usize = 100;

/// What the comparison of one table found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verification {
    pub table: TableName,
    /// The position Postgres was read at.
    pub lsn: Lsn,
    pub source_rows: u64,
    pub lake_rows: u64,
    /// Keys whose rows changed in the lake after `lsn`; nothing can be said about these.
    pub changed_since: u64,
    /// Rows that the source has dropped and the lake keeps, as it should.
    pub retained: u64,
    /// Keys that differ.
    pub differences: u64,
    /// The first of them.
    pub differing: Vec<Difference>,
    /// Why the table could not be compared.
    pub error: Option<String>,
}

impl Verification {
    /// `true` when the contents agree.
    pub fn is_equal(&self) -> bool {
        self.error.is_none() && self.differences == 0
    }
}

/// A key that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The key columns' canonical texts, such as `2:42`.
    pub key: String,
    pub kind: DifferenceKind,
}

/// How a key differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DifferenceKind {
    MissingInLake,
    MissingInSource,
    OtherContent,
}

/// Count and sum of the hashes of a group of rows.
type Sums = BTreeMap<i64, (u64, i128)>;

/// Compares `tables`, of which `retained` may have more rows in the lake; a capture of them must be running, for the lake to reach Postgres' snapshot.
///
/// # Errors
/// The source can't be read, or the lake does not come that far within `patience`.
pub async fn verify(
    source_url: &str,
    lake: &Lake,
    tables: &[TableName],
    retained: &BTreeSet<TableName>,
    patience: Duration,
) -> Result<Vec<Verification>> {
    let source = Source::parse(source_url)?;
    let snapshot = SourceSnapshot::export(&source).await?;
    let mut reader = snapshot.reader(&source).await?;
    let SourceSnapshot { at, exporter, .. } = snapshot;
    drop(exporter);
    sqlx::raw_sql(AssertSqlSafe(canonical::SESSION.to_owned()))
        .execute(&mut reader)
        .await?;
    // Something behind the snapshot, so that an idle stream passes it.
    crate::nudge::emit(&source.pool(1), crate::nudge::PREFIX).await?;
    let lake = lake.wait_for(at, patience).await?;
    let mut found = Vec::new();
    for table in tables {
        found.push(
            match Box::pin(compare(&mut reader, &lake, table, at, retained)).await {
                Ok(verification) => verification,
                Err(error @ (Error::Database(sqlx::Error::Io(_)) | Error::Timeout { .. })) => {
                    return Err(error);
                }
                Err(error) => Verification {
                    table: table.clone(),
                    lsn: at,
                    source_rows: 0,
                    lake_rows: 0,
                    changed_since: 0,
                    retained: 0,
                    differences: 0,
                    differing: Vec::new(),
                    error: Some(error.to_string()),
                },
            },
        );
    }
    Ok(found)
}

async fn compare(
    reader: &mut PgConnection,
    lake: &Snapshot,
    name: &TableName,
    at: Lsn,
    retained: &BTreeSet<TableName>,
) -> Result<Verification> {
    let table = catalog::describe(reader, name).await?;
    let source_sums = source_sums(reader, &table).await?;
    let mut lake_sums = Sums::new();
    lake_rows(lake, &table, |key, hash| {
        let (count, sum) = lake_sums.entry(bucket(key)).or_default();
        *count += 1;
        *sum += i128::from(hash);
    })
    .await?;
    let count = |sums: &Sums| sums.values().map(|(count, _)| count).sum();
    let mut verification = Verification {
        table: name.clone(),
        lsn: at,
        source_rows: count(&source_sums),
        lake_rows: count(&lake_sums),
        changed_since: 0,
        retained: 0,
        differences: 0,
        differing: Vec::new(),
        error: None,
    };
    let buckets: BTreeSet<i64> = source_sums
        .keys()
        .chain(lake_sums.keys())
        .copied()
        .filter(|bucket| source_sums.get(bucket) != lake_sums.get(bucket))
        .collect();
    if buckets.is_empty() {
        return Ok(verification);
    }
    let changed = changed_since(lake, &table, at).await?;
    let source_hashes = source_hashes(reader, &table, &buckets).await?;
    let mut lake_hashes = HashMap::new();
    lake_rows(lake, &table, |key, hash| {
        if buckets.contains(&bucket(key)) {
            lake_hashes.insert(key.to_owned(), hash);
        }
    })
    .await?;
    let keys: BTreeSet<&String> = source_hashes.keys().chain(lake_hashes.keys()).collect();
    for key in keys {
        let kind = match (source_hashes.get(key), lake_hashes.get(key)) {
            (Some(source), Some(lake)) if source == lake => continue,
            (Some(_), Some(_)) => DifferenceKind::OtherContent,
            (Some(_), None) => DifferenceKind::MissingInLake,
            (None, _) => DifferenceKind::MissingInSource,
        };
        if changed.all || changed.keys.contains(key) {
            verification.changed_since += 1;
            continue;
        }
        if kind == DifferenceKind::MissingInSource && retained.contains(name) {
            verification.retained += 1;
            continue;
        }
        verification.differences += 1;
        if verification.differing.len() < NAMED_KEYS {
            verification.differing.push(Difference {
                key: key.clone(),
                kind,
            });
        }
    }
    Ok(verification)
}

fn bucket(key: &str) -> i64 {
    canonical::hash(key).rem_euclid(BUCKETS)
}

/// The row's canonical text and its key's, as SQL.
fn texts(table: &CapturedTable) -> (String, String) {
    let text = |position: usize| {
        let name = sql::identifier(&table.def.columns[position].name);
        canonical::expression(&table.codecs[position], &format!("t.{name}"))
    };
    let join = |positions: Vec<usize>| {
        positions
            .into_iter()
            .map(text)
            .collect::<Vec<_>>()
            .join(" || ")
    };
    (
        join((0..table.codecs.len()).collect()),
        join(table.key.clone()),
    )
}

fn source_rows(table: &CapturedTable) -> String {
    let (row, key) = texts(table);
    let only = if table.kind == b'r' { "ONLY " } else { "" };
    format!(
        "select k, {} as h, mod(mod({}, {BUCKETS}) + {BUCKETS}, {BUCKETS}) as b
           from (select {row} as r, {key} as k from {only}{} t) rows",
        canonical::hash_expression("r"),
        canonical::hash_expression("k"),
        sql::table(table.name()),
    )
}

async fn source_sums(reader: &mut PgConnection, table: &CapturedTable) -> Result<Sums> {
    let statement = format!(
        "select b, count(*) as n, sum(h::numeric)::text as s from ({}) hashed group by b",
        source_rows(table)
    );
    let rows = sqlx::query(AssertSqlSafe(statement))
        .fetch_all(reader)
        .await?;
    rows.iter()
        .map(|row| {
            let sum: String = row.get("s");
            let sum = sum
                .parse()
                .map_err(|_| crate::Malformed::new(format!("{sum} as a sum")))?;
            Ok((
                row.get("b"),
                (u64::try_from(row.get::<i64, _>("n")).unwrap_or(0), sum),
            ))
        })
        .collect()
}

async fn source_hashes(
    reader: &mut PgConnection,
    table: &CapturedTable,
    buckets: &BTreeSet<i64>,
) -> Result<HashMap<String, i64>> {
    let statement = format!(
        "select k, h from ({}) hashed where b = any($1)",
        source_rows(table)
    );
    let buckets: Vec<i64> = buckets.iter().copied().collect();
    let rows = sqlx::query(AssertSqlSafe(statement))
        .bind(buckets)
        .fetch_all(reader)
        .await?;
    Ok(rows
        .iter()
        .map(|row| (row.get("k"), row.get("h")))
        .collect())
}

/// Visits every current row of the lake with its key and its hash.
async fn lake_rows(
    lake: &Snapshot,
    table: &CapturedTable,
    mut visit: impl FnMut(&str, i64),
) -> Result<()> {
    let provider = lake.current(table.name()).ok_or_else(|| Error::Table {
        table: table.name().clone(),
        reason: "the lake does not show it".into(),
    })?;
    let context = SessionContext::new();
    let columns: Vec<_> = table
        .def
        .columns
        .iter()
        .map(|column| col(quoted(&column.name)))
        .collect();
    let frame = context.read_table(provider)?.select(columns)?;
    let mut batches = frame.execute_stream().await?;
    let (mut row, mut key) = (String::new(), String::new());
    while let Some(batch) = batches.try_next().await? {
        let columns = columns_of(table, &batch)?;
        for position in 0..batch.num_rows() {
            row.clear();
            key.clear();
            for column in &columns {
                column.write(position, &mut row)?;
            }
            for place in &table.key {
                columns[*place].write(position, &mut key)?;
            }
            visit(&key, canonical::hash(&row));
        }
    }
    Ok(())
}

fn columns_of(table: &CapturedTable, batch: &RecordBatch) -> Result<Vec<Column>> {
    let columns = table.codecs.iter().zip(batch.columns());
    Ok(columns
        .map(|(codec, array)| Column::new(codec, array))
        .collect::<Result<_, _>>()?)
}

/// A column name as DataFusion's `col` reads it.
fn quoted(name: &str) -> String {
    sql::identifier(name)
}

/// What the lake's history shows as changed behind a position.
struct Changed {
    keys: BTreeSet<String>,
    /// The table was emptied: any key may have changed.
    all: bool,
}

async fn changed_since(lake: &Snapshot, table: &CapturedTable, at: Lsn) -> Result<Changed> {
    let mut changed = Changed {
        keys: BTreeSet::new(),
        all: false,
    };
    let Some(history) = lake.history(table.name()) else {
        return Ok(changed);
    };
    let mut columns: Vec<_> = table
        .key
        .iter()
        .map(|place| col(quoted(&table.def.columns[*place].name)))
        .collect();
    columns.push(col("op"));
    let number = |lsn: Lsn| i64::try_from(lsn.0).unwrap_or(i64::MAX);
    let (behind, end) = (number(at), number(lake.lsn()));
    let frame = SessionContext::new()
        .read_table(history)?
        // What is behind the snapshot is of a timeline that was left.
        .filter(col("lsn").gt(lit(behind)).and(col("lsn").lt_eq(lit(end))))?
        .select(columns)?;
    let mut batches = frame.execute_stream().await?;
    while let Some(batch) = batches.try_next().await? {
        let keys = table
            .key
            .iter()
            .zip(batch.columns())
            .map(|(place, array)| Column::new(&table.codecs[*place], array))
            .collect::<Result<Vec<_>, _>>()?;
        let ops = Column::new(&crate::types::Codec::Text, batch.column(keys.len()))?;
        for row in 0..batch.num_rows() {
            let (mut key, mut op) = (String::new(), String::new());
            ops.write(row, &mut op)?;
            for column in &keys {
                column.write(row, &mut key)?;
            }
            changed.all |= op.ends_with(":truncate");
            changed.keys.insert(key);
        }
    }
    Ok(changed)
}
