//! The live state of one Delta table: its files, its hot segments, its key index.
//!
//! Everything here happens in memory and can't fail half-way; what can fail (decoding, reading
//! values from files) is done before, and writing files is done from a sealed copy.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use object_store::path::Path;
use roaring::RoaringBitmap;

use super::keys::{KeyCodec, KeyIndex, Keys};
use super::position::{Place, Position};
use super::segment::Segment;
use crate::change::Op;
use crate::delta::file::DataFile;
use crate::delta::store::LakeStore;
use crate::delta::vector::Vector;
use crate::plan::Gone;
use crate::scan::version::{FileVersion, TableVersion};
use crate::{Lsn, schema};

/// A live file and the rows of it that are dead, in the Delta table or since.
#[derive(Debug)]
pub(crate) struct LiveFile {
    pub(crate) file: Arc<DataFile>,
    pub(crate) dead: Arc<RoaringBitmap>,
    /// Is it in the Delta log? Rows of a large transaction go to files first.
    pub(crate) committed: bool,
    published: Option<Arc<FileVersion>>,
}

impl LiveFile {
    pub(crate) fn new(file: Arc<DataFile>) -> Self {
        let dead = file.vector.as_ref().map(|vector| vector.dead.clone());
        Self {
            file,
            dead: dead.unwrap_or_default(),
            committed: true,
            published: None,
        }
    }

    /// Rows that died since the Delta table was written.
    pub(crate) fn newly_dead(&self) -> u64 {
        self.dead.len() + self.file.live_rows() - u64::from(self.file.rows)
    }
}

/// One Delta table (current or history) with what is not in it yet.
#[derive(Debug)]
pub(crate) struct LiveTable {
    store: Arc<LakeStore>,
    pub(crate) schema: SchemaRef,
    pub(crate) storage: SchemaRef,
    pub(crate) codec: KeyCodec,
    pub(crate) files: BTreeMap<u32, LiveFile>,
    pub(crate) segments: BTreeMap<u32, Segment>,
    index: KeyIndex,
    /// Rows that live.
    pub(crate) rows: u64,
    /// Grows with each truncation.
    pub(crate) epoch: u64,
    next_no: u32,
    /// Everything at or below is in; none before the initial copy.
    pub(crate) lsn: Option<Lsn>,
    /// Everything at or below is in the Delta table.
    pub(crate) durable: Option<Lsn>,
    /// The last position before the first change that is not in the Delta table.
    pub(crate) pending: Option<Pending>,
    /// The same for changes that are being written just now.
    pub(crate) sealed: Option<Pending>,
    published: Option<Arc<TableVersion>>,
}

/// Since when changes wait to be written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pending {
    pub(crate) after: Lsn,
    pub(crate) since: Instant,
}

/// Rows to be put into, or taken out of, a table.
#[derive(Debug)]
pub(crate) struct Staged {
    pub(crate) ops: Vec<Op>,
    /// One key a row; none for a table without a key.
    pub(crate) keys: Option<Keys>,
    /// The rows that stay, in storage types: those whose operation puts one, in order.
    pub(crate) rows: RecordBatch,
}

/// A new file whose rows were at other positions when it was written.
#[derive(Debug)]
pub(crate) struct Rewritten {
    pub(crate) file: Arc<DataFile>,
    pub(crate) keys: Option<Keys>,
    /// Where each row was.
    pub(crate) old: Vec<Position>,
}

impl Rewritten {
    pub(crate) fn location(&self) -> Path {
        self.file.location.clone()
    }
}

impl LiveTable {
    pub(crate) fn new(store: Arc<LakeStore>, schema: SchemaRef, codec: KeyCodec) -> Self {
        Self {
            store,
            storage: schema::storage_schema(&schema),
            schema,
            index: codec.index(),
            codec,
            files: BTreeMap::new(),
            segments: BTreeMap::new(),
            rows: 0,
            epoch: 0,
            next_no: 0,
            lsn: None,
            durable: None,
            pending: None,
            sealed: None,
            published: None,
        }
    }

    /// Replaces the whole content by files of the Delta table; the index covers their rows.
    pub(crate) fn load(&mut self, files: Vec<Arc<DataFile>>, index: KeyIndex, at: Option<Lsn>) {
        self.rows = files.iter().map(|file| file.live_rows()).sum();
        self.next_no = u32::try_from(files.len()).expect("a table has fewer than 2^31 files");
        self.files = (0..).zip(files.into_iter().map(LiveFile::new)).collect();
        self.segments.clear();
        self.index = index;
        self.epoch += 1;
        self.lsn = at;
        self.durable = at;
        self.pending = None;
        self.published = None;
    }

    /// Where the current row with this key is.
    pub(crate) fn find(&self, keys: &Keys, row: usize) -> Option<Position> {
        self.index.get(keys, row)
    }

    /// The key columns of rows whose keys `other` does not have.
    pub(crate) fn keys_missing_in(&self, other: &KeyIndex) -> Result<Vec<ArrayRef>, ArrowError> {
        self.index.missing_in(other, &self.codec)
    }

    /// Applies changes of one transaction. An insert replaces a row of the same key.
    pub(crate) fn stage(&mut self, staged: Staged, lsn: Lsn, after: Lsn) {
        let Staged { ops, keys, rows } = staged;
        let no = self.open_segment();
        let segment = self
            .segments
            .get_mut(&no)
            .expect("the segment was just opened");
        let mut next = if rows.num_rows() > 0 {
            segment.push(rows)
        } else {
            segment.rows()
        };
        for (row, op) in ops.into_iter().enumerate() {
            if op.puts() {
                let at = Position::hot(no, next);
                next += 1;
                self.rows += 1;
                if let Some(keys) = &keys
                    && let Some(old) = self.index.insert(keys, row, at)
                {
                    self.kill(old);
                }
            } else if op == Op::Truncate {
                self.truncate(no, next);
            } else if let Some(keys) = &keys
                && let Some(old) = self.index.remove(keys, row)
            {
                self.kill(old);
            }
        }
        self.changed(lsn, after);
    }

    /// Like [`LiveTable::stage`], with the rows that stay in a file that no commit names yet; `places`
    /// are their rows in it, in the order of the operations.
    pub(crate) fn stage_file(
        &mut self,
        ops: Vec<Op>,
        keys: Option<&Keys>,
        file: Arc<DataFile>,
        places: &[u32],
        lsn: Lsn,
        after: Lsn,
    ) {
        let no = self.take_no();
        let mut dead = RoaringBitmap::new();
        let mut put = 0;
        for (row, op) in ops.into_iter().enumerate() {
            let old = if op.puts() {
                let at = Position::file(no, places[put]);
                put += 1;
                self.rows += 1;
                keys.and_then(|keys| self.index.insert(keys, row, at))
            } else if op == Op::Truncate {
                // The file is not among the others yet.
                self.truncate(no, 0);
                dead.extend(&places[..put]);
                None
            } else {
                keys.and_then(|keys| self.index.remove(keys, row))
            };
            match old.map(|at| (at, at.place())) {
                Some((_, Place::File { no: own, row })) if own == no => {
                    self.rows -= 1;
                    dead.insert(row);
                }
                Some((at, _)) => self.kill(at),
                None => {}
            }
        }
        let mut live = LiveFile::new(file);
        live.dead = Arc::new(dead);
        live.committed = false;
        self.files.insert(no, live);
        self.changed(lsn, after);
    }

    fn changed(&mut self, lsn: Lsn, after: Lsn) {
        self.lsn = Some(lsn);
        self.pending.get_or_insert(Pending {
            after,
            since: Instant::now(),
        });
        self.published = None;
    }

    /// The whole content dies, but for rows of segment `no` from `from` on, which come later.
    fn truncate(&mut self, no: u32, from: u32) {
        for file in self.files.values_mut() {
            Arc::make_mut(&mut file.dead).insert_range(0..file.file.rows);
            file.published = None;
        }
        for (&other, segment) in &mut self.segments {
            segment.kill_below(if other == no { from } else { segment.rows() });
        }
        self.index.clear();
        self.rows = 0;
        self.epoch += 1;
    }

    fn kill(&mut self, at: Position) {
        self.rows -= 1;
        match at.place() {
            Place::File { no, row } => {
                let file = self
                    .files
                    .get_mut(&no)
                    .expect("the index names live files only");
                Arc::make_mut(&mut file.dead).insert(row);
                file.published = None;
            }
            Place::Hot { no, row } => {
                self.segments
                    .get_mut(&no)
                    .expect("the index names live segments only")
                    .kill(row);
            }
        }
    }

    fn open_segment(&mut self) -> u32 {
        if let Some((&no, segment)) = self.segments.last_key_value()
            && segment.is_open()
        {
            return no;
        }
        let no = self.take_no();
        self.segments.insert(no, Segment::new());
        no
    }

    fn take_no(&mut self) -> u32 {
        let no = self.next_no;
        self.next_no += 1;
        no
    }

    /// Closes every segment, so that new rows go to new ones, and counts the changes up to now as
    /// being written.
    pub(crate) fn seal(&mut self) -> Result<(), ArrowError> {
        for segment in self.segments.values_mut() {
            segment.close(&self.storage, &self.schema)?;
        }
        self.sealed = self.sealed.or(self.pending);
        self.pending = None;
        Ok(())
    }

    /// Takes back a seal whose changes could not be written.
    pub(crate) fn unseal(&mut self) {
        self.pending = self.sealed.take().or(self.pending);
    }

    /// Puts new files in the place of the files and segments they were written from. Rows that
    /// changed meanwhile are dead in the new files.
    pub(crate) fn adopt(&mut self, named: &[u32], gone: &Gone, new: Vec<Rewritten>, epoch: u64) {
        for rewritten in new {
            let no = self.take_no();
            let mut file = LiveFile::new(rewritten.file);
            let mut dead = RoaringBitmap::new();
            if epoch != self.epoch {
                dead.insert_range(0..file.file.rows);
            } else if let Some(keys) = &rewritten.keys {
                for (row, &old) in (0..).zip(&rewritten.old) {
                    if !self
                        .index
                        .relocate(keys, row as usize, old, Position::file(no, row))
                    {
                        dead.insert(row);
                    }
                }
            }
            file.dead = Arc::new(dead);
            self.files.insert(no, file);
        }
        for no in named {
            if let Some(file) = self.files.get_mut(no) {
                file.committed = true;
            }
        }
        for no in &gone.files {
            self.files.remove(no);
        }
        for no in &gone.segments {
            self.segments.remove(no);
        }
        self.published = None;
    }

    /// Notes which rows are dead in the Delta table now.
    pub(crate) fn redraw(&mut self, no: u32, vector: Arc<Vector>) {
        if let Some(live) = self.files.get_mut(&no) {
            let file = DataFile {
                vector: Some(vector),
                ..DataFile::clone(&live.file)
            };
            live.file = Arc::new(file);
        }
    }

    /// The sealed changes, and with them everything up to `at`, are in the Delta table.
    pub(crate) fn settle(&mut self, at: Lsn) {
        self.durable = Some(at);
        self.lsn = self.lsn.max(Some(at));
        self.sealed = None;
    }

    /// The immutable version of everything staged.
    pub(crate) fn publish(&mut self) -> Result<Arc<TableVersion>, ArrowError> {
        if let Some(published) = &self.published {
            return Ok(published.clone());
        }
        let files = self
            .files
            .values_mut()
            .map(|live| {
                let version = || Arc::new(FileVersion::new(live.file.clone(), live.dead.clone()));
                live.published.get_or_insert_with(version).clone()
            })
            .collect();
        let mut hot = Vec::with_capacity(self.segments.len());
        for segment in self.segments.values_mut() {
            hot.extend(segment.publish(&self.storage, &self.schema)?);
        }
        let version = Arc::new(TableVersion {
            store: self.store.clone(),
            schema: self.schema.clone(),
            files,
            hot,
        });
        self.published = Some(version.clone());
        Ok(version)
    }

    /// Takes a changed schema; old rows are null in new columns.
    pub(crate) fn evolve(&mut self, schema: SchemaRef, codec: KeyCodec) -> Result<(), ArrowError> {
        let storage = schema::storage_schema(&schema);
        for segment in self.segments.values_mut() {
            segment.adapt(&storage, &schema)?;
        }
        self.schema = schema;
        self.storage = storage;
        self.codec = codec;
        self.published = None;
        Ok(())
    }

    pub(crate) fn hot_bytes(&self) -> usize {
        self.segments.values().map(Segment::bytes).sum()
    }

    pub(crate) fn hot_rows(&self) -> u64 {
        self.segments
            .values()
            .map(|segment| u64::from(segment.rows()))
            .sum()
    }

    pub(crate) fn index_bytes(&self) -> usize {
        self.index.bytes()
    }

    pub(crate) fn dead_rows(&self) -> u64 {
        self.files.values().map(|file| file.dead.len()).sum()
    }

    pub(crate) fn file_bytes(&self) -> u64 {
        self.files.values().map(|file| file.file.size).sum()
    }

    /// The position up to which the table holds nothing that is not durable; none when all is.
    pub(crate) fn undurable_after(&self) -> Option<Lsn> {
        [self.sealed, self.pending]
            .into_iter()
            .flatten()
            .map(|pending| pending.after)
            .min()
    }

    pub(crate) fn pending_since(&self) -> Option<Instant> {
        [self.sealed, self.pending]
            .into_iter()
            .flatten()
            .map(|pending| pending.since)
            .min()
    }
}
