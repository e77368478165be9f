//! The list of erasures: which keys of which table were erased, kept for restores.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures::TryStreamExt;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::delta::store::LakeStore;
use crate::{Error, Result, TableName};

/// Folder of the list below that of the lake.
const FOLDER: &str = "_basalt/erasures";

/// A wish to erase what is personal in the rows with certain keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erasure {
    /// Counts the erasures of a lake from 1.
    pub number: u64,
    pub table: TableName,
    /// The columns that lose their values.
    pub personal: Vec<String>,
    /// The key columns, in the order of the values.
    pub key: Vec<String>,
    /// The keys, each value as text.
    pub keys: Vec<Vec<String>>,
    pub asked_at: DateTime<Utc>,
}

/// Says that an erasure was carried out; versions of the Delta tables below hold the values still.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Done {
    pub(crate) table: TableName,
    pub(crate) current: u64,
    pub(crate) history: u64,
    pub(crate) done_at: DateTime<Utc>,
}

/// The first versions of current tables without what was erased.
#[derive(Debug, Default)]
pub(crate) struct Floors(BTreeMap<TableName, u64>);

impl Floors {
    pub(crate) async fn read(store: &Arc<LakeStore>) -> Result<Self> {
        let mut floors = BTreeMap::new();
        for number in numbers(store, ".done.json").await? {
            if let Some(done) = done(store, number).await? {
                let floor = floors.entry(done.table).or_insert(0);
                *floor = done.current.max(*floor);
            }
        }
        Ok(Self(floors))
    }

    pub(crate) fn of(&self, table: &TableName) -> Option<u64> {
        self.0.get(table).copied()
    }
}

/// Every erasure, oldest first.
pub(crate) async fn all(store: &LakeStore) -> Result<Vec<Erasure>> {
    let mut all = Vec::new();
    for number in numbers(store, ".json").await? {
        all.extend(read(store, &format!("{number:020}.json")).await?);
    }
    Ok(all)
}

/// Adds an erasure to the list under the next number.
pub(crate) async fn add(store: &LakeStore, mut erasure: Erasure) -> Result<Erasure> {
    let last = numbers(store, ".json").await?.last().copied();
    erasure.number = last.unwrap_or(0);
    loop {
        erasure.number += 1;
        let location = location(store, &format!("{:020}.json", erasure.number));
        match put(store, &location, &erasure, PutMode::Create).await {
            Ok(()) => return Ok(erasure),
            Err(Error::ObjectStore(object_store::Error::AlreadyExists { .. })) => {}
            Err(error) => return Err(error),
        }
    }
}

/// When and up to which versions an erasure was carried out.
pub(crate) async fn done(store: &LakeStore, number: u64) -> Result<Option<Done>> {
    read(store, &format!("{number:020}.done.json")).await
}

pub(crate) async fn set_done(store: &LakeStore, number: u64, done: &Done) -> Result<()> {
    let location = location(store, &format!("{number:020}.done.json"));
    put(store, &location, done, PutMode::Overwrite).await
}

async fn put(
    store: &LakeStore,
    location: &Path,
    content: &impl Serialize,
    mode: PutMode,
) -> Result<()> {
    let json = serde_json::to_vec(content).expect("plain text and numbers make JSON");
    let options = PutOptions::from(mode);
    store
        .object_store()
        .put_opts(location, json.into(), options)
        .await?;
    store.settle(vec![location.clone()]).await
}

async fn numbers(store: &LakeStore, end: &str) -> Result<Vec<u64>> {
    let folder = store.location(FOLDER, "");
    let objects: Vec<_> = store
        .object_store()
        .list(Some(&folder))
        .try_collect()
        .await?;
    let names = objects.iter().filter_map(|object| {
        let name = object.location.filename()?.strip_suffix(end)?;
        name.parse().ok()
    });
    let mut numbers: Vec<u64> = names.collect();
    numbers.sort_unstable();
    Ok(numbers)
}

async fn read<T: DeserializeOwned>(store: &LakeStore, name: &str) -> Result<Option<T>> {
    let bytes = match store.object_store().get(&location(store, name)).await {
        Ok(found) => found.bytes().await?,
        Err(object_store::Error::NotFound { .. }) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    serde_json::from_slice(&bytes).map(Some).map_err(|error| {
        Error::Config(format!(
            "{name} in the list of erasures can't be read: {error}; restore it before anything is erased again"
        ))
    })
}

fn location(store: &LakeStore, name: &str) -> Path {
    store.location(FOLDER, name)
}
