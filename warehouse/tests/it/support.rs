//! A small table to play with, and ways to look at a lake.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Int64Type, Schema};
use basalt_warehouse::{
    ChangeBatch, ColumnDef, Lake, LakeConfig, Lsn, Op, Snapshot, TableDef, TableName, Transaction,
    UnchangedColumns,
};
use chrono::DateTime;
use datafusion::prelude::{SessionConfig, SessionContext};

/// `crm.thing(id bigint primary key, name text, amount bigint)`.
pub fn thing() -> TableName {
    TableName::new("crm", "thing")
}

pub fn column(name: &str, data_type: DataType, source_id: i32) -> ColumnDef {
    ColumnDef {
        name: name.to_owned(),
        data_type,
        nullable: true,
        source_id,
    }
}

pub fn thing_def() -> TableDef {
    TableDef {
        name: thing(),
        columns: vec![
            column("id", DataType::Int64, 1),
            column("name", DataType::Utf8, 2),
            column("amount", DataType::Int64, 3),
        ],
        key: vec!["id".to_owned()],
    }
}

pub type Row = (Option<String>, Option<i64>);

/// One change of the table.
#[derive(Clone, Debug)]
pub struct Change {
    pub op: Op,
    pub id: i64,
    pub row: Row,
    /// The name was not sent.
    pub unchanged: bool,
}

pub fn insert(id: i64, name: &str, amount: i64) -> Change {
    Change {
        op: Op::Insert,
        id,
        row: (Some(name.to_owned()), Some(amount)),
        unchanged: false,
    }
}

pub fn update(id: i64, name: &str, amount: i64) -> Change {
    Change {
        op: Op::Update,
        ..insert(id, name, amount)
    }
}

pub fn touch(id: i64, amount: i64) -> Change {
    Change {
        op: Op::Update,
        id,
        row: (None, Some(amount)),
        unchanged: true,
    }
}

pub fn delete(id: i64) -> Change {
    Change {
        op: Op::Delete,
        id,
        row: (None, None),
        unchanged: false,
    }
}

pub fn truncate() -> Change {
    Change {
        op: Op::Truncate,
        id: 0,
        row: (None, None),
        unchanged: false,
    }
}

pub fn rows(changes: &[Change]) -> RecordBatch {
    let id: Int64Array = changes
        .iter()
        .map(|c| (c.op != Op::Truncate).then_some(c.id))
        .collect();
    let name: StringArray = changes.iter().map(|c| c.row.0.clone()).collect();
    let amount: Int64Array = changes.iter().map(|c| c.row.1).collect();
    let columns: Vec<ArrayRef> = vec![Arc::new(id), Arc::new(name), Arc::new(amount)];
    let fields = [
        ("id", DataType::Int64),
        ("name", DataType::Utf8),
        ("amount", DataType::Int64),
    ];
    let fields: Vec<_> = fields
        .into_iter()
        .map(|(name, t)| Field::new(name, t, true))
        .collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

pub fn batch(changes: &[Change]) -> ChangeBatch {
    let unchanged = (0..).zip(changes).filter(|(_, c)| c.unchanged);
    ChangeBatch {
        ops: changes.iter().map(|c| c.op).collect(),
        rows: rows(changes),
        unchanged: unchanged
            .map(|(row, _)| UnchangedColumns {
                row,
                columns: vec![1],
            })
            .collect(),
    }
}

pub fn transaction(lsn: u64, changes: &[Change]) -> Transaction {
    of_tables(lsn, vec![(thing(), batch(changes))])
}

pub fn of_tables(lsn: u64, changes: Vec<(TableName, ChangeBatch)>) -> Transaction {
    Transaction {
        lsn: Lsn(lsn),
        committed_at: DateTime::from_timestamp(1_700_000_000 + lsn as i64, 0).unwrap(),
        actor: Some("user:7".to_owned()),
        via: Some("api".to_owned()),
        changes,
    }
}

pub fn config(folder: &Path) -> LakeConfig {
    LakeConfig {
        row_group_rows: 4,
        file_rows: 64,
        ..LakeConfig::in_folder(folder)
    }
}

/// A lake with an empty `crm.thing`, copied at position 10.
pub async fn lake_with_thing(folder: &Path) -> Lake {
    let lake = Lake::open(config(folder)).await.unwrap();
    lake.ensure_table(&thing_def()).await.unwrap();
    let copy = lake.begin_copy(&thing()).await.unwrap();
    copy.finish(Lsn(10), DateTime::from_timestamp(1_700_000_000, 0).unwrap())
        .await
        .unwrap();
    lake.advance(Lsn(10)).await.unwrap();
    lake.publish().await.unwrap();
    lake
}

pub async fn apply(lake: &Lake, lsn: u64, changes: &[Change]) {
    lake.apply(transaction(lsn, changes)).await.unwrap();
}

pub fn context(snapshot: &Snapshot) -> SessionContext {
    let config = SessionConfig::new().with_target_partitions(2);
    let context = SessionContext::new_with_config(config);
    for table in snapshot.table_names() {
        context
            .register_table(table.name.as_str(), snapshot.current(&table).unwrap())
            .unwrap();
        context
            .register_table(
                format!("{}_history", table.name),
                snapshot.history(&table).unwrap(),
            )
            .unwrap();
    }
    context
}

pub async fn query(snapshot: &Snapshot, sql: &str) -> Vec<RecordBatch> {
    context(snapshot)
        .sql(sql)
        .await
        .unwrap()
        .collect()
        .await
        .unwrap()
}

/// A query's result as text, row by row.
pub async fn text(snapshot: &Snapshot, sql: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for batch in query(snapshot, sql).await {
        let columns: Vec<_> = batch
            .columns()
            .iter()
            .map(|c| cast(c, &DataType::Utf8).unwrap())
            .collect();
        for row in 0..batch.num_rows() {
            let cells = columns.iter().map(|c| {
                if c.is_null(row) {
                    "-"
                } else {
                    c.as_string::<i32>().value(row)
                }
            });
            lines.push(cells.collect::<Vec<_>>().join("|"));
        }
    }
    lines
}

pub async fn count(snapshot: &Snapshot, sql: &str) -> i64 {
    let batches = query(snapshot, sql).await;
    batches[0].column(0).as_primitive::<Int64Type>().value(0)
}

/// The content of `crm.thing`; panics when a key is there twice.
pub async fn content(snapshot: &Snapshot) -> BTreeMap<i64, Row> {
    let mut content = BTreeMap::new();
    for batch in query(
        snapshot,
        "select id, cast(name as varchar), amount from thing",
    )
    .await
    {
        let name = cast(batch.column(1), &DataType::Utf8).unwrap();
        for row in 0..batch.num_rows() {
            let id = batch.column(0).as_primitive::<Int64Type>().value(row);
            let name = name
                .is_valid(row)
                .then(|| name.as_string::<i32>().value(row).to_owned());
            let amount = batch.column(2).as_primitive::<Int64Type>();
            let before =
                content.insert(id, (name, amount.is_valid(row).then(|| amount.value(row))));
            assert!(before.is_none(), "key {id} is there twice");
        }
    }
    content
}

/// The history of `crm.thing` in order: `lsn|op|id|name|amount`.
pub async fn history(snapshot: &Snapshot) -> Vec<String> {
    text(
        snapshot,
        "select lsn, op, id, name, amount from thing_history order by lsn, seq",
    )
    .await
}
