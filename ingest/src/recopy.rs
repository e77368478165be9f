//! Copies that the stream asks for by itself: of a table that changed in a way that can't be
//! followed, of all tables when the slot is gone.
//!
//! What the lake has of a table is served until its copy is complete, and marked: in the status,
//! and durably in the lake, so that no end of the process makes anybody forget it.

use basalt_warehouse::Lsn;

use crate::acknowledged;
use crate::catalog;
use crate::error::{Error, Result};
use crate::initial_copy::{Outcome, Request};
use crate::lake::{patiently, table_of};
use crate::partitions;
use crate::pgoutput::RelationColumn;
use crate::publication;
use crate::source::{PATIENCE, within};
use crate::stream::Stream;

impl Stream {
    /// Copies a table anew while it is followed. When a copy is under way already, another follows.
    pub(crate) async fn recopy(&mut self, place: usize, reason: String) -> Result<()> {
        let name = self.tables.get(place).name().clone();
        if self.tables.get(place).failed {
            return Ok(());
        }
        tracing::error!(table = %name, reason, "the table is copied again");
        if let Some(transaction) = &mut self.progress.transaction {
            transaction.forget(place);
        }
        if self.lake.table_lsn(&name).is_some() {
            patiently(&self.lake, &self.status, &mut self.stopping, || {
                self.lake.mark_stale(&name, &reason)
            })
            .await?;
        }
        self.status.table(&name, |table| {
            table.done = false;
            table.stale = Some(reason.clone());
        });
        let followed = self.tables.get_mut(place);
        if followed.copying_since.is_some() {
            followed.again.get_or_insert(reason);
            return Ok(());
        }
        let read = async {
            let mut connection = self.pool.acquire().await?;
            let seen_at = catalog::position(&mut connection).await?;
            Ok::<_, Error>((seen_at, catalog::describe(&mut connection, &name).await?))
        };
        let (seen_at, captured) = match within("reading the catalog", PATIENCE, read).await? {
            Ok(found) => found,
            Err(error) if error.is_of_table() => return self.fail(place, error.to_string()).await,
            Err(error) => {
                // It is tried again with the next session, which announces the table anew.
                self.tables.get_mut(place).covered = true;
                self.progress.to_recopy.insert(place, reason);
                return Err(error);
            }
        };
        let begun = patiently(&self.lake, &self.status, &mut self.stopping, || {
            self.lake.begin_copy_as(&captured.def)
        })
        .await;
        let begun = match begun {
            Ok(begun) => begun,
            Err(Error::Lake(error)) if table_of(&error).is_some() => {
                return self.fail(place, error.to_string()).await;
            }
            Err(error) => return Err(error),
        };
        let since = self.progress.processed;
        self.tables
            .get_mut(place)
            .renew(captured.clone(), seen_at, since);
        self.copy(vec![Request {
            table: captured,
            begun: Some(begun),
        }]);
        self.steady();
        Ok(())
    }

    /// The columns of a table were announced while it is being copied.
    pub(crate) async fn relation_while_copying(
        &mut self,
        place: usize,
        oid: u32,
        columns: Vec<RelationColumn>,
    ) -> Result<()> {
        let now = self.progress.transaction.as_ref();
        let now = now.map_or(Lsn::ZERO, |transaction| transaction.commit_record);
        let followed = self.tables.get_mut(place);
        let same = followed.captured.oid == oid;
        if followed.take_relation(columns) && same {
            return Ok(());
        }
        followed.covered = true;
        if now < followed.seen_at {
            // The columns of before: these rows are in the copy.
            return Ok(());
        }
        self.recopy(place, "its columns changed while it was copied".into())
            .await
    }

    pub(crate) async fn copied(&mut self, outcome: Outcome) -> Result<()> {
        let (table, refused) = match outcome {
            Outcome::Copied { table } => (table, None),
            Outcome::Changed { table } => {
                let Some(place) = self.tables.place(&table) else {
                    return Ok(());
                };
                let followed = self.tables.get_mut(place);
                followed.copying_since = None;
                let reason = followed.again.take();
                let reason =
                    reason.unwrap_or_else(|| "its columns changed while it was copied".into());
                return self.recopy(place, reason).await;
            }
            Outcome::Partitioned {
                table,
                reason,
                leaves,
            } => {
                let Some(place) = self.tables.place(&table) else {
                    return Ok(());
                };
                if self.tables.get(place).copying_since.is_none() {
                    self.recopy(place, reason).await?;
                    // Only now: until the need for a copy is noted, the difference must stay visible.
                    patiently(&self.lake, &self.status, &mut self.stopping, || {
                        partitions::note(&self.lake, &table, &leaves)
                    })
                    .await?;
                }
                return Ok(());
            }
            Outcome::Absent { table } => return self.absent(&table).await,
            Outcome::Refused { table, reason } => (table, Some(reason)),
        };
        let Some(place) = self.tables.place(&table) else {
            return Ok(());
        };
        let followed = self.tables.get_mut(place);
        if followed.failed {
            return Ok(());
        }
        followed.copying_since = None;
        followed.after = self.lake.table_lsn(&table).unwrap_or_default();
        if let Some(reason) = followed.again.take() {
            return self.recopy(place, reason).await;
        }
        if let Some(reason) = refused {
            return self.fail(place, reason).await;
        }
        self.status.table(&table, |progress| {
            progress.done = true;
            progress.stale = None;
        });
        self.steady();
        self.publish().await
    }

    /// Begins with a new slot; every table is copied again, because changes are missing.
    pub(crate) async fn begin_anew(&mut self, what: &str, remains: bool) -> Result<()> {
        let after = self.progress.processed;
        let reason = format!(
            "replication slot {} {what}: changes after {after} are missing",
            self.slot
        );
        // Noted before there is a new slot: whatever happens from here on, nobody forgets it.
        for place in self.tables.followed() {
            let name = self.tables.get(place).name().clone();
            if self.lake.table_lsn(&name).is_some() {
                patiently(&self.lake, &self.status, &mut self.stopping, || {
                    self.lake.mark_stale(&name, &reason)
                })
                .await?;
            }
        }
        let mut connection =
            within("connecting to the source", PATIENCE, self.pool.acquire()).await??;
        if remains {
            publication::drop_slot(&mut connection, &self.slot).await?;
        }
        let at = publication::create_slot(&mut connection, &self.slot).await?;
        drop(connection);
        patiently(&self.lake, &self.status, &mut self.stopping, || {
            acknowledged::note(&self.lake, &self.slot, &self.identity, at)
        })
        .await?;
        self.progress.acknowledged = at;
        self.progress.counters.resyncs += 1;
        self.status.update(|status| status.acknowledged = at);
        for place in self.tables.followed() {
            Box::pin(self.recopy(place, reason.clone())).await?;
        }
        Ok(())
    }
}
