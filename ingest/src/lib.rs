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
//! # What it can't do yet
//! - A lost slot or another server is reported loudly, with what to do; nothing is copied again of
//!   itself. (A table that missed changes, because it was not published for a while or failed
//!   before, is copied again at the next start.)
//! - A repeated copy replaces the current rows; what happened to them meanwhile is in the history
//!   as one `resync` a row, not change by change.
//! - A table whose columns change while it is being copied is refused until the next start.

mod acknowledged;
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

pub use capture::{Capture, CaptureConfig, CaptureHandle};
pub use drain::{DrainReport, drain};
pub use error::{Error, Malformed, Result};
pub use source::SourceIdentity;
pub use status::{CaptureStatus, Counters, Phase, TableProgress};
pub use verify::{Difference, DifferenceKind, Verification, verify};
