//! The state of the lake's tables, for people and monitoring.

use std::time::Duration;

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
