//! One Delta table's log: create, evolve, commit exactly once, and check what came of it.
//!
//! `CommitBuilder` accepts commits that ruin a table without a word, so every commit here
//! 1. refreshes first and is skipped when the table has a commit for the same position already,
//! 2. is built by [`Commit::actions`], which looks at what is live, and
//! 3. is followed by a count of live rows against the lake's own.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use arrow::datatypes::{Schema, SchemaRef};
use chrono::{TimeDelta, Utc};
use deltalake_core::kernel::engine::arrow_conversion::TryIntoKernel;
use deltalake_core::kernel::transaction::{CommitBuilder, CommitProperties};
use deltalake_core::kernel::{Action, StructType, Transaction};
use deltalake_core::logstore::LogStoreRef;
use deltalake_core::operations::create::CreateBuilder;
use deltalake_core::protocol::{DeltaOperation, SaveMode};
use deltalake_core::table::state::DeltaTableState;
use deltalake_core::{DeltaTable, checkpoints};
use object_store::path::Path;

use super::commit::{Commit, Outcome};
use super::file::DataFile;
use super::properties;
use super::stats::FileStats;
use super::store::LakeStore;
use super::vacuum::Revoked;
use super::vector::{self, Vector};
use crate::schema;
use crate::{Error, Lsn, Result, TableName};

/// Commits between two checkpoints of the log.
const CHECKPOINT_INTERVAL: u64 = 50;

/// The log of one Delta table and the last state read from it.
pub(crate) struct Log {
    table: TableName,
    folder: String,
    pub(super) store: Arc<LakeStore>,
    log_store: LogStoreRef,
    pub(super) state: DeltaTableState,
    /// The vectors of live files, by their id.
    vectors: BTreeMap<String, Arc<Vector>>,
    pub(super) revoked: Revoked,
    app_id: String,
}

impl Log {
    /// Opens the log in `folder`; none when there is no Delta table.
    pub(crate) async fn open(
        store: Arc<LakeStore>,
        table: TableName,
        folder: String,
        app_id: String,
    ) -> Result<Option<Self>> {
        Self::open_at(store, table, folder, app_id, None).await
    }

    /// Opens the log at a version of the past.
    pub(crate) async fn open_at(
        store: Arc<LakeStore>,
        table: TableName,
        folder: String,
        app_id: String,
        version: Option<u64>,
    ) -> Result<Option<Self>> {
        let log_store = store.log_store(&folder)?;
        if !log_store.is_delta_table_location().await? {
            return Ok(None);
        }
        let state = DeltaTableState::try_new(log_store.as_ref(), version).await?;
        Ok(Some(Self {
            table,
            folder,
            store,
            log_store,
            state,
            vectors: BTreeMap::new(),
            revoked: Revoked::default(),
            app_id,
        }))
    }

    /// Creates the Delta table in `folder`.
    pub(crate) async fn create(
        store: Arc<LakeStore>,
        table: TableName,
        folder: String,
        app_id: String,
        schema: &Schema,
        definition: &str,
        retention: Duration,
    ) -> Result<Self> {
        // Other engines that tidy the table up keep to the lake's window of time travel, too.
        let retention = format!("interval {} seconds", retention.as_secs());
        let log_store = store.log_store(&folder)?;
        let created = CreateBuilder::new()
            .with_log_store(log_store.clone())
            .with_table_name(folder.replace('/', "."))
            .with_save_mode(SaveMode::ErrorIfExists)
            .with_columns(delta_schema(schema)?.fields().cloned())
            .with_configuration([
                (properties::DEFINITION, Some(definition.to_owned())),
                (
                    "delta.checkpointInterval",
                    Some(CHECKPOINT_INTERVAL.to_string()),
                ),
                ("delta.logRetentionDuration", Some(retention.clone())),
                ("delta.deletedFileRetentionDuration", Some(retention)),
            ])
            .with_raise_if_key_not_exists(false)
            .await?;
        let state = created.snapshot()?.clone();
        let log = Self {
            table,
            folder,
            store,
            log_store,
            state,
            vectors: BTreeMap::new(),
            revoked: Revoked::default(),
            app_id,
        };
        log.settle().await?;
        Ok(log)
    }

    /// The schema that readers see.
    pub(crate) fn schema(&self) -> SchemaRef {
        schema::scan_schema(&self.state.snapshot().arrow_schema())
    }

    pub(crate) fn version(&self) -> u64 {
        self.state.version()
    }

    /// The position the table's content stands at; none before the first commit of rows.
    pub(crate) async fn lsn(&self) -> Result<Option<Lsn>> {
        self.lsn_of(&self.app_id).await
    }

    /// The same under another name.
    pub(crate) async fn lsn_of(&self, app_id: &str) -> Result<Option<Lsn>> {
        let version = self
            .state
            .transaction_version(self.log_store.as_ref(), app_id)
            .await?;
        Ok(version.map(Lsn::from_version))
    }

    /// The live files. Files without a row count, or with a deletion vector that was not loaded, can't
    /// be placed and are an error.
    pub(crate) fn files(&self) -> Result<Vec<DataFile>> {
        let schema = self.schema();
        self.state
            .log_data()
            .iter()
            .map(|view| {
                let path = view.path().into_owned();
                let rows = view.num_records().and_then(|rows| u32::try_from(rows).ok());
                let vector = match view.deletion_vector_descriptor() {
                    None => None,
                    Some(descriptor) => Some(
                        self.vectors
                            .get(&vector::id(&descriptor))
                            .cloned()
                            .ok_or_else(|| {
                                self.stopped(format!(
                                    "file {path} has a deletion vector by another process"
                                ))
                            })?,
                    ),
                };
                Ok(DataFile {
                    location: self.store.location(&self.folder, &path),
                    size: u64::try_from(view.size()).unwrap_or(0),
                    rows: rows
                        .ok_or_else(|| self.stopped(format!("file {path} has no row count")))?,
                    modified: view.modification_datetime()?,
                    stats: FileStats::from_json(&view.stats().unwrap_or_default(), &schema),
                    vector,
                    path,
                })
            })
            .collect()
    }

    /// The paths of the live files, whatever else is known of them.
    pub(crate) fn paths(&self) -> BTreeSet<String> {
        let live = self.state.log_data();
        live.iter().map(|view| view.path().into_owned()).collect()
    }

    /// Reads the deletion vectors of live files, which [`Log::files`] then has.
    pub(crate) async fn load_vectors(&mut self) -> Result<()> {
        let mut vectors = BTreeMap::new();
        for view in self.state.log_data().iter() {
            let Some(descriptor) = view.deletion_vector_descriptor() else {
                continue;
            };
            let id = vector::id(&descriptor);
            let known = self.vectors.get(&id).cloned();
            let vector = match known {
                Some(known) => known,
                None => {
                    let rows = view.num_records().and_then(|rows| u32::try_from(rows).ok());
                    let read = Vector::read(
                        &self.store,
                        &self.folder,
                        descriptor,
                        rows.unwrap_or_default(),
                    );
                    Arc::new(read.await?.map_err(|reason| {
                        self.stopped(format!(
                            "the deletion vector of file {} can't be read: {reason}",
                            view.path()
                        ))
                    })?)
                }
            };
            vectors.insert(id, vector);
        }
        self.vectors = vectors;
        Ok(())
    }

    /// Commits a new schema; the content stays as it is.
    pub(crate) async fn evolve(&mut self, schema: &Schema, definition: &str) -> Result<()> {
        self.refresh().await?;
        let metadata = self.metadata(schema, definition)?;
        let fields = delta_schema(schema)?.fields().cloned().collect();
        self.write(
            vec![Action::Metadata(metadata)],
            DeltaOperation::AddColumn { fields },
            None,
        )
        .await
    }

    /// Commits files exactly once. On an error the commit may have landed all the same:
    /// ask [`Log::outcome`] before anything else.
    pub(crate) async fn commit(&mut self, commit: &Commit) -> Result<()> {
        self.refresh().await?;
        if let (Some(there), Some(lsn)) = (self.lsn().await?, commit.lsn)
            && there >= lsn
            && !commit.restart
        {
            return Err(self.stopped(format!(
                "its Delta log stands at {there} already, not below {lsn}; another process writes this lake"
            )));
        }
        let mut actions = commit
            .actions(&self.state)
            .map_err(|reason| self.stopped(reason))?;
        actions.extend(self.changed_metadata(commit)?.map(Action::Metadata));
        self.store.settle(commit.locations()).await?;
        let operation = DeltaOperation::Write {
            mode: SaveMode::Append,
            partition_by: None,
            predicate: None,
        };
        self.write(actions, operation, commit.lsn).await?;
        self.remember(commit);
        self.verify_rows(commit.rows_after)
    }

    /// Did the commit land whose answer was an error?
    pub(crate) async fn outcome(&mut self, commit: &Commit) -> Result<Outcome> {
        self.refresh().await?;
        if commit.lsn.is_some() && self.lsn().await? != commit.lsn {
            return Ok(Outcome::Lost);
        }
        let landed = commit.is_in(&self.state);
        if !landed && (commit.lsn.is_none() || commit.restart) {
            return Ok(Outcome::Lost);
        }
        if !landed {
            return Err(self.stopped(
                "its Delta log has a commit of this position by another process".to_owned(),
            ));
        }
        self.remember(commit);
        self.verify_rows(commit.rows_after)?;
        Ok(Outcome::Landed)
    }

    /// Keeps the vectors of a commit that landed, and forgets those of files that are gone.
    fn remember(&mut self, commit: &Commit) {
        self.store.written(&commit.locations());
        for redraw in &commit.redraw {
            self.vectors
                .insert(redraw.vector.id(), redraw.vector.clone());
        }
        if !self.vectors.is_empty() {
            let live: BTreeSet<_> = self
                .state
                .log_data()
                .iter()
                .filter_map(|view| Some(vector::id(&view.deletion_vector_descriptor()?)))
                .collect();
            self.vectors.retain(|id, _| live.contains(id));
        }
    }

    /// Writes a checkpoint and deletes every log entry before it: no older version can be read any
    /// more.
    pub(crate) async fn forget_versions(&mut self) -> Result<()> {
        let mut table = DeltaTable::new(self.log_store.clone());
        table.load().await?;
        checkpoints::create_checkpoint(&table, None).await?;
        let (version, now) = (self.version(), Utc::now() + TimeDelta::hours(1));
        let (log_store, now) = (self.log_store.as_ref(), now.timestamp_millis());
        checkpoints::cleanup_expired_logs_for(version, log_store, now, None).await?;
        Ok(())
    }

    /// The place of a file of the table's folder.
    pub(crate) fn location(&self, file: &str) -> Path {
        self.store.location(&self.folder, file)
    }

    /// The name, within the table's folder, of what lies at `location`.
    pub(crate) fn relative(&self, location: &Path) -> Option<String> {
        let parts: Vec<_> = location.prefix_match(&self.location(""))?.collect();
        let parts: Vec<_> = parts.iter().map(AsRef::as_ref).collect();
        Some(parts.join("/"))
    }

    pub(super) async fn write(
        &mut self,
        actions: Vec<Action>,
        operation: DeltaOperation,
        lsn: Option<Lsn>,
    ) -> Result<()> {
        // Log entries older than the table's log retention go with each second checkpoint.
        let clean = (self.version() + 1).is_multiple_of(2 * CHECKPOINT_INTERVAL);
        let mut properties = CommitProperties::default().with_cleanup_expired_logs(Some(clean));
        if let Some(lsn) = lsn {
            properties = properties
                .with_application_transaction(Transaction::new(&self.app_id, lsn.version()))
                .with_metadata(HashMap::from([("lsn".to_owned(), lsn.to_string().into())]));
        }
        let committed = CommitBuilder::from(properties)
            .with_actions(actions)
            .build(Some(&self.state), self.log_store.clone(), operation)
            .await?;
        self.state = committed.snapshot();
        self.settle().await
    }

    /// Waits until the last commit is on disk.
    async fn settle(&self) -> Result<()> {
        let entry = format!("_delta_log/{:020}.json", self.state.version());
        self.store
            .settle(vec![self.store.location(&self.folder, &entry)])
            .await
    }

    /// Reads what the log has got since.
    pub(crate) async fn refresh(&mut self) -> Result<()> {
        Ok(self.state.update(self.log_store.as_ref(), None).await?)
    }

    /// Rows that live in the table.
    pub(crate) fn rows(&self) -> u64 {
        self.state
            .log_data()
            .iter()
            .map(|view| {
                let dead = view
                    .deletion_vector_descriptor()
                    .map_or(0, |vector| vector.cardinality as u64);
                (view.num_records().unwrap_or(0) as u64).saturating_sub(dead)
            })
            .sum()
    }

    fn verify_rows(&self, expected: u64) -> Result<()> {
        let rows = self.rows();
        if rows == expected {
            return Ok(());
        }
        Err(self.stopped(format!(
            "its files hold {rows} rows after a commit, but {expected} were counted"
        )))
    }

    fn stopped(&self, reason: String) -> Error {
        Error::Stopped {
            table: self.table.clone(),
            reason,
        }
    }
}

impl std::fmt::Debug for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Log")
            .field("folder", &self.folder)
            .field("version", &self.version())
            .finish()
    }
}

pub(super) fn delta_schema(schema: &Schema) -> Result<StructType> {
    Ok(schema::storage_schema(schema).as_ref().try_into_kernel()?)
}
