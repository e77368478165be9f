//! `basalt ingest`: follows any Postgres database into a lake folder, without any CRM.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};
use basalt_ingest::{
    Capture, CaptureConfig, CaptureHandle, CaptureStatus, Error, Phase, TableProgress,
};
use basalt_warehouse::{Lake, LakeConfig, TableName};
use chrono::Utc;
use clap::Args;
use tokio::time::{MissedTickBehavior, interval};
use url::Url;

use crate::services::{phase_words, told_to_stop};

#[derive(Args)]
pub struct IngestArgs {
    #[command(flatten)]
    pub from: FromArgs,
    /// Stop when everything committed until now is in the lake
    #[arg(long)]
    once: bool,
}

/// Where changes come from, and where they go.
#[derive(Args, Clone)]
pub struct FromArgs {
    /// Connection URL of the database, with a user that may replicate
    #[arg(
        long,
        value_name = "URL",
        env = "BASALT_SOURCE",
        hide_env_values = true
    )]
    source: String,
    /// Tables as schema.table, comma separated
    #[arg(long, value_delimiter = ',', required = true)]
    pub tables: Vec<TableName>,
    /// Of these, the ones that keep rows whose partitions the database drops
    #[arg(long, value_delimiter = ',')]
    retain: Vec<TableName>,
    /// Lake folder or s3://bucket/prefix
    #[arg(long, default_value = "lake")]
    lake: String,
    /// Name of the replication slot and of the publication
    #[arg(long, default_value = "basalt_ingest")]
    slot: String,
}

impl FromArgs {
    pub fn source(&self) -> &str {
        &self.source
    }

    pub fn retained(&self) -> BTreeSet<TableName> {
        self.retain.iter().cloned().collect()
    }

    /// The lake's folder.
    pub fn folder(&self) -> anyhow::Result<PathBuf> {
        if self.lake.contains("://") {
            bail!("--lake {} is no local folder", self.lake);
        }
        Ok(std::path::absolute(&self.lake)?)
    }

    /// Opens the lake as that of the source.
    pub async fn open(&self) -> anyhow::Result<Lake> {
        let source = Capture::identify(&self.source).await?;
        let mut config = LakeConfig::new(lake_url(&self.lake)?);
        config.storage_options = std::env::vars()
            .filter(|(name, _)| name.starts_with("AWS_"))
            .map(|(name, value)| (name.to_lowercase(), value))
            .collect();
        source.configure(&mut config);
        Ok(Lake::open(config).await?)
    }

    /// Starts to follow the source.
    pub async fn start(&self, lake: &Lake) -> anyhow::Result<CaptureHandle> {
        if let Some(table) = self.retain.iter().find(|t| !self.tables.contains(t)) {
            bail!("--retain names {table}, which --tables does not");
        }
        let config = CaptureConfig {
            slot: self.slot.clone(),
            publication: self.slot.clone(),
            retained: self.retained(),
            ..CaptureConfig::new(self.source.clone(), self.tables.clone())
        };
        Ok(Capture::start(config, lake.clone()).await?)
    }
}

pub async fn run(args: IngestArgs) -> anyhow::Result<()> {
    loop {
        let lake = args.from.open().await?;
        let capture = args.from.start(&lake).await?;
        let ended = tokio::select! {
            why = report(&capture) => Some(why),
            () = told_to_stop() => None,
            caught = caught_up(&capture), if args.once => { caught?; None }
        };
        let refused = args.once.then(|| refused(&capture)).flatten();
        match (capture.stop().await, ended) {
            // A restore, or a standby that took over: what differs is found and put right.
            (Err(error @ Error::OtherServer { .. }), _) => eprintln!("{error}"),
            (Err(error), _) => return Err(error.into()),
            (Ok(()), Some(why)) => bail!("capture failed: {why}"),
            (Ok(()), None) => {
                print_tables(&lake);
                match refused {
                    Some(why) => bail!("{why}"),
                    None => return Ok(()),
                }
            }
        }
    }
}

/// What keeps tables out of the lake; none when all are in it.
fn refused(capture: &CaptureHandle) -> Option<String> {
    let status = capture.status();
    let refused: Vec<String> = status
        .tables
        .iter()
        .filter_map(|table| Some(format!("{}: {}", table.name, table.error.as_ref()?)))
        .collect();
    (!refused.is_empty()).then(|| refused.join("; "))
}

/// Waits until every table is copied, also those whose copy was found necessary on the way, and
/// everything committed before is visible.
pub async fn caught_up(capture: &CaptureHandle) -> Result<(), Error> {
    let mut status = capture.subscribe();
    loop {
        capture.caught_up(Duration::MAX).await?;
        let whole = |status: &CaptureStatus| {
            let mut tables = status.tables.iter();
            tables.all(|table| table.stale.is_none() || table.error.is_some())
        };
        if whole(&status.borrow_and_update()) {
            return Ok(());
        }
        // An error: the capture has ended, which the next turn tells.
        let _ = status.wait_for(whole).await;
    }
}

/// Tells on standard error what happens, until the capture has failed: why.
pub async fn report(capture: &CaptureHandle) -> String {
    let mut status = capture.subscribe();
    let mut ticks = interval(Duration::from_secs(2));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut last = "";
    let mut told: BTreeMap<TableName, String> = BTreeMap::new();
    loop {
        let now = status.borrow_and_update().clone();
        let (word, detail) = phase_words(&now.phase);
        if word != last {
            let detail = detail.map(|d| format!(": {d}")).unwrap_or_default();
            eprintln!("{word}{detail}");
            last = word;
        }
        if let Phase::Failed(why) = now.phase {
            return why;
        }
        for table in &now.tables {
            let Some(trouble) = trouble(table) else {
                told.remove(&table.name);
                continue;
            };
            if told.insert(table.name.clone(), trouble.clone()) != Some(trouble.clone()) {
                eprintln!("{}: {trouble}", table.name);
            }
        }
        tokio::select! {
            changed = status.changed() => {
                if changed.is_err() {
                    return "capture ended".to_owned();
                }
            }
            _ = ticks.tick() => {
                let copying = now.tables.iter().filter(|t| !t.done && t.rows > 0 && t.error.is_none());
                copying.for_each(|table| eprintln!("  {}", progress(table)));
            }
        }
    }
}

fn trouble(table: &TableProgress) -> Option<String> {
    let stale = |why: &String| format!("is copied again: {why}");
    let failed = |why: &String| format!("is not captured: {why}");
    let failed = table.error.as_ref().map(failed);
    failed.or_else(|| table.stale.as_ref().map(stale))
}

/// One line on a copy that is under way.
fn progress(table: &TableProgress) -> String {
    let of = match table.estimated_rows {
        0 => String::new(),
        rows => format!(" of about {rows}"),
    };
    let left = table.eta(Utc::now());
    let left = left.map(|left| format!(", {} s left", left.as_secs()));
    format!(
        "{}: {}{of} rows, {:.1} MB{}",
        table.name,
        table.rows,
        table.bytes as f64 / 1e6,
        left.unwrap_or_default()
    )
}

/// The lake's tables, on standard output.
pub fn print_tables(lake: &Lake) {
    for table in lake.status() {
        println!(
            "{:<40} {:>12} rows  {:>5} files  {}",
            table.name.to_string(),
            table.rows,
            table.files,
            table.error.or(table.stale).unwrap_or_default()
        );
    }
}

pub fn lake_url(text: &str) -> anyhow::Result<Url> {
    if text.contains("://") {
        return Url::parse(text).with_context(|| format!("--lake {text}"));
    }
    let path = std::path::absolute(text)?;
    std::fs::create_dir_all(&path).with_context(|| format!("making {}", path.display()))?;
    Url::from_directory_path(&path).map_err(|()| anyhow::anyhow!("{} is no folder", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_under_way_says_how_far_it_is() {
        let table = TableProgress {
            name: TableName::new("public", "t"),
            rows: 50,
            bytes: 1_500_000,
            estimated_rows: 100,
            copying_since: None,
            done: false,
            unrepresentable: 0,
            stale: None,
            error: None,
        };
        assert_eq!(progress(&table), "public.t: 50 of about 100 rows, 1.5 MB");
        assert_eq!(trouble(&table), None);
    }
}
