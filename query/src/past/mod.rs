//! The past in SQL: of single tables (`… FOR SYSTEM_TIME AS OF …`), and of a whole session.
//!
//! Past rows are shown under the rights of today: rows whose current record the reader may see,
//! without the columns that are hidden now.

mod error;
pub mod moment;
pub(crate) mod syntax;
mod timeline;

pub use error::Past;
pub(crate) use timeline::{Timeline, WithPast};

/// Between a table's name and the moment it is wanted as of.
const MARK: char = '@';
