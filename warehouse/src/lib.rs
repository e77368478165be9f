//! The warehouse: a lake of open Delta tables that follows a source database change by change.
//!
//! A [`Lake`] takes [`Transaction`]s in commit order. Recent changes live in a hot tier in memory
//! and are visible as soon as they are published; [`Lake::flush`] writes them to Delta tables on
//! object storage, exactly once. Readers take a [`Snapshot`]: every table at one [`Lsn`].
//!
//! For each source table there are two Delta tables: the current rows in `<schema>/<table>` and
//! every version of every row in `history/<table>`.
//!
//! The crate knows neither the source's protocol nor what the tables mean.

mod apply;
mod archive;
mod bulk;
mod change;
mod cluster;
mod compact;
mod config;
mod copy;
mod copy_history;
mod delta;
mod ensure;
mod erase;
mod erasures;
mod error;
mod flush;
mod history;
mod hot;
mod lake;
mod lsn;
mod maintain;
mod manifest;
mod merge;
mod open;
mod past;
mod plan;
mod renewal;
mod resync;
mod scan;
mod schema;
mod snapshot;
mod spill;
mod stash;
mod state;
mod status;
mod table;

pub use archive::{Archive, AsOf};
pub use bulk::Bulk;
pub use change::{ChangeBatch, Op, Transaction, UnchangedColumns};
pub use config::{LakeConfig, Profile};
pub use copy::CopyWriter;
pub use erasures::Erasure;
pub use error::{Error, Result};
pub use lake::Lake;
pub use lsn::{InvalidLsn, Lsn};
pub use manifest::{Manifest, ManifestTable};
pub use snapshot::Snapshot;
pub use spill::{Spill, SpillReader};
pub use status::{
    Compaction, ErasureReport, FileStatus, FlushReport, LakeError, LakeStatus, Maintenance,
    TableStatus,
};
pub use table::{ColumnDef, TableDef, TableName};
