//! Verification finds what differs.

use arrow::array::{ArrayRef, Int32Array, RecordBatch, StringArray};
use basalt_ingest::DifferenceKind;
use basalt_warehouse::{ChangeBatch, Lsn, Op, Transaction};
use std::sync::Arc;

use crate::support::{Fixture, PATIENCE, table};

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
