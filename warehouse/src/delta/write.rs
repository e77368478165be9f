//! Writes rows as a Parquet file.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use bytes::Bytes;
use chrono::Utc;
use object_store::ObjectStoreExt;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::{ParquetMetaData, SortingColumn};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use uuid::Uuid;

use super::file::DataFile;
use super::stats::FileStats;
use super::store::LakeStore;
use crate::Result;
use crate::config::LakeConfig;

/// How the files of one table are written.
#[derive(Clone, Debug)]
pub(crate) struct FileWriter {
    store: Arc<LakeStore>,
    folder: String,
    properties: Arc<WriterProperties>,
    row_group_rows: usize,
    file_rows: usize,
}

impl FileWriter {
    /// Files in the table folder `folder`, whose rows come sorted by the columns `sorted_by`.
    pub(crate) fn new(
        store: Arc<LakeStore>,
        folder: String,
        sorted_by: &[usize],
        config: &LakeConfig,
    ) -> Self {
        Self {
            store,
            folder,
            properties: Arc::new(properties(config.row_group_rows, sorted_by)),
            row_group_rows: config.row_group_rows,
            file_rows: config.file_rows,
        }
    }

    /// The same, for rows in another order.
    pub(crate) fn sorted_by(&self, columns: &[usize]) -> Self {
        Self {
            properties: Arc::new(properties(self.row_group_rows, columns)),
            ..self.clone()
        }
    }

    pub(crate) fn file_rows(&self) -> usize {
        self.file_rows
    }

    /// Writes rows (in scan types) as one new file, which nobody sees before a commit names it.
    pub(crate) async fn write(&self, rows: RecordBatch) -> Result<DataFile> {
        self.write_named("part-", rows).await
    }

    /// Like [`FileWriter::write`], under a name with the given beginning.
    pub(crate) async fn write_named(&self, prefix: &str, rows: RecordBatch) -> Result<DataFile> {
        let schema = rows.schema();
        let properties = self.properties.clone();
        let (bytes, footer) =
            tokio::task::spawn_blocking(move || encode(&rows, &properties)).await??;
        self.put(prefix, bytes, &footer, &schema).await
    }

    /// Writes the rows of `file` (with the columns `source`) as a new file with the columns `schema`;
    /// see [`splice`](super::splice::splice).
    pub(crate) async fn write_spliced(
        &self,
        prefix: &str,
        file: &DataFile,
        source: SchemaRef,
        schema: &SchemaRef,
        lacking: impl FnMut(Range<usize>) -> Result<RecordBatch> + Send + 'static,
    ) -> Result<DataFile> {
        let store = self.store.object_store();
        let bytes = store.get(&file.location).await?.bytes().await?;
        let (properties, columns) = (self.properties.clone(), schema.clone());
        let spliced = tokio::task::spawn_blocking(move || {
            super::splice::splice(&bytes, &source, &columns, lacking, &properties)
        });
        let (bytes, footer) = spliced.await??;
        self.put(prefix, bytes, &footer, schema).await
    }

    async fn put(
        &self,
        prefix: &str,
        bytes: Bytes,
        footer: &ParquetMetaData,
        schema: &SchemaRef,
    ) -> Result<DataFile> {
        let stats = FileStats::from_footer(footer, schema)?;
        let rows = u32::try_from(footer.file_metadata().num_rows())
            .expect("a file holds fewer than 2^32 rows");
        let path = format!("{prefix}{}.zstd.parquet", Uuid::now_v7());
        let location = self.store.location(&self.folder, &path);
        let size = bytes.len() as u64;
        self.store.begin_writing(&location);
        let put = self.store.object_store().put(&location, bytes.into());
        if let Err(error) = put.await {
            self.store.written(std::slice::from_ref(&location));
            return Err(error.into());
        }
        Ok(DataFile {
            path,
            location,
            size,
            rows,
            modified: Utc::now(),
            stats,
            vector: None,
        })
    }
}

fn properties(row_group_rows: usize, sorted_by: &[usize]) -> WriterProperties {
    let sorting = sorted_by.iter().map(|&column| SortingColumn {
        column_idx: i32::try_from(column).expect("a table has fewer than 2^31 columns"),
        descending: false,
        nulls_first: true,
    });
    let sorting = (!sorted_by.is_empty()).then(|| sorting.collect());
    WriterProperties::builder()
        .set_created_by("basalt".to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(row_group_rows))
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_sorting_columns(sorting)
        .build()
}

/// The Arrow schema is left out of the file: its logical types say the same to every reader.
pub(super) fn options(properties: &WriterProperties) -> ArrowWriterOptions {
    ArrowWriterOptions::new()
        .with_properties(properties.clone())
        .with_skip_arrow_metadata(true)
}

fn encode(rows: &RecordBatch, properties: &WriterProperties) -> Result<(Bytes, ParquetMetaData)> {
    let mut bytes = Vec::new();
    let options = options(properties);
    let mut writer = ArrowWriter::try_new_with_options(&mut bytes, rows.schema(), options)?;
    writer.write(rows)?;
    let footer = writer.close()?;
    Ok((Bytes::from(bytes), footer))
}
