//! Sessions of the stream: connecting, making sure of the server and the slot, connecting again.

use std::time::{Duration, Instant};

use basalt_warehouse::Lsn;
use pgwire_replication::{PgWireError, ReplicationClient};

use crate::error::{Error, Result, state_of};
use crate::lake::stop_asked;
use crate::publication::{self, Slot};
use crate::source::{PATIENCE, SourceIdentity, within};
use crate::status::Phase;
use crate::stream::Stream;

const SHORTEST_DELAY: Duration = Duration::from_millis(100);
const LONGEST_DELAY: Duration = Duration::from_secs(30);

impl Stream {
    /// Streams until stopped or beyond help. Connections that break are made again.
    pub(crate) async fn run(mut self) -> Result<()> {
        let result = self.sessions().await;
        if result.is_ok() || matches!(result, Err(Error::Stopped(_))) {
            // Copies have heard of it too; one that is being committed comes to its end.
            self.progress.outcomes.1.close();
            while self.progress.copies.join_next().await.is_some() {}
        }
        match result {
            Ok(()) | Err(Error::Stopped(_)) => {
                let flushed = self.lake.flush().await;
                self.status.set_phase(Phase::Stopped);
                let acknowledged = self.acknowledgeable();
                flushed?;
                if self.note(acknowledged).await {
                    self.status
                        .update(|status| status.acknowledged = acknowledged);
                    self.advance_slot(acknowledged).await;
                }
                Ok(())
            }
            Err(error) => {
                tracing::error!(%error, "capture has failed");
                self.status.set_phase(Phase::Failed(error.to_string()));
                Err(error)
            }
        }
    }

    async fn sessions(&mut self) -> Result<()> {
        let mut delay = SHORTEST_DELAY;
        loop {
            let before = self.progress.processed;
            let error = match Box::pin(self.session()).await {
                Ok(()) => return Ok(()),
                Err(error) if error.is_transient() => error,
                Err(error) => return Err(error),
            };
            self.progress.transaction = None;
            self.progress.counters.reconnects += 1;
            self.tables.forget_session();
            if self.progress.processed > before {
                delay = SHORTEST_DELAY;
            }
            let reason = format!("the source is away ({error}); trying again in {delay:?}");
            self.status.set_phase(Phase::Paused(reason));
            tokio::select! {
                () = tokio::time::sleep(delay) => {}
                () = stop_asked(&mut self.stopping) => return Ok(()),
            }
            delay = (delay * 2).min(LONGEST_DELAY);
        }
    }

    /// Connects, makes sure that it is the same server and that the slot is alive, and streams.
    async fn session(&mut self) -> Result<()> {
        // A new connection, because those of the pool may have broken unnoticed.
        let mut connection = self.source.connect().await?;
        let slot = publication::check_slot(&mut connection, &self.slot).await?;
        drop(connection);
        if let Slot::Lost { what, remains } = slot.trusted(self.progress.acknowledged) {
            Box::pin(self.begin_anew(what, remains)).await?;
        }
        for (place, reason) in std::mem::take(&mut self.progress.to_recopy) {
            Box::pin(self.recopy(place, reason)).await?;
        }

        let found = self.source.identify().await?;
        self.same_server(&found)?;
        if !Box::pin(self.drain_backlog()).await? {
            return self.publish().await;
        }
        let config = self
            .source
            .replication(&self.slot, &self.publication)
            .with_start_lsn(pgwire_replication::Lsn(self.progress.processed.0))
            .with_ack_lsn(pgwire_replication::Lsn(self.progress.acknowledged.0));
        let mut client = ReplicationClient::connect_gated(config).await?;
        let connect = async {
            let found = SourceIdentity::of(&mut client).await?;
            self.same_server(&found)?;
            client.start().await?;
            client
                .wait_started()
                .await
                .map_err(|error| self.refused_start(error))
        };
        within("starting the replication", PATIENCE, connect).await??;
        tracing::info!(slot = self.slot, from = %self.progress.processed, "streaming");
        self.progress.heard_at = Instant::now();
        self.steady();
        let result = self.stream(&mut client).await;
        if matches!(result, Ok(()) | Err(Error::Stopped(_))) {
            client.stop();
            // The slot is free for others once the session has ended.
            let _ = within("ending the replication", PATIENCE, client.shutdown()).await;
        }
        result
    }

    fn same_server(&self, found: &SourceIdentity) -> Result<()> {
        if *found == self.identity {
            return Ok(());
        }
        Err(Error::OtherServer {
            expected: self.identity.to_string(),
            found: found.to_string(),
        })
    }

    /// Leaves the slot free and at what is durable: else the next start would wait for it, or read
    /// more again. (A position below what the slot stands at is refused, which tells as much.)
    async fn advance_slot(&self, to: Lsn) {
        let advance = async {
            loop {
                let advanced =
                    sqlx::query("select pg_replication_slot_advance($1, $2::text::pg_lsn)")
                        .bind(&self.slot)
                        .bind(to.max(Lsn(1)).to_string())
                        .execute(&self.pool)
                        .await;
                match advanced {
                    // The server has not noticed yet that our session is over.
                    Err(sqlx::Error::Database(error))
                        if error.code().as_deref() == Some("55006") =>
                    {
                        tokio::time::sleep(Duration::from_millis(10)).await;
                    }
                    Err(error) => return tracing::debug!(%error, "the slot stays where it is"),
                    Ok(_) => return,
                }
            }
        };
        if let Err(error) = within("freeing the slot", PATIENCE, advance).await {
            tracing::warn!(%error, slot = self.slot, "the slot is still in use");
        }
    }

    /// A slot that went between our look at it and the start: it does not exist (42704), or was
    /// invalidated (55000).
    fn refused_start(&self, error: PgWireError) -> Error {
        match &error {
            PgWireError::Server(message)
                if matches!(state_of(message), Some("42704" | "55000")) =>
            {
                self.slot_lost(message.clone())
            }
            _ => error.into(),
        }
    }

    /// The same of a slot that is used through SQL.
    pub(crate) fn refused_slot(&self, error: sqlx::Error) -> Error {
        match &error {
            sqlx::Error::Database(refusal)
                if matches!(refusal.code().as_deref(), Some("42704" | "55000")) =>
            {
                self.slot_lost(refusal.message().to_owned())
            }
            _ => error.into(),
        }
    }

    pub(crate) fn slot_lost(&self, reason: String) -> Error {
        Error::SlotLost {
            slot: self.slot.clone(),
            reason,
        }
    }
}
