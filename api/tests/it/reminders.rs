//! Reminder rules: each breach is told once, cleared when it is over, and goes up when nobody acknowledges it.

use chrono::{DateTime, TimeDelta, Utc};
use proves::proves;
use serde_json::{Value, json};

use crate::app::{Person, TestApp};
use crate::clock::Clock;
use crate::opportunities::{customer, id};

async fn rule(person: &Person, input: Value) -> i64 {
    let mut all = json!({ "name": "rule", "to": [{ "field": "owner" }], "channels": ["inbox", "email"], "text": { "en": "{name}", "zh": "{name}" } });
    for (key, value) in input.as_object().unwrap() {
        all[key] = value.clone();
    }
    id(&person.post("/api/v1/reminder_rules", all).await.ok())
}

/// The rule of a template, with changes.
async fn template(person: &Person, name: &str, changes: Value) -> i64 {
    let answer = person.get("/api/v1/reminder_rules/templates").await.ok();
    let items = answer.body["items"].as_array().unwrap().clone();
    let mut rule = items.into_iter().find(|t| t["name"] == name).unwrap()["rule"].clone();
    for (key, value) in changes.as_object().unwrap() {
        rule[key] = value.clone();
    }
    id(&person.post("/api/v1/reminder_rules", rule).await.ok())
}

/// Titles of the notices of a kind that wait to be read.
async fn unread(person: &Person, kind: &str) -> Vec<String> {
    let answer = person.get("/api/v1/notifications").await.ok();
    let items = answer.body["items"].as_array().unwrap();
    items
        .iter()
        .filter(|n| n["kind"] == kind && n["read_at"].is_null())
        .map(|n| n["title"].as_str().unwrap().to_owned())
        .collect()
}

async fn mail(app: &TestApp, person: &Person) -> String {
    let address = format!("u{}@example.test", person.id);
    sqlx::query("update crm.app_user set email = $2 where id = $1")
        .bind(person.id)
        .bind(&address)
        .execute(app.db.pool())
        .await
        .unwrap();
    address
}

async fn below(app: &TestApp, manager: &Person, person: &Person) {
    sqlx::query("update crm.app_user set manager_id = $1 where id = $2")
        .bind(manager.id)
        .bind(person.id)
        .execute(app.db.pool())
        .await
        .unwrap();
}

async fn made_at(app: &TestApp, object: &str, record: i64) -> DateTime<Utc> {
    let table = if object == "order" {
        "sales_order"
    } else {
        object
    };
    sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
        "select created_at from crm.{table} where id = $1"
    )))
    .bind(record)
    .fetch_one(app.db.pool())
    .await
    .unwrap()
}

#[tokio::test]
async fn a_customer_not_contacted_reminds_once_and_clears() {
    let app = TestApp::start().await;
    let (root, li) = (
        app.person("root", "admin").await,
        app.person("li", "sales").await,
    );
    let address = mail(&app, &li).await;
    let clock = Clock::start(&app.db).await;
    template(&root, "customer_first_contact", json!({})).await;
    let acme = customer(&li, "A").await;
    let made = made_at(&app, "customer", acme).await;
    clock.strikes(made + TimeDelta::minutes(23 * 60 + 59)).await;
    assert_eq!(unread(&li, "reminder").await, [] as [&str; 0]);
    clock.strikes(made + TimeDelta::hours(25)).await;
    clock.strikes(made + TimeDelta::hours(26)).await;
    let text =
        "Customer A has not been contacted for the first time: 25 hours since it was entered";
    assert_eq!(unread(&li, "reminder").await, [text]);
    assert_eq!(clock.letters_to(&address), [text]);
    // A planned contact is none.
    let call = json!({ "subject": "Call", "type": "call", "starts_at": "2026-11-25T02:00:00Z", "customer": acme });
    let call = id(&li.post("/api/v1/activities", call).await.ok());
    clock.strikes(made + TimeDelta::hours(27)).await;
    assert_eq!(unread(&li, "reminder").await.len(), 1);
    li.patch(
        &format!("/api/v1/activities/{call}"),
        json!({ "status": "done" }),
    )
    .await
    .ok();
    clock.strikes(made + TimeDelta::hours(28)).await;
    assert_eq!(unread(&li, "reminder").await, [] as [&str; 0]);
    let first = li.get(&format!("/api/v1/customers/{acme}")).await.ok();
    assert_eq!(first.body["first_communication_at"], "2026-11-25T02:00:00Z");
    assert_eq!(clock.letters_to(&address).len(), 1);
}

#[tokio::test]
async fn the_number_of_opportunities_is_kept_within_bounds() {
    let app = TestApp::start().await;
    let (root, li) = (
        app.person("root", "admin").await,
        app.person("li", "sales").await,
    );
    let clock = Clock::start(&app.db).await;
    template(&root, "customer_opportunities", json!({})).await;
    let acme = customer(&li, "A").await;
    let now = Utc::now();
    clock.strikes(now).await;
    assert_eq!(
        unread(&li, "reminder").await,
        ["Customer A has 0 opportunities (expected 1 to 5)"]
    );
    for _ in 0..5 {
        li.post(
            "/api/v1/opportunities",
            json!({ "name": "D", "customer": acme }),
        )
        .await
        .ok();
    }
    clock.strikes(now).await;
    assert_eq!(unread(&li, "reminder").await, [] as [&str; 0]);
    li.post(
        "/api/v1/opportunities",
        json!({ "name": "D", "customer": acme }),
    )
    .await
    .ok();
    clock.strikes(now).await;
    assert_eq!(
        unread(&li, "reminder").await,
        ["Customer A has 6 opportunities (expected 1 to 5)"]
    );
}

#[tokio::test]
async fn a_stage_that_does_not_change_is_told_with_its_days() {
    let app = TestApp::start().await;
    let (root, li) = (
        app.person("root", "admin").await,
        app.person("li", "sales").await,
    );
    let clock = Clock::start(&app.db).await;
    template(&root, "opportunity_stage_unchanged", json!({})).await;
    let acme = customer(&li, "A").await;
    let deal = id(&li
        .post(
            "/api/v1/opportunities",
            json!({ "name": "Deal", "customer": acme }),
        )
        .await
        .ok());
    let made = made_at(&app, "opportunity", deal).await;
    clock.strikes(made + TimeDelta::days(19)).await;
    assert_eq!(unread(&li, "reminder").await, [] as [&str; 0]);
    clock
        .strikes(made + TimeDelta::days(21) + TimeDelta::minutes(5))
        .await;
    clock.strikes(made + TimeDelta::days(22)).await;
    assert_eq!(
        unread(&li, "reminder").await,
        ["Deal has been in stage prospect for 21 days"]
    );
    li.patch(
        &format!("/api/v1/opportunities/{deal}"),
        json!({ "stage": "needs" }),
    )
    .await
    .ok();
    clock.strikes(made + TimeDelta::days(1)).await;
    assert_eq!(unread(&li, "reminder").await, [] as [&str; 0]);
}

#[tokio::test]
#[proves("REM-09")]
async fn a_customer_without_account_manager_is_told_to_a_role() {
    let app = TestApp::start().await;
    let (root, boss) = (
        app.person("root", "admin").await,
        app.person("boss", "analyst").await,
    );
    sqlx::query("update crm.app_user set role = 'administrator' where id = $1")
        .bind(boss.id)
        .execute(app.db.pool())
        .await
        .unwrap();
    let clock = Clock::start(&app.db).await;
    template(
        &root,
        "customer_without_manager",
        json!({ "to": [{ "role": "administrator" }] }),
    )
    .await;
    let acme = customer(&root, "A").await;
    clock.strikes(Utc::now()).await;
    assert_eq!(unread(&boss, "reminder").await, [] as [&str; 0]);
    root.patch(
        &format!("/api/v1/customers/{acme}"),
        json!({ "owner": null }),
    )
    .await
    .ok();
    clock.strikes(Utc::now()).await;
    clock.strikes(Utc::now()).await;
    assert_eq!(
        unread(&boss, "reminder").await,
        ["Customer A has no account manager"]
    );
    root.patch(
        &format!("/api/v1/customers/{acme}"),
        json!({ "owner": root.id }),
    )
    .await
    .ok();
    clock.strikes(Utc::now()).await;
    assert_eq!(unread(&boss, "reminder").await, [] as [&str; 0]);
}

#[tokio::test]
#[proves("REM-11")]
async fn entering_a_value_band_shows_the_old_and_the_new_score() {
    let app = TestApp::start().await;
    let (root, li) = (
        app.person("root", "admin").await,
        app.person("li", "sales").await,
    );
    let clock = Clock::start(&app.db).await;
    let (acme, best) = (customer(&li, "A").await, customer(&li, "B").await);
    let score = async |customer: i64, clv: i32, band: &str| {
        sqlx::query("insert into crm.customer_score (customer_id, as_of, clv, value_band) values ($1, '2026-11-01', $2, $3)
                     on conflict (customer_id) do update set clv = excluded.clv, value_band = excluded.value_band")
            .bind(customer).bind(clv).bind(band).execute(app.db.pool()).await.unwrap();
    };
    score(acme, 100, "low").await;
    score(best, 900, "high").await;
    template(&root, "value_care", json!({})).await;
    clock.strikes(Utc::now()).await;
    // Who was in the band before did not enter it.
    assert_eq!(unread(&li, "reminder").await, [] as [&str; 0]);
    score(acme, 300, "low").await;
    clock.strikes(Utc::now()).await;
    score(acme, 800, "high").await;
    clock.strikes(Utc::now()).await;
    score(acme, 850, "high").await;
    clock.strikes(Utc::now()).await;
    assert_eq!(
        unread(&li, "reminder").await,
        ["Customer A entered the value band: score 300.00 → 800.00"]
    );
}

#[tokio::test]
#[proves("REM-12")]
async fn people_define_their_own_and_silence_goes_to_the_superior() {
    let app = TestApp::start().await;
    let (root, li, mei) = (
        app.person("root", "admin").await,
        app.person("li", "sales").await,
        app.person("mei", "manager").await,
    );
    crate::opportunities::share_department(&app, &[li.id, mei.id]).await;
    below(&app, &mei, &li).await;
    let (li, mei) = (app.sign_in("li").await, app.sign_in("mei").await);
    let address = mail(&app, &li).await;
    let clock = Clock::start(&app.db).await;
    let acme = customer(&li, "A").await;
    let order = json!({ "customer": acme, "ordered_on": "2026-11-01", "amount": "500" });
    li.post("/api/v1/orders", order).await.ok();
    let deal = json!({ "name": "Risky", "customer": acme, "amount": "90000", "expected_close_on": "2026-01-01" });
    li.post("/api/v1/opportunities", deal).await.ok();
    li.post(
        "/api/v1/commitments",
        json!({ "promise": "samples", "due_on": "2026-01-01" }),
    )
    .await
    .ok();
    let holds = json!({ "on": "holds" });
    for (kind, object, condition, text) in [
        (
            "kpi",
            "order",
            json!({ "field": "amount", "op": "lt", "value": 1000 }),
            "KPI: {number} is small",
        ),
        (
            "risk",
            "opportunity",
            json!({ "field": "amount", "op": "gt", "value": 50000 }),
            "Risk: {name}",
        ),
        (
            "warning",
            "customer",
            json!({ "field": "phone", "op": "is_empty" }),
            "Warning: {name} has no telephone",
        ),
        (
            "advance_notice",
            "opportunity",
            json!({ "field": "expected_close_on", "op": "lt", "value": "2026-12-31" }),
            "Soon: {name}",
        ),
        (
            "commitment",
            "commitment",
            json!({ "field": "status", "op": "eq", "value": "overdue" }),
            "Not kept: {promise}",
        ),
    ] {
        let input = json!({ "name": kind, "kind": kind, "object": object, "condition": condition, "watch": holds, "text": { "en": text, "zh": text }, "escalate_after_hours": 24 });
        rule(&li, input).await;
    }
    let now = Utc::now();
    clock.strikes(now).await;
    clock.strikes(now + TimeDelta::hours(1)).await;
    let mut told = unread(&li, "reminder").await;
    told.sort();
    assert_eq!(
        told[1..],
        [
            "Not kept: samples",
            "Risk: Risky",
            "Soon: Risky",
            "Warning: Customer A has no telephone"
        ]
    );
    assert!(told[0].starts_with("KPI: SO"));
    assert_eq!(
        clock
            .letters_to(&address)
            .iter()
            .filter(|s| told.contains(s))
            .count(),
        5
    );

    // What is acknowledged stays here; the rest goes to the manager.
    let open = li.get("/api/v1/reminder_alerts?open=true").await.ok();
    let open = open.body["items"].as_array().unwrap().clone();
    assert_eq!(open.len(), 5);
    for alert in open.iter().filter(|alert| alert["kind"] != "risk") {
        mei.post(
            &format!("/api/v1/reminder_alerts/{}/acknowledge", alert["id"]),
            json!({}),
        )
        .await
        .refused(404, "not_found");
        li.post(
            &format!("/api/v1/reminder_alerts/{}/acknowledge", alert["id"]),
            json!({}),
        )
        .await
        .ok();
    }
    clock.strikes(now + TimeDelta::hours(23)).await;
    assert_eq!(unread(&mei, "escalation").await, [] as [&str; 0]);
    clock.strikes(now + TimeDelta::hours(25)).await;
    clock.strikes(now + TimeDelta::hours(26)).await;
    assert_eq!(
        unread(&mei, "escalation").await,
        ["Not acknowledged: Risk: Risky"]
    );

    // One names oneself and people found from the record; others are named by administrators.
    let base = json!({ "name": "x", "object": "customer", "watch": holds, "channels": ["inbox"], "text": { "en": "x", "zh": "x" } });
    let with = |key: &str, value: Value| {
        let mut input = base.clone();
        input["to"] = json!([{ "party": format!("user:{}", li.id) }]);
        input[key] = value;
        input
    };
    li.post(
        "/api/v1/reminder_rules",
        with("to", json!([{ "party": format!("user:{}", mei.id) }])),
    )
    .await
    .refused(403, "forbidden");
    li.post("/api/v1/reminder_rules", with("object", json!("campaign")))
        .await
        .refused(422, "validation");
    li.post("/api/v1/reminder_rules", with("channels", json!([])))
        .await
        .refused(422, "validation");
    li.post(
        "/api/v1/reminder_rules",
        with(
            "condition",
            json!({ "field": "colour", "op": "eq", "value": 1 }),
        ),
    )
    .await
    .refused(400, "bad_request");
    let mine = id(&li
        .post("/api/v1/reminder_rules", with("name", json!("mine")))
        .await
        .ok());
    mei.delete(&format!("/api/v1/reminder_rules/{mine}"))
        .await
        .refused(404, "not_found");
    root.delete(&format!("/api/v1/reminder_rules/{mine}"))
        .await
        .ok();
}

#[tokio::test]
async fn a_monthly_target_is_looked_at_when_the_month_is_over() {
    let app = TestApp::start().await;
    let (root, li, mei) = (
        app.person("root", "admin").await,
        app.person("li", "sales").await,
        app.person("mei", "manager").await,
    );
    crate::opportunities::share_department(&app, &[li.id, mei.id]).await;
    below(&app, &mei, &li).await;
    let clock = Clock::start(&app.db).await;
    for n in 0..6 {
        customer(&li, &format!("C{n}")).await;
    }
    sqlx::query("update crm.customer set created_at = '2026-10-15T00:00:00Z'")
        .execute(app.db.pool())
        .await
        .unwrap();
    let input = json!({
        "object": "user", "condition": { "field": "profile", "op": "eq", "value": "sales" },
        "watch": { "on": "count", "related": { "object": "customer", "field": "created_by" }, "min": 10, "monthly": true },
        "to": [{ "field": "owner" }, { "manager_of": { "field": "owner", "levels": 1 } }],
        "text": { "en": "{name}: {count} of {min}", "zh": "{name}：{count}/{min}" },
    });
    rule(&root, input).await;
    for day in ["2026-11-01T00:10:00Z", "2026-11-20T00:00:00Z"] {
        clock.strikes(day.parse().unwrap()).await;
    }
    assert_eq!(unread(&li, "reminder").await, ["li: 6 of 10"]);
    assert_eq!(unread(&mei, "reminder").await, ["li: 6 of 10"]);
    clock.strikes("2026-12-01T00:10:00Z".parse().unwrap()).await;
    assert_eq!(
        unread(&li, "reminder").await,
        ["li: 0 of 10", "li: 6 of 10"]
    );
}

async fn lead(person: &Person, name: &str) -> i64 {
    id(&person
        .post("/api/v1/leads", json!({ "name": name }))
        .await
        .ok())
}

#[tokio::test]
#[proves("REM-01")]
async fn a_lead_not_qualified_reminds_its_owner_once() {
    let app = TestApp::start().await;
    let (root, li) = (
        app.person("root", "admin").await,
        app.person("li", "sales").await,
    );
    let clock = Clock::start(&app.db).await;
    template(&root, "lead_not_qualified", json!({})).await;
    let acme = lead(&li, "Acme").await;
    let made = made_at(&app, "lead", acme).await;
    clock.strikes(made + TimeDelta::days(6)).await;
    assert_eq!(unread(&li, "reminder").await, [] as [&str; 0]);
    clock.strikes(made + TimeDelta::days(8)).await;
    clock.strikes(made + TimeDelta::days(9)).await;
    assert_eq!(
        unread(&li, "reminder").await,
        ["Lead Acme has not been qualified for 8 days"]
    );
    root.patch(
        &format!("/api/v1/leads/{acme}"),
        json!({ "stage": "contacted" }),
    )
    .await
    .ok();
    clock.strikes(made + TimeDelta::days(9)).await;
    assert_eq!(unread(&li, "reminder").await.len(), 1);
    for stage in ["interested", "qualified"] {
        li.patch(&format!("/api/v1/leads/{acme}"), json!({ "stage": stage }))
            .await
            .ok();
    }
    clock.strikes(made + TimeDelta::days(10)).await;
    assert_eq!(unread(&li, "reminder").await, [] as [&str; 0]);
}

#[tokio::test]
#[proves("REM-02")]
async fn a_lead_without_a_rep_is_told_to_the_manager() {
    let app = TestApp::start().await;
    let (root, boss, li) = (
        app.person("root", "admin").await,
        app.person("boss", "admin").await,
        app.person("li", "sales").await,
    );
    let clock = Clock::start(&app.db).await;
    let to = json!([{ "party": format!("user:{}", boss.id) }]);
    template(&root, "lead_without_rep", json!({ "to": to })).await;
    let acme = lead(&root, "Acme").await;
    root.patch(&format!("/api/v1/leads/{acme}"), json!({ "owner": null }))
        .await
        .ok();
    let made = made_at(&app, "lead", acme).await;
    clock.strikes(made + TimeDelta::hours(23)).await;
    assert_eq!(unread(&boss, "reminder").await, [] as [&str; 0]);
    clock.strikes(made + TimeDelta::hours(25)).await;
    clock.strikes(made + TimeDelta::hours(30)).await;
    assert_eq!(
        unread(&boss, "reminder").await,
        ["Lead Acme has been without a sales rep for 25 hours"]
    );
    root.patch(&format!("/api/v1/leads/{acme}"), json!({ "owner": li.id }))
        .await
        .ok();
    clock.strikes(made + TimeDelta::hours(31)).await;
    assert_eq!(unread(&boss, "reminder").await, [] as [&str; 0]);
}

#[tokio::test]
#[proves("REM-03", "REM-04")]
async fn a_lead_without_communication_or_action_reminds_its_owner_once() {
    let app = TestApp::start().await;
    let (root, li) = (
        app.person("root", "admin").await,
        app.person("li", "sales").await,
    );
    let clock = Clock::start(&app.db).await;
    template(&root, "lead_without_communication", json!({})).await;
    template(&root, "lead_without_action", json!({})).await;
    let acme = lead(&li, "Acme").await;
    let made = made_at(&app, "lead", acme).await;
    clock.strikes(made + TimeDelta::hours(71)).await;
    assert_eq!(unread(&li, "reminder").await, [] as [&str; 0]);
    clock.strikes(made + TimeDelta::days(4)).await;
    let silent = "Lead Acme has had no communication for 4 days";
    assert_eq!(unread(&li, "reminder").await, [silent]);
    clock.strikes(made + TimeDelta::days(6)).await;
    clock.strikes(made + TimeDelta::days(7)).await;
    let idle = "Lead Acme has had no planned or completed action for 6 days";
    assert_eq!(unread(&li, "reminder").await, [idle, silent]);
    // A task is an action and no communication.
    let task = json!({ "subject": "Prepare", "about_object": "lead", "about_record": acme });
    li.post("/api/v1/tasks", task).await.ok();
    clock.strikes(made + TimeDelta::days(7)).await;
    assert_eq!(unread(&li, "reminder").await, [silent]);
    let call = json!({ "subject": "Call", "type": "call", "status": "done", "starts_at": Utc::now(), "lead": acme });
    li.post("/api/v1/activities", call).await.ok();
    clock.strikes(made + TimeDelta::days(7)).await;
    assert_eq!(unread(&li, "reminder").await, [] as [&str; 0]);
}

#[tokio::test]
#[proves("REM-05")]
async fn the_first_communication_with_customers_and_leads_is_watched() {
    let app = TestApp::start().await;
    let (root, li) = (
        app.person("root", "admin").await,
        app.person("li", "sales").await,
    );
    let clock = Clock::start(&app.db).await;
    template(&root, "customer_first_contact", json!({})).await;
    template(&root, "lead_first_contact", json!({})).await;
    let (best, acme) = (customer(&li, "B").await, lead(&li, "Acme").await);
    let made = made_at(&app, "lead", acme).await;
    clock.strikes(made + TimeDelta::hours(25)).await;
    clock.strikes(made + TimeDelta::hours(26)).await;
    assert_eq!(
        unread(&li, "reminder").await,
        [
            "Lead Acme has not been contacted for the first time: 25 hours since it was entered",
            "Customer B has not been contacted for the first time: 25 hours since it was entered",
        ]
    );
    for about in ["lead", "customer"] {
        let mut call = json!({ "subject": "Call", "type": "call", "status": "done", "starts_at": "2026-11-25T02:00:00Z" });
        call[about] = json!(if about == "lead" { acme } else { best });
        li.post("/api/v1/activities", call).await.ok();
    }
    clock.strikes(made + TimeDelta::hours(27)).await;
    assert_eq!(unread(&li, "reminder").await, [] as [&str; 0]);
    for path in [format!("customers/{best}"), format!("leads/{acme}")] {
        let record = li.get(&format!("/api/v1/{path}")).await.ok();
        assert_eq!(
            record.body["first_communication_at"], "2026-11-25T02:00:00Z",
            "{path}"
        );
    }
}

#[tokio::test]
#[proves("REM-06")]
async fn a_lead_that_stays_in_a_stage_is_told_with_its_days() {
    let app = TestApp::start().await;
    let (root, li) = (
        app.person("root", "admin").await,
        app.person("li", "sales").await,
    );
    let clock = Clock::start(&app.db).await;
    template(&root, "lead_stage_unchanged", json!({})).await;
    let acme = lead(&li, "Acme").await;
    let made = made_at(&app, "lead", acme).await;
    // Other changes are no moves.
    li.patch(&format!("/api/v1/leads/{acme}"), json!({ "city": "苏州" }))
        .await
        .ok();
    clock.strikes(made + TimeDelta::days(19)).await;
    assert_eq!(unread(&li, "reminder").await, [] as [&str; 0]);
    clock
        .strikes(made + TimeDelta::days(21) + TimeDelta::minutes(5))
        .await;
    clock.strikes(made + TimeDelta::days(22)).await;
    assert_eq!(
        unread(&li, "reminder").await,
        ["Lead Acme has been in stage new for 21 days"]
    );
    li.patch(
        &format!("/api/v1/leads/{acme}"),
        json!({ "stage": "contacted" }),
    )
    .await
    .ok();
    clock.strikes(made + TimeDelta::days(1)).await;
    assert_eq!(unread(&li, "reminder").await, [] as [&str; 0]);
}

#[tokio::test]
#[proves("REM-07")]
async fn a_qualified_lead_without_opportunity_is_told() {
    let app = TestApp::start().await;
    let (root, li) = (
        app.person("root", "admin").await,
        app.person("li", "sales").await,
    );
    let clock = Clock::start(&app.db).await;
    template(&root, "qualified_lead_without_opportunity", json!({})).await;
    let acme = lead(&li, "Acme").await;
    let made = made_at(&app, "lead", acme).await;
    clock.strikes(made + TimeDelta::days(30)).await;
    assert_eq!(unread(&li, "reminder").await, [] as [&str; 0]);
    for stage in ["contacted", "interested", "qualified"] {
        li.patch(&format!("/api/v1/leads/{acme}"), json!({ "stage": stage }))
            .await
            .ok();
    }
    let now = Utc::now();
    clock.strikes(now + TimeDelta::days(6)).await;
    assert_eq!(unread(&li, "reminder").await, [] as [&str; 0]);
    clock.strikes(now + TimeDelta::days(8)).await;
    clock.strikes(now + TimeDelta::days(9)).await;
    assert_eq!(
        unread(&li, "reminder").await,
        ["Qualified lead Acme has had no opportunity for 8 days"]
    );
    let best = customer(&li, "B").await;
    li.post(
        "/api/v1/opportunities",
        json!({ "name": "D", "customer": best, "lead": acme }),
    )
    .await
    .ok();
    clock.strikes(now + TimeDelta::days(9)).await;
    assert_eq!(unread(&li, "reminder").await, [] as [&str; 0]);
}

#[tokio::test]
#[proves("REM-08")]
async fn leads_and_customers_have_opportunities_within_bounds() {
    let app = TestApp::start().await;
    let (root, li) = (
        app.person("root", "admin").await,
        app.person("li", "sales").await,
    );
    let clock = Clock::start(&app.db).await;
    template(&root, "customer_opportunities", json!({})).await;
    template(&root, "lead_opportunities", json!({})).await;
    let (best, acme) = (customer(&li, "B").await, lead(&li, "Acme").await);
    let told = async || {
        clock.strikes(Utc::now()).await;
        let mut told = unread(&li, "reminder").await;
        told.sort();
        told
    };
    assert_eq!(
        told().await,
        [
            "Customer B has 0 opportunities (expected 1 to 5)",
            "Lead Acme has 0 opportunities (expected 1 to 5)"
        ]
    );
    let deal = json!({ "name": "D", "customer": best, "lead": acme });
    for _ in 0..5 {
        li.post("/api/v1/opportunities", deal.clone()).await.ok();
    }
    assert_eq!(told().await, [] as [&str; 0]);
    li.post("/api/v1/opportunities", deal).await.ok();
    assert_eq!(
        told().await,
        [
            "Customer B has 6 opportunities (expected 1 to 5)",
            "Lead Acme has 6 opportunities (expected 1 to 5)"
        ]
    );
}

#[tokio::test]
#[proves("REM-10")]
async fn too_few_leads_in_a_month_are_told_to_rep_and_manager() {
    let app = TestApp::start().await;
    let (root, li, mei) = (
        app.person("root", "admin").await,
        app.person("li", "sales").await,
        app.person("mei", "manager").await,
    );
    crate::opportunities::share_department(&app, &[li.id, mei.id]).await;
    below(&app, &mei, &li).await;
    let clock = Clock::start(&app.db).await;
    for n in 0..6 {
        lead(&li, &format!("L{n}")).await;
    }
    sqlx::query("update crm.lead set created_at = '2026-10-15T00:00:00Z'")
        .execute(app.db.pool())
        .await
        .unwrap();
    template(&root, "leads_created", json!({})).await;
    clock.strikes("2026-11-01T00:10:00Z".parse().unwrap()).await;
    clock.strikes("2026-11-20T00:10:00Z".parse().unwrap()).await;
    for person in [&li, &mei] {
        assert_eq!(
            unread(person, "reminder").await,
            ["li created 6 leads last month (target 10)"]
        );
    }
}
