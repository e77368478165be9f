//! The initial copy into committed Delta files, against one `COPY … BINARY` connection into nothing.

use std::time::{Duration, Instant};

use basalt_ingest::{Capture, CaptureConfig};
use basalt_warehouse::{Lake, LakeConfig, TableName};

use crate::Setting;
use crate::report::{Measured, median};
use crate::source::Source;

const RUNS: usize = 3;
const PATIENCE: Duration = Duration::from_secs(900);

/// # Errors
/// When a part cannot be started or ends in an error.
pub async fn run(setting: &Setting, source: &Source) -> anyhow::Result<Vec<Measured>> {
    let rows = setting.rows(2_000_000);
    source
        .execute(&format!(
            "create table copied as
             select i as id, i % 5000 as account, 'kind ' || i % 40 as kind, ((i % 100000)::numeric / 100)::numeric(18,2) as amount, (i % 9)::int as quantity,
                    i / 7.0::float8 as ratio, i % 3 = 0 as active, 'note of row ' || i as note, date '2024-01-01' + (i % 700)::int as day,
                    timestamptz '2024-01-01 00:00Z' + i * interval '1 second' as at
             from generate_series(1::bigint, {rows}) i;
             alter table copied add primary key (id)"
        ))
        .await?;
    source.execute("vacuum analyze copied").await?;
    let (mut ours, mut peer) = (Vec::new(), Vec::new());
    for run in 0..RUNS {
        let folder = tempfile::tempdir()?;
        let identity = Capture::identify(&source.url).await?;
        let mut lake = LakeConfig::in_folder(folder.path());
        lake.source_id = identity.system_identifier;
        lake.timeline = identity.timeline;
        let mut config =
            CaptureConfig::new(source.url.clone(), vec![TableName::new("public", "copied")]);
        config.slot = format!("copied_{run}");
        config.publication = "bench_copied".to_owned();
        let lake = Lake::open(lake).await?;
        let begin = Instant::now();
        let capture = Capture::start(config, lake.clone()).await?;
        capture.caught_up(PATIENCE).await?;
        ours.push(begin.elapsed().as_secs_f64());
        let copied: usize = lake
            .status()
            .iter()
            .map(|table| usize::try_from(table.rows).unwrap_or(0))
            .max()
            .unwrap_or(0);
        anyhow::ensure!(copied as u64 == rows, "copied {copied} of {rows} rows");
        capture.stop().await?;
        peer.push(source.time_program(
            "psql",
            &[
                "--no-psqlrc",
                "--quiet",
                "--dbname",
                &source.url,
                "--command",
                "\\copy copied to '/dev/null' with (format binary)",
            ],
        )?);
    }
    #[expect(clippy::cast_precision_loss, reason = "a row count far below 2^52")]
    let rate = |seconds: Vec<f64>| rows as f64 / median(seconds);
    Ok(vec![Measured::rate(
        "initial copy: into committed Delta files, history included",
        rate(ours),
        "COPY BINARY into nothing",
        rate(peer),
        "rows/s",
        0.5,
    )])
}
