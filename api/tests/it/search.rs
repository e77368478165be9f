//! Search across objects, in Chinese and pinyin, within rights and the administrator's scope.

use basalt_model::Principal;
use basalt_oltp::{
    import::{ImportRequest, Importer},
    search::drain,
};
use proves::proves;
use serde_json::{Value, json};

use crate::app::{Person, TestApp};

async fn customer(by: &Person, code: &str, name: &str, fields: Value) -> i64 {
    let mut input = json!({ "code": code, "name": name, "kind": "organisation" });
    for (key, value) in fields.as_object().unwrap() {
        input[key] = value.clone();
    }
    by.post("/api/v1/customers", input).await.ok().body["id"]
        .as_i64()
        .unwrap()
}

async fn titles(by: &Person, q: &str) -> Vec<String> {
    let hits = by.get(&format!("/api/v1/search?q={q}")).await.ok();
    let items = hits.body["items"].as_array().unwrap();
    items
        .iter()
        .map(|hit| hit["title"].as_str().unwrap_or_default().to_owned())
        .collect()
}

#[tokio::test]
#[proves("PLUS-28")]
async fn chinese_and_pinyin_find_what_one_may_open() {
    let app = TestApp::start().await;
    let (li, wang, analyst) = (
        app.person("li", "sales").await,
        app.person("wang", "sales").await,
        app.person("ana", "analyst").await,
    );
    let mine = customer(
        &li,
        "C1",
        "杭州智云科技",
        json!({ "phone": "+86 138-0013-8000", "city": "杭州" }),
    )
    .await;
    customer(&wang, "C2", "杭州云山", json!({})).await;
    let contact = json!({ "customer_id": mine, "name": "张智云", "email": "zhang@hzzy.cn" });
    li.post("/api/v1/contacts", contact).await.ok();
    for q in [
        "hzzy",
        "杭州",
        "智云",
        "杭州智云",
        "hangzhou",
        "HZZ",
        "云科",
    ] {
        assert!(
            titles(&li, q).await.contains(&"杭州智云科技".to_owned()),
            "{q}"
        );
    }
    for q in ["苏州", "杭科", "zzhy"] {
        assert_eq!(titles(&li, q).await, [] as [&str; 0], "{q}");
    }
    // Of all objects, and of those that are asked for.
    assert_eq!(titles(&li, "智云").await.len(), 2);
    let only = li.get("/api/v1/search?q=智云&objects=contact").await.ok();
    assert_eq!(only.body["items"][0]["resource"], "contacts");
    assert_eq!(only.body["items"].as_array().unwrap().len(), 1);
    // Another's records and hidden fields are not searched.
    assert_eq!(titles(&wang, "杭州").await, ["杭州云山"]);
    assert_eq!(titles(&li, "13800138000").await, ["杭州智云科技"]);
    assert_eq!(titles(&li, "8000").await, ["杭州智云科技"]);
    assert_eq!(titles(&analyst, "13800138000").await, [] as [&str; 0]);
    assert_eq!(titles(&analyst, "杭州").await.len(), 2);
    let listed = li.get("/api/v1/customers?q=hzzy").await.ok();
    assert_eq!(listed.body["items"][0]["id"], mine);
    // What changes is found under its new words only, what is recycled not at all.
    let path = format!("/api/v1/customers/{mine}");
    li.patch(&path, json!({ "name": "苏州海棠" })).await.ok();
    assert_eq!(titles(&li, "szht").await, ["苏州海棠"]);
    assert!(!titles(&li, "kejii").await.contains(&"苏州海棠".to_owned()));
    let admin = app.person("root", "admin").await;
    admin.delete(&path).await.ok();
    assert_eq!(titles(&li, "szht").await, [] as [&str; 0]);
    li.get("/api/v1/search?q=,.-")
        .await
        .refused(400, "bad_request");
    li.get("/api/v1/search?q=x&objects=nothing")
        .await
        .refused(400, "bad_request");
    assert_eq!(
        titles(&li, "'%20|%20!x:*%20%5C'").await,
        [] as [&str; 0],
        "signs of the query language are no signs here"
    );
}

#[tokio::test]
#[proves("SRCH-06")]
async fn the_administrator_sets_what_is_searched() {
    let app = TestApp::start().await;
    let (admin, li, wang) = (
        app.person("root", "admin").await,
        app.person("li", "sales").await,
        app.person("wang", "sales").await,
    );
    customer(&li, "L1", "Springhill", json!({ "city": "Springtown" })).await;
    customer(&wang, "W1", "Springdale", json!({})).await;
    // Everyone only what they may open.
    assert_eq!(titles(&li, "spring").await, ["Springhill"]);
    assert_eq!(titles(&wang, "spring").await, ["Springdale"]);
    assert_eq!(titles(&li, "springtown").await, ["Springhill"]);
    assert_eq!(titles(&admin, "spring").await.len(), 2);
    for code in ["L1", "W1"] {
        let filter = format!(r#"{{"field":"code","op":"eq","value":"{code}"}}"#);
        let found = admin
            .get(&format!("/api/v1/customers?filter={filter}"))
            .await
            .ok();
        let path = format!("/api/v1/customers/{}", found.body["items"][0]["id"]);
        admin.delete(&path).await.ok();
    }
    customer(&admin, "C1", "Acme", json!({ "city": "Springfield" })).await;
    admin
        .post(
            "/api/v1/products",
            json!({ "code": "P1", "name": "Springs" }),
        )
        .await
        .ok();
    assert_eq!(titles(&admin, "spring").await.len(), 2);
    let city = "/api/v1/dictionary/objects/customer/fields/city";
    admin.patch(city, json!({ "search": false })).await.ok();
    assert_eq!(titles(&admin, "spring").await, ["Springs"]);
    admin
        .patch(
            "/api/v1/dictionary/objects/product",
            json!({ "search": false }),
        )
        .await
        .ok();
    assert_eq!(titles(&admin, "spring").await, [] as [&str; 0]);
    admin.patch(city, json!({ "search": true })).await.ok();
    admin
        .patch(
            "/api/v1/dictionary/objects/product",
            json!({ "search": true }),
        )
        .await
        .ok();
    while drain(&app.db).await.unwrap() > 0 {}
    assert_eq!(titles(&admin, "spring").await.len(), 2);
    // A field that is added is searched like any other.
    let label = json!({ "en": "Motto", "zh": "口号" });
    admin
        .post(
            "/api/v1/dictionary/objects/customer/fields",
            json!({ "name": "motto", "label": label, "type": "text" }),
        )
        .await
        .ok();
    customer(&admin, "C2", "Beta", json!({ "x_motto": "一帆风顺" })).await;
    assert_eq!(titles(&admin, "yffs").await, ["Beta"]);
}

#[tokio::test]
async fn imported_records_are_found_when_the_index_has_caught_up() {
    let app = TestApp::start().await;
    let admin = app.person("root", "admin").await;
    let csv = "code,name\nC1,苏州海棠\nC2,Acme\n";
    Importer::new(app.db.clone())
        .run(
            &Principal::system(),
            ImportRequest::new("customer", csv.as_bytes()),
        )
        .await
        .unwrap();
    while drain(&app.db).await.unwrap() > 0 {}
    assert_eq!(titles(&admin, "szht").await, ["苏州海棠"]);
}
