//! A hot segment: recent rows in memory, appended to until it is full or sealed.
//!
//! Rows keep their numbers for life; removed ones are only marked dead. Between two publications
//! new rows lie in small pieces; publishing joins them into the one batch that readers get.

use std::sync::{Arc, OnceLock};

use arrow::array::RecordBatch;
use arrow::compute::{concat_batches, filter_record_batch};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use roaring::RoaringBitmap;

use crate::scan::selection;
use crate::schema;

/// A segment takes no more rows once it has as many.
const FULL_ROWS: u32 = 8192;
/// … or as many bytes.
const FULL_BYTES: usize = 16 << 20;

/// Rows of one table in memory.
#[derive(Debug)]
pub(crate) struct Segment {
    /// Joined rows in storage types, while the segment may still grow.
    base: Option<RecordBatch>,
    /// Rows since they were last joined, in storage types.
    pieces: Vec<RecordBatch>,
    rows: u32,
    bytes: usize,
    pub(crate) dead: Arc<RoaringBitmap>,
    closed: bool,
    /// All rows but those of `pieces`, in scan types.
    joined: Option<RecordBatch>,
    published: Option<Arc<HotVersion>>,
}

/// What readers get of a segment; never changes.
#[derive(Debug)]
pub(crate) struct HotVersion {
    batch: RecordBatch,
    dead: Arc<RoaringBitmap>,
    live: OnceLock<RecordBatch>,
}

impl Segment {
    pub(crate) fn new() -> Self {
        Self {
            base: None,
            pieces: Vec::new(),
            rows: 0,
            bytes: 0,
            dead: Arc::default(),
            closed: false,
            joined: None,
            published: None,
        }
    }

    pub(crate) fn rows(&self) -> u32 {
        self.rows
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn is_open(&self) -> bool {
        !self.closed && self.rows < FULL_ROWS && self.bytes < FULL_BYTES
    }

    /// Appends rows in storage types; the first gets the number returned.
    pub(crate) fn push(&mut self, rows: RecordBatch) -> u32 {
        let first = self.rows;
        self.rows += u32::try_from(rows.num_rows()).expect("a batch has fewer than 2^32 rows");
        self.bytes += rows.get_array_memory_size();
        self.pieces.push(rows);
        self.published = None;
        first
    }

    pub(crate) fn kill(&mut self, row: u32) {
        Arc::make_mut(&mut self.dead).insert(row);
        self.published = None;
    }

    /// Every row with a number below `end` is dead.
    pub(crate) fn kill_below(&mut self, end: u32) {
        Arc::make_mut(&mut self.dead).insert_range(0..end);
        self.published = None;
    }

    /// The batch that holds a row, and the row's number in it.
    pub(crate) fn locate(&self, row: u32) -> Option<(RecordBatch, usize)> {
        let mut row = row as usize;
        let joined = self.base.as_ref().or(self.joined.as_ref());
        for batch in joined.into_iter().chain(&self.pieces) {
            if row < batch.num_rows() {
                return Some((batch.clone(), row));
            }
            row -= batch.num_rows();
        }
        None
    }

    /// Takes no more rows from now on.
    pub(crate) fn close(
        &mut self,
        storage: &SchemaRef,
        scan: &SchemaRef,
    ) -> Result<(), ArrowError> {
        self.closed = true;
        self.join(storage, scan)
    }

    /// Joins the pieces into the batch for readers.
    fn join(&mut self, storage: &SchemaRef, scan: &SchemaRef) -> Result<(), ArrowError> {
        if !self.pieces.is_empty() {
            let base = concat_batches(storage, self.base.iter().chain(&self.pieces))?;
            self.joined = Some(schema::cast_batch(&base, scan)?);
            self.bytes = base.get_array_memory_size();
            self.base = Some(base);
            self.pieces.clear();
        }
        if !self.is_open() {
            self.base = None;
        }
        Ok(())
    }

    /// All rows in scan types; needs a [`Segment::close`] before.
    pub(crate) fn batch(&self) -> Option<&RecordBatch> {
        self.joined.as_ref()
    }

    /// The immutable version of all rows up to now.
    pub(crate) fn publish(
        &mut self,
        storage: &SchemaRef,
        scan: &SchemaRef,
    ) -> Result<Option<Arc<HotVersion>>, ArrowError> {
        self.join(storage, scan)?;
        if self.published.is_none() {
            self.published = self.joined.clone().map(|batch| {
                Arc::new(HotVersion {
                    batch,
                    dead: self.dead.clone(),
                    live: OnceLock::new(),
                })
            });
        }
        Ok(self.published.clone())
    }

    /// Brings rows in memory to a changed schema: new columns are null, wider ones cast.
    pub(crate) fn adapt(
        &mut self,
        storage: &SchemaRef,
        scan: &SchemaRef,
    ) -> Result<(), ArrowError> {
        for batch in self.base.iter_mut().chain(&mut self.pieces) {
            *batch = schema::adapt(batch, storage)?;
        }
        if let Some(batch) = &mut self.joined {
            *batch = schema::adapt(batch, scan)?;
        }
        self.published = None;
        Ok(())
    }
}

impl HotVersion {
    pub(crate) fn live_rows(&self) -> u64 {
        self.batch.num_rows() as u64 - self.dead.len()
    }

    /// The rows without the dead ones; worked out once.
    pub(crate) fn live(&self) -> Result<RecordBatch, ArrowError> {
        if let Some(live) = self.live.get() {
            return Ok(live.clone());
        }
        let live = if self.dead.is_empty() {
            self.batch.clone()
        } else {
            filter_record_batch(
                &self.batch,
                &selection::live_mask(&self.dead, self.batch.num_rows()),
            )?
        };
        Ok(self.live.get_or_init(|| live).clone())
    }
}
