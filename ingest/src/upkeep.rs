//! What the stream looks after from time to time: acknowledgement, heartbeats, tables given up.

use std::time::{Duration, Instant};

use basalt_warehouse::{Lsn, TableName};
use pgwire_replication::ReplicationClient;

use crate::acknowledged;
use crate::error::{Error, Result};
use crate::nudge;
use crate::publication;
use crate::source::{PATIENCE, within};
use crate::stream::Stream;

/// Positions are noted, and then acknowledged, no more often.
const NOTES: Duration = Duration::from_millis(500);

impl Stream {
    /// What the source may forget.
    pub(crate) fn acknowledgeable(&self) -> Lsn {
        if !self.progress.to_unpublish.is_empty() {
            return self.progress.acknowledged;
        }
        let durable = self.lake.durable_lsn().min(self.progress.processed);
        let needed = self.tables.needed_by_copies().unwrap_or(durable);
        durable.min(needed).max(self.progress.acknowledged)
    }

    /// Done every now and then while the stream runs.
    pub(crate) async fn housekeep(&mut self, client: &ReplicationClient) -> Result<()> {
        for table in self.progress.to_unpublish.clone() {
            self.unpublish(&table).await;
        }
        let acknowledged = self.acknowledgeable();
        if acknowledged > self.progress.acknowledged
            && self.progress.noted_at.elapsed() >= NOTES
            && self.note(acknowledged).await
        {
            self.progress.acknowledged = acknowledged;
            // Said before it is done: what the server has confirmed is never more than we show.
            self.status
                .update(|status| status.acknowledged = acknowledged);
            client.update_applied_lsn(pgwire_replication::Lsn(acknowledged.0));
        }
        self.mend_stopped().await?;
        self.look_at_partitions();
        let silent = self.progress.heard_at.elapsed();
        if silent >= self.stall_after {
            let after = self.stall_after;
            self.progress.counters.stalls += 1;
            return Err(Error::Timeout {
                what: "a sign of life from the source".into(),
                after,
            });
        }
        if silent >= self.heartbeat && self.progress.heartbeat_at.elapsed() >= self.heartbeat {
            self.progress.heartbeat_at = Instant::now();
            let pool = self.pool.clone();
            self.progress.copies.spawn(async move {
                if let Err(error) = nudge::emit(&pool, nudge::HEARTBEAT_PREFIX).await {
                    tracing::warn!(%error, "no heartbeat could be written");
                }
            });
        }
        while self.progress.copies.try_join_next().is_some() {}
        Ok(())
    }

    /// Notes a position that is about to be acknowledged; not acknowledged before it is noted.
    pub(crate) async fn note(&mut self, acknowledged: Lsn) -> bool {
        self.progress.noted_at = Instant::now();
        let noted = acknowledged::note(&self.lake, &self.slot, &self.identity, acknowledged).await;
        if let Err(error) = &noted {
            self.status.warn(Some(format!(
                "the lake takes no note, so the source keeps its log: {error}"
            )));
        }
        noted.is_ok()
    }

    /// Tables that the lake has stopped writing are copied anew.
    async fn mend_stopped(&mut self) -> Result<()> {
        for table in self.lake.status() {
            let Some(place) = self.tables.place(&table.name) else {
                continue;
            };
            let followed = self.tables.get(place);
            if table.stopped && !followed.failed && followed.copying_since.is_none() {
                let reason = table.error.unwrap_or_else(|| "the lake stopped it".into());
                Box::pin(self.recopy(place, reason)).await?;
            }
        }
        Ok(())
    }

    /// Gives a table up and takes it out of the publication, which also marks it for later starts.
    pub(crate) async fn fail(&mut self, place: usize, reason: String) -> Result<()> {
        let name = self.tables.get(place).name().clone();
        tracing::error!(table = %name, reason, "the table is no longer captured");
        self.tables.fail(place, self.progress.transaction.as_mut());
        self.status.table(&name, |table| {
            table.done = false;
            table.error = Some(reason);
        });
        self.steady();
        self.progress.to_unpublish.insert(name.clone());
        self.unpublish(&name).await;
        Ok(())
    }

    async fn unpublish(&mut self, table: &TableName) {
        let work = async {
            let mut connection = self.pool.acquire().await?;
            publication::remove(&mut connection, &self.publication, table).await
        };
        match within("changing the publication", PATIENCE, work).await.and_then(|done| done) {
            Ok(()) => {
                self.progress.to_unpublish.remove(table);
            }
            Err(error) => self.status.warn(Some(format!(
                "{table} can't be taken out of the publication, so the source keeps its log: {error}"
            ))),
        }
    }
}
