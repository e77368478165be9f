//! The transaction that is being received: its rows by table, its author.

use basalt_warehouse::{ChangeBatch, Lsn, TableName, Transaction};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;

/// Prefix of the logical message that names who did it: `{"actor": "user:7", "via": "api"}`.
pub(crate) const ACTOR_PREFIX: &str = "basalt.actor";

/// Rows or bytes after which a table's builders are sealed into a batch.
pub(crate) const SEAL_ROWS: usize = 8192;
pub(crate) const SEAL_BYTES: usize = 4 << 20;

/// A transaction between its `Begin` and its `Commit`.
#[derive(Debug)]
pub(crate) struct OpenTransaction {
    /// Where its commit record begins; a position at or above a table's start means that it is new.
    pub commit_record: Lsn,
    pub author: Author,
    /// Tables with rows in their builders, in order of first change.
    pub touched: Vec<usize>,
    /// Batches sealed before the end, by table.
    pub sealed: Vec<(usize, ChangeBatch)>,
    pub rows: u64,
    pub bytes: u64,
    /// Somebody waits for it to be visible.
    pub nudged: bool,
    /// Values that became null, by table.
    pub lost: Vec<(usize, u64)>,
}

/// Who changed the rows, and by which door.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Author {
    pub actor: Option<String>,
    pub via: Option<String>,
}

impl Author {
    /// Reads the content of an actor message; what isn't JSON of that form names nobody.
    pub fn parse(content: &[u8]) -> Self {
        serde_json::from_slice(content).unwrap_or_else(|error| {
            tracing::warn!(%error, "an unreadable {ACTOR_PREFIX} message");
            Self::default()
        })
    }
}

impl OpenTransaction {
    pub fn new(commit_record: Lsn) -> Self {
        Self {
            commit_record,
            author: Author::default(),
            touched: Vec::new(),
            sealed: Vec::new(),
            rows: 0,
            bytes: 0,
            nudged: false,
            lost: Vec::new(),
        }
    }

    /// Remembers that a table has rows in its builders.
    pub fn touch(&mut self, place: usize) {
        if !self.touched.contains(&place) {
            self.touched.push(place);
        }
    }

    /// Counts values of a table that became null.
    pub fn unrepresentable(&mut self, place: usize, values: u64) {
        if values > 0 {
            self.lost.push((place, values));
        }
    }

    /// The committed transaction; `name` gives a table's name.
    pub fn commit(
        self,
        end: Lsn,
        commit_time_micros: i64,
        name: impl Fn(usize) -> TableName,
    ) -> Transaction {
        Transaction {
            lsn: end,
            committed_at: instant(commit_time_micros),
            actor: self.author.actor,
            via: self.author.via,
            changes: self
                .sealed
                .into_iter()
                .map(|(table, batch)| (name(table), batch))
                .collect(),
        }
    }
}

/// An instant from microseconds since 2000-01-01, as the stream counts.
fn instant(micros: i64) -> DateTime<Utc> {
    let epoch = DateTime::UNIX_EPOCH + TimeDelta::days(10_957);
    epoch
        .checked_add_signed(TimeDelta::microseconds(micros))
        .unwrap_or(epoch)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authors_are_read_from_their_message() {
        let author = Author::parse(br#"{"actor":"user:7","via":"api","more":1}"#);
        assert_eq!(author.actor.as_deref(), Some("user:7"));
        assert_eq!(author.via.as_deref(), Some("api"));
        assert_eq!(Author::parse(b"nonsense"), Author::default());
    }

    #[test]
    fn the_stream_counts_from_2000() {
        assert_eq!(instant(0).to_rfc3339(), "2000-01-01T00:00:00+00:00");
        assert_eq!(
            instant(-1_000_000).to_rfc3339(),
            "1999-12-31T23:59:59+00:00"
        );
    }
}
