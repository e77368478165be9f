//! Carries erasures out in the lake: what was erased from the records, until it is gone from every file.

use std::{sync::Arc, time::Duration};

use arrow::array::{ArrayRef, Int64Array, RecordBatch};
use basalt_ingest::CaptureHandle;
use basalt_oltp::{
    Db,
    erasure::{self, Erasure, Part},
};
use basalt_warehouse::{Lake, TableName};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// What failed is tried again after this.
const AGAIN: Duration = Duration::from_secs(30);
/// The lake must have seen the records without the values before it rewrites its files.
const PATIENCE: Duration = Duration::from_secs(300);

pub(super) struct Erasures {
    pub(super) db: Db,
    pub(super) lake: Lake,
    pub(super) capture: Arc<CaptureHandle>,
    /// Told when there is one more.
    pub(super) asked: Arc<Notify>,
}

impl Erasures {
    pub(super) async fn run(self, stop: CancellationToken) {
        loop {
            let open = match erasure::open(&self.db).await {
                Ok(open) => open,
                Err(error) => {
                    tracing::warn!(%error, "the list of erasures can't be read; tried again");
                    Vec::new()
                }
            };
            for erasure in open {
                // Not cut off: what was begun is on the lake's own list, and is finished.
                if stop.is_cancelled() {
                    return;
                }
                self.attempt(&erasure).await;
            }
            let more = async {
                tokio::select! {
                    () = self.asked.notified() => {}
                    () = tokio::time::sleep(AGAIN) => {}
                }
            };
            if stop.run_until_cancelled(more).await.is_none() {
                return;
            }
        }
    }

    async fn attempt(&self, erasure: &Erasure) {
        let id = erasure.id;
        let failed = match self.carry_out(erasure).await {
            Ok(()) => {
                tracing::info!(id, "an erasure was carried out");
                return;
            }
            Err(error) => error.to_string(),
        };
        tracing::warn!(id, error = %failed, "an erasure could not be carried out yet; tried again");
        if let Err(error) = erasure::note_error(&self.db, id, &failed).await {
            tracing::warn!(id, %error, "why an erasure failed can't be noted");
        }
    }

    async fn carry_out(&self, erasure: &Erasure) -> anyhow::Result<()> {
        let done = usize::try_from(erasure.parts_done).unwrap_or_default();
        for (number, part) in erasure.parts.iter().enumerate().skip(done) {
            self.capture.caught_up(PATIENCE).await?;
            self.erase(part).await?;
            erasure::send_again(&self.db, part).await?;
            erasure::note_done(&self.db, erasure.id, i32::try_from(number + 1)?).await?;
        }
        Ok(())
    }

    async fn erase(&self, part: &Part) -> anyhow::Result<()> {
        let ids: ArrayRef = Arc::new(Int64Array::from(part.ids.clone()));
        let keys = RecordBatch::try_from_iter([("id", ids)])?;
        let columns: Vec<&str> = part.columns.iter().map(String::as_str).collect();
        let table = TableName::new("crm", part.table.as_str());
        self.lake.erase(&table, &keys, &columns).await?;
        Ok(())
    }
}
