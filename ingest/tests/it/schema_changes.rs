//! Columns that come, go and change while the stream runs.

use crate::support::{Fixture, PATIENCE, query, table, until};

#[tokio::test]
async fn columns_added_dropped_and_widened_are_followed() {
    let fixture = Fixture::new(
        "create table t (id int primary key, small smallint, amount numeric(6,2), gone text, words varchar(10));
         insert into t values (1, 1, 1.5, 'x', 'a')",
        &["t"],
    )
    .await;
    let (lake, capture) = fixture.caught_up().await;
    fixture
        .execute_each(&[
            "insert into t values (2, 2, 2.5, 'y', 'b')",
            "alter table t add column more text",
            "insert into t values (3, 3, 3.5, 'z', 'c', 'more')",
            "alter table t drop column gone",
            "insert into t values (4, 4, 4.5, 'd', 'more')",
            "alter table t alter small type bigint, alter amount type numeric(12,4), alter words type text",
            "insert into t values (5, 5000000000, 12345678.1234, 'longer than ten', null)",
            // Before, between and after within one transaction.
            "begin; update t set words = 'e' where id = 1; alter table t add column last date;
             update t set last = '2024-01-01' where id = 2; insert into t values (6, 6, 6, 'f', 'g', '2024-01-02'); commit",
        ])
        .await;
    capture.caught_up(PATIENCE).await.unwrap();
    assert_eq!(capture.status().tables[0].error, None);
    fixture.assert_equal(&lake).await;
    let gone = query(&lake, "select id, gone from t order by id").await;
    assert_eq!(
        gone[3..],
        [["4", "null"], ["5", "null"], ["6", "null"]].map(|row| row.map(String::from).to_vec())
    );

    // The same after a restart, with changes of the columns in between.
    capture.stop().await.unwrap();
    fixture
        .execute_each(&[
            "insert into t values (7, 7, 7, 'while stopped', 'h', null)",
            "alter table t add column later int",
            "insert into t values (8, 8, 8, 'while stopped', 'i', null, 8)",
            "alter table t alter later type bigint",
            "insert into t values (9, 9, 9, 'while stopped', 'i', null, 9000000000)",
        ])
        .await;
    let (lake, capture) = fixture.caught_up().await;
    assert_eq!(capture.status().tables[0].error, None);
    fixture.assert_equal(&lake).await;
}

#[tokio::test]
async fn what_can_not_be_followed_fails_one_table_and_stays_failed() {
    let fixture = Fixture::new(
        "create table good (id int primary key, v int);
         create table renamed (id int primary key, v int);
         create table retyped (id int primary key, v int);
         create table rekeyed (id int primary key, v int not null);
         create table readded (id int primary key, v int)",
        &["good", "renamed", "retyped", "rekeyed", "readded"],
    )
    .await;
    let (lake, capture) = fixture.caught_up().await;
    fixture
        .execute_each(&[
            "alter table renamed rename column v to w",
            "alter table retyped alter v type text",
            "alter table rekeyed drop constraint rekeyed_pkey; alter table rekeyed add primary key (v)",
            "alter table readded drop column v; alter table readded add column v int",
            "insert into renamed values (1, 1); insert into retyped values (1, 'one');
             insert into rekeyed values (1, 1);
             insert into readded values (1, 1); insert into good values (1, 1)",
        ])
        .await;
    capture.caught_up(PATIENCE).await.unwrap();
    let errors = |status: &basalt_ingest::CaptureStatus| {
        status
            .tables
            .iter()
            .map(|table| table.error.clone().unwrap_or_default())
            .collect::<Vec<_>>()
    };
    let found = errors(&capture.status());
    let expected = ["", "renamed", "type", "key", "dropped and added again"];
    for (found, expected) in found.iter().zip(expected) {
        assert!(
            found.contains(expected) && found.is_empty() == expected.is_empty(),
            "{found:?} is not {expected:?}"
        );
    }
    assert_eq!(query(&lake, "select id, v from good").await, [["1", "1"]]);

    // The source does not keep its log for the failed ones, and a restart does not forget them.
    lake.flush().await.unwrap();
    let now = fixture
        .text("select pg_current_wal_lsn()::text")
        .await
        .parse()
        .unwrap();
    until(&capture, |status| status.acknowledged >= now).await;
    drop((capture, lake));
    let (lake, capture) = fixture.caught_up().await;
    let found = errors(&capture.status());
    assert_eq!(found[0], "");
    assert!(
        found[1..].iter().all(|error| !error.is_empty()),
        "{found:?}"
    );
    fixture.execute("insert into good values (2, 2)").await;
    capture.caught_up(PATIENCE).await.unwrap();
    assert_eq!(query(&lake, "select count(*) from good").await, [["2"]]);
    assert!(capture.status().table(&table("good")).unwrap().done);
}

#[tokio::test]
async fn a_column_with_a_default_is_copied() {
    let fixture = Fixture::new(
        "create table t (id int primary key, v int); insert into t select i, i from generate_series(1, 1000) i",
        &["t"],
    )
    .await;
    let (lake, capture) = fixture.caught_up().await;
    fixture
        .execute_each(&[
            "update t set v = 0 where id < 10",
            "alter table t add column constant int not null default 5",
            "insert into t values (2000, 1), (2001, 2)",
            "delete from t where id = 7",
        ])
        .await;
    let now = capture.nudge().await.unwrap();
    until(&capture, |status| {
        status.visible >= now && status.is_copied()
    })
    .await;
    assert_eq!(capture.status().tables[0].error, None);
    fixture.assert_equal(&lake).await;

    // The same while nobody looks, with a default that is computed for every row.
    capture.stop().await.unwrap();
    fixture
        .execute_each(&[
            "alter table t add column computed uuid default gen_random_uuid()",
            "update t set v = 9 where id = 3",
        ])
        .await;
    let (lake, capture) = fixture.caught_up().await;
    assert_eq!(capture.status().tables[0].error, None);
    fixture.assert_equal(&lake).await;
    let rows = query(
        &lake,
        "select count(*), count(constant), count(distinct computed) from t",
    )
    .await;
    assert_eq!(rows, [["1001", "1001", "1001"]]);
}
