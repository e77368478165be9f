//! The past: snapshot manifests, nodes without a hot tier, `AS OF` by position, instant and version.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Int64Array, RecordBatch, StringArray};
use arrow::datatypes::DataType;
use basalt_warehouse::{
    Archive, AsOf, ChangeBatch, Error, Lake, LakeConfig, Lsn, Op, Profile, TableDef, TableName,
};
use chrono::{DateTime, TimeDelta, Utc};
use datafusion::prelude::SessionContext;

use crate::faulty::{Fault, Faulty, bucket};
use crate::support::*;

fn instant(lsn: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000 + lsn, 0).unwrap()
}

async fn as_of(lake: &Lake, lsn: u64) -> Vec<String> {
    let past = lake.as_of(AsOf::Lsn(Lsn(lsn))).await.unwrap();
    let sql = "select id, name, amount from thing order by id";
    text(&past, sql).await
}

/// A table's story: at 20 two rows, at 30 one changed and one more, at 40 one gone, at 50 all gone but
/// one new; flushes in between where `flushes` says so.
async fn story(lake: &Lake, flushes: &[u64]) {
    let steps: [(u64, Vec<Change>); 5] = [
        (20, vec![insert(1, "anvil", 1), insert(2, "bell", 2)]),
        (30, vec![update(1, "anvil!", 10), insert(3, "cup", 3)]),
        (40, vec![delete(2), touch(3, 33)]),
        (50, vec![truncate(), insert(9, "new", 9)]),
        (60, vec![update(9, "newer", 90)]),
    ];
    for (lsn, changes) in steps {
        apply(lake, lsn, &changes).await;
        if flushes.contains(&lsn) {
            lake.flush().await.unwrap();
        }
    }
    lake.publish().await.unwrap();
}

const STORY: [(u64, &[&str]); 8] = [
    (10, &[]),
    (20, &["1|anvil|1", "2|bell|2"]),
    (25, &["1|anvil|1", "2|bell|2"]),
    (30, &["1|anvil!|10", "2|bell|2", "3|cup|3"]),
    (40, &["1|anvil!|10", "3|cup|33"]),
    (50, &["9|new|9"]),
    (55, &["9|new|9"]),
    (60, &["9|newer|90"]),
];

#[tokio::test]
async fn every_moment_is_shown_exactly_wherever_the_flushes_were() {
    let all: [&[u64]; 4] = [&[], &[20], &[30, 50], &[20, 30, 40, 50, 60]];
    for profile in [Profile::Cow, Profile::Mor] {
        for flushes in all {
            let folder = tempfile::tempdir().unwrap();
            let lake = lake_with_thing(folder.path()).await;
            lake.set_profile(&thing(), profile).await.unwrap();
            story(&lake, flushes).await;
            for (lsn, rows) in STORY {
                assert_eq!(
                    as_of(&lake, lsn).await,
                    rows,
                    "{lsn}, flushed at {flushes:?}"
                );
                let at = AsOf::Instant(instant(i64::try_from(lsn).unwrap()));
                let past = lake.as_of(at).await.unwrap();
                let sql = "select id, name, amount from thing order by id";
                assert_eq!(
                    text(&past, sql).await,
                    rows,
                    "{at:?}, flushed at {flushes:?}"
                );
            }
            let past = lake.as_of(AsOf::Lsn(Lsn(30))).await.unwrap();
            assert_eq!(past.lsn(), Lsn(30));
            let versions = "select count(*), max(lsn) from thing_history";
            assert_eq!(text(&past, versions).await, ["4|30"]);
            let filtered = "select name from thing where id = 3 and amount < 5";
            assert_eq!(text(&past, filtered).await, ["cup"]);
            assert_eq!(count(&past, "select count(*) from thing").await, 3);
        }
    }
}

#[tokio::test]
async fn before_the_first_snapshot_and_beyond_the_last_change_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake_with_thing(folder.path()).await;
    story(&lake, &[20, 40]).await;
    let early = lake.as_of(AsOf::Lsn(Lsn(9))).await.unwrap_err();
    assert!(
        matches!(early, Error::BeforeFirstSnapshot { first: Lsn(10), .. }),
        "{early}"
    );
    let early = lake.as_of(AsOf::Instant(instant(-1))).await.unwrap_err();
    assert!(
        matches!(early, Error::BeforeFirstSnapshot { .. }),
        "{early}"
    );
    let early = lake
        .table_as_of(&thing(), AsOf::Lsn(Lsn(9)))
        .await
        .unwrap_err();
    assert!(
        matches!(early, Error::BeforeFirstSnapshot { .. }),
        "{early}"
    );
    let late = lake.as_of(AsOf::Lsn(Lsn(61))).await.unwrap_err();
    assert!(
        matches!(
            late,
            Error::NotYet {
                visible: Lsn(60),
                ..
            }
        ),
        "{late}"
    );
    let late = lake
        .as_of(AsOf::Instant(Utc::now() + TimeDelta::hours(1)))
        .await;
    assert!(matches!(late, Err(Error::NotYet { .. })));
    let nowhere = lake
        .table_as_of(&TableName::new("crm", "no"), AsOf::Lsn(Lsn(20)))
        .await;
    assert!(matches!(nowhere, Err(Error::UnknownTable(_))));
    // After a restart, too.
    lake.flush().await.unwrap();
    let again = Lake::open(config(folder.path())).await.unwrap();
    assert_eq!(again.snapshot().lsn(), Lsn(60));
    let early = again.as_of(AsOf::Lsn(Lsn(9))).await.unwrap_err();
    assert!(
        matches!(early, Error::BeforeFirstSnapshot { .. }),
        "{early}"
    );
    for (lsn, rows) in STORY {
        assert_eq!(as_of(&again, lsn).await, rows, "{lsn}");
    }
}

#[tokio::test]
async fn a_delta_version_is_shown_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake_with_thing(folder.path()).await;
    let mut versions = vec![];
    apply(&lake, 20, &[insert(1, "anvil", 1)]).await;
    lake.flush().await.unwrap();
    versions.push((lake.status()[0].delta_version, 1));
    apply(&lake, 30, &[insert(2, "bell", 2)]).await;
    lake.flush().await.unwrap();
    versions.push((lake.status()[0].delta_version, 2));
    for (version, rows) in versions.clone() {
        let table = lake
            .table_as_of(&thing(), AsOf::Version(version))
            .await
            .unwrap();
        let context = SessionContext::new();
        let found = context.read_table(table).unwrap().count().await.unwrap();
        assert_eq!(found, rows, "version {version}");
    }
    let first = lake
        .table_as_of(&thing(), AsOf::Version(0))
        .await
        .unwrap_err();
    assert!(matches!(first, Error::NotKept { .. }), "{first}");
    let last = versions[1].0 + 7;
    let beyond = lake
        .table_as_of(&thing(), AsOf::Version(last))
        .await
        .unwrap_err();
    assert!(matches!(beyond, Error::NotKept { .. }), "{beyond}");
    let all = lake.as_of(AsOf::Version(1)).await.unwrap_err();
    assert!(matches!(all, Error::Config(_)), "{all}");
}

#[tokio::test]
async fn a_node_without_a_hot_tier_sees_whole_snapshots_only() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake_with_thing(folder.path()).await;
    let archive = Archive::open(config(folder.path())).await.unwrap();
    let none = archive.latest().await.unwrap_err();
    assert!(matches!(none, Error::NoManifest), "{none}");
    story(&lake, &[30, 50]).await;
    let seen = archive.latest().await.unwrap();
    assert_eq!(seen.lsn(), Lsn(50));
    assert_eq!(content(&seen).await.len(), 1);
    assert_eq!(count(&seen, "select count(*) from thing_history").await, 8);
    for (lsn, rows) in STORY {
        let past = archive.as_of(AsOf::Lsn(Lsn(lsn))).await;
        if lsn > 50 {
            assert!(matches!(past, Err(Error::NotYet { .. })));
            continue;
        }
        let sql = "select id, name, amount from thing order by id";
        assert_eq!(text(&past.unwrap(), sql).await, rows, "{lsn}");
    }
    lake.flush().await.unwrap();
    assert_eq!(archive.latest().await.unwrap().lsn(), Lsn(60));
    let manifests = archive.manifests().await.unwrap();
    let positions: Vec<_> = manifests.iter().map(|manifest| manifest.lsn.0).collect();
    assert_eq!(positions, [30, 50, 60]);
    assert_eq!(lake.lake_status().await.manifest_lsn, Some(Lsn(60)));
}

fn other() -> TableName {
    TableName::new("crm", "log")
}

fn lines(rows: &[(i64, &str)]) -> ChangeBatch {
    let id: Int64Array = rows.iter().map(|row| Some(row.0)).collect();
    let line: StringArray = rows.iter().map(|row| Some(row.1)).collect();
    ChangeBatch {
        ops: vec![Op::Insert; rows.len()],
        rows: RecordBatch::try_from_iter([
            ("id", Arc::new(id) as arrow::array::ArrayRef),
            ("line", Arc::new(line) as arrow::array::ArrayRef),
        ])
        .unwrap(),
        unchanged: vec![],
    }
}

async fn with_log(config: LakeConfig, folder: &std::path::Path) -> Lake {
    drop(lake_with_thing(folder).await);
    let lake = Lake::open(config).await.unwrap();
    lake.ensure_table(&TableDef {
        name: other(),
        columns: vec![
            column("id", DataType::Int64, 1),
            column("line", DataType::Utf8, 2),
        ],
        key: vec![],
    })
    .await
    .unwrap();
    lake.begin_copy(&other())
        .await
        .unwrap()
        .finish(Lsn(15), instant(15))
        .await
        .unwrap();
    lake.advance(Lsn(15)).await.unwrap();
    lake
}

#[tokio::test]
async fn a_manifest_waits_until_all_tables_are_complete() {
    let folder = tempfile::tempdir().unwrap();
    let config = LakeConfig {
        flush_rows: 3,
        ..config(folder.path())
    };
    let lake = with_log(config, folder.path()).await;
    let both = |lsn| {
        of_tables(
            lsn,
            vec![
                (thing(), batch(&[insert(1, "x", 1)])),
                (other(), lines(&[(1, "a")])),
            ],
        )
    };
    lake.apply(both(20)).await.unwrap();
    lake.flush().await.unwrap();
    assert_eq!(lake.manifests().await.unwrap().len(), 1);
    // Only one of the two tables is due.
    lake.apply(both(30)).await.unwrap();
    lake.apply(of_tables(40, vec![(other(), lines(&[(2, "b"), (3, "c")]))]))
        .await
        .unwrap();
    assert!(lake.flush_if_due().await.unwrap().is_some());
    assert_eq!(
        lake.manifests().await.unwrap().len(),
        1,
        "tables would not fit together"
    );
    assert_eq!(lake.archive().latest().await.unwrap().lsn(), Lsn(20));
    lake.flush().await.unwrap();
    let manifests = lake.manifests().await.unwrap();
    assert_eq!(manifests.len(), 2);
    assert_eq!(manifests[1].lsn, Lsn(40));
    assert_eq!(manifests[1].tables.len(), 2);
    lake.publish().await.unwrap();
    // A table without a key: what was added by then.
    for (lsn, rows) in [(20, 1), (30, 2), (40, 4)] {
        let past = lake.as_of(AsOf::Lsn(Lsn(lsn))).await.unwrap();
        assert_eq!(
            count(&past, "select count(*) from log").await,
            rows,
            "as of {lsn}"
        );
    }
    // A table that was unknown then is absent, not empty.
    let early = lake.as_of(AsOf::Lsn(Lsn(12))).await.unwrap();
    assert_eq!(early.table_names(), [thing()]);
    // Without a version that old, a table without a key can't be told.
    let gap = lake.as_of(AsOf::Lsn(Lsn(16))).await.unwrap();
    let provider = gap.current(&other()).unwrap();
    let refused = SessionContext::new()
        .read_table(provider)
        .unwrap()
        .count()
        .await;
    assert!(refused.unwrap_err().to_string().contains("crm.log"));
}

#[tokio::test]
async fn a_manifest_that_can_not_be_written_spoils_no_flush_and_follows() {
    let store = Faulty::new();
    let lake = crate::faulty::lake(&store).await;
    apply(&lake, 20, &[insert(1, "anvil", 1)]).await;
    lake.flush().await.unwrap();
    for done in [false, true] {
        let lsn = lake.durable_lsn().0 + 10;
        apply(&lake, lsn, &[update(1, "anvil", 2)]).await;
        store.set(if done {
            Fault::LoseManifest
        } else {
            Fault::DenyManifest
        });
        lake.flush().await.unwrap();
        assert_eq!(lake.durable_lsn(), Lsn(lsn));
        assert_eq!(lake.errors().len(), 1);
        assert_eq!(lake.errors()[0].what, "manifest");
        store.set(Fault::None);
        lake.maintain().await.unwrap();
        apply(&lake, lsn + 5, &[update(1, "anvil", 3)]).await;
        lake.flush().await.unwrap();
        assert_eq!(lake.errors(), []);
        assert_eq!(lake.archive().latest().await.unwrap().lsn(), Lsn(lsn + 5));
    }
}

#[tokio::test]
async fn a_tampered_manifest_is_not_believed() {
    let store = Faulty::new();
    let lake = crate::faulty::lake(&store).await;
    for lsn in [20, 30] {
        apply(&lake, lsn, &[insert(1, "anvil", 1)]).await;
        lake.flush().await.unwrap();
    }
    drop(lake);
    let paths = store.paths().await;
    let newest = paths
        .iter()
        .filter(|path| path.contains("manifests"))
        .max()
        .unwrap();
    let text = String::from_utf8(store.bytes(newest).await.to_vec()).unwrap();
    store
        .tamper(newest, text.replacen("\"current\":", "\"current\":1", 1))
        .await;
    let archive = Archive::open_with_store(bucket(), store.clone())
        .await
        .unwrap();
    let damaged = archive.latest().await.unwrap_err();
    assert!(matches!(damaged, Error::Manifest(_)), "{damaged}");
    // The writer goes on and says so.
    let lake = crate::faulty::lake(&store).await;
    assert_eq!(lake.errors()[0].what, "manifest");
    apply(&lake, 40, &[insert(2, "bell", 2)]).await;
    lake.flush().await.unwrap();
    assert_eq!(archive.latest().await.unwrap().lsn(), Lsn(40));
    let positions: Vec<_> = archive
        .manifests()
        .await
        .unwrap()
        .iter()
        .map(|m| m.lsn.0)
        .collect();
    assert_eq!(positions, [20, 40]);
}

#[tokio::test]
async fn a_crash_at_any_step_of_a_flush_leaves_whole_snapshots() {
    for done in [false, true] {
        for step in 0.. {
            let store = Faulty::new();
            let lake = crate::faulty::lake(&store).await;
            lake.set_profile(&thing(), Profile::Mor).await.unwrap();
            let changes = [
                transaction(
                    20,
                    &[
                        insert(1, "anvil", 1),
                        insert(2, "bell", 2),
                        insert(3, "cup", 3),
                    ],
                ),
                transaction(30, &[delete(1), touch(2, 20), insert(4, "drum", 4)]),
            ];
            lake.apply(changes[0].clone()).await.unwrap();
            lake.flush().await.unwrap();
            lake.apply(changes[1].clone()).await.unwrap();
            store.go_away_after(step, done);
            let flushed = lake.flush().await;
            let away = store.come_back();
            assert!(away || flushed.is_ok());
            drop(lake);
            let archive = Archive::open_with_store(bucket(), store.clone())
                .await
                .unwrap();
            let seen = archive.latest().await.unwrap();
            let names: BTreeMap<_, _> = content(&seen).await;
            let versions = count(&seen, "select count(*) from thing_history").await;
            match seen.lsn().0 {
                20 => assert_eq!((names.len(), versions), (3, 3), "step {step}"),
                30 => assert_eq!((names.len(), versions), (3, 6), "step {step}"),
                other => panic!("a manifest of {other}"),
            }
            let again = Lake::open_with_store(bucket(), store.clone())
                .await
                .unwrap();
            assert!(again.durable_lsn() >= Lsn(10));
            for transaction in &changes {
                again.apply(transaction.clone()).await.unwrap();
            }
            again.flush().await.unwrap();
            again.publish().await.unwrap();
            let rows = as_of(&again, 30).await;
            assert_eq!(
                rows,
                ["2|bell|20", "3|cup|3", "4|drum|4"],
                "step {step}, {done}"
            );
            assert_eq!(as_of(&again, 20).await.len(), 3);
            assert_eq!(archive.latest().await.unwrap().lsn(), Lsn(30));
            if !away {
                assert!(step > 4, "no step failed");
                break;
            }
        }
    }
}
