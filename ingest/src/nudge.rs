//! Nudges: a small transaction of our own through the log, so that the stream passes "now" at once.

use basalt_warehouse::Lsn;
use sqlx::PgPool;
use tokio::sync::{mpsc, oneshot};

use crate::error::{Error, Malformed, Result};
use crate::source::{PATIENCE, within};

/// Prefix of the message that asks for immediate publication.
pub(crate) const PREFIX: &str = "basalt.nudge";
/// Prefix of the message that asks for a manifest of everything until now.
pub(crate) const MANIFEST_PREFIX: &str = "basalt.manifest";
/// Prefix of the message that shows that the stream is alive.
pub(crate) const HEARTBEAT_PREFIX: &str = "basalt.heartbeat";

type Reply = oneshot::Sender<Result<Lsn, String>>;

/// Writes one nudge for all who wait when it begins.
#[derive(Debug, Clone)]
pub(crate) struct Nudger(mpsc::Sender<Reply>);

impl Nudger {
    /// Starts the task that writes; it ends with its last `Nudger`.
    pub fn start(pool: PgPool) -> Self {
        let (sender, mut waiting) = mpsc::channel::<Reply>(1024);
        tokio::spawn(async move {
            while let Some(first) = waiting.recv().await {
                // A nudge under way may have begun before a newcomer's change: it waits for the next.
                let mut replies = vec![first];
                while let Ok(next) = waiting.try_recv() {
                    replies.push(next);
                }
                let written = emit(&pool, PREFIX).await.map_err(|error| error.to_string());
                for reply in replies {
                    let _ = reply.send(written.clone());
                }
            }
        });
        Self(sender)
    }

    /// A position at or above everything committed before the call.
    pub async fn nudge(&self) -> Result<Lsn> {
        let (reply, answer) = oneshot::channel();
        let gone = || Error::Stopped(String::new());
        self.0.send(reply).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?.map_err(Error::Nudge)
    }
}

/// Asks whoever captures the database to bring everything committed until now into a manifest of its
/// lake; answers with the position that the manifest will have reached.
///
/// # Errors
/// The database can't be written.
pub async fn ask_manifest(pool: &PgPool) -> Result<Lsn> {
    emit(pool, MANIFEST_PREFIX).await
}

/// Writes a transactional message and returns the position just behind it: at or above the end of
/// every transaction committed before, below the end of the message's own.
///
/// The commit is flushed whatever the server's default, because only flushed log is streamed.
pub(crate) async fn emit(pool: &PgPool, prefix: &str) -> Result<Lsn> {
    let write = sqlx::query_scalar::<_, String>(
        "select pg_logical_emit_message(true, $1, '')::text
           from (select set_config('synchronous_commit', 'local', true)) as flushed",
    )
    .bind(prefix)
    .fetch_one(pool);
    let text = within("writing a logical message", PATIENCE, write).await??;
    text.parse()
        .map_err(|_| Malformed::new(format!("{text} as a position")).into())
}
