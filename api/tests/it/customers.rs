//! Customers beyond their fields: standing, lifecycle, hierarchy, units, people, review, over HTTP.

use basalt_oltp::sales;
use chrono::Utc;
use proves::proves;
use serde_json::{Value, json};

use crate::app::{Person, TestApp};
use crate::leads::{filtered, items, made, put};

struct House {
    app: TestApp,
    admin: Person,
    li: Person,
}

impl House {
    async fn new() -> Self {
        let app = TestApp::start().await;
        let admin = app.person("root", "admin").await;
        let li = app.person("li", "sales").await;
        Self { app, admin, li }
    }

    async fn customer(&self, name: &str) -> i64 {
        made(&self.li, "customers", json!({ "name": name })).await
    }

    async fn contact(&self, customer: i64, name: &str) -> i64 {
        let contact = json!({ "name": name, "customer": customer });
        made(&self.li, "contacts", contact).await
    }

    async fn history(&self, customer: i64, kind: &str) -> Vec<Value> {
        let filter = json!({ "all": [{ "field": "customer", "op": "eq", "value": customer }, { "field": "kind", "op": "eq", "value": kind }] });
        filtered(&self.li, "history_entries", filter).await
    }
}

fn is(field: &str, value: &Value) -> Value {
    json!({ "field": field, "op": "eq", "value": value })
}

#[tokio::test]
async fn customers_are_of_every_kind_of_party() {
    let h = House::new().await;
    let given = json!({ "name": "Agent 2", "kind": "organisation", "party_type": "agent", "agent_level": 2, "industry": "retail",
        "website": "https://a.example/", "phone": "+86 10 1234 5678", "quality": "good" });
    let id = made(&h.li, "customers", given.clone()).await;
    let read = h.li.get(&format!("/api/v1/customers/{id}")).await.ok();
    for (field, value) in given.as_object().unwrap() {
        assert_eq!(&read.body[field], value, "{field}");
    }
    for (level, name) in [(1, "Agent 1"), (3, "Agent 3")] {
        made(
            &h.li,
            "customers",
            json!({ "name": name, "party_type": "agent", "agent_level": level }),
        )
        .await;
    }
    h.customer("direct").await;
    let of_level_2 =
        json!({ "all": [is("party_type", &json!("agent")), is("agent_level", &json!(2))] });
    let found = filtered(&h.li, "customers", of_level_2).await;
    assert_eq!((found.len(), &found[0]["id"]), (1, &json!(id)));
    h.li.post(
        "/api/v1/customers",
        json!({ "name": "X", "party_type": "agent" }),
    )
    .await
    .refused(422, "validation");
}

#[tokio::test]
async fn a_hierarchy_has_no_circles() {
    let h = House::new().await;
    let top = h.customer("Top").await;
    let middle = made(
        &h.li,
        "customers",
        json!({ "name": "Middle", "parent": top }),
    )
    .await;
    let (one, two) = (
        made(
            &h.li,
            "customers",
            json!({ "name": "One", "parent": middle }),
        )
        .await,
        made(
            &h.li,
            "customers",
            json!({ "name": "Two", "parent": middle }),
        )
        .await,
    );
    let tree = items(&h.li, &format!("/api/v1/customers/{middle}/tree")).await;
    let mut found: Vec<(i64, i64)> = tree
        .iter()
        .map(|node| {
            (
                node["id"].as_i64().unwrap(),
                node["level"].as_i64().unwrap(),
            )
        })
        .collect();
    found.sort_unstable();
    assert_eq!(found, [(top, -1), (middle, 0), (one, 1), (two, 1)]);
    for parent in [top, middle, one] {
        let refused =
            h.li.patch(
                &format!("/api/v1/customers/{top}"),
                json!({ "parent": parent }),
            )
            .await;
        assert_eq!(refused.refused(422, "validation").body["field"], "parent");
    }
    let wang = h.app.person("wang", "sales").await;
    wang.get(&format!("/api/v1/customers/{middle}/tree"))
        .await
        .refused(404, "not_found");
}

#[tokio::test]
#[proves("CUST-03")]
async fn units_hold_contacts_and_name_their_manager() {
    let h = House::new().await;
    let customer = h.customer("C").await;
    let mut people = Vec::new();
    for name in ["Chen", "Deng", "Fang", "Gao"] {
        people.push(h.contact(customer, name).await);
    }
    let path = format!("/api/v1/customers/{customer}/units");
    let units = json!({ "units": [
        { "name": "Sales" },
        { "name": "IT", "manager": people[1], "contacts": people[..3], "note": "Budget in May" },
    ] });
    put(&h.li, &path, units.clone()).await.ok();
    let chart = items(&h.li, &path).await;
    let names: Vec<&str> = chart
        .iter()
        .map(|unit| unit["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["IT", "Sales"]);
    let it: Vec<(i64, bool)> = chart[0]["contacts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|of| (of["id"].as_i64().unwrap(), of["manager"].as_bool().unwrap()))
        .collect();
    assert_eq!(
        it,
        [(people[0], false), (people[1], true), (people[2], false)]
    );
    assert_eq!(chart[0]["note"], "Budget in May");
    assert!(chart[1]["contacts"].as_array().unwrap().is_empty());

    // Set again with less: what isn't named is gone, and nobody stays in it.
    put(
        &h.li,
        &path,
        json!({ "units": [{ "name": "Sales", "contacts": [people[0]] }] }),
    )
    .await
    .ok();
    let chart = items(&h.li, &path).await;
    assert_eq!(
        (chart.len(), chart[0]["contacts"].as_array().unwrap().len()),
        (1, 1)
    );
    let other = h.customer("D").await;
    let stranger = h.contact(other, "Hu").await;
    for wrong in [
        json!([{ "name": "A", "contacts": [stranger] }]),
        json!([{ "name": "A" }, { "name": "A" }]),
        json!([{ "name": "A", "parent": "B" }, { "name": "B" }]),
        json!([{ "name": "A", "contacts": [people[0]] }, { "name": "B", "contacts": [people[0]] }]),
    ] {
        put(&h.li, &path, json!({ "units": wrong }))
            .await
            .refused(422, "validation");
    }
    let wang = h.app.person("wang", "sales").await;
    put(&wang, &path, units).await.refused(404, "not_found");
}

#[tokio::test]
#[proves("CUST-04")]
async fn customers_are_grouped_by_brand() {
    let h = House::new().await;
    let brand = made(&h.admin, "brands", json!({ "name": "X" })).await;
    let mut customers = Vec::new();
    for n in 0..3 {
        customers.push(
            made(
                &h.li,
                "customers",
                json!({ "name": format!("C{n}"), "brand": brand }),
            )
            .await,
        );
    }
    h.customer("without").await;
    let groups = "/api/v1/customers/groups?by=brand";
    let counted = items(&h.li, groups).await;
    assert_eq!(
        counted[0],
        json!({ "value": brand.to_string(), "title": "X", "count": 3 })
    );
    assert_eq!(
        counted[1],
        json!({ "value": null, "title": null, "count": 1 })
    );
    h.admin
        .patch(&format!("/api/v1/brands/{brand}"), json!({ "name": "Y" }))
        .await
        .ok();
    assert_eq!(items(&h.li, groups).await[0]["title"], "Y");
    for customer in customers {
        let read =
            h.li.get(&format!("/api/v1/customers/{customer}"))
                .await
                .ok();
        assert_eq!(read.body["brand"]["title"], "Y");
    }
    let wang = h.app.person("wang", "sales").await;
    assert!(items(&wang, groups).await.is_empty(), "by one's own rights");
    h.li.get("/api/v1/customers/groups?by=nothing")
        .await
        .refused(400, "bad_request");
    h.li.post("/api/v1/brands", json!({ "name": "Z" }))
        .await
        .refused(403, "forbidden");
}

#[tokio::test]
#[proves("CUST-06")]
async fn interests_are_dated_found_and_kept_on_conversion() {
    let h = House::new().await;
    let product = made(&h.admin, "products", json!({ "code": "P", "name": "P" })).await;
    let customer = h.customer("C").await;
    let lead = made(&h.li, "leads", json!({ "name": "L" })).await;
    let mut of_customer = Vec::new();
    for (of, id) in [("customer", customer), ("lead", lead)] {
        for (kind, about) in [
            ("product", json!({ "product": product })),
            ("service", json!({ "topic": "Repair" })),
            ("theme", json!({ "topic": "T" })),
            ("event", json!({ "topic": "Spring fair" })),
        ] {
            let mut interest = json!({ of: id, "kind": kind, "since": "2026-03-01" });
            for (key, value) in about.as_object().unwrap() {
                interest[key] = value.clone();
            }
            of_customer.push(made(&h.li, "interests", interest).await);
        }
    }
    let of =
        async |customer: i64| filtered(&h.li, "interests", is("customer", &json!(customer))).await;
    let kinds: Vec<Value> = of(customer)
        .await
        .iter()
        .rev()
        .map(|i| i["kind"].clone())
        .collect();
    assert_eq!(kinds, ["product", "service", "theme", "event"]);
    let interested = async |field: &str, value: Value| {
        let filter = json!({ "all": [is(field, &value), { "field": "ended_on", "op": "is_empty" }, { "not": { "field": "customer", "op": "is_empty" } }] });
        let found = filtered(&h.li, "interests", filter).await;
        found
            .iter()
            .map(|i| i["customer_id"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        interested("product", json!(product)).await,
        [json!(customer)]
    );
    assert_eq!(interested("topic", json!("T")).await, [json!(customer)]);
    for ended in [of_customer[0], of_customer[2]] {
        h.li.patch(
            &format!("/api/v1/interests/{ended}"),
            json!({ "ended_on": "2026-04-01" }),
        )
        .await
        .ok();
    }
    assert!(interested("product", json!(product)).await.is_empty());
    assert!(interested("topic", json!("T")).await.is_empty());
    let became =
        h.li.post(&format!("/api/v1/leads/{lead}/convert"), json!({}))
            .await
            .ok();
    let became = became.body["customer_id"].as_i64().unwrap();
    assert_eq!(of(became).await.len(), 4);
    assert_eq!(interested("topic", json!("T")).await, [json!(became)]);
    for wrong in [
        json!({ "kind": "theme", "topic": "T", "since": "2026-03-01" }),
        json!({ "customer": customer, "kind": "theme", "since": "2026-03-01" }),
    ] {
        h.li.post("/api/v1/interests", wrong)
            .await
            .refused(422, "validation");
    }
}

#[tokio::test]
#[proves("CUST-14", "CUST-15", "CUST-16")]
async fn referrals_licences_and_change_requests_are_kept() {
    let h = House::new().await;
    let customer = h.customer("C").await;
    let contact = h.contact(customer, "Chen").await;
    for direction in ["check", "given"] {
        let referral = json!({ "customer": customer, "direction": direction, "subject": direction, "held_on": "2026-02-03", "contact": contact, "result": "Good" });
        let id = made(&h.li, "referrals", referral).await;
        let found = filtered(&h.li, "referrals", is("direction", &json!(direction))).await;
        assert_eq!((found.len(), &found[0]["id"]), (1, &json!(id)));
        let read = h.li.get(&format!("/api/v1/referrals/{id}")).await.ok();
        assert_eq!(
            (
                &read.body["held_on"],
                &read.body["contact_id"],
                &read.body["result"]
            ),
            (&json!("2026-02-03"), &json!(contact), &json!("Good"))
        );
    }
    let today = Utc::now().date_naive();
    let day = |days| today + chrono::TimeDelta::days(days);
    for (direction, number, expires) in [("granted", "G-1", day(10)), ("obtained", "O-1", day(400))]
    {
        let licence = json!({ "customer": customer, "direction": direction, "licence_no": number, "scope": "Region", "expires_on": expires });
        made(&h.li, "licences", licence).await;
        assert_eq!(
            filtered(&h.li, "licences", is("direction", &json!(direction)))
                .await
                .len(),
            1
        );
    }
    let soon = json!({ "field": "expires_on", "op": "between", "value": [today, day(30)] });
    let soon = filtered(&h.li, "licences", soon).await;
    assert_eq!((soon.len(), &soon[0]["licence_no"]), (1, &json!("G-1")));

    let request = json!({ "customer": customer, "subject": "Other packaging", "due_on": day(5), "owner": h.li.id });
    let request = made(&h.li, "change_requests", request).await;
    let listed = filtered(&h.li, "change_requests", is("customer", &json!(customer))).await;
    assert_eq!(
        (&listed[0]["owner_id"], &listed[0]["due_on"]),
        (&json!(h.li.id), &json!(day(5)))
    );
    let path = format!("/api/v1/change_requests/{request}");
    let refused = h.li.patch(&path, json!({ "status": "closed" })).await;
    assert_eq!(refused.refused(422, "validation").body["field"], "measure");
    h.li.patch(&path, json!({ "status": "closed", "measure": "New boxes" }))
        .await
        .ok();
    let wang = h.app.person("wang", "sales").await;
    for resource in ["referrals", "licences", "change_requests"] {
        assert!(
            items(&wang, &format!("/api/v1/{resource}"))
                .await
                .is_empty()
        );
    }
}

#[tokio::test]
async fn abandoned_and_blacklisted_customers_are_left_alone_and_can_come_back() {
    let h = House::new().await;
    let customer = h.customer("C").await;
    let path = format!("/api/v1/customers/{customer}/standing");
    let refused = h.li.post(&path, json!({ "standing": "abandoned" })).await;
    assert_eq!(refused.refused(422, "validation").body["field"], "reason");
    h.li.post(
        &path,
        json!({ "standing": "abandoned", "reason": "Moved away" }),
    )
    .await
    .ok();
    assert!(items(&h.li, "/api/v1/customers").await.is_empty());
    assert_eq!(
        items(&h.li, "/api/v1/customers?archived=true").await.len(),
        1
    );
    h.li.post(&path, json!({ "standing": "active" })).await.ok();
    assert_eq!(items(&h.li, "/api/v1/customers").await.len(), 1);
    h.li.post(
        &path,
        json!({ "standing": "blacklisted", "reason": "Never pays" }),
    )
    .await
    .ok();
    h.li.post(
        &path,
        json!({ "standing": "blacklisted", "reason": "Never pays" }),
    )
    .await
    .refused(409, "same_standing");
    let order = json!({ "customer": customer, "ordered_on": "2026-01-05", "amount": { "amount": "10.00", "currency": "USD" } });
    h.li.post("/api/v1/orders", order.clone())
        .await
        .refused(409, "customer_blacklisted");
    for (kind, reason) in [
        ("abandoned", json!("Moved away")),
        ("reinstated", Value::Null),
        ("blacklisted", json!("Never pays")),
    ] {
        let log = h.history(customer, kind).await;
        assert_eq!((log.len(), &log[0]["reason"]), (1, &reason), "{kind}");
        let log =
            h.li.get(&format!("/api/v1/history_entries/{}", log[0]["id"]))
                .await
                .ok();
        assert_eq!(log.body["created_by"]["id"], h.li.id);
        assert!(log.body["happened_at"].is_string());
    }
    h.li.post(&path, json!({ "standing": "active", "reason": "Paid" }))
        .await
        .ok();
    h.li.post("/api/v1/orders", order).await.ok();
    // Only by the command, and only by who may change the customer.
    h.li.patch(
        &format!("/api/v1/customers/{customer}"),
        json!({ "standing": "blacklisted" }),
    )
    .await
    .refused(422, "validation");
    let wang = h.app.person("wang", "sales").await;
    wang.post(&path, json!({ "standing": "abandoned", "reason": "x" }))
        .await
        .refused(404, "not_found");
}

#[tokio::test]
#[proves("CUST-19")]
async fn a_review_says_what_passed() {
    let h = House::new().await;
    let good = json!({ "name": "Good", "employees": 51, "credit_grade": "B" });
    let good = made(&h.li, "customers", good).await;
    let small = made(
        &h.li,
        "customers",
        json!({ "name": "Small", "employees": 50, "credit_grade": "A" }),
    )
    .await;
    let path = |customer: i64| format!("/api/v1/customers/{customer}/review");
    h.li.post(&path(good), json!({}))
        .await
        .refused(409, "no_criteria");
    let criteria = json!({ "criteria": [
        { "name": "Size", "condition": { "field": "employees", "op": "gt", "value": 50 } },
        { "name": "Credit", "condition": { "field": "credit_grade", "op": "in", "value": ["A", "B"] } },
    ] });
    put(&h.li, "/api/v1/customer_review", criteria.clone())
        .await
        .refused(403, "forbidden");
    put(&h.admin, "/api/v1/customer_review", criteria)
        .await
        .ok();
    for (customer, size, verdict) in [(good, true, "passed"), (small, false, "failed")] {
        let found = h.li.post(&path(customer), json!({})).await.ok();
        assert_eq!(
            found.body["criteria"],
            json!([["Size", size], ["Credit", true]])
        );
        assert_eq!(found.body["passed"], size);
        let read =
            h.li.get(&format!("/api/v1/customers/{customer}"))
                .await
                .ok();
        assert_eq!(read.body["review_verdict"], verdict);
        assert!(read.body["reviewed_at"].is_string());
        let kept = &h.history(customer, "reviewed").await[0];
        let kept =
            h.li.get(&format!("/api/v1/history_entries/{}", kept["id"]))
                .await
                .ok();
        assert_eq!(kept.body["to_value"], verdict);
        assert_eq!(
            kept.body["details"],
            json!({ "criteria": [["Size", size], ["Credit", true]], "reviewer": h.li.id })
        );
    }
}

#[tokio::test]
#[proves("CUST-20")]
async fn the_lifecycle_is_dated_and_quiet_customers_turn_inactive() {
    let h = House::new().await;
    let (customer, quiet) = (h.customer("C").await, h.customer("Quiet").await);
    let path = format!("/api/v1/customers/{customer}");
    let step = |to: &str| json!({ "to": to, "cause": format!("became {to}") });
    h.li.post(&format!("{path}/lifecycle"), json!({ "to": "new" }))
        .await
        .refused(422, "validation");
    h.li.post(&format!("{path}/lifecycle"), step("referrer"))
        .await
        .refused(409, "lifecycle_jump");
    for to in ["new", "existing", "referrer"] {
        h.li.post(&format!("{path}/lifecycle"), step(to)).await.ok();
    }
    // The second step was in May.
    sqlx::query("update crm.history_entry set happened_at = '2026-05-17T08:00:00Z' where to_value = 'existing'")
        .execute(h.app.db.pool())
        .await
        .unwrap();
    let may = json!({ "all": [is("kind", &json!("lifecycle")), { "field": "happened_at", "op": "between", "value": ["2026-05-01T00:00:00Z", "2026-05-31T23:59:59Z"] }] });
    let may = filtered(&h.li, "history_entries", may).await;
    assert_eq!(may.len(), 1);
    assert_eq!(
        (
            &may[0]["from_value"],
            &may[0]["to_value"],
            &may[0]["reason"]
        ),
        (&json!("new"), &json!("existing"), &json!("became existing"))
    );

    put(
        &h.admin,
        "/api/v1/customer_lifecycle",
        json!({ "inactive_after_days": 30 }),
    )
    .await
    .ok();
    put(
        &h.li,
        "/api/v1/customer_lifecycle",
        json!({ "inactive_after_days": 1 }),
    )
    .await
    .refused(403, "forbidden");
    sqlx::query("update crm.customer set created_at = now() - interval '31 days', owned_since = now() - interval '31 days'")
        .execute(h.app.db.pool())
        .await
        .unwrap();
    h.li.post(&format!("{path}/notes"), json!({ "body": "Called" }))
        .await
        .ok();
    sales::sweep(&h.app.db, Utc::now()).await.unwrap();
    sales::sweep(&h.app.db, Utc::now()).await.unwrap();
    let status = async |id: i64| {
        let read = h.li.get(&format!("/api/v1/customers/{id}")).await.ok();
        read.body["activity_status"].clone()
    };
    assert_eq!(
        (status(customer).await, status(quiet).await),
        (json!("active"), json!("inactive"))
    );
    let tasks = filtered(&h.li, "tasks", is("about_record", &json!(quiet))).await;
    assert_eq!((tasks.len(), &tasks[0]["owner_id"]), (1, &json!(h.li.id)));
    let log = h.history(quiet, "activity").await;
    assert_eq!(
        (&log[0]["from_value"], &log[0]["to_value"]),
        (&json!("active"), &json!("inactive"))
    );
    assert!(
        log[0]["rule"]
            .as_str()
            .unwrap()
            .starts_with("30 quiet days")
    );

    let by_hand = format!("/api/v1/customers/{quiet}/activity_status");
    h.li.post(&by_hand, json!({ "status": "active" }))
        .await
        .refused(422, "validation");
    h.li.post(
        &by_hand,
        json!({ "status": "active", "reason": "Met at the fair" }),
    )
    .await
    .ok();
    sales::sweep(&h.app.db, Utc::now()).await.unwrap();
    assert_eq!(status(quiet).await, "active", "what was said by hand holds");
    assert_eq!(
        h.history(quiet, "activity").await[0]["reason"],
        "Met at the fair"
    );
}

#[tokio::test]
async fn contacts_have_categories_skills_and_interests() {
    let h = House::new().await;
    let customer = h.customer("C").await;
    let meta = h.li.get("/api/v1/meta").await.ok().body.to_string();
    for category in [
        "general",
        "sales",
        "marketing",
        "bidding",
        "technical",
        "support",
        "legal",
        "finance",
        "delivery",
    ] {
        assert!(
            meta.contains(&format!("\"value\":\"{category}\"")),
            "{category}"
        );
    }
    for (name, categories, skills, hobbies) in [
        ("Chen", json!(["legal", "finance"]), "contract law", "tea"),
        ("Deng", json!(["technical"]), "Rust, SQL", "golf"),
        ("Fang", json!(["legal"]), "tax", "golf, chess"),
    ] {
        let contact = json!({ "name": name, "customer": customer, "categories": categories, "skills": skills, "hobbies": hobbies });
        made(&h.li, "contacts", contact).await;
    }
    let names = async |field: &str, value: &str| {
        let found = filtered(
            &h.li,
            "contacts",
            json!({ "field": field, "op": "contains", "value": value }),
        )
        .await;
        let mut names: Vec<String> = found
            .iter()
            .map(|of| of["name"].as_str().unwrap().to_owned())
            .collect();
        names.sort();
        names
    };
    assert_eq!(names("skills", "rust").await, ["Deng"]);
    assert_eq!(names("hobbies", "golf").await, ["Deng", "Fang"]);
    h.li.post(
        "/api/v1/contacts",
        json!({ "name": "X", "customer": customer, "categories": ["nothing"] }),
    )
    .await
    .refused(422, "validation");
}

#[tokio::test]
async fn roles_have_colours_and_relations_make_a_map() {
    let h = House::new().await;
    let roles = items(&h.admin, "/api/v1/contact_roles").await;
    assert_eq!(roles.len(), 4);
    for role in &roles {
        assert_eq!(role["built_in"], true);
        let path = format!("/api/v1/contact_roles/{}", role["id"]);
        h.admin
            .patch(&path, json!({ "color": "black" }))
            .await
            .refused(409, "built_in");
        h.admin.delete(&path).await.refused(409, "built_in");
    }
    let own = made(
        &h.admin,
        "contact_roles",
        json!({ "name": "Gatekeeper", "color": "purple" }),
    )
    .await;
    let own_path = format!("/api/v1/contact_roles/{own}");
    h.admin
        .patch(&own_path, json!({ "name": "Door" }))
        .await
        .ok();
    let customer = h.customer("C").await;
    let boss = h.contact(customer, "Boss").await;
    let chen = made(
        &h.li,
        "contacts",
        json!({ "name": "Chen", "customer": customer, "supervisor": boss, "role": own }),
    )
    .await;
    let alone = h.contact(customer, "Alone").await;
    let path = format!("/api/v1/customers/{customer}/contact_map");
    let map = h.li.get(&path).await.ok().body;
    assert_eq!(
        map["edges"],
        json!([{ "from": chen, "to": boss, "kind": "reports_to" }])
    );
    let color = |map: &Value, id: i64| {
        let nodes = map["nodes"].as_array().unwrap();
        nodes.iter().find(|node| node["id"] == id).unwrap()["color"].clone()
    };
    assert_eq!(
        (color(&map, chen), color(&map, alone)),
        (json!("purple"), json!("default"))
    );
    let relation = json!({ "contact": chen, "other": alone, "kind": "influences" });
    made(&h.li, "contact_relations", relation).await;
    let map = h.li.get(&path).await.ok().body;
    assert_eq!(
        map["edges"][1],
        json!({ "from": chen, "to": alone, "kind": "influences" })
    );
    h.li.patch(
        &format!("/api/v1/contacts/{boss}"),
        json!({ "supervisor": chen }),
    )
    .await
    .refused(422, "validation");
    h.admin.delete(&own_path).await.ok();

    // Who decides comes first, and since when is known.
    let contact = format!("/api/v1/contacts/{alone}");
    h.li.patch(&contact, json!({ "decision_maker": "decision_maker" }))
        .await
        .ok();
    assert_eq!(h.li.get(&path).await.ok().body["nodes"][0]["id"], alone);
    let kept = h.history(customer, "decision_maker").await;
    assert_eq!(
        (kept.len(), &kept[0]["to_value"]),
        (1, &json!("decision_maker"))
    );
}

#[tokio::test]
async fn personal_data_of_contacts_is_a_right_of_its_own() {
    let h = House::new().await;
    let customer = h.customer("C").await;
    let contact = h.contact(customer, "Chen").await;
    let path = format!("/api/v1/contacts/{contact}");
    h.admin
        .patch(
            &path,
            json!({ "birthday": "1980-05-17", "salary_range": "high" }),
        )
        .await
        .ok();
    assert!(h.li.get(&path).await.ok().body.get("birthday").is_none());
    let change = json!({ "objects": { "contact": { "fields": { "birthday": "read" } } } });
    put(
        &h.admin,
        &format!("/api/v1/access/layers/user:{}", h.li.id),
        change,
    )
    .await
    .ok();
    let seen = h.li.get(&path).await.ok();
    assert_eq!(seen.body["birthday"], "1980-05-17");
    assert!(seen.body.get("salary_range").is_none());
}
