//! Connections that break, memory that is full, a store that is away.

use basalt_ingest::Phase;
use basalt_warehouse::{Lake, LakeConfig};

use crate::support::{Fixture, PATIENCE, query, until};

#[tokio::test]
async fn a_broken_connection_is_made_again() {
    let fixture = Fixture::new("create table t (id int primary key, note text)", &["t"]).await;
    let (lake, capture) = fixture.caught_up().await;
    for round in 0..5 {
        fixture
            .execute(&format!(
                "insert into t select {round} * 1000 + i, 'n' from generate_series(1, 1000) i"
            ))
            .await;
        fixture
            .execute("select pg_terminate_backend(active_pid) from pg_replication_slots where database = current_database() and active")
            .await;
        fixture
            .execute(&format!(
                "update t set note = 'round {round}' where id % 7 = {round}"
            ))
            .await;
    }
    capture.caught_up(PATIENCE).await.unwrap();
    assert!(capture.status().counters.reconnects > 0);
    fixture.assert_equal(&lake).await;
    let rows = query(&lake, "select count(*) from history_t where op = 'insert'").await;
    assert_eq!(rows, [["5000"]], "nothing came twice");
}

#[tokio::test]
async fn full_memory_pauses_and_goes_on() {
    let fixture = Fixture::new("create table t (id int primary key, note text)", &["t"]).await;
    let config = LakeConfig {
        hot_bytes: 200_000,
        ..fixture.lake_config().await
    };
    let lake = Lake::open(config).await.unwrap();
    let capture = fixture.start(&lake).await;
    capture.caught_up(PATIENCE).await.unwrap();
    for round in 0..40 {
        fixture
            .execute(&format!("insert into t select {round} * 1000 + i, repeat('some text ', 20) from generate_series(1, 1000) i"))
            .await;
    }
    capture.caught_up(PATIENCE).await.unwrap();
    fixture.assert_equal(&lake).await;
    assert!(lake.hot_bytes() < 2_000_000, "{} bytes", lake.hot_bytes());
}

#[tokio::test]
async fn a_store_that_is_away_pauses_and_loses_nothing() {
    let fixture = Fixture::new("create table t (id int primary key, note text)", &["t"]).await;
    let config = LakeConfig {
        hot_bytes: 200_000,
        ..fixture.lake_config().await
    };
    let lake = Lake::open(config).await.unwrap();
    let capture = fixture.start(&lake).await;
    capture.caught_up(PATIENCE).await.unwrap();

    // In place of the lake's folders there are plain files.
    let root = fixture.folder.path();
    let away = tempfile::tempdir().unwrap();
    let folders: Vec<_> = std::fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    for name in &folders {
        std::fs::rename(root.join(name), away.path().join(name)).unwrap();
        std::fs::write(root.join(name), "in the way").unwrap();
    }
    for round in 0..40 {
        fixture
            .execute(&format!("insert into t select {round} * 1000 + i, repeat('some text ', 20) from generate_series(1, 1000) i"))
            .await;
    }
    until(&capture, |status| matches!(status.phase, Phase::Paused(_))).await;
    // The server first: what it has confirmed must have been acknowledged by us before.
    let confirmed = fixture.confirmed().await;
    assert!(confirmed <= capture.status().acknowledged);
    for name in &folders {
        std::fs::remove_file(root.join(name)).unwrap();
        std::fs::rename(away.path().join(name), root.join(name)).unwrap();
    }
    capture.caught_up(PATIENCE).await.unwrap();
    fixture.assert_equal(&lake).await;
}
