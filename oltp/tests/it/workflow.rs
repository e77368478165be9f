//! Rules: what starts them, what decided, what they did, and where a chain ends.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use basalt_oltp::Db;
use basalt_oltp::jobs::{JobContext, Letter, Mailer, Worker};
use basalt_oltp::outbound::Outbound;
use basalt_oltp::record::{ListRequest, Select};
use basalt_oltp::workflow::{self, RuleInput, RunEntry};
use chrono::{TimeDelta, Utc};
use proves::proves;
use serde_json::{Value as Json, json};

use crate::world::{World, map};

/// Keeps the letters it is given.
#[derive(Default)]
pub struct Letters(pub Mutex<Vec<Letter>>);

#[async_trait]
impl Mailer for Letters {
    async fn send(&self, letter: &Letter) -> Result<(), String> {
        self.0.lock().unwrap().push(letter.clone());
        Ok(())
    }
}

/// A worker that works when it is told to.
pub struct Shop {
    worker: Worker,
    pub letters: Arc<Letters>,
}

impl Shop {
    pub async fn open(db: &Db) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let letters = Arc::new(Letters::default());
        let context = JobContext {
            db: db.clone(),
            outbound: Outbound::new(db.clone()),
            mailer: letters.clone(),
        };
        Self {
            worker: Worker::start(context).await.unwrap(),
            letters,
        }
    }

    pub async fn work(&self) {
        self.worker.run_waiting().await.unwrap();
    }
}

pub fn rule(json: Json) -> RuleInput {
    serde_json::from_value(json).unwrap()
}

async fn runs(w: &World, rule: i64) -> Vec<RunEntry> {
    workflow::runs(&w.db, Some(rule), None).await.unwrap()
}

async fn city(w: &World, id: i64) -> Json {
    let record = w
        .store
        .get(&w.admin, "customer", id, &Select::all())
        .await
        .unwrap();
    record["city"].clone()
}

#[tokio::test]
#[proves("FLOW-02")]
async fn a_rule_sets_fields_mails_and_makes_a_task_once_a_record() {
    let w = World::new().await;
    let shop = Shop::open(&w.db).await;
    let email = map(json!({"email": "sam@example.com"}));
    w.store
        .update(&w.admin, "user", w.sales.user_id, email, None)
        .await
        .unwrap();
    let input = rule(json!({
        "name": "large orders", "object": "order", "starts": {"on": "created"},
        "condition": {"field": "amount", "op": "gt", "value": 1000},
        "actions": [
            {"do": "set_fields", "values": {"channel": "key account"}},
            {"do": "email", "to": [{"field": "owner"}], "subject": "{number}", "body": "{customer}: {amount}"},
            {"do": "create_task", "subject": "Call about {number}", "due_in_days": 3, "to": {"field": "owner"}},
            {"do": "notify", "to": [{"field": "owner"}], "title": "{number} is large", "body": "{amount}"},
        ],
    }));
    let id = workflow::save_rule(&w.db, &w.admin, None, input)
        .await
        .unwrap();
    let customer = w.customer(&w.sales, "C1").await;
    let large = w.order(&w.sales, customer, "1500").await;
    let small = w.order(&w.sales, customer, "900").await;
    shop.work().await;
    shop.work().await;
    let w = &w;
    let order = async |id| {
        w.store
            .get(&w.sales, "order", id, &Select::all())
            .await
            .unwrap()
    };
    let (large_order, small_order) = (order(large).await, order(small).await);
    assert_eq!(large_order["channel"], "key account");
    assert_eq!(small_order["channel"], Json::Null);
    let number = large_order["number"].as_str().unwrap();
    let letters = shop.letters.0.lock().unwrap().clone();
    assert_eq!(letters.len(), 1);
    assert_eq!(
        (letters[0].to.as_str(), letters[0].subject.as_str()),
        ("sam@example.com", number)
    );
    assert_eq!(letters[0].text, "Customer C1: 1500.00 USD");
    let tasks = w
        .store
        .list(&w.admin, "task", &ListRequest::default())
        .await
        .unwrap()
        .items;
    assert_eq!(tasks.len(), 1);
    assert_eq!(tasks[0]["subject"], format!("Call about {number}"));
    assert_eq!(tasks[0]["owner"]["id"], w.sales.user_id);
    let due = (Utc::now().date_naive() + TimeDelta::days(3)).to_string();
    assert_eq!(tasks[0]["due_on"], due);
    let inbox = workflow::notifications(&w.db, &w.sales, true, None)
        .await
        .unwrap();
    assert_eq!(inbox.len(), 1);
    assert_eq!(
        (inbox[0].title.clone(), inbox[0].record_id),
        (format!("{number} is large"), Some(large))
    );
    workflow::mark_read(&w.db, &w.sales, Some(inbox[0].id))
        .await
        .unwrap();
    assert_eq!(workflow::unread(&w.db, &w.sales).await.unwrap(), 0);
    assert!(
        workflow::mark_read(&w.db, &w.other, Some(inbox[0].id))
            .await
            .is_err()
    );
    // The change by the rule is in the audit trail in the rule's name.
    let trail = basalt_oltp::audit::audit(&w.db, &w.admin, "order", large)
        .await
        .unwrap();
    assert_eq!(
        (trail[0].actor.clone(), trail[0].via.as_str()),
        (format!("job:{id}"), "job")
    );
    // Who takes part sees where the process stands; who can't read the order doesn't.
    let seen = workflow::history(&w.db, &w.sales, "order", large)
        .await
        .unwrap();
    assert_eq!(
        (seen[0].rule.as_str(), seen[0].outcome.as_str()),
        ("large orders", "done")
    );
    assert!(
        workflow::history(&w.db, &w.other, "order", large)
            .await
            .is_err()
    );
    let outcomes: Vec<String> = runs(w, id)
        .await
        .into_iter()
        .map(|run| run.outcome)
        .collect();
    assert_eq!(outcomes, ["not_met", "done"]);
}

#[tokio::test]
#[proves("PLUS-29")]
async fn runs_say_what_decided_and_a_rule_that_starts_itself_is_cut() {
    let w = World::new().await;
    let shop = Shop::open(&w.db).await;
    let input = |name: &str| {
        rule(json!({
            "name": name, "object": "customer", "starts": {"on": "changed", "fields": ["city"]},
            "condition": {"all": [
                {"field": "region", "op": "eq", "value": "east"},
                {"any": [{"field": "level", "op": "eq", "value": "A"}, {"not": {"field": "phone", "op": "is_empty"}}]},
            ]},
            "actions": [{"do": "set_fields", "values": {"city": format!("by {name}")}}],
        }))
    };
    let customer = w.customer(&w.sales, "C1").await;
    // A dry run tells, and does nothing.
    let told = workflow::dry_run(&w.db, &w.admin, input("x"), &[customer, 999])
        .await
        .unwrap();
    assert_eq!(
        (told[0].outcome.as_str(), told[1].outcome.as_str()),
        ("done", "gone")
    );
    assert_eq!(told[0].results[0]["values"]["city"], "by x");
    assert_eq!(city(&w, customer).await, Json::Null);

    let id = workflow::save_rule(&w.db, &w.admin, None, input("x"))
        .await
        .unwrap();
    let change = async |patch: Json| {
        w.store
            .update(&w.sales, "customer", customer, map(patch), None)
            .await
            .unwrap();
        shop.work().await;
    };
    change(json!({"city": "Shanghai"})).await;
    assert_eq!(city(&w, customer).await, "by x");
    let found = runs(&w, id).await;
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(found[1].outcome, "done");
    assert_eq!(found[1].started_by, w.sales.actor());
    let why = found[1].why.clone().unwrap();
    assert_eq!(why["held"], true);
    assert_eq!(why["all"][0]["held"], true);
    assert_eq!(
        why["all"][1]["any"][0],
        json!({"field": "level", "op": "eq", "value": "A", "held": false})
    );
    assert_eq!(why["all"][1]["any"][1]["held"], true);
    // Its own change would have started it again.
    assert_eq!(
        (found[0].outcome.as_str(), found[0].chain.as_slice()),
        ("cut", &[id][..])
    );
    assert!(
        found[0].why.as_ref().unwrap()["reason"]
            .as_str()
            .unwrap()
            .contains("own actions")
    );
    // Two rules that start each other end as well.
    let second = workflow::save_rule(&w.db, &w.admin, None, input("y"))
        .await
        .unwrap();
    change(json!({"city": "Suzhou"})).await;
    let cut = |runs: &[RunEntry]| runs.iter().filter(|run| run.outcome == "cut").count();
    assert!(cut(&runs(&w, second).await) >= 1);
    let waiting: i64 =
        sqlx::query_scalar("select count(*) from sys.workflow_run where outcome = 'waiting'")
            .fetch_one(w.db.pool())
            .await
            .unwrap();
    assert_eq!(waiting, 0);
    // A condition that doesn't hold is recorded with what failed; other fields don't start it.
    workflow::remove_rule(&w.db, &w.admin, second)
        .await
        .unwrap();
    let before = runs(&w, id).await.len();
    change(json!({"region": "north"})).await;
    assert_eq!(runs(&w, id).await.len(), before);
    change(json!({"city": "Harbin"})).await;
    let found = runs(&w, id).await;
    assert_eq!(found[0].outcome, "not_met");
    assert_eq!(found[0].why.as_ref().unwrap()["all"][0]["held"], false);
}

#[tokio::test]
async fn what_is_taken_back_starts_nothing_and_what_fails_says_why() {
    let w = World::new().await;
    let shop = Shop::open(&w.db).await;
    let input = rule(json!({
        "name": "code", "object": "customer", "starts": {"on": "created"},
        "actions": [{"do": "set_fields", "values": {"code": "TAKEN"}}],
    }));
    let id = workflow::save_rule(&w.db, &w.admin, None, input)
        .await
        .unwrap();
    let mut tx = w.db.begin(&w.sales).await.unwrap();
    w.store
        .create_in(
            &mut tx,
            &w.sales,
            "customer",
            map(json!({"code": "GONE", "name": "G"})),
        )
        .await
        .unwrap();
    tx.rollback().await.unwrap();
    shop.work().await;
    assert!(runs(&w, id).await.is_empty());
    let first = w.customer(&w.sales, "FIRST").await;
    let second = w.customer(&w.sales, "SECOND").await;
    shop.work().await;
    // Runs on different records are done side by side: either is first.
    let found = runs(&w, id).await;
    let of = |outcome: &str| found.iter().find(|run| run.outcome == outcome).unwrap();
    let failed = of("failed");
    assert_eq!(failed.why.as_ref().unwrap()["code"], "validation");
    assert_eq!(of("done").record_id, first + second - failed.record_id);
    let record = w
        .store
        .get(&w.admin, "customer", failed.record_id, &Select::all())
        .await
        .unwrap();
    assert_ne!(record["code"], "TAKEN", "nothing of a failed run stays");
}

#[tokio::test]
async fn stages_assignment_and_the_readers_own_rights() {
    let w = World::new().await;
    let shop = Shop::open(&w.db).await;
    let g = crate::access::group(
        &w.db,
        &w.admin,
        "sellers",
        vec![
            basalt_model::Party::User(w.sales.user_id),
            basalt_model::Party::User(w.other.user_id),
        ],
    )
    .await
    .unwrap();
    w.customer(&w.sales, "BUSY").await;
    let input = rule(json!({
        "name": "level A", "object": "customer", "starts": {"on": "stage_entered", "field": "level", "value": "A"},
        "actions": [
            {"do": "assign", "to": {"least_of": g}},
            {"do": "notify", "to": [{"party": format!("group:{g}")}, {"party": format!("user:{}", w.analyst.user_id)}],
             "title": "{name}", "body": "{phone}"},
        ],
    }));
    let id = workflow::save_rule(&w.db, &w.admin, None, input)
        .await
        .unwrap();
    let customer = w.customer(&w.manager, "NEW").await;
    let level = map(json!({"level": "A"}));
    w.store
        .update(&w.admin, "customer", customer, level, None)
        .await
        .unwrap();
    shop.work().await;
    let record = w
        .store
        .get(&w.admin, "customer", customer, &Select::all())
        .await
        .unwrap();
    assert_eq!(record["owner"]["id"], w.other.user_id, "who has fewer");
    let body = async |who| {
        let inbox = workflow::notifications(&w.db, who, false, None)
            .await
            .unwrap();
        inbox.first().map(|notice| notice.body.clone())
    };
    assert_eq!(body(&w.other).await.as_deref(), Some("+86 10 1234"));
    assert_eq!(
        body(&w.analyst).await.as_deref(),
        Some("–"),
        "a hidden field is a dash"
    );
    assert_eq!(
        body(&w.sales).await,
        None,
        "who can't read the record isn't told of it"
    );
    let results = runs(&w, id).await[0].results.clone().unwrap();
    assert_eq!(results[1]["may_not_read"], json!([w.sales.user_id]));
    // The same value again is no entering.
    let again = map(json!({"level": "A", "city": "X"}));
    w.store
        .update(&w.admin, "customer", customer, again, None)
        .await
        .unwrap();
    shop.work().await;
    assert_eq!(runs(&w, id).await.len(), 1);
}

#[tokio::test]
async fn time_starts_rules_once() {
    let w = World::new().await;
    let shop = Shop::open(&w.db).await;
    let save = async |name: &str, object: &str, starts: Json| {
        let input = rule(json!({
            "name": name, "object": object, "starts": starts,
            "condition": if object == "customer" { json!({"field": "region", "op": "eq", "value": "east"}) } else { json!({"all": []}) },
            "actions": [{"do": "notify", "to": [{"field": "owner"}], "title": name}],
        }));
        workflow::save_rule(&w.db, &w.admin, None, input)
            .await
            .unwrap()
    };
    let task = async |due: i64| {
        let due = (Utc::now().date_naive() + TimeDelta::days(due)).to_string();
        let input = json!({"subject": "T", "due_on": due, "owner": w.sales.user_id});
        w.store
            .create(&w.system, "task", map(input))
            .await
            .unwrap()
            .id
    };
    let reached = save(
        "due",
        "task",
        json!({"on": "date_reached", "field": "due_on", "days": -2}),
    )
    .await;
    let idle = save("idle", "customer", json!({"on": "idle", "days": 7})).await;
    let daily = save(
        "daily",
        "customer",
        json!({"on": "schedule", "cron": "0 9 * * *", "time_zone": "Asia/Shanghai"}),
    )
    .await;
    let soon = task(2).await;
    task(5).await;
    let east = w.customer(&w.sales, "E").await;
    let north = w.customer(&w.sales, "N").await;
    w.store
        .update(
            &w.admin,
            "customer",
            north,
            map(json!({"region": "north"})),
            None,
        )
        .await
        .unwrap();
    let at = async |days: i64| {
        for _ in 0..2 {
            workflow::sweep(&w.db, Utc::now() + TimeDelta::days(days))
                .await
                .unwrap();
            shop.work().await;
        }
    };
    let records = async |rule| {
        let mut records: Vec<i64> = runs(&w, rule)
            .await
            .iter()
            .filter(|r| r.outcome == "done")
            .map(|r| r.record_id)
            .collect();
        records.sort_unstable();
        records
    };
    at(0).await;
    assert_eq!(records(reached).await, [soon]);
    assert!(records(idle).await.is_empty());
    at(8).await;
    assert_eq!(records(reached).await.len(), 2);
    assert_eq!(
        records(idle).await,
        [east],
        "the other doesn't meet the condition"
    );
    assert_eq!(runs(&w, idle).await.len(), 2);
    assert_eq!(
        records(daily).await,
        [east],
        "missed times are made up for once"
    );
    at(9).await;
    assert_eq!(records(daily).await.len(), 2);
    assert_eq!(records(idle).await.len(), 1, "still the same quiet");
    // Something happened: the quiet begins anew.
    w.store
        .update(&w.admin, "customer", east, map(json!({"city": "Y"})), None)
        .await
        .unwrap();
    at(20).await;
    assert_eq!(records(idle).await.len(), 2);
}

#[tokio::test]
async fn rules_that_make_no_sense_are_refused() {
    let w = World::new().await;
    let save = async |change: Json| {
        let mut input = json!({
            "name": "r", "object": "customer", "starts": {"on": "created"},
            "actions": [{"do": "notify", "to": [{"field": "owner"}], "title": "t"}],
        });
        for (key, value) in change.as_object().unwrap() {
            input[key] = value.clone();
        }
        workflow::save_rule(&w.db, &w.admin, None, rule(input)).await
    };
    for change in [
        json!({"object": "nothing"}),
        json!({"name": " "}),
        json!({"starts": {"on": "changed", "fields": ["nothing"]}}),
        json!({"starts": {"on": "date_reached", "field": "name"}}),
        json!({"starts": {"on": "schedule", "cron": "every day"}}),
        json!({"starts": {"on": "schedule", "cron": "0 9 * * *", "time_zone": "Mars"}}),
        json!({"condition": {"field": "nothing", "op": "eq", "value": 1}}),
        json!({"actions": []}),
        json!({"actions": [{"do": "set_fields", "values": {"id": 7}}]}),
        json!({"actions": [{"do": "set_fields", "values": {"level": "Z"}}]}),
        json!({"actions": [{"do": "notify", "to": [{"field": "name"}], "title": "t"}]}),
        json!({"actions": [{"do": "start_approval", "flow": "nothing"}]}),
        json!({"actions": [{"do": "assign", "to": {"user": 999}}]}),
        json!({"actions": [{"do": "webhook", "url": "ftp://x", "secret": "0123456789abcdef", "by_rights_of": 1}]}),
    ] {
        let error = save(change.clone()).await.unwrap_err();
        assert_eq!(error.code(), "bad_request", "{change}: {error}");
    }
    save(json!({})).await.unwrap();
    assert_eq!(
        save(json!({})).await.unwrap_err().code(),
        "bad_request",
        "the name is taken"
    );
}
