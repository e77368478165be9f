//! The table of results: printed, as Markdown, and as JSON for scripts.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use serde::{Deserialize, Serialize};

use crate::Setting;

/// One comparison. `ratio` is ours over the peer for rates, the peer over ours for times, so that
/// more is always better for us.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Measured {
    pub name: String,
    pub ours: f64,
    pub peer: f64,
    pub peer_name: String,
    pub unit: String,
    pub ratio: f64,
    pub goal: f64,
    pub command: String,
}

impl Measured {
    /// A rate (more is better) against a peer's.
    #[must_use]
    pub fn rate(name: &str, ours: f64, peer_name: &str, peer: f64, unit: &str, goal: f64) -> Self {
        Measured {
            name: name.into(),
            ours,
            peer,
            peer_name: peer_name.into(),
            unit: unit.into(),
            ratio: ours / peer,
            goal,
            command: command(name),
        }
    }

    /// A duration (less is better) against a peer's.
    #[must_use]
    pub fn duration(
        name: &str,
        ours: f64,
        peer_name: &str,
        peer: f64,
        unit: &str,
        goal: f64,
    ) -> Self {
        Measured {
            ratio: peer / ours,
            ..Measured::rate(name, ours, peer_name, peer, unit, goal)
        }
    }
}

fn command(name: &str) -> String {
    format!(
        "target/release/basalt-bench --only '{}'",
        name.split(':').next().unwrap_or(name)
    )
}

/// The median of measured seconds.
#[must_use]
pub fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

/// Prints the table and writes RESULTS.md and results.json. A run of some comparisons (`--only`)
/// replaces their rows and leaves the others.
///
/// # Errors
/// When a file cannot be read or written.
pub fn write(
    measured: Vec<Measured>,
    folder: &Path,
    setting: &Setting,
    partial: bool,
) -> anyhow::Result<()> {
    let mut results = Vec::new();
    if partial && let Ok(before) = std::fs::read(folder.join("results.json")) {
        results = serde_json::from_slice::<Vec<Measured>>(&before)?;
    }
    for one in measured {
        match results.iter_mut().find(|row| row.name == one.name) {
            Some(row) => *row = one,
            None => results.push(one),
        }
    }
    let mut table = String::from(
        "| comparison | ours | peer | | ratio | goal |\n|---|---:|---:|---|---:|---:|\n",
    );
    for one in &results {
        let verdict = if one.ratio >= one.goal { "" } else { " ✗" };
        writeln!(
            table,
            "| {} | {} {} | {} {} | {} | **{:.2}**{verdict} | ≥ {:.2} |",
            one.name,
            figure(one.ours),
            one.unit,
            figure(one.peer),
            one.unit,
            one.peer_name,
            one.ratio,
            one.goal
        )?;
    }
    println!("{table}");
    let text = format!(
        "# Measured\n\nOne run of `BENCH_SCALE={} make bench` on {}.\nA ratio is ours against the peer, more is better for us; ✗ marks a goal that is not reached.\n\n{table}\n{}",
        setting.scale,
        machine(),
        include_str!("../NOTES.md")
    );
    std::fs::write(folder.join("RESULTS.md"), text)?;
    std::fs::write(
        folder.join("results.json"),
        serde_json::to_string_pretty(&results)? + "\n",
    )?;
    Ok(())
}

fn figure(value: f64) -> String {
    if value >= 1_000_000.0 {
        format!("{:.2} M", value / 1_000_000.0)
    } else if value >= 10_000.0 {
        format!("{:.0} k", value / 1_000.0)
    } else if value >= 100.0 {
        format!("{value:.0}")
    } else {
        format!("{value:.2}")
    }
}

fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let memory = std::fs::read_to_string("/proc/meminfo")
        .ok()
        .and_then(|text| {
            text.split_whitespace()
                .nth(1)
                .and_then(|kib| kib.parse::<u64>().ok())
        })
        .map_or(0, |kib| kib / (1 << 20));
    let version = |program: &str, argument: &str| {
        Command::new(program)
            .arg(argument)
            .output()
            .map(|output| {
                String::from_utf8_lossy(&output.stdout)
                    .lines()
                    .next()
                    .unwrap_or_default()
                    .to_owned()
            })
            .unwrap_or_default()
    };
    format!(
        "{cores} cores, {memory} GiB; {}; {}",
        version("rustc", "--version"),
        version("psql", "--version")
    )
}
