//! Transactions larger than the memory budget: staged on local disk while they arrive, handed to
//! the lake piece by piece once they are whole.

use basalt_warehouse::{Bulk, ChangeBatch, Lsn, SpillReader, TableName};

use crate::error::{Error, Result};
use crate::lake::{patiently, table_of};
use crate::relation::conform;
use crate::stream::Stream;
use crate::transaction::OpenTransaction;

/// Of the memory budget, what a transaction may hold while it arrives,
const STAGED: usize = 2;
/// and what a piece may hold on its way to the lake, which needs about five times as much.
const PIECE: usize = 16;
/// Rows of a piece at most.
const PIECE_ROWS: usize = 1 << 18;

impl Stream {
    /// Has more arrived of the open transaction than memory is for?
    pub(crate) fn is_pressed(&mut self) -> bool {
        let transaction = self.progress.transaction.as_ref();
        let held = transaction.map_or(0, OpenTransaction::held);
        let peak = &mut self.progress.counters.peak_transaction_bytes;
        *peak = (*peak).max(held as u64);
        held > self.memory_budget / STAGED
    }

    /// Moves what has arrived of the open transaction to disk.
    pub(crate) async fn relieve(&mut self) -> Result<()> {
        let mut failed = Vec::new();
        let Some(mut transaction) = self.progress.transaction.take() else {
            return Ok(());
        };
        for place in std::mem::take(&mut transaction.touched) {
            if let Err(error) = self.tables.seal(place, &mut transaction) {
                failed.push((place, error));
            }
        }
        let spilled = self.spill(&mut transaction).await;
        self.progress.transaction = Some(transaction);
        spilled?;
        for (place, error) in failed {
            Box::pin(self.recopy(place, error.to_string())).await?;
        }
        Ok(())
    }

    /// Moves sealed batches to disk; waits while the disk is full.
    async fn spill(&mut self, transaction: &mut OpenTransaction) -> Result<()> {
        let before = transaction.spilled_bytes();
        patiently(&self.lake, &self.status, &mut self.stopping, || {
            std::future::ready(transaction.spill(&self.spill_folder))
        })
        .await?;
        let counters = &mut self.progress.counters;
        counters.spilled_bytes += transaction.spilled_bytes() - before;
        let spilled = counters.spilled_bytes;
        self.status
            .update(|status| status.counters.spilled_bytes = spilled);
        Ok(())
    }

    /// Hands a transaction of any size to the lake; a table the lake refuses is copied again.
    pub(crate) async fn apply_large(
        &mut self,
        mut transaction: OpenTransaction,
        end: Lsn,
        commit_time_micros: i64,
    ) -> Result<()> {
        self.spill(&mut transaction).await?;
        tracing::info!(
            lsn = %end,
            rows = transaction.rows,
            spilled_bytes = transaction.spilled_bytes(),
            "a transaction larger than the memory budget"
        );
        let spilled = std::mem::take(&mut transaction.spilled);
        let head = transaction.head(end, commit_time_micros);
        let bulk = patiently(&self.lake, &self.status, &mut self.stopping, || {
            self.lake.begin_bulk(head.clone())
        })
        .await?;
        let mut failed = Vec::new();
        for (place, spill) in spilled {
            let name = self.tables.get(place).name().clone();
            let reader = spill.read()?;
            match Box::pin(self.apply_pieces(&bulk, place, &name, reader)).await {
                Ok(()) => {}
                Err(Error::Lake(error)) if table_of(&error) == Some(&name) => {
                    failed.push((place, error.to_string()));
                }
                Err(Error::Malformed(error)) => failed.push((place, error.to_string())),
                Err(error) => return Err(error),
            }
        }
        bulk.finish().await;
        self.advance(end).await?;
        for (place, reason) in failed {
            Box::pin(self.recopy(place, reason)).await?;
        }
        Ok(())
    }

    async fn apply_pieces(
        &mut self,
        bulk: &Bulk,
        place: usize,
        name: &TableName,
        mut reader: SpillReader<i64>,
    ) -> Result<()> {
        let most = (self.memory_budget / PIECE).max(1) as u64;
        loop {
            let mut piece: Vec<(i64, ChangeBatch)> = Vec::new();
            let (mut bytes, mut rows) = (0, 0);
            while bytes < most && rows < PIECE_ROWS {
                let left = reader.left();
                let Some(next) = reader.next() else { break };
                let (first, batch) = next?;
                let batch = conform(batch, &self.tables.get(place).schema)?;
                bytes += left - reader.left();
                rows += batch.ops.len();
                piece.push((first, batch));
            }
            if piece.is_empty() {
                return Ok(());
            }
            let peak = &mut self.progress.counters.peak_transaction_bytes;
            *peak = (*peak).max(bytes);
            patiently(&self.lake, &self.status, &mut self.stopping, || {
                bulk.apply(name, piece.clone())
            })
            .await?;
        }
    }
}
