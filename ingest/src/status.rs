//! The state of a capture as people and other parts see it.

use std::sync::Arc;
use std::time::Duration;

use basalt_warehouse::{Lsn, TableName};
use chrono::{DateTime, Utc};
use serde::Serialize;
use tokio::sync::watch;

/// What the capture is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "phase", content = "reason")]
pub enum Phase {
    /// Connecting for the first time.
    Starting,
    /// At least one table is being copied; changes are received meanwhile.
    Copying,
    /// Every table is followed.
    Streaming,
    /// Waiting for something outside: the lake's memory or store, the source's connection.
    /// Nothing is lost; it goes on by itself.
    Paused(String),
    /// Given up: somebody has to act.
    Failed(String),
    Stopped,
}

/// One table of the capture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableProgress {
    pub name: TableName,
    /// Rows copied so far by the initial copy of this run.
    pub rows: u64,
    /// Bytes of these rows on the wire.
    pub bytes: u64,
    /// Rows the copy expects, by the planner's statistics.
    pub estimated_rows: u64,
    /// When the copy of this run began to read.
    pub copying_since: Option<DateTime<Utc>>,
    /// The initial copy is complete and the table is followed.
    pub done: bool,
    /// Values that became null because the lake has no such value (see the mapping table).
    pub unrepresentable: u64,
    /// Why what the lake has of it is out of date; it is being copied again.
    pub stale: Option<String>,
    /// Why the table isn't captured any more; what the lake has of it is out of date.
    pub error: Option<String>,
}

impl TableProgress {
    /// How long the copy will still take if it goes on as it has; none while nothing can be said.
    pub fn eta(&self, now: DateTime<Utc>) -> Option<Duration> {
        let since = self.copying_since.filter(|_| !self.done && self.rows > 0)?;
        let left = self.estimated_rows.checked_sub(self.rows)?;
        let elapsed = (now - since).to_std().ok()?;
        Duration::try_from_secs_f64(elapsed.as_secs_f64() * left as f64 / self.rows as f64).ok()
    }

    pub(crate) fn new(name: TableName) -> Self {
        Self {
            name,
            rows: 0,
            bytes: 0,
            estimated_rows: 0,
            copying_since: None,
            done: false,
            unrepresentable: 0,
            stale: None,
            error: None,
        }
    }
}

/// What has gone through since the capture was started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counters {
    pub transactions: u64,
    /// Row changes of the stream.
    pub rows: u64,
    /// Bytes of these changes on the wire.
    pub bytes: u64,
    /// Rows of initial copies.
    pub copied_rows: u64,
    /// Bytes of transactions that were staged on local disk.
    pub spilled_bytes: u64,
    /// The most memory a transaction held, as it arrived or on its way to the lake, in bytes.
    pub peak_transaction_bytes: u64,
    /// Pieces of a backlog that were read through SQL, and messages in them.
    pub backlog_pieces: u64,
    pub backlog_changes: u64,
    /// Times the source fell silent and was connected to anew.
    pub stalls: u64,
    /// Times every table had to be copied again because the slot was lost under way.
    pub resyncs: u64,
    /// Times the connection was made again.
    pub reconnects: u64,
}

/// The state of a capture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CaptureStatus {
    #[serde(flatten)]
    pub phase: Phase,
    /// Everything up to here has been received.
    pub received: Lsn,
    /// Everything up to here is visible in the lake.
    pub visible: Lsn,
    /// The source may forget its log up to here.
    pub acknowledged: Lsn,
    pub tables: Vec<TableProgress>,
    pub counters: Counters,
    /// A difficulty that does not stop the stream (yet), such as a flush that failed.
    pub warning: Option<String>,
}

impl CaptureStatus {
    /// `true` when every table is either followed or given up.
    pub fn is_copied(&self) -> bool {
        self.tables
            .iter()
            .all(|table| table.done || table.error.is_some())
    }

    /// The progress of one table.
    pub fn table(&self, name: &TableName) -> Option<&TableProgress> {
        self.tables.iter().find(|table| table.name == *name)
    }
}

/// Where the tasks of a capture write its state.
#[derive(Debug, Clone)]
pub(crate) struct StatusBoard(Arc<watch::Sender<CaptureStatus>>);

impl StatusBoard {
    pub fn new(tables: Vec<TableProgress>) -> Self {
        Self(Arc::new(watch::Sender::new(CaptureStatus {
            phase: Phase::Starting,
            received: Lsn::ZERO,
            visible: Lsn::ZERO,
            acknowledged: Lsn::ZERO,
            tables,
            counters: Counters::default(),
            warning: None,
        })))
    }

    pub fn read(&self) -> CaptureStatus {
        self.0.borrow().clone()
    }

    pub fn subscribe(&self) -> watch::Receiver<CaptureStatus> {
        self.0.subscribe()
    }

    /// Changes the state and wakes those who watch.
    pub fn update(&self, change: impl FnOnce(&mut CaptureStatus)) {
        self.0.send_modify(change);
    }

    /// Like [`update`](Self::update), but wakes nobody when nothing has changed.
    pub fn set_phase(&self, phase: Phase) {
        self.0.send_if_modified(|status| {
            let changed = status.phase != phase;
            if changed {
                tracing::info!(?phase, "capture");
                status.phase = phase;
            }
            changed
        });
    }

    /// Sets or clears the warning.
    pub fn warn(&self, warning: Option<String>) {
        self.0.send_if_modified(|status| {
            let changed = status.warning != warning;
            if changed {
                if let Some(warning) = &warning {
                    tracing::warn!(warning, "capture");
                }
                status.warning = warning;
            }
            changed
        });
    }

    /// Changes the progress of one table.
    pub fn table(&self, name: &TableName, change: impl FnOnce(&mut TableProgress)) {
        self.0.send_modify(|status| {
            if let Some(table) = status.tables.iter_mut().find(|table| table.name == *name) {
                change(table);
            }
        });
    }

    /// Adds a table unless it is there.
    pub fn add_table(&self, table: TableProgress) {
        self.0.send_modify(|status| {
            if !status.tables.iter().any(|known| known.name == table.name) {
                status.tables.push(table);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn the_rest_takes_as_long_as_the_beginning_did() {
        let since = DateTime::UNIX_EPOCH;
        let now = since + TimeDelta::seconds(10);
        let mut progress = TableProgress {
            rows: 100,
            estimated_rows: 300,
            copying_since: Some(since),
            ..TableProgress::new(TableName::new("public", "t"))
        };
        assert_eq!(progress.eta(now), Some(Duration::from_secs(20)));
        // More rows than the planner knew of: nothing can be said.
        progress.rows = 400;
        assert_eq!(progress.eta(now), None);
    }
}
