//! A capture as its user holds it: start, state, nudge, more tables, stop.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use basalt_warehouse::{Lake, Lsn, TableName};
use sqlx::PgPool;
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::task::{JoinError, JoinHandle};
use tokio::time::timeout_at;

use crate::error::{Error, Result};
use crate::flush;
use crate::initial_copy::Copier;
use crate::nudge::Nudger;
use crate::prepare::{Admitted, admit, prepare};
use crate::publication;
use crate::source::{PATIENCE, Source, SourceIdentity, within};
use crate::status::{CaptureStatus, Phase, StatusBoard, TableProgress};
use crate::stream::{Command, Progress, Stream};

/// What to capture and how.
#[derive(Clone)]
pub struct CaptureConfig {
    /// URL of the database; a Unix socket (`?host=/run/postgresql`) is the fastest way.
    pub source_url: String,
    /// Name of the replication slot, of this database and lake alone.
    pub slot: String,
    /// Name of the publication; its list of tables is kept equal to `tables`.
    pub publication: String,
    /// The tables to capture; nothing else leaves the source.
    pub tables: Vec<TableName>,
    /// Of these, the ones whose older rows the source drops on purpose (with their partitions) and
    /// the lake is to keep.
    pub retained: BTreeSet<TableName>,
    /// Longest time between a commit's arrival and its visibility.
    pub publish_interval: Duration,
    /// Sessions that read in parallel during the initial copy.
    pub copy_workers: usize,
    /// How often the publication is looked at for tables that left it, and partitioned tables for
    /// partitions that came or went as a whole.
    pub partition_check: Duration,
    /// A silent stream is asked for a sign of life after this,
    pub heartbeat: Duration,
    /// and its connection is made anew when none has come after this.
    pub stall_after: Duration,
    /// A backlog of more bytes of log is read through SQL, which is faster than the stream,
    pub backlog_bytes: u64,
    /// in pieces of about as many changes, each of which is flushed before the next is read.
    pub backlog_changes: u64,
    /// Memory for one transaction, in bytes; what is larger is staged in `spill_folder`.
    pub memory_budget: usize,
    /// Local folder for transactions that are larger than memory is for.
    pub spill_folder: PathBuf,
}

/// Longer than any wait, and short enough for the clock.
const FOREVER: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

impl CaptureConfig {
    /// Captures `tables` of `source_url` with the standard settings.
    pub fn new(source_url: impl Into<String>, tables: Vec<TableName>) -> Self {
        Self {
            source_url: source_url.into(),
            slot: "basalt".into(),
            publication: "basalt".into(),
            tables,
            retained: BTreeSet::new(),
            publish_interval: Duration::from_millis(200),
            copy_workers: 2,
            partition_check: Duration::from_secs(10),
            heartbeat: Duration::from_secs(10),
            stall_after: Duration::from_secs(60),
            backlog_bytes: 256 << 20,
            backlog_changes: 1_000_000,
            memory_budget: 256 << 20,
            spill_folder: std::env::temp_dir(),
        }
    }
}

impl std::fmt::Debug for CaptureConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The URL may hold a password.
        f.debug_struct("CaptureConfig")
            .field("slot", &self.slot)
            .field("publication", &self.publication)
            .field("tables", &self.tables)
            .finish_non_exhaustive()
    }
}

/// Starts captures.
#[derive(Debug)]
pub struct Capture;

impl Capture {
    /// Which server a URL leads to: `LakeConfig::source_id` and `LakeConfig::timeline`.
    ///
    /// # Errors
    /// The URL or the connection; [`Error::NoReplicationRight`].
    pub async fn identify(url: &str) -> Result<SourceIdentity> {
        Source::parse(url)?.identify().await
    }

    /// Prepares the source (publication, slot), and follows it in the background from where the
    /// lake ends; tables the lake does not have are copied first.
    ///
    /// A table that can't be captured does not stop the others: see [`TableProgress::error`].
    ///
    /// # Errors
    /// What concerns the whole source; each says how it is put right.
    pub async fn start(config: CaptureConfig, lake: Lake) -> Result<CaptureHandle> {
        let source = Source::parse(&config.source_url)?;
        let identity = source.identify().await?;
        let workers = u32::try_from(config.copy_workers).unwrap_or(1);
        let pool = source.pool(workers + 4);
        let status = StatusBoard::new(
            config
                .tables
                .iter()
                .cloned()
                .map(TableProgress::new)
                .collect(),
        );
        let mut connection = within("connecting to the source", PATIENCE, pool.acquire()).await??;
        publication::check_server(&mut connection).await?;
        let prepare = prepare(&mut connection, &config, &lake, &status, &identity);
        let prepared = Box::pin(prepare).await?;
        drop(connection);

        let (stop, stopping) = watch::channel(false);
        let (commands, received) = mpsc::channel(16);
        let copier = Copier {
            source: source.clone(),
            lake: lake.clone(),
            status: status.clone(),
            workers: config.copy_workers,
            retained: config.retained.clone(),
            stopping: stopping.clone(),
        };
        let manifest_asked = Arc::new(Notify::new());
        let flusher = tokio::spawn(flush::run(
            lake.clone(),
            status.clone(),
            manifest_asked.clone(),
            stopping.clone(),
        ));
        let mut stream = Stream {
            source,
            identity,
            slot: config.slot.clone(),
            publication: config.publication.clone(),
            publish_interval: config.publish_interval,
            partition_check: config.partition_check,
            heartbeat: config.heartbeat,
            stall_after: config.stall_after,
            backlog_bytes: config.backlog_bytes,
            backlog_changes: config.backlog_changes,
            memory_budget: config.memory_budget,
            spill_folder: config.spill_folder.clone(),
            pool: pool.clone(),
            lake: lake.clone(),
            status: status.clone(),
            copier,
            manifest_asked,
            tables: prepared.tables,
            commands: received,
            stopping,
            progress: Progress::new(prepared.acknowledged),
        };
        stream.copy(prepared.to_copy);
        let stream = tokio::spawn(Box::pin(stream.run()));
        Ok(CaptureHandle {
            nudger: Nudger::start(pool.clone()),
            publication: config.publication,
            retained: config.retained,
            pool,
            lake,
            status,
            commands,
            stop,
            tasks: Mutex::new(Some(Tasks { flusher, stream })),
        })
    }
}

/// A running capture. Dropped without [`CaptureHandle::stop`] it is cut off wherever it is, as by
/// the end of the process: open the lake anew before the next start, which goes on without loss.
#[derive(Debug)]
pub struct CaptureHandle {
    publication: String,
    retained: BTreeSet<TableName>,
    pool: PgPool,
    lake: Lake,
    status: StatusBoard,
    nudger: Nudger,
    commands: mpsc::Sender<Command>,
    stop: watch::Sender<bool>,
    tasks: Mutex<Option<Tasks>>,
}

/// What runs in the background.
#[derive(Debug)]
struct Tasks {
    flusher: JoinHandle<()>,
    stream: JoinHandle<Result<()>>,
}

impl CaptureHandle {
    /// The state now.
    pub fn status(&self) -> CaptureStatus {
        self.status.read()
    }

    /// The state as it changes.
    pub fn subscribe(&self) -> watch::Receiver<CaptureStatus> {
        self.status.subscribe()
    }

    /// The position of "now": everything committed before the call is at or below it. The stream
    /// publishes as soon as it has passed. Calls that come together share one write.
    ///
    /// # Errors
    /// The source can't be written to, or the capture has ended.
    pub async fn nudge(&self) -> Result<Lsn> {
        self.nudger.nudge().await
    }

    /// Captures more tables: publishes them and copies them in the background while the stream
    /// goes on. Tables that are captured already are left alone.
    ///
    /// # Errors
    /// One of the tables can't be captured; those before it are added.
    pub async fn add_tables(&self, tables: Vec<TableName>) -> Result<()> {
        let mut connection =
            within("connecting to the source", PATIENCE, self.pool.acquire()).await??;
        let mut added = Vec::new();
        for name in tables {
            let status = self.status();
            if status
                .table(&name)
                .is_some_and(|table| table.error.is_none())
            {
                continue;
            }
            let Admitted { table, copy, .. } = {
                let retained = self.retained.contains(&name);
                admit(&mut connection, &name, &self.lake, false, retained).await?
            };
            self.status.add_table(TableProgress::new(name.clone()));
            self.status.table(&name, |progress| {
                *progress = TableProgress::new(name.clone());
                progress.estimated_rows = table.estimated_rows;
            });
            // Known to the stream before it is published: no announcement is overheard.
            let (reply, registered) = oneshot::channel();
            self.send(Command::Register {
                table: Box::new(table),
                reply,
            })
            .await?;
            registered
                .await
                .map_err(|_| Error::Stopped(String::new()))?;
            let list = std::slice::from_ref(&name);
            if let Err(error) = publication::add(&mut connection, &self.publication, list).await {
                let reason = error.to_string();
                self.send(Command::Refuse {
                    table: name,
                    reason,
                })
                .await?;
                return Err(error);
            }
            added.extend(copy);
        }
        self.send(Command::Copy(added)).await
    }

    async fn send(&self, command: Command) -> Result<()> {
        self.commands
            .send(command)
            .await
            .map_err(|_| Error::Stopped(String::new()))
    }

    /// Copies a table again though nothing is known to be missing; what the lake has of it is served
    /// until then, and rows that are equal leave no trace in the history.
    ///
    /// # Errors
    /// The capture has ended.
    pub async fn rebuild(&self, table: TableName) -> Result<()> {
        if self.status().table(&table).is_none() {
            return Err(Error::UnknownTable(table));
        }
        let (reply, begun) = oneshot::channel();
        self.send(Command::Rebuild { table, reply }).await?;
        begun.await.map_err(|_| Error::Stopped(String::new()))
    }

    /// Waits until every table is copied and everything committed before the call is visible;
    /// returns the position of the call. `Duration::MAX` waits for good.
    ///
    /// # Errors
    /// [`Error::Timeout`], or the capture has failed or ended.
    pub async fn caught_up(&self, patience: Duration) -> Result<Lsn> {
        let deadline = Instant::now() + patience.min(FOREVER);
        let what = "waiting for the capture to catch up";
        self.wait(what, deadline, CaptureStatus::is_copied).await?;
        let now = self.nudge().await?;
        self.wait(what, deadline, |status| status.visible >= now)
            .await?;
        Ok(now)
    }

    /// Waits for a state. A failed or stopped capture is an error.
    async fn wait(
        &self,
        what: &str,
        deadline: Instant,
        mut reached: impl FnMut(&CaptureStatus) -> bool,
    ) -> Result<()> {
        let mut status = self.subscribe();
        let started = Instant::now();
        let wait = status.wait_for(|status| {
            reached(status) || matches!(status.phase, Phase::Failed(_) | Phase::Stopped)
        });
        match timeout_at(deadline.into(), wait).await {
            Ok(Ok(status)) if reached(&status) => Ok(()),
            Ok(Ok(status)) => match &status.phase {
                Phase::Failed(reason) => Err(Error::Stopped(format!(": {reason}"))),
                _ => Err(Error::Stopped(String::new())),
            },
            Ok(Err(_)) => Err(Error::Stopped(String::new())),
            Err(_) => Err(Error::Timeout {
                what: format!("{what} ({})", summary(&self.status())),
                after: started.elapsed(),
            }),
        }
    }

    /// Ends the capture: publishes and flushes what has been received, acknowledges it and frees
    /// the slot. A second call returns at once.
    ///
    /// # Errors
    /// The capture had failed, or the last flush did.
    pub async fn stop(&self) -> Result<()> {
        let _ = self.stop.send(true);
        let tasks = self
            .tasks
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(Tasks { flusher, stream }) = tasks else {
            return Ok(());
        };
        let died = |error: JoinError| Error::Task(error.to_string());
        let stopped = stream.await.map_err(died)?;
        flusher.await.map_err(died)?;
        stopped
    }
}

/// The state in one line, for errors.
fn summary(status: &CaptureStatus) -> String {
    let copied = status.tables.iter().filter(|table| table.done).count();
    format!(
        "{:?}, {copied} of {} tables copied, received {}, visible {}",
        status.phase,
        status.tables.len(),
        status.received,
        status.visible
    )
}

impl Drop for CaptureHandle {
    fn drop(&mut self) {
        let tasks = self
            .tasks
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(Tasks { flusher, stream }) = tasks {
            flusher.abort();
            stream.abort();
        }
    }
}
