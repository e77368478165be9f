//! `basalt lake`: how the lake stands, and whether its files are what they should be.

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::{Value, json};

use super::{
    format::{Format, print},
    remote::Server,
};
use crate::Config;

#[derive(Subcommand)]
pub enum LakeCommand {
    /// Tables, rows, files and positions
    Status {
        #[arg(long, value_enum, default_value_t)]
        format: Format,
        #[command(flatten)]
        server: Server,
    },
    /// Compare every table of the lake with the records; exit code 1 when they differ
    Verify {
        #[arg(long, value_enum, default_value_t)]
        format: Format,
        #[command(flatten)]
        server: Server,
    },
}

pub async fn run(config: Config, command: LakeCommand) -> anyhow::Result<ExitCode> {
    match command {
        LakeCommand::Status { format, server } => {
            let status = server.get(&config, "/api/v1/lake/status").await?;
            show(format, &status)?;
        }
        LakeCommand::Verify { format, server } => {
            let verified = server.get(&config, "/api/v1/lake/verify").await?;
            let equal = verified["equal"] == json!(true);
            show_verified(format, &verified)?;
            if !equal {
                return Ok(ExitCode::FAILURE);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn show(format: Format, status: &Value) -> anyhow::Result<()> {
    if format == Format::Table {
        let word = |key: &str| status[key].as_str().unwrap_or("–").to_owned();
        println!(
            "capture {}   received {}   visible {}   acknowledged {}",
            word("phase"),
            word("received"),
            word("visible"),
            word("acknowledged")
        );
    }
    let columns = [
        "name",
        "rows",
        "hot_rows",
        "files",
        "bytes",
        "delta_version",
        "durable_lsn",
        "error",
    ];
    let rows: Vec<Value> = status["tables"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|table| columns.iter().map(|c| table[c].clone()).collect::<Vec<_>>())
        .map(|row| json!(row))
        .collect();
    print(format, &columns.map(str::to_owned), &rows)
}

fn show_verified(format: Format, verified: &Value) -> anyhow::Result<()> {
    let columns = [
        "table",
        "equal",
        "record rows",
        "lake rows",
        "record versions",
        "lake versions",
    ];
    let row = |t: &Value| {
        json!([
            t["name"],
            if t["equal"] == json!(true) {
                "yes"
            } else {
                "NO"
            },
            t["records"]["rows"],
            t["lake"]["rows"],
            t["records"]["versions"],
            t["lake"]["versions"]
        ])
    };
    let rows: Vec<Value> = verified["tables"]
        .as_array()
        .into_iter()
        .flatten()
        .map(row)
        .collect();
    print(format, &columns.map(str::to_owned), &rows)
}
