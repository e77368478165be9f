//! Figures of the star schema against sums made by hand.

use basalt_query::mart;
use serde_json::json;

use crate::readers::{admin, analyst, manager, sam, sue};
use crate::world::World;

#[tokio::test]
async fn customers_with_their_figures() {
    let world = World::new().await;
    let sql = "select customer_key, name, owner_name, department_name, first_order_on, cohort_month, orders, revenue, last_order_on, r, rfm_segment, p_alive, clv from mart.customer order by 1";
    let acme = json!([
        1,
        "Acme",
        "Sam",
        "East",
        "2026-01-15",
        "2026-01-01",
        2,
        "150.00",
        "2026-03-10",
        5,
        "champions",
        0.9,
        "120.50"
    ]);
    let birch = json!([
        2, "Birch", "Sam", "East", null, null, 0, "0.00", null, null, null, null, null
    ]);
    let cedar = json!([
        3,
        "Cedar",
        "Sue",
        "Southwest",
        "2026-02-01",
        "2026-02-01",
        1,
        "200.00",
        "2026-02-01",
        1,
        "lost",
        0.1,
        "5.00"
    ]);
    assert_eq!(world.rows(&admin(), sql).await, json!([acme, birch, cedar]));
    assert_eq!(world.rows(&sam(), sql).await, json!([acme, birch]));
    assert_eq!(world.rows(&sue(), sql).await, json!([cedar]));
}

#[tokio::test]
async fn orders_with_payments_and_units() {
    let world = World::new().await;
    let sql = "select order_id, customer_name, region, order_month, status, amount, currency, amount_base, paid_amount, units from mart.orders where status <> 'draft' order by 1";
    assert_eq!(
        world.rows(&admin(), sql).await,
        json!([
            [
                101,
                "Acme",
                "east",
                "2026-01-01",
                "paid",
                "100.00",
                "USD",
                "100.00",
                "100.00",
                "4.500"
            ],
            [
                102,
                "Acme",
                "east",
                "2026-03-01",
                "confirmed",
                "50.00",
                "USD",
                "50.00",
                "0.00",
                "2.000"
            ],
            [
                103,
                "Cedar",
                "southwest",
                "2026-02-01",
                "paid",
                "200.00",
                "USD",
                "200.00",
                "0.00",
                "10.000"
            ],
            [
                104,
                "Acme",
                "east",
                "2026-03-01",
                "cancelled",
                "999.00",
                "USD",
                "999.00",
                "0.00",
                "0.000"
            ],
        ])
    );
    assert_eq!(
        world
            .rows(&sue(), "select sum(amount_base) from mart.orders")
            .await,
        json!([["200.00"]])
    );
}

#[tokio::test]
async fn lines_with_their_order_and_product() {
    let world = World::new().await;
    assert_eq!(
        world.rows(&admin(), "select category, sum(quantity), sum(amount_base) from mart.order_line group by category order by 1").await,
        json!([["fibre", "11.500", "240.00"], ["metal", "5.000", "110.00"]])
    );
    assert_eq!(
        world.rows(&sam(), "select order_number, product_code, customer_name from mart.order_line order by order_line_id").await,
        json!([["SO101", "P1", "Acme"], ["SO101", "P2", "Acme"], ["SO102", "P1", "Acme"]])
    );
}

#[tokio::test]
async fn campaigns_with_what_came_of_them() {
    let world = World::new().await;
    let sql = "select campaign, planned, accepted, opened, clicked, unsubscribed, bounced, failed, revenue_after from mart.campaign_result order by campaign_id";
    // Acme ordered 50.00 nine days after; Cedar's order was before.
    let spring = json!(["Spring", 4, 2, 2, 1, 0, 1, 0, "50.00"]);
    assert_eq!(
        world.rows(&admin(), sql).await,
        json!([spring, ["Autumn", 0, 0, 0, 0, 0, 0, 0, "0.00"]])
    );
    // Of the manager's own customers: three of the messages, and Acme's order.
    let own = json!(["Spring", 3, 1, 1, 1, 0, 1, 0, "50.00"]);
    assert_eq!(world.rows(&manager(), sql).await, json!([own]));
}

#[tokio::test]
async fn the_calendar() {
    let world = World::new().await;
    assert_eq!(
        world.rows(&sam(), "select date, year, quarter, month, iso_week, day, weekday, month_start, quarter_start, is_weekend from mart.date where date = date '2026-11-22'").await,
        json!([["2026-11-22", 2026, 4, 11, 47, 22, 7, "2026-11-01", "2026-10-01", true]])
    );
    assert_eq!(
        world
            .rows(
                &sam(),
                "select count(*), min(date), max(date) from mart.date"
            )
            .await,
        json!([[18628, "1990-01-01", "2040-12-31"]])
    );
}

#[tokio::test]
async fn hidden_columns_are_null_and_views_stay_whole() {
    let world = World::new().await;
    for view in mart::VIEWS {
        let all = world
            .query(&admin(), &format!("select * from mart.{}", view.name))
            .await
            .unwrap();
        let some = world
            .query(&analyst(), &format!("select * from mart.{}", view.name))
            .await
            .unwrap();
        assert_eq!(all.columns(), some.columns(), "{}", view.name);
    }
}

#[tokio::test]
async fn every_column_is_documented_in_order() {
    let world = World::new().await;
    for view in mart::VIEWS {
        let result = world
            .query(
                &admin(),
                &format!("select * from mart.{} limit 0", view.name),
            )
            .await
            .unwrap();
        let names: Vec<String> = result.columns().into_iter().map(|(name, _)| name).collect();
        let documented: Vec<&str> = mart::COLUMNS
            .iter()
            .filter(|c| c.view == view.name)
            .map(|c| c.name)
            .collect();
        assert_eq!(names, documented, "{}", view.name);
    }
}
