//! Rules that assign new records, their explanation, and trying a changed one, over HTTP.

use proves::proves;
use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{Person, TestApp, read};
use crate::leads::{filtered, import, items, made, put};

struct Team {
    app: TestApp,
    admin: Person,
    a: Person,
    b: Person,
}

impl Team {
    async fn new() -> Self {
        let app = TestApp::start().await;
        let admin = app.person("root", "admin").await;
        let (a, b) = (
            app.person("a", "sales").await,
            app.person("b", "sales").await,
        );
        Self { app, admin, a, b }
    }

    async fn rule(&self, rule: &Value) -> i64 {
        made(&self.admin, "assignment_rules", rule.clone()).await
    }

    async fn owner(&self, resource: &str, id: i64) -> Value {
        let found = self
            .admin
            .get(&format!("/api/v1/{resource}/{id}"))
            .await
            .ok();
        found.body["owner_id"].clone()
    }

    async fn assigned(&self, object: &str, id: i64) -> Vec<Value> {
        let filter = json!({ "all": [{ "field": object, "op": "eq", "value": id }, { "field": "kind", "op": "in", "value": ["assigned", "pooled"] }] });
        filtered(&self.admin, "history_entries", filter).await
    }
}

fn rule(object: &str, position: i32, name: &str, condition: Value, assign: Value) -> Value {
    json!({ "object": object, "name": name, "position": position, "condition": condition, "assign": assign })
}

fn is(field: &str, value: &str) -> Value {
    json!({ "field": field, "op": "eq", "value": value })
}

#[tokio::test]
#[proves("LEAD-04")]
async fn rules_run_in_order_at_creation_and_import() {
    let t = Team::new().await;
    let to = |user: i64| json!({ "to": "user", "user": user });
    t.rule(&rule(
        "lead",
        2,
        "Retail",
        is("industry", "retail"),
        to(t.b.id),
    ))
    .await;
    t.rule(&rule("lead", 1, "North", is("region", "north"), to(t.a.id)))
        .await;
    let both = json!({ "name": "both", "industry": "retail", "region": "north" });
    let (both, second, none, own) = (
        made(&t.admin, "leads", both).await,
        made(
            &t.admin,
            "leads",
            json!({ "name": "second", "industry": "retail" }),
        )
        .await,
        made(&t.admin, "leads", json!({ "name": "none" })).await,
        made(
            &t.admin,
            "leads",
            json!({ "name": "own", "industry": "retail", "owner": t.admin.id }),
        )
        .await,
    );
    for (lead, owner, name) in [
        (both, t.a.id, Some("North")),
        (second, t.b.id, Some("Retail")),
        (none, t.admin.id, None),
        (own, t.admin.id, None),
    ] {
        assert_eq!(t.owner("leads", lead).await, owner);
        let log = t.assigned("lead", lead).await;
        assert_eq!(log.first().and_then(|entry| entry["rule"].as_str()), name);
    }
    let told = items(&t.b, "/api/v1/notifications").await;
    assert_eq!(told[0]["record_id"], second);
    let state = import(
        &t.admin,
        "leads",
        "name,industry\nImported,retail\nImported too,media\n".to_owned(),
    )
    .await;
    assert_eq!(state["rows_inserted"], 2);
    let imported = filtered(&t.admin, "leads", is("name", "Imported")).await;
    assert_eq!(imported[0]["owner_id"], t.b.id);
    let log = t
        .assigned("lead", imported[0]["id"].as_i64().unwrap())
        .await;
    assert_eq!(log[0]["rule"], "Retail");

    // What makes no sense is refused, and rules are for administrators.
    let wrong = rule("lead", 1, "X", is("nothing", "x"), to(t.a.id));
    t.admin
        .post("/api/v1/assignment_rules", wrong)
        .await
        .refused(400, "bad_request");
    for wrong in [
        rule("order", 1, "X", Value::Null, to(t.a.id)),
        rule("lead", 1, "X", Value::Null, to(999_999)),
        rule("lead", 1, "North", Value::Null, to(t.a.id)),
        rule(
            "lead",
            1,
            "X",
            Value::Null,
            json!({ "to": "pool", "pool": 1 }),
        ),
    ] {
        t.admin
            .post("/api/v1/assignment_rules", wrong)
            .await
            .refused(422, "validation");
    }
    t.a.get("/api/v1/assignment_rules")
        .await
        .refused(403, "forbidden");
}

#[tokio::test]
#[proves("CUST-21")]
async fn new_customers_go_to_reps_or_the_pool() {
    let t = Team::new().await;
    let retail_north = json!({ "all": [is("industry", "retail"), is("region", "north")] });
    t.rule(&rule(
        "customer",
        1,
        "Retail North",
        retail_north,
        json!({ "to": "user", "user": t.a.id }),
    ))
    .await;
    let fits = json!({ "name": "Fits", "industry": "retail", "region": "north" });
    let other = json!({ "name": "Other", "industry": "retail", "region": "south" });
    // Whoever makes it: a rep may make a customer that is another's at once.
    let made_by_b = t.b.post("/api/v1/customers", fits).await.ok();
    assert_eq!(made_by_b.status, 201);
    let id = made_by_b.body["id"].as_i64().unwrap();
    assert_eq!(t.owner("customers", id).await, t.a.id);
    t.b.get(&format!("/api/v1/customers/{id}"))
        .await
        .refused(404, "not_found");
    let default = rule(
        "customer",
        9,
        "Default",
        Value::Null,
        json!({ "to": "user", "user": t.b.id }),
    );
    let default_id = t.rule(&default).await;
    let id = made(&t.admin, "customers", other.clone()).await;
    assert_eq!(t.owner("customers", id).await, t.b.id);
    let pool = made(
        &t.admin,
        "pools",
        json!({ "name": "P", "object": "customer" }),
    )
    .await;
    let mut into = default;
    into["assign"] = json!({ "to": "pool", "pool": pool });
    put(
        &t.admin,
        &format!("/api/v1/assignment_rules/{default_id}"),
        into,
    )
    .await
    .ok();
    let id = made(&t.admin, "customers", other).await;
    let found = t.admin.get(&format!("/api/v1/customers/{id}")).await.ok();
    assert_eq!(
        (&found.body["owner_id"], &found.body["pool_id"]),
        (&Value::Null, &json!(pool))
    );
    assert_eq!(t.assigned("customer", id).await[0]["rule"], "Default");
}

#[tokio::test]
#[proves("PLUS-36")]
async fn every_assignment_says_why_and_a_changed_rule_is_tried_on_the_past() {
    let t = Team::new().await;
    for n in 0..2 {
        let held = json!({ "name": format!("held {n}"), "owner": t.a.id });
        made(&t.admin, "leads", held).await;
    }
    let least = json!({ "to": "least_loaded", "users": [t.a.id, t.b.id] });
    let stored = rule("lead", 1, "Least", Value::Null, least);
    let id = t.rule(&stored).await;
    let mut owners = Vec::new();
    for n in 0..3 {
        let lead = made(
            &t.admin,
            "leads",
            json!({ "name": format!("L{n}"), "industry": "retail" }),
        )
        .await;
        owners.push(t.owner("leads", lead).await);
        if n == 0 {
            let why = &t.assigned("lead", lead).await[0];
            assert_eq!(why["rule"], "Least");
            let why = t
                .admin
                .get(&format!("/api/v1/history_entries/{}", why["id"]))
                .await
                .ok();
            assert_eq!(
                why.body["details"],
                json!({ "rule": id, "candidates": [
                    { "user": t.a.id, "score": 2, "full": false }, { "user": t.b.id, "score": 0, "full": false },
                ] })
            );
        }
    }
    assert_eq!(owners, [json!(t.b.id), json!(t.b.id), json!(t.a.id)]);

    let mut changed = stored.clone();
    changed["assign"] = json!({ "to": "user", "user": t.a.id });
    changed["condition"] = is("industry", "retail");
    let since = chrono::Utc::now().date_naive() - chrono::TimeDelta::days(30);
    let trial = json!({ "id": id, "rule": changed, "since": since });
    let run = t
        .admin
        .post("/api/v1/assignment_rules/dry_run", trial.clone())
        .await
        .ok();
    // Two held ones would be nobody's, two of B's would be A's.
    assert_eq!(
        (&run.body["records"], &run.body["different"]),
        (&json!(5), &json!(4))
    );
    let shares = run.body["shares"].as_array().unwrap();
    let of = |user: Value| {
        let share = shares.iter().find(|share| share["user"] == user).unwrap();
        (
            share["has"].as_i64().unwrap(),
            share["would_have"].as_i64().unwrap(),
        )
    };
    assert_eq!(of(json!(t.a.id)), (3, 3));
    assert_eq!(of(json!(t.b.id)), (2, 0));
    assert_eq!(of(Value::Null), (0, 2));
    assert!(run.body["items"][4]["rule"] == "Least");
    // Nothing was written.
    let rules = items(&t.admin, "/api/v1/assignment_rules").await;
    assert_eq!(rules[0]["assign"], stored["assign"]);
    t.a.post("/api/v1/assignment_rules/dry_run", trial)
        .await
        .refused(403, "forbidden");
}

#[tokio::test]
async fn turns_go_round() {
    let t = Team::new().await;
    let turns = json!({ "to": "round_robin", "users": [t.a.id, t.b.id] });
    t.rule(&rule("lead", 1, "Turns", Value::Null, turns)).await;
    let mut owners = Vec::new();
    for n in 0..4 {
        let lead = made(&t.admin, "leads", json!({ "name": format!("L{n}") })).await;
        owners.push(t.owner("leads", lead).await.as_i64().unwrap());
    }
    assert_eq!(owners, [t.a.id, t.b.id, t.a.id, t.b.id]);
}

#[tokio::test]
#[proves("LEAD-05")]
async fn what_nobody_has_is_found_and_given_in_bulk() {
    let t = Team::new().await;
    for resource in ["leads", "customers"] {
        for n in 0..3 {
            let nobody = json!({ "name": format!("N{n}"), "owner": null });
            made(&t.admin, resource, nobody).await;
        }
        made(&t.admin, resource, json!({ "name": "no region" })).await;
        made(
            &t.admin,
            resource,
            json!({ "name": "done", "region": "north" }),
        )
        .await;
        let unassigned = json!({ "any": [{ "field": "owner", "op": "is_empty" }, { "field": "region", "op": "is_empty" }] });
        assert_eq!(
            filtered(&t.admin, resource, unassigned.clone()).await.len(),
            4
        );
        let bulk = json!({ "action": "update", "filter": unassigned, "patch": { "owner": t.a.id, "region": "east" } });
        let path = format!("/api/v1/{resource}/bulk");
        let done = read(t.admin.request(Method::POST, &path).json(&bulk))
            .await
            .ok();
        assert_eq!(
            (&done.body["done"], &done.body["refused"]),
            (&json!(4), &json!(0))
        );
        assert!(filtered(&t.admin, resource, unassigned).await.is_empty());
        let east = filtered(&t.admin, resource, is("region", "east")).await;
        assert_eq!(east.len(), 4);
        assert!(east.iter().all(|record| record["owner_id"] == t.a.id));
    }
    assert!(t.app.db.dictionary().object("lead").is_some());
}
