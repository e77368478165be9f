//! Access as administrators set it and as those concerned meet it, over HTTP.

use proves::proves;
use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{Answer, Person, TestApp, read};

struct Company {
    app: TestApp,
    admin: Person,
}

impl Company {
    async fn new() -> Self {
        let app = TestApp::start().await;
        let admin = app.person("root", "admin").await;
        Self { app, admin }
    }

    async fn put(&self, path: &str, body: Value) -> Answer {
        read(self.admin.request(Method::PUT, path).json(&body)).await
    }

    async fn make(&self, resource: &str, body: Value) -> i64 {
        let made = self
            .admin
            .post(&format!("/api/v1/{resource}"), body)
            .await
            .ok();
        made.body["id"].as_i64().unwrap()
    }

    async fn customer(&self, code: &str, owner: i64, more: Value) -> i64 {
        let mut body = json!({ "code": code, "name": code, "owner_id": owner });
        for (key, value) in more.as_object().unwrap() {
            body[key] = value.clone();
        }
        self.make("customers", body).await
    }

    async fn set_user(&self, who: &Person, patch: Value) {
        self.admin
            .patch(&format!("/api/v1/users/{}", who.id), patch)
            .await
            .ok();
    }
}

async fn count(who: &Person, resource: &str) -> usize {
    let page = who
        .get(&format!("/api/v1/{resource}?page[size]=500"))
        .await
        .ok();
    page.body["items"].as_array().unwrap().len()
}

fn label(name: &str) -> Value {
    json!({ "en": name, "zh": name })
}

#[tokio::test]
#[proves("ACCS-01")]
async fn enterprise_organisation_and_single_customer() {
    let c = Company::new().await;
    let (head, east, west) = (
        c.make("departments", json!({ "code": "H", "name": "Head" }))
            .await,
        c.make("departments", json!({ "code": "E", "name": "East" }))
            .await,
        c.make("departments", json!({ "code": "W", "name": "West" }))
            .await,
    );
    let li = c.app.person("li", "sales").await;
    let colleague = c.app.person("wang", "sales").await;
    let stranger = c.app.person("zhao", "sales").await;
    c.set_user(&li, json!({ "department_id": east })).await;
    c.set_user(&colleague, json!({ "department_id": east }))
        .await;
    c.set_user(&stranger, json!({ "department_id": west }))
        .await;
    c.customer("E1", colleague.id, json!({})).await;
    c.customer("E2", colleague.id, json!({})).await;
    let named = c.customer("W1", stranger.id, json!({})).await;
    c.customer("H1", c.admin.id, json!({ "department_id": head }))
        .await;
    c.set_user(&li, json!({ "role": "administrator" })).await;
    assert_eq!(count(&li, "customers").await, 4);
    c.set_user(&li, json!({ "role": "manager" })).await;
    assert_eq!(count(&li, "customers").await, 2);
    c.set_user(&li, json!({ "role": "ordinary_user" })).await;
    assert_eq!(count(&li, "customers").await, 0);
    let share = json!({ "grantee": format!("user:{}", li.id), "access": "read" });
    let shared = c
        .admin
        .post(&format!("/api/v1/customers/{named}/shares"), share)
        .await
        .ok();
    assert_eq!(shared.status, 201);
    assert!(shared.headers.contains_key("basalt-lsn"));
    let page = li.get("/api/v1/customers").await.ok();
    assert_eq!(page.body["items"].as_array().unwrap().len(), 1);
    assert_eq!(page.body["items"][0]["id"], named);
    // Readable, not to be changed; the others are not there.
    li.patch(
        &format!("/api/v1/customers/{named}"),
        json!({ "city": "X" }),
    )
    .await
    .refused(403, "forbidden");
    li.get(&format!("/api/v1/customers/{}", named + 1))
        .await
        .refused(404, "not_found");
    let listed = li
        .get(&format!("/api/v1/customers/{named}/shares"))
        .await
        .ok();
    let id = &listed.body["items"][0]["id"];
    li.delete(&format!("/api/v1/customers/{named}/shares/{id}"))
        .await
        .refused(403, "forbidden");
    c.admin
        .delete(&format!("/api/v1/customers/{named}/shares/{id}"))
        .await
        .ok();
    assert_eq!(count(&li, "customers").await, 0);
}

#[tokio::test]
#[proves("ACCS-05")]
async fn a_dimension_leaves_forty_of_a_hundred() {
    let c = Company::new().await;
    let east = c
        .make("departments", json!({ "code": "E", "name": "East" }))
        .await;
    let li = c.app.person("li", "sales").await;
    let colleague = c.app.person("wang", "sales").await;
    for person in [&li, &colleague] {
        c.set_user(person, json!({ "department_id": east, "role": "manager" }))
            .await;
    }
    for n in 0..100 {
        let region = if n < 40 { "east" } else { "north" };
        c.customer(&format!("C{n}"), colleague.id, json!({ "region": region }))
            .await;
    }
    assert_eq!(count(&li, "customers").await, 100);
    let body = json!({
        "name": "region", "label": label("region"), "fields": { "customer": "region" },
        "bound": { format!("user:{}", li.id): ["east"] },
    });
    let made = c.admin.post("/api/v1/access/dimensions", body).await.ok();
    assert_eq!(count(&li, "customers").await, 40);
    assert_eq!(count(&colleague, "customers").await, 100, "who isn't bound");
    let told = c
        .admin
        .get(&format!("/api/v1/access/users/{}/rights", li.id))
        .await
        .ok();
    assert_eq!(
        told.body["limits"],
        json!([{ "dimension": "region", "values": ["east"] }])
    );
    c.admin
        .delete(&format!("/api/v1/access/dimensions/{}", made.body["id"]))
        .await
        .ok();
    assert_eq!(count(&li, "customers").await, 100);
    let wrong = json!({ "name": "x", "label": label("x"), "fields": { "customer": "nothing" } });
    c.admin
        .post("/api/v1/access/dimensions", wrong)
        .await
        .refused(422, "validation");
}

#[tokio::test]
#[proves("ACCS-13")]
async fn public_groups_nest_without_circles() {
    let c = Company::new().await;
    let inside = c
        .make("departments", json!({ "code": "I", "name": "Inside" }))
        .await;
    let outside = c
        .make(
            "departments",
            json!({ "code": "O", "name": "Partner", "external": true }),
        )
        .await;
    let li = c.app.person("li", "sales").await;
    let partner = c.app.person("partner", "sales").await;
    let member = c.app.person("member", "sales").await;
    c.set_user(&member, json!({ "department_id": inside }))
        .await;
    c.set_user(
        &partner,
        json!({ "department_id": outside, "external": true }),
    )
    .await;
    let group = async |name: &str, members: Value| {
        let body = json!({ "name": name, "label": label(name), "members": members });
        let made = c.admin.post("/api/v1/access/groups", body).await.ok();
        made.body["id"].as_i64().unwrap()
    };
    // Users and departments of both kinds, and a group; some of them twice.
    let user = format!("user:{}", li.id);
    let (inner_places, outer_places) = (
        format!("department:{inside}"),
        format!("department:{outside}"),
    );
    let inner = group("inner", json!([user, inner_places])).await;
    let outer = group(
        "outer",
        json!([
            format!("group:{inner}"),
            user,
            outer_places,
            format!("user:{}", partner.id)
        ]),
    )
    .await;
    let listed = c.admin.get("/api/v1/access/groups").await.ok();
    let found = listed.body["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|g| g["id"] == outer)
        .unwrap();
    assert_eq!(found["users"], 3, "each member once");
    let circle =
        json!({ "name": "inner", "label": label("inner"), "members": [format!("group:{outer}")] });
    let refused = c
        .put(&format!("/api/v1/access/groups/{inner}"), circle)
        .await
        .refused(422, "validation");
    assert_eq!(refused.body["errors"][0]["code"], "circle");

    c.customer("C1", c.admin.id, json!({})).await;
    let rule = json!({
        "name": "all to outer", "object": "customer", "condition": { "all": [] },
        "grantee": format!("group:{outer}"), "access": "read",
    });
    c.admin
        .post("/api/v1/access/sharing_rules", rule)
        .await
        .ok();
    for person in [&li, &partner, &member] {
        assert_eq!(count(person, "customers").await, 1);
    }
    // Removed from both, the user is out; the others stay.
    let without = json!({ "name": "inner", "label": label("inner"), "members": [inner_places] });
    c.put(&format!("/api/v1/access/groups/{inner}"), without)
        .await
        .ok();
    assert_eq!(count(&li, "customers").await, 1, "still in the outer one");
    let without = json!({ "name": "outer", "label": label("outer"), "members": [format!("group:{inner}"), outer_places] });
    c.put(&format!("/api/v1/access/groups/{outer}"), without)
        .await
        .ok();
    assert_eq!(count(&li, "customers").await, 0);
    for person in [&partner, &member] {
        assert_eq!(count(person, "customers").await, 1);
    }
}

#[tokio::test]
#[proves("ACCS-14")]
async fn rights_of_a_group_and_the_default_of_a_module() {
    let c = Company::new().await;
    let li = c.app.person("li", "sales").await;
    let outsider = c.app.person("wang", "sales").await;
    let id = c.customer("C1", c.admin.id, json!({})).await;
    // A right that the profile doesn't give reaches the members of the group.
    li.get("/api/v1/campaigns").await.refused(403, "forbidden");
    let body = json!({ "name": "campaigners", "label": label("c"), "members": [format!("user:{}", li.id)] });
    let group = c.admin.post("/api/v1/access/groups", body).await.ok().body["id"].clone();
    let change =
        json!({ "objects": { "campaign": { "actions": { "read": true }, "rows": "all" } } });
    c.put(&format!("/api/v1/access/layers/group:{group}"), change)
        .await
        .ok();
    li.get("/api/v1/campaigns").await.ok();
    outsider
        .get("/api/v1/campaigns")
        .await
        .refused(403, "forbidden");
    // What those who own nothing may do, by the module's default.
    let path = format!("/api/v1/customers/{id}");
    let change = |who: &Person| {
        let request = who
            .request(Method::PATCH, &path)
            .json(&json!({ "city": "X" }));
        async move { read(request).await }
    };
    for (access, reading, writing) in [
        ("private", 404, 404),
        ("read", 200, 403),
        ("write", 200, 200),
        ("private", 404, 404),
    ] {
        c.put(
            "/api/v1/access/defaults/customer",
            json!({ "access": access }),
        )
        .await
        .ok();
        assert_eq!(li.get(&path).await.status, reading, "{access}");
        assert_eq!(change(&li).await.status, writing, "{access}");
        // Deleting is never a matter of the default.
        assert_ne!(li.delete(&path).await.status, 204, "{access}");
    }
    c.put(
        "/api/v1/access/defaults/contact",
        json!({ "access": "read" }),
    )
    .await
    .refused(422, "validation");
}

#[tokio::test]
#[proves("ACCS-15")]
async fn a_module_is_taken_from_a_department_and_given_back_to_one() {
    let c = Company::new().await;
    let east = c
        .make("departments", json!({ "code": "E", "name": "East" }))
        .await;
    let (one, other) = (
        c.app.person("li", "sales").await,
        c.app.person("wang", "sales").await,
    );
    for person in [&one, &other] {
        c.set_user(person, json!({ "department_id": east })).await;
    }
    let in_menu = async |who: &Person| {
        // The screen builds its menu from what the dictionary shows to the caller.
        let meta = who.get("/api/v1/meta").await.ok();
        let session = who.get("/api/v1/session").await.ok();
        let shown = meta.body["objects"]
            .as_array()
            .unwrap()
            .iter()
            .any(|object| object["name"] == "order");
        let readable = session.body["rights"]["objects"]["order"]["read"] == true;
        assert!(shown || !readable);
        shown && readable
    };
    assert!(in_menu(&one).await);
    let off = json!({ "objects": { "order": { "actions": { "read": false } } } });
    c.put(&format!("/api/v1/access/layers/department:{east}"), off)
        .await
        .ok();
    for person in [&one, &other] {
        assert!(!in_menu(person).await);
        person.get("/api/v1/orders").await.refused(403, "forbidden");
    }
    let on = json!({ "objects": { "order": { "actions": { "read": true } } } });
    c.put(&format!("/api/v1/access/layers/user:{}", one.id), on)
        .await
        .ok();
    assert!(in_menu(&one).await);
    one.get("/api/v1/orders").await.ok();
    other.get("/api/v1/orders").await.refused(403, "forbidden");
}

#[tokio::test]
#[proves("ACCS-16")]
async fn rights_say_where_they_come_from() {
    let c = Company::new().await;
    let east = c
        .make("departments", json!({ "code": "E", "name": "East" }))
        .await;
    let li = c.app.person("li", "sales").await;
    c.set_user(&li, json!({ "department_id": east, "role": "manager" }))
        .await;
    let body =
        json!({ "name": "g", "label": label("g"), "members": [format!("department:{east}")] });
    let group = c.admin.post("/api/v1/access/groups", body).await.ok().body["id"].clone();
    let change = |object: &str, action: &str| json!({ "objects": { object: { "actions": { action: true } } } });
    c.put(
        &format!("/api/v1/access/layers/group:{group}"),
        change("customer", "delete"),
    )
    .await
    .ok();
    c.put(
        &format!("/api/v1/access/layers/department:{east}"),
        change("customer", "share"),
    )
    .await
    .ok();
    c.put(
        &format!("/api/v1/access/layers/user:{}", li.id),
        change("customer", "approve"),
    )
    .await
    .ok();
    let rule = json!({
        "name": "level A", "object": "customer", "condition": { "field": "level", "op": "eq", "value": "A" },
        "grantee": format!("group:{group}"), "access": "write",
    });
    let rule = c
        .admin
        .post("/api/v1/access/sharing_rules", rule)
        .await
        .ok()
        .body["id"]
        .clone();
    let told = c
        .admin
        .get(&format!("/api/v1/access/users/{}/rights", li.id))
        .await
        .ok();
    // Every module with every operation and the data range.
    let objects = told.body["objects"].as_array().unwrap();
    assert_eq!(objects.len(), c.app.db.dictionary().objects().len());
    assert!(
        objects
            .iter()
            .all(|object| object["actions"].as_object().unwrap().len() == 8)
    );
    let customer = objects
        .iter()
        .find(|object| object["object"] == "customer")
        .unwrap();
    let from = |action: &str| customer["actions"][action]["from"].clone();
    assert_eq!(from("read"), json!({ "kind": "profile", "name": "sales" }));
    assert_eq!(
        from("delete"),
        json!({ "kind": "group", "id": group, "name": "g" })
    );
    assert_eq!(
        from("share"),
        json!({ "kind": "department", "id": east, "name": "East" })
    );
    assert_eq!(from("approve"), json!({ "kind": "user" }));
    let range =
        json!({ "value": "department_tree", "from": { "kind": "role", "name": "manager" } });
    assert_eq!(customer["rows"], range);
    let ways: Vec<&str> = customer["reads"]
        .as_array()
        .unwrap()
        .iter()
        .map(|way| way["kind"].as_str().unwrap())
        .collect();
    assert_eq!(ways, ["owner", "department_tree", "sharing_rule"]);
    assert_eq!(
        customer["reads"][2],
        json!({ "kind": "sharing_rule", "id": rule, "name": "level A" })
    );
    // Only administrators ask.
    li.get(&format!("/api/v1/access/users/{}/rights", li.id))
        .await
        .refused(403, "forbidden");
    c.admin
        .get("/api/v1/access/users/99999/rights")
        .await
        .refused(404, "not_found");
}

#[tokio::test]
#[proves("PLUS-47")]
async fn who_may_see_a_record_agrees_with_what_everybody_sees() {
    let c = Company::new().await;
    let east = c
        .make("departments", json!({ "code": "E", "name": "East" }))
        .await;
    let mut people = Vec::new();
    for (login, profile, role) in [
        ("owner", "sales", Value::Null),
        ("peer", "sales", Value::Null),
        ("head", "sales", json!("manager")),
        ("marketer", "marketer", Value::Null),
        ("analyst", "analyst", Value::Null),
        ("shared", "sales", Value::Null),
        ("ruled", "sales", Value::Null),
    ] {
        let person = c.app.person(login, profile).await;
        c.set_user(&person, json!({ "department_id": east, "role": role }))
            .await;
        people.push((login, person));
    }
    let id = |login: &str| people.iter().find(|(name, _)| *name == login).unwrap().1.id;
    let customer = c.customer("C1", id("owner"), json!({ "level": "A" })).await;
    let contact = c
        .make("contacts", json!({ "customer_id": customer, "name": "K" }))
        .await;
    c.customer("C2", id("peer"), json!({})).await;
    let share = json!({ "grantee": format!("user:{}", id("shared")), "access": "write", "team_role": "support" });
    c.admin
        .post(&format!("/api/v1/customers/{customer}/shares"), share)
        .await
        .ok();
    let rule = json!({
        "name": "level A", "object": "customer", "condition": { "field": "level", "op": "eq", "value": "A" },
        "grantee": format!("user:{}", id("ruled")), "access": "read",
    });
    c.admin
        .post("/api/v1/access/sharing_rules", rule)
        .await
        .ok();
    for (object, resource, record) in [
        ("customer", "customers", customer),
        ("contact", "contacts", contact),
    ] {
        let answer = c
            .admin
            .get(&format!("/api/v1/access/readers/{object}/{record}"))
            .await
            .ok();
        let readers = answer.body["items"].as_array().unwrap();
        for (login, person) in &people {
            let page = person
                .get(&format!("/api/v1/{resource}?page[size]=500"))
                .await
                .ok();
            let sees = page.body["items"]
                .as_array()
                .unwrap()
                .iter()
                .any(|item| item["id"] == record);
            let reader = readers.iter().find(|reader| reader["user_id"] == person.id);
            assert_eq!(reader.is_some(), sees, "{login} and {object}");
            let Some(reader) = reader else { continue };
            assert!(!reader["because"].as_array().unwrap().is_empty());
            let patch = person
                .patch(
                    &format!("/api/v1/{resource}/{record}"),
                    json!({ "name": "N" }),
                )
                .await;
            assert_eq!(
                reader["writes"] == true,
                patch.status == 200,
                "{login} and {object}"
            );
        }
        let because = |login: &str| {
            let reader = readers
                .iter()
                .find(|reader| reader["user_id"] == id(login))
                .unwrap();
            let way = &reader["because"][0];
            if object == "contact" {
                way["because"]["kind"].clone()
            } else {
                way["kind"].clone()
            }
        };
        for (login, kind) in [
            ("owner", "owner"),
            ("head", "department_tree"),
            ("marketer", "all_rows"),
            ("shared", "share"),
            ("ruled", "sharing_rule"),
        ] {
            assert_eq!(because(login), kind, "{login} and {object}");
        }
    }
    // Who sees a field.
    let answer = c
        .admin
        .get("/api/v1/access/field_readers/customer/phone")
        .await
        .ok();
    let readers = answer.body["items"].as_array().unwrap();
    for (login, person) in &people {
        let sees = person.get("/api/v1/customers?fields=phone").await.status == 200;
        assert_eq!(
            readers.iter().any(|reader| reader["user_id"] == person.id),
            sees,
            "{login}"
        );
    }
}

#[tokio::test]
#[proves("ADM-02")]
async fn a_password_is_changed_and_a_user_switched() {
    use crate::app::PASSWORD;
    let c = Company::new().await;
    let li = c.app.person("li", "sales").await;
    let change = |who: &Person, current: &str| {
        who.request(Method::PUT, "/api/v1/session/password")
            .json(&json!({ "current": current, "new": "another long one" }))
    };
    read(change(&li, "not the old one"))
        .await
        .refused(422, "invalid_input");
    read(change(&li, PASSWORD)).await.ok();
    let old = json!({ "login": "li", "password": PASSWORD });
    read(c.app.request(Method::POST, "/api/v1/session").json(&old))
        .await
        .refused(401, "wrong_credentials");
    let li = c.app.sign_in_with("li", "another long one").await;
    c.customer("OWN", li.id, json!({})).await;
    c.customer("OTHER", c.admin.id, json!({})).await;
    assert_eq!(count(&c.admin, "customers").await, 2);
    let path = format!("/api/v1/access/users/{}/log_in_as", li.id);
    let answer = c
        .admin
        .post(&path, json!({ "reason": "to see what they see" }))
        .await
        .ok();
    let switched = c.admin.with_csrf(answer.body["csrf"].as_str().unwrap());
    let page = switched.get("/api/v1/customers").await.ok();
    assert_eq!(page.body["items"].as_array().unwrap().len(), 1);
    assert_eq!(page.body["items"][0]["code"], "OWN");
}
