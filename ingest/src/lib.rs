//! Change capture: every committed row change of a Postgres database into the lake, once, in commit
//! order, whole transactions at a time.
//!
//! [`Capture::start`] makes one publication (of exactly the named tables) and one replication slot,
//! copies the tables the lake does not have yet from a consistent snapshot, and follows the slot:
//! `pgoutput` messages in binary form go straight into Arrow builders and, at the commit, to the
//! [`Lake`](basalt_warehouse::Lake). The slot is acknowledged up to what the lake has made durable,
//! no further, so until then it is the write-ahead log of the lake's memory.
//!
//! The crate works for any Postgres database (14 or later); it knows nothing of what the tables
//! mean. Which types are captured, and how, is the table in [`types`].
//!
//! # When the stream is not enough
//! What breaks it is made good by a new copy of the tables concerned: a slot that was lost or made
//! anew, another server behind the URL, a restore to the past, columns that became others,
//! partitions that came or went as a whole, files that are broken. The copy is compared with what the
//! lake has: rows that are equal leave no trace, others are in the history as one `resync` a row.
//! Until then the table is served as it is and marked stale, in the status and in the lake.
//!
//! A transaction above `memory_budget` is staged on local disk; a backlog above `backlog_bytes` is read
//! through SQL.

mod absent;
mod acknowledged;
mod backlog;
mod backup;
mod canonical;
mod capture;
mod catalog;
mod copy_format;
mod drain;
mod error;
mod flush;
mod initial_copy;
mod lake;
mod large;
mod nudge;
mod numeric;
mod partitions;
mod pgoutput;
mod prepare;
mod publication;
mod recopy;
mod relation;
mod rows;
mod schema_change;
mod session;
mod source;
mod source_snapshot;
mod sql;
mod status;
mod stream;
mod tables;
mod text_forms;
mod transaction;
pub mod types;
mod upkeep;
mod values;
mod verify;

pub use backup::{BackupManifest, backup, restore};
pub use capture::{Capture, CaptureConfig, CaptureHandle};
pub use drain::{DrainReport, drain};
pub use error::{Error, Malformed, Result};
pub use nudge::ask_manifest;
pub use source::SourceIdentity;
pub use status::{CaptureStatus, Counters, Phase, TableProgress};
pub use verify::{Difference, DifferenceKind, Verification, verify};
