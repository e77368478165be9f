//! What the source must offer, and what is said when it doesn't.

use basalt_ingest::{Capture, CaptureConfig, Error};
use url::Url;

use crate::support::{Fixture, PATIENCE, query, table};

#[tokio::test]
async fn tables_that_can_not_be_captured_do_not_stop_the_others() {
    let fixture = Fixture::new(
        "create table good (id int primary key); create table keyless (id int);
         create unlogged table unlogged (id int primary key);
         create table silent (id int primary key); alter table silent replica identity nothing;
         create table secret (id int primary key); insert into good values (1); insert into secret values (1)",
        &["good", "keyless", "unlogged", "silent", "absent"],
    )
    .await;
    let (lake, capture) = fixture.caught_up().await;
    let status = capture.status();
    for (name, expected) in [
        ("keyless", "ADD PRIMARY KEY"),
        ("unlogged", "unlogged"),
        ("silent", "REPLICA IDENTITY DEFAULT"),
        ("absent", "does not exist"),
    ] {
        let error = status.table(&table(name)).unwrap().error.clone().unwrap();
        assert!(error.contains(expected), "{error}");
    }
    assert_eq!(query(&lake, "select * from good").await, [["1"]]);
    let published = fixture
        .text("select string_agg(tablename, ',') from pg_publication_tables")
        .await;
    assert_eq!(published, "good", "nothing else leaves the source");
}

#[tokio::test]
async fn the_publication_is_an_allow_list() {
    let mut fixture = Fixture::new(
        "create table a (id int primary key); create table b (id int primary key); insert into b values (1)",
        &["a", "b"],
    )
    .await;
    let (_lake, capture) = fixture.caught_up().await;
    capture.stop().await.unwrap();
    fixture.tables = vec![table("a")];
    let (_lake, capture) = fixture.caught_up().await;
    let published = fixture
        .text("select string_agg(tablename, ',') from pg_publication_tables")
        .await;
    assert_eq!(published, "a");
    // Named again, it is copied again: its changes in between are missing.
    capture.stop().await.unwrap();
    fixture
        .execute_each(&[
            "insert into b values (2), (3)",
            "delete from b where id = 1",
            "update b set id = 4 where id = 3",
        ])
        .await;
    fixture.tables = vec![table("a"), table("b")];
    let (lake, capture) = fixture.caught_up().await;
    assert_eq!(capture.status().table(&table("b")).unwrap().error, None);
    fixture.assert_equal(&lake).await;
    fixture.execute("insert into b values (5)").await;
    capture.caught_up(PATIENCE).await.unwrap();
    fixture.assert_equal(&lake).await;
    let resynced = query(&lake, "select count(*) from history_b where op = 'resync'").await;
    assert_eq!(resynced, [["2"]]);
}

#[tokio::test]
async fn a_slot_of_another_database_is_left_alone() {
    let fixture = Fixture::new("create table t (id int primary key)", &["t"]).await;
    let other = Fixture::new("create table t (id int primary key)", &["t"]).await;
    let (_lake, _capture) = fixture.caught_up().await;
    let lake = other.lake().await;
    let config = CaptureConfig {
        slot: fixture.pg.name().to_owned(),
        ..other.config()
    };
    let error = Capture::start(config, lake).await.unwrap_err();
    assert!(matches!(error, Error::ForeignSlot { .. }), "{error}");
}

#[tokio::test]
async fn a_role_that_may_not_replicate_is_told_so() {
    let fixture = Fixture::new("create table t (id int primary key)", &["t"]).await;
    let role = format!("plain_{}", fixture.pg.name());
    fixture
        .execute(&format!("create role {role} login password 'secret'"))
        .await;
    let mut url = Url::parse(fixture.pg.url()).unwrap();
    url.set_username(&role).unwrap();
    url.set_password(Some("secret")).unwrap();
    let lake = fixture.lake().await;
    let config = CaptureConfig {
        source_url: url.to_string(),
        ..fixture.config()
    };
    let error = Capture::start(config, lake).await.unwrap_err();
    fixture.execute(&format!("drop role {role}")).await;
    assert!(matches!(error, Error::NoReplicationRight { .. }), "{error}");
    assert!(error.to_string().contains("ALTER ROLE"), "{error}");
}

#[tokio::test]
async fn odd_names_are_quoted() {
    let fixture = Fixture::new(
        r#"create table "Order" ("Id" int primary key, "select" text, "it's" text);
           insert into "Order" values (1, 'a', 'b')"#,
        &["Order"],
    )
    .await;
    let (lake, capture) = fixture.caught_up().await;
    fixture
        .execute(r#"update "Order" set "select" = 'c'"#)
        .await;
    capture.caught_up(PATIENCE).await.unwrap();
    fixture.assert_equal(&lake).await;
}
