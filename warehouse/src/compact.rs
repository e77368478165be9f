//! Compaction: many small files, files full of dead rows and files in no order become few good ones.
//!
//! The work is done beside the change stream, from what the Delta table holds: rows that died since
//! are taken over as they are and found dead in the new files. Only the commit waits for a flush; when
//! the flush touched a file meanwhile, the compaction is given up.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use roaring::RoaringBitmap;

use crate::delta::commit::Commit;
use crate::delta::file::DataFile;
use crate::flush::Attempt;
use crate::merge::{Input, Merge};
use crate::plan::{Gone, SMALL_FILES};
use crate::state::{Disk, Entry, Half, Shared, Side};
use crate::{Compaction, Error, Result, TableName, copy};

/// A file is rewritten when more of its rows are dead, in percent.
const DEAD_PERCENT: u64 = 30;

/// Files of one Delta table that are to be merged.
pub(crate) struct Job {
    pub(crate) table: TableName,
    pub(crate) side: Side,
    pub(crate) disk: Arc<Disk>,
    pub(crate) files: Vec<(u32, Arc<DataFile>)>,
    pub(crate) merge: Merge,
    pub(crate) epoch: u64,
}

impl Shared {
    /// See [`Lake::compact`](crate::Lake::compact).
    pub(crate) async fn compact(&self, table: &TableName) -> Result<Compaction> {
        let mut all = Compaction::default();
        for side in [Side::Current, Side::History] {
            // Each round needs fewer files than the one before, so this ends.
            while let Some(job) = self.job(table, side)? {
                let done = Box::pin(self.run(job)).await?;
                let stuck = done.files_removed == 0;
                all.add(&done);
                if stuck {
                    break;
                }
            }
        }
        Ok(all)
    }

    /// Compacts the first Delta table that needs it; none when no table does.
    pub(crate) async fn compact_one(&self) -> Result<Option<Compaction>> {
        let names: Vec<_> = self.state().tables.keys().cloned().collect();
        for table in names {
            for side in [Side::Current, Side::History] {
                if let Some(job) = self.job(&table, side)? {
                    return Box::pin(self.run(job)).await.map(Some);
                }
            }
        }
        Ok(None)
    }

    fn job(&self, table: &TableName, side: Side) -> Result<Option<Job>> {
        let rows = self.config.file_rows as u64;
        let mut state = self.state();
        let entry = state.entry(table)?;
        if !is_at_rest(entry) {
            return Ok(None);
        }
        let half = entry.half(side);
        let files = candidates(half, rows);
        Ok((!files.is_empty()).then(|| Job::new(table, side, half, files)))
    }

    /// Merges the files of a job. The report is empty when the change stream was faster.
    pub(crate) async fn run(&self, job: Job) -> Result<Compaction> {
        let started = Instant::now();
        let Job {
            table,
            side,
            disk,
            files,
            merge,
            epoch,
        } = job;
        let schema = merge.schema.clone();
        let written = merge.run(&self.store, &disk.writer).await?;
        let added: Vec<_> = written.iter().map(|new| new.file.clone()).collect();
        let (before, after) = (
            files.iter().map(|(_, file)| file.live_rows()).sum::<u64>(),
            added.iter().map(|file| u64::from(file.rows)).sum::<u64>(),
        );
        let _flushing = self.flushing.lock().await;
        let settled = self.settle_limbo().await;
        let unchanged = settled.is_ok() && {
            let mut state = self.state();
            let whole = state.check_whole().is_ok();
            let entry = state.entry(&table)?;
            let at_rest = is_at_rest(entry);
            let live = &entry.half(side).live;
            whole
                && at_rest
                && live.epoch == epoch
                && live.schema == schema
                && files.iter().all(|(no, file)| {
                    live.files
                        .get(no)
                        .is_some_and(|live| Arc::ptr_eq(&live.file, file))
                })
        };
        if !unchanged {
            let locations: Vec<_> = added.iter().map(|file| file.location.clone()).collect();
            self.store.discard(&locations).await;
            settled?;
            return Ok(Compaction::default());
        }
        if before != after {
            return Err(Error::Stopped {
                table,
                reason: format!("a compaction of {before} rows left {after}"),
            });
        }
        let gone = Gone {
            files: files.iter().map(|(no, _)| *no).collect(),
            paths: files.iter().map(|(_, file)| file.path.clone()).collect(),
            ..Gone::default()
        };
        let report = Compaction {
            files_removed: files.len(),
            files_added: added.len(),
            rows: after,
            dead_rows: files
                .iter()
                .map(|(_, file)| u64::from(file.rows) - file.live_rows())
                .sum(),
            bytes: added.iter().map(|file| file.size).sum(),
            elapsed: started.elapsed(),
        };
        let rows_after = disk.log.lock().await.rows();
        let attempt = Attempt {
            commit: Commit {
                remove: gone.paths.clone(),
                add: added,
                rearranges: true,
                rows_after,
                ..Commit::default()
            },
            written,
            named: Vec::new(),
            gone,
            redrawn: Vec::new(),
            epoch,
            at: None,
        };
        self.attempt(&table, side, &disk, attempt).await?;
        Ok(report)
    }
}

impl Job {
    pub(crate) fn new(
        table: &TableName,
        side: Side,
        half: &Half,
        files: Vec<(u32, Arc<DataFile>)>,
    ) -> Self {
        let inputs = files.iter().map(|(no, file)| Input::File {
            no: *no,
            file: file.clone(),
            dead: dead(file),
        });
        Self {
            table: table.clone(),
            side,
            disk: half.disk.clone(),
            merge: Merge {
                schema: half.live.schema.clone(),
                codec: half.live.codec.clone(),
                order: half.cluster.columns.clone(),
                prefix: half.cluster.prefix(),
                groups: vec![inputs.collect()],
                blank: None,
            },
            epoch: half.live.epoch,
            files,
        }
    }
}

/// Neither being copied nor out of order. What a copy left half-way is known by the names of its
/// files, so these stay until the next copy.
pub(crate) fn is_at_rest(entry: &Entry) -> bool {
    let halves = [&entry.current, &entry.history];
    !entry.copying
        && !entry.renewing
        && entry.lsn().is_some()
        && halves.iter().all(|half| !half.stopped && !half.rewrite)
        && !copy::is_unfinished(entry)
}

/// The rows that are dead in the Delta table, as opposed to those that died since.
fn dead(file: &DataFile) -> Arc<RoaringBitmap> {
    let vector = file.vector.as_ref().map(|vector| vector.dead.clone());
    vector.unwrap_or_default()
}

/// The files to be merged next, of no more rows than two full files hold.
fn candidates(half: &Half, file_rows: u64) -> Vec<(u32, Arc<DataFile>)> {
    let files = &half.live.files;
    let is_small = |file: &DataFile| file.live_rows() < file_rows / 8;
    let is_dying = |file: &DataFile| {
        let dead = u64::from(file.rows) - file.live_rows();
        dead * 100 > u64::from(file.rows) * DEAD_PERCENT
    };
    let mut chosen: BTreeSet<u32> = BTreeSet::new();
    let choose = |wanted: &dyn Fn(&DataFile) -> bool| {
        let named = files.iter().filter(|(_, live)| live.committed);
        let found = named.filter(|(_, live)| wanted(&live.file));
        let found: Vec<_> = found
            .map(|(no, live)| (*no, live.file.live_rows()))
            .collect();
        (
            found.len(),
            found.iter().map(|(_, rows)| rows).sum::<u64>(),
            found,
        )
    };
    let (count, _, small) = choose(&is_small);
    if count >= SMALL_FILES {
        chosen.extend(small.iter().map(|(no, _)| no));
    }
    let (_, _, dying) = choose(&is_dying);
    chosen.extend(dying.iter().map(|(no, _)| no));
    let (_, rows, unordered) = choose(&|file| !half.cluster.has(&file.path));
    if rows >= file_rows {
        chosen.extend(unordered.iter().map(|(no, _)| no));
    }
    let mut rows = 0;
    chosen
        .into_iter()
        .map(|no| (no, files[&no].file.clone()))
        .take_while(|(_, file)| {
            let first = rows == 0;
            rows += file.live_rows();
            first || rows <= 2 * file_rows
        })
        .collect()
}
