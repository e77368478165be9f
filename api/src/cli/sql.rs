//! `basalt sql`: a question to the lake, through the running server, or directly while it is stopped.

use basalt_model::Principal;
use basalt_query::{ReadAt, past::moment};
use clap::Args;
use serde_json::{Value, json};

use super::{
    format::{Format, print},
    remote::Server,
};
use crate::{Config, Node};

#[derive(Args)]
pub struct SqlArgs {
    /// One reading statement, for example "select * from mart.customer limit 10"
    statement: String,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Rows printed at most
    #[arg(long, default_value_t = 1000)]
    limit: u32,
    /// All tables as of a moment of the past: an instant such as 2026-03-01T08:00+08, or a log position
    #[arg(long, value_name = "MOMENT")]
    as_of: Option<String>,
    /// Open the lake here as administrator, without a server
    #[arg(long, conflicts_with_all = ["server", "key"])]
    local: bool,
    #[command(flatten)]
    server: Server,
}

pub async fn run(config: Config, args: SqlArgs) -> anyhow::Result<()> {
    let (columns, rows, truncated) = if args.local {
        ask_here(config, &args).await?
    } else {
        ask_server(&config, &args).await?
    };
    print(args.format, &columns, &rows)?;
    if truncated {
        eprintln!("There are more rows; --limit shows more.");
    }
    Ok(())
}

async fn ask_server(
    config: &Config,
    args: &SqlArgs,
) -> anyhow::Result<(Vec<String>, Vec<Value>, bool)> {
    let answer = args
        .server
        .post(
            config,
            "/api/v1/sql",
            &json!({ "sql": args.statement, "limit": args.limit, "as_of": args.as_of }),
        )
        .await?;
    let columns = answer["columns"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|c| c["name"].as_str().map(str::to_owned))
        .collect();
    let rows = answer["rows"].as_array().cloned().unwrap_or_default();
    Ok((columns, rows, answer["truncated"] == json!(true)))
}

async fn ask_here(
    config: Config,
    args: &SqlArgs,
) -> anyhow::Result<(Vec<String>, Vec<Value>, bool)> {
    let at = match &args.as_of {
        Some(moment) => ReadAt::Past(moment::read(moment, "UTC")?),
        None => ReadAt::Fresh,
    };
    let node = Node::start(config.on_free_ports()).await?;
    let answer = async {
        let engine = &node
            .app()
            .analysis()
            .map_err(|p| anyhow::anyhow!("{}", p.code().to_owned()))?
            .engine;
        let result = engine
            .session(&Principal::system(), at)
            .await?
            .collect_first(&args.statement, args.limit as usize)
            .await?;
        let columns = result
            .schema
            .fields()
            .iter()
            .map(|f| f.name().clone())
            .collect();
        anyhow::Ok((columns, result.to_json_rows()?, result.truncated))
    }
    .await;
    node.stop().await;
    answer
}
