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

#[tokio::test]
async fn the_way_of_a_lead_to_an_opportunity_and_its_invoice() {
    let world = World::new().await;
    let lead = json!([{"id": 7, "name": "Fir", "owner_id": 12, "department_id": 2}]);
    world.insert("lead", lead).await;
    world.insert("history_entry", json!([
        {"id": 1, "lead_id": 7, "kind": "created", "happened_at": "2026-01-05T02:00:00Z", "rep_id": 12},
        {"id": 2, "lead_id": 7, "kind": "converted", "happened_at": "2026-01-09T02:00:00Z", "rep_id": 12, "to_value": "Acme"},
    ])).await;
    world.insert("opportunity", json!([
        {"id": 20, "name": "Roof", "customer_id": 1, "lead_id": 7, "owner_id": 12, "department_id": 2, "stage": "won", "status": "won",
         "created_at": "2026-01-10T08:00:00Z", "closed_on": "2026-02-01", "amount_base": "900.00", "weighted_base": "900.00"},
        {"id": 21, "name": "Door", "customer_id": 3, "owner_id": 13, "department_id": 3, "stage": "proposal", "status": "open",
         "created_at": "2026-01-20T08:00:00Z", "amount_base": "400.00", "weighted_base": "200.00"},
    ])).await;
    world.insert("opportunity_stage_change", json!([
        {"id": 1, "opportunity_id": 20, "stage": "won", "from_stage": "proposal", "entered_at": "2026-02-01T03:00:00Z"},
    ])).await;
    world.insert("invoice", json!([
        {"id": 5, "customer_id": 1, "order_id": 101, "owner_id": 12, "department_id": 2, "status": "issued", "issued_on": "2026-02-02",
         "amount": "100.00", "amount_rate": "2", "amount_base": "200.00", "allocated": "40.00"},
    ])).await;
    let asked = [
        ("select opportunity_id, cycle_days, weighted_base from mart.opportunity order by 1", json!([[20, 22, "900.00"], [21, null, "200.00"]])),
        ("select opportunity_id, customer_id, owner_id, from_stage, entered_on from mart.opportunity_stage_step", json!([[20, 1, 12, "proposal", "2026-02-01"]])),
        ("select lead_id, department_id, kind, happened_on from mart.lead_step order by happened_on", json!([[7, 2, "created", "2026-01-05"], [7, 2, "converted", "2026-01-09"]])),
        ("select invoice_id, amount_base, outstanding_base from mart.invoice", json!([[5, "200.00", "120.00"]])),
        ("select payment_id, order_id from mart.receipt where status = 'received' order by 1 limit 1", world.rows(&admin(), "select id, order_id from crm.payment where status = 'received' order by 1 limit 1").await),
    ];
    for (sql, rows) in asked {
        assert_eq!(world.rows(&admin(), sql).await, rows, "{sql}");
    }
    let (facts, records) = (
        "select opportunity_id from mart.opportunity order by 1",
        "select id from crm.opportunity order by 1",
    );
    assert_eq!(
        world.rows(&manager(), facts).await,
        world.rows(&manager(), records).await
    );
    let absent = world.error(&sue(), facts).await;
    assert_eq!(
        absent.code(),
        "invalid_sql",
        "no right to opportunities, no view"
    );
}

#[test]
fn the_page_of_the_star_schema_is_current() {
    let page = include_str!("../../../docs/data-dictionary.md");
    assert_eq!(
        page,
        mart::page(),
        "run: basalt data-dictionary > docs/data-dictionary.md"
    );
}
