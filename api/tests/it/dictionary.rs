//! Objects, fields and options that administrators define at run time are real at once.

use serde_json::{Value, json};

use crate::app::{Answer, Person, TestApp};

fn label(text: &str) -> Value {
    json!({ "en": text, "zh": format!("{text}（中）") })
}

fn customer(code: &str) -> Value {
    json!({ "code": code, "name": format!("Customer {code}"), "kind": "organisation" })
}

async fn add_field(by: &Person, object: &str, definition: Value) -> Answer {
    by.post(
        &format!("/api/v1/dictionary/objects/{object}/fields"),
        definition,
    )
    .await
}

async fn columns(app: &TestApp, table: &str) -> Vec<String> {
    sqlx::query_scalar(
        "select column_name::text from information_schema.columns where table_schema = 'crm' and table_name = $1",
    )
    .bind(table)
    .fetch_all(app.db.pool())
    .await
    .unwrap()
}

fn field<'a>(meta: &'a Answer, object: &str, field: &str) -> &'a Value {
    let objects = meta.body["objects"].as_array().unwrap();
    let object = objects.iter().find(|o| o["name"] == object).unwrap();
    let fields = object["fields"].as_array().unwrap();
    fields.iter().find(|f| f["name"] == field).unwrap()
}

#[tokio::test]
async fn an_added_field_works_everywhere_at_once() {
    let app = TestApp::start().await;
    let (admin, li) = (
        app.person("root", "admin").await,
        app.person("li", "sales").await,
    );
    let old = li.post("/api/v1/customers", customer("OLD")).await.ok();
    let added = add_field(
        &admin,
        "customer",
        json!({ "name": "staff", "label": label("Staff"), "type": "integer", "check": { "field": "x_staff", "op": "ge", "value": 0 } }),
    )
    .await
    .ok();
    assert_eq!(
        (added.status.as_u16(), &added.body["name"]),
        (201, &json!("x_staff"))
    );
    assert!(added.headers["basalt-lsn"].to_str().unwrap().contains('/'));
    for definition in [
        json!({ "name": "founded", "label": label("Founded"), "type": "date" }),
        json!({ "name": "motto", "label": label("Motto"), "type": "text", "max": 40, "required": true, "default": "none" }),
        json!({ "name": "tier", "label": label("Tier"), "type": "choice", "options": [
            { "value": "gold", "label": label("Gold"), "color": "gold" }, { "value": "tin", "label": label("Tin") }] }),
        json!({ "name": "mentor", "label": label("Mentor"), "type": "reference", "reference": "customer" }),
        json!({ "name": "fee", "label": label("Fee"), "type": "money" }),
    ] {
        add_field(&admin, "customer", definition).await.ok();
    }

    // The next call of somebody else has them: written, read, checked, filtered, sorted, audited.
    let mut input = customer("NEW");
    for (key, value) in [
        ("x_staff", json!(12)),
        ("x_founded", json!("2001-02-03")),
        ("x_tier", json!("gold")),
        ("x_mentor_id", old.body["id"].clone()),
        ("x_fee", json!("9.50")),
    ] {
        input[key] = value;
    }
    let made = li.post("/api/v1/customers", input).await.ok().body;
    assert_eq!(
        (
            &made["x_staff"],
            &made["x_motto"],
            &made["x_fee"]["amount"],
            &made["x_mentor"]["title"]
        ),
        (
            &json!(12),
            &json!("none"),
            &json!("9.50"),
            &json!("Customer OLD")
        )
    );
    let path = format!("/api/v1/customers/{}", made["id"]);
    li.patch(&path, json!({ "x_staff": -1 }))
        .await
        .refused(422, "validation");
    li.patch(&path, json!({ "x_motto": null }))
        .await
        .refused(422, "validation");
    li.patch(&path, json!({ "x_tier": "brass" }))
        .await
        .refused(422, "validation");
    li.patch(&path, json!({ "x_staff": 13 })).await.ok();
    let trail = li.get(&format!("{path}/audit")).await.ok();
    assert_eq!(
        trail.body["items"][0]["changes"][0],
        json!({ "field": "x_staff", "column": "x_staff", "old": 12, "new": 13 })
    );
    let filter = r#"{"all":[{"field":"x_staff","op":"gt","value":12},{"field":"x_mentor.code","op":"eq","value":"OLD"}]}"#;
    let found = li
        .get(&format!(
            "/api/v1/customers?fields=code,x_staff,x_mentor.code&filter={filter}"
        ))
        .await
        .ok();
    assert_eq!(found.body["items"].as_array().unwrap().len(), 1);
    assert_eq!(found.body["items"][0]["x_mentor"]["code"], "OLD");
    // Rows from before are empty, and empty values come last though the field is required now.
    let sorted = li
        .get("/api/v1/customers?sort=x_motto&page[size]=1")
        .await
        .ok();
    assert_eq!(sorted.body["items"][0]["id"], made["id"]);
    let next = sorted.body["next"].as_str().unwrap();
    let rest = li
        .get(&format!(
            "/api/v1/customers?sort=x_motto&page[size]=1&page[after]={next}"
        ))
        .await
        .ok();
    assert_eq!(rest.body["items"][0]["id"], old.body["id"]);
    li.patch(
        &format!("/api/v1/customers/{}", old.body["id"]),
        json!({ "city": "苏州" }),
    )
    .await
    .ok();

    let document = li.get("/api/v1/openapi.json").await.ok();
    let properties = &document.body["components"]["schemas"]["CustomerCreate"]["properties"];
    assert_eq!(properties["x_staff"]["type"], json!(["integer", "null"]));
    let meta = li.get("/api/v1/meta").await.ok();
    let tier = field(&meta, "customer", "x_tier");
    assert_eq!(
        (&tier["custom"], &tier["options"][0]["label"]["zh"]),
        (&json!(true), &json!("Gold（中）"))
    );
    let listed = admin.get("/api/v1/dictionary").await.ok();
    assert_eq!(listed.body["items"].as_array().unwrap().len(), 6);
}

#[tokio::test]
async fn an_added_object_has_records_rights_and_numbers() {
    let app = TestApp::start().await;
    let (admin, li) = (
        app.person("root", "admin").await,
        app.person("li", "sales").await,
    );
    let machine = json!({
        "name": "machine", "label": label("Machine"), "label_plural": label("Machines"), "number": "M{seq:4}",
        "list": ["number", "name", "x_site.region"],
        "fields": [
            { "name": "site", "label": label("Site"), "type": "reference", "reference": "customer", "required": true },
            { "name": "serial", "label": label("Serial"), "type": "text", "unique": true },
        ],
    });
    let planned = admin
        .post("/api/v1/dictionary/objects?dry_run=true", machine.clone())
        .await
        .ok();
    assert_eq!(planned.body["dry_run"], true);
    assert!(
        planned.body["steps"]
            .as_array()
            .unwrap()
            .iter()
            .any(|s| s == "create table crm.x_machine")
    );
    assert!(
        columns(&app, "x_machine").await.is_empty(),
        "a trial leaves nothing"
    );
    admin
        .get("/api/v1/x_machines")
        .await
        .refused(404, "not_found");

    admin
        .post("/api/v1/dictionary/objects", machine.clone())
        .await
        .ok();
    admin
        .post("/api/v1/dictionary/objects", machine)
        .await
        .refused(422, "validation");
    let site = admin
        .post("/api/v1/customers", customer("C1"))
        .await
        .ok()
        .body["id"]
        .clone();
    let made = admin
        .post(
            "/api/v1/x_machines",
            json!({ "name": "Press", "x_site_id": site, "x_serial": "S-1" }),
        )
        .await
        .ok();
    assert_eq!(made.body["number"], "M0001");
    admin
        .post(
            "/api/v1/x_machines",
            json!({ "name": "Lathe", "x_site_id": site, "x_serial": "S-1" }),
        )
        .await
        .refused(422, "validation");
    let listed = admin.get("/api/v1/x_machines").await.ok();
    assert_eq!(listed.body["items"][0]["x_site"]["title"], "Customer C1");
    // Nobody else may touch it until a profile says so.
    li.get("/api/v1/x_machines").await.refused(403, "forbidden");
    sqlx::query(r#"update sys.profile set rights = jsonb_set(rights, '{objects,x_machine}', '{"create":true,"read":true,"rows":"own"}') where name = 'sales'"#)
        .execute(app.db.pool())
        .await
        .unwrap();
    assert_eq!(
        li.get("/api/v1/x_machines").await.ok().body["items"],
        json!([]),
        "another's machine"
    );
    let change = json!({ "label": label("Device"), "number": "D-{seq:5}" });
    admin
        .patch("/api/v1/dictionary/objects/x_machine", change)
        .await
        .ok();
    let next = admin
        .post(
            "/api/v1/x_machines",
            json!({ "name": "Lathe", "x_site_id": site }),
        )
        .await
        .ok();
    assert_eq!(
        next.body["number"], "D-00003",
        "a number is never given twice"
    );
}

#[tokio::test]
async fn a_refused_definition_leaves_nothing_behind() {
    let app = TestApp::start().await;
    let (admin, li) = (
        app.person("root", "admin").await,
        app.person("li", "sales").await,
    );
    let before = columns(&app, "customer").await;
    let fine = || json!({ "name": "size", "label": label("Size"), "type": "integer" });
    add_field(&li, "customer", fine())
        .await
        .refused(403, "forbidden");
    li.get("/api/v1/dictionary").await.refused(403, "forbidden");
    add_field(&admin, "nothing", fine())
        .await
        .refused(404, "not_found");
    for (key, value) in [
        ("name", json!("Size")),
        ("name", json!("select")),
        ("name", json!("x_")),
        ("name", json!("a".repeat(60))),
        ("name", json!("a\"; drop table crm.customer; --")),
        ("name", json!("region")),
        ("name", json!("owner_id")),
        ("label", json!({ "en": "Size" })),
        ("type", json!("varchar")),
        ("type", json!("choice")),
        ("option_set", json!("region")),
        ("reference", json!("customer")),
        (
            "check",
            json!({ "field": "x_nothing", "op": "eq", "value": 1 }),
        ),
        ("default", json!("many")),
        ("group", json!("nowhere")),
        ("colour", json!("red")),
    ] {
        let mut definition = fine();
        definition[key] = value.clone();
        let refused = add_field(&admin, "customer", definition).await;
        assert_eq!(refused.status, 422, "{key} = {value}: {}", refused.body);
        assert!(
            !refused.body.to_string().contains("crm."),
            "{}",
            refused.body
        );
    }
    let industries = json!({ "name": "industries", "label": label("Industries"), "type": "multi_choice", "option_set": "industry" });
    add_field(&admin, "customer", industries)
        .await
        .refused(422, "validation");
    assert_eq!(columns(&app, "customer").await, before);
    assert_eq!(
        admin.get("/api/v1/dictionary").await.ok().body["items"],
        json!([])
    );
    assert!(app.db.migration_plan().await.unwrap().is_empty());

    // What exists can't be narrowed nor turned into something else.
    let amount = json!({ "name": "quota", "label": label("Quota"), "type": "decimal", "precision": 10, "scale": 2 });
    add_field(&admin, "customer", amount).await.ok();
    let path = "/api/v1/dictionary/objects/customer/fields/x_quota";
    for patch in [
        json!({ "type": "text" }),
        json!({ "name": "other" }),
        json!({ "scale": 0 }),
        json!({ "precision": 6 }),
        json!({ "unique": true }),
    ] {
        admin.patch(path, patch).await.refused(422, "validation");
    }
    admin
        .patch(
            path,
            json!({ "precision": 14, "scale": 4, "label": label("Aim") }),
        )
        .await
        .ok();
    let made = admin.post("/api/v1/customers", {
        let mut input = customer("C1");
        input["x_quota"] = json!("1234567890.1234");
        input
    });
    assert_eq!(made.await.ok().body["x_quota"], "1234567890.1234");
}

#[tokio::test]
async fn options_are_shared_ordered_and_switched_off() {
    let app = TestApp::start().await;
    let (admin, li) = (
        app.person("root", "admin").await,
        app.person("li", "sales").await,
    );
    let colours = json!({ "name": "colour", "label": label("Colour"), "options": [
        { "value": "red", "label": label("Red") }, { "value": "blue", "label": label("Blue") }] });
    admin
        .post("/api/v1/dictionary/option_sets", colours)
        .await
        .ok();
    for object in ["customer", "contact"] {
        let field = json!({ "name": "paint", "label": label("Paint"), "type": "choice", "option_set": "x_colour" });
        add_field(&admin, object, field).await.ok();
    }
    let several = json!({ "name": "paints", "label": label("Paints"), "type": "multi_choice", "option_set": "x_colour" });
    add_field(&admin, "customer", several).await.ok();
    let mut input = customer("C1");
    input["x_paint"] = json!("red");
    input["x_paints"] = json!(["red", "blue"]);
    let made = li.post("/api/v1/customers", input.clone()).await.ok().body;

    let set = "/api/v1/dictionary/option_sets/x_colour";
    let fewer = json!({ "options": [{ "value": "blue", "label": label("Blue") }] });
    admin.patch(set, fewer).await.refused(422, "validation");
    let changed = json!({ "options": [
        { "value": "green", "label": label("Green") },
        { "value": "blue", "label": label("Sky") },
        { "value": "red", "label": label("Red"), "active": false }] });
    admin.patch(set, changed).await.ok();
    let meta = li.get("/api/v1/meta").await.ok();
    for object in ["customer", "contact"] {
        let options = field(&meta, object, "x_paint")["options"]
            .as_array()
            .unwrap();
        let shown: Vec<(&str, bool)> = options
            .iter()
            .map(|o| {
                (
                    o["label"]["en"].as_str().unwrap(),
                    o["active"].as_bool().unwrap(),
                )
            })
            .collect();
        assert_eq!(shown, [("Green", true), ("Sky", true), ("Red", false)]);
    }
    // What is stored stays and can be found; it isn't given anew.
    let path = format!("/api/v1/customers/{}", made["id"]);
    assert_eq!(li.get(&path).await.ok().body["x_paint"], "red");
    let filter = r#"{"field":"x_paint","op":"eq","value":"red"}"#;
    let found = li
        .get(&format!("/api/v1/customers?filter={filter}"))
        .await
        .ok();
    assert_eq!(found.body["items"].as_array().unwrap().len(), 1);
    input["code"] = json!("C2");
    let refused = li
        .post("/api/v1/customers", input)
        .await
        .refused(422, "validation");
    assert_eq!(refused.body["errors"][0]["code"], "inactive");
    li.patch(&path, json!({ "x_paint": "green" })).await.ok();

    // Standard lists too, and standard labels.
    let regions = li.get("/api/v1/meta").await.ok().body["option_sets"].clone();
    let region = regions
        .as_array()
        .unwrap()
        .iter()
        .find(|s| s["name"] == "region")
        .unwrap();
    let mut options = region["options"].as_array().unwrap().clone();
    options.push(json!({ "value": "northwest", "label": label("Northwest") }));
    admin
        .patch(
            "/api/v1/dictionary/option_sets/region",
            json!({ "options": options }),
        )
        .await
        .ok();
    li.patch(&path, json!({ "region": "northwest" })).await.ok();
    admin
        .patch(
            "/api/v1/dictionary/objects/customer",
            json!({ "label": { "en": "Account", "zh": "账户" } }),
        )
        .await
        .ok();
    admin
        .patch(
            "/api/v1/dictionary/objects/customer/fields/city",
            json!({ "label": { "en": "Town", "zh": "城镇" }, "required": true }),
        )
        .await
        .ok();
    let meta = li.get("/api/v1/meta").await.ok();
    assert_eq!(field(&meta, "customer", "city")["label"]["en"], "Town");
    let refused = li
        .post("/api/v1/customers", customer("C3"))
        .await
        .refused(422, "validation");
    assert_eq!(refused.body["errors"][0]["field"], "city");
}
