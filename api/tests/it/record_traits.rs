//! What every record has beside its fields: the bin, bulk changes, copies, merges, tags, remarks, a timeline.

use serde_json::{Value, json};

use crate::app::{Answer, Person, TestApp};

fn customer(code: &str) -> Value {
    json!({ "code": code, "name": format!("Customer {code}"), "kind": "organisation", "region": "east" })
}

async fn new_customer(by: &Person, code: &str) -> i64 {
    id(&by.post("/api/v1/customers", customer(code)).await.ok())
}

fn id(answer: &Answer) -> i64 {
    answer.body["id"].as_i64().unwrap()
}

fn ids(answer: &Answer) -> Vec<i64> {
    let items = answer.body["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item["id"].as_i64().unwrap())
        .collect()
}

async fn contact(by: &Person, customer: i64, name: &str) -> i64 {
    let input = json!({ "customer_id": customer, "name": name });
    id(&by.post("/api/v1/contacts", input).await.ok())
}

/// Sales may delete here, which the standard profile doesn't allow.
async fn sales_may_delete(app: &TestApp) {
    for object in ["customer", "contact"] {
        sqlx::query("update sys.profile set rights = jsonb_set(rights, array['objects', $1, 'delete'], 'true') where name = 'sales'")
            .bind(object)
            .execute(app.db.pool())
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn parts_go_to_the_bin_and_come_back_with_their_record() {
    let app = TestApp::start().await;
    let admin = app.person("root", "admin").await;
    let acme = new_customer(&admin, "C1").await;
    let (stays, gone) = (
        contact(&admin, acme, "Li").await,
        contact(&admin, acme, "Wang").await,
    );
    admin.delete(&format!("/api/v1/contacts/{gone}")).await.ok();

    let path = format!("/api/v1/customers/{acme}");
    admin.delete(&path).await.ok();
    assert_eq!(
        ids(&admin.get("/api/v1/contacts").await.ok()),
        [] as [i64; 0]
    );
    let mut bin = ids(&admin.get("/api/v1/contacts?recycled=true").await.ok());
    bin.sort_unstable();
    assert_eq!(bin, [stays, gone]);
    admin.post(&format!("{path}/restore"), json!({})).await.ok();
    // What was in the bin before stays there.
    assert_eq!(ids(&admin.get("/api/v1/contacts").await.ok()), [stays]);
    assert_eq!(
        ids(&admin.get("/api/v1/contacts?recycled=true").await.ok()),
        [gone]
    );

    let order = json!({ "customer_id": acme, "ordered_on": "2026-11-01", "amount": "1" });
    let order = id(&admin.post("/api/v1/orders", order).await.ok());
    admin
        .post(&format!("{path}/purge"), json!({}))
        .await
        .refused(404, "not_found");
    admin.delete(&path).await.ok();
    admin
        .post(&format!("{path}/purge"), json!({}))
        .await
        .refused(409, "in_use");
    admin.delete(&format!("/api/v1/orders/{order}")).await.ok();
    admin
        .post(&format!("/api/v1/orders/{order}/purge"), json!({}))
        .await
        .ok();
    admin.post(&format!("{path}/purge"), json!({})).await.ok();
    for resource in ["customers", "contacts"] {
        let bin = admin
            .get(&format!("/api/v1/{resource}?recycled=true"))
            .await
            .ok();
        assert_eq!(ids(&bin), [] as [i64; 0]);
    }
    admin
        .post(&format!("{path}/restore"), json!({}))
        .await
        .refused(404, "not_found");
}

#[tokio::test]
async fn bulk_changes_answer_for_each_record() {
    let app = TestApp::start().await;
    let (li, wang) = (
        app.person("li", "sales").await,
        app.person("wang", "sales").await,
    );
    let (a, b) = (new_customer(&li, "A").await, new_customer(&li, "B").await);
    let theirs = new_customer(&wang, "C").await;
    let bulk = "/api/v1/customers/bulk";
    let change =
        json!({ "action": "update", "ids": [a, theirs, b, 999_999], "patch": { "level": "A" } });
    let answer = li.post(bulk, change).await.ok();
    assert_eq!(
        (&answer.body["done"], &answer.body["refused"]),
        (&json!(2), &json!(2))
    );
    let outcome = |id: i64| {
        let results = answer.body["results"].as_array().unwrap();
        results.iter().find(|r| r["id"] == id).unwrap().clone()
    };
    assert_eq!(
        (&outcome(a)["outcome"], &outcome(a)["version"]),
        (&json!("done"), &json!(2))
    );
    assert_eq!(outcome(theirs)["problem"]["code"], "not_found");
    assert!(answer.headers.contains_key("basalt-lsn"));
    assert_eq!(
        wang.get(&format!("/api/v1/customers/{theirs}"))
            .await
            .ok()
            .body["level"],
        Value::Null
    );

    let one_wrong = json!({ "action": "update", "ids": [a], "patch": { "code": "B" } });
    let answer = li.post(bulk, one_wrong).await.ok();
    assert_eq!(
        answer.body["results"][0]["problem"]["errors"][0]["code"],
        "unique"
    );
    let by_filter = json!({ "action": "update", "filter": { "field": "level", "op": "eq", "value": "A" }, "patch": { "level": "B" } });
    assert_eq!(li.post(bulk, by_filter).await.ok().body["done"], 2);

    li.post(bulk, json!({ "action": "delete", "ids": [a] }))
        .await
        .refused(403, "forbidden");
    sales_may_delete(&app).await;
    assert_eq!(
        li.post(bulk, json!({ "action": "delete", "ids": [a, theirs] }))
            .await
            .ok()
            .body["done"],
        1
    );
    assert_eq!(ids(&li.get("/api/v1/customers").await.ok()), [b]);
    assert_eq!(
        li.post(bulk, json!({ "action": "restore", "ids": [a] }))
            .await
            .ok()
            .body["done"],
        1
    );
    for wrong in [
        json!({ "action": "update", "ids": [a] }),
        json!({ "action": "explode", "ids": [a] }),
        json!({ "action": "delete" }),
    ] {
        li.post(bulk, wrong).await.refused(422, "invalid_input");
    }
    let many: Vec<i64> = (1..=1001).collect();
    li.post(bulk, json!({ "action": "delete", "ids": many }))
        .await
        .refused(400, "bad_request");
}

#[tokio::test]
async fn a_copy_has_the_values_and_parts_but_not_the_identity() {
    let app = TestApp::start().await;
    let li = app.person("li", "sales").await;
    let acme = new_customer(&li, "C1").await;
    contact(&li, acme, "Li").await;
    let path = format!("/api/v1/customers/{acme}/copy");
    let own = li.post(&path, json!({})).await.ok();
    assert_eq!(own.body["name"], "Customer C1");
    assert!(
        own.body["code"].as_str().unwrap().starts_with("CU"),
        "a unique value is not copied: it is given anew"
    );
    let copy = li
        .post(
            &path,
            json!({ "changes": { "code": "C2", "region": null }, "parts": true }),
        )
        .await
        .ok();
    assert_eq!(
        (
            &copy.body["name"],
            &copy.body["region"],
            &copy.body["version"]
        ),
        (&json!("Customer C1"), &Value::Null, &json!(1))
    );
    assert_eq!(
        copy.headers["location"],
        format!("/api/v1/customers/{}", id(&copy))
    );
    let filter = format!(r#"{{"field":"customer","op":"eq","value":{}}}"#, id(&copy));
    let parts = li
        .get(&format!("/api/v1/contacts?filter={filter}"))
        .await
        .ok();
    assert_eq!(parts.body["items"][0]["name"], "Li");
    let wang = app.person("wang", "sales").await;
    wang.post(&path, json!({ "changes": { "code": "C3" } }))
        .await
        .refused(404, "not_found");
}

#[tokio::test]
async fn duplicates_are_merged_field_by_field_and_apart_again() {
    let app = TestApp::start().await;
    let (li, wang) = (
        app.person("li", "sales").await,
        app.person("wang", "sales").await,
    );
    let (kept, other) = (new_customer(&li, "A").await, new_customer(&li, "B").await);
    let path = format!("/api/v1/customers/{kept}");
    li.patch(&path, json!({ "city": "上海" })).await.ok();
    li.patch(
        &format!("/api/v1/customers/{other}"),
        json!({ "city": "苏州", "level": "A", "phone": "123 456" }),
    )
    .await
    .ok();
    let person = contact(&li, other, "Li").await;
    let order = json!({ "customer_id": other, "ordered_on": "2026-11-01", "amount": "1" });
    let order = id(&li.post("/api/v1/orders", order).await.ok());
    li.post(
        &format!("/api/v1/customers/{other}/notes"),
        json!({ "body": "pays late" }),
    )
    .await
    .ok();
    let request = json!({ "from": [other], "fields": { "city": other, "phone": kept } });
    li.post(&format!("{path}/merge"), request.clone())
        .await
        .refused(403, "forbidden");
    sales_may_delete(&app).await;
    wang.post(&format!("{path}/merge"), request.clone())
        .await
        .refused(404, "not_found");
    for wrong in [
        json!({ "from": [] }),
        json!({ "from": [kept] }),
        json!({ "from": [other], "fields": { "id": other } }),
    ] {
        li.post(&format!("{path}/merge"), wrong)
            .await
            .refused(422, "validation");
    }
    let merged = li.post(&format!("{path}/merge"), request).await.ok().body;
    let record = &merged["record"];
    assert_eq!(
        (
            &record["city"],
            &record["level"],
            &record["phone"],
            &record["code"]
        ),
        (&json!("苏州"), &json!("A"), &Value::Null, &json!("A"))
    );
    li.get(&format!("/api/v1/customers/{other}"))
        .await
        .refused(404, "not_found");
    let of = |path: String| {
        let li = &li;
        async move { li.get(&path).await.ok().body["customer_id"].clone() }
    };
    assert_eq!(of(format!("/api/v1/contacts/{person}")).await, kept);
    assert_eq!(of(format!("/api/v1/orders/{order}")).await, kept);
    let notes = li.get(&format!("{path}/notes")).await.ok();
    assert_eq!(notes.body["items"][0]["body"], "pays late");

    // A later edit of the survivor is kept when the merge is taken back.
    li.patch(&path, json!({ "level": "C" })).await.ok();
    let undo = format!("/api/v1/merges/{}/undo", merged["merge_id"]);
    wang.post(&undo, json!({})).await.refused(404, "not_found");
    let back = li.post(&undo, json!({})).await.ok().body;
    assert_eq!(
        (&back["city"], &back["level"]),
        (&json!("上海"), &json!("C"))
    );
    assert_eq!(
        li.get(&format!("/api/v1/customers/{other}"))
            .await
            .ok()
            .body["city"],
        "苏州"
    );
    assert_eq!(of(format!("/api/v1/contacts/{person}")).await, other);
    assert_eq!(of(format!("/api/v1/orders/{order}")).await, other);
    assert_eq!(
        li.get(&format!("{path}/notes")).await.ok().body["items"],
        json!([])
    );
    li.post(&undo, json!({})).await.refused(409, "undone");
}

#[tokio::test]
async fn tags_follows_and_favourites_obey_the_rights_of_the_record() {
    let app = TestApp::start().await;
    let (li, wang, analyst) = (
        app.person("li", "sales").await,
        app.person("wang", "sales").await,
        app.person("ana", "analyst").await,
    );
    let (mine, theirs) = (new_customer(&li, "A").await, new_customer(&wang, "B").await);
    let tags = |id: i64| format!("/api/v1/customers/{id}/tags");
    let put = async |by: &Person, path: &str, body: Value| {
        crate::app::read(by.request(reqwest::Method::PUT, path).json(&body)).await
    };
    put(
        &li,
        &tags(mine),
        json!({ "tags": [" VIP ", "重点", "VIP"] }),
    )
    .await
    .ok();
    put(&wang, &tags(theirs), json!({ "tags": ["VIP"] }))
        .await
        .ok();
    put(&li, &tags(theirs), json!({ "tags": ["VIP"] }))
        .await
        .refused(404, "not_found");
    put(&analyst, &tags(mine), json!({ "tags": [] }))
        .await
        .refused(403, "forbidden");
    put(&li, &tags(mine), json!({ "tags": ["a,b"] }))
        .await
        .refused(422, "validation");
    let seen = li.get("/api/v1/tags").await.ok();
    assert_eq!(
        seen.body["items"],
        json!([{ "tag": "VIP", "records": 1 }, { "tag": "重点", "records": 1 }])
    );
    assert_eq!(ids(&li.get("/api/v1/tags/VIP").await.ok()), [mine]);
    assert_eq!(ids(&analyst.get("/api/v1/tags/VIP").await.ok()).len(), 2);
    assert_eq!(ids(&li.get("/api/v1/customers?tag=VIP").await.ok()), [mine]);
    assert_eq!(
        ids(&li.get("/api/v1/customers?tag=none").await.ok()),
        [] as [i64; 0]
    );

    for mark in ["follow", "favourite"] {
        let path = format!("/api/v1/customers/{mine}/marks/{mark}");
        put(&li, &path, json!({})).await.ok();
        put(&analyst, &path, json!({})).await.ok();
        put(&wang, &path, json!({})).await.refused(404, "not_found");
        assert_eq!(
            ids(&li.get(&format!("/api/v1/marks/{mark}")).await.ok()),
            [mine]
        );
    }
    let companions = li
        .get(&format!("/api/v1/customers/{mine}/companions"))
        .await
        .ok();
    assert_eq!(
        (
            &companions.body["followed"],
            &companions.body["favourite"],
            &companions.body["tags"]
        ),
        (&json!(true), &json!(true), &json!(["VIP", "重点"]))
    );
    let followers: Vec<&Value> = companions.body["followers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| &f["name"])
        .collect();
    assert_eq!(followers, ["li", "ana"]);
    li.delete(&format!("/api/v1/customers/{mine}/marks/follow"))
        .await
        .ok();
    assert_eq!(
        ids(&li.get("/api/v1/marks/follow").await.ok()),
        [] as [i64; 0]
    );
    // Who loses the record loses it in their lists.
    sqlx::query("update crm.customer set owner_id = $1")
        .bind(wang.id)
        .execute(app.db.pool())
        .await
        .unwrap();
    assert_eq!(
        ids(&li.get("/api/v1/marks/favourite").await.ok()),
        [] as [i64; 0]
    );
    assert_eq!(li.get("/api/v1/tags").await.ok().body["items"], json!([]));
}

#[tokio::test]
async fn notes_comments_and_mentions_belong_to_the_record() {
    let app = TestApp::start().await;
    let (li, wang, analyst) = (
        app.person("li", "sales").await,
        app.person("wang", "sales").await,
        app.person("ana", "analyst").await,
    );
    let acme = new_customer(&li, "A").await;
    let path = format!("/api/v1/customers/{acme}");
    li.post(
        &format!("{path}/notes"),
        json!({ "body": "  budget in May  " }),
    )
    .await
    .ok();
    analyst
        .post(&format!("{path}/notes"), json!({ "body": "x" }))
        .await
        .refused(403, "forbidden");
    wang.post(&format!("{path}/comments"), json!({ "body": "x" }))
        .await
        .refused(404, "not_found");
    wang.get(&format!("{path}/comments"))
        .await
        .refused(404, "not_found");
    li.post(&format!("{path}/comments"), json!({ "body": " " }))
        .await
        .refused(422, "validation");
    let asked = li
        .post(
            &format!("{path}/comments"),
            json!({ "body": "请 @ana 和 @wang 看一下, not me@nowhere.cn" }),
        )
        .await
        .ok();
    let named: Vec<&Value> = asked.body["mentions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| &m["login"])
        .collect();
    assert_eq!(named, ["wang", "ana"]);
    let answered = analyst
        .post(
            &format!("{path}/comments"),
            json!({ "body": "done", "answers": id(&asked) }),
        )
        .await
        .ok();
    analyst
        .post(
            &format!("{path}/comments"),
            json!({ "body": "?", "answers": 999_999 }),
        )
        .await
        .refused(422, "validation");
    assert_eq!(
        ids(&li.get(&format!("{path}/comments")).await.ok()),
        [id(&asked), id(&answered)]
    );

    // Who may not read the record doesn't hear of it.
    assert_eq!(
        wang.get("/api/v1/mentions").await.ok().body["items"],
        json!([])
    );
    let heard = analyst.get("/api/v1/mentions").await.ok();
    assert_eq!(
        (
            &heard.body["items"][0]["record_id"],
            &heard.body["items"][0]["seen"]
        ),
        (&json!(acme), &json!(false))
    );
    analyst
        .post(&format!("/api/v1/mentions/{}/seen", id(&asked)), json!({}))
        .await
        .ok();
    assert_eq!(
        analyst.get("/api/v1/mentions").await.ok().body["items"][0]["seen"],
        true
    );

    let remark = format!("{path}/remarks/{}", id(&asked));
    analyst
        .patch(&remark, json!({ "body": "mine now" }))
        .await
        .refused(403, "forbidden");
    let edited = li
        .patch(&remark, json!({ "body": "never mind" }))
        .await
        .ok();
    assert_eq!(edited.body["mentions"], json!([]));
    assert!(edited.body["edited_at"].is_string());
    analyst.delete(&remark).await.refused(403, "forbidden");
    li.delete(&remark).await.ok();
    li.delete(&remark).await.refused(404, "not_found");
}

#[tokio::test]
async fn the_timeline_is_one_feed_in_pages_under_the_readers_rights() {
    let app = TestApp::start().await;
    let (li, analyst) = (
        app.person("li", "sales").await,
        app.person("ana", "analyst").await,
    );
    let acme = new_customer(&li, "A").await;
    let path = format!("/api/v1/customers/{acme}");
    li.post(&format!("{path}/notes"), json!({ "body": "budget in May" }))
        .await
        .ok();
    li.patch(&path, json!({ "phone": "123 456" })).await.ok();
    let order = json!({ "customer_id": acme, "ordered_on": "2026-11-01", "amount": "1" });
    let order = id(&li.post("/api/v1/orders", order).await.ok());
    li.post(&format!("{path}/comments"), json!({ "body": "ordered!" }))
        .await
        .ok();

    let whole = li.get(&format!("{path}/timeline")).await.ok();
    let kinds = |answer: &Answer| -> Vec<String> {
        let items = answer.body["items"].as_array().unwrap();
        items
            .iter()
            .map(|i| i["kind"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        kinds(&whole),
        ["comment", "record", "change", "note", "change"]
    );
    assert_eq!(whole.body["items"][1]["record"]["id"], order);
    assert_eq!(whole.body["next"], Value::Null);
    let mut paged = Vec::new();
    let mut after = String::new();
    loop {
        let page = li
            .get(&format!("{path}/timeline?page[size]=2&page[after]={after}"))
            .await
            .ok();
        paged.extend(page.body["items"].as_array().unwrap().clone());
        match page.body["next"].as_str() {
            Some(next) => after = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(json!(paged), whole.body["items"]);
    li.get(&format!("{path}/timeline?page[after]=x"))
        .await
        .refused(400, "bad_request");
    // The analyst doesn't see telephones, so the change of one says nothing.
    let theirs = analyst.get(&format!("{path}/timeline")).await.ok();
    assert!(
        !theirs.body.to_string().contains("123 456"),
        "{}",
        theirs.body
    );
    app.person("wang", "sales")
        .await
        .get(&format!("{path}/timeline"))
        .await
        .refused(404, "not_found");
}
