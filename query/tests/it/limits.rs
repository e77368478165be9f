//! Limits of time, rows and memory end a query with an error that names the limit.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use basalt_query::{Engine, EngineConfig, Error, Freshness, ReadAt};
use basalt_warehouse::Lsn;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

use crate::readers::admin;
use crate::world::World;

/// Runs for hours.
const ENDLESS: &str = "select count(*) from generate_series(1, 2000) a join generate_series(1, 500000000) b on a.value % 7 <> b.value % 5";

#[tokio::test(flavor = "multi_thread")]
async fn a_query_over_its_time_is_stopped() {
    let world = World::with(EngineConfig {
        query_timeout: Duration::from_millis(300),
        ..EngineConfig::default()
    })
    .await;
    let started = Instant::now();
    let error = world.error(&admin(), ENDLESS).await;
    assert!(
        matches!(error, Error::Timeout { limit } if limit == Duration::from_millis(300)),
        "{error:?}"
    );
    assert!(error.to_string().contains("300ms"), "{error}");
    assert!(started.elapsed() < Duration::from_secs(30));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_can_be_cancelled() {
    let world = World::new().await;
    let cancel = CancellationToken::new();
    let session = world
        .engine
        .session(&admin(), ReadAt::Latest)
        .await
        .unwrap()
        .with_cancel(cancel.clone());
    let running = tokio::spawn(async move { session.collect(ENDLESS).await });
    cancel.cancel();
    let error = running.await.unwrap().unwrap_err();
    assert!(matches!(error, Error::Cancelled), "{error:?}");
}

#[tokio::test]
async fn too_many_rows_are_an_error_and_a_page_says_so() {
    let world = World::with(EngineConfig {
        max_rows: 1000,
        ..EngineConfig::default()
    })
    .await;
    let error = world
        .error(&admin(), "select * from generate_series(1, 1001)")
        .await;
    assert!(
        matches!(error, Error::RowLimit { limit: 1000 }),
        "{error:?}"
    );
    assert_eq!(
        world
            .query(&admin(), "select * from generate_series(1, 1000)")
            .await
            .unwrap()
            .row_count(),
        1000
    );

    let session = world
        .engine
        .session(&admin(), ReadAt::Latest)
        .await
        .unwrap();
    let page = session
        .collect_first("select * from generate_series(1, 100000)", 10)
        .await
        .unwrap();
    assert_eq!((page.row_count(), page.truncated), (10, true));
    let whole = session
        .collect_first("select * from generate_series(1, 10)", 10)
        .await
        .unwrap();
    assert_eq!((whole.row_count(), whole.truncated), (10, false));
    let page = session
        .collect_first("select * from generate_series(1, 100000)", 5000)
        .await
        .unwrap();
    assert_eq!((page.row_count(), page.truncated), (1000, true));
}

#[tokio::test]
async fn a_query_over_its_memory_fails_and_the_next_one_runs() {
    let world = World::with(EngineConfig {
        memory_limit: 2 << 20,
        target_partitions: 1,
        ..EngineConfig::default()
    })
    .await;
    let error = world
        .error(
            &admin(),
            "select array_agg(value) from generate_series(1, 5000000)",
        )
        .await;
    assert!(
        matches!(error, Error::MemoryLimit { limit, .. } if limit == 2 << 20),
        "{error:?}"
    );
    assert_eq!(world.engine.memory_in_use(), 0);
    world
        .query(&admin(), "select count(*) from crm.customer")
        .await
        .unwrap();
}

#[tokio::test]
async fn a_large_sort_spills_instead_of_failing() {
    let world = World::with(EngineConfig {
        memory_limit: 24 << 20,
        target_partitions: 1,
        ..EngineConfig::default()
    })
    .await;
    let result = world
        .query(&admin(), "select max(r) from (select row_number() over (order by md5(cast(value as varchar))) as r from generate_series(1, 500000))")
        .await
        .unwrap();
    assert_eq!(result.to_json_rows().unwrap()[0][0], 500_000);
}

struct Ahead(Lsn);

#[async_trait]
impl Freshness for Ahead {
    async fn fresh_lsn(&self) -> basalt_query::Result<Lsn> {
        Ok(self.0)
    }
}

#[tokio::test]
async fn a_lake_that_lags_is_named() {
    let world = World::new().await;
    let visible = world.lake.snapshot().lsn();
    let wanted = Lsn(visible.0 + 500);
    let dictionary = world.engine.dictionary();
    let engine = Engine::new(
        EngineConfig::default(),
        world.lake.clone(),
        Arc::new(move || dictionary.clone()),
        Arc::new(Ahead(wanted)),
    )
    .unwrap();
    let error = engine
        .query(&admin(), "select 1", ReadAt::Fresh)
        .await
        .unwrap_err();
    assert!(
        matches!(error, Error::Lagging { behind: 500, .. }),
        "{error:?}"
    );
    assert!(error.to_string().contains("500 bytes"), "{error}");
    engine
        .query(&admin(), "select 1", ReadAt::Latest)
        .await
        .unwrap();
}
