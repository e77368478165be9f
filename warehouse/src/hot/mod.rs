//! The hot tier: recent rows in memory, dead rows of files, and the index that finds them.

pub(crate) mod compact;
pub(crate) mod fill;
pub(crate) mod keys;
pub(crate) mod live;
pub(crate) mod position;
pub(crate) mod prepare;
pub(crate) mod segment;
