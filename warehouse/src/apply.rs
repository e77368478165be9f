//! Takes transactions: prepares what can fail, then stages everything at once.

use std::collections::BTreeMap;

use crate::hot::fill::Holes;
use crate::hot::live::Staged;
use crate::hot::prepare::{Prepared, Stamp};
use crate::state::{Shared, Stashed};
use crate::{ChangeBatch, Error, Lsn, Op, Result, TableName, Transaction};

/// A table's changes, ready to be staged.
struct Ready {
    table: TableName,
    current: Option<Staged>,
    history: Option<Staged>,
}

impl Shared {
    /// See [`Lake::apply`](crate::Lake::apply).
    pub(crate) async fn apply(&self, transaction: Transaction) -> Result<()> {
        let _turn = self.turn.lock().await;
        self.drain_abandoned().await?;
        let after = {
            let state = self.state();
            let (bytes, limit) = (state.hot_bytes(), self.config.hot_bytes);
            if bytes > limit {
                return Err(Error::HotTierFull { bytes, limit });
            }
            state.applied
        };
        let lsn = transaction.lsn;
        let (now, later) = self.split(transaction, after)?;
        let ready = self.prepare(now).await?;
        let mut state = self.state();
        for (table, stashed) in later {
            state.entry(&table)?.stash.push(stashed);
        }
        drop(state);
        self.stage(ready, lsn, after)?;
        let mut state = self.state();
        state.applied = state.applied.max(lsn);
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

    /// Takes out the changes of tables that are being copied, or never were; they wait.
    fn split(
        &self,
        transaction: Transaction,
        after: Lsn,
    ) -> Result<(Transaction, Vec<(TableName, Stashed)>)> {
        let mut state = self.state();
        let Transaction {
            lsn,
            committed_at,
            actor,
            via,
            changes,
        } = transaction;
        let like = |changes| Transaction {
            lsn,
            committed_at,
            actor: actor.clone(),
            via: via.clone(),
            changes,
        };
        let mut now = Vec::new();
        let mut later: BTreeMap<TableName, Vec<(TableName, ChangeBatch)>> = BTreeMap::new();
        for (table, batch) in changes {
            let entry = state.entry(&table)?;
            if entry.copying || entry.lsn().is_none() {
                later.entry(table.clone()).or_default().push((table, batch));
            } else {
                now.push((table, batch));
            }
        }
        let later = later.into_iter().map(|(table, changes)| {
            (
                table,
                Stashed {
                    transaction: like(changes),
                    after,
                },
            )
        });
        let later = later.collect();
        Ok((like(now), later))
    }

    /// Everything that can fail. Needs `turn`, so that positions stay true.
    async fn prepare(&self, transaction: Transaction) -> Result<Vec<Ready>> {
        let Transaction {
            lsn,
            committed_at,
            actor,
            via,
            changes,
        } = transaction;
        let stamp = Stamp {
            lsn,
            at: committed_at,
            actor,
            via,
        };
        let mut grouped: BTreeMap<TableName, Vec<(i64, ChangeBatch)>> = BTreeMap::new();
        let mut seq = 0;
        for (table, batch) in changes {
            let first = seq;
            seq += i64::try_from(batch.ops.len()).expect("a batch has fewer than 2^63 rows");
            grouped.entry(table).or_default().push((first, batch));
        }
        let mut ready = Vec::with_capacity(grouped.len());
        for (table, batches) in grouped {
            let (shape, current_has, history_has) = {
                let mut state = self.state();
                let entry = state.entry(&table)?;
                let has = |at: Option<Lsn>| at.is_some_and(|at| at >= lsn);
                (
                    entry.shape.clone(),
                    has(entry.current.live.lsn),
                    has(entry.history.live.lsn),
                )
            };
            if current_has && history_has {
                continue;
            }
            let mut prepared: Prepared = shape.prepare(batches)?;
            if !prepared.unchanged.is_empty() {
                let holes = {
                    let mut state = self.state();
                    Holes::find(&prepared, &state.entry(&table)?.current.live, &table)?
                };
                holes.fill(&mut prepared, &self.store).await?;
            }
            let history = if history_has {
                None
            } else {
                let rows = prepared.history(&stamp, &shape.history)?;
                Some(Staged {
                    ops: vec![Op::Insert; rows.num_rows()],
                    keys: None,
                    rows,
                })
            };
            let current = if current_has {
                None
            } else {
                Some(prepared.staged()?)
            };
            ready.push(Ready {
                table,
                current,
                history,
            });
        }
        Ok(ready)
    }

    fn stage(&self, ready: Vec<Ready>, lsn: Lsn, after: Lsn) -> Result<()> {
        let mut state = self.state();
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

    /// Applies changes that waited for a copy which was given up while old content is served.
    async fn drain_abandoned(&self) -> Result<()> {
        let abandoned: Vec<_> = {
            let state = self.state();
            let left = state.tables.iter().filter(|(_, entry)| {
                !entry.copying && !entry.stash.is_empty() && entry.lsn().is_some()
            });
            left.map(|(name, _)| name.clone()).collect()
        };
        for table in abandoned {
            self.drain(&table).await?;
        }
        Ok(())
    }

    /// Applies the changes of a table that waited; those it has already are skipped. Needs `turn`.
    pub(crate) async fn drain(&self, table: &TableName) -> Result<()> {
        loop {
            let next = {
                let mut state = self.state();
                let first = state.entry(table)?.stash.first();
                first.map(|stashed| (stashed.transaction.clone(), stashed.after))
            };
            let Some((transaction, after)) = next else {
                return Ok(());
            };
            let lsn = transaction.lsn;
            let ready = self.prepare(transaction).await?;
            self.stage(ready, lsn, after)?;
            self.state().entry(table)?.stash.remove(0);
        }
    }
}
