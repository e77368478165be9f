//! The audit trail: complete, attributed, append-only, under today's rights.

use basalt_model::Via;
use basalt_oltp::Error;
use basalt_oltp::audit::audit;
use serde_json::json;

use crate::world::{World, map};

#[tokio::test]
async fn every_change_is_recorded_with_its_actor() {
    let w = World::new().await;
    let id = w.customer(&w.sales, "C1").await;
    let patch = json!({"phone":"+86 10 9999","level":"A"});
    w.store
        .update(
            &w.sales.clone().through(Via::Ui),
            "customer",
            id,
            map(patch),
            None,
        )
        .await
        .unwrap();
    w.pg.execute(&format!(
        "update crm.customer set city = 'Qingdao' where id = {id}"
    ))
    .await;
    w.store
        .delete(&w.admin, "customer", id, None)
        .await
        .unwrap();

    let entries = audit(&w.db, &w.admin, "customer", id).await.unwrap();
    let ops: Vec<(&str, &str, &str)> = entries
        .iter()
        .map(|e| (e.op.as_str(), e.actor.as_str(), e.via.as_str()))
        .collect();
    let (ada, sam) = (
        format!("user:{}", w.admin.user_id),
        format!("user:{}", w.sales.user_id),
    );
    assert_eq!(
        ops,
        [
            ("recycle", ada.as_str(), "api"),
            ("update", "unknown", "sql"),
            ("update", sam.as_str(), "ui"),
            ("create", "system", "job")
        ]
    );
    assert_eq!(entries[2].actor_name.as_deref(), Some("SAM"));
    let changes: Vec<String> = entries[2]
        .changes
        .iter()
        .map(|c| format!("{} {} {}", c.field, c.old, c.new))
        .collect();
    assert_eq!(
        changes,
        [r#"level null "A""#, r#"phone "+86 10 1234" "+86 10 9999""#]
    );
    assert_eq!(entries[1].changes[0].new, "Qingdao");

    w.store.restore(&w.admin, "customer", id).await.unwrap();
    let masked = audit(&w.db, &w.analyst, "customer", id).await.unwrap();
    assert!(
        masked
            .iter()
            .all(|entry| entry.changes.iter().all(|change| change.field != "phone"))
    );
    assert!(matches!(
        audit(&w.db, &w.other, "customer", id).await.unwrap_err(),
        Error::NotFound
    ));
    let tampered = sqlx::query("delete from sys.audit_entry")
        .execute(w.db.pool())
        .await;
    assert!(tampered.is_err());
}

#[tokio::test]
async fn money_and_references_have_their_form() {
    let w = World::new().await;
    let customer = w.customer(&w.sales, "C1").await;
    let order = w.order(&w.sales, customer, "12.30").await;
    w.store
        .update(
            &w.sales,
            "order",
            order,
            map(json!({"amount":"12.50"})),
            None,
        )
        .await
        .unwrap();
    let entries = audit(&w.db, &w.sales, "order", order).await.unwrap();
    let amount = entries[0]
        .changes
        .iter()
        .find(|change| change.column == "amount")
        .unwrap();
    assert_eq!(
        (&amount.old, &amount.new),
        (&json!("12.30"), &json!("12.50"))
    );
    let reference = entries[1]
        .changes
        .iter()
        .find(|change| change.field == "customer")
        .unwrap();
    assert_eq!(
        (reference.column.as_str(), &reference.new),
        ("customer_id", &json!(customer))
    );
}
