//! Duplicates are found on entry, by form, API and import.

use basalt_oltp::search::drain;
use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{Answer, Person, TestApp, read};

async fn rule(by: &Person, name: &str, action: &str, parts: Value) -> Answer {
    let body = json!({ "object": "customer", "name": name, "action": action, "parts": parts });
    read(
        by.request(Method::PUT, "/api/v1/duplicate_rules")
            .json(&body),
    )
    .await
}

fn customer(code: &str, name: &str, phone: &str) -> Value {
    json!({ "code": code, "name": name, "kind": "organisation", "phone": phone })
}

#[tokio::test]
async fn near_identical_names_and_same_telephones_are_told_or_refused() {
    let app = TestApp::start().await;
    let (admin, li, wang) = (
        app.person("root", "admin").await,
        app.person("li", "sales").await,
        app.person("wang", "sales").await,
    );
    let create = async |by: &Person, body: Value| by.post("/api/v1/customers", body).await;
    // Records from before the rules count as well.
    let old = create(
        &li,
        customer("C1", "杭州海棠智能制造有限公司", "0571-88887777"),
    )
    .await
    .ok()
    .body["id"]
        .clone();
    for wrong in [
        json!([]),
        json!([{ "field": "nothing", "match": "exact" }]),
        json!([{ "field": "name", "match": "similar", "threshold": 0.1 }]),
    ] {
        rule(&admin, "x", "warn", wrong)
            .await
            .refused(422, "validation");
    }
    let similar = json!([{ "field": "name", "match": "similar" }]);
    rule(&li, "name", "warn", similar.clone())
        .await
        .refused(403, "forbidden");
    rule(&admin, "name", "warn", similar.clone()).await.ok();
    rule(
        &admin,
        "telephone",
        "block",
        json!([{ "field": "phone", "match": "phone" }]),
    )
    .await
    .ok();
    while drain(&app.db).await.unwrap() > 0 {}
    let rules = li.get("/api/v1/duplicate_rules").await.ok();
    assert_eq!(rules.body["items"].as_array().unwrap().len(), 2);

    let look = async |by: &Person, body: Value| {
        by.post("/api/v1/customers/duplicates", body)
            .await
            .ok()
            .body["items"]
            .clone()
    };
    let found = look(&li, json!({ "name": "杭州海棠智能制造（股份）公司" })).await;
    assert_eq!(
        (&found[0]["id"], &found[0]["action"]),
        (&old, &json!("warn"))
    );
    assert!(found[0]["likeness"].as_f64().unwrap() >= 0.6);
    assert_eq!(look(&li, json!({ "name": "苏州智云" })).await, json!([]));
    let theirs = look(&wang, json!({ "phone": "+86 571 8888 7777" })).await;
    assert_eq!(
        (&theirs[0]["title"], &theirs[0]["id"]),
        (&Value::Null, &json!(0)),
        "that there is one, not which"
    );

    // A warning lets it pass, a block doesn't, whoever owns the other.
    create(&li, customer("C2", "杭州海棠智能制造公司", ""))
        .await
        .ok();
    let refused = create(&li, customer("C3", "Other", "(0571) 8888 7777"))
        .await
        .refused(409, "duplicate");
    assert!(refused.body["message"].as_str().unwrap().contains("海棠"));
    let refused = create(&wang, customer("C3", "Other", "057188887777"))
        .await
        .refused(409, "duplicate");
    assert!(!refused.body["message"].as_str().unwrap().contains("海棠"));
    // Recycled records are none.
    admin.delete(&format!("/api/v1/customers/{old}")).await.ok();
    let second = create(&wang, customer("C3", "Other", "057188887777"))
        .await
        .ok()
        .body["id"]
        .clone();

    // The same in an import, against records and earlier lines of the file.
    let csv = "code,name,phone\nI1,One,0571 88887777\nI2,Two,021-1234567\nI3,Three,0086 21 1234567\nI4,Four,\n";
    let started = read(
        admin
            .request(Method::POST, "/api/v1/customers/imports?name=a.csv")
            .body(csv),
    )
    .await
    .ok();
    let path = format!("/api/v1/imports/{}", started.body["id"]);
    let mut state = admin.get(&path).await.ok();
    while state.body["status"] == "running" {
        tokio::task::yield_now().await;
        state = admin.get(&path).await.ok();
    }
    assert_eq!(
        (&state.body["rows_inserted"], &state.body["rows_refused"]),
        (&json!(2), &json!(2)),
        "{}",
        state.body
    );
    let refusals: Vec<(&Value, &Value)> = state.body["refusals"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| (&r["line"], &r["code"]))
        .collect();
    assert_eq!(
        refusals,
        [
            (&json!(2), &json!("duplicate")),
            (&json!(4), &json!("duplicate"))
        ]
    );

    // A change of one's own record is no duplicate of itself; a rule that is off says nothing.
    wang.patch(
        &format!("/api/v1/customers/{second}"),
        json!({ "phone": "0571-8888 7777" }),
    )
    .await
    .ok();
    let off = json!({ "object": "customer", "name": "telephone", "action": "block", "active": false, "parts": [{ "field": "phone", "match": "phone" }] });
    read(
        admin
            .request(Method::PUT, "/api/v1/duplicate_rules")
            .json(&off),
    )
    .await
    .ok();
    create(&li, customer("C9", "Ninth", "057188887777"))
        .await
        .ok();
    let id = rules.body["items"][0]["id"].clone();
    admin
        .delete(&format!("/api/v1/duplicate_rules/{id}"))
        .await
        .ok();
    admin
        .delete(&format!("/api/v1/duplicate_rules/{id}"))
        .await
        .refused(404, "not_found");
}
