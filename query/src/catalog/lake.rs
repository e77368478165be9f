//! `lake.*`: the state of the lake as tables, for administrators.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray, UInt64Array,
};
use basalt_warehouse::{Lake, Snapshot};
use datafusion::datasource::{MemTable, TableProvider};
use datafusion::error::Result;

pub(super) fn tables(
    lake: &Lake,
    snapshot: &Snapshot,
) -> Result<BTreeMap<String, Arc<dyn TableProvider>>> {
    Ok(BTreeMap::from([
        ("tables".to_owned(), tables_table(lake)?),
        ("status".to_owned(), status_table(lake, snapshot)?),
    ]))
}

/// One row a table: how many rows it has, how many of them wait in memory, what lies on disk.
fn tables_table(lake: &Lake) -> Result<Arc<dyn TableProvider>> {
    let status = lake.status();
    let text = |values: Vec<Option<String>>| Arc::new(StringArray::from(values)) as ArrayRef;
    let count = |values: Vec<u64>| Arc::new(UInt64Array::from(values)) as ArrayRef;
    one_batch(vec![
        (
            "schema",
            text(
                status
                    .iter()
                    .map(|table| Some(table.name.schema.clone()))
                    .collect(),
            ),
        ),
        (
            "name",
            text(
                status
                    .iter()
                    .map(|table| Some(table.name.name.clone()))
                    .collect(),
            ),
        ),
        (
            "key",
            text(
                status
                    .iter()
                    .map(|table| Some(table.key.join(", ")))
                    .collect(),
            ),
        ),
        (
            "rows",
            count(status.iter().map(|table| table.rows).collect()),
        ),
        (
            "hot_rows",
            count(status.iter().map(|table| table.hot_rows).collect()),
        ),
        (
            "hot_bytes",
            count(status.iter().map(|table| table.hot_bytes).collect()),
        ),
        (
            "dead_rows",
            count(status.iter().map(|table| table.dead_rows).collect()),
        ),
        (
            "files",
            count(status.iter().map(|table| table.files as u64).collect()),
        ),
        (
            "bytes",
            count(status.iter().map(|table| table.bytes).collect()),
        ),
        (
            "history_rows",
            count(status.iter().map(|table| table.history_rows).collect()),
        ),
        (
            "history_files",
            count(
                status
                    .iter()
                    .map(|table| table.history_files as u64)
                    .collect(),
            ),
        ),
        (
            "history_bytes",
            count(status.iter().map(|table| table.history_bytes).collect()),
        ),
        (
            "delta_version",
            count(status.iter().map(|table| table.delta_version).collect()),
        ),
        (
            "lsn",
            text(
                status
                    .iter()
                    .map(|table| table.lsn.map(|lsn| lsn.to_string()))
                    .collect(),
            ),
        ),
        (
            "durable_lsn",
            text(
                status
                    .iter()
                    .map(|table| table.durable_lsn.map(|lsn| lsn.to_string()))
                    .collect(),
            ),
        ),
        (
            "error",
            text(status.iter().map(|table| table.error.clone()).collect()),
        ),
    ])
}

/// One row: where the lake stands.
fn status_table(lake: &Lake, snapshot: &Snapshot) -> Result<Arc<dyn TableProvider>> {
    let published =
        TimestampMicrosecondArray::from(vec![snapshot.published_at().timestamp_micros()]);
    one_batch(vec![
        (
            "visible_lsn",
            Arc::new(StringArray::from(vec![snapshot.lsn().to_string()])),
        ),
        (
            "durable_lsn",
            Arc::new(StringArray::from(vec![lake.durable_lsn().to_string()])),
        ),
        (
            "undurable_bytes_of_log",
            Arc::new(Int64Array::from(vec![
                i64::try_from(snapshot.lsn().0.saturating_sub(lake.durable_lsn().0))
                    .unwrap_or(i64::MAX),
            ])),
        ),
        ("published_at", Arc::new(published.with_timezone("UTC"))),
        (
            "tables",
            Arc::new(Int64Array::from(vec![
                i64::try_from(snapshot.table_names().len()).unwrap_or(i64::MAX),
            ])),
        ),
    ])
}

fn one_batch(columns: Vec<(&str, ArrayRef)>) -> Result<Arc<dyn TableProvider>> {
    let batch = RecordBatch::try_from_iter(columns)?;
    Ok(Arc::new(MemTable::try_new(
        batch.schema(),
        vec![vec![batch]],
    )?))
}
