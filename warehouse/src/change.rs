//! Changes as they come from the source: one transaction, its tables, their rows.

use arrow::array::RecordBatch;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{Lsn, TableName};

/// What happened to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Op {
    Insert = b'I',
    Update = b'U',
    Delete = b'D',
    /// Every row of the table is gone; the columns of this row are ignored.
    Truncate = b'T',
    /// The row as the initial copy found it.
    Snapshot = b'R',
    /// The row as a repeated copy found it.
    Resync = b'S',
}

impl Op {
    /// The word in the `op` column of a history table.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Insert => "insert",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Truncate => "truncate",
            Self::Snapshot => "snapshot",
            Self::Resync => "resync",
        }
    }

    pub(crate) const fn from_byte(byte: u8) -> Option<Self> {
        Some(match byte {
            b'I' => Self::Insert,
            b'U' => Self::Update,
            b'D' => Self::Delete,
            b'T' => Self::Truncate,
            b'R' => Self::Snapshot,
            b'S' => Self::Resync,
            _ => return None,
        })
    }

    /// Does the operation leave a row behind?
    pub(crate) const fn puts(self) -> bool {
        !matches!(self, Self::Delete | Self::Truncate)
    }
}

/// Columns of one row that the source left out because they did not change (Postgres: TOAST).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnchangedColumns {
    /// Row within the batch.
    pub row: u32,
    /// Columns, by position in the table's definition. Their values in the batch are ignored.
    pub columns: Vec<u16>,
}

/// Consecutive changes of one table within a transaction.
#[derive(Clone, Debug)]
pub struct ChangeBatch {
    /// One operation a row. A change of the key is a `Delete` of the old key and an `Insert`.
    pub ops: Vec<Op>,
    /// The table's columns in the order of its definition. A `Delete` needs its key columns only;
    /// a `Truncate` needs none.
    pub rows: RecordBatch,
    /// Values to be taken from the lake's own current row with the same key.
    pub unchanged: Vec<UnchangedColumns>,
}

/// A committed transaction of the source.
#[derive(Clone, Debug)]
pub struct Transaction {
    /// The position just behind the commit record.
    pub lsn: Lsn,
    pub committed_at: DateTime<Utc>,
    /// Who did it, when the source says so.
    pub actor: Option<String>,
    /// By which door, when the source says so.
    pub via: Option<String>,
    /// In the order of the transaction; a table may come more than once.
    pub changes: Vec<(TableName, ChangeBatch)>,
}
