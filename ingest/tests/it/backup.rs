//! Backup of database and lake while people work, and both restored elsewhere.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use basalt_ingest::{backup, restore};

use crate::support::{Fixture, PATIENCE, query, settled, table};

#[tokio::test]
async fn database_and_lake_are_restored_to_one_position() {
    let fixture = Fixture::new(
        "create table t (id int primary key, v int, note text); create table other (id int primary key);
         insert into t select i, 0, 'copied' from generate_series(1, 2000) i",
        &["t", "other"],
    )
    .await;
    let (lake, capture) = fixture.caught_up().await;
    fixture
        .execute("update t set v = 1 where id <= 500; delete from t where id > 1990; insert into other values (1)")
        .await;
    let done = Arc::new(AtomicBool::new(false));
    let writer = {
        let (pool, done) = (fixture.pg.pool().clone(), Arc::clone(&done));
        tokio::spawn(async move {
            for round in 2.. {
                if done.load(Ordering::Relaxed) {
                    return;
                }
                sqlx::query("update t set v = $1 where id % 50 = $1 % 50")
                    .bind(round)
                    .execute(&pool)
                    .await
                    .unwrap();
            }
        })
    };
    let place = tempfile::tempdir().unwrap();
    let (to, elsewhere) = (place.path().join("backup"), place.path().join("lake"));
    let manifest = backup(
        fixture.pg.url(),
        &lake,
        fixture.folder.path(),
        &to,
        None,
        PATIENCE,
    )
    .await
    .unwrap();
    assert_eq!(manifest.tables, [table("other"), table("t")]);
    let again = backup(
        fixture.pg.url(),
        &lake,
        fixture.folder.path(),
        &to,
        None,
        PATIENCE,
    )
    .await;
    assert!(again.is_err(), "no backup is overwritten");
    // What comes after is not in it.
    fixture.execute("insert into other values (2)").await;
    done.store(true, Ordering::Relaxed);
    writer.await.unwrap();
    capture.stop().await.unwrap();

    let mut restored = Fixture::new("select 1", &["t", "other"]).await;
    let read = restore(&to, restored.pg.url(), &elsewhere, None)
        .await
        .unwrap();
    assert_eq!(read, manifest);
    assert!(
        restore(&to, restored.pg.url(), &elsewhere, None)
            .await
            .is_err(),
        "no lake is overwritten"
    );
    restored.folder = tempfile::TempDir::new_in(place.path()).unwrap();
    std::fs::remove_dir(restored.folder.path()).unwrap();
    std::fs::rename(&elsewhere, restored.folder.path()).unwrap();
    let lake = restored.lake().await;
    let capture = restored.start(&lake).await;
    settled(&capture).await;
    restored.assert_equal(&lake).await;
    assert_eq!(query(&lake, "select id from other").await, [["1"]]);
    // The history is that of the lake.
    assert_eq!(
        query(
            &lake,
            "select count(*) from history_t where op = 'snapshot'"
        )
        .await,
        [["2000"]]
    );
    assert_eq!(
        query(
            &lake,
            "select count(*) from history_t where op = 'update' and v = 1"
        )
        .await,
        [["500"]]
    );
    restored.execute("update t set v = -1").await;
    capture.caught_up(PATIENCE).await.unwrap();
    restored.assert_equal(&lake).await;

    std::fs::remove_file(to.join("backup.json")).unwrap();
    let broken = restore(&to, restored.pg.url(), &elsewhere, None).await;
    assert!(broken.unwrap_err().to_string().contains("no whole backup"));
}
