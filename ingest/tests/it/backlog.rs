//! A large backlog goes through SQL, whatever ends the process meanwhile.

use basalt_ingest::{Capture, CaptureConfig, CaptureHandle};
use basalt_warehouse::Lake;

use crate::support::{Fixture, PATIENCE, eventually, query, until};

async fn start(fixture: &Fixture, lake: &Lake) -> CaptureHandle {
    let config = CaptureConfig {
        backlog_bytes: 1 << 20,
        backlog_changes: 3000,
        ..fixture.config()
    };
    Capture::start(config, lake.clone()).await.unwrap()
}

async fn with_backlog() -> Fixture {
    let fixture = Fixture::new(
        "create table t (id int primary key, v int, body text);
         alter table t alter body set storage external;
         create table other (id int primary key);
         create table unseen (id int)",
        &["t", "other"],
    )
    .await;
    let (_lake, capture) = fixture.caught_up().await;
    capture.stop().await.unwrap();
    for round in 0..40 {
        fixture
            .execute_each(&[
                &format!(
                    "begin; select pg_logical_emit_message(true, 'basalt.actor', '{{\"actor\":\"user:{round}\"}}');
                     insert into t select {round} * 1000 + i, 0, repeat('b', 10 + 3000 * (i % 10) / 9) from generate_series(1, 500) i; commit"
                ),
                &format!("update t set v = v + 1 where id % 40 = {round}"),
                &format!("insert into other values ({round}); delete from t where id % 97 = {round}"),
                "insert into unseen select generate_series(1, 1000)",
            ])
            .await;
        if round == 20 {
            fixture.execute("alter table t add column late int").await;
        }
    }
    fixture
}

async fn assert_once(fixture: &Fixture, lake: &Lake) {
    fixture.assert_equal(lake).await;
    let rows = query(
        lake,
        "select count(*), count(distinct id), count(distinct actor) from history_t where op = 'insert'",
    )
    .await;
    assert_eq!(rows, [["20000", "20000", "40"]], "each change came once");
    let deleted = query(
        lake,
        "select count(*), count(distinct id) from history_t where op = 'delete'",
    )
    .await;
    assert_eq!(deleted[0][0], deleted[0][1]);
}

#[tokio::test]
async fn a_large_backlog_is_read_in_pieces_and_the_stream_takes_over() {
    let fixture = with_backlog().await;
    let lake = fixture.lake().await;
    let capture = start(&fixture, &lake).await;
    capture.caught_up(PATIENCE).await.unwrap();
    let counters = capture.status().counters;
    assert!(counters.backlog_pieces > 3, "{counters:?}");
    assert!(counters.backlog_changes > 20_000, "{counters:?}");
    assert_once(&fixture, &lake).await;
    assert_eq!(counters.copied_rows, 0);

    // The last piece may still have been under way: then the stream takes over.
    let mut pieces = Vec::new();
    for late in 1..3 {
        fixture
            .execute(&format!("update t set late = {late} where v = 1"))
            .await;
        capture.caught_up(PATIENCE).await.unwrap();
        pieces.push(capture.status().counters.backlog_pieces);
    }
    fixture.assert_equal(&lake).await;
    assert_eq!(pieces[0], pieces[1], "the rest comes by the stream");
}

#[tokio::test]
async fn kills_amid_a_backlog_lose_and_double_nothing() {
    let fixture = with_backlog().await;
    for kill in 1..6 {
        let before = fixture.confirmed().await;
        let lake = fixture.lake().await;
        let capture = start(&fixture, &lake).await;
        if kill % 2 == 0 {
            // Somewhere within a piece.
            until(&capture, |status| status.counters.rows > 300 * kill).await;
        } else {
            // Just when a piece has become durable.
            until(&capture, |status| status.acknowledged > before).await;
        }
        drop((capture, lake));
        eventually("the slot is free", || async {
            let active: bool =
                sqlx::query_scalar("select active from pg_replication_slots where slot_name = $1")
                    .bind(fixture.pg.name())
                    .fetch_one(fixture.pg.pool())
                    .await
                    .unwrap();
            !active
        })
        .await;
    }
    let lake = fixture.lake().await;
    let capture = start(&fixture, &lake).await;
    capture.caught_up(PATIENCE).await.unwrap();
    assert_once(&fixture, &lake).await;
    capture.stop().await.unwrap();
    let lake = fixture.lake().await;
    let capture = start(&fixture, &lake).await;
    capture.caught_up(PATIENCE).await.unwrap();
    assert_once(&fixture, &lake).await;
}

#[tokio::test]
async fn a_log_full_of_others_changes_is_passed() {
    let fixture = with_backlog().await;
    let lake = fixture.lake().await;
    let capture = start(&fixture, &lake).await;
    capture.caught_up(PATIENCE).await.unwrap();
    capture.stop().await.unwrap();
    fixture
        .execute("insert into unseen select generate_series(1, 100000)")
        .await;
    let now = fixture
        .text("select pg_current_wal_lsn()::text")
        .await
        .parse()
        .unwrap();
    let lake = fixture.lake().await;
    let capture = start(&fixture, &lake).await;
    until(&capture, |status| status.acknowledged >= now).await;
    assert!(capture.status().counters.backlog_pieces > 0);
}
