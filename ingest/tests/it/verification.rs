//! Verification finds what differs.

use arrow::array::{ArrayRef, Int32Array, RecordBatch, StringArray};
use basalt_ingest::DifferenceKind;
use basalt_warehouse::{ChangeBatch, Lsn, Op, Transaction};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use datafusion::parquet::arrow::arrow_writer::ArrowWriterOptions;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::file::properties::{EnabledStatistics, WriterProperties};
use std::sync::Arc;

use crate::support::{Fixture, PATIENCE, settled, table};

#[tokio::test]
async fn every_kind_of_difference_is_named() {
    let fixture = Fixture::new(
        "create table t (id int primary key, note text); insert into t select i, 'n' || i from generate_series(1, 3000) i",
        &["t"],
    )
    .await;
    let (lake, capture) = fixture.caught_up().await;
    fixture.assert_equal(&lake).await;
    let at = capture.status().received;

    // The lake is told what never happened: 7 changed, 8 gone, -1 new.
    let ids: ArrayRef = Arc::new(Int32Array::from(vec![7, 8, -1]));
    let notes: ArrayRef = Arc::new(StringArray::from(vec![Some("tampered"), None, Some("new")]));
    let rows = RecordBatch::try_from_iter_with_nullable([("id", ids, true), ("note", notes, true)])
        .unwrap();
    let batch = ChangeBatch {
        ops: vec![Op::Update, Op::Delete, Op::Insert],
        rows,
        unchanged: vec![],
    };
    let transaction = Transaction {
        lsn: Lsn(at.0 + 1),
        committed_at: chrono::Utc::now(),
        actor: None,
        via: None,
        changes: vec![(table("t"), batch)],
    };
    lake.apply(transaction).await.unwrap();
    capture.caught_up(PATIENCE).await.unwrap();

    let found = &fixture.verify(&lake).await[0];
    assert!(!found.is_equal());
    assert_eq!(
        (found.source_rows, found.lake_rows, found.differences),
        (3000, 3000, 3)
    );
    let mut kinds: Vec<_> = found
        .differing
        .iter()
        .map(|d| (d.key.as_str(), d.kind))
        .collect();
    kinds.sort_by_key(|(key, _)| (*key).to_owned());
    assert_eq!(
        kinds,
        [
            ("1:7", DifferenceKind::OtherContent),
            ("1:8", DifferenceKind::MissingInLake),
            ("2:-1", DifferenceKind::MissingInSource),
        ]
    );
}

/// Writes a Parquet file anew with other rows and the same size: what no log and no listing shows.
fn tamper(file: &std::path::Path, change: impl Fn(&RecordBatch) -> RecordBatch) {
    let before = std::fs::read(file).unwrap();
    let batches = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(before.clone()))
        .unwrap()
        .with_batch_size(1 << 20)
        .build()
        .unwrap();
    let batches: Vec<_> = batches.map(|batch| change(&batch.unwrap())).collect();
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(19).unwrap()))
        .set_statistics_enabled(EnabledStatistics::None)
        .build();
    let mut after = Vec::new();
    let options = ArrowWriterOptions::new()
        .with_properties(properties)
        .with_skip_arrow_metadata(true);
    let schema = batches[0].schema();
    let mut writer = ArrowWriter::try_new_with_options(&mut after, schema, options).unwrap();
    batches
        .iter()
        .for_each(|batch| writer.write(batch).unwrap());
    writer.close().unwrap();
    // Between the data and the footer there may be anything.
    let end = after.len();
    let footer = u32::from_le_bytes(after[end - 8..end - 4].try_into().unwrap()) as usize + 8;
    let room = before.len().checked_sub(end).expect("it became smaller");
    let tail = after.split_off(end - footer);
    after.extend(vec![0; room]);
    after.extend(tail);
    assert_eq!(after.len(), before.len());
    std::fs::write(file, after).unwrap();
}

#[tokio::test]
async fn tampered_files_are_found_key_by_key_and_put_right_by_a_rebuild() {
    let fixture = Fixture::new(
        "create table t (id int primary key, note text); insert into t select i, 'note number ' || i from generate_series(1, 3000) i",
        &["t"],
    )
    .await;
    let (lake, capture) = fixture.caught_up().await;
    let folder = fixture.folder.path().join("public/t");
    let file = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|end| end == "parquet"))
        .unwrap();
    tamper(&file, |batch| {
        let ids = batch.column(0).clone();
        let notes = (0..batch.num_rows()).map(|row| match row + 1 {
            7 | 2222 => "other".to_owned(),
            id => format!("note number {id}"),
        });
        let notes: ArrayRef = Arc::new(StringArray::from_iter_values(notes));
        RecordBatch::try_from_iter_with_nullable([("id", ids, true), ("note", notes, true)])
            .unwrap()
    });
    let found = &fixture.verify(&lake).await[0];
    let mut keys: Vec<_> = found
        .differing
        .iter()
        .map(|d| (d.key.as_str(), d.kind))
        .collect();
    keys.sort_by_key(|(key, _)| (*key).to_owned());
    let other = DifferenceKind::OtherContent;
    assert_eq!(keys, [("1:7", other), ("4:2222", other)], "{found:#?}");

    capture.rebuild(table("t")).await.unwrap();
    settled(&capture).await;
    fixture.assert_equal(&lake).await;
    let mended = crate::support::query(
        &lake,
        "select id, note from history_t where via = 'resync' order by id",
    )
    .await;
    assert_eq!(
        mended,
        [["7", "note number 7"], ["2222", "note number 2222"]]
    );
}
