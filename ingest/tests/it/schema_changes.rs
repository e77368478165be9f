//! Columns that come, go and change while the stream runs.

use crate::support::{Fixture, PATIENCE, query, settled, table, until};

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

/// Each brings a table to columns the lake can't simply go on with.
const OTHERS: [&str; 4] = [
    "alter table renamed rename column v to w",
    "alter table retyped alter v type text using 'v' || v",
    "alter table rekeyed drop constraint rekeyed_pkey; alter table rekeyed add primary key (v)",
    "alter table readded drop column v; alter table readded add column v text",
];
const ROWS: &str = "
    insert into renamed select i, i * 10 from generate_series(1000, 1004) i;
    insert into retyped select i, 'new' from generate_series(1000, 1004) i;
    insert into rekeyed select i, i * 10 from generate_series(1000, 1004) i;
    insert into readded select i, 'new' from generate_series(1000, 1004) i;
    insert into good values (1, 1)";

async fn others() -> Fixture {
    Fixture::new(
        "create table good (id int primary key, v int);
         create table renamed (id int primary key, v int, stays text);
         create table retyped (id int primary key, v int);
         create table rekeyed (id int primary key, v int not null);
         create table readded (id int primary key, v int);
         insert into renamed select i, i, 's' || i from generate_series(1, 100) i;
         insert into retyped select i, i from generate_series(1, 100) i;
         insert into rekeyed select i, i from generate_series(1, 100) i;
         insert into readded select i, i from generate_series(1, 100) i",
        &["good", "renamed", "retyped", "rekeyed", "readded"],
    )
    .await
}

async fn assert_others(lake: &basalt_warehouse::Lake) {
    let count = async |sql: &str| query(lake, sql).await[0][0].clone();
    // Renamed: the values are there under the new name, in the history too; nothing was changed.
    assert_eq!(
        count("select count(*) from renamed where w = id or id >= 1000").await,
        "105"
    );
    assert_eq!(
        count("select count(*) from history_renamed where op = 'snapshot' and w = id").await,
        "100"
    );
    assert_eq!(
        count(
            "select count(*) from history_renamed where op in ('resync', 'delete') and id < 1000"
        )
        .await,
        "0",
        "rows that are equal leave no trace"
    );
    // Another type: every value is a new one, the old ones are in the history.
    assert_eq!(
        count("select count(*) from history_retyped where op = 'resync' and v = 'v' || id and via = 'resync'").await,
        "100"
    );
    assert_eq!(
        count("select count(*) from history_retyped where op = 'snapshot' and v_before_1 = id and v is null").await,
        "100"
    );
    assert_eq!(
        count("select count(*) from history_readded where op = 'snapshot' and v_before_1 = id")
            .await,
        "100"
    );
    assert_eq!(count("select count(v) from readded").await, "5");
    assert_eq!(count("select count(*) from good").await, "1");
}

#[tokio::test]
async fn other_changes_copy_the_table_again() {
    let fixture = others().await;
    let (lake, capture) = fixture.caught_up().await;
    fixture.execute_each(&OTHERS).await;
    fixture.execute(ROWS).await;
    settled(&capture).await;
    fixture.assert_equal(&lake).await;
    assert_others(&lake).await;
    let status = capture.status();
    assert!(status.tables.iter().all(|table| table.error.is_none()));
    assert!(
        status.table(&table("good")).unwrap().rows == 0,
        "good was left alone"
    );

    // The tables go on, and so they do after a restart.
    fixture
        .execute("update renamed set w = w + 1 where id >= 1000; delete from rekeyed where v = 5; update retyped set v = 'x' where id = 3")
        .await;
    capture.caught_up(PATIENCE).await.unwrap();
    fixture.assert_equal(&lake).await;
    capture.stop().await.unwrap();
    let lake = fixture.lake().await;
    let capture = fixture.start(&lake).await;
    settled(&capture).await;
    assert_eq!(capture.status().counters.copied_rows, 0);
    fixture.assert_equal(&lake).await;
    assert_others(&lake).await;
}

#[tokio::test]
async fn other_changes_while_nobody_looks() {
    let fixture = others().await;
    let (_lake, capture) = fixture.caught_up().await;
    capture.stop().await.unwrap();
    fixture.execute_each(&OTHERS).await;
    fixture.execute(ROWS).await;
    let lake = fixture.lake().await;
    // Killed at once: the need for a copy is not forgotten.
    drop(fixture.start(&lake).await);
    let lake = fixture.lake().await;
    let capture = fixture.start(&lake).await;
    settled(&capture).await;
    fixture.assert_equal(&lake).await;
    assert_others(&lake).await;
}

#[tokio::test]
async fn changes_that_follow_one_another_end_well() {
    let fixture = others().await;
    let (lake, capture) = fixture.caught_up().await;
    for round in 0..6 {
        let (old, new) = if round % 2 == 0 {
            ("v", "w")
        } else {
            ("w", "v")
        };
        fixture
            .execute_each(&[
                &format!("insert into renamed values ({}, 1, 'a')", 2000 + 10 * round),
                &format!("alter table renamed rename column {old} to {new}"),
                &format!("insert into renamed values ({}, 1, 'b')", 2001 + 10 * round),
                &format!(
                    "alter table retyped alter v type {} using null",
                    if round % 2 == 0 { "text" } else { "int" }
                ),
                &format!("insert into retyped values ({}, null)", 2000 + round),
                &format!("alter table renamed add column more{round} int"),
                &format!("update renamed set more{round} = 1, stays = null where id % 7 = {round}"),
            ])
            .await;
    }
    settled(&capture).await;
    fixture.assert_equal(&lake).await;
    fixture
        .execute("update renamed set stays = 'end' where id % 2 = 0")
        .await;
    settled(&capture).await;
    fixture.assert_equal(&lake).await;
}

#[tokio::test]
async fn a_table_that_can_not_be_captured_any_more_does_not_stop_the_others() {
    let fixture = Fixture::new(
        "create table good (id int primary key, v int); create table bad (id int primary key, v int);
         insert into bad values (1, 1)",
        &["good", "bad"],
    )
    .await;
    let (lake, capture) = fixture.caught_up().await;
    fixture
        .execute_each(&[
            "alter table bad add column shape polygon",
            "insert into bad values (2, 2); insert into good values (1, 1)",
        ])
        .await;
    let status = until(&capture, |status| {
        status.table(&table("bad")).unwrap().error.is_some()
    })
    .await;
    let bad = status.table(&table("bad")).unwrap();
    assert!(bad.error.as_ref().unwrap().contains("shape"), "{bad:?}");
    assert!(bad.stale.is_some());
    capture.caught_up(PATIENCE).await.unwrap();
    assert_eq!(query(&lake, "select id, v from good").await, [["1", "1"]]);
    assert_eq!(
        query(&lake, "select id, v from bad").await,
        [["1", "1"]],
        "still served"
    );

    // The source does not keep its log for it, and a restart does not forget it.
    lake.flush().await.unwrap();
    let now = fixture
        .text("select pg_current_wal_lsn()::text")
        .await
        .parse()
        .unwrap();
    until(&capture, |status| status.acknowledged >= now).await;
    drop((capture, lake));
    let (_lake, capture) = fixture.caught_up().await;
    assert!(
        capture
            .status()
            .table(&table("bad"))
            .unwrap()
            .error
            .is_some()
    );
    drop((_lake, capture));

    // Put right, it comes back, and only what differs is in the history.
    fixture.execute("alter table bad drop column shape").await;
    let (lake, capture) = fixture.caught_up().await;
    settled(&capture).await;
    fixture.assert_equal(&lake).await;
    assert_eq!(
        query(&lake, "select id, op from history_bad order by lsn").await,
        [["1", "snapshot"], ["2", "resync"]]
    );
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
