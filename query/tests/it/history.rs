//! Past versions obey the rights of today.

use serde_json::json;

use crate::readers::{admin, analyst, sam, sue};
use crate::world::{World, april};
use basalt_query::Error;
use basalt_warehouse::Op;

#[tokio::test]
async fn versions_follow_the_current_record() {
    let world = World::new().await;
    // Cedar goes from Sue to Sam: with it goes its whole past.
    world.update("customer", json!([{"id": 3, "code": "C3", "name": "Cedar", "region": "east", "owner_id": 12, "department_id": 2, "phone": "333"}])).await;
    let versions = "select op, region from history.customer where id = 3 order by lsn";
    assert_eq!(
        world.rows(&sam(), versions).await,
        json!([["insert", "southwest"], ["update", "east"]])
    );
    assert_eq!(world.rows(&sue(), versions).await, json!([]));
    assert_eq!(
        world
            .rows(&sue(), "select count(*) from history.customer")
            .await,
        json!([[0]])
    );
    assert_eq!(
        world.rows(&admin(), versions).await,
        json!([["insert", "southwest"], ["update", "east"]])
    );
    assert_eq!(
        world.rows(&analyst(), versions).await,
        json!([["insert", "southwest"], ["update", "east"]])
    );
    // Today's masks hold for the past.
    assert!(matches!(
        world
            .error(&analyst(), "select phone from history.customer")
            .await,
        Error::Invalid(_)
    ));
    // Recycled records keep their past for who may read them.
    assert_eq!(
        world
            .rows(&sam(), "select count(*) from history.customer where id = 4")
            .await,
        json!([[1]])
    );
    assert_eq!(
        world
            .rows(&sue(), "select count(*) from history.customer where id = 4")
            .await,
        json!([[0]])
    );
}

#[tokio::test]
async fn history_says_who_and_when() {
    let world = World::new().await;
    assert_eq!(
        world
            .rows(
                &admin(),
                "select op, actor, via, valid_from from history.product where id = 1"
            )
            .await,
        json!([["insert", "user:10", "api", "2026-04-01T00:00:00Z"]])
    );
    assert_eq!(
        world
            .rows(&sam(), "select count(*) from history.customer_score")
            .await,
        json!([[1]])
    );
}

#[tokio::test]
async fn every_version_says_how_long_it_held() {
    let world = World::new().await;
    for (day, name) in [(5, "Nut"), (6, "Screw"), (7, "Rivet")] {
        let rows = json!([{"id": 1, "code": "P1", "name": name}]);
        world
            .change_on(april(day), "product", Op::Update, rows)
            .await;
        // Versions in files and in memory are told alike.
        if day == 5 {
            world.lake.flush().await.unwrap();
        }
    }
    let versions =
        "select name, valid_from, valid_to from history.product where id = 1 order by lsn";
    let day = |day: u32| json!(format!("2026-04-{day:02}T00:00:00Z"));
    for reader in [admin(), sam()] {
        assert_eq!(
            world.rows(&reader, versions).await,
            json!([
                ["Bolt", day(1), day(5)],
                ["Nut", day(5), day(6)],
                ["Screw", day(6), day(7)],
                ["Rivet", day(7), null]
            ])
        );
    }
    // The last one of then was the last one then.
    let then = "select name, valid_to from history.product for system_time as of '2026-04-06' where id = 1 order by lsn desc limit 1";
    assert_eq!(world.rows(&admin(), then).await, json!([["Screw", null]]));
    // Not asked for, it is not worked out.
    let plan = world
        .rows(
            &admin(),
            "explain select name from history.product where id = 1",
        )
        .await;
    assert!(!plan.to_string().contains("WindowAgg"), "{plan}");
}
