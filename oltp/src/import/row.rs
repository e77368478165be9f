//! One row of the file: its cells read as values of their fields and written as a line of `COPY`.

use std::fmt::Write;

use basalt_model::{Problem, Value};
use csv::StringRecord;

use super::columns::{Columns, ImportColumn, Part};
use super::refusal::Refusal;
use super::source::{Broken, Row};

/// A column to read, with what belongs to it.
struct Reading<'c> {
    column: &'c ImportColumn<'c>,
    width: usize,
    /// Columns of a money field's currency and rate.
    currency: Option<usize>,
    rate: Option<usize>,
    /// What an empty cell means.
    default: Option<Value>,
}

/// Reads rows and encodes them for the staging table.
pub(super) struct RowReader<'c> {
    readings: Vec<Reading<'c>>,
}

impl<'c> RowReader<'c> {
    pub fn new(columns: &'c Columns<'c>) -> Self {
        let part_of = |column: &ImportColumn<'_>, wanted: fn(&Part<'_>) -> bool| {
            columns
                .list
                .iter()
                .find(|other| other.field.name == column.field.name && wanted(&other.part))
                .map(|other| other.at)
        };
        let readings = columns
            .list
            .iter()
            .filter(|column| matches!(column.part, Part::Value | Part::Key { .. }))
            .map(|column| Reading {
                column,
                width: if matches!(column.part, Part::Key { .. }) {
                    1
                } else {
                    column.field.columns().len()
                },
                currency: part_of(column, |part| matches!(part, Part::Currency)),
                rate: part_of(column, |part| matches!(part, Part::Rate)),
                default: column
                    .field
                    .default
                    .as_ref()
                    .filter(|_| column.field.required)
                    .and_then(|json| column.field.read_json(json).ok()),
            })
            .collect();
        Self { readings }
    }

    /// Appends the row as a line of `COPY` text; a refused row leaves the buffer as it was.
    pub fn encode(&self, row: &Row, buffer: &mut Vec<u8>) -> Result<(), Refusal> {
        let begin = buffer.len();
        let refuse = |column: &str, value: &str, problem: Problem| Refusal {
            line: row.line,
            column: column.to_owned(),
            value: value.chars().take(200).collect(),
            problem,
        };
        let cells = match &row.cells {
            Ok(cells) => cells,
            Err(broken) => return Err(refuse("", "", unread(*broken))),
        };
        buffer.extend_from_slice(row.line.to_string().as_bytes());
        for reading in &self.readings {
            let cell = cells.get(reading.column.at).unwrap_or_default();
            if let Err(problem) = self
                .value(reading, cells, cell)
                .map(|value| encode(buffer, &value, reading.width))
            {
                buffer.truncate(begin);
                return Err(refuse(&reading.column.header, cell, problem));
            }
        }
        buffer.push(b'\n');
        Ok(())
    }

    fn value(
        &self,
        reading: &Reading<'_>,
        cells: &StringRecord,
        cell: &str,
    ) -> Result<Value, Problem> {
        let field = reading.column.field;
        let value = match reading.column.part {
            Part::Key { key, .. } => key.read_text(cell)?,
            _ if reading.currency.is_some() || reading.rate.is_some() => {
                let part = |at: Option<usize>| {
                    at.and_then(|at| cells.get(at))
                        .map(str::trim)
                        .filter(|text| !text.is_empty())
                };
                if cell.trim().is_empty() {
                    Value::Null
                } else {
                    field.read_json(&serde_json::json!({
                        "amount": cell.trim(), "currency": part(reading.currency), "rate": part(reading.rate)
                    }))?
                }
            }
            _ => field.read_text(cell)?,
        };
        field.offered(&value)?;
        match (value, &reading.default) {
            (Value::Null, Some(default)) => Ok(default.clone()),
            (Value::Null, None) if field.required => Err(Problem::required()),
            (value, _) => Ok(value),
        }
    }
}

fn unread(broken: Broken) -> Problem {
    match broken {
        Broken::Encoding => {
            Problem::new("encoding", "the row is not in UTF-8", "该行不是 UTF-8 编码")
        }
        Broken::Cells { expected, found } => Problem::new(
            "cells",
            format!("the row has {found} cells where the header has {expected}"),
            format!("该行有{found}个单元格，标题行有{expected}个"),
        ),
        Broken::TooLong => Problem::new(
            "too_long",
            "the row is longer than a megabyte; is a quote not closed?",
            "该行超过1MB，可能有引号未闭合",
        ),
    }
}

/// Appends a value as cells of `COPY` text, each after a tab.
fn encode(buffer: &mut Vec<u8>, value: &Value, width: usize) {
    match value {
        Value::Null => {
            for _ in 0..width {
                buffer.extend_from_slice(b"\t\\N");
            }
        }
        Value::Text(text) => text_cell(buffer, text),
        Value::Integer(number) => plain_cell(buffer, number),
        Value::Decimal(number) => plain_cell(buffer, number),
        Value::Bool(flag) => plain_cell(buffer, flag),
        Value::Date(day) => plain_cell(buffer, day),
        Value::Instant(at) => text_cell(buffer, &at.to_rfc3339()),
        Value::Json(json) => text_cell(buffer, &json.to_string()),
        Value::List(items) => {
            let quoted: Vec<String> = items
                .iter()
                .map(|item| format!("\"{}\"", item.replace('\\', "\\\\").replace('"', "\\\"")))
                .collect();
            text_cell(buffer, &format!("{{{}}}", quoted.join(",")));
        }
        Value::Money(money) => {
            plain_cell(buffer, money.amount);
            text_cell(buffer, &money.currency);
            plain_cell(buffer, money.rate);
            plain_cell(buffer, money.base);
        }
        Value::Parts(parts) => {
            for part in parts {
                encode(buffer, part, 1);
            }
        }
    }
}

/// A value whose text has nothing to escape.
fn plain_cell(buffer: &mut Vec<u8>, value: impl std::fmt::Display) {
    let mut text = String::with_capacity(24);
    write!(text, "\t{value}").expect("writing to a string does not fail");
    buffer.extend_from_slice(text.as_bytes());
}

fn text_cell(buffer: &mut Vec<u8>, text: &str) {
    buffer.push(b'\t');
    if !text
        .bytes()
        .any(|byte| matches!(byte, b'\\' | b'\t' | b'\n' | b'\r'))
    {
        buffer.extend_from_slice(text.as_bytes());
        return;
    }
    for byte in text.bytes() {
        match byte {
            b'\\' => buffer.extend_from_slice(b"\\\\"),
            b'\t' => buffer.extend_from_slice(b"\\t"),
            b'\n' => buffer.extend_from_slice(b"\\n"),
            b'\r' => buffer.extend_from_slice(b"\\r"),
            byte => buffer.push(byte),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_for_copy() {
        let mut buffer = Vec::new();
        encode(&mut buffer, &Value::Text("a\tb\\c\nd".into()), 1);
        encode(&mut buffer, &Value::Null, 2);
        assert_eq!(buffer, b"\ta\\tb\\\\c\\nd\t\\N\t\\N");
    }
}
