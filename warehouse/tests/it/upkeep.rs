//! Checkpoints, clean-up of the log, vacuum with a window of time travel, orphans of crashes.

use std::time::Duration;

use basalt_warehouse::{AsOf, Error, Lake, LakeConfig, Lsn, Profile};

use crate::faulty::{Faulty, bucket};
use crate::support::*;

fn forgetful() -> LakeConfig {
    LakeConfig {
        retention: Duration::ZERO,
        ..bucket()
    }
}

async fn filled(store: &std::sync::Arc<Faulty>, config: LakeConfig) -> Lake {
    drop(crate::faulty::lake(store).await);
    let lake = Lake::open_with_store(config, store.clone()).await.unwrap();
    lake.set_profile(&thing(), Profile::Mor).await.unwrap();
    let many: Vec<_> = (0..64).map(|id| insert(id, "thing", id)).collect();
    apply(&lake, 20, &many).await;
    lake.flush().await.unwrap();
    lake
}

fn count_of(paths: &[String], wanted: impl Fn(&str) -> bool) -> usize {
    paths.iter().filter(|path| wanted(path)).count()
}

fn is_bin(path: &str) -> bool {
    path.ends_with(".bin")
}

#[tokio::test]
async fn replaced_vectors_go_and_live_ones_stay() {
    let store = Faulty::new();
    let lake = filled(&store, forgetful()).await;
    for round in 0..4_u64 {
        let at = i64::try_from(round).unwrap();
        apply(&lake, 30 + round, &[delete(at)]).await;
        lake.flush().await.unwrap();
    }
    assert_eq!(count_of(&store.paths().await, is_bin), 4);
    assert!(lake.vacuum().await.unwrap() >= 3);
    assert_eq!(count_of(&store.paths().await, is_bin), 1);
    assert_eq!(lake.vacuum().await.unwrap(), 0);
    let again = Lake::open_with_store(forgetful(), store.clone())
        .await
        .unwrap();
    assert_eq!(content(&again.snapshot()).await.len(), 60);
}

#[tokio::test]
async fn the_window_of_time_travel_is_kept() {
    let store = Faulty::new();
    let lake = filled(&store, bucket()).await;
    apply(&lake, 30, &[delete(1)]).await;
    lake.flush().await.unwrap();
    lake.set_profile(&thing(), Profile::Cow).await.unwrap();
    apply(&lake, 40, &[delete(2)]).await;
    lake.flush().await.unwrap();
    assert_eq!(lake.vacuum().await.unwrap(), 0);
    lake.publish().await.unwrap();
    for (at, rows) in [(20, 64), (30, 63), (40, 62)] {
        let past = lake.as_of(AsOf::Lsn(Lsn(at))).await.unwrap();
        assert_eq!(content(&past).await.len(), rows, "as of {at}");
    }
}

#[tokio::test]
async fn what_a_crash_left_behind_goes_and_what_is_being_written_stays() {
    let store = Faulty::new();
    let lake = filled(&store, forgetful()).await;
    for orphan in [
        "some/lake/crm/thing/part-orphan.zstd.parquet",
        "some/lake/history/thing/part-orphan.zstd.parquet",
        "some/lake/crm/thing/deletion_vector_orphan.bin",
    ] {
        store.tamper(orphan, "left by a crash").await;
    }
    let mut copy = lake.begin_copy(&thing()).await.unwrap();
    for part in 0..3 {
        let rows_: Vec<_> = (part * 64..part * 64 + 64)
            .map(|id| insert(id, "copied", 1))
            .collect();
        copy.write(rows(&rows_)).await.unwrap();
    }
    assert_eq!(lake.vacuum().await.unwrap(), 3);
    assert!(
        !store
            .paths()
            .await
            .iter()
            .any(|path| path.contains("orphan"))
    );
    copy.finish(Lsn(50), chrono::Utc::now()).await.unwrap();
    lake.advance(Lsn(50)).await.unwrap();
    assert_eq!(content(&lake.publish().await.unwrap()).await.len(), 192);
    // By default another process may still be writing: orphans are given a day.
    store
        .tamper("some/lake/crm/thing/part-orphan.zstd.parquet", "x")
        .await;
    let patient = Lake::open_with_store(bucket(), store.clone())
        .await
        .unwrap();
    assert_eq!(patient.vacuum().await.unwrap(), 0);
}

#[tokio::test]
async fn the_log_is_checkpointed_and_cleaned_up() {
    // The retention of a table's log is set when it is created.
    let store = Faulty::new();
    let lake = Lake::open_with_store(forgetful(), store.clone())
        .await
        .unwrap();
    lake.ensure_table(&thing_def()).await.unwrap();
    let copy = lake.begin_copy(&thing()).await.unwrap();
    copy.finish(Lsn(10), chrono::Utc::now()).await.unwrap();
    for round in 0..104_u64 {
        let at = i64::try_from(round).unwrap();
        apply(&lake, 20 + round, &[insert(at % 7, "x", at)]).await;
        lake.flush().await.unwrap();
    }
    let paths = store.paths().await;
    let log = |end: &'static str| {
        move |path: &str| path.contains("/crm/thing/_delta_log/0") && path.ends_with(end)
    };
    assert!(
        count_of(&paths, log("checkpoint.parquet")) >= 1,
        "{paths:?}"
    );
    let entries = count_of(&paths, log(".json"));
    assert!((1..60).contains(&entries), "{entries} log entries are left");
    let again = Lake::open_with_store(forgetful(), store.clone())
        .await
        .unwrap();
    assert_eq!(content(&again.snapshot()).await.len(), 7);
    assert_eq!(again.table_lsn(&thing()), Some(Lsn(123)));
}

#[tokio::test]
async fn maintenance_comes_to_rest() {
    let store = Faulty::new();
    let eager = LakeConfig {
        vacuum_interval: Duration::ZERO,
        ..forgetful()
    };
    let lake = filled(&store, eager).await;
    apply(&lake, 30, &(0..30).map(delete).collect::<Vec<_>>()).await;
    lake.flush().await.unwrap();
    let mut compacted = 0;
    for _ in 0..12 {
        compacted += usize::from(lake.maintain().await.unwrap().compaction.is_some());
    }
    assert!((1..6).contains(&compacted), "{compacted} compactions");
    let rest = lake.maintain().await.unwrap();
    assert_eq!(rest, basalt_warehouse::Maintenance::default());
    assert_eq!(count_of(&store.paths().await, is_bin), 0);
    assert_eq!(content(&lake.publish().await.unwrap()).await.len(), 34);
}

#[tokio::test]
async fn files_and_the_state_of_the_lake_are_told() {
    let store = Faulty::new();
    let lake = filled(&store, bucket()).await;
    apply(&lake, 30, &[delete(3), delete(4)]).await;
    lake.flush().await.unwrap();
    apply(&lake, 40, &[delete(5)]).await;
    let files = lake.files();
    let current: Vec<_> = files.iter().filter(|file| !file.history).collect();
    assert_eq!(current.len(), 1);
    assert_eq!(
        (current[0].rows, current[0].dead_rows, current[0].vector),
        (64, 3, true)
    );
    let status = lake.status().remove(0);
    assert_eq!(files.len(), status.files + status.history_files);
    assert!(status.index_bytes > 0);
    let lake_status = lake.lake_status().await;
    assert_eq!(lake_status.applied_lsn, Lsn(40));
    assert_eq!(lake_status.durable_lsn, Lsn(30));
    assert_eq!(lake_status.manifest_lsn, Some(Lsn(30)));
    assert_eq!(lake_status.lag_bytes, 10);
    assert_eq!(lake.errors(), []);
}

#[tokio::test]
async fn a_crash_at_any_step_of_a_vacuum_loses_nothing() {
    for done in [false, true] {
        for step in 0.. {
            let store = Faulty::new();
            let lake = filled(&store, forgetful()).await;
            for round in 0..3_u64 {
                let at = i64::try_from(round).unwrap();
                apply(&lake, 30 + round, &[delete(at)]).await;
                lake.flush().await.unwrap();
            }
            store.go_away_after(step, done);
            let vacuumed = lake.vacuum().await;
            let away = store.come_back();
            assert!(away || vacuumed.is_ok());
            let again = Lake::open_with_store(forgetful(), store.clone())
                .await
                .unwrap();
            assert_eq!(content(&again.snapshot()).await.len(), 61, "step {step}");
            again.vacuum().await.unwrap();
            assert_eq!(count_of(&store.paths().await, is_bin), 1);
            if !away {
                assert!(step > 1, "no step failed");
                break;
            }
        }
    }
}

#[tokio::test]
async fn a_tampered_or_repeated_commit_is_noticed() {
    // The last commit again, under the next version: it says the same, and changes nothing.
    let store = Faulty::new();
    let lake = filled(&store, bucket()).await;
    apply(&lake, 30, &[delete(1)]).await;
    lake.flush().await.unwrap();
    let (last, next) = last_and_next(&store).await;
    store.tamper(&next, store.bytes(&last).await).await;
    apply(&lake, 40, &[delete(2)]).await;
    lake.flush().await.unwrap();
    let again = Lake::open_with_store(bucket(), store.clone())
        .await
        .unwrap();
    assert_eq!(content(&again.snapshot()).await.len(), 62);

    // The same with the new vector in the removal: every engine would read an empty table.
    let (last, next) = last_and_next(&store).await;
    let text = String::from_utf8(store.bytes(&last).await.to_vec()).unwrap();
    let mut lines: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let of = |lines: &[serde_json::Value], kind: &str| {
        lines
            .iter()
            .position(|line| line.get(kind).is_some())
            .unwrap()
    };
    let (remove, add) = (of(&lines, "remove"), of(&lines, "add"));
    let vector = lines[add]["add"]["deletionVector"].clone();
    lines[remove]["remove"]["deletionVector"] = vector;
    let lines: Vec<_> = lines.iter().map(ToString::to_string).collect();
    store.tamper(&next, lines.join("\n")).await;
    apply(&again, 50, &[delete(3)]).await;
    let stopped = again.flush().await.unwrap_err();
    assert!(matches!(stopped, Error::Stopped { .. }), "{stopped}");
    assert!(
        again.durable_lsn() < Lsn(50),
        "nothing lost is acknowledged"
    );
    assert!(
        again
            .errors()
            .iter()
            .any(|error| error.table == Some(thing()))
    );
    assert_eq!(content(&again.publish().await.unwrap()).await.len(), 61);

    // A commit whose count of rows was changed.
    let store = Faulty::new();
    let lake = filled(&store, bucket()).await;
    let (last, next) = last_and_next(&store).await;
    let text = String::from_utf8(store.bytes(&last).await.to_vec()).unwrap();
    let add = text.lines().find(|line| line.contains("\"add\"")).unwrap();
    let twice = add.replace("part-", "part-0");
    store.tamper(&next, twice).await;
    apply(&lake, 40, &[insert(900, "late", 1)]).await;
    let stopped = lake.flush().await.unwrap_err();
    assert!(matches!(stopped, Error::Stopped { .. }), "{stopped}");
    assert!(lake.durable_lsn() < Lsn(40));
}

/// The last entry of the current table's log, and the place of the next.
async fn last_and_next(store: &Faulty) -> (String, String) {
    let mut paths = store.paths().await;
    paths.retain(|path| path.contains("/crm/thing/_delta_log/0") && path.ends_with(".json"));
    let last = paths.into_iter().max().unwrap();
    let number: u64 = last.rsplit('/').next().unwrap()[..20].parse().unwrap();
    let next = format!("some/lake/crm/thing/_delta_log/{:020}.json", number + 1);
    (last, next)
}
