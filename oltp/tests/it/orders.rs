//! Paying orders.

use basalt_model::Principal;
use basalt_oltp::Error;
use basalt_oltp::record::{ListRequest, Saved};
use basalt_oltp::sales::orders::{PayInput, pay};
use serde_json::json;

use crate::world::{World, map};

fn amount(text: &str) -> PayInput {
    PayInput {
        amount: Some(text.parse().unwrap()),
        ..Default::default()
    }
}

#[tokio::test]
async fn an_order_is_paid_once_in_parts_or_at_once() {
    let w = World::new().await;
    let customer = w.customer(&w.sales, "C1").await;
    let order = w.order(&w.sales, customer, "100").await;
    let code = |result: Result<Saved, Error>| result.map_or_else(|error| error.code(), |_| "ok");
    assert_eq!(
        code(pay(&w.db, &w.other, order, PayInput::default()).await),
        "not_found"
    );
    assert_eq!(
        code(pay(&w.db, &w.analyst, order, PayInput::default()).await),
        "forbidden"
    );
    assert_eq!(
        code(pay(&w.db, &w.sales, order, amount("100.01")).await),
        "validation"
    );
    assert_eq!(
        code(pay(&w.db, &w.sales, order, amount("-1")).await),
        "validation"
    );
    let part = pay(&w.db, &w.sales, order, amount("30")).await.unwrap();
    assert_eq!(
        (&part.record["status"], &part.record["paid_at"]),
        (&json!("confirmed"), &json!(null))
    );
    let rest = pay(
        &w.db,
        &w.sales,
        order,
        PayInput {
            method: Some("card".into()),
            ..Default::default()
        },
    )
    .await
    .unwrap();
    assert_eq!(rest.record["status"], "paid");
    assert!(rest.record["paid_at"].is_string());
    assert_eq!(
        code(pay(&w.db, &w.sales, order, PayInput::default()).await),
        "order_not_payable"
    );
    let payments = w
        .store
        .list(&w.sales, "payment", &ListRequest::default())
        .await
        .unwrap();
    assert_eq!(payments.items.len(), 2);
    assert_eq!(payments.items[0]["amount"]["amount"], "70.00");
    assert_eq!(payments.items[0]["order"]["id"], json!(order));
}

#[tokio::test]
async fn concurrent_payments_do_not_pay_twice() {
    let w = World::new().await;
    let customer = w.customer(&w.sales, "C1").await;
    let order = w.order(&w.sales, customer, "100").await;
    let once = |who: &Principal| {
        let (db, who) = (w.db.clone(), who.clone());
        async move { pay(&db, &who, order, PayInput::default()).await.is_ok() }
    };
    let results = tokio::join!(once(&w.sales), once(&w.sales), once(&w.admin));
    assert_eq!(
        [results.0, results.1, results.2]
            .iter()
            .filter(|paid| **paid)
            .count(),
        1
    );
}

#[tokio::test]
async fn a_plain_edit_keeps_the_table_of_states() {
    let w = World::new().await;
    let customer = w.customer(&w.sales, "C1").await;
    let order = w
        .store
        .create(
            &w.sales,
            "order",
            map(json!({"customer":customer,"ordered_on":"2026-11-01","amount":"1"})),
        )
        .await
        .unwrap()
        .id;
    let set = async |status: &str| {
        w.store
            .update(
                &w.sales,
                "order",
                order,
                map(json!({"status":status})),
                None,
            )
            .await
            .is_ok()
    };
    assert!(!set("paid").await);
    assert!(set("confirmed").await);
    assert!(!set("draft").await);
    assert!(set("cancelled").await);
    let paid = json!({"customer":customer,"ordered_on":"2026-11-01","amount":"1","status":"paid"});
    assert!(w.store.create(&w.sales, "order", map(paid)).await.is_err());
}
