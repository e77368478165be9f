//! DuckDB as the peer: its Python package runs the same SQL over the same Parquet files.

use std::io::Write as _;
use std::process::{Command, Stdio};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use crate::Setting;

const RUNNER: &str = include_str!("../duckdb_peer.py");

/// Tables as lists of Parquet files, and the queries to time.
#[derive(Debug, Serialize)]
pub struct Task {
    pub threads: usize,
    pub runs: usize,
    pub tables: Vec<(String, Vec<String>)>,
    pub queries: Vec<String>,
}

/// What one query took and gave.
#[derive(Debug, Deserialize)]
pub struct Answer {
    /// Median seconds.
    pub seconds: f64,
}

/// Runs the task in a Python process.
///
/// # Errors
/// When Python or its duckdb package is missing, or a query fails.
pub fn run(setting: &Setting, task: &Task) -> anyhow::Result<Vec<Answer>> {
    let mut child = Command::new(&setting.python)
        .args(["-c", RUNNER])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| {
            format!(
                "cannot run {}; `make setup-test` installs it",
                setting.python.display()
            )
        })?;
    child
        .stdin
        .take()
        .context("the pipe to Python")?
        .write_all(&serde_json::to_vec(task)?)?;
    let output = child.wait_with_output()?;
    anyhow::ensure!(output.status.success(), "the DuckDB peer failed");
    Ok(serde_json::from_slice(&output.stdout)?)
}
