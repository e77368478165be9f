//! The lake: takes changes in commit order, shows them whole, writes them to Delta in its own time.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use object_store::ObjectStore;

use crate::delta::store::LakeStore;
use crate::state::Shared;
use crate::{
    CopyWriter, Error, FlushReport, LakeConfig, Lsn, Profile, Result, Snapshot, TableDef, TableName,
    TableStatus, Transaction, ensure, open,
};

/// A handle on one lake; clones share it. One process writes a lake at a time.
///
/// Its longer futures are boxed, so that callers' futures stay small and quick to compile.
///
/// Call [`Lake::flush_if_due`] now and then from a task of its own; the lake starts none.
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

    async fn open_in(config: LakeConfig, store: LakeStore) -> Result<Self> {
        store.require_conditional_put().await?;
        let store = Arc::new(store);
        let state = open::load(&config, &store).await?;
        let shared = Shared::new(config, store, state);
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

    /// None when the table was never copied; else changes at or below are in already.
    pub fn table_lsn(&self, table: &TableName) -> Option<Lsn> {
        self.shared.state().tables.get(table)?.lsn()
    }

    /// Starts the copy of a table. Its changes may be applied meanwhile: they wait for the copy.
    pub async fn begin_copy(&self, table: &TableName) -> Result<CopyWriter> {
        CopyWriter::begin(self.shared.clone(), table)
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

    /// Deletes files that have not been live for [`LakeConfig::retention`]; returns their number.
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
