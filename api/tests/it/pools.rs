//! Public pools of leads and customers, their limits and rules, over HTTP.

use basalt_oltp::sales;
use chrono::Utc;
use proves::proves;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

use crate::app::{Answer, Person, TestApp};
use crate::leads::{filtered, items, made};

/// A pool with two members and an administrator, who doesn't administer anything else.
struct Pool {
    app: TestApp,
    admin: Person,
    boss: Person,
    li: Person,
    wang: Person,
    id: i64,
    resource: &'static str,
}

impl Pool {
    async fn of(object: &'static str, more: Value) -> Self {
        let app = TestApp::start().await;
        let admin = app.person("root", "admin").await;
        let (boss, li, wang) = (
            app.person("boss", "sales").await,
            app.person("li", "sales").await,
            app.person("wang", "sales").await,
        );
        let mut pool = json!({ "name": "South", "object": object, "return_reasons": "No budget\nWrong person\n" });
        for (key, value) in more.as_object().unwrap() {
            pool[key] = value.clone();
        }
        let id = made(&admin, "pools", pool).await;
        let this = Self {
            app,
            admin,
            boss,
            li,
            wang,
            id,
            resource: if object == "lead" {
                "leads"
            } else {
                "customers"
            },
        };
        this.share(this.boss.id, "write").await;
        this.share(this.li.id, "read").await;
        this.share(this.wang.id, "read").await;
        this
    }

    async fn share(&self, user: i64, access: &str) {
        let share = json!({ "grantee": format!("user:{user}"), "access": access });
        self.admin
            .post(&format!("/api/v1/pools/{}/shares", self.id), share)
            .await
            .ok();
    }

    async fn pooled(&self, name: &str) -> i64 {
        made(
            &self.admin,
            self.resource,
            json!({ "name": name, "pool": self.id }),
        )
        .await
    }

    fn path(&self, record: i64) -> String {
        format!("/api/v1/{}/{record}", self.resource)
    }

    async fn act(&self, by: &Person, record: i64, what: &str, body: Value) -> Answer {
        by.post(&format!("{}/{what}", self.path(record)), body)
            .await
    }

    async fn claim(&self, by: &Person, record: i64) -> Answer {
        self.act(by, record, "claim", json!({})).await
    }

    /// Owner and pool, as an administrator sees them.
    async fn state(&self, record: i64) -> (Value, Value) {
        let found = self.admin.get(&self.path(record)).await.ok();
        (
            found.body["owner_id"].clone(),
            found.body["pool_id"].clone(),
        )
    }

    async fn history(&self, record: i64) -> Vec<Value> {
        let field = self.resource.trim_end_matches('s');
        filtered(
            &self.admin,
            "history_entries",
            json!({ "field": field, "op": "eq", "value": record }),
        )
        .await
    }

    /// Lets a record have been owned for so many days.
    async fn age(&self, record: i64, days: i32) {
        let table = self.resource.trim_end_matches('s');
        sqlx::query(AssertSqlSafe(format!(
            "update crm.{table} set owned_since = now() - make_interval(days => $2) where id = $1"
        )))
        .bind(record)
        .bind(days)
        .execute(self.app.db.pool())
        .await
        .unwrap();
    }

    async fn sweep(&self) -> sales::pools::Recycled {
        sales::sweep(&self.app.db, Utc::now()).await.unwrap()
    }

    async fn set(&self, patch: Value) {
        self.admin
            .patch(&format!("/api/v1/pools/{}", self.id), patch)
            .await
            .ok();
    }
}

#[tokio::test]
#[proves("POOL-01")]
async fn of_two_who_claim_at_once_one_gets_it() {
    let p = Pool::of("lead", json!({})).await;
    for round in 0..5 {
        let lead = p.pooled(&format!("L{round}")).await;
        let (one, other) = tokio::join!(p.claim(&p.li, lead), p.claim(&p.wang, lead));
        let (won, lost, winner) = if one.status.is_success() {
            (one, other, &p.li)
        } else {
            (other, one, &p.wang)
        };
        lost.refused(409, "already_claimed");
        assert_eq!(won.ok().body["owner_id"], winner.id);
        assert_eq!(p.state(lead).await, (json!(winner.id), Value::Null));
        assert_eq!(p.history(lead).await[0]["kind"], "claimed");
    }
    let lead = p.pooled("L").await;
    let outsider = p.app.person("zhao", "sales").await;
    p.claim(&outsider, lead).await.refused(404, "not_found");
    // A pool is left by claiming it, not by writing oneself in.
    p.li.patch(&p.path(lead), json!({ "owner": p.li.id }))
        .await
        .refused(403, "forbidden");
}

#[tokio::test]
#[proves("POOL-02")]
async fn an_administrator_of_a_pool_assigns_and_recycles() {
    let p = Pool::of("lead", json!({})).await;
    let lead = p.pooled("L").await;
    let outsider = p.app.person("zhao", "sales").await;
    let body = json!({ "user": outsider.id });
    p.act(&p.li, lead, "assign", body.clone())
        .await
        .refused(403, "forbidden");
    p.act(&outsider, lead, "assign", body.clone())
        .await
        .refused(404, "not_found");
    p.act(&p.boss, lead, "assign", json!({ "user": 999_999 }))
        .await
        .refused(422, "validation");
    p.act(&p.boss, lead, "assign", body).await.ok();
    assert_eq!(p.state(lead).await, (json!(outsider.id), Value::Null));
    let told = items(&outsider, "/api/v1/notifications").await;
    assert_eq!(
        (&told[0]["kind"], &told[0]["record_id"]),
        (&json!("assigned"), &json!(lead))
    );
    outsider.get(&p.path(lead)).await.ok();
    p.act(&outsider, lead, "recycle", json!({}))
        .await
        .refused(403, "forbidden");
    p.act(&p.boss, lead, "recycle", json!({})).await.ok();
    assert_eq!(p.state(lead).await, (Value::Null, json!(p.id)));
    outsider.get(&p.path(lead)).await.refused(404, "not_found");
    p.act(&p.boss, lead, "recycle", json!({}))
        .await
        .refused(409, "in_pool");
}

#[tokio::test]
#[proves("POOL-03")]
async fn what_is_not_followed_up_is_recycled() {
    let p = Pool::of("lead", json!({ "recycle_after_days": 15 })).await;
    let (idle, followed) = (p.pooled("idle").await, p.pooled("followed").await);
    for lead in [idle, followed] {
        p.claim(&p.li, lead).await.ok();
        p.age(lead, 16).await;
    }
    let note = json!({ "body": "Called back" });
    p.act(&p.li, followed, "notes", note).await.ok();
    sqlx::query("update sys.remark set created_at = now() - interval '2 days'")
        .execute(p.app.db.pool())
        .await
        .unwrap();
    assert_eq!(p.sweep().await.by_pools, 1);
    assert_eq!(p.state(idle).await, (Value::Null, json!(p.id)));
    assert_eq!(p.state(followed).await, (json!(p.li.id), Value::Null));
    let entry = &p.history(idle).await[0];
    assert_eq!(
        (&entry["kind"], &entry["rep_id"]),
        (&json!("recycled"), &json!(p.li.id))
    );
    let rule = entry["rule"].as_str().unwrap();
    assert!(rule.starts_with("South: 15 days"), "{rule}");
    assert_eq!(p.sweep().await.by_pools, 0, "once");
}

#[tokio::test]
#[proves("POOL-04")]
async fn who_hands_back_says_why() {
    for object in ["lead", "customer"] {
        let p = Pool::of(object, json!({})).await;
        let mut records = Vec::new();
        for reason in ["No budget", "No budget", "Wrong person"] {
            let record = p.pooled(reason).await;
            p.claim(&p.li, record).await.ok();
            for wrong in [json!({}), json!({ "reason": "Bored" })] {
                let refused = p.act(&p.li, record, "return", wrong).await;
                assert_eq!(refused.refused(422, "validation").body["field"], "reason");
            }
            p.act(&p.wang, record, "return", json!({ "reason": reason }))
                .await
                .refused(404, "not_found");
            p.act(&p.li, record, "return", json!({ "reason": reason }))
                .await
                .ok();
            records.push(record);
        }
        p.claim(&p.wang, records[0]).await.ok();
        let returned = json!({ "field": "kind", "op": "eq", "value": "returned" });
        let report = format!("/api/v1/history_entries/groups?by=reason&filter={returned}");
        let report = p.admin.get(&report).await.ok().body["items"].clone();
        let count = |reason: &str| {
            let all = report.as_array().unwrap();
            all.iter().find(|g| g["value"] == reason).unwrap()["count"].clone()
        };
        assert_eq!(
            (count("No budget"), count("Wrong person")),
            (json!(2), json!(1))
        );
        // The reasons are each pool's own, kept by its administrators.
        p.boss
            .patch(
                &format!("/api/v1/pools/{}", p.id),
                json!({ "return_reasons": "Bored" }),
            )
            .await
            .ok();
        p.li.patch(
            &format!("/api/v1/pools/{}", p.id),
            json!({ "return_reasons": "x" }),
        )
        .await
        .refused(403, "forbidden");
        p.act(&p.wang, records[0], "return", json!({ "reason": "Bored" }))
            .await
            .ok();
    }
}

async fn seen_by_members_only(p: &Pool, record: i64) {
    let outsider = p.app.person("zhao", "sales").await;
    p.li.get(&p.path(record)).await.ok();
    let list = format!("/api/v1/{}", p.resource);
    assert_eq!(items(&p.li, &list).await.len(), 1);
    assert!(items(&outsider, &list).await.is_empty());
    let search = "/api/v1/search?q=Quokka";
    assert!(
        outsider
            .get(search)
            .await
            .ok()
            .body
            .to_string()
            .find("Quokka Ltd")
            .is_none()
    );
    assert!(
        p.li.get(search)
            .await
            .ok()
            .body
            .to_string()
            .contains("Quokka Ltd")
    );
    outsider
        .get(&p.path(record))
        .await
        .refused(404, "not_found");
    p.claim(&outsider, record).await.refused(404, "not_found");
    // Through a group, and out of it again.
    let group = json!({ "name": "south", "label": { "en": "South", "zh": "华南" }, "members": [format!("user:{}", outsider.id)] });
    let group = p.admin.post("/api/v1/access/groups", group).await.ok().body["id"].clone();
    let share = json!({ "grantee": format!("group:{group}"), "access": "read" });
    p.admin
        .post(&format!("/api/v1/pools/{}/shares", p.id), share)
        .await
        .ok();
    outsider.get(&p.path(record)).await.ok();
    assert_eq!(items(&outsider, &list).await.len(), 1);
    p.claim(&outsider, record).await.ok();
}

#[tokio::test]
#[proves("POOL-05")]
async fn leads_of_a_pool_are_there_for_its_members() {
    let p = Pool::of("lead", json!({})).await;
    let lead = p.pooled("Quokka Ltd").await;
    seen_by_members_only(&p, lead).await;
}

#[tokio::test]
#[proves("POOL-09")]
async fn customers_of_a_pool_are_there_for_its_members() {
    let p = Pool::of("customer", json!({})).await;
    let customer = p.pooled("Quokka Ltd").await;
    seen_by_members_only(&p, customer).await;
}

#[tokio::test]
#[proves("POOL-06")]
async fn a_member_holds_so_many_leads_of_a_pool() {
    let p = Pool::of("lead", json!({ "claim_limit": 2 })).await;
    let mut leads = Vec::new();
    for n in 0..4 {
        leads.push(p.pooled(&format!("L{n}")).await);
    }
    p.claim(&p.li, leads[0]).await.ok();
    p.claim(&p.li, leads[1]).await.ok();
    p.claim(&p.li, leads[2]).await.refused(409, "pool_limit");
    assert_eq!(p.state(leads[2]).await, (Value::Null, json!(p.id)));
    p.act(&p.li, leads[0], "return", json!({ "reason": "No budget" }))
        .await
        .ok();
    p.claim(&p.li, leads[2]).await.ok();
    p.claim(&p.li, leads[3]).await.refused(409, "pool_limit");
    p.act(&p.li, leads[1], "convert", json!({})).await.ok();
    p.claim(&p.li, leads[3]).await.ok();
}

#[tokio::test]
#[proves("POOL-07")]
async fn self_created_records_follow_a_rule_of_their_own() {
    for object in ["lead", "customer"] {
        let p = Pool::of(object, json!({ "recycle_after_days": 15 })).await;
        let claimed = p.pooled("claimed").await;
        p.claim(&p.li, claimed).await.ok();
        let own = json!({ "name": "own", "home_pool": p.id });
        let own = made(&p.li, p.resource, own).await;
        for record in [claimed, own] {
            p.age(record, 16).await;
        }
        assert_eq!(p.sweep().await.by_pools, 1);
        assert_eq!(p.state(claimed).await, (Value::Null, json!(p.id)));
        assert_eq!(p.state(own).await, (json!(p.li.id), Value::Null));
        p.claim(&p.li, claimed).await.ok();
        p.age(claimed, 16).await;
        p.set(json!({ "exempt_self_created": false })).await;
        assert_eq!(p.sweep().await.by_pools, 2);
        for record in [claimed, own] {
            assert_eq!(p.state(record).await, (Value::Null, json!(p.id)));
        }
    }
}

#[tokio::test]
#[proves("POOL-08")]
async fn customers_stand_in_pools_like_leads() {
    let p = Pool::of("customer", json!({ "recycle_after_days": 15 })).await;
    let customer = p.pooled("C").await;
    p.claim(&p.li, customer).await.ok();
    p.act(&p.boss, customer, "recycle", json!({})).await.ok();
    p.act(&p.boss, customer, "assign", json!({ "user": p.wang.id }))
        .await
        .ok();
    p.age(customer, 16).await;
    assert_eq!(p.sweep().await.by_pools, 1);
    assert_eq!(p.state(customer).await, (Value::Null, json!(p.id)));
    let kinds: Vec<Value> = p
        .history(customer)
        .await
        .iter()
        .rev()
        .map(|entry| entry["kind"].clone())
        .collect();
    assert_eq!(kinds, ["claimed", "recycled", "assigned", "recycled"]);
    p.admin
        .delete(&format!("/api/v1/pools/{}", p.id))
        .await
        .refused(409, "pool_in_use");
}

#[tokio::test]
#[proves("POOL-10")]
async fn a_user_owns_so_many_customers() {
    let p = Pool::of("customer", json!({})).await;
    let policy = json!({ "name": "All", "customer_limit": 50 });
    made(&p.admin, "account_policies", policy).await;
    for n in 0..49 {
        made(&p.li, "customers", json!({ "name": format!("C{n}") })).await;
    }
    let (fiftieth, more) = (p.pooled("P1").await, p.pooled("P2").await);
    p.claim(&p.li, fiftieth).await.ok();
    p.claim(&p.li, more).await.refused(409, "customer_limit");
    p.act(&p.boss, more, "assign", json!({ "user": p.li.id }))
        .await
        .refused(409, "customer_limit");
    assert_eq!(p.state(more).await, (Value::Null, json!(p.id)));
    let other = made(&p.wang, "customers", json!({ "name": "W" })).await;
    p.admin
        .patch(&p.path(other), json!({ "owner": p.li.id }))
        .await
        .refused(409, "customer_limit");
    p.li.post("/api/v1/customers", json!({ "name": "C51" }))
        .await
        .refused(409, "customer_limit");
    p.act(&p.li, fiftieth, "return", json!({ "reason": "No budget" }))
        .await
        .ok();
    p.claim(&p.li, more).await.ok();
}

#[tokio::test]
#[proves("POOL-11")]
async fn customers_are_released_by_the_policy_of_the_owners_kind() {
    let p = Pool::of("customer", json!({})).await;
    for (name, kind, follow_up, sale) in [
        ("Everybody", Value::Null, 30, 90),
        ("Field", json!("field"), 60, 180),
    ] {
        let policy = json!({ "name": name, "employee_type": kind, "follow_up_days": follow_up, "sale_days": sale, "pool": p.id });
        made(&p.admin, "account_policies", policy).await;
    }
    p.admin
        .patch(
            &format!("/api/v1/users/{}", p.wang.id),
            json!({ "employee_type": "field" }),
        )
        .await
        .ok();
    let owned = async |by: &Person, name: &str, days: i32| {
        let id = made(by, "customers", json!({ "name": name })).await;
        p.age(id, days).await;
        id
    };
    let (left, kept, of_field) = (
        owned(&p.li, "left", 31).await,
        owned(&p.li, "kept", 29).await,
        owned(&p.wang, "field", 31).await,
    );
    let (unsold, sold) = (
        owned(&p.li, "unsold", 91).await,
        owned(&p.li, "sold", 91).await,
    );
    for customer in [unsold, sold] {
        p.act(&p.li, customer, "notes", json!({ "body": "Called" }))
            .await
            .ok();
    }
    let day = (Utc::now() - chrono::TimeDelta::days(80)).date_naive();
    let order = json!({ "customer": sold, "ordered_on": day, "status": "confirmed", "amount": { "amount": "5.00", "currency": "USD" } });
    made(&p.li, "orders", order).await;
    assert_eq!(p.sweep().await.by_policy, 2);
    for (customer, gone) in [
        (left, true),
        (kept, false),
        (of_field, false),
        (unsold, true),
        (sold, false),
    ] {
        assert_eq!(p.state(customer).await.1 == json!(p.id), gone);
    }
    let rule = |entries: Vec<Value>| entries[0]["rule"].as_str().unwrap().to_owned();
    assert!(rule(p.history(left).await).contains("30 days without follow-up"));
    assert!(rule(p.history(unsold).await).contains("90 days without sale"));
}
