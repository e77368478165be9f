//! Writes hot rows and dead rows to Delta, while writers and readers go on.
//!
//! A flush *seals* tables at one position, *merges* their hot rows and the files that lost rows
//! into new files (or lists the dead rows in deletion vectors), *commits* these, and lets the live
//! table *adopt* them. The history is written
//! before the current table: then a replayed transaction that leaves out unchanged values always
//! finds them as they were in its time.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use object_store::path::Path;

use crate::config::Profile;
use crate::delta::commit::{Commit, Outcome, Redraw};
use crate::delta::vector;
use crate::hot::live::Rewritten;
use crate::plan::{Gone, Plan};
use crate::state::{Churn, Disk, Half, Shared, Side};
use crate::{Error, FlushReport, Lsn, Result, TableName};

/// After a failed flush the lake waits as long before it tries again of its own accord.
const REST: Duration = Duration::from_secs(5);
/// A commit and what to do once it is known to have landed.
#[derive(Debug)]
pub(crate) struct Attempt {
    pub(crate) commit: Commit,
    pub(crate) written: Vec<Rewritten>,
    /// Files that were there already and that the commit names.
    pub(crate) named: Vec<u32>,
    pub(crate) gone: Gone,
    /// The files that get the new vectors of the commit, in its order.
    pub(crate) redrawn: Vec<u32>,
    pub(crate) epoch: u64,
    /// The position the table stands at afterwards; none when the content stays as it is.
    pub(crate) at: Option<Lsn>,
}

impl Attempt {
    /// The files written for this commit, which nothing needs when it is lost. Those that were there
    /// already hold rows that memory still serves.
    fn new_files(&self) -> Vec<Path> {
        let written = self.written.iter().map(Rewritten::location);
        written.chain(self.commit.vectors.iter().cloned()).collect()
    }
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
        // By age all tables are written at once: none is written more often for it, and together they
        // are complete to one position, so that a manifest can be written.
        let all = {
            let state = self.state();
            let aged = |half: &Half| !half.stopped && self.is_aged(half);
            state.hot_bytes() > self.config.hot_bytes / 2 || state.halves().any(aged)
        };
        let rows = self.config.flush_rows as u64;
        self.flush_tables(|_, half| all || half.rewrite || half.live.hot_rows() >= rows)
            .await
            .map(Some)
    }

    fn is_aged(&self, half: &Half) -> bool {
        half.live
            .pending_since()
            .is_some_and(|since| since.elapsed() >= self.config.flush_interval)
    }

    /// Does the age, number or size of what waits in memory ask for a flush?
    pub(crate) fn is_due(&self) -> bool {
        let state = self.state();
        if state.rest_until.is_some_and(|rest| Instant::now() < rest) {
            return false;
        }
        state.hot_bytes() > self.config.hot_bytes / 2
            || state.halves().any(|half| {
                let full = half.live.hot_rows() >= self.config.flush_rows as u64;
                !half.stopped && (half.rewrite || full || self.is_aged(half))
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
        self.note_manifest().await;
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
                plans.push(Plan::new(
                    name, side, half, applied, small_rows, pending, &json,
                ));
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
            dying,
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
        let mut commit = Commit {
            lsn,
            remove: gone.paths.clone(),
            add,
            rows_after: rows,
            metadata: metadata.map(|definition| (schema, definition)),
            ..Commit::default()
        };
        if !dying.is_empty() {
            let dead: Vec<_> = dying.iter().map(|dying| dying.dead.clone()).collect();
            let (vectors, file) =
                match vector::write(&self.store, &side.folder(&table), &dead).await {
                    Ok(wrote) => wrote,
                    Err(error) => {
                        let left: Vec<_> = written.iter().map(Rewritten::location).collect();
                        self.store.discard(&left).await;
                        return Err(error);
                    }
                };
            commit.vectors.push(file);
            commit.redraw = dying
                .iter()
                .zip(vectors)
                .map(|(dying, vector)| Redraw {
                    file: dying.file.clone(),
                    vector: Arc::new(vector),
                })
                .collect();
        }
        report.commits += 1;
        report.files_removed += gone.paths.len();
        report.vectors += dying.len();
        let churn = churn(&written);
        let attempt = Attempt {
            commit,
            written,
            named: named.into_iter().map(|(no, _)| no).collect(),
            gone,
            redrawn: dying.iter().map(|dying| dying.no).collect(),
            epoch,
            at: Some(at),
        };
        self.attempt(&table, side, &disk, attempt).await?;
        self.note_churn(&table, side, churn).await
    }

    /// Commits, finds out what came of it, and lets the live table take over what landed. Needs
    /// `flushing`. What nobody knows the fate of is left in limbo.
    pub(crate) async fn attempt(
        &self,
        table: &TableName,
        side: Side,
        disk: &Disk,
        attempt: Attempt,
    ) -> Result<()> {
        let mut log = disk.log.lock().await;
        let Err(error) = log.commit(&attempt.commit).await else {
            let version = log.version();
            drop(log);
            self.adopt(table, side, attempt, version).await;
            return Ok(());
        };
        match log.outcome(&attempt.commit).await {
            Ok(Outcome::Landed) => {
                let version = log.version();
                drop(log);
                self.adopt(table, side, attempt, version).await;
                Ok(())
            }
            Ok(Outcome::Lost) => {
                self.store.discard(&attempt.new_files()).await;
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
                redrawn,
                epoch,
                at,
                commit,
            } = attempt;
            half.live.adopt(&named, &gone, written, epoch);
            for (no, redraw) in redrawn.into_iter().zip(commit.redraw) {
                half.live.redraw(no, redraw.vector);
            }
            if let Some(at) = at {
                half.live.settle(at);
            }
            half.delta_version = version;
            if at.is_some() {
                half.error = None;
            }
            half.rewrite &= commit.metadata.is_none();
        }
    }

    /// Moves a table to deletion vectors when it rewrites far more than it is given.
    async fn note_churn(&self, table: &TableName, side: Side, churn: Churn) -> Result<()> {
        let disk = {
            let mut state = self.state();
            let half = state.entry(table)?.half(side);
            half.churn.new += churn.new;
            half.churn.rewritten += churn.rewritten;
            let Churn { new, rewritten } = half.churn;
            if half.profile == Profile::Mor
                || half.chosen
                || rewritten < self.config.mor_after.max(1)
                || rewritten < new.saturating_mul(10)
            {
                return Ok(());
            }
            half.disk.clone()
        };
        let mut log = disk.log.lock().await;
        log.set_profile(Profile::Mor, false).await?;
        let version = log.version();
        drop(log);
        tracing::info!(%table, "the table rewrites far more than it is given; it takes deletion vectors from now on");
        let mut state = self.state();
        let half = state.entry(table)?.half(side);
        half.profile = Profile::Mor;
        half.delta_version = version;
        Ok(())
    }

    /// See [`Lake::set_profile`](crate::Lake::set_profile).
    pub(crate) async fn set_profile(&self, table: &TableName, profile: Profile) -> Result<()> {
        let _flushing = self.flushing.lock().await;
        let disk = self.state().entry(table)?.current.disk.clone();
        let mut log = disk.log.lock().await;
        log.set_profile(profile, true).await?;
        let version = log.version();
        drop(log);
        let mut state = self.state();
        let half = &mut state.entry(table)?.current;
        half.profile = profile;
        half.chosen = true;
        half.delta_version = version;
        Ok(())
    }

    /// See [`Lake::release_profile`](crate::Lake::release_profile).
    pub(crate) async fn release_profile(&self, table: &TableName) -> Result<()> {
        let _flushing = self.flushing.lock().await;
        let disk = self.state().entry(table)?.current.disk.clone();
        let mut log = disk.log.lock().await;
        log.release_profile().await?;
        let version = log.version();
        drop(log);
        let mut state = self.state();
        let half = &mut state.entry(table)?.current;
        half.chosen = false;
        half.delta_version = version;
        Ok(())
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
    pub(crate) async fn settle_limbo(&self) -> Result<()> {
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
                    self.store.discard(&attempt.new_files()).await;
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

/// The bytes of written files, shared out by where their rows come from.
fn churn(written: &[Rewritten]) -> Churn {
    let mut churn = Churn::default();
    for new in written {
        let hot = new.old.iter().filter(|old| old.is_hot()).count() as u64;
        let bytes = new.file.size * hot / u64::from(new.file.rows).max(1);
        churn.new += bytes;
        churn.rewritten += new.file.size - bytes;
    }
    churn
}
