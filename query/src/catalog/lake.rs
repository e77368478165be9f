//! `lake.*`: the state of the lake as tables, for administrators. Each is made when it is asked for.

mod columns;

use std::sync::Arc;

use async_trait::async_trait;
use basalt_warehouse::{Lake, LakeStatus, Snapshot};
use datafusion::catalog::SchemaProvider;
use datafusion::datasource::TableProvider;
use datafusion::error::DataFusionError;

use self::columns::Columns;
use crate::engine::{CaptureState, Engine};
use crate::error::{Error, Result};

const TABLES: &[&str] = &[
    "capture",
    "erasures",
    "errors",
    "files",
    "manifests",
    "snapshot",
    "status",
];

pub(super) struct LakeSchema {
    engine: Engine,
    now: Arc<Snapshot>,
}

impl LakeSchema {
    pub(super) fn new(engine: &Engine, now: &Arc<Snapshot>) -> Self {
        Self {
            engine: engine.clone(),
            now: now.clone(),
        }
    }

    async fn made(&self, name: &str) -> Result<Columns> {
        let lake = self.engine.lake();
        Ok(match name {
            "capture" => capture(self.engine.capture().as_ref()),
            "erasures" => erasures(lake).await?,
            "errors" => errors(lake, self.engine.capture().as_ref()),
            "files" => files(lake),
            "manifests" => manifests(lake).await?,
            "snapshot" => snapshot(&lake.lake_status().await, &self.now),
            _ => status(lake),
        })
    }
}

impl std::fmt::Debug for LakeSchema {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LakeSchema").finish_non_exhaustive()
    }
}

#[async_trait]
impl SchemaProvider for LakeSchema {
    fn table_names(&self) -> Vec<String> {
        TABLES.iter().map(ToString::to_string).collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>, DataFusionError> {
        if !self.table_exist(name) {
            return Ok(None);
        }
        let columns = self.made(name).await.map_err(Error::into_engine)?;
        columns.table().map(Some)
    }

    fn table_exist(&self, name: &str) -> bool {
        TABLES.contains(&name)
    }
}

/// One row a table: its rows, how many of them wait in memory, what lies on disk, how far it is.
fn status(lake: &Lake) -> Columns {
    let rows = lake.status();
    let mut columns = Columns::default();
    columns
        .text("schema", &rows, |t| Some(t.name.schema.clone()))
        .text("name", &rows, |t| Some(t.name.name.clone()))
        .text("key", &rows, |t| Some(t.key.join(", ")))
        .count("rows", &rows, |t| Some(t.rows))
        .count("hot_rows", &rows, |t| Some(t.hot_rows))
        .count("hot_bytes", &rows, |t| Some(t.hot_bytes))
        .count("index_bytes", &rows, |t| Some(t.index_bytes))
        .count("dead_rows", &rows, |t| Some(t.dead_rows))
        .count("files", &rows, |t| Some(t.files as u64))
        .count("bytes", &rows, |t| Some(t.bytes))
        .count("history_rows", &rows, |t| Some(t.history_rows))
        .count("history_files", &rows, |t| Some(t.history_files as u64))
        .count("history_bytes", &rows, |t| Some(t.history_bytes))
        .text("profile", &rows, |t| Some(t.profile.word().to_owned()))
        .count("delta_version", &rows, |t| Some(t.delta_version))
        .text("lsn", &rows, |t| t.lsn.map(|lsn| lsn.to_string()))
        .text("durable_lsn", &rows, |t| {
            t.durable_lsn.map(|lsn| lsn.to_string())
        })
        .count("lag_bytes", &rows, |t| Some(t.lag_bytes()))
        .text("error", &rows, |t| t.error.clone())
        .text("stale", &rows, |t| t.stale.clone());
    columns
}

/// One row: where the lake as a whole stands.
fn snapshot(status: &LakeStatus, now: &Snapshot) -> Columns {
    let rows = [status];
    let mut columns = Columns::default();
    columns
        .text("visible_lsn", &rows, |_| Some(now.lsn().to_string()))
        .instant("published_at", &rows, |_| Some(now.published_at()))
        .text("applied_lsn", &rows, |s| Some(s.applied_lsn.to_string()))
        .text("durable_lsn", &rows, |s| Some(s.durable_lsn.to_string()))
        .count("lag_bytes", &rows, |s| Some(s.lag_bytes))
        .count("hot_bytes", &rows, |s| Some(s.hot_bytes))
        .text("manifest_lsn", &rows, |s| {
            s.manifest_lsn.map(|lsn| lsn.to_string())
        })
        .count("manifest", &rows, |s| s.manifest_number)
        .count("tables", &rows, |_| Some(now.table_names().len() as u64));
    columns
}

/// One row: what the capture of changes does; none when the lake has no capture.
fn capture(state: Option<&CaptureState>) -> Columns {
    let rows: Vec<&CaptureState> = state.into_iter().collect();
    let mut columns = Columns::default();
    columns
        .text("phase", &rows, |s| Some(s.phase.clone()))
        .text("detail", &rows, |s| s.detail.clone())
        .text("received_lsn", &rows, |s| Some(s.received.to_string()))
        .text("visible_lsn", &rows, |s| Some(s.visible.to_string()))
        .text("acknowledged_lsn", &rows, |s| {
            Some(s.acknowledged.to_string())
        })
        .count("transactions", &rows, |s| Some(s.transactions))
        .count("stalls", &rows, |s| Some(s.stalls))
        .count("reconnects", &rows, |s| Some(s.reconnects))
        .count("resyncs", &rows, |s| Some(s.resyncs));
    columns
}

/// Every live Parquet file.
fn files(lake: &Lake) -> Columns {
    let rows = lake.files();
    let mut columns = Columns::default();
    columns
        .text("schema", &rows, |f| Some(f.table.schema.clone()))
        .text("name", &rows, |f| Some(f.table.name.clone()))
        .flag("history", &rows, |f| f.history)
        .text("path", &rows, |f| Some(f.path.clone()))
        .count("rows", &rows, |f| Some(f.rows))
        .count("dead_rows", &rows, |f| Some(f.dead_rows))
        .count("bytes", &rows, |f| Some(f.bytes))
        .flag("vector", &rows, |f| f.vector)
        .instant("written_at", &rows, |f| Some(f.written_at));
    columns
}

/// Which Delta versions belong together: a row a manifest and table.
async fn manifests(lake: &Lake) -> Result<Columns> {
    let manifests = lake.manifests().await?;
    let rows: Vec<_> = manifests
        .iter()
        .flat_map(|manifest| {
            let tables = manifest.tables.iter();
            tables.map(move |(name, table)| (manifest, name, table))
        })
        .collect();
    let mut columns = Columns::default();
    columns
        .count("number", &rows, |(m, ..)| Some(m.number))
        .text("lsn", &rows, |(m, ..)| Some(m.lsn.to_string()))
        .instant("committed_at", &rows, |(m, ..)| Some(m.committed_at))
        .instant("written_at", &rows, |(m, ..)| Some(m.written_at))
        .text("schema", &rows, |(_, name, _)| Some(name.schema.clone()))
        .text("name", &rows, |(_, name, _)| Some(name.name.clone()))
        .count("delta_version", &rows, |(.., t)| Some(t.current))
        .count("history_version", &rows, |(.., t)| Some(t.history))
        .flag("stale", &rows, |(.., t)| t.stale);
    Ok(columns)
}

/// What went wrong and was not made good yet, in the lake and on the way into it.
fn errors(lake: &Lake, capture: Option<&CaptureState>) -> Columns {
    let mut rows: Vec<(Option<String>, String, String)> = lake
        .errors()
        .into_iter()
        .map(|error| {
            let table = error.table.map(|table| table.to_string());
            (table, error.what.to_owned(), error.message)
        })
        .collect();
    for trouble in capture.into_iter().flat_map(|state| &state.troubles) {
        let table = trouble.table.as_ref().map(ToString::to_string);
        rows.push((table, trouble.what.to_owned(), trouble.message.clone()));
    }
    let mut columns = Columns::default();
    columns
        .text("table", &rows, |(table, ..)| table.clone())
        .text("what", &rows, |(_, what, _)| Some(what.clone()))
        .text("message", &rows, |(.., message)| Some(message.clone()));
    columns
}

/// Every erasure there was, without the keys: these are in the list of erasures of the API.
async fn erasures(lake: &Lake) -> Result<Columns> {
    let rows = lake.erasures().await?;
    let mut done = Vec::with_capacity(rows.len());
    for erasure in &rows {
        done.push((erasure, lake.erased_at(erasure.number).await?));
    }
    let mut columns = Columns::default();
    columns
        .count("number", &done, |(e, _)| Some(e.number))
        .text("schema", &done, |(e, _)| Some(e.table.schema.clone()))
        .text("name", &done, |(e, _)| Some(e.table.name.clone()))
        .count("keys", &done, |(e, _)| Some(e.keys.len() as u64))
        .text("personal", &done, |(e, _)| Some(e.personal.join(", ")))
        .instant("asked_at", &done, |(e, _)| Some(e.asked_at))
        .instant("done_at", &done, |(_, done)| *done);
    Ok(columns)
}
