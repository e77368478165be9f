//! Files in and out: imports that are followed, stopped and taken back; lists as CSV and XLSX.

use std::{collections::BTreeMap, io::Cursor, time::Duration};

use calamine::{Data, Reader, Xlsx};
use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{Answer, Person, TestApp, read};

async fn start(by: &Person, query: &str, body: impl Into<reqwest::Body>) -> Answer {
    let path = format!("/api/v1/customers/imports?{query}");
    read(by.request(Method::POST, &path).body(body)).await
}

/// Starts an import and waits for its end.
async fn import(by: &Person, query: &str, body: impl Into<reqwest::Body>) -> Answer {
    let started = start(by, query, body).await.ok();
    assert_eq!(started.status, 202);
    let path = format!("/api/v1/imports/{}", started.body["id"]);
    tokio::time::timeout(Duration::from_secs(30), async {
        loop {
            let state = by.get(&path).await.ok();
            if state.body["status"] != "running" {
                return state;
            }
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap()
}

fn counts(state: &Answer) -> (i64, i64, i64) {
    let of = |key: &str| state.body[key].as_i64().unwrap();
    (of("rows_inserted"), of("rows_updated"), of("rows_refused"))
}

async fn names(by: &Person) -> BTreeMap<String, Value> {
    let list = by
        .get("/api/v1/customers?fields=code,name&page[size]=500")
        .await
        .ok();
    let items = list.body["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| {
            (
                item["code"].as_str().unwrap().to_owned(),
                item["name"].clone(),
            )
        })
        .collect()
}

#[tokio::test]
async fn known_keys_are_updated_new_ones_created_and_all_taken_back() {
    let app = TestApp::start().await;
    let (admin, li) = (
        app.person("root", "admin").await,
        app.person("li", "sales").await,
    );
    let mut first = String::from("code,name\n");
    for n in 0..50 {
        first.push_str(&format!("K{n},Known {n}\n"));
    }
    assert_eq!(
        counts(&import(&admin, "name=a.csv", first).await),
        (50, 0, 0)
    );
    let before = names(&admin).await;
    let mut second = String::from("Code,Name,Region\n");
    for n in 0..50 {
        second.push_str(&format!("K{n},Changed {n},east\nN{n},New {n},\n"));
    }
    second.push_str("X1,Wrong,moon\nX2,,\nK1,Twice,\n");
    let query =
        r#"name=b.csv&upsert_key=code&mapping={"Code":"code","Name":"name","Region":"region"}"#;
    start(&li, query, second.clone())
        .await
        .refused(403, "forbidden");
    let trial = import(&admin, &format!("{query}&dry_run=true"), second.clone()).await;
    assert_eq!(
        (trial.body["status"].as_str(), counts(&trial)),
        (Some("dry_run"), (50, 50, 3))
    );
    assert_eq!(names(&admin).await, before, "a trial writes nothing");

    let done = import(&admin, query, second).await;
    assert_eq!(
        (done.body["status"].as_str(), counts(&done)),
        (Some("done"), (50, 50, 3))
    );
    let codes: Vec<&str> = done.body["refusals"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["code"].as_str().unwrap())
        .collect();
    assert_eq!(codes.len(), 3, "{codes:?}");
    let id = &done.body["id"];
    let refused = admin
        .get(&format!("/api/v1/imports/{id}/refused"))
        .await
        .ok();
    let text = refused.body.as_str().unwrap();
    assert!(text.contains("moon") && text.lines().count() == 4, "{text}");
    assert_eq!(names(&admin).await.len(), 100);
    // Another's import is nobody else's.
    li.get(&format!("/api/v1/imports/{id}"))
        .await
        .refused(404, "not_found");
    li.post(&format!("/api/v1/imports/{id}/undo"), json!({}))
        .await
        .refused(404, "not_found");

    // One changed since stays, one referred to stays; all else is as before.
    let find = async |code: &str| {
        let filter = format!(r#"{{"field":"code","op":"eq","value":"{code}"}}"#);
        let found = admin
            .get(&format!("/api/v1/customers?filter={filter}"))
            .await
            .ok();
        found.body["items"][0]["id"].clone()
    };
    let (edited, used) = (find("K7").await, find("N7").await);
    admin
        .patch(
            &format!("/api/v1/customers/{edited}"),
            json!({ "city": "苏州" }),
        )
        .await
        .ok();
    admin
        .post(
            "/api/v1/contacts",
            json!({ "customer_id": used, "name": "Li" }),
        )
        .await
        .ok();
    let undone = admin
        .post(&format!("/api/v1/imports/{id}/undo"), json!({}))
        .await
        .ok();
    assert_eq!(
        undone.body,
        json!({ "removed": 49, "restored": 49, "kept": 2 })
    );
    let mut expected = before;
    expected.insert("K7".into(), json!("Changed 7"));
    expected.insert("N7".into(), json!("New 7"));
    assert_eq!(names(&admin).await, expected);
    admin
        .post(&format!("/api/v1/imports/{id}/undo"), json!({}))
        .await
        .refused(409, "not_done");
    // The keys are free again.
    assert_eq!(
        counts(&import(&admin, "name=c.csv", "code,name\nN1,Again\n").await),
        (1, 0, 0)
    );
    assert_eq!(
        admin.get("/api/v1/imports").await.ok().body["items"]
            .as_array()
            .unwrap()
            .len(),
        4
    );
}

#[tokio::test]
async fn a_running_import_is_stopped_without_a_trace() {
    let app = TestApp::start().await;
    let admin = app.person("root", "admin").await;
    // Somebody else imports into the same object: ours waits for them.
    let mut other = app.db.pool().begin().await.unwrap();
    sqlx::query("select pg_advisory_xact_lock(hashtextextended('basalt.import.customer', 0))")
        .execute(&mut *other)
        .await
        .unwrap();
    let started = start(&admin, "name=a.csv", "code,name\nC1,One\n")
        .await
        .ok();
    let path = format!("/api/v1/imports/{}", started.body["id"]);
    assert_eq!(admin.get(&path).await.ok().body["status"], "running");
    admin
        .post(&format!("{path}/undo"), json!({}))
        .await
        .refused(409, "not_done");
    admin.post(&format!("{path}/cancel"), json!({})).await.ok();
    other.rollback().await.unwrap();
    tokio::time::timeout(Duration::from_secs(30), async {
        while admin.get(&path).await.ok().body["status"] != "cancelled" {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
    assert!(names(&admin).await.is_empty());
    admin
        .post(&format!("{path}/cancel"), json!({}))
        .await
        .refused(409, "not_running");
    let failed = import(&admin, "name=a.csv", "code,colour\nC1,red\n").await;
    assert_eq!(failed.body["status"], "failed");
    assert!(
        failed.body["reason_en"]
            .as_str()
            .unwrap()
            .contains("colour")
    );
}

#[tokio::test]
async fn rules_and_demands_hold_in_forms_and_imports() {
    let app = TestApp::start().await;
    let admin = app.person("root", "admin").await;
    let rule = json!({ "rule": [{
        "name": "person_has_no_industry", "field": "industry",
        "when": { "all": [{ "field": "kind", "op": "eq", "value": "person" }, { "field": "industry", "op": "is_empty", "value": false }] },
        "message": { "en": "A person has no industry.", "zh": "个人客户没有行业。" } }] });
    admin
        .patch("/api/v1/dictionary/objects/customer", rule)
        .await
        .ok();
    let demand = json!({ "required_when": { "field": "level", "op": "eq", "value": "A" }, "shown_when": { "field": "kind", "op": "eq", "value": "organisation" } });
    admin
        .patch("/api/v1/dictionary/objects/customer/fields/website", demand)
        .await
        .ok();
    let input = |code: &str, more: Value| {
        let mut input = json!({ "code": code, "name": code, "kind": "organisation" });
        for (key, value) in more.as_object().unwrap() {
            input[key] = value.clone();
        }
        input
    };
    let made = admin
        .post(
            "/api/v1/customers",
            input("C1", json!({ "level": "B", "industry": "retail" })),
        )
        .await
        .ok();
    let path = format!("/api/v1/customers/{}", made.body["id"]);
    let refused = admin
        .patch(&path, json!({ "level": "A" }))
        .await
        .refused(422, "validation");
    assert_eq!(
        (
            &refused.body["errors"][0]["field"],
            &refused.body["errors"][0]["code"]
        ),
        (&json!("website"), &json!("required"))
    );
    admin
        .patch(&path, json!({ "level": "A", "website": "https://a.cn" }))
        .await
        .ok();
    let refused = admin
        .patch(&path, json!({ "kind": "person" }))
        .await
        .refused(422, "validation");
    assert_eq!(
        refused.body["errors"][0]["message"],
        "A person has no industry."
    );
    let csv = "code,name,kind,level,industry,website\nI1,One,organisation,A,retail,https://b.cn\nI2,Two,organisation,A,,\nI3,Three,person,,retail,\nI4,Four,person,,,\n";
    let done = import(&admin, "name=a.csv", csv).await;
    assert_eq!(counts(&done), (2, 0, 2));
    let lines: Vec<(&Value, &Value)> = done.body["refusals"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| (&r["line"], &r["column_name"]))
        .collect();
    assert_eq!(
        lines,
        [
            (&json!(3), &json!("website")),
            (&json!(4), &json!("industry"))
        ]
    );
    let meta = admin.get("/api/v1/meta").await.ok();
    let customer = meta.body["objects"]
        .as_array()
        .unwrap()
        .iter()
        .find(|o| o["name"] == "customer")
        .unwrap()
        .clone();
    assert_eq!(customer["rules"][0]["message"]["zh"], "个人客户没有行业。");
    let website = customer["fields"]
        .as_array()
        .unwrap()
        .iter()
        .find(|f| f["name"] == "website")
        .unwrap()
        .clone();
    assert_eq!(website["required_when"]["value"], "A");
    assert_eq!(website["shown_when"]["field"], "kind");
}

#[tokio::test]
async fn layouts_and_views_are_served_to_whom_they_are_for() {
    let app = TestApp::start().await;
    let (admin, li, wang, analyst) = (
        app.person("root", "admin").await,
        app.person("li", "sales").await,
        app.person("wang", "sales").await,
        app.person("ana", "analyst").await,
    );
    let put = async |by: &Person, path: &str, body: Value| {
        read(by.request(Method::PUT, path).json(&body)).await
    };
    let layouts = "/api/v1/dictionary/layouts";
    let label = json!({ "en": "Main", "zh": "主要" });
    let layout = |profile: Value, when: Value, fields: Value| json!({ "object": "customer", "profile": profile, "shown_for": when, "sections": [{ "label": label, "fields": fields }] });
    let person = json!({ "field": "kind", "op": "eq", "value": "person" });
    put(
        &li,
        layouts,
        layout(Value::Null, Value::Null, json!(["code", "name"])),
    )
    .await
    .refused(403, "forbidden");
    for wrong in [
        layout(Value::Null, Value::Null, json!(["code"])),
        layout(Value::Null, Value::Null, json!(["code", "name", "nothing"])),
        layout(Value::Null, Value::Null, json!(["code", "name", "name"])),
        layout(json!("nobody"), Value::Null, json!(["code", "name"])),
    ] {
        put(&admin, layouts, wrong).await.refused(422, "validation");
    }
    put(
        &admin,
        layouts,
        layout(Value::Null, Value::Null, json!(["code", "name", "phone"])),
    )
    .await
    .ok();
    put(
        &admin,
        layouts,
        layout(json!("sales"), Value::Null, json!(["name", "code"])),
    )
    .await
    .ok();
    put(
        &admin,
        layouts,
        layout(Value::Null, person.clone(), json!(["code", "name", "city"])),
    )
    .await
    .ok();
    let shown = async |by: &Person| -> Value {
        let meta = by.get("/api/v1/meta").await.ok();
        let customer = meta.body["objects"]
            .as_array()
            .unwrap()
            .iter()
            .find(|o| o["name"] == "customer")
            .unwrap()
            .clone();
        customer["layouts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|l| json!([l["shown_for"], l["sections"][0]["fields"]]))
            .collect()
    };
    assert_eq!(
        shown(&li).await,
        json!([[null, ["name", "code"]], [person, ["code", "name", "city"]]])
    );
    // Fields that are hidden from the reader are no part of their form.
    assert_eq!(
        shown(&analyst).await,
        json!([[person, ["code", "name", "city"]], [null, ["code", "name"]]])
    );

    let views = "/api/v1/customers/views";
    let mine = json!({ "name": "East", "definition": { "filter": { "field": "region", "op": "eq", "value": "east" }, "fields": ["code", "name"], "sort": ["-name"] } });
    let made = li.post(views, mine.clone()).await.ok().body;
    li.post(views, mine).await.refused(422, "validation");
    for wrong in [
        json!({ "name": "x", "definition": { "fields": ["nothing"] } }),
        json!({ "name": "x", "definition": { "filter": { "field": "region", "op": "eq", "value": "moon" } } }),
    ] {
        li.post(views, wrong).await.refused(400, "bad_request");
    }
    let listed = async |by: &Person| -> Vec<String> {
        let items = by.get(views).await.ok().body["items"].clone();
        items
            .as_array()
            .unwrap()
            .iter()
            .map(|v| v["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        (listed(&li).await, listed(&wang).await),
        (vec!["East".to_owned()], vec![])
    );
    let path = format!("{views}/{}", made["id"]);
    let shared =
        json!({ "name": "East", "shared": true, "definition": { "fields": ["code", "phone"] } });
    put(&wang, &path, shared.clone())
        .await
        .refused(404, "not_found");
    put(&li, &path, shared.clone()).await.ok();
    assert_eq!(listed(&wang).await, ["East"]);
    put(&wang, &path, shared).await.refused(403, "forbidden");
    assert_eq!(
        listed(&analyst).await,
        [] as [&str; 0],
        "it speaks of telephones"
    );
    wang.delete(&path).await.refused(403, "forbidden");
    li.delete(&path).await.ok();
    assert_eq!(listed(&li).await, [] as [&str; 0]);
}

fn workbook(rows: &[&[&str]]) -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (line, row) in (0..).zip(rows) {
        for (at, cell) in (0..).zip(*row) {
            match cell.parse::<f64>() {
                Ok(number) => sheet.write_number(line, at, number).unwrap(),
                Err(_) => sheet.write_string(line, at, *cell).unwrap(),
            };
        }
    }
    let date = rust_xlsxwriter::ExcelDateTime::from_ymd(2026, 11, 2).unwrap();
    let format = rust_xlsxwriter::Format::new().set_num_format("yyyy-mm-dd");
    sheet
        .write_datetime_with_format(1, 3, &date, &format)
        .unwrap();
    book.save_to_buffer().unwrap()
}

#[tokio::test]
async fn workbooks_are_read_and_written() {
    let app = TestApp::start().await;
    let (admin, li) = (
        app.person("root", "admin").await,
        app.person("li", "sales").await,
    );
    let file = workbook(&[
        &["code", "name", "city", "first_order_on"],
        &["1001", "=1+1", "苏州"],
        &["1002", "Acme", ""],
        &["1003", "", "x"],
    ]);
    let done = import(&admin, "name=a.xlsx", file).await;
    assert_eq!(counts(&done), (2, 0, 1), "{}", done.body);
    assert_eq!(done.body["refusals"][0]["line"], 4);
    let broken = import(&admin, "name=a.xlsx", "code,name\n1,x\n").await;
    assert_eq!(broken.body["status"], "failed");

    let csv = admin
        .get("/api/v1/customers/export?fields=code,name,first_order_on,owner&sort=code")
        .await
        .ok();
    assert_eq!(csv.headers["content-type"], "text/csv; charset=utf-8");
    assert_eq!(
        csv.body,
        "code,name,first_order_on,owner\n1001,'=1+1,2026-11-02,root\n1002,Acme,,root\n"
    );
    // Spreadsheets take the file for UTF-8 by its mark.
    let bytes = admin
        .request(Method::GET, "/api/v1/customers/export")
        .send()
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    assert!(bytes.starts_with("\u{feff}code".as_bytes()));
    let filter = r#"{"field":"city","op":"eq","value":"苏州"}"#;
    let got = admin
        .request(
            Method::GET,
            &format!(
                "/api/v1/customers/export?format=xlsx&labels=true&fields=code,city&filter={filter}"
            ),
        )
        .send()
        .await
        .unwrap();
    assert!(
        got.headers()["content-disposition"]
            .to_str()
            .unwrap()
            .contains("customers.xlsx")
    );
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(got.bytes().await.unwrap())).unwrap();
    let sheet = book.worksheet_range_at(0).unwrap().unwrap();
    let rows: Vec<Vec<Data>> = sheet.rows().map(<[Data]>::to_vec).collect();
    let text = |text: &str| Data::String(text.into());
    assert_eq!(
        rows,
        [
            vec![text("Customer code"), text("City")],
            vec![text("1001"), text("苏州")]
        ]
    );

    // Only one's own rows, only visible fields, only with the right.
    assert_eq!(
        li.get("/api/v1/customers/export?fields=code")
            .await
            .ok()
            .body,
        "code\n"
    );
    let analyst = app.person("ana", "analyst").await;
    analyst
        .get("/api/v1/customers/export?fields=code,phone")
        .await
        .refused(400, "bad_request");
    sqlx::query("update sys.profile set rights = jsonb_set(rights, '{objects,customer,export}', 'false') where name = 'sales'")
        .execute(app.db.pool())
        .await
        .unwrap();
    li.get("/api/v1/customers/export")
        .await
        .refused(403, "forbidden");
}
