//! An immutable version of one table: its files, their dead rows, its hot rows.

use std::sync::{Arc, OnceLock};

use arrow::datatypes::SchemaRef;
use datafusion::common::stats::Precision;
use datafusion::common::{ColumnStatistics, Statistics};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::parquet::ParquetRowSelection;
use roaring::RoaringBitmap;

use super::selection;
use crate::delta::file::DataFile;
use crate::delta::store::LakeStore;
use crate::hot::segment::HotVersion;

/// What one snapshot knows of one table.
#[derive(Debug)]
pub(crate) struct TableVersion {
    pub(crate) store: Arc<LakeStore>,
    pub(crate) schema: SchemaRef,
    pub(crate) files: Vec<Arc<FileVersion>>,
    pub(crate) hot: Vec<Arc<HotVersion>>,
}

/// A file and the rows of it that are dead.
#[derive(Debug)]
pub(crate) struct FileVersion {
    pub(crate) file: Arc<DataFile>,
    pub(crate) dead: Arc<RoaringBitmap>,
    selection: OnceLock<ParquetRowSelection>,
}

impl FileVersion {
    pub(crate) fn new(file: Arc<DataFile>, dead: Arc<RoaringBitmap>) -> Self {
        Self {
            file,
            dead,
            selection: OnceLock::new(),
        }
    }

    pub(crate) fn live_rows(&self) -> u64 {
        u64::from(self.file.rows) - self.dead.len()
    }

    /// The file as a scan wants it. The selection of a version is worked out once.
    pub(crate) fn partitioned(&self) -> PartitionedFile {
        let file = self.file.partitioned();
        if self.dead.is_empty() {
            return file;
        }
        let selection = self.selection.get_or_init(|| {
            ParquetRowSelection::new(selection::live_selection(
                &self.dead,
                u64::from(self.file.rows),
            ))
        });
        file.with_extension(selection.clone())
    }
}

impl TableVersion {
    pub(crate) fn live_rows(&self) -> u64 {
        let files: u64 = self.files.iter().map(|file| file.live_rows()).sum();
        files + self.hot.iter().map(|hot| hot.live_rows()).sum::<u64>()
    }
}

/// Statistics of some files. Row counts are always exact; null counts only without dead rows;
/// bounds only where they are values for sure, which nothing here promises.
pub(crate) fn statistics(files: &[Arc<FileVersion>], schema: &SchemaRef) -> Statistics {
    let rows: u64 = files.iter().map(|file| file.live_rows()).sum();
    let bytes: u64 = files.iter().map(|file| file.file.size).sum();
    let untouched = files.iter().all(|file| file.dead.is_empty());
    let column_statistics = schema
        .fields()
        .iter()
        .map(|field| {
            let stats = || files.iter().map(|file| file.file.stats.0.get(field.name()));
            let nulls: Option<u64> = stats().map(|column| column?.nulls).sum();
            let null_count = match nulls {
                Some(nulls) if untouched => Precision::Exact(nulls as usize),
                Some(nulls) => Precision::Inexact(nulls as usize),
                None => Precision::Absent,
            };
            let min = stats().map(|column| column?.min.clone()).reduce(|a, b| {
                let (a, b) = (a?, b?);
                Some(if b < a { b } else { a })
            });
            let max = stats().map(|column| column?.max.clone()).reduce(|a, b| {
                let (a, b) = (a?, b?);
                Some(if b > a { b } else { a })
            });
            let inexact = |bound: Option<Option<_>>| {
                bound
                    .flatten()
                    .map_or(Precision::Absent, Precision::Inexact)
            };
            ColumnStatistics {
                null_count,
                min_value: inexact(min),
                max_value: inexact(max),
                ..ColumnStatistics::new_unknown()
            }
        })
        .collect();
    Statistics {
        num_rows: Precision::Exact(rows as usize),
        total_byte_size: Precision::Inexact(bytes as usize),
        column_statistics,
    }
}
