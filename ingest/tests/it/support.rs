//! A database, a lake folder and a capture between them.

use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use basalt_ingest::{
    Capture, CaptureConfig, CaptureHandle, CaptureStatus, Error, Verification, verify,
};
use basalt_testkit::TestDatabase;
use basalt_warehouse::{Lake, LakeConfig, Lsn, TableName};
use datafusion::prelude::SessionContext;
use tempfile::TempDir;

/// Longest wait for anything; reached only when something is broken.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub struct Fixture {
    pub pg: TestDatabase,
    pub folder: TempDir,
    pub tables: Vec<TableName>,
}

impl Fixture {
    /// A database made by `statements`, of which `tables` (in schema public) are captured.
    pub async fn new(statements: &str, tables: &[&str]) -> Self {
        let pg = basalt_testkit::database().await;
        pg.execute(statements).await;
        Self {
            pg,
            folder: tempfile::tempdir().unwrap(),
            tables: tables.iter().map(|name| table(name)).collect(),
        }
    }

    pub fn config(&self) -> CaptureConfig {
        CaptureConfig {
            slot: self.pg.name().to_owned(),
            publish_interval: Duration::from_millis(20),
            ..CaptureConfig::new(self.pg.url(), self.tables.clone())
        }
    }

    pub async fn lake_config(&self) -> LakeConfig {
        let identity = Capture::identify(self.pg.url()).await.unwrap();
        let mut config = LakeConfig::in_folder(self.folder.path());
        identity.configure(&mut config);
        config
    }

    /// The lake as it is on disk.
    pub async fn lake(&self) -> Lake {
        Lake::open(self.lake_config().await).await.unwrap()
    }

    pub async fn try_start(&self, lake: &Lake) -> Result<CaptureHandle, Error> {
        Capture::start(self.config(), lake.clone()).await
    }

    pub async fn start(&self, lake: &Lake) -> CaptureHandle {
        self.try_start(lake).await.unwrap()
    }

    /// A capture that has copied everything.
    pub async fn caught_up(&self) -> (Lake, CaptureHandle) {
        let lake = self.lake().await;
        let capture = self.start(&lake).await;
        capture.caught_up(PATIENCE).await.unwrap();
        (lake, capture)
    }

    pub async fn execute(&self, statements: &str) {
        self.pg.execute(statements).await;
    }

    /// Each statement as a transaction of its own.
    pub async fn execute_each(&self, statements: &[&str]) {
        for statement in statements {
            self.pg.execute(statement).await;
        }
    }

    pub async fn text(&self, query: &'static str) -> String {
        sqlx::query_scalar(query)
            .fetch_one(self.pg.pool())
            .await
            .unwrap()
    }

    /// Every table of the lake has the rows Postgres has.
    pub async fn assert_equal(&self, lake: &Lake) {
        for found in self.verify(lake).await {
            assert!(found.is_equal() && found.changed_since == 0, "{found:#?}");
        }
    }

    pub async fn verify(&self, lake: &Lake) -> Vec<Verification> {
        self.verify_retaining(lake, &[]).await
    }

    pub async fn verify_retaining(&self, lake: &Lake, retained: &[&str]) -> Vec<Verification> {
        let retained = retained.iter().map(|name| table(name)).collect();
        verify(self.pg.url(), lake, &self.tables, &retained, PATIENCE)
            .await
            .unwrap()
    }

    /// Drops the slot though a capture holds it: it is free for a moment only, before the capture
    /// has it again.
    pub async fn drop_slot(&self) {
        let terminate = "select pg_terminate_backend(active_pid) from pg_replication_slots where slot_name = $1 and active";
        eventually("the slot is dropped", || async {
            let (name, pool) = (self.pg.name(), self.pg.pool());
            sqlx::query(terminate)
                .bind(name)
                .execute(pool)
                .await
                .unwrap();
            let drop = sqlx::query("select pg_drop_replication_slot($1)").bind(name);
            drop.execute(pool).await.is_ok()
        })
        .await;
    }

    /// Where the server may cut its log.
    pub async fn confirmed(&self) -> Lsn {
        let text: String = sqlx::query_scalar(
            "select confirmed_flush_lsn::text from pg_replication_slots where slot_name = $1",
        )
        .bind(self.pg.name())
        .fetch_one(self.pg.pool())
        .await
        .unwrap();
        text.parse().unwrap()
    }
}

/// Caught up, with every copy that was found necessary on the way.
pub async fn settled(capture: &CaptureHandle) {
    capture.caught_up(PATIENCE).await.unwrap();
    until(capture, |status| {
        status.is_copied() && status.tables.iter().all(|table| table.stale.is_none())
    })
    .await;
    capture.caught_up(PATIENCE).await.unwrap();
}

/// A table of schema public.
pub fn table(name: &str) -> TableName {
    TableName::new("public", name)
}

/// Waits for a state of the capture.
pub async fn until(
    capture: &CaptureHandle,
    reached: impl FnMut(&CaptureStatus) -> bool,
) -> CaptureStatus {
    let mut status = capture.subscribe();
    match tokio::time::timeout(PATIENCE, status.wait_for(reached)).await {
        Ok(status) => status.unwrap().clone(),
        Err(_) => panic!("never reached: {:#?}", capture.status()),
    }
}

/// Waits for a condition outside of the capture.
pub async fn eventually<F: Future<Output = bool>>(what: &str, mut check: impl FnMut() -> F) {
    let wait = async {
        while !check().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, wait)
        .await
        .unwrap_or_else(|_| panic!("never: {what}"));
}

/// Runs SQL on the lake's last snapshot: tables by name, histories as `history_<name>`.
pub async fn query(lake: &Lake, sql: &str) -> Vec<Vec<String>> {
    let context = SessionContext::new();
    let snapshot = lake.snapshot();
    for name in snapshot.table_names() {
        context
            .register_table(name.name.as_str(), snapshot.current(&name).unwrap())
            .unwrap();
        let history = format!("history_{}", name.name);
        context
            .register_table(history, snapshot.history(&name).unwrap())
            .unwrap();
    }
    let batches = context.sql(sql).await.unwrap().collect().await.unwrap();
    batches.iter().flat_map(texts).collect()
}

fn texts(batch: &RecordBatch) -> Vec<Vec<String>> {
    let options = FormatOptions::default().with_null("null");
    let columns: Vec<_> = batch
        .columns()
        .iter()
        .map(|column| ArrayFormatter::try_new(column, &options).unwrap())
        .collect();
    (0..batch.num_rows())
        .map(|row| {
            columns
                .iter()
                .map(|column| column.value(row).to_string())
                .collect()
        })
        .collect()
}
