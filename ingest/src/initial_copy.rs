//! The initial copy: tables as they were at one LSN, read by several sessions at once.
//!
//! A temporary slot gives a consistent point and exports its snapshot; the readers share that
//! snapshot and take ranges of pages (`ctid`) as `COPY … BINARY`. The main slot is older, so every
//! change behind the point also comes by the stream; the lake keeps those back until the copy is
//! complete and drops the ones at or below the point. Nothing is kept of an interrupted copy: a
//! table is either complete at its point or begins again.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arrow::array::RecordBatch;
use basalt_warehouse::{CopyWriter, Lake, TableName};
use chrono::Utc;
use futures::TryStreamExt as _;
use sqlx::PgConnection;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::catalog::{self, CapturedTable};
use crate::copy_format::CopyDecoder;
use crate::error::{Error, Malformed, Result};
use crate::lake::stop_asked;
use crate::partitions::Leaves;
use crate::source::Source;
use crate::source_snapshot::SourceSnapshot;
use crate::sql;
use crate::status::StatusBoard;

/// Pages of a range: 32 MB of heap, so that progress shows and the readers end together.
const RANGE_PAGES: u64 = 4096;
/// Rows and bytes of a batch on its way to the lake.
const BATCH_ROWS: usize = 8192;
const BATCH_BYTES: usize = 8 << 20;
/// Batches of one table that may wait for the lake's writer.
const WAITING_BATCHES: usize = 4;

/// What a copy needs besides the tables.
#[derive(Clone)]
pub(crate) struct Copier {
    pub source: Source,
    pub lake: Lake,
    pub status: StatusBoard,
    pub workers: usize,
    /// Tables whose older rows the source drops on purpose.
    pub retained: BTreeSet<TableName>,
    /// Asks the copy to end; a table that is being committed still is.
    pub stopping: watch::Receiver<bool>,
}

/// A table to copy.
pub(crate) struct Request {
    pub table: CapturedTable,
    /// The lake keeps the table's changes back since then already; else the copier asks for it.
    pub begun: Option<CopyWriter>,
}

impl Request {
    pub fn new(table: CapturedTable) -> Self {
        Self { table, begun: None }
    }
}

/// How the copy of one table ended.
pub(crate) enum Outcome {
    Copied {
        table: TableName,
    },
    /// The table is not what it was when the copy was asked for.
    Changed {
        table: TableName,
    },
    /// Its partitions are not those the lake knows.
    Partitioned {
        table: TableName,
        reason: String,
        leaves: Leaves,
    },
    /// The publication does not hold it any more.
    Absent {
        table: TableName,
    },
    /// The table can't be copied; somebody has to act.
    Refused {
        table: TableName,
        reason: String,
    },
}

impl Copier {
    /// Copies `tables`, again and again until each is complete or refused. Outcomes go to `outcomes`.
    pub async fn run(mut self, mut tables: Vec<Request>, outcomes: mpsc::Sender<Outcome>) {
        let mut delay = Duration::from_millis(200);
        while !tables.is_empty() {
            let error = match self.attempt(&mut tables, &outcomes).await {
                Ok(()) if *self.stopping.borrow() => return,
                Ok(()) => continue,
                Err(error) => error,
            };
            if *self.stopping.borrow() {
                return;
            }
            if !error.is_transient() {
                for request in tables.drain(..) {
                    let (table, reason) = (request.table.name().clone(), error.to_string());
                    let outcome = if names_gone(&error) {
                        Outcome::Changed { table }
                    } else {
                        Outcome::Refused { table, reason }
                    };
                    let _ = outcomes.send(outcome).await;
                }
                return;
            }
            self.status
                .warn(Some(format!("the initial copy begins again: {error}")));
            tokio::select! {
                () = tokio::time::sleep(delay) => {}
                () = stop_asked(&mut self.stopping) => return,
            }
            delay = (delay * 2).min(Duration::from_secs(30));
        }
        self.status.warn(None);
    }

    /// One snapshot, all remaining tables; takes those that end out of `tables`.
    async fn attempt(
        &self,
        tables: &mut Vec<Request>,
        outcomes: &mpsc::Sender<Outcome>,
    ) -> Result<()> {
        // From here on the lake keeps the tables' changes; the snapshot comes after, so none is missed.
        let mut begun = Vec::new();
        let mut first_error = None;
        for request in std::mem::take(tables) {
            let (request, error) = match self.begin(request).await {
                Ok((table, writer)) => {
                    tables.push(Request::new(table.clone()));
                    begun.push((table, writer));
                    continue;
                }
                Err(refused) => *refused,
            };
            if error.is_transient() {
                first_error.get_or_insert(error);
                tables.push(request);
            } else {
                let (table, reason) = (request.table.name().clone(), error.to_string());
                let _ = outcomes.send(Outcome::Refused { table, reason }).await;
            }
        }
        if let Some(error) = first_error {
            return Err(error);
        }
        if begun.is_empty() {
            return Ok(());
        }
        let mut stopping = self.stopping.clone();
        let snapshot = tokio::select! {
            snapshot = SourceSnapshot::export(&self.source) => snapshot?,
            () = stop_asked(&mut stopping) => return Ok(()),
        };
        let mut readers = Vec::new();
        for _ in 0..self.workers.max(1) {
            readers.push(snapshot.reader(&self.source).await?);
        }
        let SourceSnapshot {
            at,
            taken_at,
            exporter,
            ..
        } = snapshot;
        // The readers hold the snapshot now; the temporary slot goes with its session.
        drop(exporter);

        let mut ranges = VecDeque::new();
        let mut writers = JoinSet::new();
        for (table, mut writer) in begun {
            // As the snapshot has it: else the columns would be those of another time.
            let same = match catalog::describe(&mut readers[0], table.name()).await {
                Ok(now) => now.reads_like(&table),
                Err(error) if error.is_of_table() => false,
                Err(error) => return Err(error),
            };
            if !same {
                drop(writer);
                let table = table.name().clone();
                tables.retain(|request| *request.table.name() != table);
                let _ = outcomes.send(Outcome::Changed { table }).await;
                continue;
            }
            if self.retained.contains(table.name()) {
                writer.keep_missing();
            }
            let table = Arc::new(table);
            let pages = match table.kind {
                b'r' => pages(&mut readers[0], &table).await?,
                _ => 0,
            };
            let (sender, receiver) = mpsc::channel(WAITING_BATCHES);
            let planned = plan(pages);
            let expected = planned.len();
            ranges.extend(planned.into_iter().map(|pages| Range {
                table: Arc::clone(&table),
                pages,
                to: sender.clone(),
            }));
            let this = self.clone();
            writers.spawn(async move {
                let write = this.write(&table, writer, receiver, expected);
                let written = match Box::pin(write).await {
                    Ok(Some(writer)) => Box::pin(writer.finish(at, taken_at))
                        .await
                        .map(Some)
                        .map_err(Error::from),
                    Ok(None) => Ok(None),
                    Err(error) => Err(error),
                };
                (table.name().clone(), written)
            });
        }

        let ranges = Arc::new(Mutex::new(ranges));
        let mut sessions = JoinSet::new();
        for reader in readers {
            let (ranges, status) = (Arc::clone(&ranges), self.status.clone());
            sessions.spawn(Box::pin(read(reader, ranges, status, stopping.clone())));
        }
        drop(ranges);

        while let Some(ended) = writers.join_next().await {
            let (name, written) = ended.map_err(|error| Error::Task(error.to_string()))?;
            let outcome = match written {
                Ok(Some(rows)) => {
                    tracing::info!(table = %name, rows, lsn = %at, "copied");
                    Outcome::Copied {
                        table: name.clone(),
                    }
                }
                Ok(None) => continue, // a reader failed; its error says more
                Err(error) if error.is_transient() => {
                    first_error.get_or_insert(error);
                    continue;
                }
                Err(error) => Outcome::Refused {
                    table: name.clone(),
                    reason: error.to_string(),
                },
            };
            tables.retain(|request| *request.table.name() != name);
            let _ = outcomes.send(outcome).await;
        }
        while let Some(ended) = sessions.join_next().await {
            if let Err(error) = ended.map_err(|error| Error::Task(error.to_string()))? {
                first_error.get_or_insert(error);
            }
        }
        first_error.map_or(Ok(()), Err)
    }

    /// Asks the lake to keep the changes of a table back until its copy is complete.
    async fn begin(
        &self,
        mut request: Request,
    ) -> Result<(CapturedTable, CopyWriter), Box<(Request, Error)>> {
        if let Some(writer) = request.begun.take() {
            return Ok((request.table, writer));
        }
        match self.lake.begin_copy_as(&request.table.def).await {
            Ok(writer) => Ok((request.table, writer)),
            Err(error) => Err(Box::new((request, error.into()))),
        }
    }

    /// Writes one table as its batches come in. `None`: a reader gave up before all were there.
    async fn write(
        &self,
        table: &CapturedTable,
        mut writer: CopyWriter,
        mut batches: mpsc::Receiver<Piece>,
        expected: usize,
    ) -> Result<Option<CopyWriter>> {
        let name = table.name();
        self.status.table(name, |progress| {
            (progress.rows, progress.bytes, progress.unrepresentable) = (0, 0, 0);
            progress.copying_since = Some(Utc::now());
            progress.estimated_rows = table.estimated_rows;
        });
        let mut complete = 0;
        while let Some(piece) = batches.recv().await {
            match piece {
                Piece::Rows(batch, bytes) => {
                    let rows = batch.num_rows() as u64;
                    writer.write(batch).await?;
                    self.status.update(|status| {
                        status.counters.copied_rows += rows;
                        if let Some(progress) = status.tables.iter_mut().find(|t| t.name == *name) {
                            progress.rows += rows;
                            progress.bytes += bytes;
                        }
                    });
                }
                Piece::End => complete += 1,
                Piece::Broken(error) => return Err(error.into()),
            }
        }
        Ok((complete == expected).then_some(writer))
    }
}

/// A column or a table went away between the look at it and the copy.
fn names_gone(error: &Error) -> bool {
    let Error::Database(sqlx::Error::Database(error)) = error else {
        return false;
    };
    matches!(error.code().as_deref(), Some("42703" | "42P01"))
}

async fn pages(reader: &mut PgConnection, table: &CapturedTable) -> Result<u64> {
    let pages: i64 = sqlx::query_scalar(
        "select pg_relation_size($1::int8::oid) / current_setting('block_size')::int8",
    )
    .bind(i64::from(table.oid))
    .fetch_one(reader)
    .await?;
    Ok(u64::try_from(pages).unwrap_or(0))
}

/// Ranges of pages; the last has no end. A small table is one range without a condition.
fn plan(pages: u64) -> Vec<Option<(u64, Option<u64>)>> {
    if pages <= RANGE_PAGES {
        return vec![None];
    }
    let starts = (0..pages).step_by(RANGE_PAGES as usize);
    starts
        .map(|start| {
            let end = start + RANGE_PAGES;
            Some((start, (end < pages).then_some(end)))
        })
        .collect()
}

/// Pages of one table that one session reads at a time.
struct Range {
    table: Arc<CapturedTable>,
    pages: Option<(u64, Option<u64>)>,
    to: mpsc::Sender<Piece>,
}

/// What readers hand to a table's writer.
enum Piece {
    /// With their size on the wire.
    Rows(RecordBatch, u64),
    /// A range is complete.
    End,
    /// The table's bytes can't be read.
    Broken(Malformed),
}

/// Reads ranges until none is left.
async fn read(
    mut reader: PgConnection,
    ranges: Arc<Mutex<VecDeque<Range>>>,
    status: StatusBoard,
    stopping: watch::Receiver<bool>,
) -> Result<()> {
    loop {
        let next = ranges
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop_front();
        let Some(range) = next else { return Ok(()) };
        match read_range(&mut reader, &range, &status, &stopping).await {
            Ok(false) => return Ok(()),
            Ok(true) => {
                let _ = range.to.send(Piece::End).await;
            }
            Err(Error::Malformed(error)) => {
                let _ = range.to.send(Piece::Broken(error)).await;
                // What is left of this copy would have to be read to its end: use a new session.
                return Ok(());
            }
            Err(error) => return Err(error),
        }
    }
}

/// Reads one range; `false`: it was not read to its end because nobody wants it any more.
async fn read_range(
    reader: &mut PgConnection,
    range: &Range,
    status: &StatusBoard,
    stopping: &watch::Receiver<bool>,
) -> Result<bool> {
    let mut decoder = CopyDecoder::new(&range.table);
    let mut chunks = reader.copy_out_raw(&statement(range)).await?;
    while let Some(chunk) = chunks.try_next().await? {
        decoder.push(&chunk)?;
        if decoder.rows() < BATCH_ROWS && decoder.bytes() < BATCH_BYTES {
            continue;
        }
        let bytes = decoder.bytes() as u64;
        let sent = range.to.send(Piece::Rows(decoder.take()?, bytes)).await;
        if sent.is_err() || *stopping.borrow() {
            return Ok(false);
        }
    }
    drop(chunks);
    if !decoder.is_complete() {
        return Err(Malformed::new("a copy without its end").into());
    }
    if decoder.rows() > 0 {
        let bytes = decoder.bytes() as u64;
        let _ = range.to.send(Piece::Rows(decoder.take()?, bytes)).await;
    }
    let lost = decoder.unrepresentable();
    if lost > 0 {
        status.table(range.table.name(), |progress| {
            progress.unrepresentable += lost;
        });
    }
    Ok(true)
}

fn statement(range: &Range) -> String {
    let table = &range.table;
    let columns: Vec<_> = table
        .def
        .columns
        .iter()
        .map(|c| sql::identifier(&c.name))
        .collect();
    let only = if table.kind == b'r' { "ONLY " } else { "" };
    let condition = match range.pages {
        None => String::new(),
        Some((start, None)) => format!(" WHERE ctid >= '({start},0)'::tid"),
        Some((start, Some(end))) => {
            format!(" WHERE ctid >= '({start},0)'::tid AND ctid < '({end},0)'::tid")
        }
    };
    format!(
        "COPY (SELECT {} FROM {only}{}{condition}) TO STDOUT (FORMAT binary)",
        columns.join(", "),
        sql::table(table.name()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_cover_every_page_once() {
        assert_eq!(plan(0), [None]);
        assert_eq!(plan(RANGE_PAGES), [None]);
        assert_eq!(
            plan(2 * RANGE_PAGES + 1),
            [
                Some((0, Some(RANGE_PAGES))),
                Some((RANGE_PAGES, Some(2 * RANGE_PAGES))),
                Some((2 * RANGE_PAGES, None)),
            ]
        );
        assert_eq!(plan(2 * RANGE_PAGES).len(), 2, "the last range has no end");
    }
}
