//! Merges live rows of files and hot segments into new sorted files, remembering where each was.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, UInt64Array};
use arrow::compute::{
    SortColumn, concat, concat_batches, filter_record_batch, lexsort_to_indices, take,
    take_record_batch,
};
use arrow::datatypes::{SchemaRef, UInt64Type};
use roaring::RoaringBitmap;

use crate::Result;
use crate::delta::file::DataFile;
use crate::delta::read;
use crate::delta::store::LakeStore;
use crate::delta::write::FileWriter;
use crate::hot::keys::KeyCodec;
use crate::hot::live::Rewritten;
use crate::hot::position::Position;
use crate::scan::selection;

/// Rows to be merged, and the ones among them that are dead.
pub(crate) enum Input {
    File {
        no: u32,
        file: Arc<DataFile>,
        dead: Arc<RoaringBitmap>,
    },
    Segment {
        no: u32,
        batch: RecordBatch,
        dead: Arc<RoaringBitmap>,
    },
}

/// Groups of inputs; each group becomes one sorted run of files.
pub(crate) struct Merge {
    pub(crate) schema: SchemaRef,
    pub(crate) codec: KeyCodec,
    pub(crate) groups: Vec<Vec<Input>>,
}

impl Merge {
    pub(crate) async fn run(
        self,
        store: &LakeStore,
        writer: &FileWriter,
    ) -> Result<Vec<Rewritten>> {
        let mut written = Vec::new();
        for group in self.groups {
            let mut parts = Vec::with_capacity(group.len());
            for input in group {
                parts.push(input.live(store, &self.schema).await?);
            }
            let (schema, codec) = (self.schema.clone(), self.codec.clone());
            let sorted =
                tokio::task::spawn_blocking(move || sort(&schema, &codec, &parts)).await??;
            written.extend(write(&sorted, &self.codec, writer).await?);
        }
        Ok(written)
    }
}

impl Input {
    /// The live rows (in scan types) and their positions.
    async fn live(self, store: &LakeStore, schema: &SchemaRef) -> Result<(RecordBatch, ArrayRef)> {
        match self {
            Self::File { no, file, dead } => {
                let live = (!dead.is_empty())
                    .then(|| selection::live_selection(&dead, u64::from(file.rows)));
                let rows = read::rows(store, &file, schema.clone(), live).await?;
                Ok((
                    rows,
                    positions(file.rows, &dead, |row| Position::file(no, row)),
                ))
            }
            Self::Segment { no, batch, dead } => {
                let count =
                    u32::try_from(batch.num_rows()).expect("a segment has fewer than 2^32 rows");
                let rows = if dead.is_empty() {
                    batch
                } else {
                    filter_record_batch(&batch, &selection::live_mask(&dead, batch.num_rows()))?
                };
                Ok((rows, positions(count, &dead, |row| Position::hot(no, row))))
            }
        }
    }
}

fn positions(rows: u32, dead: &RoaringBitmap, at: impl Fn(u32) -> Position) -> ArrayRef {
    let live = (0..rows).filter(|row| !dead.contains(*row));
    Arc::new(UInt64Array::from_iter_values(
        live.map(|row| at(row).bits()),
    ))
}

/// Joins the parts and sorts them by key; without a key the order stays.
fn sort(
    schema: &SchemaRef,
    codec: &KeyCodec,
    parts: &[(RecordBatch, ArrayRef)],
) -> Result<(RecordBatch, ArrayRef)> {
    if parts.is_empty() {
        return Ok((
            RecordBatch::new_empty(schema.clone()),
            Arc::new(UInt64Array::from(Vec::<u64>::new())),
        ));
    }
    let rows = concat_batches(schema, parts.iter().map(|(rows, _)| rows))?;
    let positions: Vec<_> = parts
        .iter()
        .map(|(_, positions)| positions.as_ref())
        .collect();
    let positions = concat(&positions)?;
    if codec.is_keyless() || rows.num_rows() == 0 {
        return Ok((rows, positions));
    }
    let keys: Vec<_> = codec
        .columns()
        .iter()
        .map(|&column| SortColumn {
            values: rows.column(column).clone(),
            options: None,
        })
        .collect();
    let order = lexsort_to_indices(&keys, None)?;
    Ok((
        take_record_batch(&rows, &order)?,
        take(&positions, &order, None)?,
    ))
}

async fn write(
    (rows, positions): &(RecordBatch, ArrayRef),
    codec: &KeyCodec,
    writer: &FileWriter,
) -> Result<Vec<Rewritten>> {
    let mut written = Vec::new();
    let mut from = 0;
    while from < rows.num_rows() {
        let count = writer.file_rows().min(rows.num_rows() - from);
        let part = rows.slice(from, count);
        let keys: Vec<_> = codec
            .columns()
            .iter()
            .map(|&column| part.column(column).clone())
            .collect();
        let keys = codec.encode(&keys)?;
        let old = positions.slice(from, count);
        let old = old
            .as_primitive::<UInt64Type>()
            .values()
            .iter()
            .map(|&bits| Position::from_bits(bits))
            .collect();
        let file = Arc::new(writer.write(part).await?);
        written.push(Rewritten { file, keys, old });
        from += count;
    }
    Ok(written)
}
