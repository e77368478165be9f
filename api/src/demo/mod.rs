//! The demonstration, `basalt demo`: the main job of the product from end to end on real input.
//!
//! Every step is a sentence on the screen; the first that fails ends the demonstration with its
//! name. Running it again goes on with the same data.

mod company;
mod files;
mod leads;
mod live;
mod load;
mod log;
mod mailing;
mod packs;
mod people;
mod scoring;
mod screen;
mod summary;
mod verify;

use anyhow::Context as _;
use clap::Args;

use crate::{Config, Node, services};
use screen::Screen;

/// How the demonstration runs.
#[derive(Args, Debug)]
pub struct DemoArgs {
    /// Throw the data directory away and start over
    #[arg(long)]
    pub reset: bool,
    /// Check everything and end, instead of staying open
    #[arg(long)]
    pub exit: bool,
    /// Only every Nth customer of the log
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub sample: u32,
}

/// The password of every account of the demonstration, unless `BASALT_DEMO_PASSWORD` names another.
const PASSWORD: &str = "basalt-demo";

/// # Errors
/// The first step that failed, by its name.
pub async fn run(mut config: Config, arguments: DemoArgs) -> anyhow::Result<()> {
    config.data = std::path::absolute(&config.data)?;
    if arguments.reset && config.data.exists() {
        reset(&config).await?;
    }
    let screen = Screen::default();
    screen.title("Basalt demo");
    let node = screen
        .step(
            "Starting Postgres, capture, lake, SQL door, mailbox and web server",
            Node::start(config),
        )
        .await?;
    let toured = tour(&node, &arguments, &screen).await;
    if toured.is_ok() && !arguments.exit {
        screen.note("Running until Ctrl-C.");
        services::told_to_stop().await;
    }
    screen.note("Stopping");
    node.stop().await;
    toured
}

async fn tour(node: &Node, arguments: &DemoArgs, screen: &Screen) -> anyhow::Result<()> {
    let password = std::env::var("BASALT_DEMO_PASSWORD").unwrap_or_else(|_| PASSWORD.to_owned());
    let app = node.app();
    let analysis = app
        .analysis()
        .map_err(|problem| anyhow::anyhow!("{problem:?}"))?;

    let today = chrono::Utc::now().date_naive();
    let log = screen
        .step("Reading the CDNOW transaction log", async {
            log::PurchaseLog::read(arguments.sample, today)
        })
        .await?;
    screen.detail(&format!(
        "{} purchases; days moved forward by {} whole weeks, so that the log ends on {}; names, regions, industries and accounts are generated",
        log.purchases.len(),
        log.weeks_moved,
        log.last_day().context("the log is empty")?
    ));
    let company = screen
        .step(
            "Setting up departments and accounts",
            company::set_up(app, &password),
        )
        .await?;
    let loaded = load::run(app, &log, screen).await?;
    let made = screen
        .step(
            "Making public pools and leads",
            leads::set_up(app, &company),
        )
        .await?;
    screen.detail(&made);
    screen
        .step(
            "Waiting until the lake has caught up",
            load::caught_up(analysis, screen),
        )
        .await?;
    let checked = screen
        .step(
            "Verifying counts and sums, Postgres = lake",
            verify::run(app, analysis, loaded.as_ref()),
        )
        .await?;
    screen.detail(&checked);
    let scored = screen
        .step(
            "Scoring RFM and lifetime value over all customers",
            scoring::run(app, analysis, today),
        )
        .await?;
    screen.detail(&scored);
    let campaign = screen
        .step(
            "Building the segment, mailing it, reading opens, clicks and unsubscribes",
            mailing::run(app, analysis, &company),
        )
        .await?;
    screen.detail(&campaign);
    let delivered = screen
        .step(
            "Rendering the report pack and mailing it to two managers",
            packs::run(app, analysis, &company),
        )
        .await?;
    screen.detail(&delivered);
    let seen = screen
        .step(
            "Paying an order through the REST API and watching it arrive in SQL",
            live::run(node, &password),
        )
        .await?;
    screen.detail(&seen);
    summary::print(node, &company, &password, screen).await?;
    screen.note("All checks passed.");
    Ok(())
}

/// Stops a server that an earlier run left behind, then removes the data directory.
async fn reset(config: &Config) -> anyhow::Result<()> {
    let postgres = config.data.join("postgres");
    if postgres.join("data/PG_VERSION").exists() {
        let cluster = basalt_cluster::Cluster::start(basalt_cluster::ClusterConfig::new(
            &postgres,
            config.pg_port,
        ))
        .await?;
        cluster.stop().await?;
    }
    std::fs::remove_dir_all(&config.data)
        .with_context(|| format!("cannot remove {}", config.data.display()))
}
