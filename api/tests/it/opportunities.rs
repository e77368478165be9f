//! Opportunities: stages and confidence, lines, priority, team, winning, and figures that equal the lists.

use proves::proves;
use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{Answer, Person, TestApp, read};

pub async fn put(person: &Person, path: &str, body: Value) -> Answer {
    read(person.request(Method::PUT, path).json(&body)).await
}

pub async fn customer(person: &Person, code: &str) -> i64 {
    let input = json!({ "code": code, "name": format!("Customer {code}") });
    id(&person.post("/api/v1/customers", input).await.ok())
}

pub fn id(answer: &Answer) -> i64 {
    answer.body["id"].as_i64().unwrap()
}

pub fn ids(answer: &Answer) -> Vec<i64> {
    let items = answer.body["items"].as_array().unwrap();
    items.iter().map(|i| i["id"].as_i64().unwrap()).collect()
}

async fn opportunity(person: &Person, customer: i64, input: Value) -> Answer {
    let mut all = json!({ "name": "Deal", "customer": customer });
    for (key, value) in input.as_object().unwrap() {
        all[key] = value.clone();
    }
    person.post("/api/v1/opportunities", all).await
}

async fn filtered(person: &Person, path: &str, filter: &Value) -> Answer {
    let filter = filter.to_string();
    read(
        person
            .request(Method::GET, path)
            .query(&[("filter", filter.as_str())]),
    )
    .await
    .ok()
}

fn cents(value: &Value) -> i64 {
    let text = value
        .as_str()
        .unwrap_or_else(|| panic!("{value} is no amount"));
    let (whole, part) = text.split_once('.').unwrap_or((text, "00"));
    let part = format!("{part:0<2}");
    whole.parse::<i64>().unwrap() * 100 + part[..2].parse::<i64>().unwrap()
}

#[tokio::test]
#[proves("OPP-01")]
async fn an_opportunity_holds_all_groups_and_the_list_sorts() {
    let app = TestApp::start().await;
    let li = app.person("li", "sales").await;
    let acme = customer(&li, "A").await;
    let all = json!({
        "name": "Line 3", "description": "a new line", "amount": "900", "next_step": "b demo", "plan": "demo, offer, close",
        "expected_cost": "50", "expected_return": "400", "expected_close_on": "2027-03-31", "stage": "needs",
    });
    let made = opportunity(&li, acme, all).await.ok();
    assert_eq!(made.status, 201);
    assert!(made.body["number"].as_str().unwrap().starts_with("OPP"));
    assert_eq!(made.body["description"], "a new line");
    assert_eq!(made.body["expected_return"]["amount"], "400.00");
    assert_eq!(made.body["plan"], "demo, offer, close");
    assert!(made.body.get("priority").is_some() && made.body.get("department").is_some());
    for missing in ["name", "customer"] {
        let mut input = json!({ "name": "x", "customer": acme });
        input.as_object_mut().unwrap().remove(missing);
        let answer = li.post("/api/v1/opportunities", input).await;
        let answer = answer.refused(422, "validation");
        assert_eq!(answer.body["errors"][0]["field"], missing);
    }
    let low = opportunity(&li, acme, json!({ "amount": "100", "next_step": "c call" }))
        .await
        .ok();
    let high = opportunity(
        &li,
        acme,
        json!({ "amount": "5000", "next_step": "a visit", "stage": "proposal" }),
    )
    .await
    .ok();
    let (first, low, high) = (id(&made), id(&low), id(&high));
    for (sort, order) in [
        ("amount", [low, first, high]),
        ("-amount", [high, first, low]),
        ("next_step", [high, first, low]),
        ("stage", [first, high, low]),
    ] {
        let list = li
            .get(&format!("/api/v1/opportunities?sort={sort}"))
            .await
            .ok();
        assert_eq!(ids(&list), order, "{sort}");
    }
}

#[tokio::test]
#[proves("OPP-02")]
async fn stages_give_confidence_and_weight() {
    let app = TestApp::start().await;
    let (root, li) = (
        app.person("root", "admin").await,
        app.person("li", "sales").await,
    );
    let set = json!({ "options": [
        { "value": "prospect", "label": { "en": "Prospect", "zh": "接触" } },
        { "value": "needs", "label": { "en": "Needs", "zh": "需求" } },
        { "value": "proposal", "label": { "en": "Proposal", "zh": "方案" } },
        { "value": "quoting", "label": { "en": "Quoting", "zh": "报价" }, "active": false },
        { "value": "negotiation", "label": { "en": "Negotiation", "zh": "谈判" }, "active": false },
        { "value": "won", "label": { "en": "Won", "zh": "赢单" } },
        { "value": "lost", "label": { "en": "Lost", "zh": "输单" } },
        { "value": "pilot", "label": { "en": "Pilot", "zh": "试点" } },
    ] });
    root.patch("/api/v1/dictionary/option_sets/opportunity_stage", set)
        .await
        .ok();
    let stage = |value: &str, confidence: u8, kind: &str| json!({ "value": value, "confidence": confidence.to_string(), "kind": kind });
    let five = json!({ "stages": [
        stage("prospect", 5, "open"), stage("pilot", 40, "open"), stage("proposal", 70, "open"),
        stage("won", 100, "won"), stage("lost", 0, "lost"),
    ] });
    // Every stage that is offered needs its settings, and only administrators give them.
    let forgotten = put(&root, "/api/v1/stages/opportunity", five.clone()).await;
    forgotten.refused(422, "validation");
    let off = json!({ "options": [
        { "value": "prospect", "label": { "en": "Prospect", "zh": "接触" } },
        { "value": "needs", "label": { "en": "Needs", "zh": "需求" }, "active": false },
        { "value": "proposal", "label": { "en": "Proposal", "zh": "方案" } },
        { "value": "quoting", "label": { "en": "Quoting", "zh": "报价" }, "active": false },
        { "value": "negotiation", "label": { "en": "Negotiation", "zh": "谈判" }, "active": false },
        { "value": "won", "label": { "en": "Won", "zh": "赢单" } },
        { "value": "lost", "label": { "en": "Lost", "zh": "输单" } },
        { "value": "pilot", "label": { "en": "Pilot", "zh": "试点" } },
    ] });
    root.patch("/api/v1/dictionary/option_sets/opportunity_stage", off)
        .await
        .ok();
    put(&li, "/api/v1/stages/opportunity", five.clone())
        .await
        .refused(403, "forbidden");
    put(&root, "/api/v1/stages/opportunity", five).await.ok();
    let stored = li.get("/api/v1/stages/opportunity").await.ok();
    let stored: Vec<(&str, i64)> = stored.body["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| (s["value"].as_str().unwrap(), cents(&s["confidence"])))
        .collect();
    assert_eq!(
        stored,
        [
            ("prospect", 500),
            ("pilot", 4000),
            ("proposal", 7000),
            ("won", 10000),
            ("lost", 0)
        ]
    );

    let acme = customer(&li, "A").await;
    let made = opportunity(&li, acme, json!({ "amount": "1000", "stage": "pilot" }))
        .await
        .ok();
    assert_eq!(cents(&made.body["confidence"]), 4000);
    assert_eq!(made.body["weighted_amount"], "400.00");
    assert_eq!(made.body["confidence_overridden"], false);
    let path = format!("/api/v1/opportunities/{}", id(&made));
    let by_hand = li.patch(&path, json!({ "confidence": "55" })).await.ok();
    assert_eq!(
        (
            &by_hand.body["confidence_overridden"],
            &by_hand.body["weighted_amount"]
        ),
        (&json!(true), &json!("550.00"))
    );
    // What was set by hand stays when the stage moves on, until it is emptied.
    let moved = li.patch(&path, json!({ "stage": "proposal" })).await.ok();
    assert_eq!(cents(&moved.body["confidence"]), 5500);
    let followed = li.patch(&path, json!({ "confidence": null })).await.ok();
    assert_eq!(
        (
            cents(&followed.body["confidence"]),
            &followed.body["confidence_overridden"]
        ),
        (7000, &json!(false))
    );
    li.patch(&path, json!({ "confidence": "101" }))
        .await
        .refused(422, "validation");
    li.patch(&path, json!({ "stage": "needs" }))
        .await
        .refused(422, "validation");

    // A customer has its own.
    let path = format!("/api/v1/customers/{acme}");
    let staged = li.patch(&path, json!({ "stage": "intent" })).await.ok();
    assert_eq!(cents(&staged.body["confidence"]), 6000);
    customer(&li, "B").await;
    let filter = json!({ "all": [{ "field": "stage", "op": "eq", "value": "intent" }, { "field": "confidence", "op": "ge", "value": 50 }] });
    let listed = filtered(&li, "/api/v1/customers?fields=stage,confidence", &filter).await;
    assert_eq!(ids(&listed), [acme]);
    assert_eq!(cents(&listed.body["items"][0]["confidence"]), 6000);
}

#[tokio::test]
async fn stages_follow_each_other_as_allowed_and_ends_are_ends() {
    let app = TestApp::start().await;
    let (root, li) = (
        app.person("root", "admin").await,
        app.person("li", "sales").await,
    );
    let acme = customer(&li, "A").await;
    opportunity(&li, acme, json!({ "stage": "won" }))
        .await
        .refused(422, "validation");
    let mut stages = li.get("/api/v1/stages/opportunity").await.ok().body["items"].clone();
    for stage in stages.as_array_mut().unwrap() {
        for key in ["label", "color", "position"] {
            stage.as_object_mut().unwrap().remove(key);
        }
        if stage["value"] == "prospect" {
            stage["moves"] = json!(["needs", "lost"]);
        }
    }
    put(
        &root,
        "/api/v1/stages/opportunity",
        json!({ "stages": stages }),
    )
    .await
    .ok();
    let made = opportunity(&li, acme, json!({ "amount": "10" })).await.ok();
    let path = format!("/api/v1/opportunities/{}", id(&made));
    let refused = li
        .patch(&path, json!({ "stage": "quoting" }))
        .await
        .refused(422, "validation");
    assert_eq!(refused.body["errors"][0]["code"], "transition");
    li.patch(&path, json!({ "stage": "lost" }))
        .await
        .refused(422, "validation");
    let lost = li
        .patch(&path, json!({ "stage": "lost", "lost_reason": "price" }))
        .await
        .ok();
    assert_eq!(
        (&lost.body["status"], lost.body["closed_on"].is_string()),
        (&json!("lost"), true)
    );
    let again = li.patch(&path, json!({ "stage": "needs" })).await.ok();
    assert_eq!(
        (&again.body["status"], &again.body["closed_on"]),
        (&json!("open"), &Value::Null)
    );
    li.patch(&path, json!({ "status": "won" }))
        .await
        .refused(422, "validation");
}

#[tokio::test]
#[proves("OPP-08")]
async fn a_large_opportunity_is_quoted_with_an_approval_only() {
    let app = TestApp::start().await;
    let root = app.person("root", "admin").await;
    let (li, mei) = (
        app.person("li", "sales").await,
        app.person("mei", "manager").await,
    );
    let mut stages = li.get("/api/v1/stages/opportunity").await.ok().body["items"].clone();
    for stage in stages.as_array_mut().unwrap() {
        for key in ["label", "color", "position"] {
            stage.as_object_mut().unwrap().remove(key);
        }
        if stage["value"] == "quoting" {
            stage["approval_above"] = json!("50000");
        }
    }
    put(
        &root,
        "/api/v1/stages/opportunity",
        json!({ "stages": stages }),
    )
    .await
    .ok();
    let step = json!({ "name": "manager", "mode": "any", "approvers": [{ "party": format!("user:{}", mei.id) }] });
    let flow = json!({ "name": "large deals", "object": "opportunity", "definition": { "steps": [step] } });
    root.post("/api/v1/workflow/flows", flow).await.ok();
    let approve = async |record: i64| {
        let submission =
            json!({ "flow": "large deals", "object": "opportunity", "record": record });
        li.post("/api/v1/approvals", submission).await.ok();
        let waiting = mei.get("/api/v1/approvals/waiting").await.ok();
        let task = &waiting.body["items"][0]["task_id"];
        let decide = format!("/api/v1/approvals/tasks/{task}/decide");
        mei.post(&decide, json!({ "decision": "approve" }))
            .await
            .ok();
    };
    let acme = customer(&li, "A").await;
    let small = opportunity(&li, acme, json!({ "amount": "40000" }))
        .await
        .ok();
    li.patch(
        &format!("/api/v1/opportunities/{}", id(&small)),
        json!({ "stage": "quoting" }),
    )
    .await
    .ok();
    let large = id(&opportunity(&li, acme, json!({ "amount": "60000" }))
        .await
        .ok());
    let path = format!("/api/v1/opportunities/{large}");
    li.patch(&path, json!({ "stage": "quoting" }))
        .await
        .refused(409, "approval_needed");
    opportunity(&li, acme, json!({ "amount": "60000", "stage": "quoting" }))
        .await
        .refused(409, "approval_needed");
    approve(large).await;
    // What was approved is the amount of then.
    li.patch(&path, json!({ "amount": "70000" })).await.ok();
    li.patch(&path, json!({ "stage": "quoting" }))
        .await
        .refused(409, "approval_needed");
    approve(large).await;
    li.patch(&path, json!({ "stage": "quoting" })).await.ok();
}

#[tokio::test]
#[proves("OPP-05")]
async fn a_team_member_sees_the_opportunity_while_in_the_team() {
    let app = TestApp::start().await;
    let (li, wang) = (
        app.person("li", "sales").await,
        app.person("wang", "sales").await,
    );
    let acme = customer(&li, "A").await;
    let deal = id(&opportunity(&li, acme, json!({})).await.ok());
    let path = format!("/api/v1/opportunities/{deal}");
    li.post(&format!("{path}/notes"), json!({ "body": "budget in May" }))
        .await
        .ok();
    let upload = li.request(Method::POST, &format!("{path}/files?name=plan.txt"));
    read(upload.header("content-type", "text/plain").body("plan"))
        .await
        .ok();
    let call = json!({ "subject": "Demo", "type": "call", "starts_at": "2026-11-25T02:00:00Z", "opportunity": deal });
    let call = id(&li.post("/api/v1/activities", call).await.ok());
    wang.get(&path).await.refused(404, "not_found");
    wang.get(&format!("/api/v1/activities/{call}"))
        .await
        .refused(404, "not_found");

    let member = json!({ "grantee": format!("user:{}", wang.id), "access": "read", "team_role": "Solution architect" });
    let share = id(&li.post(&format!("{path}/shares"), member).await.ok());
    assert_eq!(id(&wang.get(&path).await.ok()), deal);
    assert_eq!(
        wang.get(&format!("{path}/notes")).await.ok().body["items"][0]["body"],
        "budget in May"
    );
    let files = wang.get(&format!("{path}/files")).await.ok();
    assert_eq!(files.body["items"].as_array().unwrap().len(), 1);
    assert_eq!(
        ids(&wang.get(&format!("{path}/activities")).await.ok()),
        [call]
    );
    let team = wang.get(&format!("{path}/shares")).await.ok();
    assert_eq!(team.body["items"][0]["team_role"], "Solution architect");
    assert_eq!(team.body["items"][0]["name"], "wang");
    wang.patch(&path, json!({ "name": "mine" }))
        .await
        .refused(403, "forbidden");
    wang.post(
        &format!("{path}/shares"),
        json!({ "grantee": format!("user:{}", li.id), "access": "read" }),
    )
    .await
    .refused(403, "forbidden");

    li.delete(&format!("{path}/shares/{share}")).await.ok();
    wang.get(&path).await.refused(404, "not_found");
    wang.get(&format!("{path}/notes"))
        .await
        .refused(404, "not_found");
    wang.get(&format!("/api/v1/activities/{call}"))
        .await
        .refused(404, "not_found");
}

#[tokio::test]
#[proves("OPP-07")]
async fn managers_set_the_priority() {
    let app = TestApp::start().await;
    let (li, mei) = (
        app.person("li", "sales").await,
        app.person("mei", "manager").await,
    );
    share_department(&app, &[li.id, mei.id]).await;
    let (li, mei) = (app.sign_in("li").await, app.sign_in("mei").await);
    let acme = customer(&li, "A").await;
    let (a, b) = (
        id(&opportunity(&li, acme, json!({ "name": "a" })).await.ok()),
        id(&opportunity(&li, acme, json!({ "name": "b" })).await.ok()),
    );
    let path = |id: i64| format!("/api/v1/opportunities/{id}");
    li.post(&format!("{}/priority", path(a)), json!({ "score": 90 }))
        .await
        .refused(403, "forbidden");
    li.patch(&path(a), json!({ "priority_score": 90 }))
        .await
        .refused(422, "validation");
    mei.post(&format!("{}/priority", path(a)), json!({ "score": 101 }))
        .await
        .refused(422, "validation");
    let scored = mei
        .post(&format!("{}/priority", path(a)), json!({ "score": 45 }))
        .await
        .ok();
    assert_eq!(
        (
            &scored.body["priority"],
            &scored.body["priority_set_by"]["id"]
        ),
        (&json!("medium"), &json!(mei.id))
    );
    mei.post(&format!("{}/priority", path(b)), json!({ "score": 90 }))
        .await
        .ok();
    let sorted = li
        .get("/api/v1/opportunities?sort=-priority_score&fields=priority")
        .await
        .ok();
    assert_eq!(ids(&sorted), [b, a]);
    assert_eq!(sorted.body["items"][0]["priority"], "high");
    let trail = li.get(&format!("{}/audit", path(a))).await.ok();
    assert_eq!(trail.body["items"][0]["actor_name"], "mei");
    let stranger = app.person("max", "manager").await;
    stranger
        .post(&format!("{}/priority", path(a)), json!({ "score": 1 }))
        .await
        .refused(404, "not_found");
}

/// Puts users into one new department.
pub async fn share_department(app: &TestApp, users: &[i64]) -> i64 {
    let code = format!("D{}", users[0]);
    let department: i64 =
        sqlx::query_scalar("insert into crm.department (code, name) values ($1, $1) returning id")
            .bind(code)
            .fetch_one(app.db.pool())
            .await
            .unwrap();
    sqlx::query("update crm.app_user set department_id = $1 where id = any($2)")
        .bind(department)
        .bind(users)
        .execute(app.db.pool())
        .await
        .unwrap();
    department
}

#[tokio::test]
#[proves("OPP-11")]
async fn progress_shows_every_change_and_the_days_in_each_stage() {
    let app = TestApp::start().await;
    let li = app.person("li", "sales").await;
    let acme = customer(&li, "A").await;
    let deal = id(&opportunity(
        &li,
        acme,
        json!({ "amount": "100", "expected_close_on": "2027-01-31" }),
    )
    .await
    .ok());
    let path = format!("/api/v1/opportunities/{deal}");
    // It has been a prospect for three days.
    for change in [
        "update crm.opportunity set stage_entered_at = stage_entered_at - interval '3 days' where id = $1",
        "update crm.opportunity_stage_change set entered_at = entered_at - interval '3 days' where opportunity_id = $1",
    ] {
        sqlx::query(change)
            .bind(deal)
            .execute(app.db.pool())
            .await
            .unwrap();
    }
    li.patch(&path, json!({ "stage": "needs" })).await.ok();
    li.patch(&path, json!({ "amount": "250" })).await.ok();
    li.patch(&path, json!({ "expected_close_on": "2027-02-28" }))
        .await
        .ok();
    let seen = li.get(&format!("{path}/progress")).await.ok();
    let changes = seen.body["changes"].as_array().unwrap();
    for (field, old, new) in [
        ("stage", "prospect", "needs"),
        ("amount", "100.00", "250.00"),
        ("expected_close_on", "2027-01-31", "2027-02-28"),
    ] {
        let found = changes.iter().find(|c| c["field"] == field).unwrap();
        assert_eq!(
            (&found["old"], &found["new"], &found["by_name"]),
            (&json!(old), &json!(new), &json!("li"))
        );
        assert!(found["at"].is_string());
    }
    let stages = seen.body["stages"].as_array().unwrap();
    assert_eq!(
        (&stages[0]["stage"], &stages[0]["days"]),
        (&json!("prospect"), &json!("3.00"))
    );
    assert_eq!(
        (&stages[1]["stage"], &stages[1]["left_at"]),
        (&json!("needs"), &Value::Null)
    );
    let wang = app.person("wang", "sales").await;
    wang.get(&format!("{path}/progress"))
        .await
        .refused(404, "not_found");
}

/// Two people's opportunities in several stages; who reads all is returned.
async fn several(app: &TestApp) -> (Person, Person, Person) {
    let (li, wang, ada) = (
        app.person("li", "sales").await,
        app.person("wang", "sales").await,
        app.person("ada", "analyst").await,
    );
    for (person, code) in [(&li, "A"), (&wang, "B")] {
        let customer = customer(person, code).await;
        for (stage, amount, day) in [
            ("prospect", "1000", "2027-01-10"),
            ("proposal", "2000.50", "2027-02-10"),
            ("quoting", "300", "2027-04-10"),
        ] {
            opportunity(
                person,
                customer,
                json!({ "stage": stage, "amount": amount, "expected_close_on": day }),
            )
            .await
            .ok();
        }
        let won = id(&opportunity(
            person,
            customer,
            json!({ "stage": "needs", "amount": "700" }),
        )
        .await
        .ok());
        person
            .patch(
                &format!("/api/v1/opportunities/{won}"),
                json!({ "stage": "won" }),
            )
            .await
            .ok();
    }
    (li, wang, ada)
}

/// Number, amounts and weighted amounts of a list, in cents.
async fn totals(person: &Person, filter: &Value) -> (i64, i64, i64) {
    let list = filtered(
        person,
        "/api/v1/opportunities?page[size]=500&fields=amount,weighted_base",
        filter,
    )
    .await;
    let items = list.body["items"].as_array().unwrap();
    items.iter().fold((0, 0, 0), |(n, amount, weighted), item| {
        (
            n + 1,
            amount + cents(&item["amount"]["base"]),
            weighted + cents(&item["weighted_base"]),
        )
    })
}

fn figures(row: &Value) -> (i64, i64, i64) {
    (
        row["count"].as_i64().unwrap(),
        cents(&row["amount"]),
        cents(&row["weighted_amount"]),
    )
}

#[tokio::test]
#[proves("OPP-15")]
async fn the_funnel_opens_exactly_its_opportunities() {
    let app = TestApp::start().await;
    let (li, _, ada) = several(&app).await;
    let funnel = ada.get("/api/v1/opportunities/funnel").await.ok();
    let stages = funnel.body["items"].as_array().unwrap();
    assert_eq!(stages.len(), 7);
    for stage in stages {
        assert_eq!(
            figures(stage),
            totals(&ada, &stage["filter"]).await,
            "{stage}"
        );
    }
    let by = |funnel: &Answer, value: &str| {
        let items = funnel.body["items"].as_array().unwrap().clone();
        items.into_iter().find(|s| s["stage"] == value).unwrap()
    };
    assert_eq!(figures(&by(&funnel, "proposal")), (2, 400_100, 160_040));
    // All eight came to prospect or beyond it, six beyond it; those six came to needs or beyond, and beyond needs.
    assert_eq!(by(&funnel, "prospect")["conversion"], "75.00");
    assert_eq!(by(&funnel, "needs")["conversion"], "100.00");
    let own = json!({ "field": "owner", "op": "eq", "value": li.id });
    let filtered_funnel = filtered(&ada, "/api/v1/opportunities/funnel", &own).await;
    for stage in filtered_funnel.body["items"].as_array().unwrap() {
        assert_eq!(
            figures(stage),
            totals(&ada, &stage["filter"]).await,
            "{stage}"
        );
    }
    assert_eq!(
        figures(&by(&filtered_funnel, "proposal")),
        (1, 200_050, 80_020)
    );
    // Who sees the own only, has the figures of the own.
    assert_eq!(
        figures(&by(
            &li.get("/api/v1/opportunities/funnel").await.ok(),
            "proposal"
        )),
        (1, 200_050, 80_020)
    );
    assert_eq!(
        ada.get("/api/v1/opportunities/funnel?filter=x")
            .await
            .status,
        422
    );
}

#[tokio::test]
#[proves("OPP-16")]
async fn the_summary_equals_the_filtered_list() {
    let app = TestApp::start().await;
    let (li, wang, ada) = several(&app).await;
    share_department(&app, &[li.id]).await;
    sqlx::query("update crm.opportunity set department_id = (select department_id from crm.app_user where id = owner_id)")
        .execute(app.db.pool()).await.unwrap();
    let big = json!({ "field": "amount", "op": "ge", "value": 500 });
    for by in ["status", "owner", "department"] {
        let summary = filtered(
            &ada,
            &format!("/api/v1/opportunities/summary?by={by}"),
            &big,
        )
        .await;
        let rows = summary.body["items"].as_array().unwrap();
        assert_eq!(rows.len(), 2, "{by}");
        for row in rows {
            let key = match (&row["key"], by) {
                (Value::Null, _) => json!({ "field": by, "op": "is_empty" }),
                (key, "status") => json!({ "field": by, "op": "eq", "value": key }),
                (key, _) => {
                    json!({ "field": by, "op": "eq", "value": key.as_str().unwrap().parse::<i64>().unwrap() })
                }
            };
            let list = totals(&ada, &json!({ "all": [big, key] })).await;
            assert_eq!(figures(row), list, "{by} {row}");
        }
    }
    let own = wang
        .get("/api/v1/opportunities/summary?by=owner")
        .await
        .ok();
    assert_eq!(
        (
            own.body["items"].as_array().unwrap().len(),
            &own.body["items"][0]["title"]
        ),
        (1, &json!("wang"))
    );
    ada.get("/api/v1/opportunities/summary?by=colour")
        .await
        .refused(400, "malformed");
}

#[tokio::test]
#[proves("OPP-22")]
async fn the_forecast_follows_its_setting() {
    let app = TestApp::start().await;
    let (root, li) = (
        app.person("root", "admin").await,
        app.person("li", "sales").await,
    );
    let acme = customer(&li, "A").await;
    for (stage, amount, day) in [
        ("prospect", "1000", "2027-01-10"),
        ("proposal", "2000", "2027-02-10"),
        ("quoting", "500", "2027-03-31"),
        ("negotiation", "100", "2027-04-01"),
    ] {
        opportunity(
            &li,
            acme,
            json!({ "stage": stage, "amount": amount, "expected_close_on": day }),
        )
        .await
        .ok();
    }
    let quarter = async |from: &str| {
        let rows = li
            .get("/api/v1/opportunities/forecast?period=quarter")
            .await
            .ok();
        let rows = rows.body["items"].as_array().unwrap().clone();
        rows.into_iter().find(|row| row["from"] == from).unwrap()
    };
    // 1000 × 10 % + 2000 × 40 % + 500 × 60 %
    assert_eq!(cents(&quarter("2027-01-01").await["forecast"]), 120_000);
    let setting = json!({ "excluded_stages": ["prospect"], "weighting": "confidence" });
    put(&li, "/api/v1/forecast_setting", setting.clone())
        .await
        .refused(403, "forbidden");
    put(&root, "/api/v1/forecast_setting", setting).await.ok();
    assert_eq!(cents(&quarter("2027-01-01").await["forecast"]), 110_000);
    assert_eq!(cents(&quarter("2027-04-01").await["forecast"]), 8_000);
    let full = json!({ "excluded_stages": ["prospect"], "weighting": "full" });
    put(&root, "/api/v1/forecast_setting", full).await.ok();
    assert_eq!(cents(&quarter("2027-01-01").await["forecast"]), 250_000);
    let wrong = json!({ "excluded_stages": ["dream"], "weighting": "full" });
    put(&root, "/api/v1/forecast_setting", wrong)
        .await
        .refused(422, "validation");
}

async fn product(app: &TestApp, code: &str) -> i64 {
    sqlx::query_scalar("insert into crm.product (code, name) values ($1, $1) returning id")
        .bind(code)
        .fetch_one(app.db.pool())
        .await
        .unwrap()
}

#[tokio::test]
#[proves("OPP-19")]
async fn lines_make_the_amount() {
    let app = TestApp::start().await;
    let li = app.person("li", "sales").await;
    let acme = customer(&li, "A").await;
    let (x, y) = (product(&app, "X").await, product(&app, "Y").await);
    let deal = id(&opportunity(&li, acme, json!({ "amount": "7" })).await.ok());
    let path = format!("/api/v1/opportunities/{deal}");
    let line = json!({ "opportunity": deal, "line_no": 1, "product": x, "quantity": "2", "unit_price": "100", "discount": "10" });
    let first = li.post("/api/v1/opportunity_lines", line).await.ok();
    assert_eq!(first.body["amount"], "180.00");
    let line = json!({ "opportunity": deal, "line_no": 2, "product": y, "quantity": "1", "unit_price": "50" });
    let second = id(&li.post("/api/v1/opportunity_lines", line).await.ok());
    let amount = async || li.get(&path).await.ok().body["amount"]["amount"].clone();
    assert_eq!(amount().await, "230.00");
    li.patch(&path, json!({ "amount": "1" }))
        .await
        .refused(422, "validation");
    let wrong = json!({ "opportunity": deal, "line_no": 3, "product": y, "quantity": "0", "unit_price": "50" });
    li.post("/api/v1/opportunity_lines", wrong)
        .await
        .refused(422, "validation");
    li.delete(&format!("/api/v1/opportunity_lines/{second}"))
        .await
        .ok();
    assert_eq!(amount().await, "180.00");
    li.post(
        &format!("/api/v1/opportunity_lines/{second}/restore"),
        json!({}),
    )
    .await
    .ok();
    assert_eq!(amount().await, "230.00");
    li.patch(
        &format!("/api/v1/opportunity_lines/{second}"),
        json!({ "quantity": "3" }),
    )
    .await
    .ok();
    assert_eq!(amount().await, "330.00");
    let wang = app.person("wang", "sales").await;
    let foreign = json!({ "opportunity": deal, "line_no": 9, "product": y, "quantity": "1", "unit_price": "50" });
    wang.post("/api/v1/opportunity_lines", foreign)
        .await
        .refused(422, "validation");
    li.patch(&path, json!({ "stage": "won" })).await.ok();
    li.patch(
        &format!("/api/v1/opportunity_lines/{second}"),
        json!({ "quantity": "4" }),
    )
    .await
    .refused(409, "opportunity_closed");
}

#[tokio::test]
async fn a_won_opportunity_becomes_one_order() {
    let app = TestApp::start().await;
    let (li, wang) = (
        app.person("li", "sales").await,
        app.person("wang", "sales").await,
    );
    let acme = customer(&li, "A").await;
    let x = product(&app, "X").await;
    let deal = id(&opportunity(&li, acme, json!({})).await.ok());
    let path = format!("/api/v1/opportunities/{deal}");
    let line = json!({ "opportunity": deal, "line_no": 1, "product": x, "quantity": "2", "unit_price": "100", "discount": "10" });
    li.post("/api/v1/opportunity_lines", line).await.ok();
    wang.post(&format!("{path}/win"), json!({ "create": "order" }))
        .await
        .refused(404, "not_found");
    // Both at once: one of them makes the order.
    let way = format!("{path}/win");
    let win = || li.post(&way, json!({ "create": "order" }));
    let (one, two) = tokio::join!(win(), win());
    let (won, refused) = if one.status.is_success() {
        (one, two)
    } else {
        (two, one)
    };
    refused.refused(409, "already_ordered");
    assert_eq!(won.body["opportunity"]["status"], "won");
    let order = &won.body["order"];
    assert_eq!(
        (
            &order["customer"]["id"],
            &order["opportunity"]["id"],
            &order["amount"]["amount"]
        ),
        (&json!(acme), &json!(deal), &json!("180.00"))
    );
    let lines = filtered(
        &li,
        "/api/v1/order_lines",
        &json!({ "field": "order", "op": "eq", "value": order["id"] }),
    )
    .await;
    let line = &lines.body["items"][0];
    assert_eq!(
        (
            &line["product"]["id"],
            &line["unit_price"]["amount"],
            &line["amount"]["amount"]
        ),
        (&json!(x), &json!("90.00"), &json!("180.00"))
    );
    let orders = filtered(
        &li,
        "/api/v1/orders",
        &json!({ "field": "opportunity", "op": "eq", "value": deal }),
    )
    .await;
    assert_eq!(orders.body["items"].as_array().unwrap().len(), 1);
    let lost = id(&opportunity(&li, acme, json!({})).await.ok());
    li.patch(
        &format!("/api/v1/opportunities/{lost}"),
        json!({ "stage": "lost", "lost_reason": "price" }),
    )
    .await
    .ok();
    li.post(
        &format!("/api/v1/opportunities/{lost}/win"),
        json!({ "create": "order" }),
    )
    .await
    .refused(409, "opportunity_lost");
    let ada = app.person("ada", "analyst").await;
    ada.post(&format!("{path}/win"), json!({ "create": "order" }))
        .await
        .refused(403, "forbidden");
}
