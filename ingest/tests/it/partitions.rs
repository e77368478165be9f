//! Partitions that come and go as a whole, of tables that follow them and of tables that remember.

use std::time::Duration;

use basalt_ingest::{Capture, CaptureConfig, CaptureHandle};
use basalt_warehouse::Lake;

use crate::support::{Fixture, PATIENCE, query, settled, table, until};

const TABLE: &str = "
    create table event (id int, at date, note text, primary key (id, at)) partition by range (at);
    create table event_1 partition of event for values from ('2024-01-01') to ('2024-02-01');
    create table event_2 partition of event for values from ('2024-02-01') to ('2024-03-01');
    create table event_3 partition of event for values from ('2024-03-01') to ('2024-04-01');
    create table event_4 partition of event for values from ('2024-04-01') to ('2024-05-01');
    insert into event select i, date '2024-01-01' + i, 'copied' from generate_series(0, 119) i";

/// January goes, February is detached, March emptied: 31 + 29 + 31 rows.
const GONE: [&str; 3] = [
    "drop table event_1",
    "alter table event detach partition event_2",
    "truncate event_3",
];

async fn start(fixture: &Fixture, lake: &Lake, retained: bool) -> CaptureHandle {
    let retained = retained.then(|| table("event"));
    let config = CaptureConfig {
        partition_check: Duration::from_millis(50),
        retained: retained.into_iter().collect(),
        ..fixture.config()
    };
    Capture::start(config, lake.clone()).await.unwrap()
}

async fn count(lake: &Lake) -> String {
    query(lake, "select count(*) from event").await[0][0].clone()
}

#[tokio::test]
async fn a_table_that_follows_loses_what_its_partitions_held() {
    let fixture = Fixture::new(TABLE, &["event"]).await;
    let lake = fixture.lake().await;
    let capture = start(&fixture, &lake, false).await;
    capture.caught_up(PATIENCE).await.unwrap();
    assert_eq!(count(&lake).await, "120");
    for (statement, left) in GONE.iter().zip(["89", "60", "29"]) {
        fixture.execute(statement).await;
        until(&capture, |status| status.tables[0].stale.is_some()).await;
        settled(&capture).await;
        assert_eq!(count(&lake).await, left, "after {statement}");
    }
    // While nobody looks, and with rows that come as a whole.
    capture.stop().await.unwrap();
    fixture
        .execute(
            "drop table event_4;
             alter table event attach partition event_2 for values from ('2024-02-01') to ('2024-03-01')",
        )
        .await;
    let lake = fixture.lake().await;
    let capture = start(&fixture, &lake, false).await;
    settled(&capture).await;
    assert_eq!(count(&lake).await, "29");
    fixture.assert_equal(&lake).await;
}

#[tokio::test]
async fn a_table_that_remembers_keeps_it() {
    let fixture = Fixture::new(TABLE, &["event"]).await;
    let lake = fixture.lake().await;
    let capture = start(&fixture, &lake, true).await;
    capture.caught_up(PATIENCE).await.unwrap();
    fixture.execute_each(&GONE).await;
    fixture
        .execute_each(&[
            "create table event_5 partition of event for values from ('2024-05-01') to ('2024-06-01')",
            "insert into event values (1000, '2024-05-05', 'new')",
        ])
        .await;
    // A partition that came is copied, as its rows may have come with it.
    until(&capture, |status| status.tables[0].stale.is_some()).await;
    settled(&capture).await;
    assert_eq!(count(&lake).await, "121");
    fixture
        .execute_each(&[
            "delete from event where id = 119",
            "update event set note = 'changed' where id = 118",
        ])
        .await;
    capture.caught_up(PATIENCE).await.unwrap();
    assert_eq!(count(&lake).await, "120");

    // A copy keeps it too.
    capture.stop().await.unwrap();
    fixture
        .execute("select pg_drop_replication_slot(current_database()); insert into event values (1001, '2024-05-06', 'missed')")
        .await;
    let lake = fixture.lake().await;
    let capture = start(&fixture, &lake, true).await;
    settled(&capture).await;
    assert_eq!(count(&lake).await, "121");
    assert_eq!(
        query(
            &lake,
            "select op, count(*) from history_event where via = 'resync' group by op"
        )
        .await,
        [["resync", "1"]],
        "only what was missed is in the history"
    );
    let found = &fixture.verify_retaining(&lake, &["event"]).await[0];
    assert!(found.is_equal(), "{found:#?}");
    assert_eq!(found.retained, 91);
    assert!(!fixture.verify(&lake).await[0].is_equal());
    // And the rows that were kept are found by their key like any other.
    fixture
        .execute(
            "alter table event attach partition event_2 for values from ('2024-02-01') to ('2024-03-01')",
        )
        .await;
    until(&capture, |status| status.tables[0].stale.is_some()).await;
    settled(&capture).await;
    fixture
        .execute("update event set note = 'back' where id = 40")
        .await;
    capture.caught_up(PATIENCE).await.unwrap();
    assert_eq!(count(&lake).await, "121");
    assert_eq!(
        query(&lake, "select note from event where id = 40").await,
        [["back"]]
    );

    // Emptied as a whole it is empty.
    fixture.execute("truncate event").await;
    capture.caught_up(PATIENCE).await.unwrap();
    assert_eq!(count(&lake).await, "0");
}
