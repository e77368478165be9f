//! An answer: Arrow batches with the position they were read at, and its forms for people and
//! programs.

mod csv;
mod json;

use std::time::Duration;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use arrow::util::display::FormatOptions;
use arrow::util::pretty::pretty_format_batches_with_options;
use basalt_warehouse::Lsn;
use serde_json::{Map, Value};

use crate::error::{Error, Result};

pub use json::type_name;

/// The rows of one statement.
#[derive(Debug, Clone)]
pub struct QueryResult {
    pub schema: SchemaRef,
    pub batches: Vec<RecordBatch>,
    /// The position of the log that the answer is true for.
    pub lsn: Lsn,
    pub elapsed: Duration,
    /// There were more rows than were asked for.
    pub truncated: bool,
}

impl QueryResult {
    pub fn row_count(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    /// Name and type of each column, in words of SQL.
    pub fn columns(&self) -> Vec<(String, String)> {
        self.schema
            .fields()
            .iter()
            .map(|field| (field.name().clone(), type_name(field.data_type())))
            .collect()
    }

    /// One array a row, in column order. Decimals are strings, integers and floats numbers (not
    /// finite: null), dates `YYYY-MM-DD`, instants RFC 3339 in UTC.
    pub fn to_json_rows(&self) -> Result<Vec<Value>> {
        self.each_row(Value::Array)
    }

    /// One object a row, by column name.
    pub fn to_json_objects(&self) -> Result<Vec<Value>> {
        let names: Vec<String> = self
            .schema
            .fields()
            .iter()
            .map(|field| field.name().clone())
            .collect();
        self.each_row(|values| {
            Value::Object(names.iter().cloned().zip(values).collect::<Map<_, _>>())
        })
    }

    /// CSV with a header; NULL is empty, text that a spreadsheet would run as a formula gets a
    /// leading apostrophe.
    pub fn to_csv(&self) -> Result<String> {
        csv::write(self)
    }

    /// A text table for terminals.
    pub fn to_table(&self) -> Result<String> {
        let options = FormatOptions::default()
            .with_null("")
            .with_display_error(true);
        let table = if self.batches.is_empty() {
            pretty_format_batches_with_options(
                &[RecordBatch::new_empty(self.schema.clone())],
                &options,
            )
        } else {
            pretty_format_batches_with_options(&self.batches, &options)
        };
        table
            .map(|table| table.to_string())
            .map_err(|error| Error::Internal(error.to_string()))
    }

    fn each_row(&self, row: impl Fn(Vec<Value>) -> Value) -> Result<Vec<Value>> {
        let mut rows = Vec::with_capacity(self.row_count());
        for batch in &self.batches {
            let columns = batch
                .columns()
                .iter()
                .map(json::column)
                .collect::<Result<Vec<_>, _>>()
                .map_err(|error| Error::Internal(error.to_string()))?;
            let mut columns: Vec<_> = columns.into_iter().map(Vec::into_iter).collect();
            for _ in 0..batch.num_rows() {
                rows.push(row(columns
                    .iter_mut()
                    .map(|column| column.next().unwrap_or(Value::Null))
                    .collect()));
            }
        }
        Ok(rows)
    }
}
