//! Keys other than one integer, and tables without a key.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use basalt_warehouse::{ChangeBatch, Lake, Lsn, Op, TableDef, TableName};
use chrono::Utc;

use crate::support::{column, config, of_tables, text};

fn score() -> TableName {
    TableName::new("crm", "score")
}

fn def(key: &[&str]) -> TableDef {
    TableDef {
        name: score(),
        columns: vec![
            column("region", DataType::Utf8, 1),
            column("year", DataType::Int32, 2),
            column("note", DataType::Utf8, 3),
        ],
        key: key.iter().map(|&key| key.to_owned()).collect(),
    }
}

fn changes(rows: &[(Op, &str, i32, &str)]) -> ChangeBatch {
    let region: StringArray = rows.iter().map(|r| Some(r.1)).collect();
    let year: Int32Array = rows.iter().map(|r| Some(r.2)).collect();
    let note: StringArray = rows.iter().map(|r| Some(r.3)).collect();
    let columns: Vec<ArrayRef> = vec![Arc::new(region), Arc::new(year), Arc::new(note)];
    let fields = [
        ("region", DataType::Utf8),
        ("year", DataType::Int32),
        ("note", DataType::Utf8),
    ];
    let fields: Vec<_> = fields
        .into_iter()
        .map(|(name, t)| Field::new(name, t, true))
        .collect();
    ChangeBatch {
        ops: rows.iter().map(|r| r.0).collect(),
        rows: RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap(),
        unchanged: vec![],
    }
}

async fn lake(folder: &std::path::Path, key: &[&str]) -> Lake {
    let lake = Lake::open(config(folder)).await.unwrap();
    lake.ensure_table(&def(key)).await.unwrap();
    lake.begin_copy(&score())
        .await
        .unwrap()
        .finish(Lsn(1), Utc::now())
        .await
        .unwrap();
    lake
}

async fn notes(lake: &Lake) -> Vec<String> {
    let snapshot = lake.publish().await.unwrap();
    text(
        &snapshot,
        "select region, year, note from score order by region, year, note",
    )
    .await
}

#[tokio::test]
async fn composite_keys_find_their_rows_in_memory_in_files_and_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let lake_ = lake(folder.path(), &["region", "year"]).await;
    let rows = [
        (Op::Insert, "north", 1, "a"),
        (Op::Insert, "north", 2, "b"),
        (Op::Insert, "südwest", 1, "c"),
    ];
    lake_
        .apply(of_tables(10, vec![(score(), changes(&rows))]))
        .await
        .unwrap();
    lake_
        .apply(of_tables(
            20,
            vec![(score(), changes(&[(Op::Update, "north", 2, "B")]))],
        ))
        .await
        .unwrap();
    assert_eq!(
        notes(&lake_).await,
        ["north|1|a", "north|2|B", "südwest|1|c"]
    );
    lake_.flush().await.unwrap();
    drop(lake_);
    let lake = Lake::open(config(folder.path())).await.unwrap();
    let rows = [
        (Op::Delete, "north", 1, ""),
        (Op::Update, "südwest", 1, "C"),
    ];
    lake.apply(of_tables(30, vec![(score(), changes(&rows))]))
        .await
        .unwrap();
    assert_eq!(notes(&lake).await, ["north|2|B", "südwest|1|C"]);
    lake.flush().await.unwrap();
    assert_eq!(notes(&lake).await, ["north|2|B", "südwest|1|C"]);
}

#[tokio::test]
async fn a_text_key_finds_its_rows() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake(folder.path(), &["region"]).await;
    let rows = [(Op::Insert, "north", 1, "a"), (Op::Insert, "", 2, "b")];
    lake.apply(of_tables(10, vec![(score(), changes(&rows))]))
        .await
        .unwrap();
    lake.flush().await.unwrap();
    lake.apply(of_tables(
        20,
        vec![(
            score(),
            changes(&[(Op::Delete, "", 0, ""), (Op::Update, "north", 3, "c")]),
        )],
    ))
    .await
    .unwrap();
    assert_eq!(notes(&lake).await, ["north|3|c"]);
}

#[tokio::test]
async fn a_table_without_a_key_only_grows() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake(folder.path(), &[]).await;
    lake.apply(of_tables(
        10,
        vec![(
            score(),
            changes(&[(Op::Insert, "x", 1, "a"), (Op::Insert, "x", 1, "a")]),
        )],
    ))
    .await
    .unwrap();
    lake.flush().await.unwrap();
    lake.apply(of_tables(
        20,
        vec![(score(), changes(&[(Op::Insert, "x", 1, "a")]))],
    ))
    .await
    .unwrap();
    assert_eq!(notes(&lake).await.len(), 3);
    lake.apply(of_tables(
        30,
        vec![(score(), changes(&[(Op::Delete, "x", 1, "a")]))],
    ))
    .await
    .unwrap_err();
    lake.apply(of_tables(
        30,
        vec![(
            score(),
            changes(&[(Op::Truncate, "", 0, ""), (Op::Insert, "y", 1, "b")]),
        )],
    ))
    .await
    .unwrap();
    assert_eq!(notes(&lake).await, ["y|1|b"]);
    lake.flush().await.unwrap();
    assert_eq!(notes(&lake).await, ["y|1|b"]);
}
