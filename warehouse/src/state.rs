//! The lake's state in memory: its tables and how far it has come.
//!
//! Three locks, always taken in this order: `flushing` (who writes files and logs), `turn` (who
//! changes tables), `state` (held for moments only, never while waiting for anything).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use arrow::datatypes::SchemaRef;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::archive::{Archive, Facts};
use crate::cluster::Cluster;
use crate::config::{LakeConfig, Profile};
use crate::delta::commit::Since;
use crate::delta::log::Log;
use crate::delta::store::LakeStore;
use crate::delta::write::FileWriter;
use crate::flush::Attempt;
use crate::hot::keys::KeyCodec;
use crate::hot::live::LiveTable;
use crate::hot::prepare::Shape;
use crate::snapshot::{Snapshot, TableView};
use crate::stash::Stash;
use crate::{Error, FileStatus, Lsn, Result, TableDef, TableName, TableStatus, history, schema};

/// What every handle of a lake shares.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) config: LakeConfig,
    pub(crate) store: Arc<LakeStore>,
    pub(crate) flushing: Arc<tokio::sync::Mutex<()>>,
    pub(crate) turn: Arc<tokio::sync::Mutex<()>>,
    state: Mutex<State>,
    pub(crate) published: watch::Sender<Arc<Snapshot>>,
    pub(crate) archive: Archive,
    /// Another process writes; this one shows its manifests.
    pub(crate) follows: bool,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) tables: BTreeMap<TableName, Entry>,
    /// Every transaction at or below is staged.
    pub(crate) applied: Lsn,
    /// Has the source said anything since the lake was opened?
    pub(crate) started: bool,
    /// Some table is as far as this already; below, tables would not fit together.
    pub(crate) floor: Lsn,
    /// A large transaction was left half-way: memory must neither be shown nor written.
    pub(crate) torn: bool,
    /// No flush of its own accord before; after a failed one.
    pub(crate) rest_until: Option<Instant>,
    /// What went wrong last in each kind of upkeep.
    pub(crate) troubles: BTreeMap<&'static str, String>,
}

/// One source table: its current table and its history.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) definition: Definition,
    pub(crate) shape: Shape,
    pub(crate) current: Half,
    pub(crate) history: Half,
    pub(crate) copying: bool,
    /// Where the knowledge of the table begins.
    pub(crate) since: Option<Since>,
    /// Changes come in the columns of the copy to come, and wait for it even between two attempts.
    pub(crate) renewing: bool,
    /// Why what is there is not what the source has; a new copy puts it right.
    pub(crate) stale: Option<Stale>,
    /// Changes that wait for the end of the copy.
    pub(crate) stash: Stash,
}

/// What a table misses.
#[derive(Clone, Debug)]
pub(crate) struct Stale {
    pub(crate) reason: String,
    /// Grows with each reason, so that a copy does not clear one that came after it began.
    pub(crate) mark: u64,
    /// What the history holds behind this position never happened on the source's present timeline.
    pub(crate) void_after: Option<Lsn>,
}

/// One of the two Delta tables of a source table.
#[derive(Debug)]
pub(crate) struct Half {
    pub(crate) live: LiveTable,
    pub(crate) disk: Arc<Disk>,
    pub(crate) delta_version: u64,
    /// Why the last flush failed.
    pub(crate) error: Option<String>,
    /// Never written again before it is copied anew.
    pub(crate) stopped: bool,
    /// Files are to be rewritten in a widened schema.
    pub(crate) rewrite: bool,
    /// The columns a flush sorts by; none keeps the order.
    pub(crate) order: Arc<[usize]>,
    /// The columns compaction sorts by, and the beginning of the names of files so sorted.
    pub(crate) cluster: Cluster,
    pub(crate) profile: Profile,
    pub(crate) vacuumed: Option<Instant>,
    /// Somebody chose the profile; it does not change by itself.
    pub(crate) chosen: bool,
    pub(crate) churn: Churn,
}

/// Bytes written since the lake was opened.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Churn {
    /// Of rows that came since the last flush.
    pub(crate) new: u64,
    /// Of rows that were in other files before.
    pub(crate) rewritten: u64,
}

/// The durable side of a [`Half`].
#[derive(Debug)]
pub(crate) struct Disk {
    pub(crate) log: tokio::sync::Mutex<Log>,
    pub(crate) writer: FileWriter,
    /// A commit of which nobody knows whether it landed.
    pub(crate) limbo: tokio::sync::Mutex<Option<Attempt>>,
}

/// Which of the two Delta tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Current,
    History,
}

impl Side {
    /// Folder of the Delta table below the lake's root.
    pub(crate) fn folder(self, table: &TableName) -> String {
        match self {
            Self::Current => format!("{}/{}", table.schema, table.name),
            Self::History => format!("{}/{}", crate::delta::store::HISTORY, table.name),
        }
    }

    /// The name under which the Delta log records positions.
    pub(crate) fn app_id(self, config: &LakeConfig, table: &TableName) -> String {
        self.app_id_on(config.timeline, config, table)
    }

    /// The same for another timeline of the source.
    pub(crate) fn app_id_on(self, timeline: u32, config: &LakeConfig, table: &TableName) -> String {
        let suffix = if self == Self::History {
            "#history"
        } else {
            ""
        };
        format!("{}/{timeline}/{table}{suffix}", config.source_id)
    }
}

impl Shared {
    pub(crate) fn new(config: LakeConfig, store: Arc<LakeStore>, state: State) -> Self {
        let (published, _) = watch::channel(Arc::new(Snapshot::empty()));
        Self {
            archive: Archive::new(config.clone(), store.clone()),
            config,
            store,
            flushing: Arc::default(),
            turn: Arc::default(),
            state: Mutex::new(state),
            published,
            follows: false,
        }
    }

    /// A lake that another process writes.
    pub(crate) fn following(config: LakeConfig, store: Arc<LakeStore>) -> Self {
        Self {
            follows: true,
            ..Self::new(config, store, State::default())
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .expect("a panic amid a change of the hot tier leaves nothing to serve")
    }

    /// Publishes what is staged, unless tables would not fit together yet.
    pub(crate) fn publish(&self) -> Result<Arc<Snapshot>> {
        if self.follows {
            return Err(Error::Config(
                "this lake was opened to be read beside the process that writes it".to_owned(),
            ));
        }
        let mut state = self.state();
        state.check_whole()?;
        if state.started && state.applied < state.floor {
            return Ok(self.published.borrow().clone());
        }
        let lsn = if state.started {
            state.applied
        } else {
            state.applied.max(state.complete_to())
        };
        let mut views = BTreeMap::new();
        let before = self.published.borrow().clone();
        for (name, entry) in &mut state.tables {
            if entry.copying || entry.renewing {
                // Its changes wait: what was shown before stays until the copy is complete.
                if let Some(view) = before.view(name) {
                    views.insert(name.clone(), view.clone());
                }
            } else if entry.current.live.lsn.is_some() {
                let current = entry.current.live.publish()?;
                let history = entry.history.live.publish()?;
                let view = TableView {
                    current,
                    history,
                    facts: Facts {
                        definition: entry.definition.clone(),
                        since: entry.since,
                    },
                    past: None,
                };
                views.insert(name.clone(), view);
            }
        }
        let snapshot = Arc::new(Snapshot::new(lsn, views));
        self.published.send_replace(snapshot.clone());
        Ok(snapshot)
    }
}

impl State {
    pub(crate) fn check_whole(&self) -> Result<()> {
        if self.torn { Err(Error::Torn) } else { Ok(()) }
    }

    pub(crate) fn entry(&mut self, table: &TableName) -> Result<&mut Entry> {
        self.tables
            .get_mut(table)
            .ok_or_else(|| Error::UnknownTable(table.clone()))
    }

    /// Everything at or below is in every copied table.
    pub(crate) fn complete_to(&self) -> Lsn {
        self.tables
            .values()
            .filter_map(Entry::lsn)
            .min()
            .unwrap_or_default()
    }

    /// Everything at or below is durable.
    pub(crate) fn durable_lsn(&self) -> Lsn {
        self.tables
            .values()
            .filter_map(Entry::undurable_after)
            .min()
            .map_or(self.applied, |lsn| lsn.min(self.applied))
    }

    pub(crate) fn halves(&self) -> impl Iterator<Item = &Half> {
        let entries = self.tables.values();
        entries.flat_map(|entry| [&entry.current, &entry.history])
    }

    pub(crate) fn files(&self) -> Vec<FileStatus> {
        let halves = self.tables.iter().flat_map(|(name, entry)| {
            [(name, false, &entry.current), (name, true, &entry.history)]
        });
        let files = halves.flat_map(|(table, history, half)| {
            half.live.files.values().map(move |live| FileStatus {
                table: table.clone(),
                history,
                path: live.file.path.clone(),
                rows: u64::from(live.file.rows),
                dead_rows: live.dead.len(),
                bytes: live.file.size,
                vector: live.file.vector.is_some(),
                written_at: live.file.modified,
            })
        });
        files.collect()
    }

    pub(crate) fn hot_bytes(&self) -> usize {
        self.tables.values().map(Entry::hot_bytes).sum()
    }
}

impl Entry {
    pub(crate) fn half(&mut self, side: Side) -> &mut Half {
        match side {
            Side::Current => &mut self.current,
            Side::History => &mut self.history,
        }
    }

    /// Changes at or below are in; none before the first copy.
    pub(crate) fn lsn(&self) -> Option<Lsn> {
        Some(self.current.live.lsn?.min(self.history.live.lsn?))
    }

    /// Do changes wait for a copy? On top of a gap they would mean nothing.
    pub(crate) fn waits(&self) -> bool {
        self.copying || self.renewing || self.stale.is_some()
    }

    /// Notes that changes are missing.
    pub(crate) fn mark_stale(&mut self, reason: String) {
        let (mark, void_after) = match &self.stale {
            Some(stale) => (stale.mark + 1, stale.void_after),
            None => (1, None),
        };
        self.stale = Some(Stale {
            reason,
            mark,
            void_after,
        });
    }

    /// The table is not written any more before it is copied anew.
    pub(crate) fn stop(&mut self, reason: &Error) {
        for half in [&mut self.current, &mut self.history] {
            half.error = Some(reason.to_string());
            half.stopped = true;
        }
    }

    pub(crate) fn undurable_after(&self) -> Option<Lsn> {
        let stashed = self.stash.undurable_after();
        [
            self.current.live.undurable_after(),
            self.history.live.undurable_after(),
            stashed,
        ]
        .into_iter()
        .flatten()
        .min()
    }

    pub(crate) fn hot_bytes(&self) -> usize {
        self.current.live.hot_bytes() + self.history.live.hot_bytes() + self.stash.bytes()
    }

    pub(crate) fn status(&self, name: &TableName) -> TableStatus {
        let (current, history) = (&self.current.live, &self.history.live);
        TableStatus {
            name: name.clone(),
            key: self.definition.key.clone(),
            rows: current.rows,
            hot_rows: current.hot_rows(),
            hot_bytes: self.hot_bytes() as u64,
            index_bytes: current.index_bytes() as u64,
            dead_rows: current.dead_rows(),
            files: current.files.len(),
            bytes: current.file_bytes(),
            history_rows: history.rows,
            history_files: history.files.len(),
            history_bytes: history.file_bytes(),
            delta_version: self.current.delta_version,
            profile: self.current.profile,
            lsn: self.lsn(),
            durable_lsn: current.durable.zip(history.durable).map(|(a, b)| a.min(b)),
            error: self
                .current
                .error
                .clone()
                .or_else(|| self.history.error.clone()),
            stale: self.stale.as_ref().map(|stale| stale.reason.clone()),
            stopped: self.current.stopped || self.history.stopped,
        }
    }
}

/// What the lake must know of a table beyond its Delta schema; kept in the Delta metadata.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Definition {
    pub(crate) key: Vec<String>,
    /// The columns the source has, in its order.
    pub(crate) columns: Vec<DefinedColumn>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct DefinedColumn {
    pub(crate) name: String,
    pub(crate) source_id: i32,
    pub(crate) nullable: bool,
}

impl Definition {
    pub(crate) fn of(def: &TableDef) -> Self {
        let columns = def.columns.iter().map(|column| DefinedColumn {
            name: column.name.clone(),
            source_id: column.source_id,
            nullable: column.nullable,
        });
        Self {
            key: def.key.clone(),
            columns: columns.collect(),
        }
    }

    /// Do files in the schema `then`, written under this definition, hold the values of `today`'s
    /// columns under the same names?
    pub(crate) fn reads_as(&self, today: &Self, then: &SchemaRef, now: &SchemaRef) -> bool {
        let numbered = |column: &&DefinedColumn| column.source_id > 0;
        let moved = self.columns.iter().filter(numbered).any(|before| {
            let mut same = today.columns.iter();
            same.any(|column| column.source_id == before.source_id && column.name != before.name)
        });
        let replaced = today.columns.iter().filter(numbered).any(|column| {
            let mut same = self.columns.iter().filter(numbered);
            same.any(|before| before.name == column.name && before.source_id != column.source_id)
        });
        let narrowed = then.fields().iter().any(|before| {
            now.field_with_name(before.name())
                .is_ok_and(|after| !schema::widens(before.data_type(), after.data_type()))
        });
        self.key == today.key && !moved && !replaced && !narrowed
    }

    /// Reads the definition in a table's Delta metadata.
    pub(crate) fn read(table: &TableName, log: &Log) -> Result<Self> {
        let refused = |detail: String| Error::Schema {
            table: table.clone(),
            detail,
        };
        let json = log
            .definition()
            .ok_or_else(|| refused("its Delta table was not made by this lake".to_owned()))?;
        serde_json::from_str(json).map_err(|error| {
            refused(format!(
                "its definition in the Delta metadata can't be read: {error}"
            ))
        })
    }

    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a definition holds plain text and numbers")
    }

    /// How changes in the source's order become rows of the lake's `current` and `history` schemas.
    pub(crate) fn shape(
        &self,
        table: &TableName,
        current: &SchemaRef,
        history: &SchemaRef,
    ) -> Result<Shape> {
        let schema_error = |detail: String| Error::Schema {
            table: table.clone(),
            detail,
        };
        let position = |name: &str| self.columns.iter().position(|column| column.name == name);
        let sources = current
            .fields()
            .iter()
            .map(|field| position(field.name()))
            .collect();
        let key = self
            .key
            .iter()
            .map(|key| {
                current.index_of(key).map_err(|_| {
                    schema_error(format!("key column `{key}` is not among the columns"))
                })
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(Shape {
            table: table.clone(),
            storage: schema::storage_schema(current),
            sources,
            defined: self.columns.len(),
            codec: KeyCodec::new(key, current)?,
            history: schema::storage_schema(history),
        })
    }
}

/// The history schema for a (possibly evolved) current schema: known columns keep their places.
pub(crate) fn history_schema(known: Option<&SchemaRef>, current: &SchemaRef) -> SchemaRef {
    let wanted = history::schema(current);
    let Some(known) = known else { return wanted };
    let kept = known.fields().iter().map(|field| {
        wanted
            .field_with_name(field.name())
            .cloned()
            .unwrap_or_else(|_| field.as_ref().clone())
    });
    let new = wanted
        .fields()
        .iter()
        .filter(|field| known.field_with_name(field.name()).is_err());
    let fields: Vec<_> = kept
        .chain(new.map(|field| field.as_ref().clone()))
        .collect();
    Arc::new(arrow::datatypes::Schema::new(fields))
}
