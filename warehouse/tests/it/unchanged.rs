//! Values the source left out come from the lake's own row, wherever that is.

use basalt_warehouse::Error;

use crate::support::*;

#[tokio::test]
async fn unchanged_values_come_from_the_current_row() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake_with_thing(folder.path()).await;
    let many: Vec<_> = (0..100)
        .map(|id| insert(id, &format!("long text {id}"), id))
        .collect();
    apply(&lake, 20, &many).await;
    lake.flush().await.unwrap();
    // From a file; from a file by way of the same batch; from the same batch; after a change in it.
    apply(
        &lake,
        30,
        &[
            touch(7, 70),
            touch(70, 700),
            touch(7, 71),
            insert(200, "fresh", 1),
            touch(200, 2),
            update(8, "eight", 8),
            touch(8, 9),
        ],
    )
    .await;
    // From a hot row; with a changed key, where the value comes from the row removed just before.
    apply(&lake, 40, &[touch(7, 72), delete(9), moved(900, 90)]).await;
    let snapshot = lake.publish().await.unwrap();
    let found = text(
        &snapshot,
        "select id, name, amount from thing where id in (7, 70, 200, 8, 9, 900) order by id",
    )
    .await;
    assert_eq!(
        found,
        [
            "7|long text 7|72",
            "8|eight|9",
            "70|long text 70|700",
            "200|fresh|2",
            "900|long text 9|90"
        ]
    );
    let versions = text(
        &snapshot,
        "select lsn, name, amount from thing_history where id = 7 order by lsn, seq",
    )
    .await;
    assert_eq!(
        versions,
        [
            "20|long text 7|7",
            "30|long text 7|70",
            "30|long text 7|71",
            "40|long text 7|72"
        ]
    );
}

fn moved(id: i64, amount: i64) -> Change {
    Change {
        op: basalt_warehouse::Op::Insert,
        ..touch(id, amount)
    }
}

#[tokio::test]
async fn without_a_row_the_transaction_is_refused_whole() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake_with_thing(folder.path()).await;
    let refused = lake
        .apply(transaction(20, &[insert(1, "anvil", 1), touch(5, 5)]))
        .await
        .unwrap_err();
    assert!(matches!(refused, Error::Change { .. }), "{refused}");
    let snapshot = lake.publish().await.unwrap();
    assert!(content(&snapshot).await.is_empty() && history(&snapshot).await.is_empty());
}
