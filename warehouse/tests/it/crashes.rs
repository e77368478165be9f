//! A lake that is dropped without a flush and fed again from an earlier position.

use basalt_warehouse::{Lake, Lsn};

use crate::support::*;

#[tokio::test]
async fn a_replay_with_overlap_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let transactions = [
        transaction(
            20,
            &[
                insert(1, "anvil", 1),
                insert(2, "bell", 2),
                insert(3, "cup", 3),
            ],
        ),
        transaction(30, &[update(1, "anvil!", 10), delete(2)]),
        transaction(40, &[touch(1, 11), insert(4, "drum", 4)]),
        transaction(50, &[truncate(), insert(9, "new", 9)]),
        transaction(60, &[touch(9, 90)]),
    ];
    let expected = {
        let folder = tempfile::tempdir().unwrap();
        let lake = lake_with_thing(folder.path()).await;
        for transaction in &transactions {
            lake.apply(transaction.clone()).await.unwrap();
        }
        let snapshot = lake.publish().await.unwrap();
        (content(&snapshot).await, history(&snapshot).await)
    };
    drop(lake_with_thing(folder.path()).await);
    // Each round flushes one transaction further, goes one beyond, and is lost.
    for flushed in 0..transactions.len() {
        let lake = Lake::open(config(folder.path())).await.unwrap();
        let acknowledged = lake.durable_lsn();
        for (number, transaction) in transactions.iter().enumerate() {
            assert!(transaction.lsn > acknowledged || number <= flushed);
            lake.apply(transaction.clone()).await.unwrap();
            if number == flushed {
                lake.flush().await.unwrap();
                assert_eq!(lake.durable_lsn(), transaction.lsn);
            }
        }
        let snapshot = lake.publish().await.unwrap();
        assert_eq!(
            (content(&snapshot).await, history(&snapshot).await),
            expected,
            "after {flushed}"
        );
    }
    let lake = Lake::open(config(folder.path())).await.unwrap();
    assert_eq!(lake.durable_lsn(), Lsn(60));
    let snapshot = lake.snapshot();
    assert_eq!(
        (content(&snapshot).await, history(&snapshot).await),
        expected
    );
}

#[tokio::test]
async fn what_is_not_durable_is_not_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake_with_thing(folder.path()).await;
    assert_eq!(lake.durable_lsn(), Lsn(10));
    lake.advance(Lsn(15)).await.unwrap();
    assert_eq!(lake.durable_lsn(), Lsn(15));
    apply(&lake, 20, &[insert(1, "anvil", 1)]).await;
    lake.advance(Lsn(90)).await.unwrap();
    assert_eq!(lake.durable_lsn(), Lsn(15));
    lake.flush().await.unwrap();
    assert_eq!(lake.durable_lsn(), Lsn(90));
}

#[tokio::test]
async fn an_unwritable_store_keeps_the_hot_tier_serving() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake_with_thing(folder.path()).await;
    apply(&lake, 20, &[insert(1, "anvil", 1)]).await;
    let table = folder.path().join("crm/thing");
    let aside = folder.path().join("crm/aside");
    std::fs::rename(&table, &aside).unwrap();
    std::fs::write(&table, "in the way").unwrap();

    lake.flush().await.unwrap_err();
    assert!(lake.status()[0].error.is_some());
    assert_eq!(lake.durable_lsn(), Lsn(10));
    apply(&lake, 30, &[insert(2, "bell", 2)]).await;
    assert_eq!(content(&lake.publish().await.unwrap()).await.len(), 2);

    std::fs::remove_file(&table).unwrap();
    std::fs::rename(&aside, &table).unwrap();
    lake.flush().await.unwrap();
    assert_eq!(lake.status()[0].error, None);
    assert_eq!(lake.durable_lsn(), Lsn(30));
    drop(lake);
    let lake = Lake::open(config(folder.path())).await.unwrap();
    assert_eq!(content(&lake.snapshot()).await.len(), 2);
    assert_eq!(history(&lake.snapshot()).await.len(), 2);
}
