//! Vacuum: deletes files that no version within the window of time travel needs, and what crashes
//! left behind.
//!
//! A file may go when it is not live, was revoked before the window, and nobody is just writing it.
//! What was revoked when is read from the Delta log, whose entries are kept for the window, too. No
//! commit is made.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use futures::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use serde::Deserialize;

use super::log::Log;
use super::vector;
use crate::{Error, Result};

/// Log entries read at the same time.
const AT_ONCE: usize = 8;

/// What a table's log says of revoked files, as far as it was read.
#[derive(Debug, Default)]
pub(crate) struct Revoked {
    /// Versions below were read.
    next: u64,
    /// When each file (data or vectors) was revoked last.
    at: BTreeMap<String, DateTime<Utc>>,
}

/// The part of a log entry that matters here.
#[derive(Deserialize)]
struct Line {
    remove: Option<Removed>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Removed {
    path: String,
    deletion_timestamp: Option<i64>,
    deletion_vector: Option<deltalake_core::kernel::DeletionVectorDescriptor>,
}

impl Log {
    /// Deletes files that were revoked before `cutoff` and not written after `settled`; returns
    /// their number.
    pub(crate) async fn vacuum(
        &mut self,
        cutoff: DateTime<Utc>,
        settled: DateTime<Utc>,
    ) -> Result<usize> {
        self.refresh().await?;
        self.read_revoked(cutoff).await?;
        let live = self.live_names();
        let kept = |name: &str| {
            live.contains(name) || self.revoked.at.get(name).is_some_and(|at| *at >= cutoff)
        };
        let folder = self.location("");
        let objects: Vec<_> = self
            .store
            .object_store()
            .list(Some(&folder))
            .try_filter(|object| {
                let wanted = self
                    .relative(&object.location)
                    .is_some_and(|name| !name.starts_with("_delta_log/") && !kept(&name))
                    && object.last_modified <= settled
                    && !self.store.is_being_written(&object.location);
                futures::future::ready(wanted)
            })
            .map_ok(|object| object.location)
            .try_collect()
            .await?;
        for object in &objects {
            match self.store.object_store().delete(object).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(objects.len())
    }

    /// The names of live data files and of the files with their vectors.
    fn live_names(&self) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        for view in self.state.log_data().iter() {
            names.insert(view.path().into_owned());
            let descriptor = view.deletion_vector_descriptor();
            names.extend(descriptor.and_then(|descriptor| vector::file_name(&descriptor)));
        }
        names
    }

    /// Reads the log entries since the last time; those from before `cutoff` revoke nothing that is
    /// to be kept.
    async fn read_revoked(&mut self, cutoff: DateTime<Utc>) -> Result<()> {
        let next = self.revoked.next;
        let version = self.version();
        let log = self.location("_delta_log");
        let store = self.store.object_store().clone();
        let entries: Vec<Path> = store
            .list(Some(&log))
            .try_filter_map(|object| {
                let version = object
                    .location
                    .filename()
                    .and_then(|name| name.strip_suffix(".json")?.parse::<u64>().ok());
                let wanted = object.last_modified >= cutoff && version.is_some_and(|v| v >= next);
                futures::future::ready(Ok(wanted.then_some(object.location)))
            })
            .try_collect()
            .await?;
        let read = futures::stream::iter(entries).map(|entry| {
            let store = store.clone();
            async move { Ok::<_, Error>(store.get(&entry).await?.bytes().await?) }
        });
        let texts: Vec<_> = read.buffered(AT_ONCE).try_collect().await?;
        let mut found = Vec::new();
        for text in &texts {
            for line in text.split(|&byte| byte == b'\n') {
                if let Ok(Line {
                    remove: Some(removed),
                }) = serde_json::from_slice(line)
                {
                    found.push(removed);
                }
            }
        }
        let revoked = &mut self.revoked;
        for removed in found {
            let at = removed
                .deletion_timestamp
                .and_then(DateTime::from_timestamp_millis)
                .unwrap_or_else(Utc::now);
            let bin = removed.deletion_vector.as_ref().and_then(vector::file_name);
            for name in bin.into_iter().chain([removed.path]) {
                let latest = revoked.at.entry(name).or_insert(at);
                *latest = at.max(*latest);
            }
        }
        revoked.at.retain(|_, at| *at >= cutoff);
        revoked.next = version + 1;
        Ok(())
    }
}
