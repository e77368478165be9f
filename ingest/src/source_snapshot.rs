//! A view of the source at one known LSN that several sessions share.

use basalt_warehouse::Lsn;
use chrono::{DateTime, Utc};
use pgwire_replication::ReplicationClient;
use sqlx::{AssertSqlSafe, PgConnection};

use crate::error::{Malformed, Result};
use crate::publication::SLOT_PATIENCE;
use crate::source::{PATIENCE, Source, within};
use crate::sql;

/// A consistent view of the source at a known position.
pub(crate) struct SourceSnapshot {
    name: String,
    pub at: Lsn,
    pub taken_at: DateTime<Utc>,
    /// The session that exports the snapshot, until every reader has it.
    pub exporter: ReplicationClient,
}

impl SourceSnapshot {
    /// A temporary slot is the only way to a snapshot whose LSN is known exactly.
    pub async fn export(source: &Source) -> Result<Self> {
        let slot = format!("basalt_copy_{:016x}", unique());
        let mut exporter =
            ReplicationClient::connect_gated(source.replication(&slot, "unused")).await?;
        let command = format!(
            "CREATE_REPLICATION_SLOT \"{slot}\" TEMPORARY LOGICAL pgoutput EXPORT_SNAPSHOT"
        );
        let what = "taking a snapshot (it waits for transactions that are still writing)";
        let rows = within(what, SLOT_PATIENCE, exporter.simple_query(&command)).await??;
        let text = |column: usize| -> Result<String> {
            let value = rows
                .first()
                .and_then(|row| row.get(column))
                .and_then(Option::as_ref);
            let value = value.ok_or_else(|| Malformed::new("a new slot without its position"))?;
            Ok(String::from_utf8_lossy(value).into_owned())
        };
        let at = text(1)?;
        let at = at
            .parse()
            .map_err(|_| Malformed::new(format!("{at} as a position")))?;
        Ok(Self {
            name: text(2)?,
            at,
            taken_at: Utc::now(),
            exporter,
        })
    }

    /// The name by which others enter it, as long as the exporter lives.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A session that sees the snapshot.
    pub async fn reader(&self, source: &Source) -> Result<PgConnection> {
        let mut connection = source.connect().await?;
        let begin = format!(
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT {};
             SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0;
             SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL row_security = off",
            sql::literal(&self.name)
        );
        let begin = sqlx::raw_sql(AssertSqlSafe(begin)).execute(&mut connection);
        within("entering the snapshot", PATIENCE, begin).await??;
        Ok(connection)
    }
}

/// A number no other copy on the server uses at the same time.
fn unique() -> u64 {
    use std::hash::{BuildHasher as _, RandomState};
    RandomState::new().hash_one(std::process::id())
}
