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
use crate::erase::Blank;
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
    /// The columns to sort by; with none the order stays.
    pub(crate) order: Arc<[usize]>,
    /// The beginning of the names of the new files.
    pub(crate) prefix: String,
    pub(crate) groups: Vec<Vec<Input>>,
    /// Takes values out of the rows.
    pub(crate) blank: Option<Arc<Blank>>,
}

impl Merge {
    /// Writes the new files. When that fails, those written before are taken back.
    pub(crate) async fn run(
        self,
        store: &LakeStore,
        writer: &FileWriter,
    ) -> Result<Vec<Rewritten>> {
        let mut written = Vec::new();
        let done = self.write(store, writer, &mut written).await;
        if done.is_err() {
            let left: Vec<_> = written.iter().map(Rewritten::location).collect();
            store.discard(&left).await;
        }
        done.map(|()| written)
    }

    async fn write(
        self,
        store: &LakeStore,
        writer: &FileWriter,
        written: &mut Vec<Rewritten>,
    ) -> Result<()> {
        let writer = writer.sorted_by(&self.order);
        for group in self.groups {
            let mut parts = Vec::with_capacity(group.len());
            for input in group {
                let (mut rows, positions) = input.live(store, &self.schema).await?;
                if let Some(blank) = &self.blank {
                    rows = blank.apply(&rows)?;
                }
                parts.push((rows, positions));
            }
            let (schema, order) = (self.schema.clone(), self.order.clone());
            let sorted =
                tokio::task::spawn_blocking(move || sort(&schema, &order, &parts)).await??;
            write(&sorted, &self.codec, &writer, &self.prefix, written).await?;
        }
        Ok(())
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

/// Joins the parts and sorts them.
fn sort(
    schema: &SchemaRef,
    order: &[usize],
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
    if order.is_empty() || rows.num_rows() == 0 {
        return Ok((rows, positions));
    }
    let keys: Vec<_> = order
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
    prefix: &str,
    written: &mut Vec<Rewritten>,
) -> Result<()> {
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
        let file = Arc::new(writer.write_named(prefix, part).await?);
        written.push(Rewritten { file, keys, old });
        from += count;
    }
    Ok(())
}
