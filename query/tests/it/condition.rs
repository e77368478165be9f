//! Conditions over the lake.

use basalt_model::Condition;
use basalt_query::ReadAt;
use serde_json::{Value, json};

use crate::readers::{admin, analyst, sam};
use crate::world::World;

async fn matching(
    world: &World,
    reader: &basalt_model::Principal,
    object: &str,
    condition: Value,
) -> basalt_query::Result<Vec<i64>> {
    let session = world.engine.session(reader, ReadAt::Latest).await?;
    let condition: Condition = serde_json::from_value(condition).unwrap();
    let frame = session.matching(object, &condition).await?;
    let frame = frame.select_columns(&["id"]).unwrap();
    let mut ids: Vec<i64> = session
        .collect_frame(frame)
        .await?
        .to_json_rows()?
        .iter()
        .map(|row| row[0].as_i64().unwrap())
        .collect();
    ids.sort_unstable();
    Ok(ids)
}

#[tokio::test]
async fn conditions_of_all_kinds() {
    let world = World::new().await;
    for (condition, ids) in [
        (json!({"all": []}), vec![1, 2, 3]),
        (json!({"any": []}), vec![]),
        (
            json!({"field": "region", "op": "eq", "value": "east"}),
            vec![1, 2],
        ),
        (
            json!({"field": "region", "op": "ne", "value": "east"}),
            vec![3],
        ),
        (
            json!({"field": "industry", "op": "ne", "value": "retail"}),
            vec![2, 3],
        ),
        (
            json!({"not": {"field": "industry", "op": "eq", "value": "retail"}}),
            vec![2, 3],
        ),
        (
            json!({"field": "industry", "op": "is_empty", "value": true}),
            vec![2, 3],
        ),
        (
            json!({"field": "name", "op": "contains", "value": "C"}),
            vec![1, 2, 3],
        ),
        (
            json!({"field": "name", "op": "starts_with", "value": "ce"}),
            vec![3],
        ),
        (
            json!({"field": "level", "op": "in", "value": ["A", "C"]}),
            vec![1, 3],
        ),
        (
            json!({"field": "first_order_on", "op": "between", "value": ["2026-01-15", "2026-01-31"]}),
            vec![1],
        ),
        (
            json!({"not": {"field": "first_order_on", "op": "ge", "value": "2026-02-01"}}),
            vec![1, 2, 3],
        ),
        (
            json!({"field": "score.p_alive", "op": "ge", "value": 0.5}),
            vec![1],
        ),
        (
            json!({"not": {"field": "score.p_alive", "op": "ge", "value": 0.5}}),
            vec![2, 3],
        ),
        (
            json!({"field": "score.clv", "op": "gt", "value": "100"}),
            vec![1],
        ),
        (
            json!({"field": "owner.login", "op": "eq", "value": "sue"}),
            vec![3],
        ),
        (
            json!({"any": [{"field": "level", "op": "eq", "value": "B"}, {"field": "score.r", "op": "eq", "value": 5}]}),
            vec![1, 2],
        ),
    ] {
        assert_eq!(
            matching(&world, &admin(), "customer", condition.clone())
                .await
                .unwrap(),
            ids,
            "{condition}"
        );
    }
    assert_eq!(
        matching(
            &world,
            &admin(),
            "order",
            json!({"field": "customer.region", "op": "eq", "value": "southwest"})
        )
        .await
        .unwrap(),
        vec![103]
    );
    assert_eq!(
        matching(
            &world,
            &admin(),
            "order",
            json!({"field": "customer.score.p_alive", "op": "lt", "value": 0.5})
        )
        .await
        .unwrap(),
        vec![103]
    );
    assert_eq!(
        matching(
            &world,
            &admin(),
            "order",
            json!({"field": "amount", "op": "between", "value": ["50", "100"]})
        )
        .await
        .unwrap(),
        vec![101, 102, 105]
    );
}

#[tokio::test]
async fn conditions_obey_the_reader() {
    let world = World::new().await;
    assert_eq!(
        matching(&world, &sam(), "customer", json!({"all": []}))
            .await
            .unwrap(),
        vec![1, 2]
    );
    let hidden = matching(
        &world,
        &analyst(),
        "customer",
        json!({"field": "phone", "op": "eq", "value": "111"}),
    )
    .await
    .unwrap_err();
    assert_eq!(hidden.code(), "invalid_condition", "{hidden:?}");
    let closed = matching(&world, &sam(), "campaign", json!({"all": []}))
        .await
        .unwrap_err();
    assert_eq!(closed.code(), "forbidden", "{closed:?}");
}
