//! Tables that leave the publication while the capture runs.

use std::time::Duration;

use basalt_ingest::{Capture, CaptureConfig};

use crate::support::{Fixture, PATIENCE, query, settled, until};

const TABLES: &str = "
    create table kept (id int primary key); insert into kept values (1);
    create table t (id int primary key, note text); insert into t select i, 'old' from generate_series(1, 100) i";

#[tokio::test]
async fn what_leaves_the_publication_is_noticed_named_and_put_right() {
    let fixture = Fixture::new(TABLES, &["kept", "t"]).await;
    let lake = fixture.lake().await;
    let config = CaptureConfig {
        partition_check: Duration::from_millis(50),
        ..fixture.config()
    };
    let capture = Capture::start(config, lake.clone()).await.unwrap();
    capture.caught_up(PATIENCE).await.unwrap();
    let stale = async || {
        let status = until(&capture, |status| status.tables[1].stale.is_some()).await;
        assert_eq!(status.tables[0].stale, None, "the other goes on");
        status.tables[1].stale.clone().unwrap()
    };

    // Taken out by hand: what was written meanwhile is found by a new copy.
    let publication: String = fixture
        .text("select pubname::text from pg_publication")
        .await;
    fixture
        .execute(&format!("begin; alter publication {publication} drop table t; update t set note = 'missed' where id <= 7; commit"))
        .await;
    let why = stale().await;
    assert!(why.contains("taken out of publication"), "{why}");
    settled(&capture).await;
    fixture.assert_equal(&lake).await;
    fixture.execute("insert into t values (101, 'after')").await;
    settled(&capture).await;
    fixture.assert_equal(&lake).await;

    // Dropped and made anew with other rows.
    fixture
        .execute("begin; drop table t; create table t (id int primary key, note text); insert into t values (1, 'new'); commit")
        .await;
    let why = stale().await;
    assert!(why.contains("created again"), "{why}");
    settled(&capture).await;
    fixture.execute("insert into t values (2, 'newer')").await;
    settled(&capture).await;
    let rows = query(&lake, "select id, note from t order by id").await;
    assert_eq!(rows, [["1", "new"], ["2", "newer"]]);

    // Gone for good: named, and the other table goes on.
    fixture.execute("drop table t").await;
    let status = until(&capture, |status| status.tables[1].error.is_some()).await;
    let why = status.tables[1].error.clone().unwrap();
    assert!(why.contains("dropped in the source"), "{why}");
    fixture.execute("insert into kept values (2)").await;
    capture.caught_up(PATIENCE).await.unwrap();
    assert_eq!(query(&lake, "select count(*) from kept").await, [["2"]]);
    assert_eq!(query(&lake, "select count(*) from t").await, [["2"]]);
    capture.stop().await.unwrap();
}
