//! Copies that happen by themselves: the slot is lost, the server is another one, time went back.

use basalt_ingest::Capture;
use basalt_warehouse::{Lake, LakeConfig};

use crate::support::{Fixture, PATIENCE, query, settled, table};

const TABLES: &str = "
    create table t (id int primary key, v int, body text);
    create table quiet (id int primary key);
    alter table t alter body set storage external;
    insert into t select i, 0, repeat('b', 3000) from generate_series(1, 1000) i;
    insert into quiet select generate_series(1, 10)";

/// What nobody captures: 10 rows changed, 5 gone, 3 new.
const MISSED: &str = "
    update t set v = 1 where id <= 10;
    delete from t where id > 995;
    insert into t select i, 2, 'new' from generate_series(2001, 2003) i";

async fn assert_missed_is_made_good(fixture: &Fixture, lake: &Lake) {
    fixture.assert_equal(lake).await;
    let changes = query(
        lake,
        "select op, via, count(*) from history_t where via = 'resync' group by op, via order by op",
    )
    .await;
    assert_eq!(
        changes,
        [["delete", "resync", "5"], ["resync", "resync", "13"]],
        "rows that are equal leave no trace"
    );
    assert_eq!(
        query(
            lake,
            "select count(*) from history_quiet where via = 'resync'"
        )
        .await,
        [["0"]]
    );
    assert_eq!(
        query(
            lake,
            "select count(*) from t where v = 1 and length(body) = 3000"
        )
        .await,
        [["10"]]
    );
}

#[tokio::test]
async fn a_slot_that_was_dropped_while_stopped() {
    let fixture = Fixture::new(TABLES, &["t", "quiet"]).await;
    let (_lake, capture) = fixture.caught_up().await;
    capture.stop().await.unwrap();
    fixture.execute(MISSED).await;
    fixture
        .execute("select pg_drop_replication_slot(slot_name) from pg_replication_slots where database = current_database()")
        .await;
    let lake = fixture.lake().await;
    // Killed with the new slot just made: what is missing is not forgotten.
    let capture = fixture.start(&lake).await;
    let stale = capture.status().tables[0].stale.clone().unwrap();
    assert!(stale.contains("does not exist"), "{stale}");
    assert_eq!(
        query(&lake, "select count(*) from t").await,
        [["1000"]],
        "what is there is served"
    );
    drop((capture, lake));
    let lake = fixture.lake().await;
    assert!(lake.stale(&table("t")).is_some());
    let capture = fixture.start(&lake).await;
    settled(&capture).await;
    assert_missed_is_made_good(&fixture, &lake).await;
    assert_eq!(lake.stale(&table("t")), None);

    capture.stop().await.unwrap();
    let lake = fixture.lake().await;
    let capture = fixture.start(&lake).await;
    settled(&capture).await;
    assert_eq!(capture.status().counters.copied_rows, 0, "and that was all");
    assert_missed_is_made_good(&fixture, &lake).await;
}

#[tokio::test]
async fn a_slot_that_was_made_anew_behind_our_back() {
    let fixture = Fixture::new(TABLES, &["t", "quiet"]).await;
    let (_lake, capture) = fixture.caught_up().await;
    capture.stop().await.unwrap();
    fixture.execute(MISSED).await;
    fixture
        .execute(
            "select pg_drop_replication_slot(current_database());
             select pg_create_logical_replication_slot(current_database(), 'pgoutput')",
        )
        .await;
    let lake = fixture.lake().await;
    let capture = fixture.start(&lake).await;
    let stale = capture.status().tables[0].stale.clone().unwrap();
    assert!(stale.contains("made anew"), "{stale}");
    settled(&capture).await;
    assert_missed_is_made_good(&fixture, &lake).await;
}

#[tokio::test]
async fn a_slot_that_is_dropped_under_way() {
    let fixture = Fixture::new(TABLES, &["t", "quiet"]).await;
    let (lake, capture) = fixture.caught_up().await;
    fixture.drop_slot().await;
    fixture.execute(MISSED).await;
    crate::support::until(&capture, |status| status.counters.resyncs > 0).await;
    settled(&capture).await;
    fixture.assert_equal(&lake).await;
    fixture
        .execute("insert into t values (3000, 1, 'after')")
        .await;
    capture.caught_up(PATIENCE).await.unwrap();
    fixture.assert_equal(&lake).await;
}

#[tokio::test]
async fn another_server_is_compared_with_what_is_there() {
    let fixture = Fixture::new(TABLES, &["t", "quiet"]).await;
    let other = LakeConfig {
        source_id: "another server".into(),
        ..fixture.lake_config().await
    };
    let lake = Lake::open(other).await.unwrap();
    let capture = fixture.start(&lake).await;
    capture.caught_up(PATIENCE).await.unwrap();
    capture.stop().await.unwrap();
    drop((capture, lake));
    fixture.execute(MISSED).await;

    let lake = fixture.lake().await;
    let stale = lake.stale(&table("t")).unwrap();
    assert!(stale.contains("another server"), "{stale}");
    assert_eq!(
        query(&lake, "select count(*) from t").await,
        [["1000"]],
        "served"
    );
    let capture = fixture.start(&lake).await;
    settled(&capture).await;
    assert_missed_is_made_good(&fixture, &lake).await;
    capture.stop().await.unwrap();
    let lake = fixture.lake().await;
    assert_eq!(lake.stale(&table("t")), None);
    let capture = Capture::start(fixture.config(), lake.clone())
        .await
        .unwrap();
    settled(&capture).await;
    assert_missed_is_made_good(&fixture, &lake).await;
}
