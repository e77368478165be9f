//! Upkeep of the lake: little by little, beside the change stream.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};

use crate::manifest::{Manifest, ManifestTable};
use crate::state::{Entry, Half, Shared, Side, State};
use crate::{Error, LakeError, Lsn, Maintenance, Result, TableName};

/// A process that was replaced may go on writing so long.
const FENCE: Duration = Duration::from_secs(24 * 3600);

impl Shared {
    /// See [`Lake::maintain`](crate::Lake::maintain).
    pub(crate) async fn maintain(&self) -> Result<Maintenance> {
        let done = Box::pin(self.maintain_some()).await;
        self.trouble("upkeep", done.as_ref().err());
        done
    }

    async fn maintain_some(&self) -> Result<Maintenance> {
        self.state().check_whole()?;
        if self
            .state()
            .rest_until
            .is_some_and(|rest| Instant::now() < rest)
        {
            return Ok(Maintenance::default());
        }
        if self.state().troubles.contains_key("erase") {
            let done = Box::pin(self.carry_out_rest()).await;
            self.trouble("erase", done.as_ref().err());
            done?;
        }
        let compaction = Box::pin(self.compact_one()).await?;
        let deleted = match self.vacuum_due() {
            Some((table, side)) => Box::pin(self.vacuum_half(&table, side)).await?,
            None => 0,
        };
        let manifest = {
            let _flushing = self.flushing.lock().await;
            self.note_manifest().await
        };
        Ok(Maintenance {
            compaction,
            deleted,
            manifest,
        })
    }

    /// Remembers what went wrong, or that it does not any more.
    pub(crate) fn trouble(&self, what: &'static str, error: Option<&Error>) {
        let mut state = self.state();
        match error {
            Some(error) => {
                let message = error.to_string();
                if state.troubles.get(what) != Some(&message) {
                    tracing::error!(what, %error, "upkeep of the lake failed; it is tried again");
                }
                state.troubles.insert(what, message);
            }
            None => {
                state.troubles.remove(what);
            }
        }
    }

    /// See [`Lake::errors`](crate::Lake::errors).
    pub(crate) fn errors(&self) -> Vec<LakeError> {
        let state = self.state();
        let tables = state.tables.iter().flat_map(|(name, entry)| {
            [&entry.current, &entry.history].map(|half| {
                half.error.as_ref().map(|message| LakeError {
                    table: Some(name.clone()),
                    what: "write",
                    message: message.clone(),
                })
            })
        });
        let lake = state.troubles.iter().map(|(what, message)| LakeError {
            table: None,
            what,
            message: message.clone(),
        });
        tables.flatten().chain(lake).collect()
    }

    /// The Delta table whose vacuum is due, if any.
    fn vacuum_due(&self) -> Option<(TableName, Side)> {
        let state = self.state();
        let halves = state.tables.iter().flat_map(|(name, entry)| {
            [
                (name, Side::Current, &entry.current),
                (name, Side::History, &entry.history),
            ]
        });
        let due = halves.filter(|(_, _, half)| {
            half.vacuumed
                .is_none_or(|at| at.elapsed() >= self.config.vacuum_interval)
        });
        let longest = due.min_by_key(|(_, _, half)| half.vacuumed);
        longest.map(|(name, side, _)| (name.clone(), side))
    }

    /// Vacuums one Delta table; returns the number of deleted files.
    pub(crate) async fn vacuum_half(&self, table: &TableName, side: Side) -> Result<usize> {
        let _flushing = self.flushing.lock().await;
        self.settle_limbo().await?;
        let disk = {
            let mut state = self.state();
            let half = state.entry(table)?.half(side);
            // One that fails waits for its next turn: there is no hurry.
            half.vacuumed = Some(Instant::now());
            half.disk.clone()
        };
        let retention = self.config.retention;
        let mut cutoff = ago(retention);
        let oldest = self.archive.log().lock().await.thin(cutoff).await?;
        // What the oldest manifest names was live when it was written.
        cutoff = oldest.map_or(cutoff, |oldest| cutoff.min(oldest));
        let settled = ago(retention.min(FENCE));
        let deleted = disk.log.lock().await.vacuum(cutoff, settled).await?;
        if deleted > 0 {
            tracing::info!(%table, ?side, deleted, "deleted files that no version needs any more");
        }
        Ok(deleted)
    }

    /// Vacuums every Delta table.
    pub(crate) async fn vacuum(&self) -> Result<usize> {
        let names: Vec<_> = self.state().tables.keys().cloned().collect();
        let mut deleted = 0;
        for table in names {
            for side in [Side::Current, Side::History] {
                deleted += self.vacuum_half(&table, side).await?;
            }
        }
        Ok(deleted)
    }

    /// Writes a manifest if one is possible; a failure is made good later and spoils no flush.
    pub(crate) async fn note_manifest(&self) -> Option<u64> {
        let written = self.write_manifest(false).await;
        if !matches!(written, Ok(None)) {
            self.trouble("manifest", written.as_ref().err());
        }
        written.ok().flatten()
    }

    /// Takes the position of the newest manifest, unless a table was written since.
    pub(crate) async fn read_manifest(&self) -> Result<()> {
        let newest = match self.archive.log().lock().await.newest().await {
            Err(damaged @ Error::Manifest(_)) => {
                self.trouble("manifest", Some(&damaged));
                None
            }
            newest => newest?,
        };
        let Some(manifest) = newest else {
            return Ok(());
        };
        let mut state = self.state();
        let comparable = manifest.source_id == self.config.source_id
            && manifest.timeline == self.config.timeline;
        let complete = state.tables.iter().all(|(name, entry)| {
            // Files that were brought back may be older than the manifest.
            let named = manifest.tables.get(name).is_some_and(|there| {
                !there.stale
                    && there.current <= entry.current.delta_version
                    && there.history <= entry.history.delta_version
            });
            let halves = [&entry.current, &entry.history];
            entry.lsn().is_none()
                || named
                    && halves
                        .iter()
                        .all(|half| half.live.durable <= Some(manifest.lsn))
        });
        if comparable && complete {
            state.applied = state.applied.max(manifest.lsn);
        }
        Ok(())
    }

    /// Writes a manifest when all tables are complete to one position and some version is new, or
    /// with `further` when the position is; returns its number. Needs `flushing`.
    pub(crate) async fn write_manifest(&self, further: bool) -> Result<Option<u64>> {
        let mut manifests = self.archive.log().lock().await;
        let manifest = {
            let state = self.state();
            state.check_whole()?;
            let Some(lsn) = state.consistent() else {
                return Ok(None);
            };
            let tables = state.versions();
            // Positions of another source or timeline can't be compared.
            let last = manifests.last().filter(|last| {
                last.source_id == self.config.source_id && last.timeline == self.config.timeline
            });
            let known = last.is_some_and(|last| {
                let gained = last.tables != tables || (further && last.lsn < lsn);
                !gained || last.lsn > lsn
            });
            if known || tables.is_empty() {
                return Ok(None);
            }
            Manifest {
                number: 0,
                source_id: self.config.source_id.clone(),
                timeline: self.config.timeline,
                lsn,
                committed_at: state.committed_at(),
                written_at: Utc::now(),
                tables,
                writer: uuid::Uuid::nil(),
            }
        };
        let written = manifests.write(manifest).await?;
        tracing::debug!(number = written.number, lsn = %written.lsn, "wrote a manifest");
        Ok(Some(written.number))
    }
}

fn ago(period: Duration) -> DateTime<Utc> {
    TimeDelta::from_std(period)
        .ok()
        .and_then(|period| Utc::now().checked_sub_signed(period))
        .unwrap_or(DateTime::<Utc>::MIN_UTC)
}

impl State {
    /// The position up to which the Delta tables are complete, and beyond which none is; none when
    /// there is no such position just now.
    fn consistent(&self) -> Option<Lsn> {
        if self.started && self.applied < self.floor {
            return None;
        }
        let mut complete = self.applied;
        let mut ahead = Lsn::ZERO;
        for entry in self.tables.values() {
            let halves = [&entry.current, &entry.history];
            if entry.lsn().is_none() || is_apart(entry) {
                continue;
            }
            complete = complete.min(entry.undurable_after().unwrap_or(complete));
            for half in halves {
                ahead = ahead.max(half.live.durable.unwrap_or_default());
            }
        }
        (ahead <= complete).then_some(complete)
    }

    fn versions(&self) -> BTreeMap<TableName, ManifestTable> {
        let copied = self
            .tables
            .iter()
            .filter(|(_, entry)| entry.lsn().is_some());
        let table = |entry: &Entry| ManifestTable {
            current: entry.current.delta_version,
            history: entry.history.delta_version,
            stale: is_apart(entry),
        };
        copied
            .map(|(name, entry)| (name.clone(), table(entry)))
            .collect()
    }

    /// When the last change in the Delta tables was committed.
    fn committed_at(&self) -> DateTime<Utc> {
        let last = self.tables.values().filter_map(|entry| {
            let since = entry.since.map(|since| since.at);
            since.max(last_change(&entry.history))
        });
        last.max().unwrap_or_else(Utc::now)
    }
}

/// Does the table stand at a position of its own, or miss changes?
fn is_apart(entry: &Entry) -> bool {
    let stopped = entry.current.stopped || entry.history.stopped;
    stopped || entry.stale.is_some() || entry.copying || entry.renewing
}

fn last_change(history: &Half) -> Option<DateTime<Utc>> {
    let files = history.live.files.values();
    files
        .filter_map(|live| {
            let column = live.file.stats.0.get("valid_from")?;
            match column.max.as_ref()? {
                datafusion::scalar::ScalarValue::TimestampMicrosecond(Some(at), _) => {
                    DateTime::from_timestamp_micros(*at)
                }
                _ => None,
            }
        })
        .max()
}
