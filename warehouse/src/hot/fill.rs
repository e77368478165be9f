//! Fills in values the source left out because they did not change.
//!
//! Each comes from the lake's own current row: earlier in the same transaction, in a hot segment,
//! or in a file, read by position. A default is never put in its place: without a current row the
//! transaction is refused.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::interleave;
use arrow::datatypes::Schema;

use super::live::LiveTable;
use super::position::{Place, Position};
use super::prepare::Prepared;
use crate::change::Op;
use crate::delta::file::DataFile;
use crate::delta::read;
use crate::delta::store::LakeStore;
use crate::scan::selection;
use crate::{Error, Result, TableName, schema};

/// Where the value of a left-out column is.
#[derive(Clone, Copy, Debug)]
enum Source {
    /// A row of the same batch that has the value.
    Batch(usize),
    Lake(Position),
}

/// What has to be read to fill a batch.
#[derive(Debug, Default)]
pub(crate) struct Holes {
    /// (row, column) → source.
    sources: BTreeMap<(usize, usize), Source>,
    files: BTreeMap<u32, (Arc<DataFile>, BTreeSet<u32>)>,
    hot: HashMap<Position, (RecordBatch, usize)>,
    columns: BTreeSet<usize>,
}

impl Holes {
    /// Finds the sources of every left-out value, following the batch in order.
    pub(crate) fn find(prepared: &Prepared, table: &LiveTable, name: &TableName) -> Result<Self> {
        let mut holes = Self::default();
        let refuse = |detail: String| Error::Change {
            table: name.clone(),
            detail,
        };
        let Some(keys) = &prepared.keys else {
            return Err(refuse(
                "a table without a key has unchanged columns".to_owned(),
            ));
        };
        let mut left_out: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for hole in &prepared.unchanged {
            let columns = hole.columns.iter().map(|&column| usize::from(column));
            left_out
                .entry(hole.row as usize)
                .or_default()
                .extend(columns);
        }
        // What the batch did to each key so far: the row it left, or none when it removed it.
        let mut batch = table.codec.index();
        let mut truncated = false;
        let mut removed_before: Option<Source> = None;
        for (row, op) in prepared.ops.iter().enumerate() {
            let now = || match batch.get(keys, row).map(Position::place) {
                Some(Place::Hot { row, .. }) => Some(Source::Batch(row as usize)),
                Some(Place::File { .. }) => None,
                None if truncated => None,
                None => table.find(keys, row).map(Source::Lake),
            };
            match op {
                Op::Truncate => {
                    batch.clear();
                    truncated = true;
                    removed_before = None;
                }
                Op::Delete => {
                    removed_before = now();
                    batch.insert(keys, row, Position::file(0, 0));
                }
                _ => {
                    if let Some(columns) = left_out.get(&row) {
                        let source = now().or(removed_before).ok_or_else(|| {
                            refuse(format!("row {row} leaves out unchanged columns of a row the lake does not have"))
                        })?;
                        for &column in columns {
                            let source = match source {
                                Source::Batch(earlier) => holes
                                    .sources
                                    .get(&(earlier, column))
                                    .copied()
                                    .unwrap_or(source),
                                Source::Lake(_) => source,
                            };
                            holes.note(row, column, source, table)?;
                        }
                    }
                    removed_before = None;
                    let row_no = u32::try_from(row).expect("a batch has fewer than 2^32 rows");
                    batch.insert(keys, row, Position::hot(0, row_no));
                }
            }
        }
        Ok(holes)
    }

    fn note(&mut self, row: usize, column: usize, source: Source, table: &LiveTable) -> Result<()> {
        self.sources.insert((row, column), source);
        self.columns.insert(column);
        if let Source::Lake(position) = source {
            match position.place() {
                Place::File { no, row } => {
                    let file = || (table.files[&no].file.clone(), BTreeSet::new());
                    self.files.entry(no).or_insert_with(file).1.insert(row);
                }
                Place::Hot { no, row } => {
                    let found = table.segments[&no]
                        .locate(row)
                        .expect("the index names rows that are there");
                    self.hot.insert(position, found);
                }
            }
        }
        Ok(())
    }

    /// Reads what is in files and puts every value in its place.
    pub(crate) async fn fill(self, prepared: &mut Prepared, store: &LakeStore) -> Result<()> {
        let storage = prepared.rows.schema();
        let wanted = self
            .columns
            .iter()
            .map(|&column| storage.field(column).clone())
            .collect::<Vec<_>>();
        let wanted = Arc::new(Schema::new(wanted));
        let mut read_rows: HashMap<u32, (Vec<u32>, RecordBatch)> = HashMap::new();
        for (no, (file, rows)) in &self.files {
            let rows: Vec<u32> = rows.iter().copied().collect();
            let values =
                read::rows(store, file, wanted.clone(), Some(selection::pick(&rows))).await?;
            read_rows.insert(*no, (rows, values));
        }
        let mut columns = prepared.rows.columns().to_vec();
        for &column in &self.columns {
            let field = storage.field(column);
            let mut arrays: Vec<ArrayRef> = vec![columns[column].clone()];
            let mut files: HashMap<u32, usize> = HashMap::new();
            for (no, (_, values)) in &read_rows {
                files.insert(*no, arrays.len());
                let values = values
                    .column_by_name(field.name())
                    .expect("the column was asked for");
                arrays.push(values.clone());
            }
            let mut picks: Vec<(usize, usize)> =
                (0..prepared.rows.num_rows()).map(|row| (0, row)).collect();
            for (&(row, hole), source) in &self.sources {
                if hole != column {
                    continue;
                }
                picks[row] = match source {
                    Source::Batch(earlier) => (0, *earlier),
                    Source::Lake(position) => match position.place() {
                        Place::File { no, row } => {
                            let found = read_rows[&no]
                                .0
                                .binary_search(&row)
                                .expect("the row was asked for");
                            (files[&no], found)
                        }
                        Place::Hot { .. } => {
                            let (batch, row) = &self.hot[position];
                            arrays.push(schema::cast(
                                &batch.column(column).slice(*row, 1),
                                field.data_type(),
                            )?);
                            (arrays.len() - 1, 0)
                        }
                    },
                };
            }
            let arrays: Vec<_> = arrays.iter().map(AsRef::as_ref).collect();
            columns[column] = interleave(&arrays, &picks)?;
        }
        prepared.rows = RecordBatch::try_new(storage, columns)?;
        Ok(())
    }
}
