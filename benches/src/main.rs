//! Measured comparisons with peers and with physical limits: one run, one table of ratios.
//!
//! `make bench` builds this in release and runs every comparison; `BENCH_SCALE` (0.1 by default)
//! shrinks the data. Each comparison measures ours and the peer side by side on the same machine,
//! the same data and the same sessions, and reports the median of several runs.

use std::path::PathBuf;

use clap::Parser;

mod copy;
mod crm;
mod drain;
mod duckdb;
mod mail;
mod queries;
mod report;
mod rfm;
mod source;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Runs the comparisons and writes benches/RESULTS.md and benches/results.json.
#[derive(Parser, Debug)]
struct Arguments {
    /// Only the comparisons whose name contains this.
    #[arg(long)]
    only: Option<String>,
    /// Share of the full data sizes.
    #[arg(long, env = "BENCH_SCALE", default_value_t = 0.1)]
    scale: f64,
    /// Python that has the duckdb package.
    #[arg(long, env = "BENCH_PYTHON", default_value = ".cache/python/bin/python")]
    python: PathBuf,
    /// Where the results are written.
    #[arg(long, default_value = "benches")]
    results: PathBuf,
}

/// What every comparison gets.
#[derive(Debug, Clone)]
pub struct Setting {
    pub scale: f64,
    pub python: PathBuf,
}

impl Setting {
    /// A full-scale count, scaled.
    #[must_use]
    pub fn rows(&self, full: u64) -> u64 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a row count scaled by a fraction"
        )]
        let scaled = (full as f64 * self.scale) as u64;
        scaled.max(1_000)
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let setting = Setting {
        scale: arguments.scale,
        python: arguments.python,
    };
    let wanted = |name: &str| {
        arguments
            .only
            .as_ref()
            .is_none_or(|only| name.contains(only.as_str()))
    };
    let mut results = Vec::new();
    if wanted("capture drain") || wanted("initial copy") {
        let source = source::Source::start().await?;
        if wanted("initial copy") {
            results.extend(Box::pin(copy::run(&setting, &source)).await?);
        }
        if wanted("capture drain") {
            results.extend(Box::pin(drain::run(&setting, &source)).await?);
        }
        source.stop().await?;
    }
    if wanted(queries::NAME) || wanted(rfm::NAME) {
        let source = source::Source::start().await?;
        let crm = Box::pin(crm::Crm::load(&setting, &source)).await?;
        let questions = [
            (queries::NAME, queries::statements()),
            (rfm::NAME, vec![rfm::SQL.to_owned()]),
        ];
        // The peer first, while the files are clean; then one row in a hundred is hot and dead.
        let mut peers = Vec::new();
        for (name, statements) in questions {
            if wanted(name) {
                peers.push((name, crm.ask_duckdb(&setting, statements)?));
            }
        }
        crm.touch_one_percent(&source).await?;
        for (name, peer) in peers {
            results.extend(if name == queries::NAME {
                Box::pin(queries::run(&crm, &source, peer)).await?
            } else {
                Box::pin(rfm::run(&crm, &peer)).await?
            });
        }
        crm.capture.stop().await?;
        source.stop().await?;
    }
    if wanted("mail") {
        let source = source::Source::start().await?;
        results.extend(Box::pin(mail::run(&setting, &source)).await?);
        source.stop().await?;
    }
    report::write(
        results,
        &arguments.results,
        &setting,
        arguments.only.is_some(),
    )
}
