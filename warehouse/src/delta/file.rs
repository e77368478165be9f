//! A Parquet file of a Delta table.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use datafusion::datasource::listing::PartitionedFile;
use deltalake_core::kernel::Add;
use object_store::ObjectMeta;
use object_store::path::Path;

use super::stats::FileStats;
use super::vector::Vector;

/// What the lake keeps in memory about one file.
#[derive(Clone, Debug)]
pub(crate) struct DataFile {
    /// Path within the table's folder, as in the Delta log.
    pub(crate) path: String,
    /// Path within the object store.
    pub(crate) location: Path,
    pub(crate) size: u64,
    pub(crate) rows: u32,
    pub(crate) modified: DateTime<Utc>,
    pub(crate) stats: FileStats,
    /// The rows that are dead in the Delta table.
    pub(crate) vector: Option<Arc<Vector>>,
}

impl DataFile {
    /// Rows that live in the Delta table.
    pub(crate) fn live_rows(&self) -> u64 {
        let dead = self.vector.as_ref().map_or(0, |vector| vector.dead.len());
        u64::from(self.rows) - dead
    }

    /// Is the row dead in the Delta table?
    pub(crate) fn is_dead(&self, row: u32) -> bool {
        self.vector
            .as_ref()
            .is_some_and(|vector| vector.dead.contains(row))
    }

    pub(crate) fn partitioned(&self) -> PartitionedFile {
        PartitionedFile::new_from_meta(ObjectMeta {
            location: self.location.clone(),
            last_modified: self.modified,
            size: self.size,
            e_tag: None,
            version: None,
        })
    }

    pub(crate) fn add(&self) -> Add {
        Add {
            path: self.path.clone(),
            size: i64::try_from(self.size).expect("a file is smaller than 2^63 bytes"),
            modification_time: self.modified.timestamp_millis(),
            data_change: true,
            stats: Some(self.stats.to_json(u64::from(self.rows))),
            ..Add::default()
        }
    }
}
