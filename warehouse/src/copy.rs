//! The copy of a table: batches straight into Parquet files, visible at once or not at all.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, StringArray, new_null_array};
use arrow::compute::{SortColumn, concat_batches, lexsort_to_indices, take_record_batch};
use arrow::datatypes::SchemaRef;
use chrono::{DateTime, Utc};
use futures::FutureExt;
use tokio::task::JoinSet;

use crate::delta::commit::{Commit, Outcome, Since};
use crate::delta::file::DataFile;
use crate::delta::read;
use crate::delta::write::FileWriter;
use crate::hot::keys::{KeyIndex, Keys};
use crate::hot::position::Position;
use crate::hot::prepare::{Shape, Stamp, history_rows};
use crate::state::{Disk, Shared};
use crate::{Error, Lsn, Op, Result, TableName, schema};

/// Files that are sorted and encoded at the same time.
const IN_FLIGHT: usize = 2;

/// Takes the rows of one table as of one LSN. Dropped without [`CopyWriter::finish`], it leaves
/// nothing to see.
#[derive(Debug)]
pub struct CopyWriter {
    lake: Arc<Shared>,
    table: TableName,
    shape: Shape,
    schema: SchemaRef,
    writer: FileWriter,
    buffer: Vec<RecordBatch>,
    buffered: usize,
    tasks: JoinSet<Result<Written>>,
    files: Vec<Arc<DataFile>>,
    index: KeyIndex,
}

#[derive(Debug)]
struct Written {
    file: DataFile,
    keys: Option<Keys>,
}

impl CopyWriter {
    pub(crate) fn begin(lake: Arc<Shared>, table: &TableName) -> Result<Self> {
        let (shape, schema, writer) = {
            let mut state = lake.state();
            let entry = state.entry(table)?;
            if entry.copying {
                return Err(Error::Copying(table.clone()));
            }
            entry.copying = true;
            (
                entry.shape.clone(),
                entry.current.live.schema.clone(),
                entry.current.disk.writer.clone(),
            )
        };
        Ok(Self {
            index: shape.codec.index(),
            lake,
            table: table.clone(),
            shape,
            schema,
            writer,
            buffer: Vec::new(),
            buffered: 0,
            tasks: JoinSet::new(),
            files: Vec::new(),
        })
    }

    /// Adds rows: the table's columns in the order of its definition.
    pub async fn write(&mut self, rows: RecordBatch) -> Result<()> {
        let rows = self.shape.rows(&rows, rows.num_rows())?;
        self.buffered += rows.num_rows();
        self.buffer.push(schema::cast_batch(&rows, &self.schema)?);
        if self.buffered >= self.writer.file_rows() {
            self.spill().boxed().await?;
        }
        Ok(())
    }

    /// Commits the rows as the table's content at `at`, read at `instant`. Changes at or below `at`
    /// are dropped from now on; changes above, applied while the copy ran, follow at once.
    /// Returns the number of rows.
    ///
    /// A repeated copy replaces the current rows. In the history its rows have the op `resync`,
    /// and rows it does not have any more are deleted as of `at`.
    pub async fn finish(self, at: Lsn, instant: DateTime<Utc>) -> Result<u64> {
        self.complete(at, instant).boxed().await
    }

    async fn complete(mut self, at: Lsn, instant: DateTime<Utc>) -> Result<u64> {
        if self.buffered > 0 {
            self.spill().await?;
        }
        while self.collect_one().await? {}
        let rows = self.files.iter().map(|file| u64::from(file.rows)).sum();
        let (current, _) = self.disks()?;
        let before = current.log.lock().await.lsn().await?;
        let history = self.write_history(at, instant, before).await?;
        let lake = self.lake.clone();
        let _flushing = lake.flushing.lock().await;
        self.commit(at, instant, before, history, rows).await?;
        let _turn = lake.turn.lock().await;
        self.show(at).await?;
        Ok(rows)
    }

    /// Sends the buffered rows to be sorted and written.
    async fn spill(&mut self) -> Result<()> {
        while self.tasks.len() >= IN_FLIGHT {
            self.collect_one().await?;
        }
        let batches = std::mem::take(&mut self.buffer);
        self.buffered = 0;
        let (schema, codec, writer) = (
            self.schema.clone(),
            self.shape.codec.clone(),
            self.writer.clone(),
        );
        self.tasks.spawn(async move {
            let sorted =
                tokio::task::spawn_blocking(move || -> Result<(RecordBatch, Option<Keys>)> {
                    let rows = concat_batches(&schema, &batches)?;
                    let keys: Vec<_> = codec
                        .columns()
                        .iter()
                        .map(|&column| SortColumn {
                            values: rows.column(column).clone(),
                            options: None,
                        })
                        .collect();
                    let rows = if keys.is_empty() {
                        rows
                    } else {
                        take_record_batch(&rows, &lexsort_to_indices(&keys, None)?)?
                    };
                    let keys: Vec<ArrayRef> = codec
                        .columns()
                        .iter()
                        .map(|&column| rows.column(column).clone())
                        .collect();
                    Ok((rows, codec.encode(&keys)?))
                });
            let (rows, keys) = sorted.await??;
            Ok(Written {
                file: writer.write(rows).await?,
                keys,
            })
        });
        Ok(())
    }

    /// Takes up one written file; false when none is under way.
    async fn collect_one(&mut self) -> Result<bool> {
        let Some(written) = self.tasks.join_next().await else {
            return Ok(false);
        };
        let Written { file, keys } = written??;
        let no = u32::try_from(self.files.len()).expect("a table has fewer than 2^31 files");
        if let Some(keys) = keys {
            self.index.reserve(keys.len());
            for (row, key) in (0..).zip(0..keys.len()) {
                if self
                    .index
                    .insert(&keys, key, Position::file(no, row))
                    .is_some()
                {
                    return Err(self.refused("the copy holds a key twice".to_owned()));
                }
            }
        }
        self.files.push(Arc::new(file));
        Ok(true)
    }

    /// History first: what an unfinished copy left there is known by its name and replaced.
    async fn commit(
        &mut self,
        at: Lsn,
        instant: DateTime<Utc>,
        before: Option<Lsn>,
        new_history: Vec<Arc<DataFile>>,
        rows: u64,
    ) -> Result<()> {
        let (current, history) = self.disks()?;
        if let Some(before) = before {
            if before >= at {
                return Err(self.refused(format!(
                    "it was copied as of {at}, but stands at {before} already"
                )));
            }
            let table = self.table.clone();
            self.lake.flush_tables(|name, _| *name == table).await?;
        }
        let since = before.is_none().then_some(Since {
            lsn: at,
            at: instant,
        });
        let mark = self.mark();
        let mut log = history.log.lock().await;
        let live = log.files()?;
        let remove: BTreeSet<_> = if before.is_none() {
            live.iter()
                .filter(|file| file.path.starts_with(&mark))
                .map(|file| file.path.clone())
                .collect()
        } else {
            BTreeSet::new()
        };
        let kept: u64 = live
            .iter()
            .filter(|file| !remove.contains(&file.path))
            .map(DataFile::live_rows)
            .sum();
        let added: u64 = new_history.iter().map(|file| u64::from(file.rows)).sum();
        let commit = Commit {
            lsn: Some(at),
            remove,
            add: new_history,
            rows_after: kept + added,
            restart: before.is_none(),
            since,
            ..Commit::default()
        };
        surely(&mut log, &commit).await?;
        drop(log);
        let mut log = current.log.lock().await;
        let commit = Commit {
            lsn: Some(at),
            remove: log.files()?.into_iter().map(|file| file.path).collect(),
            add: self.files.clone(),
            rows_after: rows,
            since,
            ..Commit::default()
        };
        surely(&mut log, &commit).await
    }

    /// The beginning of the names of history files that a copy writes.
    fn mark(&self) -> String {
        let source: String = self
            .lake
            .config
            .source_id
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .collect();
        format!("snapshot-{source}-{}-", self.lake.config.timeline)
    }

    async fn write_history(
        &self,
        at: Lsn,
        instant: DateTime<Utc>,
        before: Option<Lsn>,
    ) -> Result<Vec<Arc<DataFile>>> {
        let (_, history) = self.disks()?;
        let (op, prefix) = match before {
            None => (Op::Snapshot, self.mark()),
            Some(_) => (Op::Resync, "part-".to_owned()),
        };
        let schema = history.log.lock().await.schema();
        let stamp = Stamp {
            lsn: at,
            at: instant,
            actor: None,
            via: None,
        };
        let mut written = Vec::with_capacity(self.files.len());
        let mut seq = 0;
        if let (Some(_), Some(vanished)) = (before, self.vanished()?) {
            let count = vanished.num_rows();
            let ops: ArrayRef = Arc::new(StringArray::from(vec![Op::Delete.word(); count]));
            let seqs: Vec<i64> = (seq..).take(count).collect();
            seq += i64::try_from(count).expect("a batch has fewer than 2^63 rows");
            let rows = history_rows(&vanished, &ops, &seqs, &stamp, &schema)?;
            written.push(Arc::new(history.writer.write_named(&prefix, rows).await?));
        }
        for file in &self.files {
            let rows = read::rows(&self.lake.store, file, self.schema.clone(), None).await?;
            let count = rows.num_rows();
            let ops: ArrayRef = Arc::new(StringArray::from(vec![op.word(); count]));
            let seqs: Vec<i64> = (seq..).take(count).collect();
            seq += i64::from(file.rows);
            let rows = history_rows(&rows, &ops, &seqs, &stamp, &schema)?;
            written.push(Arc::new(history.writer.write_named(&prefix, rows).await?));
        }
        Ok(written)
    }

    /// The keys (as rows of the table) that are there and not in the copy; none when there is no such key.
    /// The table's changes wait for the copy, so nothing is added to them meanwhile.
    fn vanished(&self) -> Result<Option<RecordBatch>> {
        let keys = self
            .lake
            .state()
            .entry(&self.table)?
            .current
            .live
            .keys_missing_in(&self.index)?;
        let count = keys.first().map_or(0, Array::len);
        if count == 0 {
            return Ok(None);
        }
        let mut columns: Vec<ArrayRef> = self
            .schema
            .fields()
            .iter()
            .map(|field| new_null_array(field.data_type(), count))
            .collect();
        for (&column, key) in self.shape.codec.columns().iter().zip(&keys) {
            columns[column] = schema::cast(key, self.schema.field(column).data_type())?;
        }
        Ok(Some(RecordBatch::try_new(self.schema.clone(), columns)?))
    }

    /// Lets the live tables take over the committed files.
    async fn show(&mut self, at: Lsn) -> Result<()> {
        let (current, history) = self.disks()?;
        let history_files = {
            let log = history.log.lock().await;
            (
                log.files()?.into_iter().map(Arc::new).collect::<Vec<_>>(),
                log.version(),
            )
        };
        let (current_version, since) = {
            let log = current.log.lock().await;
            (log.version(), log.since())
        };
        {
            let mut state = self.lake.state();
            let entry = state.entry(&self.table)?;
            let index = std::mem::replace(&mut self.index, KeyIndex::None);
            entry
                .current
                .live
                .load(std::mem::take(&mut self.files), index, Some(at));
            entry
                .history
                .live
                .load(history_files.0, KeyIndex::None, Some(at));
            entry.current.delta_version = current_version;
            entry.history.delta_version = history_files.1;
            for half in [&mut entry.current, &mut entry.history] {
                half.error = None;
                half.stopped = false;
            }
            entry.copying = false;
            if let Some(since) = since {
                entry.since = Some(since);
            }
            state.floor = state.floor.max(at);
        }
        self.lake.drain(&self.table).await
    }

    fn disks(&self) -> Result<(Arc<Disk>, Arc<Disk>)> {
        let mut state = self.lake.state();
        let entry = state.entry(&self.table)?;
        Ok((entry.current.disk.clone(), entry.history.disk.clone()))
    }

    fn refused(&self, detail: String) -> Error {
        Error::Change {
            table: self.table.clone(),
            detail,
        }
    }
}

impl Drop for CopyWriter {
    fn drop(&mut self) {
        let left: Vec<_> = self
            .files
            .iter()
            .map(|file| file.location.clone())
            .collect();
        self.lake.store.written(&left);
        if let Some(entry) = self.lake.state().tables.get_mut(&self.table) {
            entry.copying = false;
        }
    }
}

/// Commits, and makes sure what came of it when the answer was an error.
async fn surely(log: &mut crate::delta::log::Log, commit: &Commit) -> Result<()> {
    let Err(error) = log.commit(commit).await else {
        return Ok(());
    };
    match log.outcome(commit).await {
        Ok(Outcome::Landed) => Ok(()),
        _ => Err(error),
    }
}
