//! Activities: on the records they belong to, in series, checked in, told of in the stream; work,
//! instructions and commitments.

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
    let mut all = json!({ "subject": "Call", "type": "call", "starts_at": "2026-11-25T02:00:00Z" });
    for (key, value) in input.as_object().unwrap() {
        all[key] = value.clone();
    }
    id(&person.post("/api/v1/activities", all).await.ok())
}

async fn filtered(person: &Person, path: &str, filter: Value) -> Answer {
    let filter = filter.to_string();
    read(
        person
            .request(Method::GET, path)
            .query(&[("filter", filter.as_str())]),
    )
    .await
    .ok()
}

/// Makes one user the manager of others.
async fn manages(app: &TestApp, manager: &Person, below: &[&Person]) {
    let ids: Vec<i64> = below.iter().map(|person| person.id).collect();
    sqlx::query("update crm.app_user set manager_id = $1 where id = any($2)")
        .bind(manager.id)
        .bind(ids)
        .execute(app.db.pool())
        .await
        .unwrap();
}

async fn inbox(person: &Person) -> Vec<Value> {
    let answer = person.get("/api/v1/notifications").await.ok();
    answer.body["items"].as_array().unwrap().clone()
}

/// Records of a kind on a timeline.
async fn on_timeline(person: &Person, path: &str) -> Vec<i64> {
    let answer = person
        .get(&format!("{path}/timeline?page[size]=200"))
        .await
        .ok();
    let items = answer.body["items"].as_array().unwrap();
    let records = items
        .iter()
        .filter(|item| item["record"]["object"] == "activity");
    records
        .map(|item| item["record"]["id"].as_i64().unwrap())
        .collect()
}

#[tokio::test]
#[proves("ACTV-01")]
async fn a_communication_stands_on_everyones_timeline() {
    let app = TestApp::start().await;
    let (root, li, wang) = (
        app.person("root", "admin").await,
        app.person("li", "sales").await,
        app.person("wang", "sales").await,
    );
    let acme = customer(&li, "A").await;
    let contact = async |name: &str| {
        id(&li
            .post(
                "/api/v1/contacts",
                json!({ "customer": acme, "name": name }),
            )
            .await
            .ok())
    };
    let (zhang, zhao, boss) = (
        contact("Zhang").await,
        contact("Zhao").await,
        contact("Boss").await,
    );
    let deal = json!({ "name": "Deal", "customer": acme });
    let deal = id(&li.post("/api/v1/opportunities", deal).await.ok());
    let set = json!({ "options": [
        { "value": "call", "label": { "en": "Call", "zh": "电话" } }, { "value": "meeting", "label": { "en": "Meeting", "zh": "会议" } },
        { "value": "visit", "label": { "en": "Visit", "zh": "拜访" } }, { "value": "email", "label": { "en": "E-mail", "zh": "邮件" } },
        { "value": "message", "label": { "en": "Message", "zh": "消息" } }, { "value": "appointment", "label": { "en": "Appointment", "zh": "日程" } },
        { "value": "webinar", "label": { "en": "Webinar", "zh": "网络研讨会" } },
    ] });
    let webinar =
        json!({ "subject": "Demo", "type": "webinar", "starts_at": "2026-11-25T02:00:00Z" });
    li.post("/api/v1/activities", webinar)
        .await
        .refused(422, "validation");
    root.patch("/api/v1/dictionary/option_sets/activity_type", set)
        .await
        .ok();
    let all = json!({
        "subject": "Demo", "type": "webinar", "purpose": "show it", "starts_at": "2026-11-25T02:00:00Z", "ends_at": "2026-11-25T03:00:00Z",
        "sales_stage": "proposal", "decision_maker": boss, "result": "they like it", "next_action": "send offer", "next_action_on": "2026-12-01",
        "customer": acme, "opportunity": deal, "status": "done", "contact": zhang,
    });
    let made = li.post("/api/v1/activities", all.clone()).await.ok();
    let demo = id(&made);
    for key in [
        "purpose",
        "sales_stage",
        "result",
        "next_action",
        "next_action_on",
        "type",
        "subject",
    ] {
        assert_eq!(made.body[key], all[key], "{key}");
    }
    assert_eq!(made.body["decision_maker"]["id"], boss);
    for participant in [
        json!({ "contact": zhao, "role": "buyer" }),
        json!({ "user": wang.id, "role": "architect" }),
    ] {
        let mut input = participant.clone();
        input["activity"] = json!(demo);
        li.post("/api/v1/activity_participants", input).await.ok();
    }
    let both = json!({ "activity": demo, "contact": zhang, "user": wang.id });
    li.post("/api/v1/activity_participants", both)
        .await
        .refused(422, "validation");
    let neither = json!({ "activity": demo, "role": "ghost" });
    li.post("/api/v1/activity_participants", neither)
        .await
        .refused(422, "validation");
    let participants = filtered(
        &li,
        "/api/v1/activity_participants",
        json!({ "field": "activity", "op": "eq", "value": demo }),
    )
    .await;
    assert_eq!(participants.body["items"].as_array().unwrap().len(), 2);
    for path in [
        format!("/api/v1/customers/{acme}"),
        format!("/api/v1/opportunities/{deal}"),
        format!("/api/v1/contacts/{zhang}"),
        format!("/api/v1/contacts/{zhao}"),
    ] {
        assert_eq!(on_timeline(&li, &path).await, [demo], "{path}");
    }
    // A colleague who takes part reads it, as long as it takes part.
    assert_eq!(
        wang.get(&format!("/api/v1/activities/{demo}"))
            .await
            .ok()
            .body["subject"],
        "Demo"
    );
    wang.get(&format!("/api/v1/customers/{acme}"))
        .await
        .refused(404, "not_found");
    let colleague = json!({ "all": [{ "field": "activity", "op": "eq", "value": demo }, { "field": "user", "op": "eq", "value": wang.id }] });
    let colleague = ids(&filtered(&li, "/api/v1/activity_participants", colleague).await)[0];
    li.delete(&format!("/api/v1/activity_participants/{colleague}"))
        .await
        .ok();
    wang.get(&format!("/api/v1/activities/{demo}"))
        .await
        .refused(404, "not_found");

    activity(&li, json!({ "sales_stage": "needs", "customer": acme })).await;
    let by = async |field: &str, value: &str| {
        ids(&filtered(
            &li,
            "/api/v1/activities",
            json!({ "field": field, "op": "eq", "value": value }),
        )
        .await)
    };
    assert_eq!(by("sales_stage", "proposal").await, [demo]);
    assert_eq!(by("type", "webinar").await, [demo]);
    assert_eq!(by("type", "visit").await, [] as [i64; 0]);
    let backwards = json!({ "subject": "x", "type": "call", "starts_at": "2026-11-25T02:00:00Z", "ends_at": "2026-11-25T01:00:00Z" });
    li.post("/api/v1/activities", backwards)
        .await
        .refused(422, "validation");
}

#[tokio::test]
async fn an_activity_stands_on_every_record_it_is_linked_to() {
    let app = TestApp::start().await;
    let (li, wang) = (
        app.person("li", "sales").await,
        app.person("wang", "sales").await,
    );
    let (acme, foreign) = (customer(&li, "A").await, customer(&wang, "B").await);
    let deal = id(&li
        .post(
            "/api/v1/opportunities",
            json!({ "name": "D", "customer": acme }),
        )
        .await
        .ok());
    let order = json!({ "customer": acme, "ordered_on": "2026-11-01", "amount": "5" });
    let order = id(&li.post("/api/v1/orders", order).await.ok());
    let task = id(&li
        .post("/api/v1/tasks", json!({ "subject": "T" }))
        .await
        .ok());
    let visit = activity(&li, json!({ "subject": "Visit", "type": "visit", "customer": acme, "opportunity": deal, "order": order })).await;
    let link = json!({ "activity": visit, "object": "task", "record": task });
    li.post("/api/v1/activity_links", link.clone()).await.ok();
    li.post("/api/v1/activity_links", link)
        .await
        .refused(422, "validation");
    let hidden = json!({ "activity": visit, "object": "customer", "record": foreign });
    li.post("/api/v1/activity_links", hidden)
        .await
        .refused(422, "validation");
    for path in [
        format!("customers/{acme}"),
        format!("opportunities/{deal}"),
        format!("orders/{order}"),
        format!("tasks/{task}"),
    ] {
        let seen = li.get(&format!("/api/v1/{path}/activities")).await.ok();
        let item = &seen.body["items"][0];
        assert_eq!(
            (&item["id"], &item["subject"], &item["status"]),
            (&json!(visit), &json!("Visit"), &json!("planned")),
            "{path}"
        );
        assert_eq!(item["starts_at"], "2026-11-25T02:00:00Z");
    }
    wang.get(&format!("/api/v1/customers/{acme}/activities"))
        .await
        .refused(404, "not_found");
    assert_eq!(
        on_timeline(&li, &format!("/api/v1/tasks/{task}")).await,
        [visit]
    );
}

#[tokio::test]
async fn a_weekly_meeting_is_edited_alone_or_as_a_whole() {
    let app = TestApp::start().await;
    let li = app.person("li", "sales").await;
    let acme = customer(&li, "A").await;
    let series = json!({
        "activity": { "subject": "Weekly", "type": "meeting", "customer": acme, "starts_at": "2026-10-18T07:00:00Z", "ends_at": "2026-10-18T08:00:00Z" },
        "recurrence": "FREQ=WEEKLY;UNTIL=20261108", "time_zone": "Europe/Berlin",
    });
    let made = li
        .post("/api/v1/activity_series", series.clone())
        .await
        .ok();
    assert_eq!(made.status, 201);
    let all: Vec<i64> = serde_json::from_value(made.body["activities"].clone()).unwrap();
    let times = async || {
        let mut list = Vec::new();
        for id in &all {
            let one = li.get(&format!("/api/v1/activities/{id}")).await.ok();
            list.push((
                one.body["starts_at"].as_str().unwrap().to_owned(),
                one.body["subject"].as_str().unwrap().to_owned(),
            ));
        }
        list
    };
    let starts = |list: &[(String, String)]| {
        list.iter()
            .map(|(at, _)| at[5..16].to_owned())
            .collect::<Vec<_>>()
    };
    // Nine o'clock in Berlin, before and after the end of summer time.
    assert_eq!(
        starts(&times().await),
        ["10-18T07:00", "10-25T08:00", "11-01T08:00", "11-08T08:00"]
    );
    let one = json!({ "scope": "one", "changes": { "subject": "Special", "starts_at": "2026-10-26T08:00:00Z", "ends_at": "2026-10-26T09:00:00Z" } });
    li.patch(&format!("/api/v1/activities/{}/series", all[1]), one)
        .await
        .ok();
    let whole = json!({ "scope": "series", "changes": { "subject": "Team", "starts_at": "2026-11-01T09:30:00Z" } });
    let edited = li
        .patch(&format!("/api/v1/activities/{}/series", all[2]), whole)
        .await
        .ok();
    assert_eq!(edited.body["ends_at"], "2026-11-01T10:30:00Z");
    let list = times().await;
    assert_eq!(
        starts(&list),
        ["10-18T08:30", "10-26T08:00", "11-01T09:30", "11-08T09:30"]
    );
    let subjects: Vec<&str> = list.iter().map(|(_, subject)| subject.as_str()).collect();
    assert_eq!(subjects, ["Team", "Special", "Team", "Team"]);

    let mut wrong = series.clone();
    wrong["recurrence"] = json!("FREQ=SOMETIMES");
    li.post("/api/v1/activity_series", wrong)
        .await
        .refused(422, "validation");
    let mut wrong = series;
    wrong["time_zone"] = json!("Mars/Base");
    li.post("/api/v1/activity_series", wrong)
        .await
        .refused(422, "validation");
    let single = activity(&li, json!({})).await;
    let edit = json!({ "scope": "one", "changes": {} });
    li.patch(&format!("/api/v1/activities/{single}/series"), edit.clone())
        .await
        .refused(409, "no_series");
    let wang = app.person("wang", "sales").await;
    wang.patch(&format!("/api/v1/activities/{}/series", all[0]), edit)
        .await
        .refused(404, "not_found");
}

#[tokio::test]
async fn an_endless_series_goes_on_a_year_ahead() {
    let app = TestApp::start().await;
    let li = app.person("li", "sales").await;
    let clock = Clock::start(&app.db).await;
    let starts = Utc::now() + TimeDelta::days(1);
    let series = json!({ "activity": { "subject": "Monthly", "type": "meeting", "starts_at": starts }, "recurrence": "FREQ=MONTHLY;BYMONTHDAY=1", "time_zone": "UTC" });
    let made = li.post("/api/v1/activity_series", series).await.ok();
    let first = made.body["activities"].as_array().unwrap().len();
    assert!((11..=13).contains(&first), "{first}");
    clock.strikes(Utc::now() + TimeDelta::days(183)).await;
    let now: i64 =
        sqlx::query_scalar("select count(*) from crm.activity where series = $1 and owner_id = $2")
            .bind(made.body["series"].as_i64())
            .bind(li.id)
            .fetch_one(app.db.pool())
            .await
            .unwrap();
    assert!(
        (5..=7).contains(&(now - i64::try_from(first).unwrap())),
        "{now}"
    );
}

#[tokio::test]
#[proves("ACTV-05")]
async fn a_successor_sees_what_was_before() {
    let app = TestApp::start().await;
    let (li, wang, mei) = (
        app.person("li", "sales").await,
        app.person("wang", "sales").await,
        app.person("mei", "manager").await,
    );
    share_department(&app, &[li.id, wang.id, mei.id]).await;
    let (li, mei) = (app.sign_in("li").await, app.sign_in("mei").await);
    let acme = customer(&li, "A").await;
    let first = activity(&li, json!({ "customer": acme, "status": "done", "result": "wants a discount", "starts_at": "2026-03-01T02:00:00Z" })).await;
    let second = activity(&li, json!({ "customer": acme, "status": "done", "result": "got it", "starts_at": "2026-04-01T02:00:00Z" })).await;
    let path = format!("/api/v1/customers/{acme}");
    wang.get(&format!("{path}/activities"))
        .await
        .refused(404, "not_found");
    mei.patch(&path, json!({ "owner": wang.id })).await.ok();
    let wang = app.sign_in("wang").await;
    let seen = wang.get(&format!("{path}/activities")).await.ok();
    assert_eq!(ids(&seen), [second, first]);
    let item = &seen.body["items"][1];
    assert_eq!(
        (
            &item["result"],
            &item["starts_at"],
            &item["created_by"]["title"]
        ),
        (
            &json!("wants a discount"),
            &json!("2026-03-01T02:00:00Z"),
            &json!("li")
        )
    );
    li.get(&format!("{path}/activities"))
        .await
        .refused(404, "not_found");
}

#[tokio::test]
#[proves("ACTV-07")]
async fn checking_in_keeps_time_and_place() {
    let app = TestApp::start().await;
    let (li, ada) = (
        app.person("li", "sales").await,
        app.person("ada", "sales").await,
    );
    let acme = customer(&li, "A").await;
    let visit = async || activity(&li, json!({ "type": "visit", "customer": acme })).await;
    let (one, two, three) = (visit().await, visit().await, visit().await);
    let way = |id: i64| format!("/api/v1/activities/{id}/check_in");
    let before = Utc::now() - TimeDelta::seconds(1);
    let placed = li
        .post(
            &way(one),
            json!({ "lat": 31.2304, "lon": 121.4737, "place": "上海人民广场" }),
        )
        .await
        .ok();
    assert!(at(placed.body["checked_in_at"].as_str().unwrap()) >= before);
    assert_eq!(placed.body["place_verified"], true);
    let place = placed.body["place"].to_string();
    assert!(
        place.contains("上海人民广场") && place.contains("31.2304") && place.contains("121.4737"),
        "{place}"
    );
    let unplaced = li.post(&way(two), json!({})).await.ok();
    assert_eq!(unplaced.body["place_verified"], false);
    assert!(unplaced.body["checked_in_at"].is_string());
    li.post(&way(two), json!({}))
        .await
        .refused(409, "not_to_check_in");
    li.post(&way(three), json!({ "lat": 95.0, "lon": 0.0 }))
        .await
        .refused(422, "validation");
    li.post(&way(three), json!({ "lat": 5.0 }))
        .await
        .refused(422, "validation");
    let call = activity(&li, json!({})).await;
    li.post(&way(call), json!({}))
        .await
        .refused(409, "not_to_check_in");
    ada.post(&way(three), json!({}))
        .await
        .refused(404, "not_found");
}

#[tokio::test]
#[proves("ACTV-06")]
async fn the_stream_merges_and_counts() {
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
    let (acme, best) = (customer(&li, "A").await, customer(&li, "B").await);
    let call = activity(&li, json!({ "status": "done", "customer": acme, "starts_at": "2026-11-02T02:00:00Z", "intention": "low" })).await;
    let meeting = activity(&li, json!({ "type": "meeting", "status": "done", "customer": acme, "starts_at": "2026-11-03T02:00:00Z", "intention": "high" })).await;
    let visit = activity(&li, json!({ "type": "visit", "status": "done", "customer": best, "starts_at": "2026-11-03T04:00:00Z" })).await;
    li.post(
        &format!("/api/v1/activities/{visit}/check_in"),
        json!({ "lat": 1.5, "lon": 2.5 }),
    )
    .await
    .ok();
    sqlx::query("update crm.activity set checked_in_at = '2026-11-03T04:10:00Z' where id = $1")
        .bind(visit)
        .execute(app.db.pool())
        .await
        .unwrap();
    let other = activity(
        &wang,
        json!({ "type": "meeting", "status": "done", "starts_at": "2026-11-03T03:00:00Z" }),
    )
    .await;
    let stream = async |query: &str| {
        let answer = mei
            .get(&format!("/api/v1/activity_stream?{query}"))
            .await
            .ok();
        let items = answer.body["items"].as_array().unwrap().clone();
        items
            .iter()
            .map(|line| {
                (
                    line["kind"].as_str().unwrap().to_owned(),
                    line["activity"].as_i64().unwrap(),
                )
            })
            .collect::<Vec<_>>()
    };
    let line = |kind: &str, id: i64| (kind.to_owned(), id);
    assert_eq!(
        stream("").await,
        [
            line("check_in", visit),
            line("activity", visit),
            line("activity", other),
            line("activity", meeting),
            line("call", call)
        ]
    );
    assert_eq!(stream("kind=call").await, [line("call", call)]);
    assert_eq!(stream("kind=check_in").await, [line("check_in", visit)]);
    assert_eq!(
        stream("kind=activity").await,
        [
            line("activity", visit),
            line("activity", other),
            line("activity", meeting)
        ]
    );
    // The trail of a rep on a day.
    let day = format!(
        "owner={}&from=2026-11-03T00:00:00Z&until=2026-11-04T00:00:00Z",
        li.id
    );
    assert_eq!(
        stream(&day).await,
        [
            line("check_in", visit),
            line("activity", visit),
            line("activity", meeting)
        ]
    );

    let figures = mei.get(&format!("/api/v1/activity_stream/frequency?from=2026-11-01T00:00:00Z&until=2026-12-01T00:00:00Z&owner={}", li.id)).await.ok();
    let rows = figures.body["items"].as_array().unwrap();
    let days = (Utc::now() - at("2026-11-03T02:00:00Z")).num_days();
    assert_eq!(
        (
            &rows[0]["customer"],
            &rows[0]["follow_ups"],
            &rows[0]["intention"],
            &rows[0]["days_since_contact"],
            &rows[0]["name"]
        ),
        (
            &json!(acme),
            &json!(2),
            &json!("high"),
            &json!(days),
            &json!("li")
        )
    );
    assert_eq!(
        (
            &rows[1]["customer"],
            &rows[1]["follow_ups"],
            &rows[1]["intention"]
        ),
        (&json!(best), &json!(1), &Value::Null)
    );

    let list = async || {
        let answer = li.get("/api/v1/follow_ups").await.ok();
        let items = answer.body["items"].as_array().unwrap().clone();
        items
            .iter()
            .map(|item| item["customer"].as_i64().unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(list().await, [acme, best]);
    let way = format!("/api/v1/customers/{acme}/follow_verdict");
    put(
        &li,
        &way,
        json!({ "worthwhile": false, "reason": "no budget" }),
    )
    .await
    .ok();
    assert_eq!(list().await, [best]);
    let kept = mei.get(&way).await.ok();
    assert_eq!(
        (
            &kept.body["verdict"]["worthwhile"],
            &kept.body["verdict"]["judged_by_name"]
        ),
        (&json!(false), &json!("li"))
    );
    put(&wang, &way, json!({ "worthwhile": true }))
        .await
        .refused(404, "not_found");
}

#[tokio::test]
#[proves("ACTV-08")]
async fn a_booked_call_becomes_a_record_and_is_reported() {
    let app = TestApp::start().await;
    let (li, mei) = (
        app.person("li", "sales").await,
        app.person("mei", "manager").await,
    );
    share_department(&app, &[li.id, mei.id]).await;
    let (li, mei) = (app.sign_in("li").await, app.sign_in("mei").await);
    let clock = Clock::start(&app.db).await;
    let acme = customer(&li, "A").await;
    let starts = at("2027-01-05T02:00:00Z");
    let booked = activity(
        &li,
        json!({ "subject": "Intro", "customer": acme, "starts_at": starts, "remind_minutes": 15 }),
    )
    .await;
    let silent = activity(
        &li,
        json!({ "subject": "Silent", "customer": acme, "starts_at": starts, "status": "done" }),
    )
    .await;
    let calendar = li
        .get("/api/v1/calendar?from=2027-01-05&until=2027-01-05")
        .await
        .ok();
    assert!(ids(&calendar).contains(&booked));
    clock.strikes(starts - TimeDelta::minutes(15)).await;
    assert_eq!(inbox(&li).await[0]["record_id"], booked);
    let done = li
        .patch(
            &format!("/api/v1/activities/{booked}"),
            json!({ "status": "done", "result": "interested" }),
        )
        .await
        .ok();
    assert_eq!(
        (
            &done.body["type"],
            &done.body["result"],
            &done.body["reported"]
        ),
        (&json!("call"), &json!("interested"), &json!(true))
    );
    assert!(done.body["done_at"].is_string());
    let reported = async |flag: bool| {
        ids(&filtered(
            &mei,
            "/api/v1/activities",
            json!({ "field": "reported", "op": "eq", "value": flag }),
        )
        .await)
    };
    assert_eq!(reported(true).await, [booked]);
    assert_eq!(reported(false).await, [silent]);
}

#[tokio::test]
#[proves("ACTV-09")]
async fn a_superiors_instruction_stands_until_it_is_done() {
    let app = TestApp::start().await;
    let (li, mei, max) = (
        app.person("li", "sales").await,
        app.person("mei", "manager").await,
        app.person("max", "manager").await,
    );
    share_department(&app, &[li.id, mei.id, max.id]).await;
    manages(&app, &mei, &[&li]).await;
    let (li, mei, max) = (
        app.sign_in("li").await,
        app.sign_in("mei").await,
        app.sign_in("max").await,
    );
    let acme = customer(&li, "A").await;
    let call = activity(&li, json!({ "customer": acme })).await;
    for path in [
        format!("/api/v1/customers/{acme}/instructions"),
        format!("/api/v1/activities/{call}/instructions"),
    ] {
        // Max reads the record, and is nobody's superior here.
        max.post(&path, json!({ "body": "do it" }))
            .await
            .refused(403, "forbidden");
        li.post(&path, json!({ "body": "do it" }))
            .await
            .refused(403, "forbidden");
        mei.post(&path, json!({ "body": " " }))
            .await
            .refused(422, "validation");
        let given = id(&mei
            .post(&path, json!({ "body": "Visit them this week" }))
            .await
            .ok());
        let told = &inbox(&li).await[0];
        assert_eq!(
            (&told["kind"], &told["body"]),
            (&json!("instruction"), &json!("Visit them this week"))
        );
        let standing = li.get(&path).await.ok();
        assert_eq!(
            (
                &standing.body["items"][0]["author"],
                &standing.body["items"][0]["done_at"]
            ),
            (&json!("mei"), &Value::Null)
        );
        max.post(&format!("{path}/{given}/done"), json!({}))
            .await
            .refused(403, "forbidden");
        li.post(&format!("{path}/{given}/done"), json!({}))
            .await
            .ok();
        assert!(mei.get(&path).await.ok().body["items"][0]["done_at"].is_string());
    }
    let wang = app.person("wang", "sales").await;
    wang.get(&format!("/api/v1/customers/{acme}/instructions"))
        .await
        .refused(404, "not_found");
}

#[tokio::test]
#[proves("ACTV-10")]
async fn work_is_given_to_those_below_and_watched() {
    let app = TestApp::start().await;
    let (li, mei, max) = (
        app.person("li", "sales").await,
        app.person("mei", "manager").await,
        app.person("max", "sales").await,
    );
    share_department(&app, &[li.id, mei.id, max.id]).await;
    manages(&app, &mei, &[&li]).await;
    let (li, mei) = (app.sign_in("li").await, app.sign_in("mei").await);
    let given = mei
        .post(
            "/api/v1/tasks",
            json!({ "subject": "Price list", "owner": li.id }),
        )
        .await
        .ok();
    assert_eq!(
        (&given.body["assigned_by"]["id"], &given.body["progress"]),
        (&json!(mei.id), &json!(0))
    );
    // In the same department, but not below her.
    mei.post("/api/v1/tasks", json!({ "subject": "x", "owner": max.id }))
        .await
        .refused(403, "forbidden");
    li.post("/api/v1/tasks", json!({ "subject": "x", "owner": mei.id }))
        .await
        .refused(403, "forbidden");
    let path = format!("/api/v1/tasks/{}", id(&given));
    mei.patch(&path, json!({ "owner": max.id }))
        .await
        .refused(403, "forbidden");
    li.patch(&path, json!({ "progress": 60 })).await.ok();
    li.patch(&path, json!({ "progress": 160 }))
        .await
        .refused(422, "validation");
    let monitor = filtered(
        &mei,
        "/api/v1/tasks",
        json!({ "field": "assigned_by", "op": "eq", "value": mei.id }),
    )
    .await;
    assert_eq!(
        (
            &monitor.body["items"][0]["progress"],
            &monitor.body["items"][0]["owner"]["id"]
        ),
        (&json!(60), &json!(li.id))
    );

    let plan = json!({ "title": "Week 48", "from_on": "2026-11-23", "until_on": "2026-11-29", "focus": "close Acme" });
    let plan = id(&li.post("/api/v1/work_plans", plan).await.ok());
    for (subject, focus) in [("Offer", true), ("Filing", false)] {
        li.post(
            "/api/v1/tasks",
            json!({ "subject": subject, "plan": plan, "focus": focus }),
        )
        .await
        .ok();
    }
    let focus = json!({ "all": [{ "field": "plan", "op": "eq", "value": plan }, { "field": "focus", "op": "eq", "value": true }] });
    let offer = ids(&filtered(&li, "/api/v1/tasks", focus).await);
    assert_eq!(offer.len(), 1);
    let done = li
        .patch(
            &format!("/api/v1/tasks/{}", offer[0]),
            json!({ "status": "done" }),
        )
        .await
        .ok();
    assert_eq!(done.body["progress"], 100);
    let path = format!("/api/v1/work_plans/{plan}");
    li.post(&format!("{path}/notes"), json!({ "body": "offer sent" }))
        .await
        .ok();
    let notes = mei.get(&format!("{path}/notes")).await.ok();
    assert_eq!(notes.body["items"][0]["body"], "offer sent");
    assert!(notes.body["items"][0]["created_at"].is_string());
    let seen = mei.get(&path).await.ok();
    assert_eq!(
        (
            &seen.body["progress"],
            &seen.body["tasks"],
            &seen.body["focus"]
        ),
        (&json!("50.00"), &json!(2), &json!("close Acme"))
    );
}

#[tokio::test]
#[proves("ACTV-11")]
async fn promises_turn_overdue_and_are_counted() {
    let app = TestApp::start().await;
    let (li, ada) = (
        app.person("li", "sales").await,
        app.person("ada", "admin").await,
    );
    let clock = Clock::start(&app.db).await;
    let promise = async |text: &str, due: &str| {
        let input = json!({ "promise": text, "due_on": due });
        id(&li.post("/api/v1/commitments", input).await.ok())
    };
    let (late, kept, broken, open) = (
        promise("send samples", "2027-01-10").await,
        promise("call back", "2027-01-10").await,
        promise("train them", "2027-01-10").await,
        promise("visit", "2027-03-01").await,
    );
    li.post("/api/v1/commitments", json!({ "promise": "never" }))
        .await
        .refused(422, "validation");
    li.patch(
        &format!("/api/v1/commitments/{kept}"),
        json!({ "status": "kept" }),
    )
    .await
    .ok();
    li.patch(
        &format!("/api/v1/commitments/{broken}"),
        json!({ "status": "broken" }),
    )
    .await
    .ok();
    clock.strikes(at("2027-01-10T23:00:00Z")).await;
    assert_eq!(
        li.get(&format!("/api/v1/commitments/{late}"))
            .await
            .ok()
            .body["status"],
        "open"
    );
    clock.strikes(at("2027-01-11T00:30:00Z")).await;
    clock.strikes(at("2027-01-12T00:30:00Z")).await;
    assert_eq!(
        li.get(&format!("/api/v1/commitments/{late}"))
            .await
            .ok()
            .body["status"],
        "overdue"
    );
    assert_eq!(
        li.get(&format!("/api/v1/commitments/{open}"))
            .await
            .ok()
            .body["status"],
        "open"
    );
    let told: Vec<Value> = inbox(&li)
        .await
        .into_iter()
        .filter(|n| n["kind"] == "commitment")
        .collect();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["record_id"], late);
    let counted = ada.get("/api/v1/commitments/per_person").await.ok();
    assert_eq!(
        counted.body["items"],
        json!([{ "owner": li.id, "name": "li", "open": 1, "overdue": 1, "kept": 1, "broken": 1 }])
    );
}
