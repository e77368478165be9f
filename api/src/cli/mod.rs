//! The command line.

mod doctor;
mod format;
mod import;
mod ingest;
mod lake;
mod migrate;
mod openapi;
mod query;
mod remote;
mod sql;
mod up;
mod user;

use std::{io::IsTerminal, net::SocketAddr, path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::{Config, data_dir::require_space, demo};

/// Basalt, the analytics-centric CRM.
#[derive(Parser)]
#[command(name = "basalt", version, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    place: Place,
    #[command(subcommand)]
    command: Command,
}

/// Settings that have an environment variable too; `basalt doctor` lists all of them.
#[derive(Args)]
struct Place {
    /// Folder of everything Basalt keeps [BASALT_DATA, ./basalt-data]
    #[arg(long, global = true, value_name = "DIR", help_heading = "Settings")]
    data: Option<PathBuf>,
    /// Address of the web application and the REST API [BASALT_HTTP, 127.0.0.1:8080]
    #[arg(long, global = true, value_name = "ADDR", help_heading = "Settings")]
    http: Option<SocketAddr>,
    /// Address of the SQL door [BASALT_SQL_ADDR, 127.0.0.1:5439]
    #[arg(long, global = true, value_name = "ADDR", help_heading = "Settings")]
    sql_addr: Option<SocketAddr>,
    /// Loopback port of the managed Postgres [BASALT_PG_PORT, 5440]
    #[arg(long, global = true, value_name = "PORT", help_heading = "Settings")]
    pg_port: Option<u16>,
}

#[derive(Subcommand)]
enum Command {
    /// Start everything on this machine and open for work
    Up,
    /// Start with the demonstration company, or run its tour
    Demo(demo::DemoArgs),
    /// Bring the database up to date
    Migrate(migrate::MigrateArgs),
    /// Ask the lake in SQL
    Sql(sql::SqlArgs),
    /// Look at the lake, or check its files
    #[command(subcommand)]
    Lake(lake::LakeCommand),
    /// Check this machine and say what is missing
    Doctor,
    /// People who may sign in, their passwords and tokens
    #[command(subcommand)]
    User(user::UserCommand),
    /// Bring a CSV file into an object
    Import(import::ImportArgs),
    /// Follow any Postgres database into a lake folder
    Ingest(ingest::IngestArgs),
    /// Serve SQL from a lake that another process writes
    Query(query::QueryArgs),
    /// Print the OpenAPI document
    Openapi,
    /// Print what the views and columns of `mart.*` mean
    DataDictionary,
    /// Print the version
    Version,
}

/// Runs the program; the answer is its exit code.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    start_log(&cli.command);
    // Fails only when another provider was installed before, which does as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            return say(&anyhow::anyhow!(
                "the asynchronous runtime can't start: {error}"
            ));
        }
    };
    match runtime.block_on(Box::pin(run(cli))) {
        Ok(code) => code,
        Err(error) => say(&error),
    }
}

async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let config = cli.place.config()?;
    let data = config.data.clone();
    let failed = match Box::pin(obey(cli.command, config)).await {
        Ok(code) => return Ok(code),
        Err(failed) => failed,
    };
    // What fails on a full disk fails in many words; these are the ones that help.
    Err(match require_space(&data) {
        Ok(()) => failed,
        Err(full) => failed.context(full),
    })
}

async fn obey(command: Command, config: Config) -> anyhow::Result<ExitCode> {
    match command {
        Command::Up => up::run(config).await?,
        Command::Demo(args) => demo::run(config, args).await?,
        Command::Migrate(args) => return migrate::run(config, &args).await,
        Command::Sql(args) => sql::run(config, args).await?,
        Command::Lake(command) => return lake::run(config, command).await,
        Command::Doctor => return Ok(doctor::run(&config).await),
        Command::User(command) => user::run(config, command).await?,
        Command::Import(args) => return import::run(config, args).await,
        Command::Ingest(args) => ingest::run(args).await?,
        Command::Query(args) => query::run(config, args).await?,
        Command::Openapi => openapi::run()?,
        Command::DataDictionary => print!("{}", basalt_query::mart::page()),
        Command::Version => println!("basalt {}", env!("CARGO_PKG_VERSION")),
    }
    Ok(ExitCode::SUCCESS)
}

impl Place {
    fn config(self) -> anyhow::Result<Config> {
        let mut config = Config::from_env()?;
        if let Some(data) = self.data {
            config.data = data;
        }
        if let Some(http) = self.http {
            config.http = http;
        }
        if let Some(sql) = self.sql_addr {
            config.sql = sql;
        }
        if let Some(port) = self.pg_port {
            config.pg_port = port;
        }
        Ok(config)
    }
}

/// To standard error, so that answers on standard output stay clean. Servers tell what they do, commands only
/// what goes wrong; libraries below speak only when something does.
fn start_log(command: &Command) {
    let usual = match command {
        Command::Up | Command::Ingest(_) => "warn,basalt=info",
        // It talks on the screen itself.
        Command::Demo(_) => "error",
        _ => "warn",
    };
    let filter = std::env::var("BASALT_LOG").unwrap_or_else(|_| usual.to_owned());
    let filter = EnvFilter::try_new(&filter).unwrap_or_else(|_| EnvFilter::new(usual));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false);
    // Fails only when a log was started before, as in tests.
    let _ = log.try_init();
}

fn say(error: &anyhow::Error) -> ExitCode {
    let mut causes: Vec<String> = Vec::new();
    for cause in error.chain() {
        let cause = cause.to_string();
        // Transparent errors repeat their source's words.
        if !causes.iter().any(|said| said.contains(&cause)) {
            causes.push(cause);
        }
    }
    eprintln!("basalt: {}", causes.join(": "));
    ExitCode::FAILURE
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
