//! A source that falls silent without closing a connection; a table whose files are broken.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use arrow::array::{ArrayRef, Int32Array, RecordBatch};
use basalt_ingest::{Capture, CaptureConfig};
use basalt_warehouse::{ChangeBatch, Lake, Lsn, Op, Transaction};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, UnixStream};
use url::Url;

use crate::support::{Fixture, PATIENCE, eventually, query, settled, table, until};

/// Passes bytes on to the server's socket, until the connections of its time are frozen: they stay
/// open and silent, as behind a firewall that has forgotten them.
struct Proxy {
    url: String,
    age: Arc<AtomicU32>,
}

impl Proxy {
    async fn new(fixture: &Fixture) -> Self {
        let mut url = Url::parse(fixture.pg.url()).unwrap();
        let folder = url
            .query_pairs()
            .find(|(key, _)| key == "host")
            .map(|(_, folder)| PathBuf::from(folder.into_owned()))
            .unwrap();
        let socket = folder.join(format!(".s.PGSQL.{}", url.port().unwrap()));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        url.set_query(Some("sslmode=disable"));
        url.set_host(Some("127.0.0.1")).unwrap();
        url.set_port(Some(listener.local_addr().unwrap().port()))
            .unwrap();
        let age = Arc::new(AtomicU32::new(0));
        tokio::spawn(accept(listener, socket, Arc::clone(&age)));
        Self {
            url: url.into(),
            age,
        }
    }

    fn freeze(&self) {
        self.age.fetch_add(1, Ordering::Relaxed);
    }
}

async fn accept(listener: TcpListener, socket: PathBuf, age: Arc<AtomicU32>) {
    while let Ok((client, _)) = listener.accept().await {
        let server = UnixStream::connect(&socket).await.unwrap();
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        tokio::spawn(pass(from_client, to_server, Arc::clone(&age)));
        tokio::spawn(pass(from_server, to_client, Arc::clone(&age)));
    }
}

async fn pass(
    mut from: impl tokio::io::AsyncRead + Unpin,
    mut to: impl tokio::io::AsyncWrite + Unpin,
    age: Arc<AtomicU32>,
) {
    let born = age.load(Ordering::Relaxed);
    let mut bytes = vec![0; 1 << 16];
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        if age.load(Ordering::Relaxed) > born {
            // Neither passed on nor closed.
            std::future::pending::<()>().await;
        }
        if to.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
}

#[tokio::test]
async fn a_source_that_falls_silent_is_connected_to_anew() {
    let fixture = Fixture::new("create table t (id int primary key)", &["t"]).await;
    let proxy = Proxy::new(&fixture).await;
    let lake = fixture.lake().await;
    let config = CaptureConfig {
        source_url: proxy.url.clone(),
        heartbeat: Duration::from_millis(200),
        stall_after: Duration::from_secs(2),
        ..fixture.config()
    };
    let capture = Capture::start(config, lake.clone()).await.unwrap();
    capture.caught_up(PATIENCE).await.unwrap();
    fixture.execute("insert into t values (1)").await;
    capture.caught_up(PATIENCE).await.unwrap();
    proxy.freeze();
    fixture.execute("insert into t values (2)").await;
    // The server holds the slot for the silent session until it is told otherwise.
    eventually("the new session has the slot", || async {
        let end = "select pg_terminate_backend(active_pid) from pg_replication_slots where slot_name = $1 and active";
        if capture.status().counters.stalls > 0 && capture.status().counters.reconnects < 3 {
            sqlx::query(end)
                .bind(fixture.pg.name())
                .execute(fixture.pg.pool())
                .await
                .unwrap();
        }
        query(&lake, "select count(*) from t").await == [["2"]]
    })
    .await;
    assert!(capture.status().counters.stalls > 0);
}

#[tokio::test]
async fn a_table_the_lake_has_stopped_is_copied_again_and_the_others_go_on() {
    let fixture = Fixture::new(
        "create table t (id int primary key); create table other (id int primary key);
         insert into t select generate_series(1, 100)",
        &["t", "other"],
    )
    .await;
    let (lake, capture) = fixture.caught_up().await;
    lake.flush().await.unwrap();
    // Another process writes the table: what this one knows of its files is no longer true.
    let intruder = fixture.lake().await;
    let ids: ArrayRef = Arc::new(Int32Array::from(vec![-1]));
    intruder
        .apply(Transaction {
            lsn: Lsn(capture.status().visible.0 + 1),
            committed_at: chrono::Utc::now(),
            actor: None,
            via: None,
            changes: vec![(
                table("t"),
                ChangeBatch {
                    ops: vec![Op::Insert],
                    rows: RecordBatch::try_from_iter([("id", ids)]).unwrap(),
                    unchanged: vec![],
                },
            )],
        })
        .await
        .unwrap();
    intruder.flush().await.unwrap();
    drop(intruder);

    fixture
        .execute("insert into t values (101); insert into other values (1)")
        .await;
    capture.caught_up(PATIENCE).await.unwrap();
    let stopped = lake.flush().await.unwrap_err();
    assert!(stopped.to_string().contains("is stopped"), "{stopped}");
    let status = until(&capture, |status| {
        status.table(&table("t")).unwrap().stale.is_some() || query_is_whole(&lake)
    })
    .await;
    assert_eq!(status.table(&table("t")).unwrap().error, None);
    fixture.execute("insert into other values (2)").await;
    settled(&capture).await;
    fixture.assert_equal(&lake).await;
    lake.flush().await.unwrap();

    capture.stop().await.unwrap();
    let lake = fixture.lake().await;
    let capture = fixture.start(&lake).await;
    settled(&capture).await;
    fixture.assert_equal(&lake).await;
}

/// Has the copy come and gone already?
fn query_is_whole(lake: &Lake) -> bool {
    lake.status().iter().all(|table| !table.stopped)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|end| end == "parquet") {
            files.push(path);
        }
    }
    files
}

#[tokio::test]
async fn a_table_whose_files_are_broken_is_found_and_rebuilt() {
    let fixture = Fixture::new(
        "create table t (id int primary key, note text); create table other (id int primary key);
         insert into t select i, 'note ' || i from generate_series(1, 1000) i; insert into other values (1)",
        &["t", "other"],
    )
    .await;
    let (lake, capture) = fixture.caught_up().await;
    // The first data page of the file's second column.
    let file = &files(&fixture.folder.path().join("public/t"))[0];
    let mut bytes = std::fs::read(file).unwrap();
    let middle = bytes.len() / 3;
    for byte in &mut bytes[middle..middle + 64] {
        *byte = !*byte;
    }
    std::fs::write(file, bytes).unwrap();
    let found = fixture.verify(&lake).await;
    assert!(!found[0].is_equal(), "{found:#?}");
    assert!(found[1].is_equal(), "{found:#?}");

    capture.rebuild(table("t")).await.unwrap();
    settled(&capture).await;
    fixture.assert_equal(&lake).await;

    // The same when it can't even be opened: the others are, and the table comes back.
    capture.stop().await.unwrap();
    drop((capture, lake));
    for file in files(&fixture.folder.path().join("public/t")) {
        let length = std::fs::metadata(&file).unwrap().len();
        std::fs::write(&file, vec![0; usize::try_from(length).unwrap()]).unwrap();
    }
    let lake = fixture.lake().await;
    assert_eq!(query(&lake, "select count(*) from other").await, [["1"]]);
    let capture = fixture.start(&lake).await;
    settled(&capture).await;
    fixture.assert_equal(&lake).await;
}
