//! What a copy adds to the history: the first version of every row, or what a repeated copy found changed.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, StringArray};
use arrow::compute::concat_batches;
use arrow::datatypes::{Schema, SchemaRef};
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, TryFutureExt, TryStreamExt, stream};

use crate::delta::file::DataFile;
use crate::delta::splice;
use crate::delta::write::FileWriter;
use crate::hot::prepare::{Stamp, history_rows};
use crate::{Op, Result};

/// Files that are written at the same time.
const IN_FLIGHT: usize = 2;

/// Writes rows of the history, in files of the usual size.
#[derive(Debug)]
pub(crate) struct HistoryFiles {
    writer: FileWriter,
    schema: SchemaRef,
    stamp: Stamp,
    prefix: String,
    seq: i64,
    buffer: Vec<RecordBatch>,
    buffered: usize,
    files: Vec<Arc<DataFile>>,
}

impl HistoryFiles {
    /// Files whose names begin with `prefix`, of rows that `stamp` says when they became so.
    pub(crate) fn new(writer: FileWriter, schema: SchemaRef, stamp: Stamp, prefix: String) -> Self {
        Self {
            writer,
            schema,
            stamp,
            prefix,
            seq: 0,
            buffer: Vec::new(),
            buffered: 0,
            files: Vec::new(),
        }
    }

    /// The given files' rows (with the columns `schema`) as the first versions of theirs.
    pub(crate) async fn first_versions(
        &self,
        files: &[Arc<DataFile>],
        schema: &SchemaRef,
    ) -> Result<Vec<Arc<DataFile>>> {
        let mut first = 0;
        let spliced = files.iter().map(|file| {
            let (stamp, start) = (self.stamp.clone(), first);
            first += file.rows as usize;
            let lacking = splice::lacking(schema, &self.schema);
            let added = move |rows: Range<usize>| {
                let count = rows.len();
                let ops: ArrayRef = Arc::new(StringArray::from(vec![Op::Snapshot.word(); count]));
                let seqs = rows.map(|row| i64::try_from(start + row).expect("rows are counted"));
                let none = RecordBatchOptions::new().with_row_count(Some(count));
                let columns = Arc::new(Schema::empty());
                let none = RecordBatch::try_new_with_options(columns, Vec::new(), &none)?;
                history_rows(&none, &ops, &seqs.collect::<Vec<_>>(), &stamp, &lacking)
            };
            self.writer
                .write_spliced(&self.prefix, file, schema.clone(), &self.schema, added)
                .map_ok(Arc::new)
                .boxed()
        });
        let spliced: Vec<BoxFuture<'_, _>> = spliced.collect();
        stream::iter(spliced)
            .buffered(IN_FLIGHT)
            .try_collect()
            .await
    }

    /// Adds rows that the copy found new, different or gone.
    pub(crate) async fn push(&mut self, rows: RecordBatch, op: Op) -> Result<()> {
        let count = rows.num_rows();
        if count == 0 {
            return Ok(());
        }
        let ops: ArrayRef = Arc::new(StringArray::from(vec![op.word(); count]));
        let seqs: Vec<i64> = (self.seq..).take(count).collect();
        self.seq += i64::try_from(count).expect("a batch has fewer than 2^63 rows");
        let rows = history_rows(&rows, &ops, &seqs, &self.stamp, &self.schema)?;
        self.buffer.push(rows);
        self.buffered += count;
        if self.buffered >= self.writer.file_rows() {
            self.write().await?;
        }
        Ok(())
    }

    async fn write(&mut self) -> Result<()> {
        let rows = concat_batches(&self.schema, &self.buffer)?;
        self.buffer.clear();
        self.buffered = 0;
        if rows.num_rows() > 0 {
            let file = self.writer.write_named(&self.prefix, rows).await?;
            self.files.push(Arc::new(file));
        }
        Ok(())
    }

    pub(crate) async fn finish(mut self) -> Result<Vec<Arc<DataFile>>> {
        self.write().await?;
        Ok(self.files)
    }
}
