//! `basalt import`: a CSV or XLSX file into an object, refused rows kept beside it with their reasons.

use std::{collections::BTreeMap, fs::File, path::PathBuf, process::ExitCode};

use anyhow::{Context, bail};
use basalt_model::{Principal, Via};
use basalt_oltp::import::{ImportRequest, ImportSource, Importer};
use clap::Args;

use crate::{Config, services::RecordSide};

#[derive(Args)]
pub struct ImportArgs {
    /// Object or resource, such as customer or customers
    object: String,
    /// CSV file with a header, unpacked when its name ends in .gz; or a workbook (.xlsx), whose first sheet is taken
    file: PathBuf,
    /// Rows whose value of this field is known change that record instead of adding one
    #[arg(long, value_name = "FIELD")]
    upsert: Option<String>,
    /// A column of the file that has another name: --map "Company=name" (repeatable)
    #[arg(long, value_name = "COLUMN=FIELD")]
    map: Vec<String>,
    /// Check everything and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Where refused rows go [<file>.refused.csv]
    #[arg(long, value_name = "FILE")]
    refused: Option<PathBuf>,
    /// Import as this person, within their rights
    #[arg(long = "as", value_name = "LOGIN")]
    person: Option<String>,
}

pub async fn run(config: Config, args: ImportArgs) -> anyhow::Result<ExitCode> {
    let source = open(&args.file)?;
    let records = RecordSide::borrow_or_start(&config).await?;
    let outcome = import(&records, args, source).await;
    records.stop().await;
    outcome
}

async fn import(
    records: &RecordSide,
    args: ImportArgs,
    source: Box<dyn std::io::Read + Send>,
) -> anyhow::Result<ExitCode> {
    let dictionary = records.db().dictionary();
    let object = dictionary
        .object(&args.object)
        .or_else(|| dictionary.by_resource(&args.object));
    let Some(object) = object else {
        let known: Vec<&str> = dictionary
            .objects()
            .iter()
            .map(|o| o.name.as_str())
            .collect();
        bail!(
            "there is no object {:?}; known are {}",
            args.object,
            known.join(", ")
        );
    };
    let principal = match &args.person {
        Some(login) => {
            records
                .auth()
                .principal_of(
                    records
                        .auth()
                        .user_id_of(login)
                        .await
                        .with_context(|| format!("{login:?}"))?,
                    Via::Import,
                )
                .await?
        }
        None => Principal::system().through(Via::Import),
    };
    let refused = args
        .refused
        .clone()
        .unwrap_or_else(|| args.file.with_extension("refused.csv"));
    let bar = indicatif::ProgressBar::new_spinner().with_style(
        indicatif::ProgressStyle::with_template("{spinner} {pos} rows  {per_sec}")?,
    );
    let shown = bar.clone();
    let mut request = ImportRequest {
        file_name: args
            .file
            .file_name()
            .map(|name| name.to_string_lossy().into_owned()),
        mapping: mapping(&args.map)?,
        upsert_key: args.upsert.clone(),
        dry_run: args.dry_run,
        refused_path: Some(refused.clone()),
        progress: Some(Box::new(move |progress| shown.set_position(progress.read))),
        ..ImportRequest::new(&object.name, source)
    };
    let is_workbook = args
        .file
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("xlsx"));
    if is_workbook {
        request.source = ImportSource::Xlsx {
            path: args.file.clone(),
            sheet: None,
        };
    }
    let report = Importer::new(records.db().clone())
        .run(&principal, request)
        .await?;
    bar.finish_and_clear();
    let done = if args.dry_run { "would be" } else { "were" };
    println!(
        "{} rows read: {} {done} added, {} changed, {} refused.",
        report.read, report.inserted, report.updated, report.refused
    );
    if report.refused > 0 {
        println!("Refused rows with their reasons: {}", refused.display());
        return Ok(ExitCode::from(2));
    }
    Ok(ExitCode::SUCCESS)
}

fn open(path: &std::path::Path) -> anyhow::Result<Box<dyn std::io::Read + Send>> {
    let file = File::open(path).with_context(|| format!("opening {}", path.display()))?;
    if path.extension().is_some_and(|e| e == "gz") {
        Ok(Box::new(flate2::read::GzDecoder::new(file)))
    } else {
        Ok(Box::new(file))
    }
}

fn mapping(pairs: &[String]) -> anyhow::Result<BTreeMap<String, String>> {
    let pair = |pair: &String| {
        let (column, field) = pair
            .split_once('=')
            .with_context(|| format!("--map {pair:?} must look like COLUMN=FIELD"))?;
        anyhow::Ok((column.trim().to_owned(), field.trim().to_owned()))
    };
    pairs.iter().map(pair).collect()
}
