//! Row changes, transactions, freshness, acknowledgement.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use basalt_ingest::{Capture, CaptureConfig, Phase};

use crate::support::{Fixture, PATIENCE, eventually, query, table, until};

#[tokio::test]
async fn changes_of_every_kind_arrive() {
    let fixture = Fixture::new(
        "create table t (id int, part int, note text, body text, primary key (part, id));
         alter table t alter body set storage external;
         insert into t select i, i % 3, 'copied', repeat('x', 10 + 3000 * (i % 2)) from generate_series(1, 20) i",
        &["t"],
    )
    .await;
    let (lake, capture) = fixture.caught_up().await;
    fixture
        .execute_each(&[
            "insert into t values (100, 1, null, repeat('long ', 2000))",
            "update t set note = 'toast unchanged' where id = 100",
            "update t set id = 101, note = 'key changed, toast unchanged' where id = 100",
            "update t set part = part + 10 where id < 5",
            "delete from t where id between 5 and 9",
            "insert into t values (5, 2, 'back', 'short')",
            // All in one transaction.
            "insert into t values (200, 1, 'a', repeat('y', 5000)); update t set note = 'b' where id = 200;
             update t set id = 201 where id = 200; delete from t where id = 1;
             insert into t values (1, 10, 'again', null); update t set id = 202 where id = 10; update t set note = 'c' where id = 202",
        ])
        .await;
    capture.caught_up(PATIENCE).await.unwrap();
    fixture.assert_equal(&lake).await;
    let long = query(
        &lake,
        "select length(body) from t where id in (101, 201) order by id",
    )
    .await;
    assert_eq!(long, [["10000"], ["5000"]]);

    fixture
        .execute("truncate t; insert into t values (1, 1, 'after', null)")
        .await;
    capture.caught_up(PATIENCE).await.unwrap();
    fixture.assert_equal(&lake).await;
    assert_eq!(
        query(
            &lake,
            "select count(*) from history_t where op = 'truncate'"
        )
        .await,
        [["1"]]
    );
}

#[tokio::test]
async fn full_replica_identity_and_partitions() {
    let fixture = Fixture::new(
        "create table full_row (id int primary key, note text, body text);
         alter table full_row replica identity full;
         alter table full_row alter body set storage external;
         create table parts (id int, at date, note text, primary key (id, at)) partition by range (at);
         create table parts_a partition of parts for values from ('2024-01-01') to ('2025-01-01');
         create table parts_b partition of parts for values from ('2025-01-01') to ('2026-01-01');
         insert into full_row values (1, 'a', repeat('x', 9000));
         insert into parts values (1, '2024-05-05', 'a'), (2, '2025-05-05', 'b')",
        &["full_row", "parts"],
    )
    .await;
    let (lake, capture) = fixture.caught_up().await;
    fixture
        .execute_each(&[
            "update full_row set note = 'b'",
            "update full_row set id = 2",
            "insert into full_row values (3, null, null); delete from full_row where id = 3",
            "insert into parts values (3, '2025-06-06', 'c')",
            "update parts set at = '2025-07-07' where id = 1",
            "update parts set note = 'd' where id = 2",
        ])
        .await;
    capture.caught_up(PATIENCE).await.unwrap();
    fixture.assert_equal(&lake).await;
    assert_eq!(
        query(&lake, "select id, length(body) from full_row").await,
        [["2", "9000"]]
    );
}

#[tokio::test]
async fn the_author_is_part_of_the_history() {
    let fixture = Fixture::new("create table t (id int primary key, note text)", &["t"]).await;
    let (lake, capture) = fixture.caught_up().await;
    fixture
        .execute(
            r#"begin; select pg_logical_emit_message(true, 'basalt.actor', '{"actor":"user:7","via":"api"}');
               insert into t values (1, 'a'); commit; insert into t values (2, 'b')"#,
        )
        .await;
    capture.caught_up(PATIENCE).await.unwrap();
    let rows = query(
        &lake,
        "select id, op, actor, via from history_t order by lsn",
    )
    .await;
    assert_eq!(
        rows,
        [
            ["1", "insert", "user:7", "api"],
            ["2", "insert", "null", "null"]
        ]
    );
}

#[tokio::test]
async fn a_transaction_is_visible_whole() {
    let fixture = Fixture::new(
        "create table debit (id int primary key, amount int); create table credit (id int primary key, amount int);
         insert into debit values (1, 0); insert into credit values (1, 0)",
        &["debit", "credit"],
    )
    .await;
    let (lake, capture) = fixture.caught_up().await;
    let done = Arc::new(AtomicBool::new(false));
    let writer = {
        let (pool, done) = (fixture.pg.pool().clone(), Arc::clone(&done));
        tokio::spawn(async move {
            for i in 1.. {
                if done.load(Ordering::Relaxed) {
                    return;
                }
                let mut tx = pool.begin().await.unwrap();
                sqlx::query("update debit set amount = amount + $1")
                    .bind(i)
                    .execute(&mut *tx)
                    .await
                    .unwrap();
                sqlx::query("update credit set amount = amount - $1")
                    .bind(i)
                    .execute(&mut *tx)
                    .await
                    .unwrap();
                tx.commit().await.unwrap();
            }
        })
    };
    let mut seen = std::collections::BTreeSet::new();
    let started = std::time::Instant::now();
    while seen.len() < 20 {
        assert!(started.elapsed() < PATIENCE, "nothing moves: {seen:?}");
        let rows = query(
            &lake,
            "select d.amount, d.amount + c.amount from debit d join credit c on d.id = c.id",
        )
        .await;
        assert_eq!(rows[0][1], "0", "half a transaction was visible");
        seen.insert(rows[0][0].clone());
    }
    done.store(true, Ordering::Relaxed);
    writer.await.unwrap();
    capture.caught_up(PATIENCE).await.unwrap();
    fixture.assert_equal(&lake).await;
}

#[tokio::test]
async fn a_nudge_shows_what_was_committed_before_it() {
    let fixture = Fixture::new("create table t (id int primary key)", &["t"]).await;
    let lake = fixture.lake().await;
    // Without nudges nothing would be published for an hour.
    let config = CaptureConfig {
        publish_interval: std::time::Duration::from_secs(3600),
        ..fixture.config()
    };
    let capture = Arc::new(Capture::start(config, lake.clone()).await.unwrap());
    capture.caught_up(PATIENCE).await.unwrap();
    for id in 0..20 {
        sqlx::query("insert into t values ($1)")
            .bind(id)
            .execute(fixture.pg.pool())
            .await
            .unwrap();
        let lsn = capture.nudge().await.unwrap();
        let snapshot = lake.wait_for(lsn, PATIENCE).await.unwrap();
        assert!(snapshot.lsn() >= lsn);
        assert_eq!(
            query(&lake, "select max(id) from t").await,
            [[id.to_string()]]
        );
    }
    let many: Vec<_> = (0..50)
        .map(|_| {
            let capture = Arc::clone(&capture);
            tokio::spawn(async move { capture.nudge().await.unwrap() })
        })
        .collect();
    for nudge in many {
        lake.wait_for(nudge.await.unwrap(), PATIENCE).await.unwrap();
    }
}

#[tokio::test]
async fn an_idle_stream_does_not_hold_the_log_back() {
    let fixture = Fixture::new(
        "create table t (id int primary key); create table other (id int)",
        &["t"],
    )
    .await;
    let (_lake, _capture) = fixture.caught_up().await;
    fixture
        .execute("insert into other select generate_series(1, 10000)")
        .await;
    let now = fixture
        .text("select pg_current_wal_lsn()::text")
        .await
        .parse()
        .unwrap();
    eventually("the slot is acknowledged up to now", || async {
        fixture.confirmed().await >= now
    })
    .await;
}

#[tokio::test]
async fn only_what_is_durable_is_acknowledged() {
    let fixture = Fixture::new("create table t (id int primary key)", &["t"]).await;
    let (lake, capture) = fixture.caught_up().await;
    fixture.execute("insert into t values (1)").await;
    let before = fixture.confirmed().await;
    let committed = capture.caught_up(PATIENCE).await.unwrap();
    assert!(
        lake.durable_lsn() < committed,
        "nothing has been flushed yet"
    );
    assert!(fixture.confirmed().await < committed);
    assert!(fixture.confirmed().await >= before);
    lake.flush().await.unwrap();
    eventually("the flush is acknowledged", || async {
        fixture.confirmed().await >= committed
    })
    .await;
    assert!(
        until(&capture, |status| status.acknowledged >= committed)
            .await
            .phase
            == Phase::Streaming
    );
}

#[tokio::test]
async fn a_stopped_capture_goes_on_where_it_was() {
    let fixture = Fixture::new("create table t (id int primary key, v int)", &["t"]).await;
    let (_lake, capture) = fixture.caught_up().await;
    fixture
        .execute("insert into t select i, 0 from generate_series(1, 1000) i")
        .await;
    capture.caught_up(PATIENCE).await.unwrap();
    capture.stop().await.unwrap();
    assert_eq!(capture.status().phase, Phase::Stopped);
    assert!(
        capture.nudge().await.is_ok(),
        "a nudge only writes to the source"
    );
    fixture
        .execute("update t set v = 1 where id % 2 = 0; delete from t where id % 5 = 0")
        .await;
    let (lake, capture) = fixture.caught_up().await;
    fixture.assert_equal(&lake).await;
    assert_eq!(
        capture.status().counters.copied_rows,
        0,
        "nothing was copied again"
    );
    assert!(capture.status().table(&table("t")).unwrap().done);
    let history = query(&lake, "select count(*) from history_t").await;
    assert_eq!(
        history,
        [["1700"]],
        "1000 inserts, 500 updates, 200 deletes"
    );
}
