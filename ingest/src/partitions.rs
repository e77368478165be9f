//! Partitions that come and go as a whole, of which the stream says nothing.
//!
//! Dropped, detached, truncated or attached with rows in it, a partition changes the content of its
//! table without a row message. So the partitions are looked at from time to time, and compared with
//! a note in the lake. A table whose content changed like this is copied again; of a table whose older
//! rows the lake is to keep, only a partition that came with rows is a reason.
//!
//! A partition that was rewritten (`VACUUM FULL`, `CLUSTER`) looks as if it were truncated: the copy
//! then finds nothing to change.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use basalt_warehouse::{Lake, TableName};
use sqlx::{PgConnection, Row as _};

use crate::error::Result;
use crate::initial_copy::Outcome;
use crate::source::{PATIENCE, within};
use crate::stream::Stream;

/// The partitions with rows of a table: where each one's rows are kept, by its number.
pub(crate) type Leaves = BTreeMap<i64, Leaf>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Leaf {
    /// Changes when the partition is truncated.
    file: i64,
    empty: bool,
}

/// Reads the partitions of a table.
pub(crate) async fn leaves(connection: &mut PgConnection, table: u32) -> Result<Leaves> {
    let rows = sqlx::query(
        "select relid::oid::int8 as leaf, coalesce(pg_relation_filenode(relid), 0)::int8 as file,
                coalesce(pg_relation_size(relid), 0) = 0 as empty
           from pg_partition_tree($1::int8::oid::regclass) where isleaf",
    )
    .bind(i64::from(table))
    .fetch_all(connection)
    .await?;
    let leaf = |row: &sqlx::postgres::PgRow| Leaf {
        file: row.get("file"),
        empty: row.get("empty"),
    };
    Ok(rows
        .iter()
        .map(|row| (row.get("leaf"), leaf(row)))
        .collect())
}

/// What was noted last; none when nothing was.
pub(crate) async fn noted(
    lake: &Lake,
    table: &TableName,
) -> Result<Option<BTreeMap<i64, i64>>, basalt_warehouse::Error> {
    let note = lake.note(&name(table)).await?;
    Ok(note.and_then(|note| serde_json::from_str(&note).ok()))
}

/// Notes the partitions, from which the next look starts.
pub(crate) async fn note(
    lake: &Lake,
    table: &TableName,
    leaves: &Leaves,
) -> Result<(), basalt_warehouse::Error> {
    let files: BTreeMap<i64, i64> = leaves.iter().map(|(leaf, at)| (*leaf, at.file)).collect();
    let note = serde_json::to_string(&files).expect("numbers");
    lake.set_note(&name(table), &note).await
}

fn name(table: &TableName) -> String {
    format!("partitions/{table}")
}

/// Why the content of a table is not what the stream told; none when nothing happened.
pub(crate) fn difference(
    before: &BTreeMap<i64, i64>,
    now: &Leaves,
    retained: bool,
) -> Option<String> {
    let known: BTreeSet<_> = before.keys().collect();
    let came = now
        .iter()
        .any(|(leaf, at)| !at.empty && !known.contains(leaf));
    if came {
        return Some("a partition was attached with rows in it".into());
    }
    if retained {
        return None;
    }
    if before.keys().any(|leaf| !now.contains_key(leaf)) {
        return Some("a partition was dropped or detached".into());
    }
    now.iter()
        .any(|(leaf, at)| before.get(leaf).is_some_and(|file| *file != at.file))
        .then(|| "a partition was truncated or rewritten".into())
}

impl Stream {
    /// Looks at the publication and at the partitions of all tables, beside the stream.
    pub(crate) fn look_at_partitions(&mut self) {
        if self.progress.partitions_at.elapsed() < self.partition_check {
            return;
        }
        self.progress.partitions_at = Instant::now();
        self.look_at_publication();
        for place in self.tables.followed() {
            let followed = self.tables.get(place);
            if followed.captured.kind != b'p' || followed.copying_since.is_some() {
                continue;
            }
            let (table, oid) = (followed.name().clone(), followed.captured.oid);
            let retained = self.copier.retained.contains(&table);
            let (pool, lake) = (self.pool.clone(), self.lake.clone());
            let outcomes = self.progress.outcomes.0.clone();
            self.progress.copies.spawn(async move {
                let look = async {
                    let mut connection = pool.acquire().await?;
                    leaves(&mut connection, oid).await
                };
                let compared = async {
                    let now = within("looking at partitions", PATIENCE, look).await??;
                    let before = noted(&lake, &table).await?;
                    let Some(before) = before else {
                        note(&lake, &table, &now).await?;
                        return Ok(None);
                    };
                    let reason = difference(&before, &now, retained);
                    let same = now.len() == before.len()
                        && now
                            .iter()
                            .all(|(leaf, at)| before.get(leaf) == Some(&at.file));
                    if reason.is_none() && !same {
                        note(&lake, &table, &now).await?;
                    }
                    Ok::<_, crate::Error>(reason.map(|reason| (reason, now)))
                };
                match compared.await {
                    Ok(None) => {}
                    Ok(Some((reason, leaves))) => {
                        let _ = outcomes
                            .send(Outcome::Partitioned {
                                table,
                                reason,
                                leaves,
                            })
                            .await;
                    }
                    Err(error) => {
                        tracing::warn!(%table, %error, "the partitions can't be looked at");
                    }
                }
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happened_to_partitions() {
        let leaf = |file, empty| Leaf { file, empty };
        let before = BTreeMap::from([(1, 10), (2, 20)]);
        let same = Leaves::from([(1, leaf(10, false)), (2, leaf(20, true))]);
        assert_eq!(difference(&before, &same, false), None);
        let gone = Leaves::from([(1, leaf(10, false))]);
        assert!(
            difference(&before, &gone, false)
                .unwrap()
                .contains("dropped")
        );
        assert_eq!(difference(&before, &gone, true), None);
        let emptied = Leaves::from([(1, leaf(11, true)), (2, leaf(20, true))]);
        assert!(
            difference(&before, &emptied, false)
                .unwrap()
                .contains("truncated")
        );
        assert_eq!(difference(&before, &emptied, true), None);
        let mut grown = same.clone();
        grown.insert(3, leaf(30, true));
        assert_eq!(
            difference(&before, &grown, false),
            None,
            "it is still empty"
        );
        grown.insert(3, leaf(30, false));
        assert!(
            difference(&before, &grown, true)
                .unwrap()
                .contains("attached")
        );
    }
}
