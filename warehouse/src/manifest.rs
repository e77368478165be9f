//! Snapshot manifests: which Delta versions of all tables belong together.
//!
//! A manifest is written after a flush wherever every table is complete to one position. It is what
//! nodes without a hot tier, backups, time travel and other engines go by, so that nobody sees tables
//! that do not fit together. Manifests are numbered and only ever created, never changed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use futures::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::delta::store::LakeStore;
use crate::{Error, Lsn, Result, TableName};

/// Folder of the manifests below that of the lake.
const FOLDER: &str = "_basalt/manifests";
/// Manifests read at the same time.
const AT_ONCE: usize = 16;

/// All tables at one position, as versions of their Delta tables.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Counts the manifests of a lake from 1.
    pub number: u64,
    pub source_id: String,
    pub timeline: u32,
    /// Every change at or below is in the tables, none above.
    pub lsn: Lsn,
    /// No change in the tables was committed later.
    pub committed_at: DateTime<Utc>,
    pub written_at: DateTime<Utc>,
    pub tables: BTreeMap<TableName, ManifestTable>,
    /// Tells the processes that write a lake one after the other apart.
    pub writer: Uuid,
}

/// One table in a [`Manifest`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestTable {
    /// Version of the Delta table in `<schema>/<table>`.
    pub current: u64,
    /// Version of the Delta table in `history/<table>`.
    pub history: u64,
    /// The table is stopped, misses changes or is being copied: it stands at a position of its own.
    pub stale: bool,
}

/// The manifests of a lake, read as far as anybody asked.
#[derive(Debug)]
pub(crate) struct Manifests {
    store: Arc<LakeStore>,
    writer: Uuid,
    known: BTreeMap<u64, Arc<Manifest>>,
    /// The highest number that is taken; none before anybody looked.
    top: Option<u64>,
    /// Numbers that hold something else than a manifest.
    damaged: BTreeSet<u64>,
}

impl Manifests {
    pub(crate) fn new(store: Arc<LakeStore>) -> Self {
        Self {
            store,
            writer: Uuid::new_v4(),
            known: BTreeMap::new(),
            top: None,
            damaged: BTreeSet::new(),
        }
    }

    /// Looks up the newest manifest; none before the first.
    ///
    /// # Errors
    /// [`Error::Manifest`] when what should be one was changed.
    pub(crate) async fn newest(&mut self) -> Result<Option<Arc<Manifest>>> {
        let numbers = self.numbers().await?;
        match numbers.last() {
            None => Ok(None),
            Some(&number) => self.get(number).await.map(Some),
        }
    }

    /// The newest manifest read so far.
    pub(crate) fn last(&self) -> Option<&Arc<Manifest>> {
        self.known.last_key_value().map(|(_, manifest)| manifest)
    }

    /// All manifests, oldest first. Damaged ones are left out, and said so.
    pub(crate) async fn all(&mut self) -> Result<Vec<Arc<Manifest>>> {
        let numbers = self.numbers().await?;
        self.known.retain(|number, _| numbers.contains(number));
        let unknown: Vec<_> = numbers
            .into_iter()
            .filter(|number| !self.known.contains_key(number) && !self.damaged.contains(number))
            .collect();
        let store = self.store.clone();
        let reads = futures::stream::iter(unknown)
            .map(|number| {
                let store = store.clone();
                async move { (number, read(&store, number).await) }
            })
            .buffered(AT_ONCE);
        let read: Vec<_> = reads.collect().await;
        for (number, manifest) in read {
            match manifest {
                Ok(manifest) => {
                    self.known.insert(number, Arc::new(manifest));
                }
                Err(Error::Manifest(reason)) => {
                    tracing::error!(number, reason, "a manifest can't be used");
                    self.damaged.insert(number);
                }
                Err(Error::ObjectStore(object_store::Error::NotFound { .. })) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(self.known.values().cloned().collect())
    }

    /// Writes the next manifest.
    ///
    /// # Errors
    /// [`Error::Manifest`] when another process wrote one meanwhile.
    pub(crate) async fn write(&mut self, mut manifest: Manifest) -> Result<Arc<Manifest>> {
        let mut top = match self.top {
            Some(top) => top,
            None => self.numbers().await?.last().copied().unwrap_or(0),
        };
        manifest.writer = self.writer;
        loop {
            top += 1;
            manifest.number = top;
            let location = location(&self.store, manifest.number);
            let put = self.store.object_store().put_opts(
                &location,
                encode(&manifest).into(),
                PutOptions::from(PutMode::Create),
            );
            match put.await {
                Ok(_) => {
                    self.top = Some(top);
                    self.store.settle(vec![location]).await?;
                    let manifest = Arc::new(manifest);
                    self.known.insert(manifest.number, manifest.clone());
                    return Ok(manifest);
                }
                // The answer to an earlier attempt of our own may have been lost.
                Err(object_store::Error::AlreadyExists { .. }) => {
                    self.top = Some(top);
                    let there = self.get(manifest.number).await?;
                    if there.writer != self.writer {
                        return Err(Error::Manifest(format!(
                            "manifest {} is by another process, which writes this lake, too",
                            manifest.number
                        )));
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Deletes manifests from before the window: one that is older stays, so that its first instant
    /// has one; and of those older than a day one an hour. Returns when the oldest left was written.
    pub(crate) async fn thin(&mut self, cutoff: DateTime<Utc>) -> Result<Option<DateTime<Utc>>> {
        let all = self.all().await?;
        let recent = Utc::now() - TimeDelta::days(1);
        let first = all
            .iter()
            .rposition(|manifest| manifest.written_at <= cutoff)
            .unwrap_or(0);
        let mut hour = None;
        let mut gone = all[..first.min(all.len())].to_vec();
        for manifest in &all[first..] {
            let this = manifest.written_at.timestamp() / 3600;
            if manifest.written_at < recent && hour == Some(this) {
                gone.push(manifest.clone());
            }
            hour = Some(this);
        }
        for manifest in gone {
            let location = location(&self.store, manifest.number);
            match self.store.object_store().delete(&location).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {
                    self.known.remove(&manifest.number);
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(self
            .known
            .values()
            .map(|manifest| manifest.written_at)
            .min())
    }

    async fn numbers(&self) -> Result<BTreeSet<u64>> {
        let folder = self.store.location(FOLDER, "");
        let objects: Vec<_> = self
            .store
            .object_store()
            .list(Some(&folder))
            .try_collect()
            .await?;
        Ok(objects
            .iter()
            .filter_map(|object| {
                let name = object.location.filename()?.strip_suffix(".json")?;
                name.parse().ok()
            })
            .collect())
    }

    async fn get(&mut self, number: u64) -> Result<Arc<Manifest>> {
        if let Some(known) = self.known.get(&number) {
            return Ok(known.clone());
        }
        let manifest = Arc::new(read(&self.store, number).await?);
        self.known.insert(number, manifest.clone());
        Ok(manifest)
    }
}

fn location(store: &LakeStore, number: u64) -> Path {
    store.location(FOLDER, &format!("{number:020}.json"))
}

async fn read(store: &LakeStore, number: u64) -> Result<Manifest> {
    let bytes = store
        .object_store()
        .get(&location(store, number))
        .await?
        .bytes()
        .await?;
    match decode(&bytes) {
        Some(manifest) if manifest.number == number => Ok(manifest),
        _ => Err(Error::Manifest(format!("manifest {number} is damaged"))),
    }
}

/// The manifest on one line, its checksum on the next.
fn encode(manifest: &Manifest) -> Bytes {
    let json = serde_json::to_string(manifest).expect("a manifest holds plain text and numbers");
    let sum = crc32fast::hash(json.as_bytes());
    format!("{json}\n{sum:08x}\n").into()
}

fn decode(bytes: &[u8]) -> Option<Manifest> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (json, sum) = text.split_once('\n')?;
    let sum = u32::from_str_radix(sum.trim_end(), 16).ok()?;
    if crc32fast::hash(json.as_bytes()) != sum {
        return None;
    }
    serde_json::from_str(json).ok()
}
