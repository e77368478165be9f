//! Every type of field through the API: taken, refused, normalised, computed, given back.

use reqwest::{Method, header};
use serde_json::{Value, json};

use crate::app::{Answer, Person, TestApp, read};

fn label(text: &str) -> Value {
    json!({ "en": text, "zh": text })
}

async fn field(by: &Person, object: &str, mut definition: Value) {
    definition["label"] = label("F");
    by.post(
        &format!("/api/v1/dictionary/objects/{object}/fields"),
        definition,
    )
    .await
    .ok();
}

async fn customer(by: &Person, code: &str, fields: Value) -> Answer {
    let mut input = json!({ "code": code, "name": code, "kind": "organisation" });
    for (key, value) in fields.as_object().unwrap() {
        input[key] = value.clone();
    }
    by.post("/api/v1/customers", input).await
}

#[tokio::test]
async fn values_are_checked_and_normalised() {
    let app = TestApp::start().await;
    let admin = app.person("root", "admin").await;
    for (name, kind) in [
        ("story", "long_text"),
        ("page", "rich_text"),
        ("share", "percent"),
        ("talk", "duration"),
        ("mail", "email"),
        ("call", "phone"),
        ("site", "url"),
        ("home", "address"),
        ("spot", "geo_point"),
        ("extra", "json"),
    ] {
        field(&admin, "customer", json!({ "name": name, "type": kind })).await;
    }
    let hobbies = json!([{ "value": "go", "en": "Go", "zh": "围棋" }, { "value": "tea", "en": "Tea", "zh": "茶" }]);
    field(
        &admin,
        "customer",
        json!({ "name": "hobby", "type": "multi_choice", "options": hobbies }),
    )
    .await;

    let input = json!({
        "x_story": "two\nlines", "x_page": "<p onclick=x>Hi<script>alert(1)</script> <a href='javascript:x'>you</a>",
        "x_share": "12.5", "x_talk": "PT1H30M", "x_mail": "Li@EXAMPLE.com", "x_call": "＋86 21 1234",
        "x_site": "https://a.cn/x", "x_home": { "province": "江苏省", "city": "苏州市", "street": "星湖街" },
        "x_spot": { "lat": 31.3, "lon": 120.6 }, "x_extra": { "a": [1, null] }, "x_hobby": ["tea", "go"],
    });
    let made = customer(&admin, "C1", input).await.ok().body;
    for (key, value) in [
        ("x_story", json!("two\nlines")),
        ("x_page", json!("<p>Hi you</p>")),
        ("x_share", json!("12.5000")),
        ("x_talk", json!(5400)),
        ("x_mail", json!("Li@example.com")),
        ("x_call", json!("+86 21 1234")),
        ("x_extra", json!({ "a": [1, null] })),
        ("x_hobby", json!(["tea", "go"])),
        (
            "x_spot",
            json!({ "line": "31.3, 120.6", "lat": "31.3", "lon": "120.6" }),
        ),
    ] {
        assert_eq!(made[key], value, "{key}");
    }
    assert_eq!(made["x_home"]["line"], "江苏省苏州市星湖街");
    // What was read may be sent back; parts can be filtered, sorted and listed.
    let path = format!("/api/v1/customers/{}", made["id"]);
    let again = admin
        .patch(
            &path,
            json!({ "x_home": made["x_home"], "x_spot": made["x_spot"], "x_talk": made["x_talk"] }),
        )
        .await
        .ok();
    assert_eq!(
        (&again.body["x_home"], &again.body["x_spot"]),
        (&made["x_home"], &made["x_spot"])
    );
    customer(&admin, "C2", json!({ "x_home": "Main Street 1" }))
        .await
        .ok();
    let filter = r#"{"all":[{"field":"x_home_city","op":"eq","value":"苏州市"},{"field":"x_spot_lat","op":"gt","value":31}]}"#;
    let found = admin
        .get(&format!(
            "/api/v1/customers?fields=code,x_home_city&sort=x_home_city&filter={filter}"
        ))
        .await
        .ok();
    assert_eq!(
        found.body["items"],
        json!([{ "id": made["id"], "version": again.body["version"], "code": "C1", "x_home_city": "苏州市" }])
    );

    for (key, value) in [
        ("x_share", json!("a lot")),
        ("x_share", json!("1.23456")),
        ("x_talk", json!("1:60")),
        ("x_mail", json!("nobody")),
        ("x_call", json!("call me")),
        ("x_site", json!("javascript:alert(1)")),
        ("x_home", json!({ "planet": "Mars" })),
        ("x_spot", json!({ "lat": 91, "lon": 0 })),
        ("x_hobby", json!(["chess"])),
        ("x_story", json!(7)),
    ] {
        let refused = admin
            .patch(&path, json!({ key: value }))
            .await
            .refused(422, "validation");
        assert_eq!(refused.body["errors"][0]["field"], key);
    }
}

#[tokio::test]
async fn formulas_and_roll_ups_follow_their_rows() {
    let app = TestApp::start().await;
    let admin = app.person("root", "admin").await;
    let old = customer(&admin, "OLD", json!({ "city": "苏州" }))
        .await
        .ok()
        .body;
    let order = |customer: &Value, amount: &str, status: &str| json!({ "customer_id": customer, "ordered_on": "2026-11-01", "amount": amount, "status": status });
    let first = admin
        .post("/api/v1/orders", order(&old["id"], "100", "confirmed"))
        .await
        .ok()
        .body;
    field(&admin, "customer", json!({ "name": "orders", "type": "integer", "roll_up": { "object": "order", "field": "customer", "function": "count" } })).await;
    field(&admin, "customer", json!({ "name": "spent", "type": "decimal", "roll_up": { "object": "order", "field": "customer", "function": "sum", "of": "amount_base",
        "when": { "field": "status", "op": "ne", "value": "cancelled" } } })).await;
    field(&admin, "customer", json!({ "name": "class", "type": "text", "formula": "if(x_spent >= 150, 'big', 'small') & '-' & city" })).await;
    field(
        &admin,
        "customer",
        json!({ "name": "mean", "type": "decimal", "formula": "round(x_spent / x_orders, 2)" }),
    )
    .await;
    let path = format!("/api/v1/customers/{}", old["id"]);
    let shown = |answer: &Answer| {
        let value = |key: &str| answer.body[key].clone();
        json!([
            value("x_orders"),
            value("x_spent"),
            value("x_class"),
            value("x_mean")
        ])
    };
    // Rows from before are computed too, without becoming another version.
    let before = admin.get(&path).await.ok();
    assert_eq!(shown(&before), json!([1, "100.00", "small-苏州", "100.00"]));
    assert_eq!(before.body["version"], old["version"]);

    let second = admin
        .post("/api/v1/orders", order(&old["id"], "60", "confirmed"))
        .await
        .ok()
        .body;
    assert_eq!(
        shown(&admin.get(&path).await.ok()),
        json!([2, "160.00", "big-苏州", "80.00"])
    );
    admin
        .patch(
            &format!("/api/v1/orders/{}", second["id"]),
            json!({ "status": "cancelled" }),
        )
        .await
        .ok();
    assert_eq!(
        shown(&admin.get(&path).await.ok()),
        json!([2, "100.00", "small-苏州", "50.00"])
    );
    let other = customer(&admin, "NEW", json!({})).await.ok().body;
    assert_eq!(
        shown(
            &admin
                .get(&format!("/api/v1/customers/{}", other["id"]))
                .await
                .ok()
        ),
        json!([null, null, "small-", null])
    );
    admin
        .patch(
            &format!("/api/v1/orders/{}", first["id"]),
            json!({ "customer_id": other["id"] }),
        )
        .await
        .ok();
    assert_eq!(
        shown(&admin.get(&path).await.ok()),
        json!([1, "0.00", "small-苏州", "0.00"])
    );
    let moved = admin
        .get(&format!("/api/v1/customers/{}", other["id"]))
        .await
        .ok();
    assert_eq!(shown(&moved), json!([1, "100.00", "small-", "100.00"]));
    admin
        .delete(&format!("/api/v1/orders/{}", first["id"]))
        .await
        .ok();
    let emptied = admin
        .get(&format!("/api/v1/customers/{}", other["id"]))
        .await
        .ok();
    assert_eq!(shown(&emptied), json!([0, "0.00", "small-", null]));
    // The last edit was the customer's own making; what was computed since is nobody's change.
    let trail = admin
        .get(&format!("/api/v1/customers/{}/audit", other["id"]))
        .await
        .ok();
    assert_eq!(trail.body["items"].as_array().unwrap().len(), 1);

    admin
        .patch(&path, json!({ "x_spent": "1" }))
        .await
        .refused(422, "validation");
    admin
        .patch(
            "/api/v1/dictionary/objects/customer/fields/x_class",
            json!({ "formula": "upper(city) & '!'" }),
        )
        .await
        .ok();
    assert_eq!(admin.get(&path).await.ok().body["x_class"], "苏州!");
    for wrong in [
        json!({ "name": "w", "type": "decimal", "formula": "city * 2" }),
        json!({ "name": "w", "type": "decimal", "formula": "x_w + 1" }),
        json!({ "name": "w", "type": "date", "formula": "1 + 1" }),
        json!({ "name": "w", "type": "decimal", "formula": "pg_sleep(10)" }),
        json!({ "name": "w", "type": "decimal", "formula": "1", "required": true }),
        json!({ "name": "w", "type": "decimal", "roll_up": { "object": "order", "field": "owner", "function": "count" } }),
        json!({ "name": "w", "type": "decimal", "roll_up": { "object": "order", "field": "customer", "function": "sum", "of": "status" } }),
        json!({ "name": "w", "type": "decimal", "roll_up": { "object": "order", "field": "customer", "function": "count",
            "when": { "field": "customer.city", "op": "eq", "value": "x" } } }),
    ] {
        let mut definition = wrong.clone();
        definition["label"] = label("W");
        let refused = admin
            .post("/api/v1/dictionary/objects/customer/fields", definition)
            .await;
        assert_eq!(refused.status, 422, "{wrong}: {}", refused.body);
    }
    // A circle of formulas.
    field(
        &admin,
        "customer",
        json!({ "name": "one", "type": "decimal", "formula": "1" }),
    )
    .await;
    field(
        &admin,
        "customer",
        json!({ "name": "two", "type": "decimal", "formula": "x_one + 1" }),
    )
    .await;
    admin
        .patch(
            "/api/v1/dictionary/objects/customer/fields/x_one",
            json!({ "formula": "x_two + 1" }),
        )
        .await
        .refused(422, "validation");
    assert!(app.db.migration_plan().await.unwrap().is_empty());
}

#[tokio::test]
async fn attachments_are_streamed_checked_and_never_pages_of_ours() {
    let app = TestApp::start().await;
    let (li, wang, analyst) = (
        app.person("li", "sales").await,
        app.person("wang", "sales").await,
        app.person("ana", "analyst").await,
    );
    let id = customer(&li, "C1", json!({})).await.ok().body["id"].clone();
    let files = format!("/api/v1/customers/{id}/files");
    let upload = async |by: &Person, name: &str, bytes: Vec<u8>| {
        let request = by.request(Method::POST, &format!("{files}?name={name}"));
        read(
            request
                .header(header::CONTENT_TYPE, "application/octet-stream")
                .body(bytes),
        )
        .await
    };
    // Larger than any JSON body may be.
    let mut pdf = b"%PDF-1.7\n".to_vec();
    pdf.resize(5 << 20, 7);
    let made = upload(&li, "合同 1.pdf", pdf.clone()).await.ok();
    assert_eq!(
        (
            made.status.as_u16(),
            &made.body["name"],
            &made.body["media_type"],
            &made.body["bytes"]
        ),
        (
            201,
            &json!("合同 1.pdf"),
            &json!("application/pdf"),
            &json!(5 << 20)
        )
    );
    for (name, bytes) in [
        ("a.pdf", b"<html>".to_vec()),
        ("a.html", b"<script>alert(1)</script>".to_vec()),
        ("a.txt", b"MZ program".to_vec()),
        ("a.txt", Vec::new()),
        ("..", b"x".to_vec()),
    ] {
        upload(&li, name, bytes).await.refused(422, "validation");
    }
    upload(&wang, "a.txt", b"x".to_vec())
        .await
        .refused(404, "not_found");
    upload(&analyst, "a.txt", b"x".to_vec())
        .await
        .refused(403, "forbidden");

    let one = format!("{files}/{}", made.body["id"]);
    let got = analyst
        .request(Method::GET, &format!("{one}?inline=true"))
        .send()
        .await
        .unwrap();
    let told = |name: &str| got.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(told("content-type"), "application/pdf");
    assert_eq!(
        told("content-disposition"),
        "attachment; filename*=UTF-8''%E5%90%88%E5%90%8C%201.pdf"
    );
    assert!(told("content-security-policy").contains("sandbox"));
    assert_eq!(told("x-content-type-options"), "nosniff");
    assert_eq!(got.bytes().await.unwrap(), pdf);
    wang.get(&one).await.refused(404, "not_found");
    wang.get(&files).await.refused(404, "not_found");
    assert_eq!(
        li.get(&files).await.ok().body["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );

    // Fields hold attachments of the record itself.
    let admin = app.person("root", "admin").await;
    field(
        &admin,
        "customer",
        json!({ "name": "logo", "type": "image" }),
    )
    .await;
    field(
        &admin,
        "customer",
        json!({ "name": "contract", "type": "file" }),
    )
    .await;
    let path = format!("/api/v1/customers/{id}");
    let picture = upload(&li, "logo.png", b"\x89PNG\r\n\x1a\n....".to_vec())
        .await
        .ok()
        .body["id"]
        .clone();
    li.patch(
        &path,
        json!({ "x_logo": picture, "x_contract": made.body["id"] }),
    )
    .await
    .ok();
    for (key, value) in [("x_logo", &made.body["id"]), ("x_logo", &json!(999_999))] {
        li.patch(&path, json!({ key: value }))
            .await
            .refused(422, "validation");
    }
    let second = customer(&li, "C2", json!({})).await.ok().body["id"].clone();
    li.patch(
        &format!("/api/v1/customers/{second}"),
        json!({ "x_logo": picture }),
    )
    .await
    .refused(422, "validation");
    let shown = li
        .request(Method::GET, &format!("{files}/{picture}?inline=true"))
        .send()
        .await
        .unwrap();
    assert!(
        shown.headers()["content-disposition"]
            .to_str()
            .unwrap()
            .starts_with("inline")
    );

    analyst.delete(&one).await.refused(403, "forbidden");
    li.delete(&one).await.ok();
    li.get(&one).await.refused(404, "not_found");
    let left: i64 = sqlx::query_scalar("select count(*) from sys.file_garbage where ready")
        .fetch_one(app.db.pool())
        .await
        .unwrap();
    assert_eq!(left, 0, "the bytes are gone too");
}
