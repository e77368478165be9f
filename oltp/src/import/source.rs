//! A file as a stream of batches of rows, read on a thread of its own.

use std::io::Read;

use csv::{ErrorKind, ReaderBuilder, StringRecord};
use tokio::sync::mpsc;

use super::{ImportSource, refuse_file, xlsx};
use crate::error::{Error, Result};

/// Rows that travel together.
pub(super) const BATCH: usize = 2000;
/// A row of more bytes than this is a broken quote, not a row.
pub(super) const MAX_ROW: usize = 1 << 20;

/// A row that could be read, or why it couldn't.
pub(super) struct Row {
    pub line: u64,
    pub cells: Result<StringRecord, Broken>,
}

/// A row that isn't one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Broken {
    Encoding,
    Cells { expected: u64, found: u64 },
    TooLong,
}

/// Batches of rows; an error ends the stream.
pub(super) type Rows = mpsc::Receiver<Result<Vec<Row>>>;

/// Where batches go.
pub(super) type Sender = mpsc::Sender<Result<Vec<Row>>>;

/// Reads the header and starts reading the rows.
pub(super) async fn open(input: ImportSource) -> Result<(Vec<String>, Rows)> {
    let (header_sender, header) = tokio::sync::oneshot::channel();
    let (sender, rows) = mpsc::channel(4);
    tokio::task::spawn_blocking(move || {
        // Says whether the rows are wanted.
        let hand_over = |header: Result<Vec<String>>| {
            let good = header.is_ok();
            header_sender.send(header).is_ok() && good
        };
        match input {
            ImportSource::Csv(input) => read_csv(input, hand_over, &sender),
            ImportSource::Xlsx { path, sheet } => {
                xlsx::read(&path, sheet.as_deref(), hand_over, &sender);
            }
        }
    });
    let header = header
        .await
        .map_err(|_| refuse_file("The file can't be read.", "无法读取文件。"))??;
    if header.iter().all(String::is_empty) {
        return Err(refuse_file(
            "The file is empty: a header line is needed.",
            "文件为空：需要标题行。",
        ));
    }
    Ok((header, rows))
}

fn read_csv(
    input: Box<dyn Read + Send>,
    hand_over: impl FnOnce(Result<Vec<String>>) -> bool,
    sender: &Sender,
) {
    let mut reader = ReaderBuilder::new().flexible(false).from_reader(input);
    let header = match reader.headers() {
        Ok(header) => Ok(header
            .iter()
            .enumerate()
            .map(|(at, name)| clean(at, name))
            .collect::<Vec<_>>()),
        Err(error) => Err(unreadable(&error)),
    };
    if hand_over(header) {
        read(&mut reader, sender);
    }
}

pub(super) fn clean(at: usize, name: &str) -> String {
    let name = if at == 0 {
        name.trim_start_matches('\u{feff}')
    } else {
        name
    };
    name.trim().to_owned()
}

fn read<R: Read>(reader: &mut csv::Reader<R>, sender: &mpsc::Sender<Result<Vec<Row>>>) {
    let mut batch = Vec::with_capacity(BATCH);
    let mut record = StringRecord::new();
    loop {
        let line = reader.position().line();
        match reader.read_record(&mut record) {
            Ok(false) => break,
            Ok(true) => {
                let line = record.position().map_or(line, csv::Position::line);
                let cells = if record.as_slice().len() > MAX_ROW {
                    Err(Broken::TooLong)
                } else {
                    Ok(record.clone())
                };
                batch.push(Row { line, cells });
            }
            Err(error) => {
                let line = error.position().map_or(line, csv::Position::line);
                let broken = match error.kind() {
                    ErrorKind::Utf8 { .. } => Broken::Encoding,
                    ErrorKind::UnequalLengths {
                        expected_len, len, ..
                    } => Broken::Cells {
                        expected: *expected_len,
                        found: *len,
                    },
                    _ => {
                        let _ = sender.blocking_send(Err(unreadable(&error)));
                        return;
                    }
                };
                batch.push(Row {
                    line,
                    cells: Err(broken),
                });
            }
        }
        if batch.len() == BATCH
            && sender
                .blocking_send(Ok(std::mem::replace(&mut batch, Vec::with_capacity(BATCH))))
                .is_err()
        {
            return;
        }
    }
    // The receiver may be gone when the import failed; there is nobody to tell then.
    let _ = sender.blocking_send(Ok(batch));
}

fn unreadable(error: &csv::Error) -> Error {
    match error.kind() {
        ErrorKind::Utf8 { .. } => refuse_file(
            "The header is not in UTF-8. Save the file as CSV in UTF-8.",
            "标题行不是 UTF-8 编码，请另存为 UTF-8 编码的 CSV 文件。",
        ),
        ErrorKind::Io(error) => refuse_file(
            format!("The file can't be read: {error}."),
            format!("无法读取文件：{error}。"),
        ),
        _ => refuse_file(
            format!("The file is not CSV: {error}."),
            format!("文件不是有效的 CSV：{error}。"),
        ),
    }
}
