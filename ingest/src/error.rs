//! What can go wrong between Postgres and the lake, in sentences a person can act on.

use std::time::Duration;

use basalt_warehouse::{Lsn, TableName};
use pgwire_replication::PgWireError;

/// Result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Error of change capture. `Setup` variants name the SQL that fixes them.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    #[error("the source URL can't be used: {0}")]
    Url(String),

    #[error(
        "wal_level is '{found}', change capture needs 'logical': run  ALTER SYSTEM SET wal_level = 'logical';  and restart the server"
    )]
    WalLevel { found: String },

    #[error("role {role} may not replicate: run  ALTER ROLE {role} REPLICATION;")]
    NoReplicationRight { role: String },

    #[error("missing right to {what}: run  {fix}")]
    MissingRight { what: String, fix: String },

    #[error(
        "the server has no free replication slot or sender: raise max_replication_slots and max_wal_senders, or drop unused slots ({0})"
    )]
    NoFreeSlot(String),

    #[error("table {0} does not exist in the source")]
    UnknownTable(TableName),

    #[error("table {table} can't be captured: {reason}")]
    Table { table: TableName, reason: String },

    #[error(
        "replication slot {slot} {what}, so changes after {after} are missing from the lake: stop the capture, remove the lake folders of the captured tables (or start with an empty lake root), drop what is left of the slot and start again; every table is then copied anew"
    )]
    SlotLost {
        slot: String,
        what: String,
        after: Lsn,
    },

    #[error("publication {publication} {reason}")]
    Publication { publication: String, reason: String },

    #[error(
        "replication slot {slot} belongs to something else ({found}): choose another slot name"
    )]
    ForeignSlot { slot: String, found: String },

    #[error(
        "the lake was filled from server {expected}, the URL leads to server {found}: point the URL back, or use an empty lake root for the new server"
    )]
    OtherServer { expected: String, found: String },

    #[error("{what} took longer than {after:?}")]
    Timeout { what: String, after: Duration },

    #[error("the capture is stopped{0}")]
    Stopped(String),

    #[error("a task of the capture died: {0}")]
    Task(String),

    #[error("no nudge could be written to the source: {0}")]
    Nudge(String),

    #[error("replication connection: {0}")]
    Replication(#[from] PgWireError),

    #[error("source database: {0}")]
    Database(#[from] sqlx::Error),

    #[error("lake: {0}")]
    Lake(#[from] basalt_warehouse::Error),

    #[error("reading the lake: {0}")]
    Query(#[from] datafusion::error::DataFusionError),

    #[error("reading the lake: {0}")]
    Arrow(#[from] arrow::error::ArrowError),

    #[error("unexpected data from Postgres: {0}")]
    Malformed(#[from] Malformed),
}

impl Error {
    /// `true` when trying again later can help without anybody changing anything.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Timeout { .. } | Self::NoFreeSlot(_) => true,
            Self::Replication(error) => match error {
                PgWireError::Server(message) => state_of(message).is_some_and(is_transient_state),
                PgWireError::Auth(_)
                | PgWireError::Tls(_)
                | PgWireError::MessageTooLarge { .. } => false,
                _ => true,
            },
            Self::Database(error) => match error {
                sqlx::Error::Io(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::WorkerCrashed
                | sqlx::Error::Protocol(_) => true,
                sqlx::Error::Database(database) => database
                    .code()
                    .is_some_and(|code| is_transient_state(&code)),
                _ => false,
            },
            Self::Lake(error) => crate::lake::is_transient(error),
            _ => false,
        }
    }
}

/// SQLSTATEs that pass by themselves: connection loss, resources, shutdown and start-up, object in use.
fn is_transient_state(code: &str) -> bool {
    matches!(&code[..code.len().min(2)], "08" | "53" | "57" | "40") || code == "55006"
}

/// The SQLSTATE in the text the replication client makes of a server error.
pub(crate) fn state_of(message: &str) -> Option<&str> {
    let at = message.rfind("SQLSTATE ")? + "SQLSTATE ".len();
    message.get(at..at + 5)
}

/// Bytes that don't follow the wire format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(String);

impl Malformed {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    pub(crate) fn short(what: &str, length: usize) -> Self {
        Self(format!("a {what} of {length} bytes"))
    }
}
