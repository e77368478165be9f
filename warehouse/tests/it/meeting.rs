//! Where vectors, compaction, manifests and erasure meet large transactions and repeated copies.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch};
use arrow::datatypes::DataType;
use basalt_warehouse::{AsOf, Error, Lake, LakeConfig, Lsn, Profile, TableDef};
use chrono::{DateTime, Utc};

use crate::support::*;

const SUMS: &str = "select count(*), count(distinct id), sum(id), sum(amount) from thing";

fn instant(lsn: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000 + lsn, 0).unwrap()
}

/// Files as large as the pieces of a large transaction.
fn roomy(folder: &Path) -> LakeConfig {
    LakeConfig {
        file_rows: 1 << 16,
        row_group_rows: 1 << 12,
        ..config(folder)
    }
}

async fn sums(lake: &Lake) -> Vec<String> {
    text(&lake.publish().await.unwrap(), SUMS).await
}

async fn copied(lake: &Lake, at: i64, content: &[Change]) {
    let mut copy = lake.begin_copy(&thing()).await.unwrap();
    copy.write(rows(content)).await.unwrap();
    copy.finish(Lsn(at.unsigned_abs()), instant(at))
        .await
        .unwrap();
    lake.advance(Lsn(at.unsigned_abs())).await.unwrap();
    lake.publish().await.unwrap();
}

async fn as_of(lake: &Lake, lsn: u64) -> Vec<String> {
    let past = lake.as_of(AsOf::Lsn(Lsn(lsn))).await.unwrap();
    text(&past, "select id, name, amount from thing order by id").await
}

#[tokio::test]
async fn a_large_transaction_meets_vectors_and_compaction() {
    for profile in [Profile::Cow, Profile::Mor] {
        let folder = tempfile::tempdir().unwrap();
        drop(lake_with_thing(folder.path()).await);
        let lake = Lake::open(roomy(folder.path())).await.unwrap();
        lake.set_profile(&thing(), profile).await.unwrap();
        let first: Vec<_> = (0..20_000).map(|id| insert(id, "first", 1)).collect();
        apply(&lake, 20, &first).await;
        lake.flush().await.unwrap();

        let pieces: [Vec<Change>; 3] = [
            (20_000..30_000)
                .map(|id| insert(id, "second", 2))
                .chain((20_000..20_100).map(delete))
                .collect(),
            (0..9_000).map(|id| update(id, "changed", 3)).collect(),
            (25_000..25_050).map(delete).collect(),
        ];
        let bulk = lake.begin_bulk(transaction(30, &[])).await.unwrap();
        let mut seq = 0;
        for piece in &pieces {
            bulk.apply(&thing(), vec![(seq, batch(piece))])
                .await
                .unwrap();
            seq += i64::try_from(piece.len()).unwrap();
        }
        bulk.finish().await;
        let gone: i64 = (20_000..20_100).chain(25_000..25_050).sum();
        let expected = [format!(
            "29850|29850|{}|{}",
            (0..30_000_i64).sum::<i64>() - gone,
            11_000 + 2 * 9_850 + 3 * 9_000
        )];
        assert_eq!(sums(&lake).await, expected, "{profile:?}");
        assert_eq!(lake.durable_lsn(), Lsn(30));
        apply(&lake, 40, &[update(8_000, "changed", 3), delete(29_999)]).await;
        lake.flush().await.unwrap();
        apply(&lake, 50, &[insert(29_999, "back", 2)]).await;
        lake.compact(&thing()).await.unwrap();
        assert_eq!(sums(&lake).await, expected, "{profile:?}, compacted");
        lake.flush().await.unwrap();
        let again = Lake::open(roomy(folder.path())).await.unwrap();
        assert_eq!(sums(&again).await, expected, "{profile:?}, opened again");
        let past = again.as_of(AsOf::Lsn(Lsn(20))).await.unwrap();
        assert_eq!(count(&past, "select sum(amount) from thing").await, 20_000);
    }
}

#[tokio::test]
async fn a_file_that_no_commit_names_is_neither_compacted_nor_swept_away() {
    let folder = tempfile::tempdir().unwrap();
    drop(lake_with_thing(folder.path()).await);
    let mut forgetful = roomy(folder.path());
    forgetful.retention = std::time::Duration::ZERO;
    let lake = Lake::open(forgetful.clone()).await.unwrap();
    lake.set_profile(&thing(), Profile::Mor).await.unwrap();
    let many: Vec<_> = (0..10_000).map(|id| insert(id, "many", 1)).collect();
    let bulk = lake.begin_bulk(transaction(20, &[])).await.unwrap();
    bulk.apply(&thing(), vec![(0, batch(&many))]).await.unwrap();
    // The logs can't be written: the transaction is whole, but only in memory and in its own files.
    let log = folder.path().join("history/thing/_delta_log");
    let aside = folder.path().join("aside");
    std::fs::rename(&log, &aside).unwrap();
    std::fs::write(&log, "in the way").unwrap();
    bulk.finish().await;
    assert_eq!(lake.durable_lsn(), Lsn(10));
    std::fs::remove_file(&log).unwrap();
    std::fs::rename(&aside, &log).unwrap();
    assert_eq!(lake.compact(&thing()).await.unwrap().files_removed, 0);
    apply(&lake, 30, &[delete(5)]).await;
    lake.vacuum().await.unwrap();
    let expected = ["9999|9999|49994995|9999"];
    assert_eq!(sums(&lake).await, ["9999|9999|49994995|9999"]);
    lake.flush().await.unwrap();
    lake.vacuum().await.unwrap();
    assert_eq!(sums(&lake).await, expected);
    let again = Lake::open(forgetful).await.unwrap();
    assert_eq!(again.durable_lsn(), Lsn(30));
    assert_eq!(sums(&again).await, expected);
}

#[tokio::test]
async fn a_repeated_copy_replaces_a_table_with_vectors_and_the_past_stays() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake_with_thing(folder.path()).await;
    lake.set_profile(&thing(), Profile::Mor).await.unwrap();
    let first: Vec<_> = (1..=4).map(|id| insert(id, "first", id)).collect();
    apply(&lake, 20, &first).await;
    lake.flush().await.unwrap();
    apply(&lake, 30, &[delete(4), touch(3, 33)]).await;
    lake.flush().await.unwrap();
    assert!(lake.status()[0].dead_rows > 0);
    lake.mark_stale(&thing(), "the slot was lost")
        .await
        .unwrap();
    lake.flush().await.unwrap();
    copied(
        &lake,
        50,
        &[
            insert(1, "first", 1),
            insert(3, "third", 33),
            insert(5, "fifth", 5),
        ],
    )
    .await;
    apply(&lake, 60, &[delete(1)]).await;
    lake.flush().await.unwrap();
    lake.publish().await.unwrap();
    let again = Lake::open(config(folder.path())).await.unwrap();
    for lake in [&lake, &again] {
        assert_eq!(lake.status()[0].profile, Profile::Mor);
        assert_eq!(as_of(lake, 20).await.len(), 4);
        let before = ["1|first|1", "2|first|2", "3|first|33"];
        assert_eq!(as_of(lake, 30).await, before);
        assert_eq!(as_of(lake, 49).await, before);
        let copied = ["1|first|1", "3|third|33", "5|fifth|5"];
        assert_eq!(as_of(lake, 50).await, copied);
        assert_eq!(as_of(lake, 60).await, copied[1..]);
    }
    // A table that misses changes is named as such.
    again.mark_stale(&thing(), "again").await.unwrap();
    apply(&again, 70, &[insert(7, "seventh", 7)]).await;
    again.flush().await.unwrap();
    let manifests = again.manifests().await.unwrap();
    let newest = manifests.last().unwrap();
    assert!(newest.lsn == Lsn(70) && newest.tables[&thing()].stale);
    let whole = manifests.iter().filter(|m| m.lsn == Lsn(60));
    assert!(whole.clone().count() > 0 && whole.clone().all(|m| !m.tables[&thing()].stale));
}

#[tokio::test]
async fn positions_of_another_server_are_not_mistaken_for_those_of_this_one() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake_with_thing(folder.path()).await;
    apply(&lake, 90, &[insert(1, "same", 1), insert(2, "old", 2)]).await;
    lake.flush().await.unwrap();
    drop(lake);
    let mut other = config(folder.path());
    other.source_id = "another server".to_owned();
    let lake = Lake::open(other.clone()).await.unwrap();
    assert!(lake.stale(&thing()).is_some());
    assert_eq!(content(&lake.snapshot()).await.len(), 2, "served meanwhile");
    copied(&lake, 40, &[insert(1, "same", 1), insert(2, "new", 2)]).await;
    assert_eq!(lake.stale(&thing()), None);
    let early = lake.as_of(AsOf::Lsn(Lsn(39))).await.unwrap_err();
    let first = matches!(early, Error::BeforeFirstSnapshot { first: Lsn(40), .. });
    assert!(first, "{early}");
    apply(&lake, 50, &[insert(3, "newer", 3)]).await;
    lake.publish().await.unwrap();
    // Without a version of then, nothing says that row 1 was there.
    let past = lake.as_of(AsOf::Lsn(Lsn(41))).await.unwrap();
    let refused = context(&past).sql(SUMS).await.unwrap().collect().await;
    assert!(refused.is_err(), "{refused:?}");
    lake.flush().await.unwrap();
    apply(&lake, 60, &[delete(2)]).await;
    lake.flush().await.unwrap();
    lake.publish().await.unwrap();
    drop(lake);
    let again = Lake::open(other).await.unwrap();
    let at_50 = ["1|same|1", "2|new|2", "3|newer|3"];
    assert_eq!(as_of(&again, 50).await, at_50);
    assert_eq!(as_of(&again, 55).await, at_50);
    assert_eq!(as_of(&again, 60).await, ["1|same|1", "3|newer|3"]);
}

/// `name` is called `label` now, and `amount` has become text.
fn renewed() -> TableDef {
    TableDef {
        columns: vec![
            column("label", DataType::Utf8, 2),
            column("id", DataType::Int64, 1),
            column("amount", DataType::Utf8, 3),
        ],
        ..thing_def()
    }
}

#[tokio::test]
async fn the_past_of_columns_that_became_others_and_their_erasure() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake_with_thing(folder.path()).await;
    lake.set_profile(&thing(), Profile::Mor).await.unwrap();
    lake.cluster_by(&thing(), &["amount"]).await.unwrap();
    apply(
        &lake,
        20,
        &[insert(1, "anvil", 771), insert(2, "bell", 772)],
    )
    .await;
    lake.flush().await.unwrap();
    apply(&lake, 30, &[touch(2, 773)]).await;
    lake.flush().await.unwrap();

    let mut copy = lake.begin_copy_as(&renewed()).await.unwrap();
    let texts = |values: [&str; 2]| -> ArrayRef {
        Arc::new(arrow::array::StringArray::from(values.to_vec()))
    };
    let ids: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
    let content = RecordBatch::try_from_iter([
        ("label", texts(["anvil", "bell"])),
        ("id", ids),
        ("amount", texts(["seven", "eight"])),
    ])
    .unwrap();
    copy.write(content).await.unwrap();
    copy.finish(Lsn(40), instant(40)).await.unwrap();
    lake.advance(Lsn(40)).await.unwrap();
    lake.publish().await.unwrap();
    lake.flush().await.unwrap();

    let of = async |lake: &Lake, lsn: u64| {
        let past = lake.as_of(AsOf::Lsn(Lsn(lsn))).await.unwrap();
        text(&past, "select id, label, amount from thing order by id").await
    };
    let again = Lake::open(config(folder.path())).await.unwrap();
    for lake in [&lake, &again] {
        assert_eq!(of(lake, 20).await, ["1|anvil|-", "2|bell|-"]);
        assert_eq!(of(lake, 30).await, ["1|anvil|-", "2|bell|-"]);
        assert_eq!(of(lake, 40).await, ["1|anvil|seven", "2|bell|eight"]);
    }
    drop(again);
    let older = "select id, amount_before_1 from thing_history where lsn <= 30 order by lsn, seq";
    let before = text(&lake.snapshot(), older).await;
    assert_eq!(before, ["1|771", "2|772", "2|773"]);
    let keys: ArrayRef = Arc::new(Int64Array::from(vec![2]));
    let keys = RecordBatch::try_from_iter([("id", keys)]).unwrap();
    lake.erase(&thing(), &keys, &["amount"]).await.unwrap();
    lake.publish().await.unwrap();
    let after = text(&lake.snapshot(), older).await;
    assert_eq!(after, ["1|771", "2|-", "2|-"]);
    lake.compact(&thing()).await.unwrap();
    let now = lake.publish().await.unwrap();
    assert_eq!(
        text(&now, "select id, label, amount from thing order by id").await,
        ["1|anvil|seven", "2|bell|-"]
    );
}
