//! `basalt lake`: how the lake stands, and whether its files are what they should be.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::bail;
use basalt_ingest::{Verification, verify};
use basalt_warehouse::TableName;
use clap::Subcommand;
use serde_json::{Value, json};

use super::{
    format::{Format, print},
    ingest::{self, FromArgs},
    remote::Server,
};
use crate::Config;

#[derive(Subcommand)]
pub enum LakeCommand {
    /// Tables, rows, files, positions, and what is wrong
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
    /// Compare tables of any database with their lake, row by row; exit code 1 when they differ
    ///
    /// Names the keys that differ. No `basalt ingest` may follow the same slot meanwhile.
    Compare {
        #[command(flatten)]
        from: FromArgs,
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Back up a database and its lake folder, to fit together at one position
    ///
    /// No `basalt ingest` may follow the same slot meanwhile.
    Backup {
        /// The folder to make
        to: PathBuf,
        #[command(flatten)]
        from: FromArgs,
    },
    /// Restore a backup into an empty database and a new lake folder, and verify both
    Restore {
        /// Folder of the backup
        backup: PathBuf,
        /// The database to fill, and the lake to make
        #[command(flatten)]
        into: FromArgs,
    },
    /// Copy tables of any database again; what the lake has is served until then
    ///
    /// Rows that are equal leave no trace in the history. No `basalt ingest` may follow the same slot
    /// meanwhile.
    Rebuild {
        /// The tables to copy again, of those in --tables
        #[arg(required = true)]
        rebuild: Vec<TableName>,
        #[command(flatten)]
        from: FromArgs,
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
        LakeCommand::Compare { from, format } => return compare(&from, format).await,
        LakeCommand::Backup { to, from } => back_up(&to, &from).await?,
        LakeCommand::Restore { backup, into } => {
            let folder = into.folder()?;
            let manifest =
                basalt_ingest::restore(&backup, into.source(), &folder, programs().as_deref())
                    .await?;
            eprintln!(
                "restored what {} had at {} ({})",
                manifest.server, manifest.lsn, manifest.taken_at
            );
            return compare(&into, Format::Table).await;
        }
        LakeCommand::Rebuild { rebuild, from } => self::rebuild(&rebuild, &from).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn compare(from: &FromArgs, format: Format) -> anyhow::Result<ExitCode> {
    let lake = from.open().await?;
    let capture = from.start(&lake).await?;
    let work = async {
        ingest::caught_up(&capture).await?;
        verify(
            from.source(),
            &lake,
            &from.tables,
            &from.retained(),
            Duration::from_secs(300),
        )
        .await
    };
    let found = tokio::select! {
        why = ingest::report(&capture) => bail!("capture failed: {why}"),
        found = work => found?,
    };
    capture.stop().await?;
    let columns = [
        "table",
        "equal",
        "source rows",
        "lake rows",
        "retained",
        "differences",
        "keys",
    ];
    let row = |found: &Verification| {
        let keys: Vec<_> = found.differing.iter().map(|d| d.key.as_str()).collect();
        json!([
            found.table.to_string(),
            if found.is_equal() { "yes" } else { "NO" },
            found.source_rows,
            found.lake_rows,
            found.retained,
            found.differences,
            found.error.clone().unwrap_or_else(|| keys.join(" ")),
        ])
    };
    let rows: Vec<_> = found.iter().map(row).collect();
    print(format, &columns.map(str::to_owned), &rows)?;
    Ok(if found.iter().all(Verification::is_equal) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn back_up(to: &Path, from: &FromArgs) -> anyhow::Result<()> {
    let folder = from.folder()?;
    let lake = from.open().await?;
    let capture = from.start(&lake).await?;
    let work = async {
        ingest::caught_up(&capture).await?;
        let patience = Duration::from_secs(300);
        let programs = programs();
        basalt_ingest::backup(
            from.source(),
            &lake,
            &folder,
            to,
            programs.as_deref(),
            patience,
        )
        .await
    };
    let manifest = tokio::select! {
        why = ingest::report(&capture) => bail!("capture failed: {why}"),
        done = work => done?,
    };
    capture.stop().await?;
    println!(
        "{} holds {} as of {}",
        to.display(),
        manifest.server,
        manifest.lsn
    );
    Ok(())
}

/// Postgres' own programs: the newest that are installed, else those on the `PATH`.
fn programs() -> Option<PathBuf> {
    let installed = basalt_cluster::Binaries::installed();
    installed.into_iter().next().map(|found| found.folder)
}

async fn rebuild(tables: &[TableName], from: &FromArgs) -> anyhow::Result<()> {
    if let Some(table) = tables.iter().find(|t| !from.tables.contains(t)) {
        bail!("{table} is not among --tables");
    }
    let lake = from.open().await?;
    let capture = from.start(&lake).await?;
    let work = async {
        for table in tables {
            capture.rebuild(table.clone()).await?;
        }
        ingest::caught_up(&capture).await
    };
    tokio::select! {
        why = ingest::report(&capture) => bail!("capture failed: {why}"),
        done = work => done?,
    }
    capture.stop().await?;
    ingest::print_tables(&lake);
    Ok(())
}

fn show(format: Format, status: &Value) -> anyhow::Result<()> {
    if format == Format::Json {
        println!("{}", serde_json::to_string_pretty(status)?);
        return Ok(());
    }
    if format == Format::Table {
        let word = |key: &str| status[key].as_str().unwrap_or("–").to_owned();
        println!(
            "capture {}   received {}   visible {}   acknowledged {}   behind {} bytes",
            word("phase"),
            word("received"),
            word("visible"),
            word("acknowledged"),
            status["lag_bytes"]
        );
        for error in status["errors"].as_array().into_iter().flatten() {
            let word = |key: &str| error[key].as_str().unwrap_or("lake").to_owned();
            println!("{} ({}): {}", word("table"), word("what"), word("message"));
        }
    }
    let columns = [
        "name",
        "rows",
        "hot_rows",
        "dead_rows",
        "files",
        "bytes",
        "profile",
        "delta_version",
        "durable_lsn",
        "lag_bytes",
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
