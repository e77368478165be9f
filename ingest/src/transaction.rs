//! The transaction that is being received: its rows by table, its author.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::Path;

use basalt_warehouse::{ChangeBatch, Lsn, Spill, TableName, Transaction};
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
    /// Batches on local disk, which come before the sealed ones: each table's, with the place of
    /// their first change within the transaction.
    pub spilled: BTreeMap<usize, Spill<i64>>,
    next_place: i64,
    /// Memory of the sealed batches, and wire size of the rows in builders.
    resident: usize,
    buffered: usize,
    pub rows: u64,
    pub bytes: u64,
    /// Somebody waits for it to be visible.
    pub nudged: bool,
    /// Somebody waits for it to be in a manifest.
    pub manifest: bool,
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
            spilled: BTreeMap::new(),
            next_place: 0,
            resident: 0,
            buffered: 0,
            rows: 0,
            bytes: 0,
            nudged: false,
            manifest: false,
            lost: Vec::new(),
        }
    }

    /// Remembers that a table has rows in its builders.
    pub fn touch(&mut self, place: usize) {
        if !self.touched.contains(&place) {
            self.touched.push(place);
        }
    }

    /// A row of this size went to a builder.
    pub fn buffer(&mut self, bytes: usize) {
        self.buffered += bytes;
    }

    /// A builder with rows of this size became a batch.
    pub fn seal(&mut self, place: usize, wire_bytes: usize, batch: ChangeBatch) {
        self.rows += batch.ops.len() as u64;
        self.bytes += wire_bytes as u64;
        self.buffered = self.buffered.saturating_sub(wire_bytes);
        self.resident += batch.rows.get_array_memory_size();
        self.sealed.push((place, batch));
    }

    /// Memory held, in bytes.
    pub fn held(&self) -> usize {
        self.resident + self.buffered
    }

    pub fn spilled_bytes(&self) -> u64 {
        self.spilled.values().map(Spill::bytes).sum()
    }

    /// Moves the sealed batches to disk; on an error those that did not get there stay.
    pub fn spill(&mut self, folder: &Path) -> Result<(), basalt_warehouse::Error> {
        let mut moved = 0;
        let mut result = Ok(());
        for (place, batch) in &self.sealed {
            let spill = match self.spilled.entry(*place) {
                Entry::Occupied(spill) => Ok(spill.into_mut()),
                Entry::Vacant(none) => Spill::create(folder).map(|spill| none.insert(spill)),
            };
            result = spill.and_then(|spill| spill.push(self.next_place, batch.clone()));
            if result.is_err() {
                break;
            }
            self.next_place += i64::try_from(batch.ops.len()).expect("a batch is small");
            moved += 1;
        }
        for (_, batch) in self.sealed.drain(..moved) {
            let bytes = batch.rows.get_array_memory_size();
            self.resident = self.resident.saturating_sub(bytes);
        }
        result
    }

    /// Forgets the rows of a table.
    pub fn forget(&mut self, place: usize) {
        self.sealed.retain(|(owner, _)| *owner != place);
        self.touched.retain(|owner| *owner != place);
        self.spilled.remove(&place);
    }

    /// Counts values of a table that became null.
    pub fn unrepresentable(&mut self, place: usize, values: u64) {
        if values > 0 {
            self.lost.push((place, values));
        }
    }

    /// The committed transaction without its changes.
    pub fn head(&self, end: Lsn, commit_time_micros: i64) -> Transaction {
        Transaction {
            lsn: end,
            committed_at: instant(commit_time_micros),
            actor: self.author.actor.clone(),
            via: self.author.via.clone(),
            changes: Vec::new(),
        }
    }

    /// The committed transaction; `name` gives a table's name.
    pub fn commit(
        self,
        end: Lsn,
        commit_time_micros: i64,
        name: impl Fn(usize) -> TableName,
    ) -> Transaction {
        let head = self.head(end, commit_time_micros);
        let changes = self.sealed.into_iter();
        Transaction {
            changes: changes.map(|(table, batch)| (name(table), batch)).collect(),
            ..head
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
