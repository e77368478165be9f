//! Writes hot rows and dead rows to Delta, while writers and readers go on.
//!
//! A flush *seals* tables at one position, *merges* their hot rows and the files that lost rows
//! into new files, *commits* these, and lets the live table *adopt* them. The history is written
//! before the current table: then a replayed transaction that leaves out unchanged values always
//! finds them as they were in its time.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use object_store::path::Path;

use crate::delta::file::DataFile;
use crate::delta::log::{Commit, Outcome};
use crate::hot::live::Rewritten;
use crate::merge::{Input, Merge};
use crate::state::{Disk, Half, Shared, Side};
use crate::{Error, FlushReport, Lsn, Result, TableName};

/// After a failed flush the lake waits as long before it tries again of its own accord.
const REST: Duration = Duration::from_secs(5);
/// As many small files are merged into one with the next flush.
const SMALL_FILES: usize = 8;

/// What one half is to write.
struct Plan {
    table: TableName,
    side: Side,
    disk: Arc<Disk>,
    merge: Merge,
    /// The position of the content; none when it stays as it is (files are only rewritten).
    lsn: Option<Lsn>,
    /// The position the half stands at afterwards.
    at: Lsn,
    /// Files that are there already and only have to be named.
    named: Vec<(u32, Arc<DataFile>)>,
    gone: Gone,
    epoch: u64,
    rows: u64,
    metadata: Option<String>,
}

/// Files and segments that the new files replace.
#[derive(Debug, Clone, Default)]
struct Gone {
    files: Vec<u32>,
    paths: BTreeSet<String>,
    /// Files that no commit ever named.
    unnamed: Vec<Path>,
    segments: Vec<u32>,
}

/// A commit and what to do once it is known to have landed.
#[derive(Debug)]
pub(crate) struct Attempt {
    commit: Commit,
    written: Vec<Rewritten>,
    named: Vec<u32>,
    gone: Gone,
    epoch: u64,
    at: Lsn,
}

impl Shared {
    /// Flushes every table with something to write.
    pub(crate) async fn flush(&self) -> Result<FlushReport> {
        let _flushing = self.flushing.lock().await;
        self.state().check_whole()?;
        self.flush_tables(|_, _| true).await
    }

    /// Flushes the tables that are due; none when nothing is.
    pub(crate) async fn flush_if_due(&self) -> Result<Option<FlushReport>> {
        if !self.is_due() {
            return Ok(None);
        }
        let _flushing = self.flushing.lock().await;
        self.state().check_whole()?;
        let pressed = self.state().hot_bytes() > self.config.hot_bytes / 2;
        let (interval, rows) = (self.config.flush_interval, self.config.flush_rows as u64);
        self.flush_tables(|_, half| {
            let old = half
                .live
                .pending_since()
                .is_some_and(|since| since.elapsed() >= interval);
            pressed || old || half.rewrite || half.live.hot_rows() >= rows
        })
        .await
        .map(Some)
    }

    /// Does the age, number or size of what waits in memory ask for a flush?
    pub(crate) fn is_due(&self) -> bool {
        let state = self.state();
        if state.rest_until.is_some_and(|rest| Instant::now() < rest) {
            return false;
        }
        let mut halves = state
            .tables
            .values()
            .flat_map(|entry| [&entry.current, &entry.history]);
        state.hot_bytes() > self.config.hot_bytes / 2
            || halves.any(|half| {
                !half.stopped
                    && (half.rewrite
                        || half.live.hot_rows() >= self.config.flush_rows as u64
                        || half
                            .live
                            .pending_since()
                            .is_some_and(|since| since.elapsed() >= self.config.flush_interval))
            })
    }

    /// Needs `flushing`. A table that fails does not keep the others from being written.
    pub(crate) async fn flush_tables(
        &self,
        wanted: impl Fn(&TableName, &Half) -> bool,
    ) -> Result<FlushReport> {
        let started = Instant::now();
        if let Err(error) = self.settle_limbo().await {
            self.state().rest_until = Some(started + REST);
            return Err(error);
        }
        let plans = {
            let _turn = self.turn.lock().await;
            self.seal(wanted)?
        };
        let mut report = FlushReport::default();
        let mut failed: BTreeSet<TableName> = BTreeSet::new();
        let mut first_error = None;
        for plan in plans {
            let (table, side) = (plan.table.clone(), plan.side);
            // A current table must not get ahead of its history.
            let result = if failed.contains(&table) {
                self.unseal(&table, side, None);
                continue;
            } else {
                self.flush_one(plan, &mut report).await
            };
            if let Err(error) = result {
                tracing::error!(table = %table, ?side, %error, "a table could not be written; it is served from memory");
                self.unseal(&table, side, Some(&error));
                failed.insert(table);
                first_error.get_or_insert(error);
            }
        }
        report.elapsed = started.elapsed();
        self.state().rest_until = first_error.is_some().then(|| Instant::now() + REST);
        first_error.map_or(Ok(report), Err)
    }

    fn seal(&self, wanted: impl Fn(&TableName, &Half) -> bool) -> Result<Vec<Plan>> {
        let mut state = self.state();
        let applied = state.applied;
        let small_rows = u32::try_from(self.config.file_rows / 8).unwrap_or(u32::MAX);
        let mut plans = Vec::new();
        for (name, entry) in &mut state.tables {
            let chosen = wanted(name, &entry.history) || wanted(name, &entry.current);
            let json = entry.definition.to_json();
            // With changes waiting for a copy, the table is complete only as far as it has come itself.
            let applied = if entry.copying || entry.renewing || !entry.stash.is_empty() {
                Lsn::ZERO
            } else {
                applied
            };
            for side in [Side::History, Side::Current] {
                let half = entry.half(side);
                let pending = half.live.undurable_after().is_some();
                if !chosen || half.stopped || half.live.lsn.is_none() || !(pending || half.rewrite)
                {
                    continue;
                }
                half.live.seal()?;
                plans.push(plan(name, side, half, applied, small_rows, pending, &json));
            }
        }
        Ok(plans)
    }

    fn unseal(&self, table: &TableName, side: Side, error: Option<&Error>) {
        let mut state = self.state();
        if let Ok(entry) = state.entry(table) {
            let half = entry.half(side);
            half.live.unseal();
            if let Some(error) = error {
                half.error = Some(error.to_string());
                half.stopped |= matches!(error, Error::Stopped { .. });
            }
        }
    }

    async fn flush_one(&self, plan: Plan, report: &mut FlushReport) -> Result<()> {
        let Plan {
            table,
            side,
            disk,
            merge,
            lsn,
            at,
            named,
            gone,
            epoch,
            rows,
            metadata,
        } = plan;
        let schema = merge.schema.clone();
        let written = merge.run(&self.store, &disk.writer).await?;
        report.commits += 1;
        report.files_removed += gone.paths.len();
        let new_files = written.iter().map(|new| &new.file);
        let add: Vec<_> = new_files
            .chain(named.iter().map(|(_, file)| file))
            .cloned()
            .collect();
        for file in &add {
            report.files_added += 1;
            report.rows += u64::from(file.rows);
            report.bytes += file.size;
        }
        let commit = Commit {
            lsn,
            remove: gone.paths.clone(),
            add,
            rows_after: rows,
            metadata: metadata.map(|definition| (schema, definition)),
            restart: false,
        };
        let attempt = Attempt {
            commit,
            written,
            named: named.into_iter().map(|(no, _)| no).collect(),
            gone,
            epoch,
            at,
        };
        let mut log = disk.log.lock().await;
        let Err(error) = log.commit(&attempt.commit).await else {
            let version = log.version();
            drop(log);
            self.adopt(&table, side, attempt, version).await;
            return Ok(());
        };
        match log.outcome(&attempt.commit).await {
            Ok(Outcome::Landed) => {
                let version = log.version();
                drop(log);
                self.adopt(&table, side, attempt, version).await;
                Ok(())
            }
            Ok(Outcome::Lost) => {
                let files: Vec<_> = attempt
                    .written
                    .iter()
                    .map(|new| new.file.location.clone())
                    .collect();
                self.store.discard(&files).await;
                Err(error)
            }
            Err(stopped @ Error::Stopped { .. }) => Err(stopped),
            Err(_) => {
                *disk.limbo.lock().await = Some(attempt);
                Err(error)
            }
        }
    }

    async fn adopt(&self, table: &TableName, side: Side, attempt: Attempt, version: u64) {
        self.store.discard(&attempt.gone.unnamed).await;
        let _turn = self.turn.lock().await;
        let mut state = self.state();
        if let Ok(entry) = state.entry(table) {
            let half = entry.half(side);
            let Attempt {
                written,
                named,
                gone,
                epoch,
                at,
                commit,
            } = attempt;
            half.live
                .adopt(&named, &gone.files, &gone.segments, written, epoch, at);
            half.delta_version = version;
            half.error = None;
            half.rewrite &= commit.metadata.is_none();
        }
    }

    /// Deletes files of all tables that have not been live for the configured time.
    pub(crate) async fn vacuum(&self) -> Result<usize> {
        let _flushing = self.flushing.lock().await;
        self.settle_limbo().await?;
        let mut deleted = 0;
        for (table, side, disk) in self.disks() {
            let mut log = disk.log.lock().await;
            deleted += log.vacuum(self.config.retention).await?;
            if let Ok(entry) = self.state().entry(&table) {
                entry.half(side).delta_version = log.version();
            }
        }
        Ok(deleted)
    }

    fn disks(&self) -> Vec<(TableName, Side, Arc<Disk>)> {
        let state = self.state();
        let halves = state.tables.iter().flat_map(|(name, entry)| {
            [
                (name.clone(), Side::History, entry.history.disk.clone()),
                (name.clone(), Side::Current, entry.current.disk.clone()),
            ]
        });
        halves.collect()
    }

    /// Finds out what became of commits without an answer. Fails while the store does.
    async fn settle_limbo(&self) -> Result<()> {
        for (table, side, disk) in self.disks() {
            let mut limbo = disk.limbo.lock().await;
            let Some(attempt) = limbo.take() else {
                continue;
            };
            let mut log = disk.log.lock().await;
            match log.outcome(&attempt.commit).await {
                Ok(Outcome::Landed) => {
                    let version = log.version();
                    drop(log);
                    self.adopt(&table, side, attempt, version).await;
                }
                Ok(Outcome::Lost) => {
                    let files: Vec<_> = attempt
                        .written
                        .iter()
                        .map(|new| new.file.location.clone())
                        .collect();
                    self.store.discard(&files).await;
                }
                Err(error) => {
                    if matches!(error, Error::Stopped { .. }) {
                        self.unseal(&table, side, Some(&error));
                    } else {
                        *limbo = Some(attempt);
                    }
                    return Err(error);
                }
            }
        }
        Ok(())
    }
}

fn plan(
    name: &TableName,
    side: Side,
    half: &Half,
    applied: Lsn,
    small_rows: u32,
    pending: bool,
    definition: &str,
) -> Plan {
    let live = &half.live;
    let mut gone = Gone::default();
    let mut named = Vec::new();
    let mut alone = Vec::new();
    let mut together = Vec::new();
    let small = |rows: u32| rows < small_rows;
    let crowded = live
        .files
        .values()
        .filter(|live| small(live.file.rows))
        .count()
        >= SMALL_FILES;
    for (&no, live) in &live.files {
        if live.dead.is_empty() && !half.rewrite && !(crowded && small(live.file.rows)) {
            if !live.committed {
                named.push((no, live.file.clone()));
            }
            continue;
        }
        gone.files.push(no);
        if live.committed {
            gone.paths.insert(live.file.path.clone());
        } else {
            gone.unnamed.push(live.file.location.clone());
        }
        let input = Input::File {
            no,
            file: live.file.clone(),
            dead: live.dead.clone(),
        };
        if live.dead.len() == u64::from(live.file.rows) {
            continue;
        } else if small(live.file.rows) {
            together.push(input);
        } else {
            alone.push(vec![input]);
        }
    }
    for (&no, segment) in &live.segments {
        gone.segments.push(no);
        if let Some(batch) = segment.batch() {
            together.push(Input::Segment {
                no,
                batch: batch.clone(),
                dead: segment.dead.clone(),
            });
        }
    }
    alone.push(together);
    let at = live.lsn.unwrap_or_default().max(applied);
    Plan {
        table: name.clone(),
        side,
        disk: half.disk.clone(),
        merge: Merge {
            schema: live.schema.clone(),
            codec: live.codec.clone(),
            groups: alone,
        },
        lsn: pending.then_some(at),
        at,
        named,
        gone,
        epoch: live.epoch,
        rows: live.rows,
        metadata: half.rewrite.then(|| definition.to_owned()),
    }
}
