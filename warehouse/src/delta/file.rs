//! A Parquet file of a Delta table.

use chrono::{DateTime, Utc};
use datafusion::datasource::listing::PartitionedFile;
use deltalake_core::kernel::Add;
use object_store::ObjectMeta;
use object_store::path::Path;

use super::stats::FileStats;

/// What the lake keeps in memory about one file.
#[derive(Debug)]
pub(crate) struct DataFile {
    /// Path within the table's folder, as in the Delta log.
    pub(crate) path: String,
    /// Path within the object store.
    pub(crate) location: Path,
    pub(crate) size: u64,
    pub(crate) rows: u32,
    pub(crate) modified: DateTime<Utc>,
    pub(crate) stats: FileStats,
}

impl DataFile {
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
