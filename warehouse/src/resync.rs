//! What a repeated copy changes: its rows against those the table has.
//!
//! The content of a table that is being copied stands still, because its changes wait. It is read
//! once, a hash a row; rows of the copy with the same key and hash leave no trace in the history.

use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Int64Array, RecordBatch, new_null_array,
};
use arrow::compute::kernels::cmp::lt_eq;
use arrow::compute::{concat_batches, filter_record_batch};
use arrow::datatypes::{Int64Type, SchemaRef};
use arrow::row::{RowConverter, SortField};
use datafusion::error::DataFusionError;
use datafusion::prelude::SessionContext;
use datafusion::scalar::ScalarValue;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};

use crate::delta::file::DataFile;
use crate::delta::read;
use crate::delta::store::LakeStore;
use crate::delta::write::FileWriter;
use crate::hot::keys::KeyIndex;
use crate::hot::position::Position;
use crate::hot::prepare::Shape;
use crate::renewal::{Columns, Renewal};
use crate::scan::provider::LakeTable;
use crate::scan::version::TableVersion;
use crate::{Error, Lsn, Result, schema};

/// Hashes of whole rows.
pub(crate) struct RowHasher {
    /// Positions of the columns that the source has; others don't count.
    columns: Vec<usize>,
    converter: RowConverter,
    state: RandomState,
}

impl RowHasher {
    pub(crate) fn new(shape: &Shape) -> Result<Self> {
        let columns: Vec<_> = (0..shape.sources.len())
            .filter(|&column| shape.sources[column].is_some())
            .collect();
        let fields = columns
            .iter()
            .map(|&column| SortField::new(shape.storage.field(column).data_type().clone()));
        Ok(Self {
            converter: RowConverter::new(fields.collect())?,
            state: RandomState::new(),
            columns,
        })
    }

    /// One hash a row of `rows`, which has the columns of the current table.
    pub(crate) fn hash(&self, rows: &RecordBatch) -> Result<Vec<u64>> {
        let columns = self
            .columns
            .iter()
            .map(|&column| {
                let array = rows.column(column);
                schema::cast(array, &schema::storage_type(array.data_type()))
            })
            .collect::<Result<Vec<_>, _>>()?;
        let rows = self.converter.convert_columns(&columns)?;
        // Positions of all ones are no positions.
        let hashes = rows.iter().map(|row| self.state.hash_one(row.data()) >> 1);
        Ok(hashes.collect())
    }
}

/// The rows a table has, by key.
pub(crate) struct Before {
    version: Arc<TableVersion>,
    columns: Columns,
    /// Each key's hash, where an index has positions. Keys that the copy has are taken out.
    hashes: KeyIndex,
}

impl Before {
    /// Reads the content. What can't be read counts as different, which is what a copy is to mend.
    pub(crate) async fn read(
        version: Arc<TableVersion>,
        renewal: &Renewal,
        hasher: &RowHasher,
    ) -> Result<Self> {
        let codec = &renewal.shape.codec;
        let mut before = Self {
            version,
            columns: renewal.current.clone(),
            hashes: codec.index(),
        };
        let mut batches = before.rows().await?;
        loop {
            let batch = match batches.try_next().await {
                Ok(Some(batch)) => batch,
                Ok(None) => break,
                Err(error @ Error::ObjectStore(_)) => return Err(error),
                Err(error) => {
                    tracing::warn!(%error, "a table can't be read to its end; the copy counts as new");
                    before.hashes.clear();
                    break;
                }
            };
            let keys: Vec<ArrayRef> = codec
                .columns()
                .iter()
                .map(|&column| batch.column(column).clone())
                .collect();
            // Under another key, older rows may have none.
            if keys.iter().any(|key| key.null_count() > 0) {
                continue;
            }
            let Some(keys) = codec.encode(&keys)? else {
                break;
            };
            for (row, hash) in hasher.hash(&batch)?.into_iter().enumerate() {
                before.hashes.insert(&keys, row, Position::from_bits(hash));
            }
        }
        Ok(before)
    }

    /// The rows of `batch` that are new or differ.
    pub(crate) fn differing(
        &mut self,
        batch: &RecordBatch,
        shape: &Shape,
        hasher: &RowHasher,
    ) -> Result<RecordBatch> {
        let keys: Vec<ArrayRef> = shape
            .codec
            .columns()
            .iter()
            .map(|&column| batch.column(column).clone())
            .collect();
        let Some(keys) = shape.codec.encode(&keys)? else {
            return Ok(batch.clone());
        };
        let differs: BooleanArray = hasher
            .hash(batch)?
            .into_iter()
            .enumerate()
            .map(|(row, hash)| {
                let before = self.hashes.remove(&keys, row);
                Some(before.is_none_or(|before| before.bits() != hash))
            })
            .collect();
        Ok(filter_record_batch(batch, &differs)?)
    }

    /// The rows whose keys the copy does not have, in the columns of the new table.
    pub(crate) async fn left(
        self,
        shape: &Shape,
    ) -> Result<BoxStream<'static, Result<RecordBatch>>> {
        let rows = self.rows().await?;
        let (left, codec) = (self.hashes, shape.codec.clone());
        Ok(rows
            .map(move |batch| {
                let batch = batch?;
                let keys: Vec<ArrayRef> = codec
                    .columns()
                    .iter()
                    .map(|&column| batch.column(column).clone())
                    .collect();
                let Some(keys) = codec.encode(&keys)? else {
                    return Ok(batch.slice(0, 0));
                };
                let stays: BooleanArray = (0..batch.num_rows())
                    .map(|row| {
                        let key = codec.columns().iter();
                        let whole = key
                            .clone()
                            .all(|&column| batch.column(column).is_valid(row));
                        Some(whole && left.get(&keys, row).is_some())
                    })
                    .collect();
                Ok(filter_record_batch(&batch, &stays)?)
            })
            .boxed())
    }

    async fn rows(&self) -> Result<BoxStream<'static, Result<RecordBatch>>> {
        let provider = Arc::new(LakeTable::new(self.version.clone()));
        let scan = SessionContext::new()
            .read_table(provider)
            .map_err(scan_error)?;
        let batches = scan.execute_stream().await.map_err(scan_error)?;
        let columns = self.columns.clone();
        Ok(batches
            .map(move |batch| columns.take(&batch.map_err(scan_error)?))
            .boxed())
    }
}

impl Columns {
    /// The rows of the table as it was, in the columns it will have.
    fn take(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        let columns = self
            .schema
            .fields()
            .iter()
            .zip(&self.from)
            .map(|(field, from)| {
                let array = from.as_ref().and_then(|from| batch.column_by_name(from));
                match array {
                    Some(array) => schema::cast(array, field.data_type()),
                    None => Ok(new_null_array(field.data_type(), batch.num_rows())),
                }
            })
            .collect::<Result<Vec<_>, _>>()?;
        Ok(RecordBatch::try_new(self.schema.clone(), columns)?)
    }
}

/// What a copy takes out of the history, and puts in its place.
#[derive(Debug, Default)]
pub(crate) struct Mended {
    pub(crate) remove: BTreeSet<String>,
    pub(crate) add: Vec<Arc<DataFile>>,
}

/// Writes history files anew whose columns move, or that hold rows behind `void_after`.
pub(crate) async fn mend_history(
    store: &LakeStore,
    writer: &FileWriter,
    files: &[DataFile],
    before: &SchemaRef,
    columns: &Columns,
    void_after: Option<Lsn>,
) -> Result<Mended> {
    let mut mended = Mended::default();
    for file in files {
        let void = void_after.filter(|end| may_be_behind(file, *end));
        if !columns.moves_values && void.is_none() {
            continue;
        }
        let mut batches = read::stream(store, file, before.clone(), None).await?;
        let mut parts = Vec::new();
        while let Some(batch) = batches.try_next().await? {
            let batch = columns.take(&batch)?;
            let Some(end) = void else {
                parts.push(batch);
                continue;
            };
            let lsn = batch
                .column_by_name("lsn")
                .expect("every history table has it")
                .as_primitive::<Int64Type>();
            let stays = lt_eq(lsn, &Int64Array::new_scalar(end.version()))?;
            parts.push(filter_record_batch(&batch, &stays)?);
        }
        mended.remove.insert(file.path.clone());
        let rows = concat_batches(&columns.schema, &parts)?;
        if rows.num_rows() > 0 {
            mended.add.push(Arc::new(writer.write(rows).await?));
        }
    }
    Ok(mended)
}

/// Can the file hold changes behind a position?
fn may_be_behind(file: &DataFile, end: Lsn) -> bool {
    let stats = file.stats.0.get("lsn");
    match stats.and_then(|stats| stats.max.clone()) {
        Some(ScalarValue::Int64(Some(max))) => max > end.version(),
        _ => true,
    }
}

/// A store that fails amid a scan is a failing store, not broken content.
fn scan_error(error: DataFusionError) -> Error {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(cause) = source {
        if let Some(cause) = cause.downcast_ref::<object_store::Error>()
            && !matches!(cause, object_store::Error::NotFound { .. })
        {
            return Error::ObjectStore(object_store::Error::Generic {
                store: "lake",
                source: cause.to_string().into(),
            });
        }
        source = cause.source();
    }
    Error::Scan(Box::new(error))
}
