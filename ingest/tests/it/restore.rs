//! The source is restored to a moment in its past while the lake has gone on.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use basalt_cluster::{Cluster, ClusterConfig};
use basalt_ingest::{Capture, CaptureConfig, CaptureHandle, verify};
use basalt_warehouse::{Lake, LakeConfig};
use sqlx::{AssertSqlSafe, PgPool};
use tempfile::TempDir;

use crate::support::{PATIENCE, eventually, query, settled, table};

/// A folder the server's account can reach.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        open_to_all(folder.path());
        std::fs::create_dir(folder.path().join("archive")).unwrap();
        open_to_all(&folder.path().join("archive"));
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

fn open_to_all(path: &Path) {
    run("chmod", &["777", path.to_str().unwrap()]);
}

fn run(program: &str, args: &[&str]) {
    let status = Command::new(program).args(args).status().unwrap();
    assert!(status.success(), "{program} {args:?}");
}

fn config(folder: &Path) -> ClusterConfig {
    let port = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = port.local_addr().unwrap().port();
    ClusterConfig::new(folder, port)
        .with("fsync", "off")
        .with("shared_buffers", "32MB")
        .with("max_connections", "50")
}

async fn execute(pool: &PgPool, statements: &str) {
    sqlx::raw_sql(AssertSqlSafe(statements.to_owned()))
        .execute(pool)
        .await
        .unwrap();
}

async fn text(pool: &PgPool, query: &'static str) -> String {
    sqlx::query_scalar(query).fetch_one(pool).await.unwrap()
}

async fn lake(url: &str, folder: &Path) -> Lake {
    let mut config = LakeConfig::in_folder(folder);
    Capture::identify(url).await.unwrap().configure(&mut config);
    Lake::open(config).await.unwrap()
}

async fn start(url: &str, lake: &Lake) -> CaptureHandle {
    let tables = vec![table("busy"), table("quiet")];
    let config = CaptureConfig::new(url, tables);
    Capture::start(config, lake.clone()).await.unwrap()
}

async fn assert_equal(url: &str, lake: &Lake) {
    for found in verify(
        url,
        lake,
        &[table("busy"), table("quiet")],
        &BTreeSet::new(),
        PATIENCE,
    )
    .await
    .unwrap()
    {
        assert!(found.is_equal() && found.changed_since == 0, "{found:#?}");
    }
}

/// With the slot that came back with the backup, or without one, as after a standby took over.
async fn restored(with_slot: bool) {
    let place = Place::new();
    let (first, second) = (place.path("first"), place.path("second"));
    let archive = place.path("archive");
    let folder = tempfile::tempdir().unwrap();
    let archiving = |config: ClusterConfig| {
        config.with("archive_mode", "on").with(
            "archive_command",
            &format!("cp %p {}/%f", archive.display()),
        )
    };

    let server = Cluster::start(archiving(config(&first))).await.unwrap();
    server.ensure_database("source").await.unwrap();
    let pool = PgPool::connect(&server.url("source")).await.unwrap();
    execute(
        &pool,
        "create table busy (id int primary key, v int, note text);
         create table quiet (id int primary key);
         insert into busy select i, 0, 'copied' from generate_series(1, 500) i;
         insert into quiet select generate_series(1, 10)",
    )
    .await;
    let url = server.url("source");
    let opened = lake(&url, folder.path()).await;
    let capture = start(&url, &opened).await;
    capture.caught_up(PATIENCE).await.unwrap();
    execute(
        &pool,
        "insert into busy values (1000, 1, 'before the backup')",
    )
    .await;
    capture.caught_up(PATIENCE).await.unwrap();
    capture.stop().await.unwrap();
    drop((capture, opened));
    pool.close().await;
    server.stop().await.unwrap();
    run(
        "cp",
        &["-a", first.to_str().unwrap(), second.to_str().unwrap()],
    );

    // It goes on: something before the moment that will be restored, and something after it.
    let server = Cluster::start(archiving(config(&first))).await.unwrap();
    let url = server.url("source");
    let pool = PgPool::connect(&url).await.unwrap();
    let opened = lake(&url, folder.path()).await;
    let capture = start(&url, &opened).await;
    execute(
        &pool,
        "update busy set v = 1, note = 'kept' where id <= 100",
    )
    .await;
    let moment = text(&pool, "select pg_current_wal_insert_lsn()::text").await;
    execute(
        &pool,
        "update busy set v = 2, note = 'void' where id between 50 and 150;
         delete from busy where id > 450 and id < 1000;
         insert into busy select i, 3, 'void' from generate_series(2000, 2050) i",
    )
    .await;
    capture.caught_up(PATIENCE).await.unwrap();
    capture.stop().await.unwrap();
    assert_eq!(
        query(&opened, "select count(*) from busy where note = 'void'").await,
        [["152"]]
    );
    drop((capture, opened));
    let segment = text(&pool, "select pg_walfile_name(pg_switch_wal())").await;
    eventually("the log is archived", || async {
        archive.join(&segment).exists()
    })
    .await;
    pool.close().await;
    server.stop().await.unwrap();

    // Another server, from the backup and the archive up to that moment.
    let data = second.join("data");
    std::fs::write(data.join("recovery.signal"), "").unwrap();
    run(
        "chmod",
        &["666", data.join("recovery.signal").to_str().unwrap()],
    );
    let restoring = config(&second)
        .with(
            "restore_command",
            &format!("cp {}/%f %p", archive.display()),
        )
        .with("recovery_target_lsn", &moment)
        .with("recovery_target_inclusive", "off")
        .with("recovery_target_action", "promote");
    let server = Cluster::start(restoring).await.unwrap();
    let url = server.url("source");
    let pool = PgPool::connect(&url).await.unwrap();
    eventually("the server is restored", || async {
        !sqlx::query_scalar::<_, bool>("select pg_is_in_recovery()")
            .fetch_one(&pool)
            .await
            .unwrap()
    })
    .await;
    if !with_slot {
        execute(&pool, "select pg_drop_replication_slot('basalt')").await;
    }
    // The new timeline writes past the end of the old one.
    execute(
        &pool,
        "update busy set v = 4, note = 'new' where id between 140 and 160;
         insert into busy select i, 5, 'new' from generate_series(2040, 2060) i;
         insert into busy select i, 6, repeat('long ', 100) from generate_series(10000, 15000) i",
    )
    .await;
    let identity = Capture::identify(&url).await.unwrap();
    assert_eq!((identity.timeline, identity.ancestors[0].0), (2, 1));

    let opened = lake(&url, folder.path()).await;
    assert!(opened.stale(&table("busy")).unwrap().contains("restored"));
    assert_eq!(
        opened.stale(&table("quiet")),
        None,
        "it is good on both timelines"
    );
    let capture = start(&url, &opened).await;
    settled(&capture).await;
    assert_equal(&url, &opened).await;
    let quiet = capture.status().table(&table("quiet")).unwrap().rows;
    assert_eq!(quiet, if with_slot { 0 } else { 10 });
    let history = query(
        &opened,
        "select note, op, count(*) from history_busy where note <> 'copied' and id < 10000 group by note, op order by note, op",
    )
    .await;
    let expected = [
        ["before the backup", "insert", "1"],
        ["kept", "update", "100"],
        ["new", "resync", "42"],
    ];
    assert!(
        history.iter().all(|row| row[0] != "void"),
        "what never happened is in the history: {history:?}"
    );
    if !with_slot {
        // Rows that were right before the moment are restored as they were.
        assert_eq!(history.iter().filter(|row| row[0] != "kept").count(), 2);
    }
    assert!(history.iter().any(|row| *row == expected[0]), "{history:?}");

    // And on.
    execute(
        &pool,
        "update busy set v = 7 where id % 10 = 0; insert into quiet values (11)",
    )
    .await;
    capture.caught_up(PATIENCE).await.unwrap();
    assert_equal(&url, &opened).await;
    capture.stop().await.unwrap();
    drop((capture, opened));
    let opened = lake(&url, folder.path()).await;
    let capture = start(&url, &opened).await;
    settled(&capture).await;
    assert_equal(&url, &opened).await;
    assert_eq!(capture.status().counters.copied_rows, 0);
    drop(capture);
    pool.close().await;
    server.stop().await.unwrap();
}

#[tokio::test]
async fn a_restore_to_a_moment_with_the_slot_of_the_backup() {
    restored(true).await;
}

#[tokio::test]
async fn a_restore_to_a_moment_without_a_slot() {
    restored(false).await;
}
