//! Roll-ups stay right whatever happens to the children, at the same time too.

use basalt_oltp::dictionary::Designer;
use basalt_oltp::record::JsonMap;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use proptest::{collection, strategy::ValueTree};
use serde_json::json;

use crate::world::{World, map};

/// What happens to the orders of three customers.
#[derive(Debug, Clone)]
enum Deed {
    Add { customer: usize, amount: u32 },
    Change { order: usize, amount: u32 },
    Move { order: usize, customer: usize },
    Cancel { order: usize },
    Recycle { order: usize },
    Restore { order: usize },
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        3 => (0..3_usize, 1..1000_u32).prop_map(|(customer, amount)| Deed::Add { customer, amount }),
        2 => (0..40_usize, 1..1000_u32).prop_map(|(order, amount)| Deed::Change { order, amount }),
        2 => (0..40_usize, 0..3_usize).prop_map(|(order, customer)| Deed::Move { order, customer }),
        1 => (0..40_usize).prop_map(|order| Deed::Cancel { order }),
        1 => (0..40_usize).prop_map(|order| Deed::Recycle { order }),
        1 => (0..40_usize).prop_map(|order| Deed::Restore { order }),
    ]
}

async fn act(w: &World, customers: &[i64], deed: Deed) {
    let nth = async |n: usize| -> Option<i64> {
        sqlx::query_scalar("select id from crm.sales_order order by id offset $1 % (select greatest(count(*), 1) from crm.sales_order) limit 1")
            .bind(n as i64)
            .fetch_optional(w.db.pool())
            .await
            .unwrap()
    };
    let update = async |order: usize, patch: JsonMap| {
        if let Some(id) = nth(order).await {
            // It may be recycled, or somebody may have been faster: both leave everything as it was.
            let _ = w.store.update(&w.system, "order", id, patch, None).await;
        }
    };
    match deed {
        Deed::Add { customer, amount } => {
            w.order(&w.sales, customers[customer], &amount.to_string())
                .await;
        }
        Deed::Change { order, amount } => {
            update(order, map(json!({"amount":amount.to_string()}))).await;
        }
        Deed::Move { order, customer } => {
            update(order, map(json!({"customer":customers[customer]}))).await;
        }
        Deed::Cancel { order } => update(order, map(json!({"status":"cancelled"}))).await,
        Deed::Recycle { order } => {
            if let Some(id) = nth(order).await {
                let _ = w.store.delete(&w.system, "order", id, None).await;
            }
        }
        Deed::Restore { order } => {
            if let Some(id) = nth(order).await {
                let _ = w.store.restore(&w.system, "order", id).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sums_and_counts_are_those_of_the_children() {
    let w = World::new().await;
    let mut customers = Vec::new();
    for code in ["A", "B", "C"] {
        customers.push(w.customer(&w.sales, code).await);
    }
    let designer = Designer::new(w.db.clone());
    let alive = json!({"field":"status","op":"ne","value":"cancelled"});
    for (name, kind, function, of, when) in [
        ("n", "integer", "count", json!(null), json!(null)),
        ("total", "decimal", "sum", json!("amount"), alive.clone()),
        ("top", "decimal", "max", json!("amount"), alive),
    ] {
        let mut roll_up = json!({"object":"order","field":"customer","function":function});
        for (key, value) in [("of", of), ("when", when)] {
            if !value.is_null() {
                roll_up[key] = value;
            }
        }
        let field =
            json!({"name":name,"label":{"en":name,"zh":name},"type":kind,"roll_up":roll_up});
        designer
            .add_field(&w.admin, "customer", field, false)
            .await
            .unwrap();
    }
    let mut runner = TestRunner::new(Config::default());
    for round in 0..6 {
        let deeds = collection::vec(deed(), 40)
            .new_tree(&mut runner)
            .unwrap()
            .current();
        // Four hands at once.
        let hands = deeds.chunks(10).map(async |part| {
            for deed in part {
                act(&w, &customers, deed.clone()).await;
            }
        });
        futures::future::join_all(hands).await;
        let wrong: Vec<(i64, String)> = sqlx::query_as(
            "select c.id, format('%s/%s %s/%s %s/%s', c.x_n, o.n, c.x_total, o.total, c.x_top, o.top)
             from crm.customer c cross join lateral (
               select count(*) as n, coalesce(sum(amount) filter (where status is distinct from 'cancelled'), 0) as total,
                      max(amount) filter (where status is distinct from 'cancelled') as top
               from crm.sales_order s where s.customer_id = c.id and s.deleted_at is null) o
             where (coalesce(c.x_n, 0), coalesce(c.x_total, 0), c.x_top) is distinct from (o.n, o.total, o.top)",
        )
        .fetch_all(w.db.pool())
        .await
        .unwrap();
        assert!(wrong.is_empty(), "round {round}: {wrong:?} after {deeds:?}");
    }
}
