//! The program itself, for any database.

use std::process::{Command, Output};

use basalt_testkit::TestDatabase;

/// Runs the program for tables of a database.
fn basalt(database: &TestDatabase, lake: &std::path::Path, command: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_basalt"))
        .args(command)
        .args(["--source", database.url(), "--tables", "public.thing"])
        .args(["--slot", database.name()])
        .arg("--lake")
        .arg(lake)
        .output()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn any_database_is_captured_once_and_compared_row_by_row() {
    let database = basalt_testkit::database().await;
    let folder = tempfile::tempdir().unwrap();
    let lake = folder.path().join("lake");
    let run = |command: &[&str]| basalt(&database, &lake, command);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let refused = run(&["ingest", "--once"]);
    assert!(!refused.status.success());
    assert!(
        text(&refused.stderr).contains("public.thing"),
        "{}",
        text(&refused.stderr)
    );

    database
        .execute("create table thing (id int primary key, name text); insert into thing select i, 'n' || i from generate_series(1, 1000) i")
        .await;
    let copied = run(&["ingest", "--once"]);
    assert!(copied.status.success(), "{}", text(&copied.stderr));
    database
        .execute("delete from thing where id > 990; update thing set name = 'other' where id < 10")
        .await;
    // Comparing lets the lake catch up first.
    let compared = run(&["lake", "compare"]);
    assert!(compared.status.success(), "{}", text(&compared.stderr));
    assert!(
        text(&compared.stdout).contains("990"),
        "{}",
        text(&compared.stdout)
    );
}
