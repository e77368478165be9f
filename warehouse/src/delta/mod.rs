//! The durable half of the lake: Parquet files and the Delta logs that name them.

pub(crate) mod commit;
pub(crate) mod file;
pub(crate) mod log;
pub(crate) mod properties;
pub(crate) mod read;
pub(crate) mod splice;
pub(crate) mod stats;
pub(crate) mod store;
pub(crate) mod vacuum;
pub(crate) mod vector;
pub(crate) mod write;
