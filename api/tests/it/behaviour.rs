//! Behaviour events: kinds and their attributes, each event once, pages of websites, and old rows
//! that leave Postgres.

use std::time::Duration;

use basalt_oltp::retention;
use chrono::{TimeDelta, Utc};
use proves::proves;
use reqwest::{Method, header};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::{Answer, Person, TestApp, read};
use crate::node::Machine;

const EVENTS: &str = "/api/v1/behaviour/events";

fn event(kind: &str, attributes: Value) -> Value {
    json!({
        "event_id": Uuid::new_v4(), "type": kind, "occurred_at": Utc::now().to_rfc3339(), "attributes": attributes,
    })
}

fn with(mut event: Value, key: &str, value: impl Into<Value>) -> Value {
    event[key] = value.into();
    event
}

async fn send(by: &Person, events: &[&Value]) -> Value {
    by.post(EVENTS, json!({ "events": events })).await.ok().body
}

/// Places and codes of what was refused.
fn refused(receipt: &Value) -> Vec<(i64, &str)> {
    let refused = receipt["refused"].as_array().unwrap();
    refused
        .iter()
        .map(|r| (r["index"].as_i64().unwrap(), r["code"].as_str().unwrap()))
        .collect()
}

async fn kept(by: &Person) -> usize {
    let list = by.get("/api/v1/behaviour_events?page[size]=500").await.ok();
    list.body["items"].as_array().unwrap().len()
}

async fn customer(by: &Person, code: &str) -> i64 {
    let made = by
        .post("/api/v1/customers", json!({ "code": code, "name": code }))
        .await
        .ok();
    made.body["id"].as_i64().unwrap()
}

#[tokio::test]
#[proves("WHS-01")]
async fn kinds_of_behaviour_are_defined_for_an_industry_and_other_events_are_refused_with_the_reason()
 {
    let app = TestApp::start().await;
    let (admin, marketer) = (
        app.person("root", "admin").await,
        app.person("mei", "marketer").await,
    );
    let kind = json!({
        "key": "room_booked", "name": "Room booked", "industry": "hospitality",
        "attributes": [
            {"name": "hotel", "type": "text", "required": true},
            {"name": "nights", "type": "integer"},
            {"name": "board", "type": "text", "options": ["none", "half", "full"]},
        ],
    });
    let made = marketer
        .post("/api/v1/behaviour_types", kind.clone())
        .await
        .ok();
    assert_eq!(made.body["industry"], "hospitality");
    let id = made.body["id"].as_i64().unwrap();

    let good = event(
        "room_booked",
        json!({ "hotel": "Peace", "nights": 2, "board": "half" }),
    );
    let receipt = send(
        &admin,
        &[
            &good,
            &event("room_cancelled", json!({})),
            &event("room_booked", json!({ "hotel": "Peace", "stars": 5 })),
            &event("room_booked", json!({ "nights": 2 })),
            &event("room_booked", json!({ "hotel": "Peace", "board": "all" })),
        ],
    )
    .await;
    assert_eq!(receipt["accepted"], 1);
    assert_eq!(
        refused(&receipt),
        [
            (1, "unknown_type"),
            (2, "unknown_attribute"),
            (3, "missing_attribute"),
            (4, "attribute_value"),
        ]
    );
    let reason = receipt["refused"][1]["message"].as_str().unwrap();
    assert!(reason.contains("\"stars\""), "{reason}");
    let listed = admin
        .get("/api/v1/behaviour_events?fields=attributes,type,occurred_at")
        .await
        .ok();
    assert_eq!(listed.body["items"][0]["attributes"], good["attributes"]);
    assert_eq!(listed.body["items"][0]["type"]["title"], "Room booked");

    // One that isn't active takes no more.
    let path = format!("/api/v1/behaviour_types/{id}");
    marketer.patch(&path, json!({ "active": false })).await.ok();
    let late = event("room_booked", json!({ "hotel": "Peace" }));
    assert_eq!(
        refused(&send(&admin, &[&late]).await),
        [(0, "unknown_type")]
    );

    // What can't be meant is refused before any event meets it, and the right to define is asked for.
    let mut wrong = kind.clone();
    wrong["key"] = json!("Room Booked");
    let answer = marketer.post("/api/v1/behaviour_types", wrong).await;
    assert_eq!(
        answer.refused(422, "validation").body["errors"][0]["field"],
        "key"
    );
    let answer = marketer
        .patch(
            &path,
            json!({ "attributes": [{ "name": "a", "type": "money" }] }),
        )
        .await;
    assert_eq!(
        answer.refused(422, "validation").body["errors"][0]["field"],
        "attributes"
    );
    let li = app.person("li", "sales").await;
    li.post("/api/v1/behaviour_types", kind)
        .await
        .refused(403, "forbidden");
}

#[tokio::test]
async fn an_event_counts_once_however_often_it_is_sent() {
    let app = TestApp::start().await;
    let admin = app.person("root", "admin").await;
    let (a, b) = (
        event("page_view", json!({ "title": "Home" })),
        event("page_view", json!({})),
    );
    let first = send(&admin, &[&a, &b, &a]).await;
    assert_eq!(
        (&first["accepted"], &first["repeated"]),
        (&json!(2), &json!(1))
    );
    let again = send(&admin, &[&b, &event("form_sent", json!({})), &a]).await;
    assert_eq!(
        (&again["accepted"], &again["repeated"]),
        (&json!(1), &json!(2))
    );

    // Many senders at once, each with the same batch in an order of its own.
    let batch: Vec<Value> = (0..100).map(|_| event("page_view", json!({}))).collect();
    let mut all = Vec::new();
    for turn in 0..8 {
        let mut turned: Vec<&Value> = batch.iter().collect();
        turned.rotate_left(turn * 12);
        all.push(admin.post(EVENTS, json!({ "events": turned })));
    }
    let receipts = futures::future::join_all(all).await;
    let accepted: i64 = receipts
        .into_iter()
        .map(|r| r.ok().body["accepted"].as_i64().unwrap())
        .sum();
    assert_eq!(accepted, 100);
    assert_eq!(kept(&admin).await, 103);
}

#[tokio::test]
async fn what_is_no_event_is_refused_and_the_rest_of_the_batch_kept() {
    let app = TestApp::start().await;
    let admin = app.person("root", "admin").await;
    let fine = event("page_view", json!({}));
    let in_days = |days| (Utc::now() + TimeDelta::days(days)).to_rfc3339();
    let receipt = send(
        &admin,
        &[
            &json!("no event"),
            &with(fine.clone(), "event_id", "7"),
            &with(event("page_view", json!({})), "occurred_at", "yesterday"),
            &with(event("page_view", json!({})), "occurred_at", in_days(-31)),
            &with(event("page_view", json!({})), "occurred_at", in_days(1)),
            &with(event("page_view", json!({})), "visitor", "v".repeat(65)),
            &with(event("page_view", json!({})), "colour", "red"),
            &with(event("page_view", json!({})), "customer", 4711),
            &with(event("page_view", json!({})), "page", "a\u{0}b"),
            &fine,
        ],
    )
    .await;
    let codes: Vec<&str> = refused(&receipt)
        .into_iter()
        .map(|(_, code)| code)
        .collect();
    assert_eq!(
        codes,
        [
            "malformed",
            "event_id",
            "malformed",
            "too_old",
            "in_future",
            "too_long",
            "malformed",
            "unknown_customer",
            "too_long"
        ]
    );
    assert_eq!((&receipt["accepted"], kept(&admin).await), (&json!(1), 1));

    let many = vec![json!({}); 1001];
    admin
        .post(EVENTS, json!({ "events": many }))
        .await
        .refused(400, "bad_request");
    let li = app.person("li", "sales").await;
    li.post(EVENTS, json!({ "events": [] }))
        .await
        .refused(403, "forbidden");
}

#[tokio::test]
async fn events_are_seen_with_their_customer() {
    let app = TestApp::start().await;
    let (admin, li, wang) = (
        app.person("root", "admin").await,
        app.person("li", "sales").await,
        app.person("wang", "sales").await,
    );
    let own = customer(&li, "L1").await;
    let made = li
        .post(
            "/api/v1/contacts",
            json!({ "customer_id": own, "name": "Zhou" }),
        )
        .await
        .ok();
    let by_contact = with(
        event("page_view", json!({})),
        "contact",
        made.body["id"].clone(),
    );
    let stranger = event("page_view", json!({}));
    send(&admin, &[&by_contact, &stranger]).await;
    assert_eq!(
        (kept(&li).await, kept(&wang).await, kept(&admin).await),
        (1, 0, 2)
    );
    let other = customer(&wang, "W1").await;
    let torn = with(by_contact, "customer", other);
    let torn = with(torn, "event_id", Uuid::new_v4().to_string());
    assert_eq!(
        refused(&send(&admin, &[&torn]).await),
        [(0, "unknown_contact")]
    );
}

#[tokio::test]
async fn a_page_sends_as_a_stranger_until_it_shows_whose_it_is() {
    let app = TestApp::start().await;
    let (admin, li) = (
        app.person("root", "admin").await,
        app.person("li", "sales").await,
    );
    let own = customer(&li, "L1").await;
    let site = json!({ "name": "Shop", "origins": ["https://shop.example/"] });
    li.post("/api/v1/behaviour/sites", site.clone())
        .await
        .refused(403, "forbidden");
    let made = admin.post("/api/v1/behaviour/sites", site).await.ok();
    assert_eq!(made.body["origins"], json!(["https://shop.example"]));
    let path = format!("/collect/{}", made.body["key"].as_str().unwrap());
    let page = |body: Value, origin: &'static str| {
        let request = app
            .request(Method::POST, &path)
            .header(header::ORIGIN, origin);
        async move { read(request.body(body.to_string())).await }
    };
    let viewed = || {
        with(
            event("page_view", json!({ "title": "Home" })),
            "visitor",
            "v1",
        )
    };

    let answer = page(json!({ "events": [viewed()] }), "https://shop.example")
        .await
        .ok();
    assert_eq!(answer.body["accepted"], 1);
    assert_eq!(
        answer.headers["access-control-allow-origin"],
        "https://shop.example"
    );
    page(json!({ "events": [viewed()] }), "https://evil.example")
        .await
        .refused(403, "origin");
    let lie = with(viewed(), "customer", own);
    let answer = page(json!({ "events": [lie] }), "https://shop.example")
        .await
        .ok();
    assert_eq!(refused(&answer.body), [(0, "no_one")]);
    assert_eq!(kept(&li).await, 0);

    // With the customer's token, what came before becomes the customer's, and what comes after is.
    let token = li
        .post("/api/v1/behaviour/identities", json!({ "customer": own }))
        .await
        .ok()
        .body["token"]
        .clone();
    let shown = json!({ "events": [], "identity": { "visitor": "v1", "token": token } });
    page(shown, "https://shop.example").await.ok();
    page(json!({ "events": [viewed()] }), "https://shop.example")
        .await
        .ok();
    assert_eq!(kept(&li).await, 2);
    let guessed = json!({ "events": [], "identity": { "visitor": "v2", "token": "guess" } });
    let answer = page(guessed, "https://shop.example").await;
    assert_eq!(
        answer.headers["access-control-allow-origin"],
        "https://shop.example"
    );
    answer.refused(400, "bad_request");
    let wang = app.person("wang", "sales").await;
    wang.post("/api/v1/behaviour/identities", json!({ "customer": own }))
        .await
        .refused(404, "not_found");

    // One address may not flood.
    let mut waits = None;
    for _ in 0..30 {
        let flood: Vec<Value> = (0..100).map(|_| viewed()).collect();
        let answer = page(json!({ "events": flood }), "https://shop.example").await;
        if answer.status == 429 {
            waits = answer.headers.get("retry-after").cloned();
            break;
        }
    }
    assert!(waits.is_some(), "refused with a time to wait");
    admin
        .delete(&format!(
            "/api/v1/behaviour/sites/{}",
            made.body["key"].as_str().unwrap()
        ))
        .await
        .ok();
    page(json!({ "events": [] }), "https://shop.example")
        .await
        .refused(404, "not_found");
}

#[tokio::test]
async fn an_order_is_noted_once() {
    let app = TestApp::start().await;
    let admin = app.person("root", "admin").await;
    let buyer = customer(&admin, "C1").await;
    let order = admin
        .post(
            "/api/v1/orders",
            json!({ "customer_id": buyer, "ordered_on": "2024-02-29", "amount": "12.50" }),
        )
        .await
        .ok();
    let noted = admin
        .get("/api/v1/behaviour_events?fields=attributes,type,occurred_at")
        .await
        .ok();
    let items = noted.body["items"].as_array().unwrap();
    assert_eq!(items.len(), 1);
    assert_eq!(items[0]["occurred_at"], "2024-02-29T00:00:00Z");
    assert_eq!(items[0]["attributes"]["order"], order.body["number"]);
    let path = format!("/api/v1/orders/{}", order.body["id"]);
    admin.patch(&path, json!({ "channel": "shop" })).await.ok();
    assert_eq!(kept(&admin).await, 1);

    // In the bin it was still placed; removed for good it never was.
    admin.delete(&path).await.ok();
    assert_eq!(kept(&admin).await, 1);
    let viewed = with(event("page_view", json!({})), "customer", buyer);
    send(&admin, &[&viewed]).await;
    admin.post(&format!("{path}/purge"), json!({})).await.ok();
    assert_eq!(kept(&admin).await, 1);
    let path = format!("/api/v1/customers/{buyer}");
    admin.delete(&path).await.ok();
    admin.post(&format!("{path}/purge"), json!({})).await.ok();
    assert_eq!(kept(&admin).await, 0);
}

async fn ask(machine: &Machine, sql: &str) -> Answer {
    machine
        .post("/api/v1/sql", json!({ "sql": sql }))
        .await
        .ok()
}

#[tokio::test(flavor = "multi_thread")]
#[proves("PLUS-06")]
async fn old_partitions_leave_postgres_and_their_rows_stay_in_the_lake() {
    let machine = Machine::start().await;
    let app = machine.node.app();
    let analysis = app.analysis().unwrap();
    let take = async |count: usize| {
        let events: Vec<Value> = (0..count).map(|_| event("page_view", json!({}))).collect();
        let receipt = machine.post(EVENTS, json!({ "events": events })).await.ok();
        assert_eq!(receipt.body["accepted"], count);
    };
    let count = "select count(*) from crm.behaviour_event";
    let in_postgres = async || -> i64 {
        sqlx::query_scalar(count)
            .fetch_one(app.db().pool())
            .await
            .unwrap()
    };
    let settings = async || {
        let all = read(machine.request(Method::GET, "/api/v1/lake/retention"))
            .await
            .ok();
        let all = all.body.as_array().unwrap().clone();
        all.into_iter()
            .find(|t| t["object"] == "behaviour_event")
            .unwrap()
    };
    take(40).await;
    // As if the first partition had filled up.
    sqlx::query("select setval(pg_get_serial_sequence('crm.behaviour_event', 'id'), 5000000)")
        .execute(app.db().pool())
        .await
        .unwrap();
    take(2).await;

    // Nothing leaves unless it is said to.
    let later = |days| Utc::now() + TimeDelta::days(days);
    retention::round(app.db(), later(1000)).await.unwrap();
    assert_eq!(
        (settings().await["dropped"].clone(), in_postgres().await),
        (json!(0), 42)
    );
    let set = |object: &str, body: Value| {
        let path = format!("/api/v1/lake/retention/{object}");
        read(machine.request(Method::PUT, &path).json(&body))
    };
    set("behaviour_event", json!({ "keep_days": 0 }))
        .await
        .refused(400, "bad_request");
    set("customer", json!({ "keep_days": 7 }))
        .await
        .refused(404, "not_found");
    set("behaviour_event", json!({ "keep_days": 7 })).await.ok();
    retention::round(app.db(), later(6)).await.unwrap();
    assert_eq!(in_postgres().await, 42, "not over their time yet");

    // Over their time, but the lake has them in memory only: they wait.
    retention::round(app.db(), later(8)).await.unwrap();
    retention::round(app.db(), later(8)).await.unwrap();
    assert_eq!(in_postgres().await, 42, "not in files yet");
    tokio::time::timeout(Duration::from_secs(30), async {
        while in_postgres().await > 2 {
            analysis
                .capture
                .caught_up(Duration::from_secs(30))
                .await
                .unwrap();
            analysis.lake.flush().await.unwrap();
            retention::round(app.db(), later(8)).await.unwrap();
        }
    })
    .await
    .unwrap();
    assert_eq!(settings().await["dropped"], 1);
    assert_eq!(ask(&machine, count).await.body["rows"], json!([[42]]));

    // Comparing the two finds nothing wrong, and the lake goes on.
    let compared = read(machine.request(Method::GET, "/api/v1/lake/verify"))
        .await
        .ok();
    assert_eq!(compared.body["equal"], true, "{}", compared.body);
    take(3).await;
    assert_eq!(ask(&machine, count).await.body["rows"], json!([[45]]));
}
