//! What readers see: whole transactions, one position, while files change under them.

use basalt_warehouse::{Error, Lsn};
use std::time::Duration;

use crate::support::*;

#[tokio::test]
async fn a_change_is_visible_once_published() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake_with_thing(folder.path()).await;
    apply(&lake, 20, &[insert(1, "anvil", 5), insert(2, "bell", 6)]).await;
    assert_eq!(content(&lake.snapshot()).await.len(), 0);

    let before = lake.snapshot();
    let snapshot = lake.publish().await.unwrap();
    assert_eq!(snapshot.lsn(), Lsn(20));
    assert_eq!(
        text(&snapshot, "select id, name, amount from thing order by id").await,
        ["1|anvil|5", "2|bell|6"]
    );
    assert_eq!(
        history(&snapshot).await,
        ["20|insert|1|anvil|5", "20|insert|2|bell|6"]
    );
    assert_eq!(
        text(
            &snapshot,
            "select actor, via, valid_from from thing_history where id = 2"
        )
        .await,
        ["user:7|api|2023-11-14T22:13:40Z"]
    );
    assert_eq!(content(&before).await.len(), 0, "a snapshot never changes");
}

#[tokio::test]
async fn files_and_hot_rows_are_one_table() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake_with_thing(folder.path()).await;
    let many: Vec<_> = (0..200)
        .map(|id| insert(id, &format!("thing {id}"), id * 10))
        .collect();
    apply(&lake, 20, &many).await;
    let report = lake.flush().await.unwrap();
    assert_eq!((report.commits, report.rows), (2, 400));
    apply(
        &lake,
        30,
        &[delete(3), update(4, "four", -4), insert(500, "late", 1)],
    )
    .await;
    let snapshot = lake.publish().await.unwrap();

    assert_eq!(count(&snapshot, "select count(*) from thing").await, 200);
    assert_eq!(
        count(&snapshot, "select count(*) from thing where id < 10").await,
        9
    );
    assert_eq!(
        count(&snapshot, "select sum(amount) from thing").await,
        199_000 - 30 - 40 - 4 + 1
    );
    assert_eq!(
        text(&snapshot, "select name from thing where amount < 0").await,
        ["four"]
    );
    assert_eq!(
        text(&snapshot, "select max(id), min(amount) from thing").await,
        ["500|-4"]
    );
    assert_eq!(
        query(&snapshot, "select id from thing limit 7")
            .await
            .iter()
            .map(arrow::array::RecordBatch::num_rows)
            .sum::<usize>(),
        7
    );

    let flushed = lake.flush().await.unwrap();
    assert_eq!(flushed.commits, 2);
    let snapshot = lake.publish().await.unwrap();
    assert_eq!(
        count(&snapshot, "select sum(amount) from thing").await,
        199_000 - 30 - 40 - 4 + 1
    );
    let status = lake.status().remove(0);
    assert_eq!(
        (status.rows, status.hot_rows, status.dead_rows),
        (200, 0, 0)
    );
    assert_eq!(status.durable_lsn, Some(Lsn(30)));
}

#[tokio::test]
async fn a_snapshot_outlives_flushes() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake_with_thing(folder.path()).await;
    apply(&lake, 20, &[insert(1, "anvil", 1), insert(2, "bell", 2)]).await;
    lake.flush().await.unwrap();
    apply(&lake, 30, &[delete(1), insert(3, "cup", 3)]).await;
    let held = lake.publish().await.unwrap();
    apply(&lake, 40, &[delete(2), delete(3)]).await;
    lake.flush().await.unwrap();
    let now = lake.publish().await.unwrap();
    assert_eq!(content(&held).await.into_keys().collect::<Vec<_>>(), [2, 3]);
    assert!(content(&now).await.is_empty());
}

#[tokio::test]
async fn readers_and_writers_go_on_during_a_flush() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake_with_thing(folder.path()).await;
    // Every transaction keeps the sum of the amounts at zero.
    for round in 0..40_u64 {
        let id = i64::try_from(round).unwrap() * 2;
        apply(
            &lake,
            100 + round * 10,
            &[insert(id, "plus", 7), insert(id + 1, "minus", -7)],
        )
        .await;
    }
    let flusher = tokio::spawn({
        let lake = lake.clone();
        async move {
            for _ in 0..5 {
                lake.flush().await.unwrap();
            }
        }
    });
    for round in 0..40_u64 {
        let id = i64::try_from(round).unwrap() * 2;
        apply(
            &lake,
            1000 + round * 10,
            &[update(id, "plus", 9), update(id + 1, "minus", -9)],
        )
        .await;
        let snapshot = lake.publish().await.unwrap();
        assert_eq!(
            text(&snapshot, "select sum(amount), count(*) from thing").await,
            ["0|80"]
        );
    }
    flusher.await.unwrap();
    lake.flush().await.unwrap();
    let snapshot = lake.publish().await.unwrap();
    assert_eq!(
        text(
            &snapshot,
            "select min(amount), max(amount), count(*) from thing"
        )
        .await,
        ["-9|9|80"]
    );
    assert_eq!(
        count(&snapshot, "select count(*) from thing_history").await,
        160
    );
}

#[tokio::test]
async fn files_without_a_wanted_row_are_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake_with_thing(folder.path()).await;
    let many: Vec<_> = (0..256)
        .map(|id| insert(id, &format!("thing {id:03}"), id))
        .collect();
    apply(&lake, 20, &many).await;
    lake.flush().await.unwrap();
    let snapshot = lake.publish().await.unwrap();
    assert_eq!(lake.status()[0].files, 4);
    let files = |plan: &str| plan.matches(".zstd.parquet").count();
    let explain = |sql: &'static str| text_of_plan(&snapshot, sql);
    assert_eq!(files(&explain("select * from thing").await), 4);
    assert_eq!(
        files(&explain("select * from thing where id between 70 and 80").await),
        1
    );
    assert_eq!(
        files(&explain("select * from thing where name > 'thing 200'").await),
        1
    );
    assert_eq!(
        files(&explain("select count(*) from thing").await),
        0,
        "counted from statistics"
    );
}

async fn text_of_plan(snapshot: &basalt_warehouse::Snapshot, sql: &str) -> String {
    let plan = context(snapshot)
        .sql(sql)
        .await
        .unwrap()
        .create_physical_plan()
        .await
        .unwrap();
    datafusion::physical_plan::displayable(plan.as_ref())
        .indent(true)
        .to_string()
}

#[tokio::test]
async fn waiting_ends_with_the_position_or_with_the_lag() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake_with_thing(folder.path()).await;
    let error = lake
        .wait_for(Lsn(50), Duration::from_millis(10))
        .await
        .unwrap_err();
    assert!(matches!(
        error,
        Error::Lagging {
            wanted: Lsn(50),
            visible: Lsn(10),
            ..
        }
    ));
    let waiter = tokio::spawn({
        let lake = lake.clone();
        async move {
            lake.wait_for(Lsn(50), Duration::from_secs(30))
                .await
                .unwrap()
                .lsn()
        }
    });
    lake.advance(Lsn(60)).await.unwrap();
    lake.publish().await.unwrap();
    assert_eq!(waiter.await.unwrap(), Lsn(60));
}

#[tokio::test]
async fn too_much_in_memory_is_refused_until_flushed() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake_with_thing(folder.path()).await;
    drop(lake);
    let mut small = config(folder.path());
    small.hot_bytes = 1;
    let lake = basalt_warehouse::Lake::open(small).await.unwrap();
    apply(&lake, 20, &[insert(1, "anvil", 1)]).await;
    let refused = lake
        .apply(transaction(30, &[insert(2, "bell", 2)]))
        .await
        .unwrap_err();
    assert!(matches!(refused, Error::HotTierFull { .. }), "{refused}");
    assert!(lake.flush_if_due().await.unwrap().is_some());
    apply(&lake, 30, &[insert(2, "bell", 2)]).await;
    assert_eq!(content(&lake.publish().await.unwrap()).await.len(), 2);
}
