//! Erasure of a person: the values are gone from every file and every moment, the figures stay.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use basalt_warehouse::{AsOf, Error, Lake, Lsn, Profile};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::faulty::{Faulty, bucket};
use crate::support::*;

fn keys(ids: &[i64]) -> RecordBatch {
    let ids: ArrayRef = Arc::new(Int64Array::from(ids.to_vec()));
    RecordBatch::try_from_iter([("id", ids)]).unwrap()
}

fn files_below(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else {
            files.push(path);
        }
    }
    files
}

/// Where a text is to be found: as a value in a Parquet file, or in the plain text of any other.
fn places_of(folder: &Path, wanted: &str) -> Vec<String> {
    let holds = |path: &Path| {
        if path.extension().is_none_or(|end| end != "parquet") {
            let bytes = std::fs::read(path).unwrap();
            return bytes
                .windows(wanted.len())
                .any(|part| part == wanted.as_bytes());
        }
        let file = std::fs::File::open(path).unwrap();
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
        let footer = format!("{:?}", reader.metadata());
        let mut rows = reader.build().unwrap();
        footer.contains(wanted)
            || rows.any(|batch| {
                let batch = batch.unwrap();
                let text = arrow::util::pretty::pretty_format_batches(&[batch]).unwrap();
                text.to_string().contains(wanted)
            })
    };
    let found = files_below(folder).into_iter().filter(|path| holds(path));
    found.map(|path| path.display().to_string()).collect()
}

/// Three persons, the second of whom has a story.
async fn persons(lake: &Lake) {
    let steps: [(u64, Vec<Change>); 4] = [
        (
            20,
            vec![
                insert(1, "Ann", 1),
                insert(2, "Wilhelmina", 2),
                insert(3, "Cy", 3),
            ],
        ),
        (30, vec![update(2, "Wilhelmina B", 20)]),
        (40, vec![touch(2, 21), update(1, "Anna", 1)]),
        (50, vec![touch(2, 22)]),
    ];
    for (lsn, changes) in steps {
        apply(lake, lsn, &changes).await;
        if lsn < 50 {
            lake.flush().await.unwrap();
        }
    }
    lake.publish().await.unwrap();
}

async fn shown(lake: &Lake, lsn: u64) -> Vec<String> {
    let past = lake.as_of(AsOf::Lsn(Lsn(lsn))).await.unwrap();
    text(&past, "select id, name, amount from thing order by id").await
}

#[tokio::test]
async fn a_person_is_gone_everywhere_and_the_figures_stay() {
    for profile in [Profile::Cow, Profile::Mor] {
        let folder = tempfile::tempdir().unwrap();
        let lake = lake_with_thing(folder.path()).await;
        lake.set_profile(&thing(), profile).await.unwrap();
        persons(&lake).await;
        assert!(!places_of(folder.path(), "Wilhelmina").is_empty());
        let sums = async |lake: &Lake| {
            let sql = "select count(*), sum(amount) from thing_history";
            text(&lake.publish().await.unwrap(), sql).await
        };
        let before = sums(&lake).await;
        let version = lake.status()[0].delta_version;

        let report = lake.erase(&thing(), &keys(&[2]), &["name"]).await.unwrap();
        assert!(
            report.files_rewritten > 0 && report.files_deleted > 0,
            "{report:?}"
        );
        assert_eq!(places_of(folder.path(), "Wilhelmina"), Vec::<String>::new());
        assert_eq!(sums(&lake).await, before);
        let again = Lake::open(config(folder.path())).await.unwrap();
        for lake in [&lake, &again] {
            lake.publish().await.unwrap();
            assert_eq!(shown(lake, 20).await, ["1|Ann|1", "2|-|2", "3|Cy|3"]);
            assert_eq!(shown(lake, 40).await, ["1|Anna|1", "2|-|21", "3|Cy|3"]);
            assert_eq!(shown(lake, 50).await, ["1|Anna|1", "2|-|22", "3|Cy|3"]);
            let old = lake.table_as_of(&thing(), AsOf::Version(version)).await;
            assert!(matches!(old, Err(Error::NotKept { .. })));
        }
        assert_eq!(again.archive().latest().await.unwrap().lsn(), Lsn(50));
        let erasures = again.erasures().await.unwrap();
        assert_eq!(erasures.len(), 1);
        assert_eq!(erasures[0].keys, [["2"]]);

        // Life goes on, and unchanged values come from the erased row.
        apply(&again, 60, &[touch(2, 23), delete(3)]).await;
        again.flush().await.unwrap();
        again.publish().await.unwrap();
        assert_eq!(shown(&again, 60).await, ["1|Anna|1", "2|-|23"]);
        assert_eq!(shown(&again, 55).await, ["1|Anna|1", "2|-|22", "3|Cy|3"]);
    }
}

#[tokio::test]
async fn a_restore_of_older_files_is_erased_again() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake_with_thing(folder.path()).await;
    persons(&lake).await;
    lake.flush().await.unwrap();
    drop(lake);
    let backup = tempfile::tempdir().unwrap();
    let copy = |from: &Path, to: &Path| {
        for file in files_below(from) {
            let target = to.join(file.strip_prefix(from).unwrap());
            std::fs::create_dir_all(target.parent().unwrap()).unwrap();
            std::fs::copy(&file, &target).unwrap();
        }
    };
    copy(folder.path(), backup.path());
    let lake = Lake::open(config(folder.path())).await.unwrap();
    lake.erase(&thing(), &keys(&[2]), &["name"]).await.unwrap();
    drop(lake);
    for part in ["crm", "history"] {
        std::fs::remove_dir_all(folder.path().join(part)).unwrap();
        copy(&backup.path().join(part), &folder.path().join(part));
    }
    assert!(!places_of(folder.path(), "Wilhelmina").is_empty());
    let lake = Lake::open(config(folder.path())).await.unwrap();
    assert_eq!(places_of(folder.path(), "Wilhelmina"), Vec::<String>::new());
    assert_eq!(shown(&lake, 50).await, ["1|Anna|1", "2|-|22", "3|Cy|3"]);
}

#[tokio::test]
async fn a_value_that_can_not_be_null_gets_a_placeholder() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::open(config(folder.path())).await.unwrap();
    let mut def = thing_def();
    def.columns[1].nullable = false;
    lake.ensure_table(&def).await.unwrap();
    let copy = lake.begin_copy(&thing()).await.unwrap();
    copy.finish(Lsn(10), chrono::Utc::now()).await.unwrap();
    apply(
        &lake,
        20,
        &[insert(1, "Ann", 1), insert(2, "Bo", 2), delete(1)],
    )
    .await;
    lake.erase(&thing(), &keys(&[1, 2]), &["name", "amount"])
        .await
        .unwrap();
    let snapshot = lake.publish().await.unwrap();
    assert_eq!(
        text(&snapshot, "select id, name, amount from thing").await,
        ["2|erased|-"]
    );
    assert_eq!(
        history(&snapshot).await,
        [
            "20|insert|1|erased|-",
            "20|insert|2|erased|-",
            "20|delete|1|-|-"
        ]
    );
}

#[tokio::test]
async fn what_can_not_be_erased_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake_with_thing(folder.path()).await;
    for (keys, columns) in [
        (keys(&[1]), &["id"][..]),
        (keys(&[1]), &["nowhere"][..]),
        (
            RecordBatch::new_empty(Arc::new(arrow::datatypes::Schema::empty())),
            &["name"][..],
        ),
    ] {
        let refused = lake.erase(&thing(), &keys, columns).await.unwrap_err();
        assert!(matches!(refused, Error::Change { .. }), "{refused}");
    }
    assert!(lake.erasures().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_crash_at_any_step_of_an_erasure_delays_it_only() {
    for done in [false, true] {
        for step in 0.. {
            let store = Faulty::new();
            let lake = crate::faulty::lake(&store).await;
            lake.set_profile(&thing(), Profile::Mor).await.unwrap();
            persons(&lake).await;
            store.go_away_after(step, done);
            let erased = lake.erase(&thing(), &keys(&[2]), &["name"]).await;
            let away = store.come_back();
            assert!(away || erased.is_ok(), "{erased:?}");
            drop(lake);
            let again = Lake::open_with_store(bucket(), store.clone())
                .await
                .unwrap();
            let asked = again.erasures().await.unwrap().len();
            assert!(asked == 1 || (asked == 0 && erased.is_err()));
            apply(&again, 50, &[touch(2, 22)]).await;
            if asked == 1 {
                assert_eq!(
                    names(&store).await,
                    ["Ann", "Anna", "Cy"],
                    "step {step}, done {done}"
                );
            }
            let snapshot = again.publish().await.unwrap();
            let sql = "select sum(amount) from thing";
            assert_eq!(count(&snapshot, sql).await, 26, "step {step}, done {done}");
            assert_eq!(history(&snapshot).await.len(), 7);
            if !away {
                assert!(step > 6, "no step failed");
                break;
            }
        }
    }
}

/// Every name in every Parquet file of the tables.
async fn names(store: &Faulty) -> Vec<String> {
    let mut names = std::collections::BTreeSet::new();
    for path in store.paths().await {
        if !path.ends_with(".zstd.parquet") {
            continue;
        }
        let bytes = store.bytes(&path).await;
        let reader = ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap();
        for batch in reader.build().unwrap() {
            let column = batch.unwrap().column_by_name("name").unwrap().clone();
            let column = cast(&column, &DataType::Utf8).unwrap();
            let column = column.as_string::<i32>();
            names.extend(
                (0..column.len())
                    .filter(|row| column.is_valid(*row))
                    .map(|row| column.value(row).to_owned()),
            );
        }
    }
    names.into_iter().collect()
}
