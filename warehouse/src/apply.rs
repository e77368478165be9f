//! Takes transactions: prepares what can fail, then stages everything at once.

use std::collections::BTreeMap;

use crate::hot::fill::Holes;
use crate::hot::live::Staged;
use crate::hot::prepare::{Prepared, Stamp};
use crate::stash::Waiting;
use crate::state::{Shared, State};
use crate::{ChangeBatch, Error, Lsn, Op, Result, TableName, Transaction};

/// A table's changes, ready to be staged.
pub(crate) struct Ready {
    pub(crate) table: TableName,
    pub(crate) current: Option<Staged>,
    pub(crate) history: Option<Staged>,
}

/// Which halves of a table have a transaction already.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Has {
    pub(crate) current: bool,
    pub(crate) history: bool,
}

/// Batches of one table, each with the place of its first change in the transaction.
pub(crate) type Placed = Vec<(i64, ChangeBatch)>;

impl Shared {
    /// See [`Lake::apply`](crate::Lake::apply).
    pub(crate) async fn apply(&self, transaction: Transaction) -> Result<()> {
        let _turn = self.turn.lock().await;
        self.drain_abandoned().await?;
        let after = {
            let state = self.state();
            state.check_whole()?;
            let (bytes, limit) = (state.hot_bytes(), self.config.hot_bytes);
            if bytes > limit {
                return Err(Error::HotTierFull { bytes, limit });
            }
            state.applied
        };
        let (stamp, changes) = Stamp::of(transaction);
        let mut grouped: BTreeMap<TableName, Placed> = BTreeMap::new();
        let mut seq = 0;
        for (table, batch) in changes {
            let first = seq;
            seq += i64::try_from(batch.ops.len()).expect("a batch has fewer than 2^63 rows");
            grouped.entry(table).or_default().push((first, batch));
        }
        let mut now = Vec::with_capacity(grouped.len());
        let mut later = Vec::new();
        for (table, batches) in grouped {
            if self.state().waits_for_copy(&table)? {
                later.push((table, batches));
                continue;
            }
            let has = self.has(&table, stamp.lsn)?;
            now.extend(self.ready(table, batches, &stamp, has).await?);
        }
        let mut state = self.state();
        for (table, batches) in later {
            state.wait(&table, &stamp, after, batches, self)?;
        }
        stage(&mut state, now, stamp.lsn, after)?;
        state.applied = state.applied.max(stamp.lsn);
        state.started = true;
        Ok(())
    }

    /// See [`Lake::advance`](crate::Lake::advance).
    pub(crate) async fn advance(&self, lsn: Lsn) {
        let _turn = self.turn.lock().await;
        let mut state = self.state();
        state.applied = state.applied.max(lsn);
        state.started = true;
    }

    /// Which halves of the table have the transaction that ends at `lsn`.
    pub(crate) fn has(&self, table: &TableName, lsn: Lsn) -> Result<Has> {
        let mut state = self.state();
        let entry = state.entry(table)?;
        let has = |at: Option<Lsn>| at.is_some_and(|at| at >= lsn);
        Ok(Has {
            current: has(entry.current.live.lsn),
            history: has(entry.history.live.lsn),
        })
    }

    /// Everything that can fail. Needs `turn`, so that positions stay true.
    pub(crate) async fn ready(
        &self,
        table: TableName,
        batches: Placed,
        stamp: &Stamp,
        has: Has,
    ) -> Result<Option<Ready>> {
        if has.current && has.history {
            return Ok(None);
        }
        let shape = self.state().entry(&table)?.shape.clone();
        let mut prepared: Prepared = shape.prepare(batches)?;
        if !prepared.unchanged.is_empty() {
            let holes = {
                let mut state = self.state();
                Holes::find(&prepared, &state.entry(&table)?.current.live, &table)?
            };
            holes.fill(&mut prepared, &self.store).await?;
        }
        let history = if has.history {
            None
        } else {
            let rows = prepared.history(stamp, &shape.history)?;
            Some(Staged {
                ops: vec![Op::Insert; rows.num_rows()],
                keys: None,
                rows,
            })
        };
        let current = if has.current {
            None
        } else {
            Some(prepared.staged()?)
        };
        Ok(Some(Ready {
            table,
            current,
            history,
        }))
    }

    /// Applies changes that waited for a copy which was given up while old content is served.
    pub(crate) async fn drain_abandoned(&self) -> Result<()> {
        let abandoned: Vec<_> = {
            let state = self.state();
            let left = state.tables.iter().filter(|(_, entry)| {
                !entry.copying
                    && !entry.renewing
                    && !entry.stash.is_empty()
                    && entry.lsn().is_some()
            });
            left.map(|(name, _)| name.clone()).collect()
        };
        for table in abandoned {
            while !self.drain(&table, usize::MAX).await? {}
        }
        Ok(())
    }

    /// Applies the changes of a table that waited; those it has already are skipped. Needs `turn`.
    /// `false`: the hot tier holds more than `bytes`; it goes on when called again.
    ///
    /// # Errors
    /// A change the table can't take: the others are forgotten, and the table must be copied anew.
    pub(crate) async fn drain(&self, table: &TableName, bytes: usize) -> Result<bool> {
        let drained = self.try_drain(table, bytes).await;
        if let Err(error) = &drained {
            let mut state = self.state();
            let entry = state.entry(table)?;
            entry.stash.clear();
            entry.stop(error);
        }
        drained
    }

    async fn try_drain(&self, table: &TableName, bytes: usize) -> Result<bool> {
        let mut before: Option<(Lsn, Has)> = None;
        loop {
            let (waiting, batch) = {
                let mut state = self.state();
                let full = state.hot_bytes() > bytes;
                let stash = &mut state.entry(table)?.stash;
                let Some(lsn) = stash.next_lsn()? else {
                    return Ok(true);
                };
                // Not amid a transaction: what is flushed then must be whole.
                if full && before.is_some_and(|(before, _)| before != lsn) {
                    return Ok(false);
                }
                stash.pop().expect("there is a next one")
            };
            let Waiting {
                lsn,
                committed_at,
                actor,
                via,
                first,
                after,
            } = waiting;
            let stamp = Stamp {
                lsn,
                at: committed_at,
                actor,
                via,
            };
            // Pieces of one transaction are in, or not, together.
            let has = match before {
                Some((known, has)) if known == lsn => has,
                _ => self.has(table, lsn)?,
            };
            before = Some((lsn, has));
            let ready = self
                .ready(table.clone(), vec![(first, batch)], &stamp, has)
                .await?;
            let mut state = self.state();
            stage(&mut state, ready, lsn, after)?;
            state.entry(table)?.stash.done()?;
        }
    }
}

impl State {
    /// Do changes of the table wait for its copy?
    pub(crate) fn waits_for_copy(&mut self, table: &TableName) -> Result<bool> {
        let entry = self.entry(table)?;
        Ok(entry.copying || entry.renewing || entry.lsn().is_none())
    }

    /// Keeps changes for the time after the copy.
    pub(crate) fn wait(
        &mut self,
        table: &TableName,
        stamp: &Stamp,
        after: Lsn,
        batches: Placed,
        lake: &Shared,
    ) -> Result<()> {
        let stash = &mut self.entry(table)?.stash;
        for (first, batch) in batches {
            let waiting = Waiting {
                lsn: stamp.lsn,
                committed_at: stamp.at,
                actor: stamp.actor.clone(),
                via: stamp.via.clone(),
                first,
                after,
            };
            stash.push(waiting, batch, &lake.config.spill_folder)?;
        }
        Ok(())
    }
}

fn stage(
    state: &mut State,
    ready: impl IntoIterator<Item = Ready>,
    lsn: Lsn,
    after: Lsn,
) -> Result<()> {
    for Ready {
        table,
        current,
        history,
    } in ready
    {
        let entry = state.entry(&table)?;
        if let Some(staged) = history {
            entry.history.live.stage(staged, lsn, after);
        }
        if let Some(staged) = current {
            entry.current.live.stage(staged, lsn, after);
        }
    }
    Ok(())
}
