//! `basalt ingest`: follows any Postgres database into a lake folder, without any CRM.

use std::time::Duration;

use anyhow::{Context, bail};
use basalt_ingest::{Capture, CaptureConfig, Phase};
use basalt_warehouse::{Lake, LakeConfig, TableName};
use clap::Args;
use url::Url;

use crate::services::{phase_words, told_to_stop};

#[derive(Args)]
pub struct IngestArgs {
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
    tables: Vec<TableName>,
    /// Lake folder or s3://bucket/prefix
    #[arg(long, default_value = "lake")]
    lake: String,
    /// Name of the replication slot and of the publication
    #[arg(long, default_value = "basalt_ingest")]
    slot: String,
    /// Stop when everything committed until now is in the lake
    #[arg(long)]
    once: bool,
}

pub async fn run(args: IngestArgs) -> anyhow::Result<()> {
    let source = Capture::identify(&args.source).await?;
    let mut lake_config = LakeConfig::new(lake_url(&args.lake)?);
    lake_config.storage_options = std::env::vars()
        .filter(|(name, _)| name.starts_with("AWS_"))
        .map(|(name, value)| (name.to_lowercase(), value))
        .collect();
    source.configure(&mut lake_config);
    let lake = Lake::open(lake_config).await?;
    let capture = Capture::start(
        CaptureConfig {
            slot: args.slot.clone(),
            publication: args.slot,
            ..CaptureConfig::new(args.source, args.tables)
        },
        lake.clone(),
    )
    .await?;

    let mut status = capture.subscribe();
    let report = async {
        let mut last = "";
        loop {
            let (word, detail) = phase_words(&status.borrow_and_update().phase);
            if word != last {
                eprintln!(
                    "{word}{}",
                    detail.map(|d| format!(": {d}")).unwrap_or_default()
                );
                last = word;
            }
            if let Phase::Failed(why) = &status.borrow().phase {
                return why.clone();
            }
            if status.changed().await.is_err() {
                return "capture ended".to_owned();
            }
        }
    };
    tokio::select! {
        why = report => bail!("capture failed: {why}"),
        () = told_to_stop() => {}
        caught = capture.caught_up(Duration::MAX), if args.once => { caught?; }
    }
    capture.stop().await?;
    for table in lake.status() {
        println!(
            "{:<40} {:>12} rows  {:>5} files",
            table.name.to_string(),
            table.rows,
            table.files
        );
    }
    Ok(())
}

fn lake_url(text: &str) -> anyhow::Result<Url> {
    if text.contains("://") {
        return Url::parse(text).with_context(|| format!("--lake {text}"));
    }
    let path = std::path::absolute(text)?;
    std::fs::create_dir_all(&path).with_context(|| format!("making {}", path.display()))?;
    Url::from_directory_path(&path).map_err(|()| anyhow::anyhow!("{} is no folder", path.display()))
}
