//! What can go wrong in the lake.

use std::time::Duration;

use chrono::{DateTime, Utc};
use datafusion::error::DataFusionError;
use deltalake_core::DeltaTableError;
use parquet::errors::ParquetError;

use crate::{Lsn, TableName};

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of the lake. Nothing that was refused has been applied in part.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("`{0}` does not name a table as schema.table")]
    Name(String),
    #[error("the lake has no table {0}; call ensure_table first")]
    UnknownTable(TableName),
    #[error("table {table}: {detail}")]
    Schema { table: TableName, detail: String },
    #[error("table {table}: {detail}")]
    Change { table: TableName, detail: String },
    #[error("table {0} is being copied already")]
    Copying(TableName),
    #[error(
        "changes up to {wanted} are not visible after {}; visible is {visible}",
        seconds(waited)
    )]
    Lagging {
        wanted: Lsn,
        visible: Lsn,
        waited: Duration,
    },
    /// Flush, then apply the same transaction again.
    #[error(
        "{bytes} bytes of changes wait in memory, more than the bound of {limit}; flush the lake"
    )]
    HotTierFull { bytes: usize, limit: usize },
    /// The table's files contradict what the lake knows; it is no longer written.
    #[error("table {table} is stopped: {reason}")]
    Stopped { table: TableName, reason: String },
    #[error("the lake knows nothing of {wanted}: its first snapshot is of {first} ({at})")]
    BeforeFirstSnapshot {
        wanted: String,
        first: Lsn,
        at: DateTime<Utc>,
    },
    #[error("{wanted} is not there yet; the lake stands at {visible}")]
    NotYet { wanted: String, visible: Lsn },
    #[error("table {table} can't be shown as of then: {detail}")]
    NotKept { table: TableName, detail: String },
    #[error("the lake has no snapshot manifest yet; one is written after the next flush")]
    NoManifest,
    #[error("snapshot manifest: {0}")]
    Manifest(String),
    #[error("query plan: {0}")]
    Plan(#[source] Box<DataFusionError>),
    /// A transaction was left half-way; nothing of the lake may be shown or written any more.
    #[error(
        "a large transaction was broken off half-way; open the lake again, its source repeats it"
    )]
    Torn,
    #[error("local disk for changes that wait: {0}")]
    Spill(#[source] std::io::Error),
    #[error("lake settings: {0}")]
    Config(String),
    #[error("Delta log: {0}")]
    Delta(#[source] Box<DeltaTableError>),
    #[error("object store: {0}")]
    ObjectStore(#[from] object_store::Error),
    #[error("Parquet: {0}")]
    Parquet(#[source] ParquetError),
    #[error("reading a table: {0}")]
    Scan(#[source] Box<DataFusionError>),
    #[error("Arrow: {0}")]
    Arrow(#[from] arrow::error::ArrowError),
    #[error("a background task of the lake died: {0}")]
    Task(#[from] tokio::task::JoinError),
}

impl From<DeltaTableError> for Error {
    fn from(error: DeltaTableError) -> Self {
        Self::Delta(Box::new(error))
    }
}

impl From<DataFusionError> for Error {
    fn from(error: DataFusionError) -> Self {
        Self::Plan(Box::new(error))
    }
}

impl From<ParquetError> for Error {
    /// A store that fails amid a read is a failing store, not a broken file.
    fn from(error: ParquetError) -> Self {
        match error {
            ParquetError::External(source) => match source.downcast::<object_store::Error>() {
                Ok(error) => Self::ObjectStore(*error),
                Err(source) => Self::Parquet(ParquetError::External(source)),
            },
            other => Self::Parquet(other),
        }
    }
}

impl From<deltalake_core::kernel::Error> for Error {
    fn from(error: deltalake_core::kernel::Error) -> Self {
        DeltaTableError::from(error).into()
    }
}

fn seconds(duration: &Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}
