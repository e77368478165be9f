//! What can go wrong between Postgres and the lake, in sentences a person can act on.

use std::time::Duration;

use basalt_warehouse::TableName;
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

    /// It is looked at again with the next connection, and made anew.
    #[error("replication slot {slot} can't be read from: {reason}")]
    SlotLost { slot: String, reason: String },

    #[error("publication {publication} {reason}")]
    Publication { publication: String, reason: String },

    #[error(
        "replication slot {slot} belongs to something else ({found}): choose another slot name"
    )]
    ForeignSlot { slot: String, found: String },

    #[error(
        "the capture began on server {expected}, the URL now leads to server {found}: if that is meant (a restore, a standby that took over), open the lake and start the capture again; it then brings the tables to what this server has"
    )]
    OtherServer { expected: String, found: String },

    #[error("backup: {0}")]
    Backup(String),

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
    /// Does it concern a single table only?
    pub(crate) fn is_of_table(&self) -> bool {
        match self {
            Self::Table { .. } | Self::UnknownTable(_) | Self::MissingRight { .. } => true,
            Self::Malformed(_) => true,
            Self::Lake(error) => crate::lake::table_of(error).is_some(),
            _ => false,
        }
    }

    /// `true` when trying again later can help without anybody changing anything.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Timeout { .. } | Self::NoFreeSlot(_) | Self::SlotLost { .. } => true,
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
