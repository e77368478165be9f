//! The engine: what all sessions share (memory, spill space, caches, functions), and how a session
//! gets its snapshot.

use futures::future::BoxFuture;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use basalt_model::Dictionary;
use basalt_model::policy::Principal;
use basalt_warehouse::{AsOf, Lake, Lsn, Snapshot, TableName};
use datafusion::execution::SessionState;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::{FairSpillPool, TrackConsumersPool};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::prelude::SessionConfig;

use crate::catalog::{self, CATALOG, functions};
use crate::error::{Error, Past, Result};
use crate::result::QueryResult;
use crate::session::Session;

/// How long a fresh read waits for the lake.
pub(crate) const FRESH_WAIT: Duration = Duration::from_secs(2);

/// Says how far the source is, so that a reader can ask for "everything until now".
#[async_trait]
pub trait Freshness: Send + Sync {
    /// The log position of the source now. The stream should publish it soon after.
    async fn fresh_lsn(&self) -> Result<Lsn>;

    /// A reader waits for this position. Needed only where nothing brings it by itself.
    async fn bring(&self, lsn: Lsn) -> Result<()> {
        let _ = lsn;
        Ok(())
    }

    /// What brings changes into the lake, for `lake.*`; `None`: nothing does.
    fn capture(&self) -> Option<CaptureState> {
        None
    }
}

/// How the capture of changes stands, as `lake.capture` and `lake.errors` tell it.
#[derive(Debug, Clone)]
pub struct CaptureState {
    pub phase: String,
    /// Why it is paused or failed.
    pub detail: Option<String>,
    pub received: Lsn,
    pub visible: Lsn,
    pub acknowledged: Lsn,
    /// Since it was started.
    pub transactions: u64,
    pub stalls: u64,
    pub reconnects: u64,
    pub resyncs: u64,
    pub troubles: Vec<Trouble>,
}

/// A difficulty on the way into the lake that was not made good yet.
#[derive(Debug, Clone)]
pub struct Trouble {
    /// `None` when it concerns them all.
    pub table: Option<TableName>,
    /// What failed: `capture`, `stale`, `warning`.
    pub what: &'static str,
    pub message: String,
}

/// Limits and sizes. All queries share `memory_limit`; the others hold for each query.
#[derive(Debug, Clone)]
pub struct EngineConfig {
    /// Bytes that all running queries may hold together before they spill or fail.
    pub memory_limit: usize,
    /// Parallel tasks a query.
    pub target_partitions: usize,
    pub query_timeout: Duration,
    /// Rows of one result through [`Session::collect`](crate::Session::collect), streams and doors.
    pub max_rows: usize,
    /// Where sorts, joins and aggregations spill; the system's folder for temporary files by default.
    pub spill_dir: Option<PathBuf>,
    /// Bytes of spilled data.
    pub spill_limit: u64,
    /// Bytes of Parquet footers and page indexes kept.
    pub metadata_cache: usize,
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self {
            memory_limit: 2 << 30,
            target_partitions: std::thread::available_parallelism().map_or(2, usize::from),
            query_timeout: Duration::from_secs(60),
            max_rows: 1_000_000,
            spill_dir: None,
            spill_limit: 32 << 30,
            metadata_cache: 256 << 20,
        }
    }
}

/// Up to which change a session must see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadAt {
    /// Everything the source had committed when the session was asked for.
    Fresh,
    /// At least this position, as returned by a write.
    AtLeast(Lsn),
    /// What is visible now, without waiting.
    Latest,
    /// All tables as of a moment of the past, under the rights of now.
    Past(AsOf),
}

pub type DictionarySource = Arc<dyn Fn() -> Arc<Dictionary> + Send + Sync>;

/// Opens sessions. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    shared: Arc<Shared>,
}

struct Shared {
    config: EngineConfig,
    lake: Lake,
    dictionary: DictionarySource,
    freshness: Arc<dyn Freshness>,
    runtime: Arc<RuntimeEnv>,
    /// Functions, planners and settings, with no table in it.
    /// Makes the state that every session starts from. Behind a function, because proving that a
    /// `SessionState` is `Sync` costs the compiler seconds in every future that holds an engine.
    base: Box<dyn Fn() -> SessionState + Send + Sync>,
}

impl Engine {
    pub fn new(
        config: EngineConfig,
        lake: Lake,
        dictionary: DictionarySource,
        freshness: Arc<dyn Freshness>,
    ) -> Result<Self> {
        let runtime = runtime(&config)?;
        let base = base_state(&config, runtime.clone())?;
        Ok(Self {
            shared: Arc::new(Shared {
                config,
                lake,
                dictionary,
                freshness,
                runtime,
                base: Box::new(move || base.clone()),
            }),
        })
    }

    /// A session on one snapshot of the lake, as `principal` may see it.
    pub fn session<'a>(
        &'a self,
        principal: &'a Principal,
        at: ReadAt,
    ) -> BoxFuture<'a, Result<Session>> {
        Box::pin(async move {
            let now = self.snapshot(at, rights_as_of(principal)?).await?;
            let past = match at {
                ReadAt::Past(AsOf::Version(version)) => {
                    return Err(Past::OneTableOnly(version).into());
                }
                ReadAt::Past(at) => Some((at, self.lake().as_of(at).await?)),
                ReadAt::Fresh | ReadAt::AtLeast(_) | ReadAt::Latest => None,
            };
            catalog::open(self, principal, &now, past)
        })
    }

    /// One question, one answer.
    pub fn query<'a>(
        &'a self,
        principal: &'a Principal,
        sql: &'a str,
        at: ReadAt,
    ) -> BoxFuture<'a, Result<QueryResult>> {
        Box::pin(async move { self.session(principal, at).await?.collect(sql).await })
    }

    pub fn config(&self) -> &EngineConfig {
        &self.shared.config
    }

    pub fn lake(&self) -> &Lake {
        &self.shared.lake
    }

    /// The data dictionary of this moment.
    pub fn dictionary(&self) -> Arc<Dictionary> {
        (self.shared.dictionary)()
    }

    pub(crate) fn capture(&self) -> Option<CaptureState> {
        self.shared.freshness.capture()
    }

    /// Bytes that running queries hold now.
    pub fn memory_in_use(&self) -> usize {
        self.shared.runtime.memory_pool.reserved()
    }

    pub(crate) fn base_state(&self) -> SessionState {
        (self.shared.base)()
    }

    /// A snapshot as fresh as asked for, and not older than the last change of access rights.
    fn snapshot<'a>(
        &'a self,
        at: ReadAt,
        rights: Option<Lsn>,
    ) -> BoxFuture<'a, Result<Arc<Snapshot>>> {
        Box::pin(async move {
            let started = Instant::now();
            // Rights that are newer than what is visible: only everything until now will do, and
            // asking for it has the stream publish at once.
            let visible = self.shared.lake.snapshot();
            let at = match rights {
                Some(rights) if rights > visible.lsn() => ReadAt::Fresh,
                _ => at,
            };
            let wanted = match at {
                ReadAt::Latest => return Ok(visible),
                ReadAt::AtLeast(lsn) => lsn,
                ReadAt::Fresh | ReadAt::Past(_) => {
                    tokio::time::timeout(FRESH_WAIT, self.shared.freshness.fresh_lsn())
                        .await
                        .map_err(|_| {
                            Error::Freshness(format!("no answer within {FRESH_WAIT:?}"))
                        })??
                }
            };
            // Whatever was asked for: never rows of before the rights.
            let wanted = rights.map_or(wanted, |rights| wanted.max(rights));
            if wanted > self.shared.lake.snapshot().lsn() {
                self.shared.freshness.bring(wanted).await?;
            }
            let left = FRESH_WAIT.saturating_sub(started.elapsed());
            self.shared
                .lake
                .wait_for(wanted, left)
                .await
                .map_err(|error| match error {
                    basalt_warehouse::Error::Lagging {
                        wanted, visible, ..
                    } => Error::Lagging {
                        wanted,
                        visible,
                        behind: wanted.0.saturating_sub(visible.0),
                        waited: started.elapsed(),
                    },
                    other => other.into(),
                })
        })
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine")
            .field("config", &self.shared.config)
            .finish_non_exhaustive()
    }
}

/// Where the principal's rights were read in the change log.
fn rights_as_of(principal: &Principal) -> Result<Option<Lsn>> {
    let Some(text) = &principal.sight.as_of else {
        return Ok(None);
    };
    text.parse().map(Some).map_err(|_| {
        Error::Internal(format!(
            "the rights of a reader are as of {text:?}, no position"
        ))
    })
}

fn runtime(config: &EngineConfig) -> Result<Arc<RuntimeEnv>> {
    let top = std::num::NonZeroUsize::new(3).expect("three is not zero");
    let pool = TrackConsumersPool::new(FairSpillPool::new(config.memory_limit), top);
    let mode = config
        .spill_dir
        .clone()
        .map_or(DiskManagerMode::OsTmpDirectory, |dir| {
            DiskManagerMode::Directories(vec![dir])
        });
    RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(pool))
        .with_disk_manager_builder(
            DiskManagerBuilder::default()
                .with_mode(mode)
                .with_max_temp_directory_size(config.spill_limit),
        )
        .with_metadata_cache_limit(config.metadata_cache)
        .build_arc()
        .map_err(|error| Error::Internal(format!("cannot set the query engine up: {error}")))
}

fn base_state(config: &EngineConfig, runtime: Arc<RuntimeEnv>) -> Result<SessionState> {
    let mut session = SessionConfig::new()
        .with_target_partitions(config.target_partitions)
        .with_default_catalog_and_schema(CATALOG, "crm")
        .with_create_default_catalog_and_schema(false)
        .with_information_schema(true);
    let options = session.options_mut();
    options.execution.time_zone = Some("UTC".into());
    options.execution.collect_statistics = true;
    options.sql_parser.dialect = datafusion::config::Dialect::PostgreSQL;
    let state = SessionStateBuilder::new()
        .with_config(session)
        .with_runtime_env(runtime)
        .with_default_features()
        .build();
    functions::register(state)
}
