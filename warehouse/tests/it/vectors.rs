//! The `mor` profile: dead rows are listed in deletion vectors, files stay as they are.

use basalt_warehouse::{Error, Lake, LakeConfig, Profile};

use crate::support::*;

/// 256 rows in four files, with deletion vectors.
async fn filled(config: LakeConfig) -> Lake {
    let folder = config.url.to_file_path().unwrap();
    drop(lake_with_thing(&folder).await);
    let lake = Lake::open(config).await.unwrap();
    let many: Vec<_> = (0..256)
        .map(|id| insert(id, &format!("thing {id:03}"), id))
        .collect();
    apply(&lake, 20, &many).await;
    lake.flush().await.unwrap();
    lake.set_profile(&thing(), Profile::Mor).await.unwrap();
    assert_eq!(lake.status()[0].files, 4);
    lake
}

async fn sums(lake: &Lake) -> Vec<String> {
    let snapshot = lake.publish().await.unwrap();
    text(
        &snapshot,
        "select count(*), sum(id), sum(amount), max(name) from thing",
    )
    .await
}

fn bins(folder: &std::path::Path) -> usize {
    std::fs::read_dir(folder.join("crm/thing"))
        .unwrap()
        .filter(|entry| {
            let name = entry.as_ref().unwrap().file_name();
            name.to_string_lossy().ends_with(".bin")
        })
        .count()
}

#[tokio::test]
async fn dead_rows_are_listed_instead_of_rewriting_their_files() {
    let folder = tempfile::tempdir().unwrap();
    let lake = filled(config(folder.path())).await;
    let rounds = [
        vec![delete(3), delete(70), update(255, "last", -1)],
        vec![delete(4), delete(5)],
        vec![update(71, "x", 0)],
    ];
    for (round, changes) in (1_u64..).zip(rounds) {
        apply(&lake, 20 + round * 10, &changes).await;
        let report = lake.flush().await.unwrap();
        assert_eq!(report.files_removed, 0, "round {round}");
        assert!(report.vectors > 0, "round {round}");
        let before = sums(&lake).await;
        let dead = lake.status()[0].dead_rows;
        assert!(dead > 0);
        let again = Lake::open(config(folder.path())).await.unwrap();
        assert_eq!(sums(&again).await, before, "round {round}");
        assert_eq!(again.status()[0].dead_rows, dead);
        assert_eq!(again.status()[0].profile, Profile::Mor);
    }
    assert_eq!(bins(folder.path()), 3, "one file of vectors a flush");
    assert_eq!(
        sums(&lake).await,
        [format!(
            "252|{}|{}|x",
            255 * 128 - 3 - 70 - 4 - 5,
            255 * 128 - 3 - 70 - 4 - 5 - 255 - 1 - 71
        )]
    );
}

#[tokio::test]
async fn a_file_without_a_live_row_is_removed_with_its_vector() {
    let folder = tempfile::tempdir().unwrap();
    let lake = filled(config(folder.path())).await;
    apply(&lake, 30, &[delete(0)]).await;
    lake.flush().await.unwrap();
    let rest: Vec<_> = (1..64).map(delete).collect();
    apply(&lake, 40, &rest).await;
    let report = lake.flush().await.unwrap();
    assert_eq!((report.files_removed, report.vectors), (1, 0));
    assert_eq!(lake.status()[0].dead_rows, 0);
    apply(&lake, 50, &[delete(100), truncate(), insert(1, "new", 1)]).await;
    lake.flush().await.unwrap();
    let again = Lake::open(config(folder.path())).await.unwrap();
    assert_eq!(sums(&again).await, ["1|1|1|new"]);
}

#[tokio::test]
async fn unchanged_values_are_found_behind_a_vector_and_keys_can_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let lake = filled(config(folder.path())).await;
    apply(&lake, 30, &[touch(7, 700), delete(8)]).await;
    lake.flush().await.unwrap();
    drop(lake);
    let lake = Lake::open(config(folder.path())).await.unwrap();
    apply(&lake, 40, &[touch(7, 701), insert(8, "back", 8)]).await;
    apply(&lake, 50, &[touch(9, 900)]).await;
    let expected = ["7|thing 007|701", "8|back|8", "9|thing 009|900"];
    let sql = "select id, name, amount from thing where id between 7 and 9 order by id";
    assert_eq!(text(&lake.publish().await.unwrap(), sql).await, expected);
    lake.flush().await.unwrap();
    let again = Lake::open(config(folder.path())).await.unwrap();
    assert_eq!(text(&again.snapshot(), sql).await, expected);
    let gone = again
        .apply(transaction(60, &[delete(8), touch(8, 1), touch(300, 1)]))
        .await
        .unwrap_err();
    assert!(matches!(gone, Error::Change { .. }), "{gone}");
}

#[tokio::test]
async fn a_table_that_rewrites_too_much_moves_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    drop(filled(config(folder.path())).await);
    let mut eager = config(folder.path());
    eager.mor_after = 1;
    let lake = Lake::open(eager.clone()).await.unwrap();
    lake.set_profile(&thing(), Profile::Cow).await.unwrap();
    let churn = async |lake: &Lake, from: u64| {
        for round in 0..12 {
            let id = i64::try_from(from + round).unwrap() % 60;
            apply(lake, from + round, &[update(id, "another", 9)]).await;
            lake.flush().await.unwrap();
        }
        lake.status()[0].profile
    };
    assert_eq!(churn(&lake, 100).await, Profile::Cow, "it was chosen");
    drop(lake);

    let folder = tempfile::tempdir().unwrap();
    drop(lake_with_thing(folder.path()).await);
    // Enough for the file to be many times as large as that of one changed row.
    let digits = |id: i64| id.wrapping_mul(0x9E37_79B9_7F4A_7C15_u64.cast_signed());
    let many: Vec<_> = (0..4000)
        .map(|id| insert(id, &format!("{:x}", digits(id)), digits(id)))
        .collect();
    let mut config = config(folder.path());
    (config.file_rows, config.row_group_rows) = (4096, 4096);
    let patient = Lake::open(config.clone()).await.unwrap();
    apply(&patient, 20, &many).await;
    patient.flush().await.unwrap();
    assert_eq!(churn(&patient, 100).await, Profile::Cow, "it is small");
    config.mor_after = 1;
    let eager = Lake::open(config).await.unwrap();
    assert_eq!(churn(&eager, 200).await, Profile::Mor);
    assert_eq!(content(&eager.publish().await.unwrap()).await.len(), 4000);
}

#[tokio::test]
async fn back_at_cow_the_vectors_go_with_the_next_flush() {
    let folder = tempfile::tempdir().unwrap();
    let lake = filled(config(folder.path())).await;
    apply(&lake, 30, &[delete(3), delete(100)]).await;
    lake.flush().await.unwrap();
    let before = sums(&lake).await;
    lake.set_profile(&thing(), Profile::Cow).await.unwrap();
    apply(&lake, 40, &[update(5, "thing 005", 5)]).await;
    lake.flush().await.unwrap();
    assert_eq!(lake.status()[0].dead_rows, 0);
    assert_eq!(sums(&lake).await, before);
    let again = Lake::open(config(folder.path())).await.unwrap();
    assert_eq!(sums(&again).await, before);
    assert_eq!(again.status()[0].profile, Profile::Cow);
}

#[tokio::test]
async fn a_damaged_vector_is_no_reason_to_show_dead_rows() {
    let folder = tempfile::tempdir().unwrap();
    let lake = filled(config(folder.path())).await;
    apply(&lake, 30, &[delete(3)]).await;
    lake.flush().await.unwrap();
    drop(lake);
    let bin = std::fs::read_dir(folder.path().join("crm/thing"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|end| end == "bin"))
        .unwrap();
    let mut bytes = std::fs::read(&bin).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(&bin, bytes).unwrap();
    let lake = Lake::open(config(folder.path())).await.unwrap();
    assert!(lake.snapshot().table_names().is_empty());
    assert_eq!(lake.table_lsn(&thing()), None, "it asks for a new copy");
    assert!(
        lake.status()[0]
            .error
            .as_ref()
            .unwrap()
            .contains("checksum")
    );
}
