//! Reads columns of a Parquet file outside of queries: keys, rows to keep, single values.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::datatypes::SchemaRef;
use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt, TryFutureExt, TryStreamExt};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ArrowReaderOptions;
use parquet::arrow::arrow_reader::RowSelection;
use parquet::arrow::async_reader::{AsyncFileReader, ParquetRecordBatchStreamBuilder};
use parquet::errors::ParquetError;
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};

use super::file::DataFile;
use super::store::LakeStore;
use crate::{Error, Result, schema};

/// The columns of `schema` of the selected rows, batch by batch and in file order. Columns the file
/// does not have are null.
pub(crate) async fn stream(
    store: &LakeStore,
    file: &DataFile,
    schema: SchemaRef,
    selection: Option<RowSelection>,
) -> Result<BoxStream<'static, Result<RecordBatch>>> {
    let reader = StoredFile {
        store: store.object_store().clone(),
        location: file.location.clone(),
        size: file.size,
    };
    let builder = ParquetRecordBatchStreamBuilder::new(reader).await?;
    let wanted = builder
        .schema()
        .fields()
        .iter()
        .enumerate()
        .filter(|(_, field)| schema.field_with_name(field.name()).is_ok())
        .map(|(column, _)| column)
        .collect::<Vec<_>>();
    let mask = ProjectionMask::roots(builder.parquet_schema(), wanted);
    let mut builder = builder.with_projection(mask).with_batch_size(1 << 14);
    if let Some(selection) = selection {
        builder = builder.with_row_selection(selection);
    }
    let batches = builder.build()?.map_err(Error::from);
    Ok(batches
        .map(move |batch| Ok(schema::adapt(&batch?, &schema)?))
        .boxed())
}

/// Like [`stream`], in one batch.
pub(crate) async fn rows(
    store: &LakeStore,
    file: &DataFile,
    schema: SchemaRef,
    selection: Option<RowSelection>,
) -> Result<RecordBatch> {
    let batches: Vec<_> = stream(store, file, schema.clone(), selection)
        .await?
        .try_collect()
        .await?;
    Ok(concat_batches(&schema, &batches)?)
}

/// A file of the object store as the Parquet reader wants it.
struct StoredFile {
    store: Arc<dyn ObjectStore>,
    location: Path,
    size: u64,
}

impl AsyncFileReader for StoredFile {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, parquet::errors::Result<Bytes>> {
        self.store
            .get_range(&self.location, range)
            .map_err(external)
            .boxed()
    }

    fn get_byte_ranges(
        &mut self,
        ranges: Vec<Range<u64>>,
    ) -> BoxFuture<'_, parquet::errors::Result<Vec<Bytes>>> {
        async move {
            self.store
                .get_ranges(&self.location, &ranges)
                .await
                .map_err(external)
        }
        .boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, parquet::errors::Result<Arc<ParquetMetaData>>> {
        async move {
            let size = self.size;
            let reader = ParquetMetaDataReader::new().with_arrow_reader_options(options);
            Ok(Arc::new(reader.load_and_finish(self, size).await?))
        }
        .boxed()
    }
}

fn external(error: object_store::Error) -> ParquetError {
    ParquetError::External(Box::new(error))
}
