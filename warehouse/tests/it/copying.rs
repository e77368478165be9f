//! The initial copy, changes that arrive meanwhile, and copies that are given up.

use basalt_warehouse::{Error, Lake, Lsn};
use chrono::Utc;

use crate::support::*;

async fn empty(folder: &std::path::Path) -> Lake {
    let lake = Lake::open(config(folder)).await.unwrap();
    lake.ensure_table(&thing_def()).await.unwrap();
    lake
}

fn some(ids: std::ops::Range<i64>) -> Vec<Change> {
    ids.map(|id| insert(id, &format!("copied {id}"), id))
        .collect()
}

#[tokio::test]
async fn a_copy_is_visible_at_once_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let lake = empty(folder.path()).await;
    assert_eq!(lake.table_lsn(&thing()), None);
    let mut copy = lake.begin_copy(&thing()).await.unwrap();
    assert!(matches!(
        lake.begin_copy(&thing()).await,
        Err(Error::Copying(_))
    ));
    copy.write(rows(&some(0..100))).await.unwrap();
    assert!(lake.publish().await.unwrap().table_names().is_empty());
    drop(copy);

    let mut copy = lake.begin_copy(&thing()).await.unwrap();
    for part in 0..5 {
        copy.write(rows(&some(part * 40..part * 40 + 40)))
            .await
            .unwrap();
    }
    assert_eq!(copy.finish(Lsn(50), Utc::now()).await.unwrap(), 200);
    assert_eq!(lake.table_lsn(&thing()), Some(Lsn(50)));
    let snapshot = lake.publish().await.unwrap();
    assert_eq!(count(&snapshot, "select count(*) from thing").await, 200);
    assert_eq!(
        text(
            &snapshot,
            "select count(*), min(op), max(lsn) from thing_history"
        )
        .await,
        ["200|snapshot|50"]
    );
    assert_eq!(
        lake.durable_lsn(),
        Lsn(0),
        "the stream has not said anything yet"
    );

    // Changes the copy has already are dropped.
    apply(&lake, 40, &[delete(1)]).await;
    apply(&lake, 60, &[delete(2)]).await;
    let snapshot = lake.publish().await.unwrap();
    assert_eq!(
        count(&snapshot, "select count(*) from thing where id < 5").await,
        4
    );
    drop(lake);
    let lake = Lake::open(config(folder.path())).await.unwrap();
    assert_eq!(
        count(&lake.snapshot(), "select count(*) from thing").await,
        200
    );
}

#[tokio::test]
async fn changes_wait_for_the_end_of_the_copy() {
    let folder = tempfile::tempdir().unwrap();
    let lake = empty(folder.path()).await;
    lake.advance(Lsn(5)).await.unwrap();
    let mut copy = lake.begin_copy(&thing()).await.unwrap();
    apply(&lake, 20, &[insert(1, "in the copy already", 1)]).await;
    apply(
        &lake,
        40,
        &[update(1, "after the copy", 2), insert(2, "late", 2)],
    )
    .await;
    assert_eq!(lake.durable_lsn(), Lsn(5), "what waits is not durable");
    copy.write(rows(&[insert(1, "in the copy already", 1)]))
        .await
        .unwrap();
    copy.finish(Lsn(30), Utc::now()).await.unwrap();
    let snapshot = lake.publish().await.unwrap();
    assert_eq!(
        text(&snapshot, "select id, name from thing order by id").await,
        ["1|after the copy", "2|late"]
    );
    assert_eq!(
        history(&snapshot).await,
        [
            "30|snapshot|1|in the copy already|1",
            "40|update|1|after the copy|2",
            "40|insert|2|late|2"
        ]
    );
    assert_eq!(lake.durable_lsn(), Lsn(20));
}

#[tokio::test]
async fn nothing_is_shown_while_a_copy_is_ahead_of_the_stream() {
    let folder = tempfile::tempdir().unwrap();
    let lake = empty(folder.path()).await;
    lake.advance(Lsn(5)).await.unwrap();
    let mut copy = lake.begin_copy(&thing()).await.unwrap();
    copy.write(rows(&some(0..3))).await.unwrap();
    copy.finish(Lsn(30), Utc::now()).await.unwrap();
    assert!(lake.publish().await.unwrap().table_names().is_empty());
    lake.advance(Lsn(30)).await.unwrap();
    assert_eq!(content(&lake.publish().await.unwrap()).await.len(), 3);
}

#[tokio::test]
async fn a_repeated_copy_replaces_the_rows_and_keeps_the_history() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake_with_thing(folder.path()).await;
    apply(&lake, 20, &[insert(1, "old", 1), insert(2, "gone", 2)]).await;
    let mut copy = lake.begin_copy(&thing()).await.unwrap();
    copy.write(rows(&[insert(1, "new", 1), insert(3, "more", 3)]))
        .await
        .unwrap();
    apply(&lake, 40, &[update(3, "later", 3)]).await;
    copy.finish(Lsn(30), Utc::now()).await.unwrap();
    let snapshot = lake.publish().await.unwrap();
    assert_eq!(
        text(&snapshot, "select id, name from thing order by id").await,
        ["1|new", "3|later"]
    );
    assert_eq!(
        history(&snapshot).await,
        [
            "20|insert|1|old|1",
            "20|insert|2|gone|2",
            "30|delete|2|-|-",
            "30|resync|1|new|1",
            "30|resync|3|more|3",
            "40|update|3|later|3"
        ]
    );
    lake.flush().await.unwrap();
    drop(lake);
    let lake = Lake::open(config(folder.path())).await.unwrap();
    assert_eq!(content(&lake.snapshot()).await.len(), 2);
}

#[tokio::test]
async fn a_repeated_copy_given_up_leaves_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake_with_thing(folder.path()).await;
    apply(&lake, 20, &[insert(1, "old", 1)]).await;
    let copy = lake.begin_copy(&thing()).await.unwrap();
    apply(&lake, 30, &[update(1, "meanwhile", 1)]).await;
    drop(copy);
    apply(&lake, 40, &[insert(2, "after", 2)]).await;
    let snapshot = lake.publish().await.unwrap();
    assert_eq!(
        text(&snapshot, "select id, name from thing order by id").await,
        ["1|meanwhile", "2|after"]
    );
}
