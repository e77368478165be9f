//! `basalt query`: a node that only answers SQL.

use clap::Args;
use url::Url;

use super::ingest::lake_url;
use crate::{
    Config,
    services::{QueryNode, told_to_stop},
};

/// Shows the newest manifest of the lake: what was flushed. A statement that must see more (rights
/// that changed since) asks the capturing process for a new one.
#[derive(Args)]
pub struct QueryArgs {
    /// Connection URL of Basalt's database: tokens, rights and the dictionary are read there
    #[arg(long, env = "DATABASE_URL", value_name = "URL", hide_env_values = true)]
    database: String,
    /// Lake folder or s3://bucket/prefix
    #[arg(long, env = "BASALT_LAKE_URL")]
    lake: String,
}

pub async fn run(config: Config, args: QueryArgs) -> anyhow::Result<()> {
    let lake: Url = lake_url(&args.lake)?;
    let node = QueryNode::start(&config, &args.database, lake).await?;
    println!(
        "Query node at {}: psql \"host={} port={} dbname=basalt user=<token user> sslmode=require\"",
        node.lsn(),
        node.sql().ip(),
        node.sql().port()
    );
    told_to_stop().await;
    node.stop().await;
    Ok(())
}
