//! Turns the changes of a transaction into what a table can take without failing.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
    new_null_array,
};
use arrow::compute::{concat_batches, filter_record_batch};
use arrow::datatypes::SchemaRef;
use chrono::{DateTime, Utc};

use super::keys::{KeyCodec, Keys};
use super::live::Staged;
use crate::change::{ChangeBatch, Op, UnchangedColumns};
use crate::schema;
use crate::{Error, Lsn, Result, TableName, Transaction};

/// All changes of one table within a transaction, in the lake's columns and storage types.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) ops: Vec<Op>,
    pub(crate) rows: RecordBatch,
    /// Each row's place in the order of the transaction.
    pub(crate) seqs: Vec<i64>,
    pub(crate) keys: Option<Keys>,
    pub(crate) unchanged: Vec<UnchangedColumns>,
}

/// How a table's changes become rows of the lake.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    pub(crate) table: TableName,
    /// The current table's columns in storage types.
    pub(crate) storage: SchemaRef,
    /// For each of these, its position in the table's definition; none when it was dropped there.
    pub(crate) sources: Arc<[Option<usize>]>,
    /// Columns in the table's definition.
    pub(crate) defined: usize,
    pub(crate) codec: KeyCodec,
    /// The history table's columns in storage types.
    pub(crate) history: SchemaRef,
}

impl Shape {
    /// Joins the batches of a table, each with the number of its first change.
    pub(crate) fn prepare(&self, batches: Vec<(i64, ChangeBatch)>) -> Result<Prepared> {
        let (mut ops, mut seqs, mut unchanged, mut parts) = (vec![], vec![], vec![], vec![]);
        for (first, batch) in batches {
            let offset = u32::try_from(ops.len())
                .map_err(|_| self.refused("more than 2^32 changes".into()))?;
            seqs.extend((first..).take(batch.ops.len()));
            for hole in batch.unchanged {
                unchanged.push(self.hole(&hole, offset, batch.ops.len())?);
            }
            parts.push(self.rows(&batch.rows, batch.ops.len())?);
            ops.extend(batch.ops);
        }
        let rows = match &parts[..] {
            [only] => only.clone(),
            _ => concat_batches(&self.storage, &parts)?,
        };
        let keys = self.keys(&rows, &ops)?;
        Ok(Prepared {
            ops,
            rows,
            seqs,
            keys,
            unchanged,
        })
    }

    /// Rows in the order of the definition as rows of the lake.
    pub(crate) fn rows(&self, rows: &RecordBatch, count: usize) -> Result<RecordBatch> {
        if rows.num_columns() != self.defined || rows.num_rows() != count {
            return Err(self.refused(format!(
                "{count} rows of {} columns were announced, {} rows of {} columns came",
                self.defined,
                rows.num_rows(),
                rows.num_columns()
            )));
        }
        let columns = self
            .sources
            .iter()
            .zip(self.storage.fields())
            .map(|(source, field)| match source {
                None => Ok(new_null_array(field.data_type(), count)),
                Some(source) => schema::cast(rows.column(*source), field.data_type())
                    .map_err(|error| self.refused(format!("column `{}`: {error}", field.name()))),
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(RecordBatch::try_new(self.storage.clone(), columns)?)
    }

    fn hole(&self, hole: &UnchangedColumns, offset: u32, rows: usize) -> Result<UnchangedColumns> {
        if hole.row as usize >= rows {
            return Err(self.refused(format!("row {} of {rows} has unchanged columns", hole.row)));
        }
        let columns = hole
            .columns
            .iter()
            .map(|&defined| {
                let column = self
                    .sources
                    .iter()
                    .position(|source| *source == Some(usize::from(defined)));
                column
                    .and_then(|column| u16::try_from(column).ok())
                    .ok_or_else(|| {
                        self.refused(format!("column {defined} is unchanged but not defined"))
                    })
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(UnchangedColumns {
            row: hole.row + offset,
            columns,
        })
    }

    fn keys(&self, rows: &RecordBatch, ops: &[Op]) -> Result<Option<Keys>> {
        if self.codec.is_keyless() {
            return match ops.iter().find(|op| matches!(op, Op::Update | Op::Delete)) {
                Some(op) => {
                    Err(self.refused(format!("a table without a key can't take an {}", op.word())))
                }
                None => Ok(None),
            };
        }
        let columns = self
            .codec
            .columns()
            .iter()
            .map(|&column| rows.column(column).clone())
            .collect::<Vec<_>>();
        let nulls = columns.iter().any(|column| column.null_count() > 0);
        if nulls {
            for (row, op) in ops.iter().enumerate() {
                if *op != Op::Truncate && columns.iter().any(|column| column.is_null(row)) {
                    return Err(self.refused(format!("the {} in row {row} has no key", op.word())));
                }
            }
        }
        Ok(self.codec.encode(&columns)?)
    }

    fn refused(&self, detail: String) -> Error {
        Error::Change {
            table: self.table.clone(),
            detail,
        }
    }
}

/// What every row of a transaction has in common in the history table.
#[derive(Clone, Debug)]
pub(crate) struct Stamp {
    pub(crate) lsn: Lsn,
    pub(crate) at: DateTime<Utc>,
    pub(crate) actor: Option<String>,
    pub(crate) via: Option<String>,
}

impl Stamp {
    /// What a transaction gives to its rows, and its changes.
    pub(crate) fn of(transaction: Transaction) -> (Self, Vec<(TableName, ChangeBatch)>) {
        let Transaction {
            lsn,
            committed_at: at,
            actor,
            via,
            changes,
        } = transaction;
        let stamp = Self {
            lsn,
            at,
            actor,
            via,
        };
        (stamp, changes)
    }
}

impl Prepared {
    /// The changes as rows of the history table, in storage types.
    pub(crate) fn history(&self, stamp: &Stamp, history: &SchemaRef) -> Result<RecordBatch> {
        let words: ArrayRef = Arc::new(StringArray::from_iter_values(
            self.ops.iter().map(|op| op.word()),
        ));
        history_rows(&self.rows, &words, &self.seqs, stamp, history)
    }

    /// The changes as the current table takes them.
    pub(crate) fn staged(self) -> Result<Staged> {
        let rows = if self.ops.iter().all(|op| op.puts()) {
            self.rows
        } else {
            let puts: BooleanArray = self.ops.iter().map(|op| Some(op.puts())).collect();
            filter_record_batch(&self.rows, &puts)?
        };
        Ok(Staged {
            ops: self.ops,
            keys: self.keys,
            rows,
        })
    }
}

/// `rows` of the current table with the columns a history table has besides.
pub(crate) fn history_rows(
    rows: &RecordBatch,
    ops: &ArrayRef,
    seqs: &[i64],
    stamp: &Stamp,
    history: &SchemaRef,
) -> Result<RecordBatch> {
    let count = rows.num_rows();
    let instant: ArrayRef = Arc::new(
        TimestampMicrosecondArray::from_value(stamp.at.timestamp_micros(), count)
            .with_timezone("UTC"),
    );
    let lsn: ArrayRef = Arc::new(Int64Array::from_value(stamp.lsn.version(), count));
    let seq: ArrayRef = Arc::new(Int64Array::from(seqs.to_vec()));
    let text = |text: &Option<String>| -> ArrayRef {
        Arc::new(StringArray::from_iter(std::iter::repeat_n(
            text.as_deref(),
            count,
        )))
    };
    let columns = history
        .fields()
        .iter()
        .map(|field| {
            let column = match field.name().as_str() {
                "valid_from" | "txn_at" => instant.clone(),
                "op" => ops.clone(),
                "lsn" => lsn.clone(),
                "seq" => seq.clone(),
                "actor" => text(&stamp.actor),
                "via" => text(&stamp.via),
                name => match rows.column_by_name(name) {
                    Some(column) => column.clone(),
                    None => new_null_array(field.data_type(), count),
                },
            };
            schema::cast(&column, field.data_type())
        })
        .collect::<Result<Vec<_>, _>>()?;
    Ok(RecordBatch::try_new(history.clone(), columns)?)
}
