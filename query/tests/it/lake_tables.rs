//! `lake.*`: the state of the lake, for administrators alone.

use arrow::array::{ArrayRef, Int64Array, RecordBatch};
use basalt_query::Error;
use basalt_warehouse::TableName;
use serde_json::json;
use std::sync::Arc;

use crate::readers::{admin, analyst, sam};
use crate::world::World;

#[tokio::test]
async fn every_table_says_how_it_stands() {
    let world = World::new().await;
    let status = "select rows, hot_rows, dead_rows, files > 0, profile, lag_bytes > 0, error, stale
                  from lake.status where schema = 'crm' and name = 'customer'";
    assert_eq!(
        world.rows(&admin(), status).await,
        json!([[4, 0, 0, true, "cow", false, null, null]])
    );
    let orders =
        "select rows, hot_rows, files, lag_bytes > 0 from lake.status where name = 'sales_order'";
    assert_eq!(world.rows(&admin(), orders).await, json!([[6, 6, 0, true]]));
    world.lake.flush().await.unwrap();
    assert_eq!(
        world.rows(&admin(), orders).await,
        json!([[6, 0, 1, false]])
    );
    assert_eq!(
        world
            .rows(
                &admin(),
                "select name, history, rows, dead_rows, vector from lake.files
                 where name = 'sales_order' order by history"
            )
            .await,
        json!([
            ["sales_order", false, 6, 0, false],
            ["sales_order", true, 6, 0, false]
        ])
    );
    let together = "select count(*) from lake.manifests m join lake.status s on s.schema = m.schema and s.name = m.name
                    and s.delta_version = m.delta_version join lake.snapshot p on p.manifest = m.number and p.manifest_lsn = m.lsn
                    where m.name = 'sales_order' and not m.stale";
    assert_eq!(world.rows(&admin(), together).await, json!([[1]]));
    assert_eq!(
        world
            .rows(&admin(), "select count(*) from lake.errors")
            .await,
        json!([[0]])
    );
    assert_eq!(
        world
            .rows(
                &admin(),
                "select table_name from information_schema.tables where table_schema = 'lake' order by 1"
            )
            .await,
        json!([
            ["capture"],
            ["erasures"],
            ["errors"],
            ["files"],
            ["manifests"],
            ["snapshot"],
            ["status"]
        ])
    );
}

#[tokio::test]
async fn an_erasure_is_on_the_list_without_its_keys() {
    let world = World::new().await;
    let ids: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
    let keys = RecordBatch::try_from_iter([("id", ids)]).unwrap();
    world
        .lake
        .erase(&TableName::new("crm", "customer"), &keys, &["phone"])
        .await
        .unwrap();
    assert_eq!(
        world
            .rows(
                &admin(),
                "select number, schema, name, keys, personal, done_at >= asked_at from lake.erasures"
            )
            .await,
        json!([[1, "crm", "customer", 2, "phone", true]])
    );
}

#[tokio::test]
async fn nobody_but_administrators_finds_them() {
    let world = World::new().await;
    let mut narrowed = admin();
    narrowed.scopes = Some(
        std::collections::BTreeSet::from(["sql".to_owned()])
            .into_iter()
            .collect(),
    );
    for reader in [sam(), analyst(), narrowed] {
        for table in ["status", "files", "manifests", "errors", "erasures"] {
            let error = world
                .error(&reader, &format!("select * from lake.{table}"))
                .await;
            assert!(
                matches!(&error, Error::Invalid(why) if why.contains("not found")),
                "{error:?}"
            );
        }
    }
}
