//! Changes of one table that wait for the end of its copy: in memory, and beyond a bound on disk.

use std::collections::VecDeque;
use std::path::Path;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::spill::{Spill, SpillReader};
use crate::{ChangeBatch, Lsn, Result};

/// Bytes a table may hold in memory.
const IN_MEMORY: usize = 8 << 20;

/// Which transaction waiting changes belong to, and their place in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Waiting {
    pub(crate) lsn: Lsn,
    pub(crate) committed_at: DateTime<Utc>,
    pub(crate) actor: Option<String>,
    pub(crate) via: Option<String>,
    /// The place of the first change within the transaction.
    pub(crate) first: i64,
    /// The last position before the transaction.
    pub(crate) after: Lsn,
}

/// A queue in commit order. What it holds is not durable.
#[derive(Debug, Default)]
pub(crate) struct Stash {
    /// The first of the queue, once it was looked at.
    next: Option<(Waiting, ChangeBatch)>,
    /// Then what is being read from disk, what was written there since, and what is in memory.
    reading: Option<SpillReader<Waiting>>,
    disk: Option<Spill<Waiting>>,
    memory: VecDeque<(Waiting, ChangeBatch)>,
    bytes: usize,
    /// The last position before the first change that is not in the table yet.
    after: Option<Lsn>,
    /// The last changes that came.
    last: Option<(Lsn, i64)>,
}

impl Stash {
    /// Appends changes, unless they are here already (a transaction that is applied again).
    ///
    /// # Errors
    /// [`Error::Spill`](crate::Error::Spill): the changes are not appended.
    pub(crate) fn push(
        &mut self,
        waiting: Waiting,
        batch: ChangeBatch,
        folder: &Path,
    ) -> Result<()> {
        let place = (waiting.lsn, waiting.first);
        if self.last.is_some_and(|last| last >= place) {
            return Ok(());
        }
        let bytes = batch.rows.get_array_memory_size();
        if self.bytes + bytes > IN_MEMORY {
            let disk = match &mut self.disk {
                Some(disk) => disk,
                none => none.insert(Spill::create(folder)?),
            };
            while let Some((waiting, batch)) = self.memory.front() {
                disk.push(waiting.clone(), batch.clone())?;
                self.memory.pop_front();
            }
            self.bytes = 0;
        }
        self.after.get_or_insert(waiting.after);
        self.last = Some(place);
        self.bytes += bytes;
        self.memory.push_back((waiting, batch));
        Ok(())
    }

    /// Nothing waits, and nothing is on its way into the table.
    pub(crate) fn is_empty(&self) -> bool {
        self.after.is_none()
    }

    /// The position up to which nothing waits here.
    pub(crate) fn undurable_after(&self) -> Option<Lsn> {
        self.after
    }

    /// Memory held, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The transaction of the first changes.
    pub(crate) fn next_lsn(&mut self) -> Result<Option<Lsn>> {
        while self.next.is_none() {
            if let Some(reading) = &mut self.reading {
                match reading.next() {
                    Some(next) => self.next = Some(next?),
                    None => self.reading = None,
                }
            } else if let Some(disk) = self.disk.take() {
                self.reading = Some(disk.read()?);
            } else if let Some(next) = self.memory.pop_front() {
                self.bytes -= next.1.rows.get_array_memory_size();
                self.next = Some(next);
            } else {
                break;
            }
        }
        Ok(self.next.as_ref().map(|(waiting, _)| waiting.lsn))
    }

    /// Takes the first changes, which [`Stash::next_lsn`] has found. They count as waiting until
    /// [`Stash::done`].
    pub(crate) fn pop(&mut self) -> Option<(Waiting, ChangeBatch)> {
        self.next.take()
    }

    /// What was taken is in the table.
    pub(crate) fn done(&mut self) -> Result<()> {
        self.next_lsn()?;
        self.after = self.next.as_ref().map(|(waiting, _)| waiting.after);
        Ok(())
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int64Array, RecordBatch};

    use super::*;
    use crate::Op;

    fn entry(lsn: u64, first: i64, rows: usize) -> (Waiting, ChangeBatch) {
        let ids: ArrayRef = Arc::new(Int64Array::from(vec![first; rows]));
        let waiting = Waiting {
            lsn: Lsn(lsn),
            committed_at: DateTime::UNIX_EPOCH,
            actor: None,
            via: None,
            first,
            after: Lsn(lsn - 1),
        };
        let batch = ChangeBatch {
            ops: vec![Op::Insert; rows],
            rows: RecordBatch::try_from_iter([("id", ids)]).unwrap(),
            unchanged: vec![],
        };
        (waiting, batch)
    }

    #[test]
    fn order_survives_the_way_over_disk_and_memory_is_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let mut stash = Stash::default();
        let push = |stash: &mut Stash, lsn: u64| {
            for first in 0..2 {
                let (waiting, batch) = entry(lsn, first, 100_000);
                stash.push(waiting, batch, folder.path()).unwrap();
            }
            assert!(stash.bytes() <= IN_MEMORY);
        };
        (1..=20).for_each(|lsn| push(&mut stash, lsn));
        // Applied again: nothing is doubled.
        push(&mut stash, 20);
        assert_eq!(stash.undurable_after(), Some(Lsn(0)));
        let mut seen = Vec::new();
        let mut late = 21..=40;
        while stash.next_lsn().unwrap().is_some() {
            let (waiting, batch) = stash.pop().unwrap();
            assert_eq!(batch.rows.num_rows(), 100_000);
            assert!(stash.undurable_after() < Some(waiting.lsn));
            seen.push((waiting.lsn.0, waiting.first));
            // What comes while it is emptied follows.
            late.next()
                .into_iter()
                .for_each(|lsn| push(&mut stash, lsn));
            stash.done().unwrap();
        }
        let all: Vec<_> = (1..=40).flat_map(|lsn| [(lsn, 0), (lsn, 1)]).collect();
        assert_eq!(seen, all);
        assert!(stash.is_empty());
    }
}
