//! Compaction: fewer, fuller, ordered files; the same rows whatever happens meanwhile.

use basalt_warehouse::{Lake, Profile};

use crate::faulty::{Faulty, bucket};
use crate::support::*;

fn many(ids: std::ops::Range<i64>) -> Vec<Change> {
    ids.map(|id| insert(id, &format!("thing {id:03}"), id))
        .collect()
}

async fn state(lake: &Lake) -> (Vec<String>, Vec<String>) {
    let snapshot = lake.publish().await.unwrap();
    let sql = "select id, name, amount from thing order by id";
    (text(&snapshot, sql).await, history(&snapshot).await)
}

#[tokio::test]
async fn small_files_become_one() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake_with_thing(folder.path()).await;
    lake.set_profile(&thing(), Profile::Mor).await.unwrap();
    // Full files leave no small ones for a flush to merge; so many are made by deleting.
    apply(&lake, 20, &many(0..640)).await;
    lake.flush().await.unwrap();
    assert_eq!(lake.status()[0].files, 10);
    let gone: Vec<_> = (0..640).filter(|id| id % 64 > 5).map(delete).collect();
    apply(&lake, 30, &gone).await;
    lake.flush().await.unwrap();
    assert_eq!(lake.status()[0].files, 10);
    let before = state(&lake).await;
    let done = lake.compact(&thing()).await.unwrap();
    assert!(
        done.files_removed >= 10 && done.dead_rows == 580,
        "{done:?}"
    );
    let status = lake.status().remove(0);
    assert_eq!((status.files, status.rows, status.dead_rows), (1, 60, 0));
    assert_eq!(state(&lake).await, before);
    let again = Lake::open(config(folder.path())).await.unwrap();
    assert_eq!(state(&again).await, before);
    // The key index names the new places.
    apply(&lake, 40, &[touch(64, 1), delete(65)]).await;
    lake.flush().await.unwrap();
    let sql = "select name, amount from thing where id in (64, 65)";
    assert_eq!(
        text(&lake.publish().await.unwrap(), sql).await,
        ["thing 064|1"]
    );
}

#[tokio::test]
async fn a_file_full_of_dead_rows_is_rewritten_and_only_that() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake_with_thing(folder.path()).await;
    lake.set_profile(&thing(), Profile::Mor).await.unwrap();
    apply(&lake, 20, &many(0..256)).await;
    lake.flush().await.unwrap();
    let gone: Vec<_> = (0..30).chain(64..70).map(delete).collect();
    apply(&lake, 30, &gone).await;
    lake.flush().await.unwrap();
    let done = lake.maintain().await.unwrap().compaction.unwrap();
    assert_eq!((done.files_removed, done.files_added), (1, 1));
    assert_eq!((done.rows, done.dead_rows), (34, 30));
    assert_eq!(lake.status()[0].dead_rows, 6);
    // The history is brought into order, and then there is nothing left to do.
    while lake.maintain().await.unwrap().compaction.is_some() {}
    assert_eq!((lake.status()[0].files, lake.status()[0].dead_rows), (4, 6));
}

#[tokio::test]
async fn rows_that_die_while_a_file_is_compacted_stay_dead() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake_with_thing(folder.path()).await;
    lake.set_profile(&thing(), Profile::Mor).await.unwrap();
    apply(&lake, 20, &many(0..128)).await;
    lake.flush().await.unwrap();
    apply(&lake, 30, &(0..40).map(delete).collect::<Vec<_>>()).await;
    lake.flush().await.unwrap();
    // These die in memory only; the Delta table does not know yet.
    apply(&lake, 40, &[delete(41), update(42, "hot", 0)]).await;
    let before = state(&lake).await;
    let done = lake.compact(&thing()).await.unwrap();
    assert_eq!(done.dead_rows, 40);
    assert_eq!(state(&lake).await, before);
    // A crash now must find the Delta table as of 30.
    let crashed = Lake::open(config(folder.path())).await.unwrap();
    assert_eq!(content(&crashed.snapshot()).await.len(), 88);
    crashed
        .apply(transaction(40, &[delete(41), update(42, "hot", 0)]))
        .await
        .unwrap();
    assert_eq!(state(&crashed).await, before);
}

#[tokio::test]
async fn compaction_beside_a_busy_stream_loses_no_row() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake_with_thing(folder.path()).await;
    lake.set_profile(&thing(), Profile::Mor).await.unwrap();
    apply(&lake, 20, &many(0..256)).await;
    lake.flush().await.unwrap();
    let compactor = tokio::spawn({
        let lake = lake.clone();
        async move {
            let mut rows = 0;
            for _ in 0..60 {
                rows += lake.compact(&thing()).await.unwrap().rows;
                tokio::task::yield_now().await;
            }
            rows
        }
    });
    let mut expected: std::collections::BTreeMap<i64, i64> = (0..256).map(|id| (id, id)).collect();
    for round in 0..60_u64 {
        let at = i64::try_from(round).unwrap();
        let changes: Vec<_> = (0..8)
            .map(|step| {
                let id = (at * 37 + step * 11) % 256;
                expected.insert(id, at);
                update(id, "busy", at)
            })
            .collect();
        apply(&lake, 100 + round * 10, &changes).await;
        if round % 3 == 0 {
            lake.flush().await.unwrap();
        }
    }
    let rows = compactor.await.unwrap() + lake.compact(&thing()).await.unwrap().rows;
    assert!(rows > 0, "nothing was compacted");
    lake.flush().await.unwrap();
    let again = Lake::open(config(folder.path())).await.unwrap();
    for lake in [lake, again] {
        let snapshot = lake.publish().await.unwrap();
        let found: std::collections::BTreeMap<i64, i64> = content(&snapshot)
            .await
            .into_iter()
            .map(|(id, row)| (id, row.1.unwrap()))
            .collect();
        assert_eq!(found, expected);
        let versions = count(&snapshot, "select count(*) from thing_history").await;
        assert_eq!(versions, 256 + 60 * 8);
    }
}

#[tokio::test]
async fn a_clustered_table_reads_one_file_for_a_filter_on_its_column() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake_with_thing(folder.path()).await;
    // The amounts are scattered over the keys, and so over the files.
    let scattered: Vec<_> = (0..256)
        .map(|id| insert(id, "x", (id * 97) % 256))
        .collect();
    apply(&lake, 20, &scattered).await;
    lake.flush().await.unwrap();
    let files = async |lake: &Lake| {
        let snapshot = lake.publish().await.unwrap();
        let plan = context(&snapshot)
            .sql("select * from thing where amount between 10 and 20")
            .await
            .unwrap()
            .create_physical_plan()
            .await
            .unwrap();
        let plan = datafusion::physical_plan::displayable(plan.as_ref()).indent(true);
        plan.to_string().matches(".zstd.parquet").count()
    };
    assert_eq!(files(&lake).await, 4);
    let before = state(&lake).await;
    lake.cluster_by(&thing(), &["amount"]).await.unwrap();
    lake.cluster_by(&thing(), &["nowhere"]).await.unwrap_err();
    lake.compact(&thing()).await.unwrap();
    assert!(files(&lake).await <= 2);
    assert_eq!(state(&lake).await, before);
    // It is remembered, and done once.
    let again = Lake::open(config(folder.path())).await.unwrap();
    assert!(files(&again).await <= 2);
    assert_eq!(again.compact(&thing()).await.unwrap().files_removed, 0);
    apply(&again, 30, &[touch(5, 15)]).await;
    again.flush().await.unwrap();
    let sql = "select count(*) from thing where amount = 15";
    assert_eq!(count(&again.publish().await.unwrap(), sql).await, 2);
}

#[tokio::test]
async fn versions_of_a_row_lie_together_in_a_compacted_history() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake_with_thing(folder.path()).await;
    for round in 0..6_u64 {
        let changes: Vec<_> = (0..40).map(|id| update(id, "x", 1)).collect();
        apply(&lake, 20 + round * 10, &changes).await;
        lake.flush().await.unwrap();
    }
    let before = state(&lake).await;
    assert_eq!(before.1.len(), 240);
    lake.compact(&thing()).await.unwrap();
    assert_eq!(state(&lake).await, before);
    let snapshot = lake.publish().await.unwrap();
    let plan = context(&snapshot)
        .sql("select * from thing_history where id = 3")
        .await
        .unwrap()
        .create_physical_plan()
        .await
        .unwrap();
    let plan = datafusion::physical_plan::displayable(plan.as_ref()).indent(true);
    assert!(plan.to_string().matches(".zstd.parquet").count() <= 3);
    assert!(lake.status()[0].history_files >= 4);
}

#[tokio::test]
async fn a_crash_at_any_step_of_a_compaction_loses_nothing() {
    for done in [false, true] {
        for step in 0.. {
            let store = Faulty::new();
            let lake = crate::faulty::lake(&store).await;
            lake.set_profile(&thing(), Profile::Mor).await.unwrap();
            apply(&lake, 20, &many(0..128)).await;
            lake.flush().await.unwrap();
            apply(&lake, 30, &(0..40).map(delete).collect::<Vec<_>>()).await;
            lake.flush().await.unwrap();
            let before = state(&lake).await;
            store.go_away_after(step, done);
            let compacted = lake.compact(&thing()).await;
            let away = store.come_back();
            assert!(away || compacted.is_ok(), "step {step}: {compacted:?}");
            // The process may live on, or not.
            let again = Lake::open_with_store(bucket(), store.clone())
                .await
                .unwrap();
            assert_eq!(state(&again).await, before, "step {step}, done {done}");
            if done {
                apply(&again, 40, &[delete(100)]).await;
                again.flush().await.unwrap();
            } else {
                apply(&lake, 40, &[delete(100)]).await;
                lake.flush().await.unwrap();
                assert_eq!(content(&lake.publish().await.unwrap()).await.len(), 87);
            }
            let last = Lake::open_with_store(bucket(), store.clone())
                .await
                .unwrap();
            assert_eq!(content(&last.snapshot()).await.len(), 87);
            if !away {
                assert!(step > 1, "no step failed");
                break;
            }
        }
    }
}
