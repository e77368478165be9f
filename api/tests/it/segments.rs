//! Segments made of cells and of other segments, and baskets, through the real API on a captured lake.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::app::read;
use crate::node::Machine;

async fn made(machine: &Machine, path: &str, body: Value) -> i64 {
    let answer = machine.post(path, body).await.ok();
    answer.body["id"].as_i64().unwrap()
}

async fn preview(machine: &Machine, kind: &str, definition: Value) -> Value {
    let draft = json!({ "kind": kind, "definition": definition });
    let answer = machine.post("/api/v1/segments/preview", draft).await.ok();
    answer.body["count"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn cells_and_sets_hold_whom_they_say() {
    let machine = Machine::start().await;
    let analysis = machine.node.app().analysis().unwrap();
    let mut customers = Vec::new();
    for (code, region, ordered_on) in [
        ("A", "east", Some("2026-01-01")),
        ("B", "east", Some("2026-02-27")),
        ("C", "south", Some("2026-02-28")),
        ("D", "south", None),
    ] {
        let customer = json!({ "code": code, "name": code, "kind": "person", "region": region });
        let customer = made(&machine, "/api/v1/customers", customer).await;
        if let Some(day) = ordered_on {
            let order = json!({ "customer_id": customer, "ordered_on": day, "amount": "10", "status": "confirmed" });
            made(&machine, "/api/v1/orders", order).await;
        }
        customers.push(customer);
    }
    let patience = Duration::from_secs(60);
    analysis.capture.caught_up(patience).await.unwrap();

    let cell = json!({ "cell": { "of": "lifecycle", "state": "new",
        "request": { "from": "2026-01-30", "to": "2026-03-01", "active_days": 30, "lost_days": 60 } } });
    assert_eq!(
        preview(&machine, "cell", cell.clone()).await,
        2,
        "B and C are new"
    );

    let segment = |name: &str, kind: &str, definition: Value| {
        let record = json!({ "name": name, "kind": kind, "definition": definition });
        let machine = &machine;
        async move { made(machine, "/api/v1/segments", record).await }
    };
    let new = segment("New", "cell", cell).await;
    let east = json!({ "field": "region", "op": "eq", "value": "east" });
    let east = segment("East", "condition", east).await;
    let (new_part, east_part) = (json!({ "segment": new }), json!({ "segment": east }));
    for (operation, expected) in [("union", 3), ("intersection", 1), ("difference", 1)] {
        let mut set = serde_json::Map::new();
        set.insert(operation.to_owned(), json!([new_part, east_part]));
        assert_eq!(
            preview(&machine, "set", set.into()).await,
            expected,
            "{operation}"
        );
    }
    let nested = json!({ "difference": [{ "union": [new_part, east_part] }, { "intersection": [new_part, east_part] }] });
    let either = segment("One of both", "set", nested).await;
    let path = format!("/api/v1/segments/{either}/evaluate");
    let evaluated = machine.post(&path, json!({})).await.ok();
    assert_eq!(evaluated.body["members"], 2);
    let path = format!("/api/v1/segments/{either}/members");
    let members = read(machine.request(Method::GET, &path)).await.ok().body;
    let mut found: Vec<i64> = members["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| m["id"].as_i64().unwrap())
        .collect();
    found.sort_unstable();
    assert_eq!(found, [customers[0], customers[2]]);

    for (kind, definition) in [
        ("set", json!({ "union": [{ "segment": 987_654 }] })),
        ("set", json!({ "sum": [] })),
        ("set", json!({ "segment": "east" })),
        ("cell", json!({ "cell": { "of": "horoscope" } })),
        ("cell", json!({})),
    ] {
        let draft = json!({ "kind": kind, "definition": definition });
        let answer = machine.post("/api/v1/segments/preview", draft).await;
        assert_eq!(answer.status, 422, "{definition}: {:?}", answer.body);
    }
    machine.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn baskets_are_the_products_of_confirmed_orders() {
    let machine = Machine::start().await;
    let analysis = machine.node.app().analysis().unwrap();
    let customer = json!({ "code": "A", "name": "A", "kind": "person" });
    let customer = made(&machine, "/api/v1/customers", customer).await;
    let mut products = Vec::new();
    for code in ["P1", "P2", "P3"] {
        let product = json!({ "code": code, "name": code });
        products.push(made(&machine, "/api/v1/products", product).await);
    }
    for (status, bought) in [
        ("confirmed", vec![0, 1]),
        ("confirmed", vec![0, 1]),
        ("confirmed", vec![0]),
        ("confirmed", vec![2]),
        ("draft", vec![0, 2]),
    ] {
        let order = json!({ "customer_id": customer, "ordered_on": "2026-01-01", "amount": "10", "status": status });
        let order = made(&machine, "/api/v1/orders", order).await;
        for (line, product) in bought.into_iter().enumerate() {
            let line = json!({ "order_id": order, "line_no": line + 1, "product_id": products[product], "quantity": "1", "unit_price": "5", "amount": "5" });
            made(&machine, "/api/v1/order_lines", line).await;
        }
    }
    let patience = Duration::from_secs(60);
    analysis.capture.caught_up(patience).await.unwrap();
    let path = "/api/v1/analytics/basket?min_support=0.1&min_confidence=0.1";
    let rules = read(machine.request(Method::GET, path)).await.ok().body;
    assert_eq!(
        (&rules["baskets"], &rules["found"]),
        (&json!(4), &json!(2)),
        "{rules}"
    );
    let rule = |from: i64| {
        let rules = rules["rules"].as_array().unwrap();
        rules
            .iter()
            .find(|rule| rule["antecedent"] == json!([from]))
            .unwrap()
            .clone()
    };
    let (forth, back) = (rule(products[0]), rule(products[1]));
    assert_eq!(
        (&forth["baskets"], &forth["support"]),
        (&json!(2), &json!(0.5))
    );
    assert!((forth["confidence"].as_f64().unwrap() - 2.0 / 3.0).abs() < 1e-12);
    assert!((forth["lift"].as_f64().unwrap() - 4.0 / 3.0).abs() < 1e-12);
    assert_eq!(
        (&back["confidence"], &back["conviction"]),
        (&json!(1.0), &Value::Null)
    );
    machine.node.stop().await;
}
