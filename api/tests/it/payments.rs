//! Payment allocations: their sum is never above the invoice nor above the payment.

use serde_json::{Value, json};

use crate::app::{Answer, Person, TestApp};
use crate::opportunities::{customer, id};

async fn invoice(person: &Person, customer: i64, amount: &str) -> i64 {
    let input = json!({ "customer": customer, "issued_on": "2026-11-01", "due_on": "2026-12-01", "amount": amount });
    id(&person.post("/api/v1/invoices", input).await.ok())
}

async fn payment(person: &Person, customer: i64, amount: &str) -> i64 {
    let order = json!({ "customer": customer, "ordered_on": "2026-11-01", "amount": amount });
    let order = id(&person.post("/api/v1/orders", order).await.ok());
    let input =
        json!({ "order": order, "customer": customer, "paid_on": "2026-11-02", "amount": amount });
    id(&person.post("/api/v1/payments", input).await.ok())
}

async fn allocate(person: &Person, invoice: i64, payment: i64, amount: &str) -> Answer {
    let input = json!({ "invoice": invoice, "payment": payment, "amount": amount, "allocated_on": "2026-11-03" });
    person.post("/api/v1/payment_allocations", input).await
}

#[tokio::test]
async fn allocations_settle_no_more_than_there_is() {
    let app = TestApp::start().await;
    let (li, mei) = (
        app.person("li", "sales").await,
        app.person("root", "admin").await,
    );
    let (acme, best) = (customer(&li, "A").await, customer(&li, "B").await);
    let (one, two) = (
        invoice(&li, acme, "100").await,
        invoice(&li, acme, "50").await,
    );
    let (big, small) = (
        payment(&li, acme, "120").await,
        payment(&li, acme, "30").await,
    );
    allocate(&li, one, big, "100.01")
        .await
        .refused(422, "validation");
    let first = id(&allocate(&li, one, big, "80").await.ok());
    allocate(&li, two, big, "41")
        .await
        .refused(422, "validation");
    allocate(&li, two, big, "40").await.ok();
    allocate(&li, one, small, "21")
        .await
        .refused(422, "validation");
    allocate(&li, one, small, "20").await.ok();
    let settled = async |id: i64| {
        li.get(&format!("/api/v1/invoices/{id}")).await.ok().body["allocated"].clone()
    };
    assert_eq!(
        (settled(one).await, settled(two).await),
        (json!("100.00"), json!("40.00"))
    );
    allocate(&li, two, small, "0")
        .await
        .refused(422, "validation");
    li.patch(
        &format!("/api/v1/payment_allocations/{first}"),
        json!({ "amount": "81" }),
    )
    .await
    .refused(422, "validation");
    li.patch(
        &format!("/api/v1/payment_allocations/{first}"),
        json!({ "amount": "70" }),
    )
    .await
    .ok();
    // Neither side is made smaller than what it settles.
    li.patch(
        &format!("/api/v1/invoices/{one}"),
        json!({ "amount": "89" }),
    )
    .await
    .refused(409, "settled");
    li.patch(
        &format!("/api/v1/invoices/{one}"),
        json!({ "status": "cancelled" }),
    )
    .await
    .refused(409, "settled");
    li.patch(
        &format!("/api/v1/payments/{big}"),
        json!({ "status": "refunded" }),
    )
    .await
    .refused(409, "settled");
    mei.delete(&format!("/api/v1/invoices/{one}"))
        .await
        .refused(409, "settled");
    // Taken back, it is free again; brought back, it must still fit.
    mei.delete(&format!("/api/v1/payment_allocations/{first}"))
        .await
        .ok();
    assert_eq!(settled(one).await, json!("20.00"));
    let again = payment(&li, acme, "80").await;
    allocate(&li, one, again, "80").await.ok();
    mei.post(
        &format!("/api/v1/payment_allocations/{first}/restore"),
        json!({}),
    )
    .await
    .refused(422, "validation");
    let foreign = payment(&li, best, "10").await;
    allocate(&li, two, foreign, "10")
        .await
        .refused(422, "validation");
    let wang = app.person("wang", "sales").await;
    allocate(&wang, two, small, "1")
        .await
        .refused(422, "validation");
}

#[tokio::test]
async fn allocations_at_the_same_moment_come_one_after_the_other() {
    let app = TestApp::start().await;
    let li = app.person("li", "sales").await;
    let acme = customer(&li, "A").await;
    let paid = payment(&li, acme, "100").await;
    let mut invoices = Vec::new();
    for _ in 0..8 {
        invoices.push(invoice(&li, acme, "100").await);
    }
    let all = futures::future::join_all(
        invoices
            .iter()
            .map(|invoice| allocate(&li, *invoice, paid, "30")),
    )
    .await;
    let taken = all
        .iter()
        .filter(|answer| answer.status.is_success())
        .count();
    assert_eq!(
        taken,
        3,
        "{:?}",
        all.iter().map(|a| &a.body).collect::<Vec<&Value>>()
    );
    let sum: rust_decimal::Decimal =
        sqlx::query_scalar("select sum(amount) from crm.payment_allocation where payment_id = $1")
            .bind(paid)
            .fetch_one(app.db.pool())
            .await
            .unwrap();
    assert_eq!(sum, rust_decimal::Decimal::from(90));
}
