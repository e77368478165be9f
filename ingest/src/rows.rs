//! Rows of one table on their way into Arrow: the builders of all its columns.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Field, Schema, SchemaRef};
use basalt_warehouse::{ChangeBatch, Op, UnchangedColumns};

use crate::catalog::CapturedTable;
use crate::error::Malformed;
use crate::pgoutput::Cell;
use crate::types::Codec;
use crate::values::ColumnBuilder;

/// Where each column of the table is found in the tuples of the stream; `None`: no longer sent.
pub(crate) type Layout = Vec<Option<usize>>;

/// The changes of one table within one transaction.
#[derive(Debug)]
pub(crate) struct RowBuffer {
    schema: SchemaRef,
    columns: Vec<ColumnBuilder>,
    key: Vec<usize>,
    ops: Vec<Op>,
    unchanged: Vec<UnchangedColumns>,
    bytes: usize,
}

/// A tuple and the message its cells point into.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    pub message: &'a [u8],
    pub cells: &'a [Cell],
}

impl<'a> Row<'a> {
    fn cell(self, column: Option<usize>) -> Result<Cell, Malformed> {
        match column {
            None => Ok(Cell::Null),
            Some(column) => self.cells.get(column).copied().ok_or_else(|| {
                Malformed::new(format!(
                    "a row of {} columns, expected more",
                    self.cells.len()
                ))
            }),
        }
    }

    fn bytes(self, cell: Cell) -> Option<&'a [u8]> {
        match cell {
            Cell::Null | Cell::Unchanged => None,
            Cell::Text { start, end } | Cell::Binary { start, end } => {
                Some(&self.message[start..end])
            }
        }
    }
}

impl RowBuffer {
    /// Builders for `table`, whose values come as `codecs` say.
    pub fn new(table: &CapturedTable, codecs: &[Codec]) -> Self {
        let columns = table.def.columns.iter().zip(codecs);
        let fields =
            columns.map(|(column, codec)| Field::new(&column.name, codec.data_type(), true));
        Self {
            schema: Arc::new(Schema::new(fields.collect::<Vec<_>>())),
            columns: codecs.iter().map(ColumnBuilder::new).collect(),
            key: table.key.clone(),
            ops: Vec::new(),
            unchanged: Vec::new(),
            bytes: 0,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.ops.is_empty()
    }

    pub fn rows(&self) -> usize {
        self.ops.len()
    }

    /// Size of the rows as they came over the wire.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Values that became null because Arrow can't hold them, since this was last asked.
    pub fn take_unrepresentable(&mut self) -> u64 {
        self.columns
            .iter_mut()
            .map(ColumnBuilder::take_unrepresentable)
            .sum()
    }

    pub fn insert(&mut self, layout: &Layout, row: Row<'_>) -> Result<(), Malformed> {
        self.put(Op::Insert, layout, row, None)
    }

    /// An update; with the old row when the source sent it. A changed key becomes delete + insert.
    pub fn update(
        &mut self,
        layout: &Layout,
        row: Row<'_>,
        old: Option<Row<'_>>,
    ) -> Result<(), Malformed> {
        if let Some(old) = old
            && self.key_differs(layout, old, row)?
        {
            self.delete(layout, old)?;
            return self.put(Op::Insert, layout, row, Some(old));
        }
        self.put(Op::Update, layout, row, old)
    }

    fn key_differs(&self, layout: &Layout, old: Row<'_>, new: Row<'_>) -> Result<bool, Malformed> {
        for column in &self.key {
            let (before, after) = (old.cell(layout[*column])?, new.cell(layout[*column])?);
            if after != Cell::Unchanged && old.bytes(before) != new.bytes(after) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A delete: the key, all else null.
    pub fn delete(&mut self, layout: &Layout, old: Row<'_>) -> Result<(), Malformed> {
        for (position, builder) in self.columns.iter_mut().enumerate() {
            if !self.key.contains(&position) {
                builder.append_null();
                continue;
            }
            let cell = old.cell(layout[position])?;
            match old.bytes(cell) {
                Some(value) => append(builder, cell, value)?,
                None => return Err(Malformed::new("a deleted row without its key")),
            }
        }
        self.finish_row(Op::Delete, old.message.len());
        Ok(())
    }

    pub fn truncate(&mut self) {
        self.columns.iter_mut().for_each(ColumnBuilder::append_null);
        self.finish_row(Op::Truncate, 0);
    }

    fn put(
        &mut self,
        op: Op,
        layout: &Layout,
        row: Row<'_>,
        old: Option<Row<'_>>,
    ) -> Result<(), Malformed> {
        let mut missing = Vec::new();
        for (position, builder) in self.columns.iter_mut().enumerate() {
            let column = layout[position];
            let mut cell = row.cell(column)?;
            let mut value = row.bytes(cell);
            if cell == Cell::Unchanged
                && let Some(old) = old
            {
                // REPLICA IDENTITY FULL sends the old value, a key column is in the old key.
                let before = old.cell(column)?;
                if let Some(bytes) = old.bytes(before) {
                    (cell, value) = (before, Some(bytes));
                }
            }
            match value {
                Some(bytes) => append(builder, cell, bytes)?,
                None => {
                    builder.append_null();
                    if cell == Cell::Unchanged {
                        missing.push(
                            u16::try_from(position).expect("Postgres has 1600 columns at most"),
                        );
                    }
                }
            }
        }
        if !missing.is_empty() {
            let row = u32::try_from(self.ops.len()).expect("a buffer is sealed long before");
            self.unchanged.push(UnchangedColumns {
                row,
                columns: missing,
            });
        }
        self.finish_row(op, row.message.len());
        Ok(())
    }

    fn finish_row(&mut self, op: Op, bytes: usize) {
        self.ops.push(op);
        self.bytes += bytes;
    }

    /// The rows so far; the buffer starts again empty.
    ///
    /// # Errors
    /// Text that isn't UTF-8.
    pub fn take(&mut self) -> Result<ChangeBatch, Malformed> {
        let columns = self
            .columns
            .iter_mut()
            .map(ColumnBuilder::finish)
            .collect::<Result<_, _>>()
            .map_err(|error| Malformed::new(error.to_string()))?;
        self.bytes = 0;
        Ok(ChangeBatch {
            ops: std::mem::take(&mut self.ops),
            rows: RecordBatch::try_new(Arc::clone(&self.schema), columns)
                .map_err(|error| Malformed::new(error.to_string()))?,
            unchanged: std::mem::take(&mut self.unchanged),
        })
    }
}

fn append(builder: &mut ColumnBuilder, cell: Cell, value: &[u8]) -> Result<(), Malformed> {
    match cell {
        Cell::Text { .. } => builder.append_text(value),
        _ => builder.append(value),
    }
}

/// The Arrow schema of the table's batches: every column nullable, because deletes carry keys only.
pub(crate) fn schema(table: &CapturedTable) -> SchemaRef {
    let fields = table
        .def
        .columns
        .iter()
        .map(|c| Field::new(&c.name, c.data_type.clone(), true));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}
