//! The initial copy: large tables, tables added later, copies that are cut off.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use basalt_ingest::{CaptureConfig, drain};

use crate::support::{Fixture, PATIENCE, query, table, until};

/// Writes to table `t` until told to stop.
fn keep_writing(fixture: &Fixture, done: &Arc<AtomicBool>) -> tokio::task::JoinHandle<i32> {
    let (pool, done) = (fixture.pg.pool().clone(), Arc::clone(done));
    tokio::spawn(async move {
        let mut rounds = 0;
        loop {
            sqlx::raw_sql(
                "insert into t select coalesce(max(id), 0) + 1, 'new' from t;
                 update t set note = 'changed ' || id where id in (select id from t order by random() limit 20);
                 delete from t where id in (select id from t order by random() limit 1)",
            )
            .execute(&pool)
            .await
            .unwrap();
            rounds += 1;
            if done.load(Ordering::Relaxed) {
                return rounds;
            }
        }
    })
}

#[tokio::test]
async fn a_table_is_copied_while_it_is_written_to() {
    let fixture = Fixture::new(
        "create table t (id int primary key, note text);
         insert into t select i, repeat('some text ', 20) from generate_series(1, 200000) i; analyze t",
        &["t"],
    )
    .await;
    let done = Arc::new(AtomicBool::new(false));
    let writer = keep_writing(&fixture, &done);
    let (lake, capture) = fixture.caught_up().await;
    done.store(true, Ordering::Relaxed);
    assert!(writer.await.unwrap() > 0);
    capture.caught_up(PATIENCE).await.unwrap();
    fixture.assert_equal(&lake).await;
    let status = capture.status();
    assert!(
        status.tables[0].rows > 190_000 && status.tables[0].estimated_rows > 190_000,
        "{status:?}"
    );
}

#[tokio::test]
async fn a_table_is_added_while_it_is_written_to() {
    let mut fixture = Fixture::new(
        "create table first (id int primary key); create table t (id int primary key, note text);
         insert into t select i, 'old' from generate_series(1, 50000) i",
        &["first"],
    )
    .await;
    let (lake, capture) = fixture.caught_up().await;
    let done = Arc::new(AtomicBool::new(false));
    let writer = keep_writing(&fixture, &done);
    capture.add_tables(vec![table("t")]).await.unwrap();
    fixture.execute("insert into first values (1)").await;
    until(&capture, |status| {
        status.table(&table("t")).is_some_and(|table| table.done)
    })
    .await;
    done.store(true, Ordering::Relaxed);
    assert!(writer.await.unwrap() > 0);
    capture.caught_up(PATIENCE).await.unwrap();
    fixture.tables.push(table("t"));
    fixture.assert_equal(&lake).await;

    // And it stays captured.
    capture.stop().await.unwrap();
    fixture
        .execute("insert into t values (-1, 'while stopped')")
        .await;
    let (lake, _capture) = fixture.caught_up().await;
    fixture.assert_equal(&lake).await;
    assert_eq!(
        query(&lake, "select count(*) from t where id = -1").await,
        [["1"]]
    );
}

#[tokio::test]
async fn a_copy_that_is_cut_off_begins_again() {
    let fixture = Fixture::new(
        "create table t (id int primary key, note text); create table small (id int primary key);
         insert into t select i, repeat('some text ', 20) from generate_series(1, 300000) i;
         insert into small select generate_series(1, 10)",
        &["small", "t"],
    )
    .await;
    let lake = fixture.lake().await;
    let capture = fixture.start(&lake).await;
    until(&capture, |status| {
        status
            .table(&table("t"))
            .is_some_and(|table| table.rows > 0 || table.done)
    })
    .await;
    drop((capture, lake));
    fixture
        .execute("delete from t where id % 2 = 0; insert into small values (11)")
        .await;

    // And once more, this time only the sessions are lost.
    let lake = fixture.lake().await;
    let capture = fixture.start(&lake).await;
    until(&capture, |status| {
        status
            .table(&table("t"))
            .is_some_and(|table| table.rows > 0 || table.done)
    })
    .await;
    fixture
        .execute(
            "select pg_terminate_backend(pid) from pg_stat_activity
              where datname = current_database() and application_name = 'basalt-ingest'",
        )
        .await;
    capture.caught_up(PATIENCE).await.unwrap();
    fixture.assert_equal(&lake).await;
    let history = query(
        &lake,
        "select count(*), count(distinct id) from history_t where op = 'snapshot'",
    )
    .await;
    assert_eq!(history[0][0], history[0][1], "each row was copied once");
}

#[tokio::test]
async fn a_backlog_is_drained_and_counted() {
    let fixture = Fixture::new("create table t (id int primary key, note text)", &["t"]).await;
    let (_lake, capture) = fixture.caught_up().await;
    capture.stop().await.unwrap();
    for _ in 0..10 {
        fixture.execute("insert into t select coalesce((select max(id) from t), 0) + i, 'n' from generate_series(1, 1000) i").await;
    }
    let lake = fixture.lake().await;
    let config = CaptureConfig { ..fixture.config() };
    let report = drain(config, lake.clone(), PATIENCE).await.unwrap();
    assert_eq!(report.counters.rows, 10_000);
    assert!(report.rows_per_second() > 0.0);
    assert!(lake.durable_lsn() >= report.lsn);
    assert_eq!(query(&lake, "select count(*) from t").await, [["10000"]]);
}

#[tokio::test]
async fn a_crash_redoes_unfinished_tables_only() {
    let mut fixture = Fixture::new(
        "create table first (id int primary key); create table small (id int primary key);
         create table big (id int primary key);
         insert into small select generate_series(1, 50); insert into big select generate_series(1, 700);
         create table busy (id int)",
        &["first"],
    )
    .await;
    let (lake, capture) = fixture.caught_up().await;
    // The snapshot waits for this one.
    let mut writing = fixture.pg.pool().begin().await.unwrap();
    sqlx::query("insert into busy values (1)")
        .execute(&mut *writing)
        .await
        .unwrap();
    fixture.tables.extend([table("small"), table("big")]);
    capture
        .add_tables(vec![table("small"), table("big")])
        .await
        .unwrap();
    // One table can't be written: something is in the place of its folder.
    let folder = fixture.folder.path().join("public/big");
    let away = fixture.folder.path().join("_away");
    std::fs::rename(&folder, &away).unwrap();
    std::fs::write(&folder, "in the way").unwrap();
    writing.commit().await.unwrap();
    let status = until(&capture, |status| {
        status
            .table(&table("small"))
            .is_some_and(|table| table.done)
            && status.warning.is_some()
    })
    .await;
    let small = status.table(&table("small")).unwrap();
    assert!(small.rows == 50 && small.bytes > 0 && small.copying_since.is_some());
    assert!(!status.table(&table("big")).unwrap().done);
    drop((capture, lake));
    std::fs::remove_file(&folder).unwrap();
    std::fs::rename(&away, &folder).unwrap();

    let (lake, capture) = fixture.caught_up().await;
    assert_eq!(capture.status().counters.copied_rows, 700);
    fixture.assert_equal(&lake).await;
}
