//! Past versions obey the rights of today.

use serde_json::json;

use crate::readers::{admin, analyst, sam, sue};
use crate::world::World;
use basalt_query::Error;

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
