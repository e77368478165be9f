//! Approvals: branches, people, modes, history, lock and deadline.

use basalt_model::{Action, Party, Principal, Via};
use basalt_oltp::Error;
use basalt_oltp::auth::Auth;
use basalt_oltp::record::Select;
use basalt_oltp::workflow::approval::{self, Approval, Decision, FlowInput};
use basalt_oltp::workflow::{self};
use chrono::{TimeDelta, Utc};
use proves::proves;
use serde_json::{Value as Json, json};

use crate::world::{World, map};

struct Office {
    w: World,
    auth: Auth,
}

impl Office {
    /// Everybody may decide on orders and customers.
    async fn new() -> Self {
        let w = World::new().await;
        for login in ["sam", "otto", "mei", "mia", "ana", "ada"] {
            sqlx::query(
                "insert into sys.rights_layer (holder_kind, holder_id, change)
                 select 'user', id, '{\"objects\":{\"order\":{\"actions\":{\"approve\":true,\"read\":true}}}}' from crm.app_user where login = $1",
            )
            .bind(login)
            .execute(w.db.pool())
            .await
            .unwrap();
        }
        let auth = Auth::new(w.db.clone());
        Self { w, auth }
    }

    async fn now(&self, who: &Principal) -> Principal {
        self.auth.principal_of(who.user_id, Via::Api).await.unwrap()
    }

    async fn flow(&self, name: &str, steps: Json) -> i64 {
        let input: FlowInput = serde_json::from_value(json!({
            "name": name, "object": "order", "definition": {
                "steps": steps,
                "on_approve": {"status": "confirmed"}, "on_reject": {"status": "cancelled"},
            },
        }))
        .unwrap();
        approval::save_flow(&self.w.db, &self.w.admin, None, input)
            .await
            .unwrap()
    }

    async fn draft(&self, owner: &Principal, amount: &str) -> i64 {
        let customer = self
            .w
            .customer(owner, &format!("C{amount}{}", rand_suffix()))
            .await;
        let input = json!({"customer": customer, "ordered_on": "2026-11-01", "amount": amount, "owner": owner.user_id});
        self.w
            .store
            .create(&self.w.system, "order", map(input))
            .await
            .unwrap()
            .id
    }

    async fn submit(&self, by: &Principal, flow: &str, order: i64) -> Result<i64, Error> {
        approval::submit(
            &self.w.db,
            &self.now(by).await,
            flow,
            ("order", order),
            None,
        )
        .await
    }

    async fn task(&self, who: &Principal) -> Option<i64> {
        approval::waiting(&self.w.db, who)
            .await
            .unwrap()
            .first()
            .map(|task| task.task_id)
    }

    async fn decide(
        &self,
        who: &Principal,
        decision: Decision,
        comment: Option<&str>,
    ) -> Result<(), Error> {
        let task = self.task(who).await.ok_or(Error::NotFound)?;
        approval::decide(&self.w.db, &self.now(who).await, task, decision, comment).await
    }

    async fn of(&self, order: i64) -> Approval {
        approval::of_record(&self.w.db, &self.w.admin, "order", order)
            .await
            .unwrap()
            .remove(0)
    }

    async fn status(&self, order: i64) -> Json {
        let record = self
            .w
            .store
            .get(&self.w.admin, "order", order, &Select::all())
            .await
            .unwrap();
        record["status"].clone()
    }
}

fn rand_suffix() -> u32 {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

fn user(who: &Principal) -> Json {
    json!({"party": format!("user:{}", who.user_id)})
}

fn words(approval: &Approval) -> Vec<String> {
    approval
        .history
        .iter()
        .map(|entry| entry.what.clone())
        .collect()
}

#[tokio::test]
#[proves("FLOW-01")]
async fn branches_run_one_approver_below_and_two_above() {
    let o = Office::new().await;
    let (w, manager, boss) = (&o.w, &o.w.manager, &o.w.admin);
    o.flow("release", json!([
        {"name": "manager", "approvers": [user(manager)], "mode": "any"},
        {"name": "boss", "when": {"field": "amount", "op": "ge", "value": 10000}, "approvers": [user(boss)], "mode": "any"},
    ]))
    .await;
    // Below: one approver.
    let small = o.draft(&w.sales, "9999").await;
    o.submit(&w.sales, "release", small).await.unwrap();
    assert_eq!(o.of(small).await.waiting_for, [manager.user_id]);
    o.decide(manager, Decision::Approve, Some("fine"))
        .await
        .unwrap();
    let done = o.of(small).await;
    assert_eq!(done.state, "approved");
    assert_eq!(
        words(&done),
        ["submitted", "asked", "approved", "skipped", "finished"]
    );
    assert_eq!(o.status(small).await, "confirmed");
    // Above: two, one after the other; every step of it with user, time and comment.
    let large = o.draft(&w.sales, "10000").await;
    o.submit(&w.sales, "release", large).await.unwrap();
    assert_eq!(o.task(boss).await, None);
    o.decide(manager, Decision::Approve, None).await.unwrap();
    assert_eq!(o.of(large).await.step.as_deref(), Some("boss"));
    assert_eq!(o.status(large).await, "draft");
    // Back to the manager, who approves again.
    assert_eq!(
        o.decide(boss, Decision::Return { to_step: Some(0) }, None)
            .await
            .unwrap_err()
            .code(),
        "validation"
    );
    o.decide(
        boss,
        Decision::Return { to_step: Some(0) },
        Some("check the price"),
    )
    .await
    .unwrap();
    assert_eq!(o.of(large).await.waiting_for, [manager.user_id]);
    o.decide(manager, Decision::Approve, Some("checked"))
        .await
        .unwrap();
    o.decide(boss, Decision::Approve, None).await.unwrap();
    let done = o.of(large).await;
    assert_eq!(
        words(&done),
        [
            "submitted",
            "asked",
            "approved",
            "asked",
            "returned",
            "asked",
            "approved",
            "asked",
            "approved",
            "finished"
        ]
    );
    let returned = &done.history[4];
    assert_eq!(
        (returned.user_id, returned.comment.as_deref()),
        (Some(boss.user_id), Some("check the price"))
    );
    assert!(done.history.windows(2).all(|pair| pair[0].at <= pair[1].at));
    // Rejected: not effective, and why.
    let bad = o.draft(&w.sales, "12000").await;
    o.submit(&w.sales, "release", bad).await.unwrap();
    assert_eq!(
        o.decide(manager, Decision::Reject, Some(" "))
            .await
            .unwrap_err()
            .code(),
        "validation"
    );
    o.decide(manager, Decision::Reject, Some("no credit"))
        .await
        .unwrap();
    assert_eq!(o.of(bad).await.state, "rejected");
    assert_eq!(o.status(bad).await, "cancelled");
    let inbox = workflow::notifications(&w.db, &w.sales, true, None)
        .await
        .unwrap();
    assert_eq!(inbox[0].title, "release: rejected");
    // Returned to the submitter, and submitted again.
    let again = o.draft(&w.sales, "5").await;
    o.submit(&w.sales, "release", again).await.unwrap();
    o.decide(
        manager,
        Decision::Return { to_step: None },
        Some("which customer?"),
    )
    .await
    .unwrap();
    assert_eq!(
        (o.of(again).await.state.as_str(), o.status(again).await),
        ("returned", json!("draft"))
    );
    o.submit(&w.sales, "release", again).await.unwrap();
    assert_eq!(o.of(again).await.state, "pending");
}

#[tokio::test]
async fn a_record_under_approval_is_locked() {
    let o = Office::new().await;
    let (w, manager) = (&o.w, &o.w.manager);
    o.flow(
        "release",
        json!([{"name": "manager", "approvers": [user(manager)], "mode": "any"}]),
    )
    .await;
    let order = o.draft(&w.sales, "10").await;
    let change = async |who: &Principal| {
        let patch = map(json!({"channel": "shop"}));
        match w.store.update(who, "order", order, patch, None).await {
            Ok(_) => "ok",
            Err(error) => error.code(),
        }
    };
    assert_eq!(change(&w.sales).await, "ok");
    let id = o.submit(&w.sales, "release", order).await.unwrap();
    for who in [&w.sales, &w.admin] {
        assert_eq!(change(who).await, "locked");
        assert!(
            w.store
                .delete(&w.admin, "order", order, None)
                .await
                .is_err()
        );
    }
    assert_eq!(
        change(&w.other).await,
        "not_found",
        "a lock tells nobody that the record is there"
    );
    assert_eq!(
        o.submit(&w.sales, "release", order)
            .await
            .unwrap_err()
            .code(),
        "approval_pending"
    );
    // Only who submitted recalls.
    let recall = async |who: &Principal| approval::recall(&w.db, who, id, Some("mistake")).await;
    assert_eq!(recall(manager).await.unwrap_err().code(), "not_found");
    recall(&w.sales).await.unwrap();
    assert_eq!(o.task(manager).await, None);
    assert_eq!(change(&w.sales).await, "ok");
    assert_eq!(recall(&w.sales).await.unwrap_err().code(), "not_found");
    // Others' records can't be submitted, nor by who may not change them.
    assert_eq!(
        o.submit(&w.other, "release", order)
            .await
            .unwrap_err()
            .code(),
        "not_found"
    );
    assert_eq!(
        o.submit(&w.analyst, "release", order)
            .await
            .unwrap_err()
            .code(),
        "forbidden"
    );
}

#[tokio::test]
#[proves("ACCS-11")]
async fn a_group_decides_by_any_or_all_and_new_members_count_for_new_instances() {
    let o = Office::new().await;
    let w = &o.w;
    let three = [&w.manager, &w.marketer, &w.analyst];
    let members: Vec<Party> = three.iter().map(|who| Party::User(who.user_id)).collect();
    let g = crate::access::group(&w.db, &w.admin, "credit", members.clone())
        .await
        .unwrap();
    let party = json!([{"party": format!("group:{g}")}]);
    o.flow(
        "any",
        json!([{"name": "credit", "approvers": party, "mode": "any"}]),
    )
    .await;
    o.flow(
        "all",
        json!([{"name": "credit", "approvers": party, "mode": "all"}]),
    )
    .await;

    let first = o.draft(&w.sales, "1").await;
    o.submit(&w.sales, "any", first).await.unwrap();
    for who in three {
        let inbox = workflow::notifications(&w.db, who, true, None)
            .await
            .unwrap();
        assert_eq!(
            (inbox.len(), inbox[0].kind.as_str(), inbox[0].record_id),
            (1, "approval", Some(first))
        );
    }
    o.decide(three[1], Decision::Approve, None).await.unwrap();
    assert_eq!(o.of(first).await.state, "approved");
    assert_eq!(o.task(three[0]).await, None, "one is enough");

    let second = o.draft(&w.sales, "2").await;
    o.submit(&w.sales, "all", second).await.unwrap();
    // A fourth member joins: what is under way doesn't change.
    let mut four = members;
    four.push(Party::User(w.other.user_id));
    let input = basalt_oltp::rights::groups::GroupInput {
        name: "credit".into(),
        label: basalt_model::Label::new("Credit", "信用"),
        purpose: basalt_oltp::rights::groups::Purpose::Process,
        members: four,
    };
    basalt_oltp::rights::groups::save(&w.db, &w.admin, Some(g), input)
        .await
        .unwrap();
    assert_eq!(o.of(second).await.waiting_for.len(), 3);
    for (at, who) in three.into_iter().enumerate() {
        assert_eq!(o.of(second).await.state, "pending", "{at} of three");
        o.decide(who, Decision::Approve, None).await.unwrap();
    }
    assert_eq!(o.of(second).await.state, "approved");
    let third = o.draft(&w.sales, "3").await;
    o.submit(&w.sales, "all", third).await.unwrap();
    assert_eq!(o.of(third).await.waiting_for.len(), 4);
}

#[tokio::test]
#[proves("ACCS-08")]
async fn the_submitters_level_chooses_the_branch() {
    let o = Office::new().await;
    let w = &o.w;
    for (who, level) in [(&w.sales, 3), (&w.other, 5)] {
        let patch = map(json!({"level": level}));
        w.store
            .update(&w.admin, "user", who.user_id, patch, None)
            .await
            .unwrap();
    }
    o.flow(
        "levels",
        json!([
            {"name": "junior", "max_level": 4, "approvers": [user(&w.manager)], "mode": "any"},
            {"name": "senior", "min_level": 5, "approvers": [user(&w.admin)], "mode": "any"},
        ]),
    )
    .await;
    for (who, approver) in [(&w.sales, &w.manager), (&w.other, &w.admin)] {
        let order = o.draft(who, "7").await;
        o.submit(who, "levels", order).await.unwrap();
        assert_eq!(o.of(order).await.waiting_for, [approver.user_id]);
        o.decide(approver, Decision::Approve, None).await.unwrap();
        assert_eq!(o.of(order).await.state, "approved");
    }
}

#[tokio::test]
async fn sequence_manager_chain_delegation_and_deadline() {
    let o = Office::new().await;
    let w = &o.w;
    for (who, manager) in [(&w.sales, &w.manager), (&w.manager, &w.admin)] {
        let patch = map(json!({"manager": manager.user_id}));
        w.store
            .update(&w.admin, "user", who.user_id, patch, None)
            .await
            .unwrap();
    }
    let chain = |levels: u8| json!({"manager_of": {"field": "owner", "levels": levels}});
    o.flow(
        "chain",
        json!([
            {"name": "line", "approvers": [chain(1), chain(2)], "mode": "sequence",
             "hours": 24, "escalate_to": [user(&w.marketer)]},
        ]),
    )
    .await;
    let order = o.draft(&w.sales, "7").await;
    o.submit(&w.sales, "chain", order).await.unwrap();
    assert_eq!(o.of(order).await.waiting_for, [w.manager.user_id]);
    // Passed on; the one who passed it on can't decide any more.
    let task = o.task(&w.manager).await.unwrap();
    let delegate = async |to: i64| {
        approval::delegate(&w.db, &o.now(&w.manager).await, task, to, Some("on leave")).await
    };
    assert_eq!(delegate(999).await.unwrap_err().code(), "validation");
    delegate(w.analyst.user_id).await.unwrap();
    assert_eq!(
        delegate(w.analyst.user_id).await.unwrap_err().code(),
        "not_found"
    );
    // Nobody decides in time: somebody else is asked as well, once.
    for _ in 0..2 {
        workflow::sweep(&w.db, Utc::now() + TimeDelta::hours(25))
            .await
            .unwrap();
    }
    assert_eq!(
        o.of(order).await.waiting_for,
        [w.analyst.user_id, w.marketer.user_id]
    );
    o.decide(&w.analyst, Decision::Approve, None).await.unwrap();
    let now = o.of(order).await;
    assert!(now.waiting_for.contains(&w.admin.user_id), "{now:?}");
    o.decide(&w.admin, Decision::Approve, None).await.unwrap();
    let done = o.of(order).await;
    assert_eq!(done.state, "approved");
    assert_eq!(
        words(&done),
        [
            "submitted",
            "asked",
            "delegated",
            "escalated",
            "approved",
            "asked",
            "approved",
            "finished"
        ]
    );
    // Nobody approves one's own, and a step without anybody is refused at once.
    o.flow(
        "self",
        json!([{"name": "self", "approvers": [user(&w.sales)], "mode": "any"}]),
    )
    .await;
    let order = o.draft(&w.sales, "8").await;
    assert_eq!(
        o.submit(&w.sales, "self", order).await.unwrap_err().code(),
        "no_approver"
    );
    assert!(
        approval::of_record(&w.db, &w.admin, "order", order)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn who_may_not_approve_is_refused_and_history_stays() {
    let o = Office::new().await;
    let w = &o.w;
    o.flow(
        "release",
        json!([{"name": "manager", "approvers": [user(&w.manager)], "mode": "any"}]),
    )
    .await;
    let order = o.draft(&w.sales, "7").await;
    o.submit(&w.sales, "release", order).await.unwrap();
    let task = o.task(&w.manager).await.unwrap();
    let approve =
        async |who: &Principal| approval::decide(&w.db, who, task, Decision::Approve, None).await;
    assert_eq!(
        approve(&o.now(&w.other).await).await.unwrap_err().code(),
        "not_found",
        "another's task"
    );
    sqlx::query("delete from sys.rights_layer where holder_id = $1")
        .bind(w.manager.user_id)
        .execute(w.db.pool())
        .await
        .unwrap();
    sqlx::query("update sys.profile set rights = jsonb_set(rights, '{objects,order,approve}', 'false') where name = 'manager'")
        .execute(w.db.pool())
        .await
        .unwrap();
    let manager = o.now(&w.manager).await;
    assert!(!manager.can("order", Action::Approve));
    assert_eq!(approve(&manager).await.unwrap_err().code(), "forbidden");
    let tampered = sqlx::query("update sys.approval_entry set comment = 'x'")
        .execute(w.db.pool())
        .await;
    assert!(tampered.is_err());
    assert!(
        approval::of_record(&w.db, &w.other, "order", order)
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_rule_starts_an_approval_in_the_owners_name() {
    let o = Office::new().await;
    let w = &o.w;
    let shop = crate::workflow::Shop::open(&w.db).await;
    o.flow(
        "release",
        json!([{"name": "manager", "approvers": [user(&w.manager)], "mode": "any"}]),
    )
    .await;
    let rule = crate::workflow::rule(json!({
        "name": "large orders are approved", "object": "order", "starts": {"on": "created"},
        "condition": {"field": "amount", "op": "ge", "value": 10000},
        "actions": [{"do": "start_approval", "flow": "release"}],
    }));
    workflow::save_rule(&w.db, &w.admin, None, rule)
        .await
        .unwrap();
    let (large, small) = (
        o.draft(&w.sales, "10000").await,
        o.draft(&w.sales, "9999").await,
    );
    shop.work().await;
    let started = o.of(large).await;
    assert_eq!(
        (started.state.as_str(), started.submitted_by),
        ("pending", w.sales.user_id)
    );
    assert!(
        approval::of_record(&w.db, &w.admin, "order", small)
            .await
            .unwrap()
            .is_empty()
    );
    o.decide(&w.manager, Decision::Approve, None).await.unwrap();
    assert_eq!(o.status(large).await, "confirmed");
}
