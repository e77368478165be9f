//! Object stores other than a healthy local folder.

use basalt_testkit::S3Server;
use basalt_warehouse::{Error, Lake, LakeConfig, Lsn};
use object_store::ObjectStore;
use object_store::path::Path;

use crate::faulty::{Fault, Faulty, bucket, lake, with_thing};
use crate::support::*;

#[tokio::test]
async fn a_lake_lives_in_a_bucket() {
    let store = Faulty::new();
    let first = lake(&store).await;
    apply(&first, 20, &[insert(1, "anvil", 1), insert(2, "bell", 2)]).await;
    first.flush().await.unwrap();
    apply(&first, 30, &[touch(1, 10), delete(2)]).await;
    first.flush().await.unwrap();
    let snapshot = first.publish().await.unwrap();
    assert_eq!(
        text(&snapshot, "select id, name, amount from thing").await,
        ["1|anvil|10"]
    );
    let again = lake(&store).await;
    assert_eq!(again.table_lsn(&thing()), Some(Lsn(30)));
    assert_eq!(
        text(&again.snapshot(), "select id, name, amount from thing").await,
        ["1|anvil|10"]
    );
    let logs = store
        .list_with_delimiter(Some(&Path::from("some/lake/history/thing")))
        .await
        .unwrap();
    assert_eq!(
        logs.objects.len(),
        2,
        "two history files below the lake's folder"
    );
}

#[tokio::test]
async fn a_lake_lives_on_a_real_s3_server() {
    let server = S3Server::start();
    let mut config = LakeConfig::new(format!("{}/crm", server.url()).parse().unwrap());
    config.storage_options = server.options();
    config.retention = std::time::Duration::ZERO;
    let open = async || with_thing(Lake::open(config.clone()).await.unwrap()).await;
    let (first, second) = (open().await, open().await);
    apply(&first, 20, &[insert(1, "anvil", 1), insert(2, "bell", 2)]).await;
    first.flush().await.unwrap();
    apply(&second, 20, &[insert(1, "anvil", 1), insert(2, "bell", 2)]).await;
    let stopped = second.flush().await.unwrap_err();
    assert!(
        matches!(stopped, Error::Stopped { .. }),
        "the server refused the second commit of one version: {stopped}"
    );
    drop(second);
    apply(&first, 30, &[touch(1, 10), delete(2)]).await;
    first.flush().await.unwrap();
    assert!(first.vacuum().await.unwrap() > 0);
    let expected = ["1|anvil|10"];
    let sql = "select id, name, amount from thing";
    assert_eq!(text(&first.publish().await.unwrap(), sql).await, expected);
    let again = open().await;
    assert_eq!(again.table_lsn(&thing()), Some(Lsn(30)));
    assert_eq!(text(&again.snapshot(), sql).await, expected);
    assert_eq!(
        history(&again.snapshot()).await,
        [
            "20|insert|1|anvil|1",
            "20|insert|2|bell|2",
            "30|update|1|anvil|10",
            "30|delete|2|-|-"
        ]
    );
}

#[tokio::test]
async fn a_store_without_conditional_put_is_refused() {
    let store = Faulty::new();
    store.set(Fault::Overwrite);
    let refused = Lake::open_with_store(bucket(), store).await.unwrap_err();
    assert!(matches!(refused, Error::Config(_)), "{refused}");
}

#[tokio::test]
async fn a_commit_whose_answer_was_lost_is_not_made_twice() {
    for fault in [Fault::LoseAnswer, Fault::LoseAnswerAndGoAway, Fault::Deny] {
        let store = Faulty::new();
        let first = lake(&store).await;
        apply(&first, 20, &[insert(1, "anvil", 1), insert(2, "bell", 2)]).await;
        store.set(fault);
        let flushed = first.flush().await;
        assert_eq!(flushed.is_ok(), fault == Fault::LoseAnswer);
        apply(&first, 30, &[update(1, "anvil!", 3)]).await;
        let expected = ["1|anvil!|3", "2|bell|2"];
        let sql = "select id, name, amount from thing order by id";
        if fault == Fault::LoseAnswerAndGoAway {
            first.flush().await.unwrap_err();
            assert_eq!(
                first.durable_lsn(),
                Lsn(0),
                "nothing is known to be durable"
            );
        }
        store.set(Fault::None);
        assert_eq!(text(&first.publish().await.unwrap(), sql).await, expected);
        first.flush().await.unwrap();
        assert_eq!(first.durable_lsn(), Lsn(30));
        assert_eq!(text(&first.publish().await.unwrap(), sql).await, expected);
        let again = lake(&store).await;
        assert_eq!(text(&again.snapshot(), sql).await, expected);
        assert_eq!(
            history(&again.snapshot()).await,
            [
                "20|insert|1|anvil|1",
                "20|insert|2|bell|2",
                "30|update|1|anvil!|3"
            ]
        );
    }
}

#[tokio::test]
async fn two_writers_of_one_lake_are_noticed_before_anything_is_acknowledged() {
    let store = Faulty::new();
    let first = lake(&store).await;
    let second = lake(&store).await;
    apply(&first, 20, &[insert(1, "anvil", 1)]).await;
    first.flush().await.unwrap();
    apply(&second, 20, &[insert(1, "anvil", 1)]).await;
    let stopped = second.flush().await.unwrap_err();
    assert!(matches!(stopped, Error::Stopped { .. }), "{stopped}");
    assert!(second.durable_lsn() < Lsn(20));
    assert!(second.status()[0].error.is_some());
    let third = lake(&store).await;
    assert_eq!(history(&third.snapshot()).await, ["20|insert|1|anvil|1"]);
}

#[tokio::test]
async fn a_crash_between_history_and_current_table_repeats_neither() {
    let store = Faulty::new();
    let first = lake(&store).await;
    let transactions = [
        transaction(20, &[insert(1, "anvil", 1), insert(2, "bell", 2)]),
        transaction(30, &[touch(1, 10), update(2, "bell!", 3)]),
        transaction(40, &[touch(2, 4), update(1, "anvil!", 5), touch(1, 6)]),
    ];
    for transaction in &transactions[..2] {
        first.apply(transaction.clone()).await.unwrap();
    }
    store.set(Fault::DenyCurrent);
    first.flush().await.unwrap_err();
    store.set(Fault::None);
    assert_eq!(first.durable_lsn(), Lsn(0));
    drop(first);
    let again = lake(&store).await;
    assert_eq!(again.table_lsn(&thing()), Some(Lsn(10)));
    for transaction in transactions {
        again.apply(transaction).await.unwrap();
    }
    let snapshot = again.publish().await.unwrap();
    assert_eq!(
        text(&snapshot, "select id, name, amount from thing order by id").await,
        ["1|anvil!|6", "2|bell!|4"]
    );
    let expected = [
        "20|insert|1|anvil|1",
        "20|insert|2|bell|2",
        "30|update|1|anvil|10",
        "30|update|2|bell!|3",
        "40|update|2|bell!|4",
        "40|update|1|anvil!|5",
        "40|update|1|anvil!|6",
    ];
    assert_eq!(history(&snapshot).await, expected);
    again.flush().await.unwrap();
    assert_eq!(history(&lake(&store).await.snapshot()).await, expected);
}

#[tokio::test]
async fn vacuum_deletes_only_what_is_no_longer_live() {
    let store = Faulty::new();
    let mut config = bucket();
    config.retention = std::time::Duration::ZERO;
    drop(lake(&store).await);
    let lake = Lake::open_with_store(config, store.clone()).await.unwrap();
    for round in 0..3 {
        apply(
            &lake,
            20 + round,
            &[insert(1, "anvil", 1), insert(2, "bell", 2)],
        )
        .await;
        lake.flush().await.unwrap();
    }
    assert!(lake.vacuum().await.unwrap() >= 2);
    assert_eq!(content(&lake.publish().await.unwrap()).await.len(), 2);
    apply(&lake, 30, &[update(1, "anvil!", 3)]).await;
    lake.flush().await.unwrap();
    drop(lake);
    let again = crate::faulty::lake(&store).await;
    assert_eq!(content(&again.snapshot()).await.len(), 2);
    assert_eq!(history(&again.snapshot()).await.len(), 7);
}
