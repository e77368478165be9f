//! Transactions far larger than the memory they may take.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use basalt_ingest::{Capture, CaptureConfig, CaptureHandle};
use basalt_warehouse::Lake;

use crate::support::{Fixture, PATIENCE, query, until};

const BUDGET: usize = 1 << 20;

const TABLES: &str = "
    create table t (id int primary key, n int, body text);
    alter table t alter body set storage external;
    create table other (id text primary key, n int);
    insert into t select i, 0, repeat('b', 3000) from generate_series(1, 50) i;
    insert into other select 'k' || i, i from generate_series(1, 50) i";

/// Well over a hundred times the budget as it comes over the wire, in every kind of change.
const LARGE: &str = "begin;
    update t set n = 1 where id <= 20;                            -- the body is not sent
    insert into t select i, 2, 'short ' || i from generate_series(1000, 151000) i;
    update t set n = n + 1 where id % 3 = 0;
    insert into other select 'new' || i, i from generate_series(1, 60000) i;
    update t set id = -id where id <= 10;                         -- another key, body not sent
    update t set n = n + 1 where id < 0;
    delete from t where id between 2000 and 60000;
    delete from other where n % 2 = 0;
    insert into t select i, 3, repeat('back ', 400) from generate_series(2000, 12000) i;
    update t set n = 4 where id between 2000 and 3000;
    commit";

async fn start(fixture: &Fixture, lake: &Lake) -> CaptureHandle {
    let config = CaptureConfig {
        memory_budget: BUDGET,
        ..fixture.config()
    };
    Capture::start(config, lake.clone()).await.unwrap()
}

#[tokio::test]
async fn a_transaction_far_above_the_budget_fits_and_shows_whole() {
    let fixture = Fixture::new(TABLES, &["t", "other"]).await;
    let lake = fixture.lake().await;
    let capture = start(&fixture, &lake).await;
    capture.caught_up(PATIENCE).await.unwrap();
    // Somebody looks whenever something may have changed.
    let done = Arc::new(AtomicBool::new(false));
    let reader = {
        let (lake, done) = (lake.clone(), Arc::clone(&done));
        let mut status = capture.subscribe();
        tokio::spawn(async move {
            let mut seen = std::collections::BTreeSet::new();
            while !done.load(Ordering::Relaxed) && status.changed().await.is_ok() {
                let rows = query(
                    &lake,
                    "select (select count(*) from t) as a, (select count(*) from other) as b",
                )
                .await;
                seen.insert(rows[0].clone());
            }
            seen
        })
    };
    fixture.execute(LARGE).await;
    capture.caught_up(PATIENCE).await.unwrap();
    done.store(true, Ordering::Relaxed);
    capture.caught_up(PATIENCE).await.unwrap();
    let seen = reader.await.unwrap();
    let after = [
        fixture.text("select count(*)::text from t").await,
        fixture.text("select count(*)::text from other").await,
    ];
    assert!(
        seen.iter()
            .all(|rows| *rows == ["50", "50"] || *rows == after),
        "half a transaction was visible: {seen:?}"
    );
    fixture.assert_equal(&lake).await;

    let counters = capture.status().counters;
    assert!(counters.bytes > 20 * BUDGET as u64, "{counters:?}");
    assert!(counters.spilled_bytes > 20 * BUDGET as u64, "{counters:?}");
    assert!(
        counters.peak_transaction_bytes <= BUDGET as u64,
        "{counters:?}"
    );
    assert!(
        lake.hot_bytes() < 4 * BUDGET,
        "what was large is in files: {} bytes",
        lake.hot_bytes()
    );
    assert_history(&lake).await;

    // It is durable, and readable anew.
    capture.stop().await.unwrap();
    let lake = fixture.lake().await;
    let capture = start(&fixture, &lake).await;
    capture.caught_up(PATIENCE).await.unwrap();
    fixture.assert_equal(&lake).await;
    assert_history(&lake).await;
}

/// Each change is in the history once, in the order of the transaction.
async fn assert_history(lake: &Lake) {
    let changes = query(
        lake,
        "select op, count(*), count(distinct seq) from history_t group by op order by op",
    )
    .await;
    let expected = [
        // 10 keys changed, 58001 rows deleted
        ["delete", "58011", "58011"],
        // 150001 and 10001 new, 10 keys
        ["insert", "160012", "160012"],
        ["snapshot", "50", "50"],
    ];
    let updates: Vec<_> = changes.iter().filter(|row| row[0] == "update").collect();
    let others: Vec<_> = changes.iter().filter(|row| row[0] != "update").collect();
    assert_eq!(others, expected.iter().collect::<Vec<_>>());
    assert_eq!(updates[0][1], updates[0][2], "an update came twice");
}

#[tokio::test]
async fn a_truncation_amid_a_large_transaction() {
    let fixture = Fixture::new(TABLES, &["t", "other"]).await;
    let lake = fixture.lake().await;
    let capture = start(&fixture, &lake).await;
    capture.caught_up(PATIENCE).await.unwrap();
    fixture
        .execute(
            "begin;
             insert into t select i, 2, 'gone ' || i from generate_series(1000, 101000) i;
             truncate t, other;
             insert into t select i, 3, 'stays ' || i from generate_series(1, 100000) i;
             update t set n = 4 where id % 2 = 0;
             commit",
        )
        .await;
    capture.caught_up(PATIENCE).await.unwrap();
    assert!(capture.status().counters.spilled_bytes > 0);
    fixture.assert_equal(&lake).await;
    fixture.execute("delete from t where id % 5 = 0").await;
    capture.caught_up(PATIENCE).await.unwrap();
    fixture.assert_equal(&lake).await;
}

#[tokio::test]
async fn a_kill_amid_a_large_transaction_loses_and_doubles_nothing() {
    let fixture = Fixture::new(TABLES, &["t", "other"]).await;
    let lake = fixture.lake().await;
    let capture = start(&fixture, &lake).await;
    capture.caught_up(PATIENCE).await.unwrap();
    fixture.execute(LARGE).await;
    until(&capture, |status| status.counters.spilled_bytes > 0).await;
    drop((capture, lake));

    // Once more, this time cut off wherever it is when half has come.
    let lake = fixture.lake().await;
    let capture = start(&fixture, &lake).await;
    until(&capture, |status| {
        status.counters.spilled_bytes > 10 * BUDGET as u64
    })
    .await;
    drop((capture, lake));

    let lake = fixture.lake().await;
    let capture = start(&fixture, &lake).await;
    capture.caught_up(PATIENCE).await.unwrap();
    fixture.assert_equal(&lake).await;
    assert_history(&lake).await;
}
