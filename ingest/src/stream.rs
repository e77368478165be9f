//! The stream: one replication session after the other, from row messages to published changes.
//!
//! The reader of the connection is a task of its own (in the replication client) and keeps telling
//! the server that we are alive while this side waits for the lake; what it has read waits in a
//! bounded queue, behind which the server's socket fills up and the WAL waits.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use basalt_warehouse::{Lake, Lsn, TableName};
use futures::FutureExt as _;
use pgwire_replication::{PgWireError, ReplicationClient, ReplicationEvent};
use sqlx::PgPool;
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use crate::catalog::CapturedTable;
use crate::error::{Error, Result};
use crate::initial_copy::{Copier, Outcome, Request};
use crate::lake::{patiently, stop_asked};
use crate::nudge;
use crate::pgoutput::{self, Frame, RowMessage, Tuple};
use crate::source::{Source, SourceIdentity};
use crate::status::{Counters, Phase, StatusBoard};
use crate::tables::{FollowedTable, Tables, Taken};
use crate::transaction::{ACTOR_PREFIX, Author, OpenTransaction};

/// How often positions are acknowledged and loose ends looked after.
const HOUSEKEEPING: Duration = Duration::from_millis(250);
/// Events taken without looking at anything else.
const BURST: usize = 1024;

/// What others ask of the stream.
pub(crate) enum Command {
    /// Follow this table from now on; it will be copied. Answers when it is known.
    Register {
        table: Box<CapturedTable>,
        reply: oneshot::Sender<()>,
    },
    /// Copy these registered tables; they are published now.
    Copy(Vec<Request>),
    /// The table can't be followed.
    Refuse { table: TableName, reason: String },
    /// Copy the table again. Answers when it has begun.
    Rebuild {
        table: TableName,
        reply: oneshot::Sender<()>,
    },
}

/// Everything a stream is made of.
pub(crate) struct Stream {
    pub source: Source,
    pub identity: SourceIdentity,
    pub slot: String,
    pub publication: String,
    pub publish_interval: Duration,
    pub memory_budget: usize,
    pub spill_folder: PathBuf,
    pub partition_check: Duration,
    pub heartbeat: Duration,
    pub stall_after: Duration,
    pub backlog_bytes: u64,
    pub backlog_changes: u64,
    pub pool: PgPool,
    pub lake: Lake,
    pub status: StatusBoard,
    pub copier: Copier,
    /// Somebody waits for everything until now to be in files: who follows the lake, or a server that shuts down.
    pub manifest_asked: Arc<Notify>,
    pub tables: Tables,
    pub commands: mpsc::Receiver<Command>,
    pub stopping: watch::Receiver<bool>,
    pub progress: Progress,
}

/// How far the stream has come.
pub(crate) struct Progress {
    /// Everything up to here went to the lake.
    pub processed: Lsn,
    /// Something went to the lake since the last publication.
    pub unpublished: bool,
    pub published_at: Instant,
    pub heard_at: Instant,
    pub heartbeat_at: Instant,
    pub acknowledged: Lsn,
    pub counters: Counters,
    pub transaction: Option<OpenTransaction>,
    /// Failed tables that are still in the publication: nothing is acknowledged until they are out.
    pub to_unpublish: BTreeSet<TableName>,
    /// Tables whose copy could not be begun while the source was away, and why they need one.
    pub to_recopy: BTreeMap<usize, String>,
    pub noted_at: Instant,
    pub partitions_at: Instant,
    pub copies: JoinSet<()>,
    pub outcomes: (mpsc::Sender<Outcome>, mpsc::Receiver<Outcome>),
    old: Tuple,
    new: Tuple,
}

impl Progress {
    /// A stream whose slot stands at `acknowledged`.
    pub fn new(acknowledged: Lsn) -> Self {
        let now = Instant::now();
        Self {
            processed: Lsn::ZERO,
            unpublished: false,
            published_at: now,
            heard_at: now,
            heartbeat_at: now,
            acknowledged,
            counters: Counters::default(),
            transaction: None,
            to_unpublish: BTreeSet::new(),
            to_recopy: BTreeMap::new(),
            noted_at: now,
            partitions_at: now,
            copies: JoinSet::new(),
            outcomes: mpsc::channel(64),
            old: Tuple::new(),
            new: Tuple::new(),
        }
    }
}

impl Stream {
    /// Follows one session until the capture is to end.
    pub(crate) async fn stream(&mut self, client: &mut ReplicationClient) -> Result<()> {
        let mut housekeeping = interval(HOUSEKEEPING);
        housekeeping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let due = self.progress.published_at + self.publish_interval;
            tokio::select! {
                biased;
                () = stop_asked(&mut self.stopping) => return self.publish().await,
                Some(command) = self.commands.recv() => self.command(command).await?,
                Some(outcome) = self.progress.outcomes.1.recv() => self.copied(outcome).await?,
                _ = housekeeping.tick() => self.housekeep(client).await?,
                () = tokio::time::sleep_until(due.into()), if self.progress.unpublished => {
                    self.publish().await?;
                }
                event = client.recv() => {
                    self.event(event?).await?;
                    for _ in 0..BURST {
                        let Some(event) = client.recv().now_or_never() else { break };
                        self.event(event?).await?;
                    }
                }
            }
        }
    }

    async fn event(&mut self, event: Option<ReplicationEvent>) -> Result<()> {
        let Some(event) = event else {
            return Err(PgWireError::Task("the server ended the stream".into()).into());
        };
        match event {
            ReplicationEvent::Begin { final_lsn, .. } => {
                self.progress.transaction = Some(OpenTransaction::new(Lsn(final_lsn.0)));
                Ok(())
            }
            ReplicationEvent::XLogData { data, .. } => self.message(&data).await,
            ReplicationEvent::Message {
                transactional,
                prefix,
                content,
                ..
            } => {
                self.logical(transactional, &prefix, &content);
                Ok(())
            }
            ReplicationEvent::Commit {
                end_lsn,
                commit_time_micros,
                ..
            } => self.commit(Lsn(end_lsn.0), commit_time_micros).await,
            ReplicationEvent::KeepAlive {
                wal_end,
                reply_requested,
                ..
            } => {
                self.progress.heard_at = Instant::now();
                let end = Lsn(wal_end.0);
                // Between transactions it means: there is nothing for you up to here.
                if self.progress.transaction.is_none() && end > self.progress.processed {
                    self.advance(end).await?;
                }
                // A server that shuts down waits until we have confirmed everything: write it now.
                if reply_requested {
                    self.manifest_asked.notify_one();
                }
                Ok(())
            }
            ReplicationEvent::StoppedAt { .. } => Ok(()),
        }
    }

    /// A message of the plugin as it comes outside of a replication session.
    pub(crate) async fn raw(&mut self, message: &[u8]) -> Result<()> {
        match pgoutput::frame(message)? {
            Frame::Begin { commit_record } => {
                self.progress.transaction = Some(OpenTransaction::new(commit_record));
                Ok(())
            }
            Frame::Commit {
                end,
                commit_time_micros,
            } => self.commit(end, commit_time_micros).await,
            Frame::Logical {
                transactional,
                prefix,
                content,
            } => {
                self.logical(transactional, prefix, content);
                Ok(())
            }
            Frame::Origin => Ok(()),
            Frame::Row => self.message(message).await,
        }
    }

    /// A logical message; those outside of transactions say nothing to us.
    fn logical(&mut self, transactional: bool, prefix: &str, content: &[u8]) {
        if let (true, Some(transaction)) = (transactional, &mut self.progress.transaction) {
            match prefix {
                ACTOR_PREFIX => transaction.author = Author::parse(content),
                nudge::PREFIX => transaction.nudged = true,
                nudge::MANIFEST_PREFIX => transaction.manifest = true,
                _ => {}
            }
        }
    }

    async fn message(&mut self, message: &[u8]) -> Result<()> {
        let progress = &mut self.progress;
        let row = pgoutput::parse(message, &mut progress.old, &mut progress.new)?;
        let Some(transaction) = &mut progress.transaction else {
            return Err(crate::Malformed::new("a row outside of a transaction").into());
        };
        if let RowMessage::Relation(relation) = row {
            return Box::pin(self.relation(relation)).await;
        }
        match self
            .tables
            .take(transaction, message, &row, &progress.old, &progress.new)
        {
            Taken::Done if self.is_pressed() => self.relieve().await,
            Taken::Done => Ok(()),
            Taken::Broken(place, error) => Box::pin(self.recopy(place, error.to_string())).await,
        }
    }

    async fn commit(&mut self, end: Lsn, commit_time_micros: i64) -> Result<()> {
        let Some(mut transaction) = self.progress.transaction.take() else {
            return Err(crate::Malformed::new("a commit without a beginning").into());
        };
        self.progress.heard_at = Instant::now();
        for place in std::mem::take(&mut transaction.touched) {
            if let Err(error) = self.tables.seal(place, &mut transaction) {
                self.progress.transaction = Some(transaction);
                Box::pin(self.recopy(place, error.to_string())).await?;
                transaction = self
                    .progress
                    .transaction
                    .take()
                    .expect("put there just now");
            }
        }
        if end <= self.progress.processed {
            return Ok(()); // sent again after a reconnection
        }
        for (place, values) in std::mem::take(&mut transaction.lost) {
            let name = self.tables.get(place).name();
            self.status
                .table(name, |table| table.unrepresentable += values);
        }
        let nudged = transaction.nudged;
        let manifest = transaction.manifest;
        self.progress.counters.transactions += 1;
        self.progress.counters.rows += transaction.rows;
        self.progress.counters.bytes += transaction.bytes;
        if transaction.spilled.is_empty() {
            self.apply(transaction, end, commit_time_micros).await?;
        } else {
            Box::pin(self.apply_large(transaction, end, commit_time_micros)).await?;
        }
        if manifest {
            self.manifest_asked.notify_one();
        }
        if nudged || self.progress.published_at.elapsed() >= self.publish_interval {
            self.publish().await?;
        }
        Ok(())
    }

    /// Hands a transaction to the lake; a table the lake refuses is copied again, the others' changes
    /// go in.
    async fn apply(
        &mut self,
        transaction: OpenTransaction,
        end: Lsn,
        commit_time_micros: i64,
    ) -> Result<()> {
        let tables = &self.tables;
        let mut committed = transaction.commit(end, commit_time_micros, |place| {
            tables.get(place).name().clone()
        });
        while !committed.changes.is_empty() {
            let applied = patiently(&self.lake, &self.status, &mut self.stopping, || {
                self.lake.apply(committed.clone())
            })
            .await;
            let error = match applied {
                Ok(()) => break,
                Err(Error::Lake(error)) => error,
                Err(error) => return Err(error),
            };
            let Some(table) = crate::lake::table_of(&error).cloned() else {
                return Err(error.into());
            };
            let Some(place) = self.tables.place(&table) else {
                return Err(error.into());
            };
            committed.changes.retain(|(name, _)| *name != table);
            Box::pin(self.recopy(place, error.to_string())).await?;
        }
        self.advance(end).await
    }

    /// Everything up to `end` has been handed over.
    pub(crate) async fn advance(&mut self, end: Lsn) -> Result<()> {
        patiently(&self.lake, &self.status, &mut self.stopping, || {
            self.lake.advance(end)
        })
        .await?;
        self.progress.processed = end;
        self.progress.unpublished = true;
        // However long the lake took: that was not the source's silence.
        self.progress.heard_at = Instant::now();
        Ok(())
    }

    /// Makes everything handed over visible.
    pub(crate) async fn publish(&mut self) -> Result<()> {
        let snapshot = patiently(&self.lake, &self.status, &mut self.stopping, || {
            self.lake.publish()
        })
        .await?;
        self.progress.published_at = Instant::now();
        self.progress.unpublished = false;
        let (visible, progress) = (snapshot.lsn(), &mut self.progress);
        self.status.update(|status| {
            status.received = progress.processed;
            status.visible = visible;
            let copied_rows = status.counters.copied_rows;
            status.counters = Counters {
                copied_rows,
                ..progress.counters
            };
        });
        Ok(())
    }

    async fn command(&mut self, command: Command) -> Result<()> {
        match command {
            Command::Register { table, reply } => {
                let mut table = FollowedTable::new(*table, Lsn::ZERO);
                table.copying_since = Some(self.progress.processed);
                self.tables.add(table);
                self.steady();
                let _ = reply.send(());
                Ok(())
            }
            Command::Copy(requests) => {
                self.copy(requests);
                Ok(())
            }
            Command::Rebuild { table, reply } => {
                if let Some(place) = self.tables.place(&table) {
                    Box::pin(self.recopy(place, "a rebuild was asked for".into())).await?;
                }
                let _ = reply.send(());
                Ok(())
            }
            Command::Refuse { table, reason } => match self.tables.place(&table) {
                Some(place) => self.fail(place, reason).await,
                None => Ok(()),
            },
        }
    }

    /// Starts to copy tables in the background.
    pub fn copy(&mut self, tables: Vec<Request>) {
        if !tables.is_empty() {
            let (copier, outcomes) = (self.copier.clone(), self.progress.outcomes.0.clone());
            self.progress
                .copies
                .spawn(async move { Box::pin(copier.run(tables, outcomes)).await });
        }
    }

    /// The phase of a stream that runs.
    pub(crate) fn steady(&self) {
        let copying = self.tables.is_copying();
        self.status.set_phase(if copying {
            Phase::Copying
        } else {
            Phase::Streaming
        });
    }
}
