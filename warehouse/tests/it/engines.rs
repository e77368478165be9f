//! Other engines read the lake's Delta tables as they are at every commit.

use std::path::{Path, PathBuf};
use std::process::Command;

use basalt_warehouse::Profile;

use crate::support::*;

/// Rows, sum of ids, sum of amounts and greatest name of the Delta table in `folder`, as each engine
/// sees them.
const SCRIPT: &str = r#"
import sys, polars as pl
from deltalake import DeltaTable, QueryBuilder
folder = sys.argv[1]
sql = "select count(*) as n, sum(id) as ids, sum(amount) as amounts, max(name) as name from t"
rows = QueryBuilder().register("t", DeltaTable(folder)).execute(sql).read_all()
print("deltalake", *[rows.column(i)[0].as_py() for i in range(4)], sep="|")
c = pl.col
row = pl.scan_delta(folder).select(pl.len(), c("id").sum(), c("amount").sum(), c("name").max()).collect().row(0)
print("polars", *row, sep="|")
"#;

fn python() -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.cache/python/bin/python");
    assert!(
        path.exists(),
        "run `tools/setup test`: the Python packages are missing"
    );
    path
}

fn as_others_see(folder: &Path) -> Vec<String> {
    let output = Command::new(python())
        .args(["-c", SCRIPT])
        .arg(folder)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(str::to_owned).collect()
}

fn everyone(row: &str) -> Vec<String> {
    vec![format!("deltalake|{row}"), format!("polars|{row}")]
}

#[tokio::test]
async fn delta_rs_and_polars_agree_with_the_lake_in_both_profiles() {
    let folder = tempfile::tempdir().unwrap();
    let table = folder.path().join("crm/thing");
    let lake = lake_with_thing(folder.path()).await;
    let many: Vec<_> = (0..256)
        .map(|id| insert(id, &format!("thing {id:03}"), id))
        .collect();
    apply(&lake, 20, &many).await;
    lake.flush().await.unwrap();
    let ours = async || {
        let sql = "select count(*), sum(id), sum(amount), max(name) from thing";
        text(&lake.publish().await.unwrap(), sql).await.remove(0)
    };
    assert_eq!(as_others_see(&table), everyone(&ours().await));
    lake.set_profile(&thing(), Profile::Mor).await.unwrap();
    for lsn in [30, 40, 50] {
        let at = i64::try_from(lsn).unwrap();
        let changes = [
            delete(at),
            update(at + 64, "upd", -at),
            touch(at + 1, 7),
            insert(at + 1000, "new", at),
        ];
        apply(&lake, lsn, &changes).await;
        let report = lake.flush().await.unwrap();
        assert!(report.vectors > 0);
        assert_eq!(as_others_see(&table), everyone(&ours().await), "at {lsn}");
    }
    lake.set_profile(&thing(), Profile::Cow).await.unwrap();
    apply(&lake, 60, &[delete(0)]).await;
    lake.flush().await.unwrap();
    assert_eq!(as_others_see(&table), everyone(&ours().await));
}
