//! The lake: takes changes in commit order, shows them whole, writes them to Delta in its own time.

use std::sync::Arc;
use std::time::Duration;

use arrow::array::RecordBatch;
use chrono::{DateTime, Utc};
use datafusion::catalog::TableProvider;
use futures::FutureExt;
use object_store::ObjectStore;

use crate::delta::store::LakeStore;
use crate::state::Shared;
use crate::{
    Archive, AsOf, Bulk, Compaction, CopyWriter, Erasure, ErasureReport, Error, FileStatus,
    FlushReport, LakeConfig, LakeError, LakeStatus, Lsn, Maintenance, Manifest, Profile, Result,
    Snapshot, TableDef, TableName, TableStatus, Transaction, ensure, erasures, open,
};

/// A handle on one lake; clones share it. One process writes a lake at a time.
///
/// Its longer futures are boxed, so that callers' futures stay small and quick to compile.
///
/// Call [`Lake::flush_if_due`] and [`Lake::maintain`] now and then, each from a task of its own; the
/// lake starts none.
#[derive(Clone, Debug)]
pub struct Lake {
    shared: Arc<Shared>,
}

impl Lake {
    /// Opens the lake in `config.url`, creating it when there is none, and loads every table:
    /// its files, its key index, its positions. What was not flushed is to be applied again.
    pub async fn open(config: LakeConfig) -> Result<Self> {
        let store = LakeStore::open(&config)?;
        Self::open_in(config, store).boxed().await
    }

    /// Like [`Lake::open`], with an object store of the caller whose root is that of the URL.
    pub async fn open_with_store(config: LakeConfig, store: Arc<dyn ObjectStore>) -> Result<Self> {
        let store = LakeStore::with_store(&config, store)?;
        Self::open_in(config, store).boxed().await
    }

    /// Opens the lake to read it beside the process that writes it: it shows what the newest manifest
    /// names, and [`Lake::refresh`] looks for a newer one. It takes no changes.
    pub async fn follow(config: LakeConfig) -> Result<Self> {
        let store = Arc::new(LakeStore::open(&config)?);
        let lake = Self {
            shared: Arc::new(Shared::following(config, store)),
        };
        match lake.refresh().await {
            Ok(_) | Err(Error::NoManifest) => Ok(lake),
            Err(error) => Err(error),
        }
    }

    /// Shows the newest manifest, of a lake that was opened with [`Lake::follow`].
    ///
    /// # Errors
    /// [`Error::NoManifest`] when there is none yet; the store can't be read.
    pub async fn refresh(&self) -> Result<Arc<Snapshot>> {
        let latest = self.shared.archive.latest().await?;
        self.shared.published.send_if_modified(|shown| {
            let newer = shown.lsn() < latest.lsn();
            if newer {
                *shown = latest.clone();
            }
            newer
        });
        Ok(self.snapshot())
    }

    async fn open_in(config: LakeConfig, store: LakeStore) -> Result<Self> {
        store.require_conditional_put().await?;
        let store = Arc::new(store);
        let state = open::load(&config, &store).await?;
        let shared = Shared::new(config, store, state);
        shared.read_manifest().await?;
        Box::pin(shared.carry_out_rest()).await?;
        shared.publish()?;
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// Creates the table, or brings it to the new definition: added columns are null in old rows,
    /// dropped columns are kept and null from now on, widened types are read as such.
    ///
    /// # Errors
    /// [`Error::Schema`] for a change that only a new copy can follow: another key, a narrowed or
    /// changed type, a renamed column.
    pub async fn ensure_table(&self, def: &TableDef) -> Result<()> {
        ensure::ensure(&self.shared, def).boxed().await
    }

    /// Has the table been made in the lake, copied or not?
    pub fn knows(&self, table: &TableName) -> bool {
        self.shared.state().tables.contains_key(table)
    }

    /// None when the table was never copied; else changes at or below are in already.
    pub fn table_lsn(&self, table: &TableName) -> Option<Lsn> {
        self.shared.state().tables.get(table)?.lsn()
    }

    /// Starts the copy of a table. Its changes may be applied meanwhile: they wait for the copy.
    pub async fn begin_copy(&self, table: &TableName) -> Result<CopyWriter> {
        CopyWriter::begin(self.shared.clone(), table)
    }

    /// Like [`Lake::begin_copy`], for a table that has become `def`, in ways that
    /// [`Lake::ensure_table`] may not be able to follow: the table takes it over when the copy is complete. A column that was renamed is known
    /// by its `source_id` and keeps its values; one of another type begins anew, and the history keeps
    /// the older values under a name of their own.
    pub async fn begin_copy_as(&self, def: &TableDef) -> Result<CopyWriter> {
        CopyWriter::begin_as(self.shared.clone(), def).boxed().await
    }

    /// Says that changes of a table are missing, durably: until the next complete copy the table is
    /// marked, and what it has is served.
    pub async fn mark_stale(&self, table: &TableName, reason: &str) -> Result<()> {
        let note = open::stale_note(table);
        self.shared.store.set_note(&note, reason).await?;
        self.shared
            .state()
            .entry(table)?
            .mark_stale(reason.to_owned());
        Ok(())
    }

    /// Forgets the changes of a table that wait for a copy which is not to come; it stays marked.
    pub fn forget_waiting(&self, table: &TableName) {
        if let Some(entry) = self.shared.state().tables.get_mut(table)
            && !entry.copying
        {
            entry.stash.clear();
        }
    }

    /// Why a table is out of date; none when it isn't, or was never copied.
    pub fn stale(&self, table: &TableName) -> Option<String> {
        let state = self.shared.state();
        let stale = state.tables.get(table)?.stale.as_ref()?;
        Some(stale.reason.clone())
    }

    /// A short text kept beside the tables; none when there is no such note.
    pub async fn note(&self, name: &str) -> Result<Option<String>> {
        self.shared.store.note(name).await
    }

    /// Keeps a short text beside the tables, durably, in place of the one before.
    pub async fn set_note(&self, name: &str, text: &str) -> Result<()> {
        self.shared.store.set_note(name, text).await
    }

    /// Stages a transaction, whole or (on error) not at all; [`Lake::publish`] makes it visible.
    /// Transactions come in commit order; what a table has already is skipped, so a restarted
    /// source may begin anywhere at or below [`Lake::durable_lsn`]. Changes of a table that was
    /// never copied wait in memory for its copy.
    ///
    /// # Errors
    /// [`Error::HotTierFull`] when too much waits to be written: flush, then apply it again.
    pub async fn apply(&self, transaction: Transaction) -> Result<()> {
        self.shared.apply(transaction).boxed().await
    }

    /// Begins a transaction that may be too large for memory; its changes come in pieces, those of
    /// `transaction` are not looked at. Transactions come in commit order here too.
    pub async fn begin_bulk(&self, transaction: Transaction) -> Result<Bulk> {
        Bulk::begin(self.shared.clone(), transaction).boxed().await
    }

    /// Says that there is no transaction up to `lsn` beyond those applied.
    pub async fn advance(&self, lsn: Lsn) -> Result<()> {
        self.shared.advance(lsn).await;
        Ok(())
    }

    /// Makes everything applied visible, all tables at once. As long as some table is ahead of the
    /// source (after a restart or a copy), the snapshot stays as it was.
    pub async fn publish(&self) -> Result<Arc<Snapshot>> {
        let _turn = self.shared.turn.lock().await;
        self.shared.publish()
    }

    /// What was published last.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.shared.published.borrow().clone()
    }

    /// Waits until changes up to `lsn` are visible.
    ///
    /// # Errors
    /// [`Error::Lagging`] when they are not after `patience`.
    pub async fn wait_for(&self, lsn: Lsn, patience: Duration) -> Result<Arc<Snapshot>> {
        let mut published = self.shared.published.subscribe();
        let visible = published.wait_for(|snapshot| snapshot.lsn() >= lsn);
        match tokio::time::timeout(patience, visible).await {
            Ok(Ok(snapshot)) => Ok(snapshot.clone()),
            _ => Err(Error::Lagging {
                wanted: lsn,
                visible: self.snapshot().lsn(),
                waited: patience,
            }),
        }
    }

    /// Writes everything staged to Delta. Writers and readers go on meanwhile.
    ///
    /// # Errors
    /// The first error of any table; the other tables are written all the same. What could not be
    /// written stays in the hot tier and is served from there.
    pub async fn flush(&self) -> Result<FlushReport> {
        self.shared.flush().boxed().await
    }

    /// Like [`Lake::flush`], and writes a manifest of the position reached even when no table changed:
    /// for those who follow the lake and wait for a position.
    ///
    /// # Errors
    /// As for [`Lake::flush`], and the manifest can't be written.
    pub async fn checkpoint(&self) -> Result<()> {
        self.shared.flush().boxed().await?;
        let _flushing = self.shared.flushing.lock().await;
        self.shared.write_manifest(true).boxed().await?;
        Ok(())
    }

    /// Flushes what is due by age, rows or memory; none when nothing is. After a failed flush it
    /// rests for some seconds.
    pub async fn flush_if_due(&self) -> Result<Option<FlushReport>> {
        self.shared.flush_if_due().boxed().await
    }

    /// Chooses how the current table takes dead rows; without a choice it is [`Profile::Cow`] until
    /// the table rewrites far more than it is given ([`LakeConfig::mor_after`]).
    ///
    /// Back at [`Profile::Cow`], the next flush with changes rewrites the files that have vectors. The
    /// Delta protocol keeps asking for readers that know them as long as the log holds older versions.
    pub async fn set_profile(&self, table: &TableName, profile: Profile) -> Result<()> {
        self.shared.set_profile(table, profile).boxed().await
    }

    /// Takes the choice back: the table keeps its profile, and moves to [`Profile::Mor`] by itself
    /// when it rewrites far more than it is given.
    pub async fn release_profile(&self, table: &TableName) -> Result<()> {
        self.shared.release_profile(table).boxed().await
    }

    /// Clusters the current table by the columns that most filters ask for (time first), then by key.
    /// Files are brought into the new order by compaction; no columns means by key alone.
    pub async fn cluster_by(&self, table: &TableName, columns: &[&str]) -> Result<()> {
        self.shared.cluster_by(table, columns).boxed().await
    }

    /// Merges a table's small files, files with many dead rows and files in no order, as far as that
    /// helps. Changes go on meanwhile and win: what they touch is left for the next time.
    pub async fn compact(&self, table: &TableName) -> Result<Compaction> {
        self.shared.compact(table).boxed().await
    }

    /// A bounded piece of upkeep: one compaction, the vacuum of one Delta table, a manifest that could
    /// not be written before. Call it often; mostly there is nothing to do.
    pub async fn maintain(&self) -> Result<Maintenance> {
        self.shared.maintain().boxed().await
    }

    /// All tables as of a moment of the past: exactly the transactions up to it. Tables that were
    /// unknown then are absent.
    ///
    /// # Errors
    /// [`Error::BeforeFirstSnapshot`] when no table was known then, [`Error::NotYet`] for a moment that
    /// is not visible yet.
    pub async fn as_of(&self, at: AsOf) -> Result<Arc<Snapshot>> {
        self.shared.archive.past(&self.snapshot(), at).boxed().await
    }

    /// One table's current rows as of a moment of the past, or at a version of its Delta table.
    ///
    /// # Errors
    /// Like [`Lake::as_of`]; [`Error::NotKept`] when no data that old is left.
    pub async fn table_as_of(&self, table: &TableName, at: AsOf) -> Result<Arc<dyn TableProvider>> {
        let archive = &self.shared.archive;
        archive
            .table_as_of(&self.snapshot(), table, at)
            .boxed()
            .await
    }

    /// The lake as nodes without a hot tier see it.
    pub fn archive(&self) -> &Archive {
        &self.shared.archive
    }

    /// The snapshot manifests within the window of time travel, oldest first.
    pub async fn manifests(&self) -> Result<Vec<Arc<Manifest>>> {
        self.shared.archive.manifests().await
    }

    /// Erases persons: in every row with one of `keys` (a batch with the table's key columns), now and
    /// in the past, the columns `personal` become null, or a placeholder where the source has them as
    /// not null. Rows and all other values stay. Older files are deleted at once, so Delta versions from
    /// before can no longer be read; [`Lake::as_of`] works out these moments from the history.
    ///
    /// The source must have erased the values, too: changes that come later are kept as they are. When
    /// this fails, the erasure is on the list and is carried out by [`Lake::maintain`].
    pub async fn erase(
        &self,
        table: &TableName,
        keys: &RecordBatch,
        personal: &[&str],
    ) -> Result<ErasureReport> {
        self.shared.erase(table, keys, personal).boxed().await
    }

    /// Every erasure there was, oldest first. A restore must keep this list, or bring it back by
    /// [`Lake::erase`].
    pub async fn erasures(&self) -> Result<Vec<Erasure>> {
        erasures::all(&self.shared.store).await
    }

    /// When an erasure was carried out; none while it is to come.
    pub async fn erased_at(&self, number: u64) -> Result<Option<DateTime<Utc>>> {
        let done = erasures::done(&self.shared.store, number).await?;
        Ok(done.map(|done| done.done_at))
    }

    /// Deletes files that have not been live for [`LakeConfig::retention`], and those that crashes left
    /// behind; returns their number.
    pub async fn vacuum(&self) -> Result<usize> {
        self.shared.vacuum().boxed().await
    }

    /// Everything at or below is durable: safe to acknowledge to the source.
    pub fn durable_lsn(&self) -> Lsn {
        self.shared.state().durable_lsn()
    }

    /// Memory held by changes not yet written, in bytes; [`LakeConfig::hot_bytes`] bounds it.
    pub fn hot_bytes(&self) -> usize {
        self.shared.state().hot_bytes()
    }

    /// Where the lake stands.
    pub async fn lake_status(&self) -> LakeStatus {
        let manifest = self.shared.archive.log().lock().await.last().cloned();
        let snapshot = self.snapshot();
        let state = self.shared.state();
        let durable = state.durable_lsn();
        LakeStatus {
            applied_lsn: state.applied,
            visible_lsn: snapshot.lsn(),
            published_at: snapshot.published_at(),
            durable_lsn: durable,
            manifest_lsn: manifest.as_ref().map(|manifest| manifest.lsn),
            manifest_number: manifest.as_ref().map(|manifest| manifest.number),
            hot_bytes: state.hot_bytes() as u64,
            lag_bytes: state.applied.0.saturating_sub(durable.0),
        }
    }

    /// What went wrong and was not made good yet.
    pub fn errors(&self) -> Vec<LakeError> {
        self.shared.errors()
    }

    /// Every live file.
    pub fn files(&self) -> Vec<FileStatus> {
        self.shared.state().files()
    }

    /// The state of every table, in the order of their names.
    pub fn status(&self) -> Vec<TableStatus> {
        self.shared
            .state()
            .tables
            .iter()
            .map(|(name, entry)| entry.status(name))
            .collect()
    }
}
