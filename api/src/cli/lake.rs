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
    /// Choose how a table takes dead rows: cow rewrites files, mor lists the rows, auto leaves it to Basalt
    Profile {
        /// As schema.table
        table: TableName,
        profile: ProfileWord,
        #[command(flatten)]
        server: Server,
    },
    /// Choose the columns that a table is clustered by, and put it in order
    Cluster {
        /// As schema.table
        table: TableName,
        /// The columns that most filters ask for, time first; none: by key alone
        columns: Vec<String>,
        #[command(flatten)]
        server: Server,
    },
    /// Erase a customer as a person: from records, audit trail, history and every file; for good
    Erase {
        /// Id of the customer
        #[arg(long)]
        customer: i64,
        /// Who asked for it, and why
        #[arg(long)]
        why: String,
        /// The customer's code; without it you are asked
        #[arg(long, value_name = "CODE")]
        confirm: Option<String>,
        #[command(flatten)]
        server: Server,
    },
    /// The erasures there were, and how far they are
    Erasures {
        #[arg(long, value_enum, default_value_t)]
        format: Format,
        #[command(flatten)]
        server: Server,
    },
    /// Merge a table's small files and leave its dead rows out, now
    Compact {
        /// As schema.table
        table: TableName,
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

/// The profiles that can be asked for.
#[derive(Clone, Copy, clap::ValueEnum)]
pub enum ProfileWord {
    Cow,
    Mor,
    Auto,
}

impl ProfileWord {
    fn word(self) -> &'static str {
        match self {
            Self::Cow => "cow",
            Self::Mor => "mor",
            Self::Auto => "auto",
        }
    }
}

pub async fn run(config: Config, command: LakeCommand) -> anyhow::Result<ExitCode> {
    match command {
        LakeCommand::Status { format, server } => {
            let status = server.get(&config, "/api/v1/lake/status").await?;
            show(format, &status)?;
        }
        LakeCommand::Profile {
            table,
            profile,
            server,
        } => {
            let path = format!("/api/v1/lake/tables/{table}/profile");
            let body = json!({ "profile": profile.word() });
            server.put(&config, &path, &body).await?;
        }
        LakeCommand::Cluster {
            table,
            columns,
            server,
        } => {
            let path = format!("/api/v1/lake/tables/{table}/clustering");
            let body = json!({ "columns": columns });
            server.put(&config, &path, &body).await?;
            compact(&config, &server, &table).await?;
        }
        LakeCommand::Erase {
            customer,
            why,
            confirm,
            server,
        } => erase(&config, &server, customer, &why, confirm).await?,
        LakeCommand::Erasures { format, server } => {
            let listed = server.get(&config, "/api/v1/lake/erasures").await?;
            show_erasures(format, &listed)?;
        }
        LakeCommand::Compact { table, server } => compact(&config, &server, &table).await?,
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

async fn erase(
    config: &Config,
    server: &Server,
    customer: i64,
    why: &str,
    confirm: Option<String>,
) -> anyhow::Result<()> {
    let confirm = match confirm {
        Some(code) => code,
        None => {
            let record = server
                .get(config, &format!("/api/v1/customers/{customer}"))
                .await?;
            eprintln!(
                "{} ({}) will be erased from records, audit trail, history and every file, for good.",
                record["name"].as_str().unwrap_or("This customer"),
                record["code"].as_str().unwrap_or("–")
            );
            eprint!("Type the customer's code to go on: ");
            let mut line = String::new();
            std::io::stdin().read_line(&mut line)?;
            line.trim().to_owned()
        }
    };
    let body = json!({ "customer": customer, "reason": why, "confirm": confirm });
    let mut state = server.post(config, "/api/v1/lake/erasures", &body).await?;
    let path = format!("/api/v1/lake/erasures/{}", state["id"]);
    while state["state"] != json!("done") {
        eprintln!(
            "erased from the records; {} of {} tables of the lake are done{}",
            state["tables_done"],
            state["tables"],
            state["error"]
                .as_str()
                .map(|why| format!(" ({why}; tried again)"))
                .unwrap_or_default()
        );
        tokio::time::sleep(Duration::from_secs(1)).await;
        state = server.get(config, &path).await?;
    }
    println!("erasure {} is done", state["id"]);
    Ok(())
}

fn show_erasures(format: Format, listed: &Value) -> anyhow::Result<()> {
    let columns = [
        "id",
        "object",
        "record_id",
        "state",
        "tables_done",
        "tables",
        "asked_at",
        "done_at",
        "actor",
        "reason",
        "error",
    ];
    let rows: Vec<Value> = listed["items"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|one| columns.iter().map(|c| one[c].clone()).collect())
        .collect();
    print(format, &columns.map(str::to_owned), &rows)
}

async fn compact(config: &Config, server: &Server, table: &TableName) -> anyhow::Result<()> {
    let path = format!("/api/v1/lake/tables/{table}/compaction");
    let done = server.post(config, &path, &json!({})).await?;
    println!(
        "{table}: {} files became {}, {} rows written, {} dead rows left out, {} ms",
        done["files_removed"],
        done["files_added"],
        done["rows"],
        done["dead_rows"],
        done["elapsed_ms"]
    );
    Ok(())
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
