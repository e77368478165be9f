//! Refused rows: each with line, column, value and reason, in a CSV file and (the first ones) in
//! the record of the import.

use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;

use basalt_model::Problem;
use sqlx::{Postgres, QueryBuilder};

use super::refuse_file;
use crate::db::Db;
use crate::error::Result;
use crate::spreadsheet::harmless;

/// As many refusals are kept in the database; the file has them all.
const RECORDED: usize = 1000;

/// Why a row is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// Line of the file on which the row begins; the header is line 1.
    pub line: u64,
    pub column: String,
    pub value: String,
    pub problem: Problem,
}

/// Takes refusals and writes them down.
pub(super) struct Refusals {
    path: Option<PathBuf>,
    file: Option<csv::Writer<BufWriter<File>>>,
    recorded: Vec<Refusal>,
    rows: u64,
}

impl Refusals {
    pub fn new(path: Option<PathBuf>) -> Self {
        Self {
            path,
            file: None,
            recorded: Vec::new(),
            rows: 0,
        }
    }

    /// Rows refused so far.
    pub fn count(&self) -> u64 {
        self.rows
    }

    /// Takes the refusal of one row.
    pub fn add(&mut self, refusal: Refusal) -> Result<()> {
        self.rows += 1;
        if let Some(path) = &self.path {
            let fail = |error: &dyn std::fmt::Display| {
                refuse_file(
                    format!(
                        "The file of refused rows {} can't be written: {error}.",
                        path.display()
                    ),
                    format!("无法写入被拒行文件 {}：{error}。", path.display()),
                )
            };
            let file = match &mut self.file {
                Some(file) => file,
                None => {
                    let file = File::create(path).map_err(|error| fail(&error))?;
                    let mut file = csv::Writer::from_writer(BufWriter::new(file));
                    file.write_record(["line", "column", "value", "reason", "原因"])
                        .map_err(|error| fail(&error))?;
                    self.file.insert(file)
                }
            };
            let line = refusal.line.to_string();
            let message = &refusal.problem.message;
            file.write_record([
                line.as_str(),
                &refusal.column,
                &harmless(&refusal.value),
                &message.en,
                &message.zh,
            ])
            .map_err(|error| fail(&error))?;
        }
        if self.recorded.len() < RECORDED {
            self.recorded.push(refusal);
        }
        Ok(())
    }

    /// Closes the file and gives its path, if there was anything to write, and what is to be recorded.
    pub fn finish(mut self) -> Result<(Option<PathBuf>, Vec<Refusal>)> {
        if let Some(mut file) = self.file.take() {
            file.flush().map_err(|error| {
                refuse_file(
                    format!("The file of refused rows can't be written: {error}."),
                    format!("无法写入被拒行文件：{error}。"),
                )
            })?;
            return Ok((self.path, self.recorded));
        }
        Ok((None, self.recorded))
    }
}

/// Notes refusals beside the import.
pub(super) async fn record(db: &Db, import_id: i64, refusals: &[Refusal]) -> Result<()> {
    if refusals.is_empty() {
        return Ok(());
    }
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(
        "insert into sys.import_refusal (import_id, line, column_name, code, reason) ",
    );
    query.push_values(refusals, |mut row, refusal| {
        row.push_bind(import_id)
            .push_bind(i64::try_from(refusal.line).unwrap_or(i64::MAX))
            .push_bind(refusal.column.clone())
            .push_bind(refusal.problem.code)
            .push_bind(refusal.problem.message.en.clone());
    });
    query.push(" on conflict do nothing");
    query.build().execute(db.pool()).await?;
    Ok(())
}
