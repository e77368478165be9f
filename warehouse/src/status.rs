//! The state of the lake's tables, for people and monitoring.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::{Lsn, Profile, TableName};

/// One table of the lake.
#[derive(Clone, Debug, Serialize)]
pub struct TableStatus {
    pub name: TableName,
    pub key: Vec<String>,
    /// Current rows, hot ones included.
    pub rows: u64,
    /// Rows of the current table that wait in memory, dead ones included.
    pub hot_rows: u64,
    /// Memory held by the table's changes (current and history), in bytes.
    pub hot_bytes: u64,
    /// Memory held by the key index, in bytes.
    pub index_bytes: u64,
    /// Dead rows within the files.
    pub dead_rows: u64,
    /// Parquet files of the current table.
    pub files: usize,
    /// Size of these files in bytes.
    pub bytes: u64,
    /// Rows of the history table.
    pub history_rows: u64,
    pub history_files: usize,
    pub history_bytes: u64,
    /// How the current table takes dead rows.
    pub profile: Profile,
    /// Version of the Delta table.
    pub delta_version: u64,
    /// Changes at or below are in the lake; none before the initial copy.
    pub lsn: Option<Lsn>,
    /// Changes at or below are in the Delta table.
    pub durable_lsn: Option<Lsn>,
    /// Why the table can't be written; it is still served.
    pub error: Option<String>,
    /// Why its content is out of date until it is copied anew.
    pub stale: Option<String>,
    /// It can't be written before it is copied anew.
    pub stopped: bool,
}

impl TableStatus {
    /// Bytes of log between what is in the lake and what is in its Delta tables.
    pub fn lag_bytes(&self) -> u64 {
        let durable = self.durable_lsn.unwrap_or_default();
        self.lsn.map_or(0, |lsn| lsn.0.saturating_sub(durable.0))
    }
}

/// What a flush did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FlushReport {
    /// Delta tables (current and history) that got a commit.
    pub commits: usize,
    /// Rows written, those of rewritten files included.
    pub rows: u64,
    pub files_added: usize,
    pub files_removed: usize,
    /// Files that got a new deletion vector.
    pub vectors: usize,
    pub bytes: u64,
    pub elapsed: Duration,
}

/// Where a lake stands.
#[derive(Clone, Debug, Serialize)]
pub struct LakeStatus {
    /// Every transaction at or below is staged.
    pub applied_lsn: Lsn,
    /// What readers see.
    pub visible_lsn: Lsn,
    pub published_at: DateTime<Utc>,
    /// Safe to acknowledge to the source.
    pub durable_lsn: Lsn,
    /// The newest manifest: what nodes without a hot tier see.
    pub manifest_lsn: Option<Lsn>,
    pub manifest_number: Option<u64>,
    pub hot_bytes: u64,
    /// Bytes of the source's log that it keeps for the lake.
    pub lag_bytes: u64,
}

/// Something that went wrong and was not made good yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LakeError {
    /// None when it concerns the lake as a whole.
    pub table: Option<TableName>,
    /// What failed: `write`, `manifest`, `upkeep`, `erase`.
    pub what: &'static str,
    pub message: String,
}

/// One live file of the lake.
#[derive(Clone, Debug, Serialize)]
pub struct FileStatus {
    pub table: TableName,
    /// Of the history table, not of the current one.
    pub history: bool,
    /// Path below the folder of its Delta table.
    pub path: String,
    pub rows: u64,
    /// Rows that died, in the Delta table or since.
    pub dead_rows: u64,
    pub bytes: u64,
    /// Does a deletion vector name dead rows?
    pub vector: bool,
    pub written_at: DateTime<Utc>,
}

/// What a compaction did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Compaction {
    pub files_removed: usize,
    pub files_added: usize,
    /// Rows written.
    pub rows: u64,
    /// Dead rows left out.
    pub dead_rows: u64,
    pub bytes: u64,
    pub elapsed: Duration,
}

impl Compaction {
    pub(crate) fn add(&mut self, other: &Self) {
        self.files_removed += other.files_removed;
        self.files_added += other.files_added;
        self.rows += other.rows;
        self.dead_rows += other.dead_rows;
        self.bytes += other.bytes;
        self.elapsed += other.elapsed;
    }
}

/// What an erasure did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ErasureReport {
    /// Its number on the list of erasures.
    pub number: u64,
    /// Files that held one of the keys.
    pub files_rewritten: usize,
    /// Files of the past that are gone, these among them.
    pub files_deleted: usize,
}

/// What one call of [`Lake::maintain`](crate::Lake::maintain) did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Maintenance {
    pub compaction: Option<Compaction>,
    /// Files that no version needed any more.
    pub deleted: usize,
    /// The number of a manifest that could be written only now.
    pub manifest: Option<u64>,
}
