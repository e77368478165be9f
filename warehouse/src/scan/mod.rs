//! Reading: one DataFusion table over Parquet files with dead rows and hot rows in memory.

pub(crate) mod provider;
pub(crate) mod pruning;
pub(crate) mod selection;
pub(crate) mod version;
