//! Who is alive. A sender holds a session lock in the database under its number; the lock goes with
//! the connection, so a killed sender is known to be dead at once, without clocks and time-outs.

use sqlx::{ConnectOptions as _, PgConnection, PgPool};
use tokio::sync::Mutex;

use crate::error::Result;
use crate::ledger::MessageEvent;

/// First half of the lock's key: "a sender of messages".
const LOCK_CLASS: i32 = 0x000B_5A17;

/// The life sign of one sender process.
#[derive(Debug)]
pub(super) struct Lease {
    pool: PgPool,
    held: Mutex<Option<Held>>,
}

#[derive(Debug)]
struct Held {
    /// Outside the pool: dropping it closes it, and with it the lock.
    connection: PgConnection,
    number: i32,
}

impl Lease {
    pub(super) fn new(pool: PgPool) -> Self {
        Self {
            pool,
            held: Mutex::new(None),
        }
    }

    /// The number under which this sender is alive now. A lost connection means a new number:
    /// what was claimed under the old one may already have been given up by others.
    pub(super) async fn number(&self) -> Result<i32> {
        let mut held = self.held.lock().await;
        if let Some(held) = held.as_mut()
            && sqlx::query("select 1")
                .execute(&mut held.connection)
                .await
                .is_ok()
        {
            return Ok(held.number);
        }
        *held = None;
        let mut connection = self.pool.connect_options().connect().await?;
        loop {
            let number: i32 = rand::random();
            let ours: bool = sqlx::query_scalar("select pg_try_advisory_lock($1, $2)")
                .bind(LOCK_CLASS)
                .bind(number)
                .fetch_one(&mut connection)
                .await?;
            if ours {
                *held = Some(Held { connection, number });
                return Ok(number);
            }
        }
    }
}

/// Marks what dead senders held as unknown: it may have been handed over. Returns how many.
pub(super) async fn recover(connection: &mut PgConnection) -> Result<u64> {
    // A claim whose lock can be had belongs to nobody. The lock is given back at the end of the
    // transaction; a claim that another recovery holds is left to it.
    let lost = sqlx::query(
        "with claim as materialized (
             select id, sender, message_ids from sys.send_claim for update skip locked),
         dead as materialized (
             select id, message_ids from claim where pg_try_advisory_xact_lock($1, sender)),
         gone as (delete from sys.send_claim where id in (select id from dead))
         update crm.message m set state = 'unknown', reason = 'the sender was lost while the message was on its way'
         from (select unnest(message_ids) as id from dead) lost
         where m.id = lost.id and m.state = 'claimed' and m.state = any($2)",
    )
    .bind(LOCK_CLASS)
    .bind(MessageEvent::Lose.origins())
    .execute(connection)
    .await?
    .rows_affected();
    if lost > 0 {
        tracing::warn!(messages = lost, "messages of a lost sender are in doubt");
    }
    Ok(lost)
}
