//! The lake without a hot tier: what its manifests name, now and in the past. Never writes.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use datafusion::catalog::TableProvider;
use futures::{FutureExt, StreamExt, TryStreamExt};
use object_store::ObjectStore;

use crate::delta::commit::Since;
use crate::delta::log::Log;
use crate::delta::store::LakeStore;
use crate::erasures::Floors;
use crate::manifest::{Manifest, Manifests};
use crate::past::{Base, Bound, PastChanges, PastTable};
use crate::scan::provider::LakeTable;
use crate::scan::version::{FileVersion, TableVersion};
use crate::snapshot::TableView;
use crate::state::{Definition, Side};
use crate::{Error, LakeConfig, Lsn, Result, Snapshot, TableName};

/// Tables opened at the same time.
const AT_ONCE: usize = 4;

/// A moment of the past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AsOf {
    /// After the transaction at or below this position.
    Lsn(Lsn),
    /// After the transactions committed by then.
    Instant(DateTime<Utc>),
    /// A version of the Delta table of one table's current rows.
    Version(u64),
}

/// Reads a lake at its manifests, beside the process that writes it or without one.
#[derive(Clone, Debug)]
pub struct Archive {
    shared: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    config: LakeConfig,
    store: Arc<LakeStore>,
    manifests: tokio::sync::Mutex<Manifests>,
    /// The tables of the newest manifest.
    opened: tokio::sync::Mutex<HashMap<(TableName, u64, u64), Arc<Opened>>>,
}

/// A table at certain versions of its two Delta tables.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) current: Arc<TableVersion>,
    pub(crate) history: Arc<TableVersion>,
    pub(crate) facts: Facts,
}

/// What the past of a table is worked out from.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    pub(crate) definition: Definition,
    pub(crate) since: Option<Since>,
}

impl Archive {
    /// Opens the lake in `config.url`.
    pub async fn open(config: LakeConfig) -> Result<Self> {
        let store = Arc::new(LakeStore::open(&config)?);
        Ok(Self::new(config, store))
    }

    /// Like [`Archive::open`], with an object store of the caller whose root is that of the URL.
    pub async fn open_with_store(config: LakeConfig, store: Arc<dyn ObjectStore>) -> Result<Self> {
        let store = Arc::new(LakeStore::with_store(&config, store)?);
        Ok(Self::new(config, store))
    }

    pub(crate) fn new(config: LakeConfig, store: Arc<LakeStore>) -> Self {
        Self {
            shared: Arc::new(Inner {
                config,
                manifests: tokio::sync::Mutex::new(Manifests::new(store.clone())),
                store,
                opened: tokio::sync::Mutex::default(),
            }),
        }
    }

    pub(crate) fn log(&self) -> &tokio::sync::Mutex<Manifests> {
        &self.shared.manifests
    }

    /// Every manifest within the window of time travel, oldest first.
    pub async fn manifests(&self) -> Result<Vec<Arc<Manifest>>> {
        self.shared.manifests.lock().await.all().boxed().await
    }

    /// All tables at the newest manifest.
    ///
    /// # Errors
    /// [`Error::NoManifest`] when the lake has none yet.
    pub async fn latest(&self) -> Result<Arc<Snapshot>> {
        let manifest = self.shared.manifests.lock().await.newest().boxed().await?;
        let manifest = manifest.ok_or(Error::NoManifest)?;
        let opened = self.opened(&manifest).boxed().await?;
        let views = opened
            .into_iter()
            .map(|(name, opened)| (name, opened.view()))
            .collect();
        Ok(Arc::new(Snapshot::at(
            manifest.lsn,
            manifest.written_at,
            views,
        )))
    }

    /// All tables as of a moment of the past.
    ///
    /// # Errors
    /// [`Error::BeforeFirstSnapshot`] when no table was known then; [`Error::NotYet`] for a moment
    /// beyond the newest manifest.
    pub async fn as_of(&self, at: AsOf) -> Result<Arc<Snapshot>> {
        let latest = self.latest().await?;
        self.past(&latest, at).boxed().await
    }

    /// The same, seen from a snapshot that may be newer than every manifest.
    pub(crate) async fn past(&self, now: &Arc<Snapshot>, at: AsOf) -> Result<Arc<Snapshot>> {
        let bound = Bound::new(at, now)?;
        if bound == Bound::Lsn(now.lsn()) {
            return Ok(now.clone());
        }
        let manifests = self.manifests().await?;
        let floors = Floors::read(&self.shared.store).await?;
        let mut views = BTreeMap::new();
        let mut first: Option<Since> = None;
        for name in now.table_names() {
            let Some(view) = now.view(&name) else {
                continue;
            };
            let Some(since) = view.facts.since else {
                continue;
            };
            if bound.is_before(&since) {
                first =
                    Some(first.map_or(
                        since,
                        |first| if since.lsn < first.lsn { since } else { first },
                    ));
                continue;
            }
            let base = bound.base(&name, &manifests, &self.shared.config, &floors);
            views.insert(name.clone(), self.past_view(&name, view, bound, base)?);
        }
        if views.is_empty() {
            return Err(
                first.map_or(Error::NoManifest, |first| Error::BeforeFirstSnapshot {
                    wanted: bound.to_string(),
                    first: first.lsn,
                    at: first.at,
                }),
            );
        }
        let (lsn, instant) = match bound {
            Bound::Lsn(lsn) => (lsn, now.published_at()),
            Bound::Instant(instant) => {
                let reached = manifests.iter().filter(|m| m.committed_at <= instant);
                (reached.map(|m| m.lsn).max().unwrap_or_default(), instant)
            }
        };
        Ok(Arc::new(Snapshot::at(lsn, instant, views)))
    }

    fn past_view(
        &self,
        name: &TableName,
        view: &TableView,
        bound: Bound,
        base: Option<Base>,
    ) -> Result<TableView> {
        let current = PastTable::new(self.clone(), name.clone(), view, bound, base)?;
        let history = PastChanges::new(view.history.clone(), bound);
        Ok(TableView {
            current: view.current.clone(),
            history: view.history.clone(),
            facts: view.facts.clone(),
            past: Some((Arc::new(current), Arc::new(history))),
        })
    }

    /// One table's current rows as of a moment, or at a version of its Delta table.
    pub(crate) async fn table_as_of(
        &self,
        now: &Arc<Snapshot>,
        table: &TableName,
        at: AsOf,
    ) -> Result<Arc<dyn TableProvider>> {
        let unknown = || Error::UnknownTable(table.clone());
        if let AsOf::Version(version) = at {
            return Box::pin(self.at_version(table, version)).await;
        }
        let view = now.view(table).ok_or_else(unknown)?;
        let bound = Bound::new(at, now)?;
        if let Some(since) = view.facts.since.filter(|since| bound.is_before(since)) {
            return Err(Error::BeforeFirstSnapshot {
                wanted: bound.to_string(),
                first: since.lsn,
                at: since.at,
            });
        }
        let past = self.past(now, at).await?;
        past.current(table).ok_or_else(unknown)
    }

    /// The current rows of one table at a version of its Delta table.
    ///
    /// # Errors
    /// [`Error::NotKept`] when there is no such version, or none any more.
    pub async fn at_version(
        &self,
        table: &TableName,
        version: u64,
    ) -> Result<Arc<dyn TableProvider>> {
        let floors = Floors::read(&self.shared.store).await?;
        let not_kept = |detail: &str| Error::NotKept {
            table: table.clone(),
            detail: format!("version {version} {detail}"),
        };
        if floors.of(table).is_some_and(|floor| version < floor) {
            return Err(not_kept("holds data that was erased"));
        }
        let log = self.open_log(table, Side::Current, Some(version)).await;
        let log = match log {
            Ok(Some(log)) if log.lsn().await?.is_some() => log,
            Ok(_) => return Err(not_kept("is from before the first snapshot")),
            Err(Error::Delta(error)) => {
                return Err(not_kept(&format!("can't be read: {error}")));
            }
            Err(error) => return Err(error),
        };
        let schema = log.schema();
        Ok(Arc::new(LakeTable::new(Arc::new(version_of(
            &self.shared.store,
            &log,
            schema,
        )?))))
    }

    /// The version that a [`PastTable`] begins with, in the schema of today.
    pub(crate) async fn base(
        &self,
        table: &TableName,
        version: u64,
        schema: &arrow::datatypes::SchemaRef,
        today: &Definition,
    ) -> Result<Option<Arc<TableVersion>>> {
        match self.open_log(table, Side::Current, Some(version)).await {
            // In columns that have become others, it would show values under other names, or none.
            Ok(Some(log))
                if !Definition::read(table, &log)?.reads_as(today, &log.schema(), schema) =>
            {
                Ok(None)
            }
            Ok(Some(log)) => Ok(Some(Arc::new(version_of(
                &self.shared.store,
                &log,
                schema.clone(),
            )?))),
            // Its log is cleaned up, or its vectors are: the history knows the same.
            Ok(None) | Err(Error::Delta(_) | Error::Stopped { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn opened(&self, manifest: &Manifest) -> Result<BTreeMap<TableName, Arc<Opened>>> {
        let mut cache = self.shared.opened.lock().await;
        let wanted: Vec<_> = manifest
            .tables
            .iter()
            .map(|(name, table)| {
                let id = (name.clone(), table.current, table.history);
                let known = cache.get(&id).cloned();
                (id, known)
            })
            .collect();
        let reads = futures::stream::iter(wanted).map(|(id, known)| {
            let archive = self.clone();
            async move {
                let opened = match known {
                    Some(known) => known,
                    None => Arc::new(archive.open_table(&id.0, id.1, id.2).await?),
                };
                Ok::<_, Error>((id, opened))
            }
            .boxed()
        });
        let opened: Vec<_> = reads.buffered(AT_ONCE).try_collect().await?;
        *cache = opened.iter().cloned().collect();
        Ok(opened
            .into_iter()
            .map(|((name, _, _), opened)| (name, opened))
            .collect())
    }

    async fn open_table(&self, table: &TableName, current: u64, history: u64) -> Result<Opened> {
        let gone = |side: &str| Error::NotKept {
            table: table.clone(),
            detail: format!("its {side} Delta table is gone"),
        };
        let current = self.open_log(table, Side::Current, Some(current)).await?;
        let current = current.ok_or_else(|| gone("current"))?;
        let history = self.open_log(table, Side::History, Some(history)).await?;
        let history = history.ok_or_else(|| gone("history"))?;
        let definition = Definition::read(table, &current)?;
        let store = &self.shared.store;
        Ok(Opened {
            current: Arc::new(version_of(store, &current, current.schema())?),
            history: Arc::new(version_of(store, &history, history.schema())?),
            facts: Facts {
                definition,
                since: current.since(),
            },
        })
    }

    async fn open_log(
        &self,
        table: &TableName,
        side: Side,
        version: Option<u64>,
    ) -> Result<Option<Log>> {
        let log = Log::open_at(
            self.shared.store.clone(),
            table.clone(),
            side.folder(table),
            side.app_id(&self.shared.config, table),
            version,
        );
        let Some(mut log) = log.await? else {
            return Ok(None);
        };
        log.load_vectors().await?;
        Ok(Some(log))
    }
}

impl Opened {
    fn view(&self) -> TableView {
        TableView {
            current: self.current.clone(),
            history: self.history.clone(),
            facts: self.facts.clone(),
            past: None,
        }
    }
}

fn version_of(
    store: &Arc<LakeStore>,
    log: &Log,
    schema: arrow::datatypes::SchemaRef,
) -> Result<TableVersion> {
    let files = log.files()?.into_iter().map(|file| {
        let dead = file.vector.as_ref().map(|vector| vector.dead.clone());
        Arc::new(FileVersion::new(Arc::new(file), dead.unwrap_or_default()))
    });
    Ok(TableVersion {
        store: store.clone(),
        schema,
        files: files.collect(),
        hot: Vec::new(),
    })
}
