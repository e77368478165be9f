//! One Delta table's log: create, evolve, commit exactly once, and check what came of it.
//!
//! `CommitBuilder` accepts commits that ruin a table without a word, so every commit here
//! 1. refreshes first and is skipped when the table has a commit for the same position already,
//! 2. builds each `remove` from the live `add` it revokes,
//! 3. names a path at most once, and
//! 4. is followed by a count of live rows against the lake's own.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use arrow::datatypes::{Schema, SchemaRef};
use chrono::TimeDelta;
use deltalake_core::DeltaTable;
use deltalake_core::kernel::engine::arrow_conversion::TryIntoKernel;
use deltalake_core::kernel::transaction::{CommitBuilder, CommitProperties};
use deltalake_core::kernel::{Action, Metadata, MetadataExt, Remove, StructType, Transaction};
use deltalake_core::logstore::LogStoreRef;
use deltalake_core::operations::create::CreateBuilder;
use deltalake_core::protocol::{DeltaOperation, SaveMode};
use deltalake_core::table::state::DeltaTableState;

use super::file::DataFile;
use super::stats::FileStats;
use super::store::LakeStore;
use crate::schema;
use crate::{Error, Lsn, Result, TableName};

/// Where a table's own facts (key, column numbers) are kept in the Delta metadata.
const DEFINITION: &str = "basalt.table";
/// Commits between two checkpoints of the log.
const CHECKPOINT_INTERVAL: u64 = 50;

/// The log of one Delta table and the last state read from it.
pub(crate) struct Log {
    table: TableName,
    folder: String,
    store: Arc<LakeStore>,
    log_store: LogStoreRef,
    state: DeltaTableState,
    app_id: String,
}

/// Changes of a table's files, to be committed as one.
#[derive(Debug, Default)]
pub(crate) struct Commit {
    /// The position of the content afterwards; none when the commit leaves the content as it is.
    pub(crate) lsn: Option<Lsn>,
    /// Paths of live files to be revoked.
    pub(crate) remove: BTreeSet<String>,
    pub(crate) add: Vec<Arc<DataFile>>,
    /// Rows all live files hold afterwards, by the lake's own count.
    pub(crate) rows_after: u64,
    /// A changed schema and definition.
    pub(crate) metadata: Option<(SchemaRef, String)>,
    /// The commit replaces what an unfinished copy left, whatever position that claims.
    pub(crate) restart: bool,
}

/// What became of a commit whose answer was an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Landed,
    Lost,
}

impl Log {
    /// Opens the log in `folder`; none when there is no Delta table.
    pub(crate) async fn open(
        store: Arc<LakeStore>,
        table: TableName,
        folder: String,
        app_id: String,
    ) -> Result<Option<Self>> {
        let log_store = store.log_store(&folder)?;
        if !log_store.is_delta_table_location().await? {
            return Ok(None);
        }
        let state = DeltaTableState::try_new(log_store.as_ref(), None).await?;
        Ok(Some(Self {
            table,
            folder,
            store,
            log_store,
            state,
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
    ) -> Result<Self> {
        let log_store = store.log_store(&folder)?;
        let created = CreateBuilder::new()
            .with_log_store(log_store.clone())
            .with_table_name(folder.replace('/', "."))
            .with_save_mode(SaveMode::ErrorIfExists)
            .with_columns(delta_schema(schema)?.fields().cloned())
            .with_configuration([
                (DEFINITION, Some(definition.to_owned())),
                (
                    "delta.checkpointInterval",
                    Some(CHECKPOINT_INTERVAL.to_string()),
                ),
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
            app_id,
        };
        log.settle().await?;
        Ok(log)
    }

    /// The schema that readers see.
    pub(crate) fn schema(&self) -> SchemaRef {
        schema::scan_schema(&self.state.snapshot().arrow_schema())
    }

    /// What [`Log::create`] or [`Log::evolve`] was told last.
    pub(crate) fn definition(&self) -> Option<&str> {
        self.state
            .metadata()
            .configuration()
            .get(DEFINITION)
            .map(String::as_str)
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

    /// The live files. Files without a row count can't be placed and are an error.
    pub(crate) fn files(&self) -> Result<Vec<DataFile>> {
        let schema = self.schema();
        self.state
            .log_data()
            .iter()
            .map(|view| {
                let path = view.path().into_owned();
                let rows = view.num_records().and_then(|rows| u32::try_from(rows).ok());
                if view.deletion_vector_descriptor().is_some() {
                    return Err(self.stopped(format!(
                        "file {path} has a deletion vector, which this lake did not write"
                    )));
                }
                Ok(DataFile {
                    location: self.store.location(&self.folder, &path),
                    size: u64::try_from(view.size()).unwrap_or(0),
                    rows: rows
                        .ok_or_else(|| self.stopped(format!("file {path} has no row count")))?,
                    modified: view.modification_datetime()?,
                    stats: FileStats::from_json(&view.stats().unwrap_or_default(), &schema),
                    path,
                })
            })
            .collect()
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
        let mut actions = self.removals(&commit.remove)?;
        if let Some((schema, definition)) = &commit.metadata {
            actions.push(Action::Metadata(self.metadata(schema, definition)?));
        }
        let mut paths = commit.remove.clone();
        for file in &commit.add {
            if !paths.insert(file.path.clone()) {
                return Err(self.stopped(format!(
                    "file {} would be named twice in one commit",
                    file.path
                )));
            }
            actions.push(Action::Add(file.add()));
        }
        self.store
            .settle(
                commit
                    .add
                    .iter()
                    .map(|file| file.location.clone())
                    .collect(),
            )
            .await?;
        let operation = DeltaOperation::Write {
            mode: SaveMode::Append,
            partition_by: None,
            predicate: None,
        };
        self.write(actions, operation, commit.lsn).await?;
        self.verify_rows(commit.rows_after)
    }

    /// Did the commit land whose answer was an error?
    pub(crate) async fn outcome(&mut self, commit: &Commit) -> Result<Outcome> {
        self.refresh().await?;
        if commit.lsn.is_some() && self.lsn().await? != commit.lsn {
            return Ok(Outcome::Lost);
        }
        let live: BTreeSet<_> = self
            .state
            .log_data()
            .iter()
            .map(|view| view.path().into_owned())
            .collect();
        let landed = commit.add.iter().all(|file| live.contains(&file.path))
            && commit.remove.iter().all(|path| !live.contains(path));
        if !landed && (commit.lsn.is_none() || commit.restart) {
            return Ok(Outcome::Lost);
        }
        if !landed {
            return Err(self.stopped(
                "its Delta log has a commit of this position by another process".to_owned(),
            ));
        }
        self.verify_rows(commit.rows_after)?;
        Ok(Outcome::Landed)
    }

    /// Deletes files that have not been live for longer than `retention`; returns their number.
    pub(crate) async fn vacuum(&mut self, retention: Duration) -> Result<usize> {
        let mut table = DeltaTable::new(self.log_store.clone());
        table.load().await?;
        let retention = TimeDelta::from_std(retention).unwrap_or(TimeDelta::MAX);
        let vacuum = table
            .vacuum()
            .with_retention_period(retention)
            .with_enforce_retention_duration(false);
        let (table, metrics) = vacuum.await?;
        self.state = table.snapshot()?.clone();
        Ok(metrics.files_deleted.len())
    }

    fn metadata(&self, schema: &Schema, definition: &str) -> Result<Metadata> {
        let metadata = self
            .state
            .metadata()
            .clone()
            .with_schema(&delta_schema(schema)?)?;
        Ok(metadata.add_config_key(DEFINITION.to_owned(), definition.to_owned())?)
    }

    fn removals(&self, remove: &BTreeSet<String>) -> Result<Vec<Action>> {
        let mut found: BTreeMap<String, Remove> = BTreeMap::new();
        for view in self.state.log_data().iter() {
            let path = view.path();
            if remove.contains(path.as_ref()) {
                found.insert(path.into_owned(), view.remove_action(true));
            }
        }
        match remove.iter().find(|path| !found.contains_key(*path)) {
            Some(gone) => {
                Err(self.stopped(format!("file {gone} is no longer live in the Delta log")))
            }
            None => Ok(found.into_values().map(Action::Remove).collect()),
        }
    }

    async fn write(
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

    fn verify_rows(&self, expected: u64) -> Result<()> {
        let rows: u64 = self
            .state
            .log_data()
            .iter()
            .map(|view| view.num_records().unwrap_or(0) as u64)
            .sum();
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

fn delta_schema(schema: &Schema) -> Result<StructType> {
    Ok(schema::storage_schema(schema).as_ref().try_into_kernel()?)
}
