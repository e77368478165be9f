//! A sheet of an XLSX workbook as rows of text, read cell by cell.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use calamine::{DataRef, Reader, Xlsx, XlsxError};
use csv::StringRecord;

use super::refuse_file;
use super::source::{BATCH, Broken, MAX_ROW, Row, Sender, clean};
use crate::error::{Error, Result};

/// Columns of a sheet.
const MAX_COLUMNS: u32 = 1000;
/// Bytes of a workbook's parts once they are unpacked, as the archive tells them.
const MAX_UNPACKED: u64 = 2 << 30;

/// Reads the header, hands it over, then sends the rows. The first sheet is taken when none is named.
pub(super) fn read(
    path: &Path,
    sheet: Option<&str>,
    header: impl FnOnce(Result<Vec<String>>) -> bool,
    sender: &Sender,
) {
    let opened = File::open(path)
        .map_err(|error| unreadable(&XlsxError::Io(error)))
        .and_then(|mut file| {
            check_size(&mut file)?;
            Xlsx::new(BufReader::new(file)).map_err(|error| unreadable(&error))
        });
    let mut book = match opened {
        Ok(book) => book,
        Err(error) => {
            header(Err(error));
            return;
        }
    };
    let names = book.sheet_names();
    let wanted = match sheet {
        Some(sheet) => names.iter().find(|name| name.as_str() == sheet),
        None => names.first(),
    };
    let Some(name) = wanted.cloned() else {
        let known = names.join(", ");
        header(Err(refuse_file(
            format!("The workbook has no such sheet. It has: {known}."),
            format!("工作簿中没有该工作表，现有：{known}。"),
        )));
        return;
    };
    let mut cells = match book.worksheet_cells_reader(&name) {
        Ok(cells) => cells,
        Err(error) => {
            header(Err(unreadable(&error)));
            return;
        }
    };

    let mut sheet = Sheet {
        width: None,
        batch: Vec::with_capacity(BATCH),
        sender,
    };
    let mut header = Some(header);
    let (mut line, mut row): (u32, Vec<String>) = (0, Vec::new());
    loop {
        let cell = match cells.next_cell() {
            Ok(cell) => cell,
            Err(error) => {
                let error = unreadable(&error);
                match header.take() {
                    Some(header) => {
                        header(Err(error));
                    }
                    // The receiver may be gone when the import failed; there is nobody to tell then.
                    None => drop(sender.blocking_send(Err(error))),
                }
                return;
            }
        };
        let at = cell.as_ref().map(calamine::Cell::get_position);
        if at.is_none_or(|(found, _)| found != line) {
            let done = std::mem::take(&mut row);
            if done.iter().any(|text| !text.is_empty()) {
                if let Some(header) = header.take() {
                    sheet.width = Some(done.len());
                    let names = done.iter().enumerate().map(|(at, name)| clean(at, name));
                    if !header(Ok(names.collect())) {
                        return;
                    }
                } else if !sheet.push(line, done) {
                    return;
                }
            }
        }
        let (Some(cell), Some((found, column))) = (cell, at) else {
            break;
        };
        line = found;
        if column >= MAX_COLUMNS {
            continue;
        }
        let column = column as usize;
        if row.len() <= column {
            row.resize(column + 1, String::new());
        }
        row[column] = text(cell.get_value());
    }
    match header {
        Some(header) => {
            header(Ok(Vec::new()));
        }
        None => drop(sender.blocking_send(Ok(sheet.batch))),
    }
}

struct Sheet<'a> {
    width: Option<usize>,
    batch: Vec<Row>,
    sender: &'a Sender,
}

impl Sheet<'_> {
    /// Takes a row; says whether anybody still listens.
    fn push(&mut self, line: u32, mut row: Vec<String>) -> bool {
        let expected = self.width.unwrap_or_default();
        while row.len() > expected && row.last().is_some_and(String::is_empty) {
            row.pop();
        }
        let found = row.len();
        let bytes: usize = row.iter().map(String::len).sum();
        let cells = if found > expected {
            Err(Broken::Cells {
                expected: expected as u64,
                found: found as u64,
            })
        } else if bytes > MAX_ROW {
            Err(Broken::TooLong)
        } else {
            row.resize(expected, String::new());
            Ok(StringRecord::from(row))
        };
        self.batch.push(Row {
            line: u64::from(line) + 1,
            cells,
        });
        if self.batch.len() < BATCH {
            return true;
        }
        let full = std::mem::replace(&mut self.batch, Vec::with_capacity(BATCH));
        self.sender.blocking_send(Ok(full)).is_ok()
    }
}

/// A cell as it would stand in CSV.
fn text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::String(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(flag) => flag.to_string(),
        DataRef::DateTime(at) if at.is_duration() => {
            // Days as a fraction.
            let seconds = (at.as_f64() * 86_400.0).round();
            format!("{seconds:.0}")
        }
        DataRef::DateTime(at) => {
            let (year, month, day, hour, minute, second, _) = at.to_ymd_hms_milli();
            if (hour, minute, second) == (0, 0, 0) {
                format!("{year:04}-{month:02}-{day:02}")
            } else {
                format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
            }
        }
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(_) | DataRef::Empty => String::new(),
    }
}

/// Refuses archives that would unpack to more than any sheet needs, by their own table of contents.
fn check_size(file: &mut File) -> Result<()> {
    let broken = || {
        refuse_file(
            "The file is not an XLSX workbook.",
            "文件不是有效的 XLSX 工作簿。",
        )
    };
    let length = file.seek(SeekFrom::End(0)).map_err(|_| broken())?;
    let tail = length.min(66_000);
    file.seek(SeekFrom::Start(length - tail))
        .map_err(|_| broken())?;
    let mut end = Vec::new();
    file.read_to_end(&mut end).map_err(|_| broken())?;
    let at = end
        .windows(4)
        .rposition(|four| four == b"PK\x05\x06")
        .ok_or_else(broken)?;
    let word = |bytes: &[u8], at: usize| -> Option<u64> {
        let four = bytes.get(at..at + 4)?;
        Some(u64::from(u32::from_le_bytes([
            four[0], four[1], four[2], four[3],
        ])))
    };
    let short = |bytes: &[u8], at: usize| -> Option<usize> {
        let two = bytes.get(at..at + 2)?;
        Some(usize::from(u16::from_le_bytes([two[0], two[1]])))
    };
    let size = word(&end, at + 12).ok_or_else(broken)?;
    let start = word(&end, at + 16).ok_or_else(broken)?;
    if start + size > length || size > 16 << 20 {
        return Err(broken());
    }
    file.seek(SeekFrom::Start(start)).map_err(|_| broken())?;
    let mut contents = vec![0; usize::try_from(size).map_err(|_| broken())?];
    file.read_exact(&mut contents).map_err(|_| broken())?;
    let (mut place, mut unpacked) = (0, 0);
    while contents[place..].starts_with(b"PK\x01\x02") {
        unpacked += word(&contents, place + 24).ok_or_else(broken)?;
        let lengths: Option<usize> = [28, 30, 32]
            .iter()
            .map(|offset| short(&contents, place + offset))
            .sum();
        place += 46 + lengths.ok_or_else(broken)?;
        if place > contents.len() {
            return Err(broken());
        }
    }
    if unpacked > MAX_UNPACKED {
        return Err(refuse_file(
            "The workbook unpacks to more than 2 GB. Use CSV for so much.",
            "工作簿解压后超过 2 GB，请改用 CSV。",
        ));
    }
    file.seek(SeekFrom::Start(0)).map_err(|_| broken())?;
    Ok(())
}

fn unreadable(error: &XlsxError) -> Error {
    refuse_file(
        format!("The workbook can't be read: {error}."),
        format!("无法读取工作簿：{error}。"),
    )
}
