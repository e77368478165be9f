//! Analyses through the real API, on a lake filled by capture.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{Answer, read};
use crate::node::Machine;

async fn get(machine: &Machine, path: &str) -> Answer {
    let path = format!("/api/v1/analytics/{path}");
    read(machine.request(Method::GET, &path)).await
}

async fn made(machine: &Machine, path: &str, body: Value) -> i64 {
    let answer = machine.post(path, body).await.ok();
    answer.body["id"].as_i64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn retained_revenue_and_lifecycle_are_those_computed_by_hand() {
    let machine = Machine::start().await;
    let analysis = machine.node.app().analysis().unwrap();
    for (code, orders) in [
        ("A", vec![("2026-01-01", "100"), ("2026-01-31", "150")]),
        ("B", vec![("2026-01-10", "200"), ("2026-03-01", "80")]),
        ("C", vec![("2026-01-10", "100")]),
    ] {
        let customer = json!({ "code": code, "name": code, "kind": "person" });
        let customer = made(&machine, "/api/v1/customers", customer).await;
        for (day, amount) in orders {
            let order = json!({ "customer_id": customer, "ordered_on": day, "amount": amount, "status": "confirmed" });
            made(&machine, "/api/v1/orders", order).await;
        }
    }
    let patience = Duration::from_secs(60);
    analysis.capture.caught_up(patience).await.unwrap();

    let path = "revenue_retention?first=2026-01-01&second=2026-01-31&days=30";
    let kept = get(&machine, path).await.ok().body;
    assert_eq!(
        (&kept["before"], &kept["after"]),
        (&json!(400.0), &json!(230.0))
    );
    assert_eq!(
        (&kept["gross"], &kept["net"]),
        (&json!(0.45), &json!(0.575))
    );
    let path = "revenue_retention?first=2026-01-01&second=2026-01-30&days=30";
    get(&machine, path).await.refused(422, "invalid_request");
    let path = "revenue_retention?days=0";
    get(&machine, path).await.refused(422, "invalid_input");

    let path = "lifecycle?from=2026-01-30&to=2026-03-01&active_days=30&lost_days=60";
    let states = get(&machine, path).await.ok().body;
    let cells = states["conversions"].as_array().unwrap();
    let found: Vec<&Value> = cells.iter().filter(|cell| cell["customers"] != 0).collect();
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(
        (&found[0]["to"], &found[0]["customers"]),
        (&json!("active"), &json!(2))
    );
    assert_eq!(
        (&found[1]["to"], &found[1]["customers"]),
        (&json!("dormant"), &json!(1))
    );
    let path = "lifecycle?from=2026-03-01&to=2026-03-01";
    get(&machine, path).await.refused(422, "invalid_request");

    let rules = get(&machine, "basket").await.ok().body;
    assert_eq!((&rules["baskets"], &rules["found"]), (&json!(0), &json!(0)));
    get(&machine, "basket?min_support=0")
        .await
        .refused(422, "invalid_request");
    machine.node.stop().await;
}
