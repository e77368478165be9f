//! `basalt migrate`: brings the database up to date, or says what would be done.

use std::process::ExitCode;

use clap::Args;

use crate::{Config, services::RecordSide};

#[derive(Args)]
pub struct MigrateArgs {
    /// Only print what is missing; exit code 1 when something is
    #[arg(long)]
    check: bool,
}

pub async fn run(config: Config, args: &MigrateArgs) -> anyhow::Result<ExitCode> {
    let records = RecordSide::open(&config).await?;
    let outcome = if args.check {
        check(&records).await
    } else {
        apply(&records).await
    };
    records.stop().await;
    outcome
}

async fn check(records: &RecordSide) -> anyhow::Result<ExitCode> {
    let plan = records.db().migration_plan().await?;
    if plan.steps.is_empty() {
        println!("The database is up to date.");
        return Ok(ExitCode::SUCCESS);
    }
    print!("{plan}");
    Ok(ExitCode::FAILURE)
}

async fn apply(records: &RecordSide) -> anyhow::Result<ExitCode> {
    let report = records.db().migrate().await?;
    for name in &report.system {
        println!("applied {name}");
    }
    for step in &report.dictionary {
        println!("{}", step.summary);
    }
    if report.is_empty() {
        println!("The database is up to date.");
    }
    Ok(ExitCode::SUCCESS)
}
