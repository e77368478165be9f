//! Another way through a large backlog: the slot read through SQL, in pieces.
//!
//! A replication session sends one small packet a row, `COPY` of what
//! `pg_logical_slot_peek_binary_changes` returns comes in large ones; what that is worth is in
//! `benches/RESULTS.md`. Peeking changes nothing in the slot, so a piece is first made durable, noted,
//! and only then is the slot advanced: an end of the process at any point means that the piece is read
//! again, which the lake skips. A piece ends with a whole transaction. The rest, once it is small, is
//! left to the stream.

use basalt_warehouse::Lsn;
use bytes::{Buf, BytesMut};
use futures::TryStreamExt as _;

use crate::error::{Malformed, Result};
use crate::lake::{patiently, stop_asked};
use crate::source::{PATIENCE, within};
use crate::sql;
use crate::stream::Stream;

/// Signature, flags, and the length of the header's extension, which is never used.
const HEADER: usize = 19;

impl Stream {
    /// Reads through the backlog as long as it is large; `false`: the capture is to end.
    pub(crate) async fn drain_backlog(&mut self) -> Result<bool> {
        loop {
            let (behind, now) = self.behind().await?;
            if behind <= self.backlog_bytes {
                return Ok(true);
            }
            tracing::info!(behind, "reading the backlog through SQL");
            let before = self.progress.processed;
            let Some(changes) = Box::pin(self.peek(now)).await? else {
                return Ok(false);
            };
            self.progress.counters.backlog_pieces += 1;
            self.progress.counters.backlog_changes += changes;
            if changes < self.backlog_changes && now > self.progress.processed {
                // It ended because there was no more.
                self.advance(now).await?;
            }
            self.publish().await?;
            while let Ok(outcome) = self.progress.outcomes.1.try_recv() {
                self.copied(outcome).await?;
            }
            if !self.move_slot().await? || self.progress.processed == before {
                return Ok(true);
            }
        }
    }

    /// Bytes of log between the slot and now, and the position of now.
    async fn behind(&self) -> Result<(u64, Lsn)> {
        let ask = sqlx::query_as::<_, (i64, String)>(
            "select (pg_current_wal_flush_lsn() - confirmed_flush_lsn)::int8, pg_current_wal_flush_lsn()::text
               from pg_replication_slots where slot_name = $1",
        )
        .bind(&self.slot)
        .fetch_optional(&self.pool);
        let found = within("looking at the backlog", PATIENCE, ask).await??;
        let (behind, now) = found.ok_or_else(|| self.slot_lost("it does not exist".to_owned()))?;
        let now = now
            .parse()
            .map_err(|_| Malformed::new(format!("{now} as a position")))?;
        Ok((u64::try_from(behind).unwrap_or(0), now))
    }

    /// Takes the next changes up to `now`; their number, or `None` when the capture is to end.
    async fn peek(&mut self, now: Lsn) -> Result<Option<u64>> {
        // A new session of the plugin: it announces every table anew.
        self.progress.transaction = None;
        self.tables.forget_session();
        let statement = format!(
            "COPY (SELECT data FROM pg_logical_slot_peek_binary_changes({}, {}::pg_lsn, {}, 'proto_version', '1', 'publication_names', {}, 'binary', 'true', 'messages', 'true')) TO STDOUT (FORMAT binary)",
            sql::literal(&self.slot),
            sql::literal(&now.to_string()),
            self.backlog_changes,
            sql::literal(&sql::identifier(&self.publication)),
        );
        let mut connection = self.source.connect().await?;
        let prepare = sqlx::raw_sql("SET statement_timeout = 0; SET work_mem = '64MB'")
            .execute(&mut connection);
        within("preparing to read the backlog", PATIENCE, prepare).await??;
        let mut stopping = self.stopping.clone();
        let mut chunks = Box::pin(connection.copy_out_raw(&statement))
            .await
            .map_err(|error| self.refused_slot(error))?;
        let mut buffer = BytesMut::new();
        let mut header = false;
        let mut changes = 0;
        loop {
            let chunk = tokio::select! {
                biased;
                () = stop_asked(&mut stopping) => return Ok(None),
                chunk = chunks.try_next() => chunk.map_err(|error| self.refused_slot(error))?,
            };
            let Some(chunk) = chunk else {
                return Err(Malformed::new("a copy without its end").into());
            };
            buffer.extend_from_slice(&chunk);
            if !header {
                if buffer.len() < HEADER {
                    continue;
                }
                buffer.advance(HEADER);
                header = true;
            }
            loop {
                match next_value(&mut buffer)? {
                    Value::Cut => break,
                    Value::End => return Ok(Some(changes)),
                    Value::Bytes(message) => {
                        changes += 1;
                        self.raw(&message).await?;
                    }
                }
            }
        }
    }

    /// Makes what was taken durable and moves the slot behind it; `false`: it can't be moved yet,
    /// because a copy needs what comes behind it.
    async fn move_slot(&mut self) -> Result<bool> {
        patiently(&self.lake, &self.status, &mut self.stopping, || {
            self.lake.flush()
        })
        .await?;
        let acknowledged = self.acknowledgeable();
        if acknowledged <= self.progress.acknowledged || !self.note(acknowledged).await {
            return Ok(false);
        }
        self.progress.acknowledged = acknowledged;
        self.status
            .update(|status| status.acknowledged = acknowledged);
        sqlx::query("select pg_replication_slot_advance($1, $2::text::pg_lsn)")
            .bind(&self.slot)
            .bind(acknowledged.to_string())
            .execute(&self.pool)
            .await
            .map_err(|error| self.refused_slot(error))?;
        Ok(true)
    }
}

/// What comes next in a copy of one `bytea` column.
enum Value {
    /// More has to come first.
    Cut,
    End,
    Bytes(bytes::Bytes),
}

fn next_value(buffer: &mut BytesMut) -> Result<Value, Malformed> {
    let Some(fields) = buffer.get(..2) else {
        return Ok(Value::Cut);
    };
    match i16::from_be_bytes([fields[0], fields[1]]) {
        -1 => return Ok(Value::End),
        1 => {}
        other => return Err(Malformed::new(format!("a copied row of {other} columns"))),
    }
    let Some(length) = buffer.get(2..6) else {
        return Ok(Value::Cut);
    };
    let length = i32::from_be_bytes([length[0], length[1], length[2], length[3]]);
    let length = usize::try_from(length).map_err(|_| Malformed::new("a change without content"))?;
    if buffer.len() < 6 + length {
        buffer.reserve(6 + length - buffer.len());
        return Ok(Value::Cut);
    }
    buffer.advance(6);
    Ok(Value::Bytes(buffer.split_to(length).freeze()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_however_the_bytes_are_cut() {
        let mut bytes = Vec::new();
        for value in ["one", "", "three"] {
            bytes.extend(1_i16.to_be_bytes());
            bytes.extend(i32::try_from(value.len()).unwrap().to_be_bytes());
            bytes.extend(value.as_bytes());
        }
        bytes.extend((-1_i16).to_be_bytes());
        for size in 1..bytes.len() {
            let mut buffer = BytesMut::new();
            let mut found = Vec::new();
            let mut ended = false;
            for part in bytes.chunks(size) {
                buffer.extend_from_slice(part);
                loop {
                    match next_value(&mut buffer).unwrap() {
                        Value::Cut => break,
                        Value::End => {
                            ended = true;
                            break;
                        }
                        Value::Bytes(value) => found.push(value),
                    }
                }
            }
            assert_eq!(found, ["one", "", "three"]);
            assert!(ended);
        }
    }
}
