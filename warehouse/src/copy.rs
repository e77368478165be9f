//! The copy of a table: batches straight into Parquet files, visible at once or not at all.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, new_null_array};
use arrow::compute::{SortColumn, concat_batches, lexsort_to_indices, take_record_batch};
use arrow::datatypes::SchemaRef;
use chrono::{DateTime, Utc};
use futures::{FutureExt, TryStreamExt};
use tokio::task::JoinSet;

use crate::cluster::Cluster;
use crate::copy_history::HistoryFiles;
use crate::delta::commit::{Commit, Outcome, Since};
use crate::delta::file::DataFile;
use crate::delta::read;
use crate::delta::write::FileWriter;
use crate::hot::keys::{KeyCodec, KeyIndex, Keys};
use crate::hot::position::Position;
use crate::hot::prepare::Stamp;
use crate::open::stale_note;
use crate::renewal::{Columns, Renewal};
use crate::resync::{Before, Mended, RowHasher, mend_history};
use crate::state::{Disk, Entry, Shared, Side};
use crate::{Error, Lsn, Op, Result, TableDef, TableName, ensure, schema};

/// Files that are sorted and encoded at the same time.
const IN_FLIGHT: usize = 2;

/// Takes the rows of one table as of one LSN. Dropped without [`CopyWriter::finish`], it leaves
/// nothing to see.
#[derive(Debug)]
pub struct CopyWriter {
    lake: Arc<Shared>,
    table: TableName,
    /// What the copy makes of the table.
    becomes: Renewal,
    schema: SchemaRef,
    writer: FileWriter,
    /// The last reason for the copy that was known when it began.
    mark: u64,
    /// Rows that the copy does not have stay.
    keeps_missing: bool,
    buffer: Vec<RecordBatch>,
    buffered: usize,
    tasks: JoinSet<Result<Written>>,
    files: Vec<Arc<DataFile>>,
    index: KeyIndex,
    /// The table takes changes again.
    ended: bool,
}

#[derive(Debug)]
struct Written {
    file: DataFile,
    keys: Option<Keys>,
}

impl CopyWriter {
    pub(crate) fn begin(lake: Arc<Shared>, table: &TableName) -> Result<Self> {
        Self::open(lake, table, |entry| Ok(Renewal::none(entry)))
    }

    pub(crate) async fn begin_as(lake: Arc<Shared>, def: &TableDef) -> Result<Self> {
        match ensure::ensure(&lake, def).await {
            Ok(()) => Self::begin(lake, &def.name),
            Err(Error::Schema { detail, .. }) if lake.state().tables.contains_key(&def.name) => {
                tracing::info!(table = %def.name, detail, "a copy brings the table to its new columns");
                Self::open(lake, &def.name, |entry| Renewal::of(def, entry))
            }
            Err(error) => Err(error),
        }
    }

    fn open(
        lake: Arc<Shared>,
        table: &TableName,
        becomes: impl FnOnce(&Entry) -> Result<Renewal>,
    ) -> Result<Self> {
        let (becomes, mark) = {
            let mut state = lake.state();
            let entry = state.entry(table)?;
            if entry.copying {
                return Err(Error::Copying(table.clone()));
            }
            let becomes = becomes(entry)?;
            entry.copying = true;
            if becomes.changes {
                // What waits there is older than this copy will be, and may have other columns.
                entry.renewing = true;
                entry.stash.clear();
            }
            (becomes, entry.stale.as_ref().map_or(0, |stale| stale.mark))
        };
        let writer = FileWriter::new(
            lake.store.clone(),
            Side::Current.folder(table),
            becomes.shape.codec.columns(),
            &lake.config,
        );
        Ok(Self {
            index: becomes.shape.codec.index(),
            schema: becomes.current.schema.clone(),
            lake,
            table: table.clone(),
            becomes,
            writer,
            mark,
            keeps_missing: false,
            buffer: Vec::new(),
            buffered: 0,
            tasks: JoinSet::new(),
            files: Vec::new(),
            ended: false,
        })
    }

    /// Rows the table has and the copy has not are to stay, instead of being deleted: the source
    /// drops old ones on purpose.
    pub fn keep_missing(&mut self) {
        self.keeps_missing = true;
    }

    /// Adds rows: the table's columns in the order of its definition.
    pub async fn write(&mut self, rows: RecordBatch) -> Result<()> {
        let rows = self.becomes.shape.rows(&rows, rows.num_rows())?;
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
    /// A repeated copy is compared with what the table has: in the history, rows that are new or
    /// differ have the op `resync`, rows it does not have any more are deleted as of `at`, and equal
    /// ones leave no trace.
    pub async fn finish(self, at: Lsn, instant: DateTime<Utc>) -> Result<u64> {
        self.complete(at, instant).boxed().await
    }

    async fn complete(mut self, at: Lsn, instant: DateTime<Utc>) -> Result<u64> {
        self.settle().await?;
        let rows = self.files.iter().map(|file| u64::from(file.rows)).sum();
        let before = self.position(Side::Current)?;
        if let Some(before) = before
            && before >= at
        {
            return Err(self.refused(format!(
                "it was copied as of {at}, but stands at {before} already"
            )));
        }
        let history = if before.is_some() {
            self.compare(at, instant).await?
        } else {
            self.write_history(at, instant).await?
        };
        let lake = self.lake.clone();
        let _flushing = lake.flushing.lock().await;
        self.commit(at, instant, before, history).await?;
        self.take_over(at).await?;
        self.settle_mark().await?;
        self.catch_up().await?;
        Ok(rows)
    }

    /// Writes what is buffered and takes up every file.
    async fn settle(&mut self) -> Result<()> {
        if self.buffered > 0 {
            self.spill().await?;
        }
        while self.collect_one().await? {}
        Ok(())
    }

    /// Where one half of the table stands.
    fn position(&self, side: Side) -> Result<Option<Lsn>> {
        Ok(self.lake.state().entry(&self.table)?.half(side).live.lsn)
    }

    /// The table is whole again, unless something new was missed since the copy began.
    async fn settle_mark(&self) -> Result<()> {
        let mark = {
            let mut state = self.lake.state();
            let stale = &state.entry(&self.table)?.stale;
            stale.as_ref().map(|stale| stale.mark)
        };
        if mark.is_some_and(|mark| mark <= self.mark) {
            self.lake.store.drop_note(&stale_note(&self.table)).await?;
            let mut state = self.lake.state();
            let entry = state.entry(&self.table)?;
            if entry
                .stale
                .as_ref()
                .is_some_and(|stale| stale.mark <= self.mark)
            {
                entry.stale = None;
            }
        }
        Ok(())
    }

    /// Applies the changes that waited for the copy, in bounded memory. The table shows them all at
    /// once: until then readers get what was there before. Needs `flushing`.
    async fn catch_up(&mut self) -> Result<()> {
        let lake = self.lake.clone();
        loop {
            {
                let _turn = lake.turn.lock().await;
                if lake.drain(&self.table, lake.config.hot_bytes / 2).await? {
                    lake.state().entry(&self.table)?.copying = false;
                    self.ended = true;
                    return Ok(());
                }
            }
            lake.flush_tables(|name, _| *name == self.table).await?;
        }
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
            self.becomes.shape.codec.clone(),
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
    ) -> Result<()> {
        let (current, history) = self.disks()?;
        if before.is_some() {
            let table = self.table.clone();
            match self.lake.flush_tables(|name, _| *name == table).await {
                // A table that is stopped is what the copy is to mend.
                Ok(_) | Err(Error::Stopped { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        let unfinished = match (before, self.position(Side::History)?) {
            (None, _) => Some(self.mark()),
            (Some(before), Some(history)) if history > before => Some(resync_mark(history)),
            _ => None,
        };
        let (history_schema, void_after) = {
            let mut state = self.lake.state();
            let entry = state.entry(&self.table)?;
            (
                entry.history.live.schema.clone(),
                entry.stale.as_ref().and_then(|stale| stale.void_after),
            )
        };
        let since = self.since(at, instant, before)?;
        let json = self.becomes.definition.to_json();
        let metadata = |columns: &Columns| {
            let schema = columns.schema.clone();
            self.becomes.changes.then(|| (schema, json.clone()))
        };

        let mut log = history.log.lock().await;
        log.refresh().await?;
        let (dropped, kept): (Vec<_>, Vec<_>) = log.files()?.into_iter().partition(|file| {
            unfinished
                .as_ref()
                .is_some_and(|mark| file.path.starts_with(mark))
        });
        let Mended { mut remove, add } = mend_history(
            &self.lake.store,
            &history.writer,
            &kept,
            &history_schema,
            &self.becomes.history,
            void_after,
        )
        .await?;
        let stays = kept.iter().filter(|file| !remove.contains(&file.path));
        let stays: u64 = stays.map(DataFile::live_rows).sum();
        remove.extend(dropped.into_iter().map(|file| file.path));
        let add: Vec<_> = add.into_iter().chain(new_history).collect();
        let added: u64 = add.iter().map(|file| u64::from(file.rows)).sum();
        let commit = Commit {
            lsn: Some(at),
            remove,
            add,
            rows_after: stays + added,
            metadata: metadata(&self.becomes.history),
            restart: before.is_none(),
            since,
            ..Commit::default()
        };
        surely(&mut log, &commit).await?;
        drop(log);
        let mut log = current.log.lock().await;
        log.refresh().await?;
        let commit = Commit {
            lsn: Some(at),
            remove: log.paths(),
            add: self.files.clone(),
            rows_after: self.files.iter().map(|file| u64::from(file.rows)).sum(),
            metadata: metadata(&self.becomes.current),
            since,
            ..Commit::default()
        };
        surely(&mut log, &commit).await
    }

    /// Where the knowledge of the table begins anew; none when it goes on.
    fn since(&self, at: Lsn, instant: DateTime<Utc>, before: Option<Lsn>) -> Result<Option<Since>> {
        let mut state = self.lake.state();
        let entry = state.entry(&self.table)?;
        let void_after = entry.stale.as_ref().and_then(|stale| stale.void_after);
        let told = before.is_none();
        let broken = match (before, void_after) {
            (None, _) => true,
            // What was there before is of another timeline, and all of it goes.
            (Some(_), Some(end)) => entry.since.is_none_or(|since| since.lsn > end),
            // What was there before is of another source.
            (Some(before), None) => before == Lsn::ZERO,
        };
        let rekeyed = entry.definition.key != self.becomes.definition.key;
        Ok((broken || rekeyed).then_some(Since {
            lsn: at,
            at: instant,
            told,
        }))
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

    /// Every row as the first copy found it.
    async fn write_history(&self, at: Lsn, instant: DateTime<Utc>) -> Result<Vec<Arc<DataFile>>> {
        let history = self.history(at, instant, None, self.mark())?;
        history.first_versions(&self.files, &self.schema).await
    }

    /// What the copy changes. Rows that are to stay though the copy does not have them are added to it.
    async fn compare(&mut self, at: Lsn, instant: DateTime<Utc>) -> Result<Vec<Arc<DataFile>>> {
        let mut history = self.history(at, instant, Some("resync"), resync_mark(at))?;
        if !self.keeps_missing
            && let Some(vanished) = self.vanished()?
        {
            history.push(vanished, Op::Delete).await?;
        }
        let version = {
            let mut state = self.lake.state();
            state.entry(&self.table)?.current.live.publish()?
        };
        let hasher = RowHasher::new(&self.becomes.shape)?;
        let mut before = Before::read(version, &self.becomes, &hasher).await?;
        for file in &self.files {
            let mut batches =
                read::stream(&self.lake.store, file, self.schema.clone(), None).await?;
            while let Some(batch) = batches.try_next().await? {
                let changed = before.differing(&batch, &self.becomes.shape, &hasher)?;
                history.push(changed, Op::Resync).await?;
            }
        }
        if self.keeps_missing {
            let mut left = before.left(&self.becomes.shape).await?;
            while let Some(rows) = left.try_next().await? {
                self.buffered += rows.num_rows();
                self.buffer.push(rows);
                if self.buffered >= self.writer.file_rows() {
                    self.spill().await?;
                }
            }
            self.settle().await?;
        }
        history.finish().await
    }

    fn history(
        &self,
        at: Lsn,
        instant: DateTime<Utc>,
        via: Option<&str>,
        prefix: String,
    ) -> Result<HistoryFiles> {
        let (_, history) = self.disks()?;
        let stamp = Stamp {
            lsn: at,
            at: instant,
            actor: None,
            via: via.map(str::to_owned),
        };
        let schema = self.becomes.history.schema.clone();
        Ok(HistoryFiles::new(
            history.writer.clone(),
            schema,
            stamp,
            prefix,
        ))
    }

    /// The keys (as rows of the table) that are there and not in the copy; none when there is no such key.
    /// The table's changes wait for the copy, so nothing is added to them meanwhile.
    fn vanished(&self) -> Result<Option<RecordBatch>> {
        let keys = {
            let mut state = self.lake.state();
            let entry = state.entry(&self.table)?;
            if entry.definition.key != self.becomes.definition.key {
                // Under another key, these are other rows.
                return Ok(None);
            }
            entry.current.live.keys_missing_in(&self.index)?
        };
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
        for (&column, key) in self.becomes.shape.codec.columns().iter().zip(&keys) {
            columns[column] = schema::cast(key, self.schema.field(column).data_type())?;
        }
        Ok(Some(RecordBatch::try_new(self.schema.clone(), columns)?))
    }

    /// Lets the live tables take over the committed files. Needs `flushing`.
    async fn take_over(&mut self, at: Lsn) -> Result<()> {
        let lake = self.lake.clone();
        let _turn = lake.turn.lock().await;
        let (current, history) = self.disks()?;
        let history_files = {
            let log = history.log.lock().await;
            (
                log.files()?.into_iter().map(Arc::new).collect::<Vec<_>>(),
                log.version(),
            )
        };
        let (current_version, since, clustered) = {
            let log = current.log.lock().await;
            (log.version(), log.since(), log.cluster())
        };
        {
            let mut state = self.lake.state();
            let entry = state.entry(&self.table)?;
            let becomes = &self.becomes;
            let keyless = KeyCodec::new(Vec::new(), &becomes.history.schema)?;
            let live = &mut entry.history.live;
            live.evolve(becomes.history.schema.clone(), keyless)?;
            let live = &mut entry.current.live;
            live.evolve(becomes.current.schema.clone(), becomes.shape.codec.clone())?;
            entry.definition = becomes.definition.clone();
            entry.shape = becomes.shape.clone();
            entry.renewing = false;
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
            if let Some(since) = since {
                entry.since = Some(since);
            }
            // Columns may have other places now.
            let codec = &becomes.shape.codec;
            let cluster = Cluster::current(&clustered, &becomes.current.schema, codec);
            entry.current.order = cluster.columns.clone();
            entry.current.cluster = cluster;
            entry.history.cluster =
                Cluster::history(&becomes.definition.key, &becomes.history.schema);
            // Its files are all new.
            entry.current.rewrite &= !self.becomes.changes;
            entry.history.rewrite &= !self.becomes.history.moves_values;
            if let Some(stale) = &mut entry.stale {
                stale.void_after = None;
            }
            state.floor = state.floor.max(at);
        }
        Ok(())
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
        if !self.ended
            && let Some(entry) = self.lake.state().tables.get_mut(&self.table)
        {
            entry.copying = false;
        }
    }
}

/// Did a repeated copy end after its history and before its rows?
pub(crate) fn is_unfinished(entry: &Entry) -> bool {
    let (current, history) = (entry.current.live.lsn, entry.history.live.lsn);
    history > current
        && history.map(resync_mark).is_some_and(|mark| {
            let files = &entry.history.live.files;
            files.values().any(|live| live.file.path.starts_with(&mark))
        })
}

/// The beginning of the names of history files that a repeated copy writes.
fn resync_mark(at: Lsn) -> String {
    format!("resync-{:016x}-", at.0)
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
