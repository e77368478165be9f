//! Calendars: entries and views, sharing, reminders, feeds, completion, working days.

use chrono::{DateTime, TimeDelta, Utc};
use proves::proves;
use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{Answer, Person, TestApp, read};
use crate::clock::Clock;
use crate::opportunities::{customer, id, ids, put, share_department};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

async fn activity(person: &Person, input: Value) -> i64 {
    let mut all =
        json!({ "subject": "Visit", "type": "visit", "starts_at": "2027-01-05T02:00:00Z" });
    for (key, value) in input.as_object().unwrap() {
        all[key] = value.clone();
    }
    id(&person.post("/api/v1/activities", all).await.ok())
}

async fn notices(person: &Person) -> Vec<Value> {
    let answer = person.get("/api/v1/notifications").await.ok();
    answer.body["items"].as_array().unwrap().clone()
}

async fn email(app: &TestApp, person: &Person) -> String {
    let address = format!("u{}@example.test", person.id);
    sqlx::query("update crm.app_user set email = $2 where id = $1")
        .bind(person.id)
        .bind(&address)
        .execute(app.db.pool())
        .await
        .unwrap();
    address
}

fn entries(answer: &Answer) -> Vec<(String, i64)> {
    let items = answer.body["items"].as_array().unwrap();
    items
        .iter()
        .map(|e| {
            (
                e["object"].as_str().unwrap_or("busy").to_owned(),
                e["id"].as_i64().unwrap_or_default(),
            )
        })
        .collect()
}

#[tokio::test]
#[proves("CAL-01")]
async fn tasks_and_a_visit_plan_stand_on_the_calendar() {
    let app = TestApp::start().await;
    let li = app.person("li", "sales").await;
    let (acme, best) = (customer(&li, "A").await, customer(&li, "B").await);
    let deal = id(&li
        .post(
            "/api/v1/opportunities",
            json!({ "name": "D", "customer": best }),
        )
        .await
        .ok());
    let task = id(&li.post("/api/v1/tasks", json!({ "subject": "Prepare", "due_on": "2027-01-06", "about_object": "opportunity", "about_record": deal })).await.ok());
    let monday = activity(
        &li,
        json!({ "customer": acme, "starts_at": "2027-01-04T02:00:00Z" }),
    )
    .await;
    let thursday = activity(
        &li,
        json!({ "customer": best, "opportunity": deal, "starts_at": "2027-01-07T02:00:00Z" }),
    )
    .await;
    let week = li
        .get("/api/v1/calendar?view=week&on=2027-01-06&time_zone=Asia/Shanghai")
        .await
        .ok();
    assert_eq!(
        (&week.body["from"], &week.body["until"]),
        (&json!("2027-01-04"), &json!("2027-01-10"))
    );
    let entry = |object: &str, id: i64| (object.to_owned(), id);
    assert_eq!(
        entries(&week),
        [
            entry("activity", monday),
            entry("task", task),
            entry("activity", thursday)
        ]
    );
    let items = week.body["items"].as_array().unwrap();
    assert_eq!(
        (
            &items[0]["customer"],
            &items[2]["opportunity"],
            &items[1]["day"]
        ),
        (&json!(acme), &json!(deal), &json!("2027-01-06"))
    );
    let foreign = json!({ "subject": "x", "due_on": "2027-01-06", "about_object": "opportunity", "about_record": 999_999 });
    li.post("/api/v1/tasks", foreign)
        .await
        .refused(422, "validation");
}

#[tokio::test]
async fn views_agree_and_the_choice_is_remembered() {
    let app = TestApp::start().await;
    let li = app.person("li", "sales").await;
    // Half past eleven at night in London is the next morning in Shanghai.
    let late = activity(&li, json!({ "starts_at": "2027-01-05T23:30:00Z" })).await;
    for view in ["day", "week", "month"] {
        let shown = li
            .get(&format!(
                "/api/v1/calendar?view={view}&on=2027-01-06&time_zone=Asia/Shanghai"
            ))
            .await
            .ok();
        assert_eq!(ids(&shown), [late], "{view}");
    }
    let london = li
        .get("/api/v1/calendar?view=day&on=2027-01-06&time_zone=Europe/London")
        .await
        .ok();
    assert_eq!(london.body["items"], json!([]));
    let choice = json!({ "view": "month", "time_zone": "Asia/Shanghai", "document_lead_days": 2 });
    put(&li, "/api/v1/calendar/preference", choice.clone())
        .await
        .ok();
    assert_eq!(
        li.get("/api/v1/calendar/preference").await.ok().body,
        choice
    );
    let chosen = li.get("/api/v1/calendar?on=2027-01-06").await.ok();
    assert_eq!(
        (
            &chosen.body["from"],
            &chosen.body["until"],
            &chosen.body["time_zone"]
        ),
        (
            &json!("2027-01-01"),
            &json!("2027-01-31"),
            &json!("Asia/Shanghai")
        )
    );
    let nowhere = json!({ "view": "day", "time_zone": "Mars/Base", "document_lead_days": 0 });
    put(&li, "/api/v1/calendar/preference", nowhere)
        .await
        .refused(422, "validation");
    li.get("/api/v1/calendar?from=2027-01-01&until=2029-01-01")
        .await
        .refused(400, "bad_request");
    li.get("/api/v1/calendar?from=2027-01-01")
        .await
        .refused(422, "invalid_input");
}

#[tokio::test]
#[proves("CAL-02")]
async fn an_entry_reminds_once_and_its_reminder_moves_along() {
    let app = TestApp::start().await;
    let (li, wang) = (
        app.person("li", "sales").await,
        app.person("wang", "sales").await,
    );
    let (to_li, to_wang) = (email(&app, &li).await, email(&app, &wang).await);
    let clock = Clock::start(&app.db).await;
    let starts = at("2027-01-05T02:00:00Z");
    let acme = customer(&li, "A").await;
    let visit = activity(&li, json!({ "subject": "See Acme", "customer": acme, "starts_at": starts, "ends_at": starts + TimeDelta::hours(1), "remind_minutes": 30 })).await;
    li.post(
        "/api/v1/activity_participants",
        json!({ "activity": visit, "user": wang.id }),
    )
    .await
    .ok();
    clock.strikes(starts - TimeDelta::minutes(31)).await;
    assert_eq!(notices(&li).await.len(), 0);
    for minutes in [30, 29, 5] {
        clock.strikes(starts - TimeDelta::minutes(minutes)).await;
    }
    for (person, address) in [(&li, &to_li), (&wang, &to_wang)] {
        let told = notices(person).await;
        assert_eq!(told.len(), 1);
        assert_eq!(
            (&told[0]["title"], &told[0]["object"], &told[0]["record_id"]),
            (
                &json!("Reminder: See Acme"),
                &json!("activity"),
                &json!(visit)
            )
        );
        assert_eq!(clock.letters_to(address), ["Reminder: See Acme"]);
    }
    let later = json!({ "starts_at": "2027-01-07T02:00:00Z" });
    let moved = li
        .patch(&format!("/api/v1/calendar/activities/{visit}"), later)
        .await
        .ok();
    assert_eq!(moved.body["ends_at"], "2027-01-07T03:00:00Z");
    clock.strikes(at("2027-01-07T01:29:00Z")).await;
    assert_eq!(notices(&li).await.len(), 1);
    clock.strikes(at("2027-01-07T01:30:00Z")).await;
    assert_eq!(
        (notices(&li).await.len(), clock.letters_to(&to_li).len()),
        (2, 2)
    );
    // What was called off doesn't remind.
    let off = activity(
        &li,
        json!({ "starts_at": "2027-02-01T02:00:00Z", "remind_minutes": 30 }),
    )
    .await;
    li.patch(
        &format!("/api/v1/activities/{off}"),
        json!({ "status": "cancelled" }),
    )
    .await
    .ok();
    clock.strikes(at("2027-02-01T01:45:00Z")).await;
    assert_eq!(notices(&li).await.len(), 2);
    li.patch(
        &format!("/api/v1/activities/{off}"),
        json!({ "remind_minutes": -5 }),
    )
    .await
    .refused(422, "validation");
}

#[tokio::test]
#[proves("CAL-03")]
async fn completion_is_counted_per_rep() {
    let app = TestApp::start().await;
    let (li, wang, mei) = (
        app.person("li", "sales").await,
        app.person("wang", "sales").await,
        app.person("mei", "manager").await,
    );
    share_department(&app, &[li.id, wang.id, mei.id]).await;
    let (li, wang, mei) = (
        app.sign_in("li").await,
        app.sign_in("wang").await,
        app.sign_in("mei").await,
    );
    let (soon, long_ago) = (
        Utc::now() + TimeDelta::days(1),
        Utc::now() - TimeDelta::days(5),
    );
    let ahead = activity(&li, json!({ "starts_at": soon })).await;
    let missed = activity(&li, json!({ "starts_at": long_ago })).await;
    li.post(
        "/api/v1/tasks",
        json!({ "subject": "t", "due_on": soon.date_naive() }),
    )
    .await
    .ok();
    activity(&wang, json!({ "starts_at": long_ago })).await;
    let (from, until) = (
        Utc::now() - TimeDelta::days(10),
        Utc::now() + TimeDelta::days(10),
    );
    let stamp = |at: DateTime<Utc>| at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let path = format!(
        "/api/v1/calendar/completion?from={}&until={}",
        stamp(from),
        stamp(until)
    );
    let row = async |person: &Person, name: &str| {
        let answer = person.get(&path).await.ok();
        let rows = answer.body["items"].as_array().unwrap().clone();
        let row = rows.into_iter().find(|row| row["name"] == name).unwrap();
        ["planned", "done", "late", "missed"].map(|key| row[key].as_i64().unwrap())
    };
    assert_eq!(row(&mei, "li").await, [3, 0, 0, 1]);
    assert_eq!(row(&mei, "wang").await, [1, 0, 0, 1]);
    li.patch(
        &format!("/api/v1/activities/{ahead}"),
        json!({ "status": "done" }),
    )
    .await
    .ok();
    assert_eq!(row(&mei, "li").await, [3, 1, 0, 1]);
    li.patch(
        &format!("/api/v1/activities/{missed}"),
        json!({ "status": "done" }),
    )
    .await
    .ok();
    assert_eq!(row(&mei, "li").await, [3, 1, 1, 0]);
    assert_eq!(
        wang.get(&path).await.ok().body["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
#[proves("CAL-04")]
async fn reminders_come_once_daily_or_far_ahead() {
    let app = TestApp::start().await;
    let (li, wang) = (
        app.person("li", "sales").await,
        app.person("wang", "sales").await,
    );
    let clock = Clock::start(&app.db).await;
    let due = async |input: Value| {
        let made = li.post("/api/v1/reminders", input).await.ok();
        let path = format!("/api/v1/reminders/{}", id(&made));
        let times = li
            .get(&format!(
                "{path}/due_times?from=2027-03-01T00:00:00Z&until=2027-03-31T23:59:59Z"
            ))
            .await
            .ok();
        let times: Vec<String> = times.body["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|t| t.as_str().unwrap()[5..16].to_owned())
            .collect();
        (path, times)
    };
    let (_, once) = due(json!({ "subject": "once", "first_due_at": "2027-03-10T09:00:00Z" })).await;
    assert_eq!(once, ["03-10T09:00"]);
    let weekly = json!({ "subject": "weekly", "first_due_at": "2027-03-01T01:00:00Z", "recurrence": "FREQ=WEEKLY;BYDAY=MO", "time_zone": "Asia/Shanghai" });
    let (_, weekly) = due(weekly).await;
    assert_eq!(
        weekly,
        [
            "03-01T01:00",
            "03-08T01:00",
            "03-15T01:00",
            "03-22T01:00",
            "03-29T01:00"
        ]
    );
    // Summer time begins in Berlin on the 28th.
    let daily = json!({ "subject": "daily", "first_due_at": "2027-03-01T08:00:00Z", "recurrence": "FREQ=DAILY", "time_zone": "Europe/Berlin" });
    let (daily_path, daily) = due(daily).await;
    assert_eq!(
        (daily.len(), daily[0].as_str(), daily[30].as_str()),
        (31, "03-01T08:00", "03-31T07:00")
    );
    wang.get(&format!(
        "{daily_path}/due_times?from=2027-03-01T00:00:00Z&until=2027-03-31T00:00:00Z"
    ))
    .await
    .refused(404, "not_found");
    let wrong = json!({ "subject": "x", "first_due_at": "2027-03-01T08:00:00Z", "recurrence": "FREQ=SECONDLY" });
    li.post("/api/v1/reminders", wrong)
        .await
        .refused(422, "validation");

    for day in [
        "2027-03-01T08:00:00Z",
        "2027-03-01T20:00:00Z",
        "2027-03-02T08:00:00Z",
    ] {
        clock.strikes(at(day)).await;
    }
    let daily: Vec<Value> = notices(&li)
        .await
        .into_iter()
        .filter(|n| n["title"] == "Reminder: daily")
        .collect();
    assert_eq!(daily.len(), 2);

    // Two years after a purchase.
    let acme = customer(&li, "A").await;
    let order = json!({ "customer": acme, "ordered_on": "2026-11-01", "amount": "5" });
    let order = id(&li.post("/api/v1/orders", order).await.ok());
    let task = json!({ "subject": "Offer a new one", "remind_at": "2028-11-01T01:00:00Z", "due_on": "2028-11-01", "about_object": "customer", "about_record": acme });
    li.post("/api/v1/tasks", task).await.ok();
    li.patch(&daily_path, json!({ "recurrence": null }))
        .await
        .ok();
    clock.strikes(at("2028-10-31T23:00:00Z")).await;
    let told = async || {
        notices(&li)
            .await
            .into_iter()
            .find(|n| n["title"] == "Reminder: Offer a new one")
    };
    assert!(told().await.is_none());
    clock.strikes(at("2028-11-01T01:00:00Z")).await;
    let opened = told().await.unwrap();
    assert_eq!(
        (&opened["object"], &opened["record_id"]),
        (&json!("customer"), &json!(acme))
    );
    let purchase =
        json!({ "field": "customer", "op": "eq", "value": opened["record_id"] }).to_string();
    let purchase = read(
        li.request(Method::GET, "/api/v1/orders")
            .query(&[("filter", purchase.as_str())]),
    )
    .await
    .ok();
    assert_eq!(ids(&purchase), [order]);
}

#[tokio::test]
#[proves("CAL-06")]
async fn a_shared_calendar_is_read_and_no_more() {
    let app = TestApp::start().await;
    let (li, wang, max) = (
        app.person("li", "sales").await,
        app.person("wang", "sales").await,
        app.person("max", "sales").await,
    );
    let open = activity(&li, json!({ "subject": "Open" })).await;
    let private = activity(
        &li,
        json!({ "subject": "Dentist", "private": true, "starts_at": "2027-01-05T04:00:00Z" }),
    )
    .await;
    let way = format!(
        "/api/v1/calendar?from=2027-01-05&until=2027-01-05&user={}",
        li.id
    );
    wang.get(&way).await.refused(403, "forbidden");
    put(
        &li,
        &format!("/api/v1/calendar/shares/{}", wang.id),
        json!({}),
    )
    .await
    .ok();
    put(
        &li,
        &format!("/api/v1/calendar/shares/{}", li.id),
        json!({}),
    )
    .await
    .refused(422, "validation");
    let seen = wang.get(&way).await.ok();
    let items = seen.body["items"].as_array().unwrap();
    assert_eq!(
        (items.len(), &items[0]["title"], &items[0]["id"]),
        (2, &json!("Open"), &json!(open))
    );
    assert_eq!(
        (&items[1]["busy"], &items[1]["title"], &items[1]["id"]),
        (&json!(true), &Value::Null, &Value::Null)
    );
    assert_eq!(items[1]["starts_at"], "2027-01-05T04:00:00Z");
    assert!(!seen.body.to_string().contains("Dentist"));
    for entry in [open, private] {
        let moved = json!({ "starts_at": "2027-01-06T02:00:00Z" });
        wang.patch(
            &format!("/api/v1/calendar/activities/{entry}"),
            moved.clone(),
        )
        .await
        .refused(403, "forbidden");
        max.patch(&format!("/api/v1/calendar/activities/{entry}"), moved)
            .await
            .refused(404, "not_found");
    }
    max.get(&way).await.refused(403, "forbidden");
    assert_eq!(
        max.get("/api/v1/calendar?from=2027-01-05&until=2027-01-05")
            .await
            .ok()
            .body["items"],
        json!([])
    );
    let shares = wang.get("/api/v1/calendar/shares").await.ok();
    assert_eq!(
        shares.body,
        json!({ "with": [], "of": [{ "id": li.id, "name": "li" }] })
    );
    li.delete(&format!("/api/v1/calendar/shares/{}", wang.id))
        .await
        .ok();
    wang.get(&way).await.refused(403, "forbidden");
}

#[tokio::test]
async fn documents_stand_on_the_calendar_and_remind() {
    let app = TestApp::start().await;
    let li = app.person("li", "sales").await;
    let address = email(&app, &li).await;
    let clock = Clock::start(&app.db).await;
    let acme = customer(&li, "A").await;
    let invoice = json!({ "customer": acme, "issued_on": "2027-01-01", "due_on": "2027-01-15", "amount": "100" });
    let invoice = li.post("/api/v1/invoices", invoice).await.ok();
    let deal = json!({ "name": "D", "customer": acme, "expected_close_on": "2027-01-20" });
    let deal = id(&li.post("/api/v1/opportunities", deal).await.ok());
    put(
        &li,
        "/api/v1/calendar/preference",
        json!({ "view": "week", "time_zone": "Asia/Shanghai", "document_lead_days": 2 }),
    )
    .await
    .ok();
    let month = li
        .get("/api/v1/calendar?view=month&on=2027-01-01")
        .await
        .ok();
    assert_eq!(
        entries(&month),
        [
            ("invoice".to_owned(), id(&invoice)),
            ("opportunity".to_owned(), deal)
        ]
    );
    // Eight in the morning of the 13th in Shanghai.
    clock.strikes(at("2027-01-12T23:59:00Z")).await;
    assert_eq!(notices(&li).await.len(), 0);
    clock.strikes(at("2027-01-13T00:00:00Z")).await;
    clock.strikes(at("2027-01-14T00:00:00Z")).await;
    let told = notices(&li).await;
    assert_eq!(told.len(), 1);
    assert_eq!(
        (&told[0]["object"], &told[0]["record_id"]),
        (&json!("invoice"), &json!(id(&invoice)))
    );
    assert_eq!(clock.letters_to(&address).len(), 1);
}

#[tokio::test]
async fn a_feed_is_read_by_its_secret_until_it_is_taken_back() {
    let app = TestApp::start().await;
    let li = app.person("li", "sales").await;
    let starts = Utc::now() + TimeDelta::days(3);
    let visit = activity(&li, json!({ "subject": "Besuch, 拜访; x", "starts_at": starts, "ends_at": starts + TimeDelta::hours(1) })).await;
    let task = id(&li
        .post(
            "/api/v1/tasks",
            json!({ "subject": "Prepare", "due_on": starts.date_naive() }),
        )
        .await
        .ok());
    let url = li.post("/api/v1/calendar/feed", json!({})).await.ok().body["url"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(url.starts_with(&app.base));
    let fetch = async |url: &str| reqwest::get(url).await.unwrap();
    let answer = fetch(&url).await;
    assert_eq!(
        answer.headers()["content-type"],
        "text/calendar; charset=utf-8"
    );
    let text = answer.text().await.unwrap().replace("\r\n ", "");
    for part in [
        "BEGIN:VCALENDAR".to_owned(),
        format!("UID:activity-{visit}@basalt"),
        format!("UID:task-{task}@basalt"),
        "SUMMARY:Besuch\\, 拜访\\; x".to_owned(),
        format!("DTSTART:{}", starts.format("%Y%m%dT%H%M%SZ")),
        format!("DTSTART;VALUE=DATE:{}", starts.format("%Y%m%d")),
        "END:VCALENDAR".to_owned(),
    ] {
        assert!(text.contains(&part), "{part} in {text}");
    }
    assert_eq!(
        fetch(&format!("{}/calendar/feed/guess", app.base))
            .await
            .status(),
        404
    );
    // A new address ends the old one; taking it back ends both.
    let second = li.post("/api/v1/calendar/feed", json!({})).await.ok().body["url"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        (
            fetch(&url).await.status().as_u16(),
            fetch(&second).await.status().as_u16()
        ),
        (404, 200)
    );
    li.delete("/api/v1/calendar/feed").await.ok();
    assert_eq!(fetch(&second).await.status(), 404);
    li.delete("/api/v1/calendar/feed")
        .await
        .refused(404, "not_found");
}

#[tokio::test]
#[proves("PLUS-43")]
async fn deadlines_go_by_the_calendar_of_the_legal_entity() {
    let app = TestApp::start().await;
    let (root, li) = (
        app.person("root", "admin").await,
        app.person("li", "sales").await,
    );
    let clock = Clock::start(&app.db).await;
    let entity = share_department(&app, &[root.id]).await;
    let shop = json!({ "code": "shop", "name": "Shop", "parent": entity });
    let shop = id(&root.post("/api/v1/departments", shop).await.ok());
    sqlx::query("update crm.app_user set department_id = $1 where id = $2")
        .bind(shop)
        .bind(li.id)
        .execute(app.db.pool())
        .await
        .unwrap();
    let (root, li) = (app.sign_in("root").await, app.sign_in("li").await);
    let calendar = id(&root
        .post(
            "/api/v1/holiday_calendars",
            json!({ "name": "China 2026", "legal_entity": entity }),
        )
        .await
        .ok());
    for day in 15..=23 {
        let holiday =
            json!({ "calendar": calendar, "on_date": format!("2026-02-{day}"), "name": "春节" });
        root.post("/api/v1/holidays", holiday).await.ok();
    }
    for day in ["2026-02-14", "2026-02-28"] {
        let worked =
            json!({ "calendar": calendar, "on_date": day, "name": "调休", "kind": "working_day" });
        root.post("/api/v1/holidays", worked).await.ok();
    }
    let other = json!({ "calendar": calendar, "on_date": "2026-05-01", "name": "x" });
    li.post("/api/v1/holidays", other)
        .await
        .refused(403, "forbidden");
    let deadline = async |person: &Person, from: &str, days: u32| {
        let answer = person
            .get(&format!(
                "/api/v1/working_days/deadline?from={from}&days={days}"
            ))
            .await
            .ok();
        answer.body["on"].as_str().unwrap().to_owned()
    };
    // Saturday the 14th is worked, then everybody is off until the 23rd.
    assert_eq!(deadline(&li, "2026-02-13", 2).await, "2026-02-24");
    assert_eq!(deadline(&li, "2026-02-26", 2).await, "2026-02-28");
    // Elsewhere the week is as always.
    let elsewhere = app.person("jo", "sales").await;
    assert_eq!(deadline(&elsewhere, "2026-02-26", 2).await, "2026-03-02");
    li.get("/api/v1/working_days/deadline?from=2026-02-26&days=100000")
        .await
        .refused(422, "validation");

    // The deadline of work that a rule gives: two working days from today, with every day of the coming weeks off but two.
    let today = Utc::now().date_naive();
    let day = |n: i64| (today + TimeDelta::days(n)).to_string();
    for n in 1..=20 {
        let kind = if [6, 13].contains(&n) {
            "working_day"
        } else {
            "holiday"
        };
        let holiday = json!({ "calendar": calendar, "on_date": day(n), "name": "x", "kind": kind });
        root.post("/api/v1/holidays", holiday).await.ok();
    }
    let action = json!({ "do": "create_task", "subject": "Call {name}", "due_in_working_days": 2, "to": { "field": "owner" } });
    let rule = json!({ "name": "welcome", "object": "customer", "starts": { "on": "created" }, "actions": [action] });
    root.post("/api/v1/workflow/rules", rule).await.ok();
    customer(&li, "A").await;
    clock.strikes(Utc::now()).await;
    let tasks = li.get("/api/v1/tasks?fields=due_on").await.ok();
    assert_eq!(tasks.body["items"][0]["due_on"], day(13));
}
