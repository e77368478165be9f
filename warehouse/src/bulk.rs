//! A transaction of any size: taken piece by piece, long pieces straight into files, and neither
//! shown nor written to the logs before it is whole.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow::array::UInt32Array;
use arrow::compute::{SortColumn, lexsort_to_indices, take_record_batch};
use arrow::datatypes::SchemaRef;
use tokio::sync::OwnedMutexGuard;

use crate::apply::{Has, Ready};
use crate::delta::file::DataFile;
use crate::delta::write::FileWriter;
use crate::hot::keys::KeyCodec;
use crate::hot::live::Staged;
use crate::hot::prepare::Stamp;
use crate::state::{Entry, Shared, Side};
use crate::{ChangeBatch, Lsn, Result, TableName, Transaction, schema};

/// Shorter pieces stay in the hot tier, so that small tables get no small files.
const FILE_ROWS: usize = 8192;
const FILE_BYTES: usize = 1 << 20;

/// A large transaction on its way in. While it is there nothing else is applied, published or
/// flushed; dropped without [`Bulk::finish`] after a piece was taken, it leaves the lake
/// [`torn`](crate::Error::Torn), to be opened anew.
#[derive(Debug)]
pub struct Bulk {
    lake: Arc<Shared>,
    stamp: Stamp,
    after: Lsn,
    progress: Mutex<Progress>,
    flushing: OwnedMutexGuard<()>,
    turn: Option<OwnedMutexGuard<()>>,
}

#[derive(Debug, Default)]
struct Progress {
    /// Which halves had the transaction before its first piece.
    has: BTreeMap<TableName, Has>,
    touched: BTreeSet<TableName>,
    whole: bool,
}

/// Rows in a file that no commit names yet.
struct Filed {
    file: Arc<DataFile>,
    places: Vec<u32>,
}

impl Bulk {
    /// Waits for its turn. The changes of `transaction` itself are not looked at.
    pub(crate) async fn begin(lake: Arc<Shared>, transaction: Transaction) -> Result<Self> {
        let flushing = lake.flushing.clone().lock_owned().await;
        let turn = lake.turn.clone().lock_owned().await;
        lake.drain_abandoned().await?;
        let after = {
            let state = lake.state();
            state.check_whole()?;
            state.applied
        };
        let (stamp, _) = Stamp::of(transaction);
        Ok(Self {
            lake,
            stamp,
            after,
            progress: Mutex::default(),
            flushing,
            turn: Some(turn),
        })
    }

    /// Takes the next changes of one table, whole or (on error) not at all. `first` is the place of
    /// each batch's first change within the transaction. Pieces of different tables may come in any
    /// order. Holds about five times the memory of the piece.
    ///
    /// # Errors
    /// As [`Lake::apply`](crate::Lake::apply), but never [`Error::HotTierFull`](crate::Error::HotTierFull).
    pub async fn apply(&self, table: &TableName, piece: Vec<(i64, ChangeBatch)>) -> Result<()> {
        let lake = &self.lake;
        if lake.state().waits_for_copy(table)? {
            return lake
                .state()
                .wait(table, &self.stamp, self.after, piece, lake);
        }
        let known = self.progress().has.get(table).copied();
        let has = match known {
            Some(has) => has,
            None => lake.has(table, self.stamp.lsn)?,
        };
        let ready = lake.ready(table.clone(), piece, &self.stamp, has).await?;
        let Some(Ready {
            current, history, ..
        }) = ready
        else {
            return Ok(());
        };
        let history = match history {
            Some(staged) => Some((self.file(table, Side::History, &staged).await?, staged)),
            None => None,
        };
        let current = match current {
            Some(staged) => Some((self.file(table, Side::Current, &staged).await?, staged)),
            None => None,
        };
        let mut state = lake.state();
        let entry = state.entry(table)?;
        for (side, staged) in [(Side::History, history), (Side::Current, current)] {
            if let Some((filed, staged)) = staged {
                self.stage(entry, side, filed, staged);
            }
        }
        let mut progress = self.progress();
        progress.has.insert(table.clone(), has);
        progress.touched.insert(table.clone());
        Ok(())
    }

    /// The transaction is whole: it shows with the next publication, and is written at once. What
    /// can't be written now stays and is tried again by the next flush.
    pub async fn finish(mut self) {
        let touched = {
            let mut progress = self.progress();
            progress.whole = true;
            std::mem::take(&mut progress.touched)
        };
        {
            let mut state = self.lake.state();
            state.applied = state.applied.max(self.stamp.lsn);
            state.started = true;
        }
        self.turn = None;
        let flushed = self
            .lake
            .flush_tables(|table, _| touched.contains(table))
            .await;
        if let Err(error) = flushed {
            tracing::warn!(%error, lsn = %self.stamp.lsn, "a large transaction could not be written at once");
        }
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the rows of a long piece; none when it is short.
    async fn file(&self, table: &TableName, side: Side, staged: &Staged) -> Result<Option<Filed>> {
        let rows = &staged.rows;
        if rows.num_rows() < FILE_ROWS && rows.get_array_memory_size() < FILE_BYTES {
            return Ok(None);
        }
        let (schema, codec, writer) = {
            let mut state = self.lake.state();
            let half = state.entry(table)?.half(side);
            (
                half.live.schema.clone(),
                half.live.codec.clone(),
                half.disk.writer.clone(),
            )
        };
        write(rows.clone(), schema, codec, &writer).await.map(Some)
    }

    fn stage(&self, entry: &mut Entry, side: Side, filed: Option<Filed>, staged: Staged) {
        let live = &mut entry.half(side).live;
        let (lsn, after) = (self.stamp.lsn, self.after);
        match filed {
            None => live.stage(staged, lsn, after),
            Some(Filed { file, places }) => {
                let Staged { ops, keys, .. } = staged;
                live.stage_file(ops, keys.as_ref(), file, &places, lsn, after);
            }
        }
    }
}

impl Drop for Bulk {
    fn drop(&mut self) {
        let progress = self.progress();
        if !progress.whole && !progress.touched.is_empty() {
            self.lake.state().torn = true;
        }
        // Named here because they are held for their effect alone.
        let _ = (&self.flushing, &self.turn);
    }
}

/// Writes rows (in storage types) sorted by their key.
async fn write(
    rows: arrow::array::RecordBatch,
    schema: SchemaRef,
    codec: KeyCodec,
    writer: &FileWriter,
) -> Result<Filed> {
    let sorted = tokio::task::spawn_blocking(move || -> Result<_> {
        let rows = schema::cast_batch(&rows, &schema)?;
        let keys: Vec<_> = codec
            .columns()
            .iter()
            .map(|&column| SortColumn {
                values: rows.column(column).clone(),
                options: None,
            })
            .collect();
        let count = u32::try_from(rows.num_rows()).expect("a piece has fewer than 2^32 rows");
        if keys.is_empty() {
            return Ok((rows, (0..count).collect()));
        }
        let order: UInt32Array = lexsort_to_indices(&keys, None)?;
        let mut places = vec![0; rows.num_rows()];
        for (place, row) in (0..).zip(order.values()) {
            places[*row as usize] = place;
        }
        Ok((take_record_batch(&rows, &order)?, places))
    });
    let (rows, places): (_, Vec<u32>) = sorted.await??;
    Ok(Filed {
        file: Arc::new(writer.write(rows).await?),
        places,
    })
}
