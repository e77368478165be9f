//! Opens a lake: finds its tables and rebuilds what lives in memory.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use futures::TryStreamExt;

use crate::cluster::Cluster;
use crate::config::LakeConfig;
use crate::delta::file::DataFile;
use crate::delta::log::Log;
use crate::delta::read;
use crate::delta::store::LakeStore;
use crate::delta::write::FileWriter;
use crate::hot::keys::{KeyCodec, KeyIndex};
use crate::hot::live::LiveTable;
use crate::hot::position::Position;
use crate::stash::Stash;
use crate::state::{Churn, Definition, Disk, Entry, Half, Side, State};
use crate::{Error, Lsn, Result, TableName};

/// Loads every table of the lake.
pub(crate) async fn load(config: &LakeConfig, store: &Arc<LakeStore>) -> Result<State> {
    let mut state = State::default();
    for name in store.tables().await? {
        if let Some(entry) = entry(config, store, &name).await? {
            state.tables.insert(name, entry);
        }
    }
    state.applied = state.complete_to();
    state.floor = state
        .tables
        .values()
        .flat_map(|entry| [entry.current.live.lsn, entry.history.live.lsn])
        .flatten()
        .max()
        .unwrap_or_default();
    Ok(state)
}

async fn entry(
    config: &LakeConfig,
    store: &Arc<LakeStore>,
    name: &TableName,
) -> Result<Option<Entry>> {
    let (Some(current), Some(history)) = (
        log(config, store, name, Side::Current).await?,
        log(config, store, name, Side::History).await?,
    ) else {
        return Ok(None);
    };
    let definition = Definition::read(name, &current)?;
    let since = current.since();
    let shape = definition.shape(name, &current.schema(), &history.schema())?;
    let keyless = KeyCodec::new(Vec::new(), &history.schema())?;
    let mut entry = Entry {
        current: half(
            config,
            store,
            name,
            Side::Current,
            current,
            shape.codec.clone(),
            &definition.key,
        ),
        history: half(
            config,
            store,
            name,
            Side::History,
            history,
            keyless,
            &definition.key,
        ),
        definition,
        shape,
        copying: false,
        since,
        renewing: false,
        stale: None,
        stash: Stash::default(),
    };
    let mut foreign = None;
    for side in [Side::Current, Side::History] {
        let half = entry.half(side);
        match reload(config, store, name, side, half).await {
            Ok(Standing::Here) => {}
            Ok(other) => foreign = Some(other).max(foreign),
            // The other tables go on; this one asks for a new copy.
            Err(error @ (Error::Stopped { .. } | Error::Parquet(_) | Error::Arrow(_))) => {
                let reason = error.to_string();
                tracing::error!(table = %name, reason, "a table can't be loaded and must be copied anew");
                half.error = Some(reason);
                half.live.lsn = None;
            }
            Err(error) => return Err(error),
        }
    }
    match foreign {
        None | Some(Standing::Here) => {}
        Some(Standing::OtherSource) => {
            entry.mark_stale("its content is that of another server".to_owned());
        }
        Some(Standing::Left(end)) => {
            entry.mark_stale(format!(
                "it holds changes after {end}, which the source has not: it was restored, or another server took over"
            ));
            entry.stale.as_mut().expect("just marked").void_after = Some(end);
        }
    }
    if let Some(reason) = store.note(&stale_note(name)).await? {
        entry.mark_stale(reason);
    }
    Ok(Some(entry))
}

/// The note that says why a table is stale, across restarts.
pub(crate) fn stale_note(table: &TableName) -> String {
    format!("stale/{table}")
}

/// Where a half stands in the life of the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Standing {
    /// On the present timeline, or never copied.
    Here,
    /// Its content is of another source.
    OtherSource,
    /// It went on, on a timeline that was left at this position.
    Left(Lsn),
}

async fn log(
    config: &LakeConfig,
    store: &Arc<LakeStore>,
    name: &TableName,
    side: Side,
) -> Result<Option<Log>> {
    Log::open(
        store.clone(),
        name.clone(),
        side.folder(name),
        side.app_id(config, name),
    )
    .await
}

/// A half with an empty live table.
pub(crate) fn half(
    config: &LakeConfig,
    store: &Arc<LakeStore>,
    name: &TableName,
    side: Side,
    log: Log,
    codec: KeyCodec,
    key: &[String],
) -> Half {
    let writer = FileWriter::new(store.clone(), side.folder(name), codec.columns(), config);
    let (profile, chosen) = log.profile();
    let schema = log.schema();
    let cluster = match side {
        Side::Current => Cluster::current(&log.cluster(), &schema, &codec),
        Side::History => Cluster::history(key, &schema),
    };
    let order = match side {
        Side::Current => cluster.columns.clone(),
        // New rows come in the order of time; compaction sorts them by key.
        Side::History => Arc::default(),
    };
    Half {
        live: LiveTable::new(store.clone(), schema, codec),
        delta_version: log.version(),
        disk: Arc::new(Disk {
            log: tokio::sync::Mutex::new(log),
            writer,
            limbo: tokio::sync::Mutex::default(),
        }),
        error: None,
        stopped: false,
        rewrite: false,
        order,
        cluster,
        vacuumed: None,
        profile,
        chosen,
        churn: Churn::default(),
    }
}

/// Fills the live table from the Delta table. Content whose position means nothing to the source as
/// it is now is served as of position zero.
async fn reload(
    config: &LakeConfig,
    store: &LakeStore,
    name: &TableName,
    side: Side,
    half: &mut Half,
) -> Result<Standing> {
    let mut log = half.disk.log.lock().await;
    let mut at: Option<Lsn> = log.lsn().await?;
    let mut standing = Standing::Here;
    for &(timeline, end) in &config.ancestors {
        if at.is_some() {
            break;
        }
        at = log.lsn_of(&side.app_id_on(timeline, config, name)).await?;
        if at.is_some_and(|at| at > end) {
            at = Some(Lsn::ZERO);
            standing = Standing::Left(end);
        }
    }
    if at.is_none() && !log.paths().is_empty() {
        at = Some(Lsn::ZERO);
        standing = Standing::OtherSource;
    }
    if at.is_none() {
        return Ok(standing);
    }
    log.load_vectors().await?;
    let files: Vec<Arc<DataFile>> = log.files()?.into_iter().map(Arc::new).collect();
    let index = index(store, name, &files, &half.live.codec, &half.live.schema).await?;
    half.live.load(files, index, at);
    Ok(standing)
}

/// The key index over the live rows of `files`, which are numbered in their order.
async fn index(
    store: &LakeStore,
    name: &TableName,
    files: &[Arc<DataFile>],
    codec: &KeyCodec,
    schema: &SchemaRef,
) -> Result<KeyIndex> {
    let mut index = codec.index();
    if codec.is_keyless() {
        return Ok(index);
    }
    let key_schema = Arc::new(Schema::new(
        codec
            .columns()
            .iter()
            .map(|&column| schema.field(column).clone())
            .collect::<Vec<_>>(),
    ));
    let live: u64 = files.iter().map(|file| file.live_rows()).sum();
    index.reserve(usize::try_from(live).unwrap_or_default());
    for (no, file) in (0..).zip(files) {
        let mut row = 0;
        let mut batches = read::stream(store, file, key_schema.clone(), None).await?;
        while let Some(batch) = batches.try_next().await? {
            let batch: RecordBatch = batch;
            if let Some(keys) = codec.encode(batch.columns())? {
                for key in 0..keys.len() {
                    if file.is_dead(row) {
                        row += 1;
                        continue;
                    }
                    if index.insert(&keys, key, Position::file(no, row)).is_some() {
                        return Err(Error::Stopped {
                            table: name.clone(),
                            reason: format!(
                                "file {} holds a key that is in the table already",
                                file.path
                            ),
                        });
                    }
                    row += 1;
                }
            }
        }
    }
    Ok(index)
}
