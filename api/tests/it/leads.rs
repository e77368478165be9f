//! Leads from their capture to their conversion, over HTTP.

use std::sync::Arc;

use async_trait::async_trait;
use basalt_oltp::{
    jobs::{JobContext, Letter, Mailer, Worker},
    outbound::Outbound,
};
use proves::proves;
use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::app::{Answer, Person, TestApp, read};

struct NoMail;

#[async_trait]
impl Mailer for NoMail {
    async fn send(&self, _: &Letter) -> Result<(), String> {
        Ok(())
    }
}

pub async fn worker(app: &TestApp) -> Worker {
    Worker::start(JobContext {
        db: app.db.clone(),
        outbound: Outbound::new(app.db.clone()),
        mailer: Arc::new(NoMail),
    })
    .await
    .unwrap()
}

pub async fn put(by: &Person, path: &str, body: Value) -> Answer {
    read(by.request(Method::PUT, path).json(&body)).await
}

pub async fn made(by: &Person, resource: &str, body: Value) -> i64 {
    let answer = by.post(&format!("/api/v1/{resource}"), body).await.ok();
    assert_eq!(answer.status, 201);
    answer.body["id"].as_i64().unwrap()
}

pub async fn items(by: &Person, path: &str) -> Vec<Value> {
    let page = by.get(path).await.ok();
    page.body["items"].as_array().unwrap().clone()
}

pub async fn filtered(by: &Person, resource: &str, filter: Value) -> Vec<Value> {
    let mut path = url::Url::parse("http://x/").unwrap();
    path.query_pairs_mut()
        .append_pair("filter", &filter.to_string())
        .append_pair("page[size]", "500");
    items(by, &format!("/api/v1/{resource}?{}", path.query().unwrap())).await
}

async fn source(by: &Person, code: &str) -> i64 {
    let found = filtered(
        by,
        "sources",
        json!({ "field": "code", "op": "eq", "value": code }),
    )
    .await;
    found[0]["id"].as_i64().unwrap()
}

/// A CSV file, imported to its end.
pub async fn import(by: &Person, resource: &str, csv: String) -> Value {
    let path = format!("/api/v1/{resource}/imports?name=a.csv");
    let started = read(by.request(Method::POST, &path).body(csv)).await.ok();
    let path = format!("/api/v1/imports/{}", started.body["id"]);
    tokio::time::timeout(std::time::Duration::from_secs(30), async {
        loop {
            let state = by.get(&path).await.ok().body;
            if state["status"] != "running" {
                return state;
            }
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap()
}

#[tokio::test]
#[proves("LEAD-02")]
async fn a_form_makes_one_lead_of_the_same_post() {
    let app = TestApp::start().await;
    let admin = app.person("root", "admin").await;
    let campaign = made(&admin, "campaigns", json!({ "name": "Spring 春季" })).await;
    let form = json!({ "key": "contact-us", "name": "Contact us", "dedupe_minutes": 60 });
    let form = made(&admin, "web_forms", form).await;
    let send = async |body: Value| {
        read(
            app.request(Method::POST, "/api/v1/forms/contact-us")
                .json(&body),
        )
        .await
    };
    let post = json!({ "name": "Acme", "contact_name": "Li", "email": "li@acme.example", "campaign": campaign.to_string() });
    assert_eq!(
        send(post.clone()).await.ok().body,
        json!({ "received": true })
    );
    assert_eq!(
        send(post.clone()).await.ok().body,
        json!({ "received": true })
    );
    let mut shouted = post.clone();
    shouted["name"] = json!("  ACME ");
    send(shouted).await.ok();
    let leads = items(
        &admin,
        "/api/v1/leads?fields=name,source_name,source,campaign,campaign_code,owner",
    )
    .await;
    assert_eq!(leads.len(), 1, "{leads:?}");
    assert!(leads[0]["source_name"].as_str().unwrap().starts_with("Web"));
    assert_eq!(leads[0]["campaign_id"], campaign);
    assert_eq!(leads[0]["campaign_code"], campaign.to_string());
    assert_eq!(leads[0]["owner"], Value::Null);

    // Another post is another lead, and so is the same one after the window.
    let mut other = post.clone();
    other["message"] = json!("Please call");
    send(other).await.ok();
    assert_eq!(items(&admin, "/api/v1/leads").await.len(), 2);
    sqlx::query("update sys.web_form_post set at = at - interval '61 minutes'")
        .execute(app.db.pool())
        .await
        .unwrap();
    send(post.clone()).await.ok();
    assert_eq!(items(&admin, "/api/v1/leads").await.len(), 3);

    // A page's own form, a program that fills in everything, and what can't be answered.
    let page = Client::new()
        .post(format!("{}/api/v1/forms/contact-us", app.base))
        .header("content-type", "application/x-www-form-urlencoded")
        .body("name=%E7%8E%8B&phone=%2B86+10+1234+5678");
    read(page).await.ok();
    send(json!({ "name": "Bot", "email": "b@b.example", "leave_empty": "x" }))
        .await
        .ok();
    assert_eq!(items(&admin, "/api/v1/leads").await.len(), 4);
    send(json!({ "name": "Nobody" }))
        .await
        .refused(422, "validation");
    send(json!({ "name": "Wrong", "email": "not an address" }))
        .await
        .refused(422, "validation");
    read(app.request(Method::POST, "/api/v1/forms/other").json(&post))
        .await
        .refused(404, "not_found");

    let mut last = send(post.clone()).await;
    for _ in 0..12 {
        last = send(post.clone()).await;
    }
    let last = last.refused(429, "too_many_requests");
    assert_eq!(last.headers["retry-after"], "60");
    put(
        &admin,
        &format!("/api/v1/web_forms/{form}"),
        json!({ "key": "contact-us", "name": "Contact us", "active": false }),
    )
    .await
    .ok();
    send(post).await.refused(404, "not_found");
    let sales = app.person("li", "sales").await;
    sales
        .get("/api/v1/web_forms")
        .await
        .refused(403, "forbidden");
}

#[tokio::test]
#[proves("CUST-22")]
async fn source_types_and_names_are_for_leads_and_customers() {
    let app = TestApp::start().await;
    let admin = app.person("root", "admin").await;
    let meta = admin.get("/api/v1/meta").await.ok();
    let set = meta.body["option_sets"]
        .as_array()
        .unwrap()
        .iter()
        .find(|set| set["name"] == "source_category")
        .cloned()
        .unwrap();
    let mut options = set["options"].clone();
    options
        .as_array_mut()
        .unwrap()
        .push(json!({ "value": "exhibition", "label": { "en": "Exhibition", "zh": "展会" } }));
    admin
        .patch(
            "/api/v1/dictionary/option_sets/source_category",
            json!({ "options": options }),
        )
        .await
        .ok();
    let cebit = json!({ "category": "exhibition", "name": "CeBIT" });
    let cebit = made(&admin, "sources", cebit).await;
    for n in 0..3 {
        made(
            &admin,
            "leads",
            json!({ "name": format!("L{n}"), "source": cebit }),
        )
        .await;
    }
    let customer = made(&admin, "customers", json!({ "name": "C", "source": cebit })).await;
    made(&admin, "leads", json!({ "name": "Other" })).await;
    let customer = admin
        .get(&format!("/api/v1/customers/{customer}"))
        .await
        .ok();
    assert_eq!(
        (
            &customer.body["source_category"],
            &customer.body["source_name"]
        ),
        (&json!("exhibition"), &json!("CeBIT"))
    );
    for (field, value) in [("source_category", "exhibition"), ("source_name", "CeBIT")] {
        let by = json!({ "field": field, "op": "eq", "value": value });
        assert_eq!(filtered(&admin, "leads", by).await.len(), 3);
    }
    let wrong = json!({ "category": "nothing", "name": "X" });
    admin
        .post("/api/v1/sources", wrong)
        .await
        .refused(422, "validation");
    let sales = app.person("li", "sales").await;
    sales
        .post(
            "/api/v1/sources",
            json!({ "category": "other", "name": "Y" }),
        )
        .await
        .refused(403, "forbidden");
    // A report by either level counts what is there.
    for (object, count) in [("leads", 3), ("customers", 1)] {
        for (by, value) in [("source_category", "exhibition"), ("source_name", "CeBIT")] {
            let groups = admin
                .get(&format!("/api/v1/{object}/groups?by={by}"))
                .await
                .ok();
            let of = groups.body["items"]
                .as_array()
                .unwrap()
                .iter()
                .find(|g| g["value"] == value);
            assert_eq!(of.unwrap()["count"], count, "{object} by {by}");
        }
    }
}

#[tokio::test]
async fn a_deleted_source_keeps_its_words_where_it_was_used() {
    let app = TestApp::start().await;
    let admin = app.person("root", "admin").await;
    let names = items(&admin, "/api/v1/sources").await;
    assert_eq!(names.len(), 4, "a new installation offers four sources");
    let telephone = source(&admin, "telephone").await;
    let lead = made(&admin, "leads", json!({ "name": "L", "source": telephone })).await;
    let renamed = json!({ "name": "Hotline" });
    admin
        .patch(&format!("/api/v1/sources/{telephone}"), renamed)
        .await
        .ok();
    let lead_path = format!("/api/v1/leads/{lead}");
    admin.patch(&lead_path, json!({ "city": "X" })).await.ok();
    admin
        .delete(&format!("/api/v1/sources/{telephone}"))
        .await
        .ok();
    admin
        .post("/api/v1/leads", json!({ "name": "M", "source": telephone }))
        .await
        .refused(422, "validation");
    admin.patch(&lead_path, json!({ "city": "Y" })).await.ok();
    let lead = admin.get(&lead_path).await.ok();
    assert_eq!(lead.body["source_name"], "Hotline");
    assert_eq!(lead.body["source_category"], "telephone");
    let by = json!({ "field": "source_category", "op": "eq", "value": "telephone" });
    assert_eq!(filtered(&admin, "leads", by).await.len(), 1);
}

#[tokio::test]
#[proves("LEAD-06")]
async fn leads_are_scored_when_saved_and_rescored_when_the_weights_change() {
    let app = TestApp::start().await;
    let admin = app.person("root", "admin").await;
    let worker = worker(&app).await;
    let criterion = |name: &str, field: &str, value: &str, weight: i32| json!({ "name": name, "weight": weight, "condition": { "field": field, "op": "eq", "value": value } });
    let scoring = |retail: i32, threshold: i32| {
        json!({ "threshold": threshold, "criteria": [
        criterion("retail", "industry", "retail", retail), criterion("north", "region", "north", 20), criterion("abroad", "region", "international", -30),
    ] })
    };
    put(&admin, "/api/v1/lead_scoring", scoring(50, 60))
        .await
        .ok();
    let lead = async |name: &str, industry: &str, region: &str| {
        made(
            &admin,
            "leads",
            json!({ "name": name, "industry": industry, "region": region }),
        )
        .await
    };
    let (both, one, minus) = (
        lead("both", "retail", "north").await,
        lead("one", "retail", "east").await,
        lead("minus", "finance", "international").await,
    );
    let state = async |id: i64| {
        let lead = admin.get(&format!("/api/v1/leads/{id}")).await.ok();
        (
            lead.body["score"].as_i64().unwrap(),
            lead.body["qualified"].as_bool().unwrap(),
        )
    };
    assert_eq!(state(both).await, (70, true));
    assert_eq!(state(one).await, (50, false));
    assert_eq!(state(minus).await, (-30, false));
    // Exactly at the threshold, by saving.
    put(&admin, "/api/v1/lead_scoring", scoring(60, 60))
        .await
        .ok();
    assert_eq!(state(one).await, (50, false), "not before it is saved");
    admin
        .patch(&format!("/api/v1/leads/{one}"), json!({ "city": "X" }))
        .await
        .ok();
    assert_eq!(state(one).await, (60, true));
    put(&admin, "/api/v1/lead_scoring", scoring(10, 30))
        .await
        .ok();
    let asked = admin
        .post("/api/v1/lead_scoring/rescore", json!({}))
        .await
        .ok();
    assert_eq!(asked.status, 202);
    worker.run_waiting().await.unwrap();
    assert_eq!(state(both).await, (30, true));
    assert_eq!(state(one).await, (10, false));
    // Scores are nobody's to write.
    admin
        .patch(&format!("/api/v1/leads/{one}"), json!({ "score": 99 }))
        .await
        .refused(422, "validation");
    let wrong = json!({ "threshold": 1, "criteria": [criterion("x", "nothing", "y", 1)] });
    put(&admin, "/api/v1/lead_scoring", wrong)
        .await
        .refused(422, "validation");
    let sales = app.person("li", "sales").await;
    put(&sales, "/api/v1/lead_scoring", scoring(1, 1))
        .await
        .refused(403, "forbidden");
}

#[tokio::test]
#[proves("LEAD-07")]
async fn each_product_line_has_its_checks_and_special_handling_names_who_approved() {
    let app = TestApp::start().await;
    let (admin, boss, li) = (
        app.person("root", "admin").await,
        app.person("boss", "manager").await,
        app.person("li", "sales").await,
    );
    let check = |key: &str, mandatory: bool| json!({ "key": key, "label": { "en": key, "zh": key }, "mandatory": mandatory });
    for (line, checks) in [
        ("a", json!([check("budget", true), check("visit", false)])),
        ("b", json!([check("licence", true)])),
    ] {
        let path = format!("/api/v1/lead_checklists/{line}");
        put(&admin, &path, json!({ "checks": checks })).await.ok();
        put(&li, &path, json!({ "checks": [] }))
            .await
            .refused(403, "forbidden");
    }
    put(&admin, "/api/v1/lead_checklists/z", json!({ "checks": [] }))
        .await
        .refused(404, "not_found");
    let lead = async |line: &str| {
        let id = made(&li, "leads", json!({ "name": line, "product_line": line })).await;
        format!("/api/v1/leads/{id}/qualification")
    };
    let (a, b) = (lead("a").await, lead("b").await);
    let keys = async |path: &str| -> Vec<String> {
        let checks = items(&li, path).await;
        checks
            .iter()
            .map(|check| check["key"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(keys(&a).await, ["budget", "visit"]);
    assert_eq!(keys(&b).await, ["licence"]);

    let skipped = json!({ "checks": { "visit": true } });
    let refused = put(&li, &a, skipped.clone())
        .await
        .refused(422, "validation");
    assert_eq!(refused.body["errors"][0]["field"], "checks.budget");
    put(
        &li,
        &b,
        json!({ "checks": { "budget": true, "licence": true } }),
    )
    .await
    .refused(422, "validation");
    let special = |reason: &str, approver: i64| json!({ "checks": { "visit": true }, "special_handling": { "reason": reason, "approver": approver } });
    put(&li, &a, special("", boss.id))
        .await
        .refused(422, "validation");
    put(&li, &a, special("Key account", li.id))
        .await
        .refused(422, "validation");
    let other = app.person("wang", "sales").await;
    put(&li, &a, special("Key account", other.id))
        .await
        .refused(422, "validation");
    let done = put(&li, &a, special("Key account", boss.id)).await.ok();
    assert_eq!(done.body["special_handling"], true);
    assert_eq!(done.body["special_reason"], "Key account");
    assert_eq!(done.body["special_approver_id"], boss.id);
    let done = put(&li, &b, json!({ "checks": { "licence": true } }))
        .await
        .ok();
    assert_eq!(done.body["special_handling"], false);
    let none = made(&li, "leads", json!({ "name": "none" })).await;
    put(
        &li,
        &format!("/api/v1/leads/{none}/qualification"),
        json!({ "checks": {} }),
    )
    .await
    .refused(409, "no_checklist");
    put(&other, &a, json!({ "checks": {} }))
        .await
        .refused(404, "not_found");
}

#[tokio::test]
#[proves("LEAD-08")]
async fn leads_go_down_the_funnel_step_by_step() {
    let app = TestApp::start().await;
    let (admin, li) = (
        app.person("root", "admin").await,
        app.person("li", "sales").await,
    );
    let lead = made(&li, "leads", json!({ "name": "L" })).await;
    made(&li, "leads", json!({ "name": "M" })).await;
    made(&admin, "leads", json!({ "name": "not Li's" })).await;
    let path = format!("/api/v1/leads/{lead}");
    li.patch(&path, json!({ "stage": "contacted" })).await.ok();
    li.patch(&path, json!({ "stage": "qualified" }))
        .await
        .refused(409, "stage_jump");
    li.patch(&path, json!({ "stage": "converted" }))
        .await
        .refused(409, "stage_jump");
    li.patch(&path, json!({ "stage": "interested" })).await.ok();
    let history = filtered(
        &li,
        "history_entries",
        json!({ "all": [{ "field": "lead", "op": "eq", "value": lead }, { "field": "kind", "op": "eq", "value": "stage" }] }),
    )
    .await;
    let today = chrono::Utc::now().date_naive().to_string();
    let steps: Vec<_> = history
        .iter()
        .rev()
        .map(|step| {
            assert!(step["happened_at"].as_str().unwrap().starts_with(&today));
            (
                step["from_value"].as_str().unwrap(),
                step["to_value"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(steps, [("new", "contacted"), ("contacted", "interested")]);
    for who in [&li, &admin] {
        let all = items(who, "/api/v1/leads").await;
        for counted in items(who, "/api/v1/leads/funnel").await {
            let there = all
                .iter()
                .filter(|lead| lead["stage"] == counted["stage"])
                .count();
            assert_eq!(counted["leads"], there, "{counted}");
        }
    }
    let sum: i64 = items(&li, "/api/v1/leads/funnel")
        .await
        .iter()
        .map(|counted| counted["leads"].as_i64().unwrap())
        .sum();
    assert_eq!(sum, 2);
    li.post("/api/v1/leads", json!({ "name": "N", "stage": "mature" }))
        .await
        .refused(422, "validation");
}

#[tokio::test]
#[proves("LEAD-10")]
async fn a_lead_is_traced_and_figures_are_the_sum_of_traces() {
    let app = TestApp::start().await;
    let (admin, li) = (
        app.person("root", "admin").await,
        app.person("li", "sales").await,
    );
    put(&admin, "/api/v1/lead_scoring", json!({ "threshold": 5, "criteria": [{ "name": "east", "weight": 5, "condition": { "field": "region", "op": "eq", "value": "east" } }] }))
        .await
        .ok();
    let mut kinds = Vec::new();
    for n in 0..2 {
        let lead = made(
            &admin,
            "leads",
            json!({ "name": format!("L{n}"), "contact_name": "Zhou" }),
        )
        .await;
        let path = format!("/api/v1/leads/{lead}");
        admin.patch(&path, json!({ "owner": li.id })).await.ok();
        li.patch(&path, json!({ "region": "east" })).await.ok();
        li.patch(&path, json!({ "stage": "contacted" })).await.ok();
        if n == 0 {
            li.post(&format!("{path}/convert"), json!({})).await.ok();
        }
        let steps = items(&li, &format!("{path}/trace")).await;
        let mut last = "";
        for step in &steps {
            let at = step["at"].as_str().unwrap();
            assert!(at >= last);
            last = at;
        }
        let of: Vec<String> = steps
            .iter()
            .map(|step| step["kind"].as_str().unwrap().to_owned())
            .collect();
        let wanted = ["created", "assigned", "scored", "stage", "converted"];
        assert_eq!(of, wanted[..if n == 0 { 5 } else { 4 }]);
        kinds.extend(steps);
    }
    let figures = items(&admin, "/api/v1/leads/performance").await;
    for (rep, name) in [
        (admin.id, "created"),
        (li.id, "assigned"),
        (li.id, "converted"),
        (li.id, "stage"),
        (li.id, "scored"),
    ] {
        let traced = kinds
            .iter()
            .filter(|step| step["kind"] == name && step["rep"] == rep)
            .count();
        let figure = figures.iter().find(|of| of["rep"] == rep).unwrap();
        let key = match name {
            "stage" => "stages",
            "scored" => "qualified",
            other => other,
        };
        assert_eq!(figure[key], traced, "{name}");
        assert!(traced > 0);
    }
    let other = app.person("wang", "sales").await;
    assert!(items(&other, "/api/v1/leads/performance").await.is_empty());
    let lead = items(&admin, "/api/v1/leads").await[0]["id"].clone();
    other
        .get(&format!("/api/v1/leads/{lead}/trace"))
        .await
        .refused(404, "not_found");
}

#[tokio::test]
async fn conversion_moves_what_was_gathered_and_happens_once() {
    let app = TestApp::start().await;
    let (admin, li) = (
        app.person("root", "admin").await,
        app.person("li", "sales").await,
    );
    let telephone = source(&admin, "telephone").await;
    let product = made(&admin, "products", json!({ "code": "P", "name": "P" })).await;
    let lead = json!({ "name": "Acme", "contact_name": "Zhou", "email": "z@acme.example", "region": "east", "source": telephone });
    let lead = made(&li, "leads", lead).await;
    let path = format!("/api/v1/leads/{lead}");
    // An unconverted lead has no orders.
    li.post("/api/v1/orders", json!({ "lead": lead, "ordered_on": "2026-01-05", "amount": { "amount": "10.00", "currency": "USD" } }))
        .await
        .refused(409, "lead_not_converted");
    let task = made(
        &li,
        "tasks",
        json!({ "subject": "Call", "about_object": "lead", "about_record": lead }),
    )
    .await;
    let interest =
        json!({ "lead": lead, "kind": "product", "product": product, "since": "2026-01-01" });
    let interest = made(&li, "interests", interest).await;
    li.post(&format!("{path}/notes"), json!({ "body": "Wants a quote" }))
        .await
        .ok();
    put(&li, &format!("{path}/tags"), json!({ "tags": ["hot"] }))
        .await
        .ok();

    let done = li
        .post(
            &format!("{path}/convert"),
            json!({ "customer": { "kind": "organisation" } }),
        )
        .await
        .ok();
    let customer = done.body["customer_id"].as_i64().unwrap();
    let of_customer = li.get(&format!("/api/v1/customers/{customer}")).await.ok();
    for (field, value) in [
        ("name", json!("Acme")),
        ("region", json!("east")),
        ("source_id", json!(telephone)),
        ("owner_id", json!(li.id)),
        ("key_contact_id", done.body["contact_id"].clone()),
    ] {
        assert_eq!(of_customer.body[field], value, "{field}");
    }
    assert!(of_customer.body["code"].as_str().unwrap().starts_with("CU"));
    let contact = li
        .get(&format!("/api/v1/contacts/{}", done.body["contact_id"]))
        .await
        .ok();
    assert_eq!(
        (&contact.body["name"], &contact.body["customer_id"]),
        (&json!("Zhou"), &json!(customer))
    );
    let task = li.get(&format!("/api/v1/tasks/{task}")).await.ok();
    assert_eq!(
        (&task.body["about_object"], &task.body["about_record"]),
        (&json!("customer"), &json!(customer))
    );
    let notes = items(&li, &format!("/api/v1/customers/{customer}/notes")).await;
    assert_eq!(notes[0]["body"], "Wants a quote");
    let interest = li.get(&format!("/api/v1/interests/{interest}")).await.ok();
    assert_eq!(interest.body["customer_id"], customer);

    assert!(
        items(&li, "/api/v1/leads").await.is_empty(),
        "it left the list"
    );
    assert_eq!(items(&li, "/api/v1/leads?archived=true").await.len(), 1);
    li.post(&format!("{path}/convert"), json!({}))
        .await
        .refused(409, "lead_converted");
    let order = li
        .post("/api/v1/orders", json!({ "lead": lead, "ordered_on": "2026-01-05", "amount": { "amount": "10.00", "currency": "USD" } }))
        .await
        .ok();
    assert_eq!(order.body["customer_id"], customer);

    // Into a customer that is there, by who may not, and of what is not wanted any more.
    let second = made(&li, "leads", json!({ "name": "Branch" })).await;
    let second = format!("/api/v1/leads/{second}");
    let wang = app.person("wang", "sales").await;
    wang.post(&format!("{second}/convert"), json!({}))
        .await
        .refused(404, "not_found");
    li.patch(&second, json!({ "stage": "disqualified" }))
        .await
        .ok();
    li.post(&format!("{second}/convert"), json!({}))
        .await
        .refused(409, "lead_disqualified");
    li.patch(&second, json!({ "stage": "new" })).await.ok();
    let into = li
        .post(
            &format!("{second}/convert"),
            json!({ "customer_id": customer }),
        )
        .await
        .ok();
    assert_eq!(
        (&into.body["customer_id"], &into.body["contact_id"]),
        (&json!(customer), &Value::Null)
    );
}

#[tokio::test]
async fn importing_refuses_what_is_wrong_and_makes_leads_of_the_rest() {
    let app = TestApp::start().await;
    let admin = app.person("root", "admin").await;
    let mut csv = String::from("name,email,industry\n");
    for n in 0..97 {
        csv.push_str(&format!("Lead {n},l{n}@x.example,retail\n"));
    }
    csv.push_str("Bad address,not an address,retail\n,empty@x.example,retail\nBad industry,b@x.example,nothing\n");
    let state = import(&admin, "leads", csv).await;
    assert_eq!(
        (&state["rows_inserted"], &state["rows_refused"]),
        (&json!(97), &json!(3))
    );
    let lead = items(&admin, "/api/v1/leads?page[size]=1").await[0]["id"].clone();
    admin
        .post("/api/v1/orders", json!({ "lead": lead, "ordered_on": "2026-01-05", "amount": { "amount": "1.00", "currency": "USD" } }))
        .await
        .refused(409, "lead_not_converted");
}
