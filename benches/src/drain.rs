//! Draining a backlog of committed changes, against `pg_recvlogical` into nothing.
//!
//! Both read the same slot contents in binary mode over the same Unix socket: ours decodes, indexes
//! and publishes them queryable, then flushes them into Delta files; the peer throws them away.

use std::time::Duration;

use basalt_ingest::{Capture, CaptureConfig};
use basalt_warehouse::{Lake, LakeConfig, TableName};

use crate::Setting;
use crate::report::{Measured, median};
use crate::source::Source;

const RUNS: usize = 3;
const PATIENCE: Duration = Duration::from_secs(900);
const TABLE: &str = "
    create table backlog (
        id bigint primary key, account bigint not null, kind text not null, amount numeric(18,2) not null, quantity int not null,
        ratio float8 not null, active bool not null, note text, day date not null, at timestamptz not null)";

/// # Errors
/// When a part cannot be started or ends in an error.
pub async fn run(setting: &Setting, source: &Source) -> anyhow::Result<Vec<Measured>> {
    let inserts = setting.rows(2_000_000);
    source.execute(TABLE).await?;
    let folder = tempfile::tempdir()?;
    let table = TableName::new("public", "backlog");
    let config = |slot: &str| {
        let mut config = CaptureConfig::new(source.url.clone(), vec![table.clone()]);
        config.slot = slot.to_owned();
        config.publication = "bench_backlog".to_owned();
        config
    };
    // One slot a run: made on the empty table, so that the whole load is its backlog.
    let mut lakes = Vec::new();
    for run in 0..RUNS {
        let path = folder.path().join(run.to_string());
        std::fs::create_dir(&path)?;
        let identity = Capture::identify(&source.url).await?;
        let mut lake = LakeConfig::in_folder(&path);
        lake.source_id = identity.system_identifier;
        lake.timeline = identity.timeline;
        lake.hot_bytes = 4 << 30;
        lake.flush_rows = usize::MAX;
        let capture = Capture::start(
            config(&format!("ours_{run}")),
            Lake::open(lake.clone()).await?,
        )
        .await?;
        capture.caught_up(PATIENCE).await?;
        capture.stop().await?;
        lakes.push(lake);
        sqlx::query("select pg_create_logical_replication_slot($1, 'pgoutput')")
            .bind(format!("peer_{run}"))
            .execute(&source.pool)
            .await?;
    }
    load(source, inserts).await?;
    let end: String = sqlx::query_scalar("select pg_current_wal_lsn()::text")
        .fetch_one(&source.pool)
        .await?;
    let changes = inserts + inserts / 4;

    let (mut visible, mut durable, mut peer) = (Vec::new(), Vec::new(), Vec::new());
    for (run, lake) in lakes.into_iter().enumerate() {
        let report = basalt_ingest::drain(
            config(&format!("ours_{run}")),
            Lake::open(lake).await?,
            PATIENCE,
        )
        .await?;
        anyhow::ensure!(
            report.counters.rows >= changes,
            "drained {} of {changes} changes",
            report.counters.rows
        );
        visible.push(report.visible_after.as_secs_f64());
        durable.push(report.durable_after.as_secs_f64());
        peer.push(source.time_program(
            "pg_recvlogical",
            &[
                "--dbname",
                &source.url,
                "--slot",
                &format!("peer_{run}"),
                "--start",
                "--no-loop",
                "--endpos",
                &end,
                "--file",
                "/dev/null",
                "-o",
                "proto_version=1",
                "-o",
                "publication_names=bench_backlog",
                "-o",
                "binary=true",
            ],
        )?);
    }
    #[expect(clippy::cast_precision_loss, reason = "a row count far below 2^52")]
    let rate = |seconds: Vec<f64>| changes as f64 / median(seconds);
    let peer = rate(peer);
    Ok(vec![
        Measured::rate(
            "capture drain: decoded, indexed, queryable",
            rate(visible),
            "pg_recvlogical into nothing",
            peer,
            "changes/s",
            0.9,
        ),
        Measured::rate(
            "capture drain: and flushed into Delta",
            rate(durable),
            "pg_recvlogical into nothing",
            peer,
            "changes/s",
            0.9,
        ),
    ])
}

/// Inserts in transactions of 100 rows, then an update of every fourth row in transactions of 100.
async fn load(source: &Source, rows: u64) -> anyhow::Result<()> {
    source
        .execute(
            "create procedure fill(from_id bigint, to_id bigint) language plpgsql as $$
             declare first bigint := from_id;
             begin
                 while first <= to_id loop
                     insert into backlog
                     select i, i % 5000, 'kind ' || i % 40, (i % 100000)::numeric / 100, i % 9, i / 7.0, i % 3 = 0, 'note of row ' || i,
                            date '2024-01-01' + (i % 700)::int, timestamptz '2024-01-01 00:00Z' + i * interval '1 second'
                     from generate_series(first, least(first + 99, to_id)) i;
                     commit;
                     first := first + 100;
                 end loop;
                 first := from_id;
                 while first <= to_id loop
                     update backlog set amount = amount + 1, active = not active where id between first and first + 399 and id % 4 = 0;
                     commit;
                     first := first + 400;
                 end loop;
             end $$",
        )
        .await?;
    // On its own: a procedure that commits may not run inside another statement's transaction.
    sqlx::query("call fill(1, $1)")
        .bind(i64::try_from(rows)?)
        .execute(&source.pool)
        .await?;
    Ok(())
}
