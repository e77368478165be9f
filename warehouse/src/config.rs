//! Where a lake is kept and how eagerly it writes.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;
use url::Url;

use crate::Lsn;

/// Settings of a [`Lake`](crate::Lake).
#[derive(Clone, Debug)]
pub struct LakeConfig {
    /// Folder of the lake: `file:///data/lake` or `s3://bucket/lake`.
    pub url: Url,
    /// Options of the object store, such as `aws_endpoint`, `aws_access_key_id`.
    pub storage_options: HashMap<String, String>,
    /// Names the source whose log positions the lake records (Postgres: the system identifier).
    pub source_id: String,
    /// The source's timeline; positions of different timelines can't be compared.
    pub timeline: u32,
    /// The timelines before it, newest first, each with the position at which it was left. What a
    /// table has of them up to there is good on the present one too.
    pub ancestors: Vec<(u32, Lsn)>,
    /// Changes wait in memory no longer than this before they are due to be written.
    pub flush_interval: Duration,
    /// A table is due to be written when it holds as many hot rows.
    pub flush_rows: usize,
    /// Memory for changes not yet written, in bytes. At half of it a flush is due; above it
    /// [`Lake::apply`](crate::Lake::apply) refuses with [`Error::HotTierFull`](crate::Error::HotTierFull).
    pub hot_bytes: usize,
    /// The window of time travel: files that are no longer live, and manifests, are kept as long, also
    /// for readers that still hold a snapshot; see [`Lake::vacuum`](crate::Lake::vacuum).
    pub retention: Duration,
    /// Each Delta table is vacuumed as often by [`Lake::maintain`](crate::Lake::maintain).
    pub vacuum_interval: Duration,
    /// A table that rewrites ten times the bytes it is given moves to [`Profile::Mor`] by itself, once
    /// it has rewritten as many bytes as this. Smaller tables stay readable by every engine.
    pub mor_after: u64,
    /// Local folder for changes that are too many to wait in memory.
    pub spill_folder: PathBuf,
    /// Rows a Parquet file holds at most.
    pub file_rows: usize,
    /// Rows a Parquet row group holds at most.
    pub row_group_rows: usize,
}

impl LakeConfig {
    /// A lake in `url` with the standard settings.
    pub fn new(url: Url) -> Self {
        Self {
            url,
            storage_options: HashMap::new(),
            source_id: "local".to_owned(),
            timeline: 1,
            ancestors: Vec::new(),
            flush_interval: Duration::from_secs(600),
            flush_rows: 1_000_000,
            hot_bytes: 512 << 20,
            retention: Duration::from_secs(30 * 24 * 3600),
            vacuum_interval: Duration::from_secs(6 * 3600),
            mor_after: 1 << 30,
            spill_folder: std::env::temp_dir(),
            file_rows: 1 << 20,
            row_group_rows: 1 << 17,
        }
    }

    /// A lake in the folder `path`, for tests and benches.
    ///
    /// # Panics
    /// When `path` is relative.
    pub fn in_folder(path: &std::path::Path) -> Self {
        Self::new(Url::from_directory_path(path).expect("the path of a lake is absolute"))
    }
}

/// How a Delta table takes dead rows. See [`Lake::set_profile`](crate::Lake::set_profile).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// Files that lost rows are rewritten (copy on write): every engine reads the table.
    Cow,
    /// Dead rows are listed in deletion vectors (merge on read): cheap to write, and readable by
    /// engines that know Delta's reader version 3.
    Mor,
}

impl Profile {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Cow => "cow",
            Self::Mor => "mor",
        }
    }
}
