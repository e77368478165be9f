//! Who sees which rows and columns, and that nothing of the rest can be inferred.

use basalt_model::Principal;
use basalt_query::{Error, ReadAt};
use proves::proves;
use serde_json::json;

use crate::readers::{admin, analyst, manager, nobody, sam, sue};
use crate::world::World;

#[tokio::test]
async fn each_profile_reads_its_own_rows() {
    let world = World::new().await;
    let ids = async |reader: Principal, table: &str| {
        world
            .rows(&reader, &format!("select id from crm.{table} order by id"))
            .await
    };
    assert_eq!(ids(admin(), "customer").await, json!([[1], [2], [3]]));
    assert_eq!(ids(analyst(), "customer").await, json!([[1], [2], [3]]));
    assert_eq!(ids(manager(), "customer").await, json!([[1], [2]]));
    assert_eq!(ids(sam(), "customer").await, json!([[1], [2]]));
    assert_eq!(ids(sue(), "customer").await, json!([[3]]));
    // By the parent's rights.
    assert_eq!(ids(sam(), "contact").await, json!([[1]]));
    assert_eq!(ids(sue(), "contact").await, json!([[2]]));
    assert_eq!(ids(sam(), "sales_order_line").await, json!([[1], [2], [3]]));
    assert_eq!(ids(sue(), "sales_order_line").await, json!([[4]]));
    assert_eq!(ids(sue(), "payment").await, json!([[3]]));
    // Public.
    assert_eq!(ids(sue(), "product").await, json!([[1], [2]]));
    // Side tables by their parent.
    assert_eq!(
        world
            .rows(&sue(), "select customer_id from crm.customer_score")
            .await,
        json!([[3]])
    );
    assert_eq!(
        world
            .rows(&sam(), "select customer_id from crm.customer_score")
            .await,
        json!([[1]])
    );
}

#[tokio::test]
async fn recycled_rows_are_absent() {
    let world = World::new().await;
    for reader in [admin(), sam(), analyst()] {
        assert_eq!(
            world
                .rows(
                    &reader,
                    "select count(*) from crm.customer where code = 'C4'"
                )
                .await,
            json!([[0]])
        );
        assert_eq!(
            world
                .rows(
                    &reader,
                    "select count(*) from crm.sales_order where number = 'SO106'"
                )
                .await,
            json!([[0]])
        );
    }
}

#[tokio::test]
async fn what_may_not_be_read_does_not_exist() {
    let world = World::new().await;
    for sql in [
        "select * from crm.campaign",
        "select * from crm.message",
        "select * from mart.campaign_result",
        "select * from crm.rumour",
        "select * from history.rumour",
        "select * from lake.tables",
        "select * from lake.status",
        "select * from crm.suppression",
        "select * from history.campaign",
    ] {
        let error = world.error(&sam(), sql).await;
        assert!(
            matches!(&error, Error::Invalid(message) if message.contains("not found")),
            "{sql}: {error:?}"
        );
    }
    assert_eq!(
        world.rows(&admin(), "select text from crm.rumour").await,
        json!([["secret"]])
    );
    assert_eq!(world.rows(&nobody(), "select table_schema || '.' || table_name from information_schema.tables where table_schema in ('crm', 'history', 'mart', 'lake')").await, json!([["mart.date"]]));
}

#[tokio::test]
async fn hidden_columns_cannot_be_used_at_all() {
    let world = World::new().await;
    let ana = analyst();
    for sql in [
        "select phone from crm.customer",
        "select count(*) from crm.customer where phone = '111'",
        "select id from crm.customer order by phone",
        "select phone, count(*) from crm.customer group by phone",
        "select email from crm.contact",
        "select phone from history.customer",
        "select c.id from crm.customer c join crm.contact t on t.email = c.name",
    ] {
        let error = world.error(&ana, sql).await;
        assert!(matches!(&error, Error::Invalid(_)), "{sql}: {error:?}");
    }
    let columns = "select count(*) from information_schema.columns where table_schema = 'crm' and column_name in ('phone', 'email') and table_name in ('customer', 'contact')";
    assert_eq!(world.rows(&ana, columns).await, json!([[0]]));
    assert_eq!(world.rows(&admin(), columns).await, json!([[4]]));
    assert_eq!(
        world
            .rows(&admin(), "select phone from crm.customer where id = 1")
            .await,
        json!([["111"]])
    );
    let star = world
        .query(&ana, "select * from crm.customer")
        .await
        .unwrap();
    assert!(
        star.columns()
            .iter()
            .all(|(name, _)| name != "phone" && name != "email")
    );
}

#[tokio::test]
#[proves("PLUS-48")]
async fn nothing_of_hidden_rows_can_be_inferred() {
    let world = World::new().await;
    let sam = sam();
    // Row 3 belongs to Sue. A predicate that fails on it must neither fail nor tell.
    for sql in [
        "select id from crm.customer where 1 / (id - 3) <= 1 order by id",
        "select id from crm.customer where 10 / (id - 3) < 100 and region = 'east' order by id",
        "select id from (select id, 1 / (id - 3) as q from crm.customer) where q <= 1 order by id",
        "select id from crm.customer where cast(case when id = 3 then 'x' else '1' end as int) = 1 order by id",
        "select c.id from crm.customer c join crm.sales_order o on o.customer_id = c.id and 1 / (c.id - 3) <= 1 group by c.id union select 2 order by 1",
        "select id from crm.customer where id in (select customer_id from crm.sales_order where 1 / (customer_id - 3) <= 1) order by id",
        "select id from crm.customer where case when 1 / (id - 3) <= 1 then true end order by id",
    ] {
        assert_eq!(world.rows(&sam, sql).await, json!([[1], [2]]), "{sql}");
    }
    let error = world
        .error(
            &admin(),
            "select id from crm.customer where 1 / (id - 3) <= 1",
        )
        .await;
    assert!(
        matches!(&error, Error::Execution(message) if message.contains("Divide by zero")),
        "{error:?}"
    );
    // Counts, extremes and facets are those of the visible rows.
    assert_eq!(
        world.rows(&sam, "select count(*), count(id), min(id), max(id), min(name), max(name) from crm.customer").await,
        json!([[2, 2, 1, 2, "Acme", "Birch"]])
    );
    assert_eq!(
        world
            .rows(
                &sam,
                "select region, count(*) from crm.customer group by region"
            )
            .await,
        json!([["east", 2]])
    );
    assert_eq!(
        world
            .rows(&sam, "select distinct level from crm.customer order by 1")
            .await,
        json!([["A"], ["B"]])
    );
    assert_eq!(
        world
            .rows(&sam, "select count(*) from crm.customer where id = 3")
            .await,
        json!([[0]])
    );
    assert_eq!(
        world
            .rows(
                &sam,
                "select sum(amount_base) from crm.sales_order where status = 'paid'"
            )
            .await,
        json!([["100.00"]])
    );
    // Plans show neither predicates, files nor row numbers of what lies below.
    for explain in [
        "explain",
        "explain verbose",
        "explain analyze",
        "explain analyze verbose",
    ] {
        let plan = world
            .query(
                &sam,
                &format!("{explain} select count(*) from crm.customer where level = 'A'"),
            )
            .await
            .unwrap();
        let text = plan.to_csv().unwrap();
        assert!(text.contains("BarrierExec"), "{text}");
        for leak in ["parquet", "owner_id", "DataSourceExec"] {
            assert!(!text.contains(leak), "{explain} shows {leak}: {text}");
        }
    }
}

#[tokio::test]
async fn safe_predicates_still_answer_right_below_the_barrier() {
    let world = World::new().await;
    let sam = sam();
    for (predicate, ids) in [
        ("region = 'east'", json!([[1], [2]])),
        ("id in (2, 3, 4)", json!([[2]])),
        ("first_order_on is null", json!([[2]])),
        ("id between 2 and 9", json!([[2]])),
        ("not (level = 'A')", json!([[2]])),
        ("level = 'A' or level = 'C'", json!([[1]])),
        ("created_at is null and name >= 'Acme'", json!([[1], [2]])),
    ] {
        assert_eq!(
            world
                .rows(
                    &sam,
                    &format!("select id from crm.customer where {predicate} order by id")
                )
                .await,
            ids,
            "{predicate}"
        );
    }
    assert_eq!(
        world
            .rows(&sam, "select id from crm.customer order by id desc limit 1")
            .await,
        json!([[2]])
    );
    assert_eq!(
        world
            .rows(
                &sam,
                "select id from crm.customer where region = 'east' order by id limit 1 offset 1"
            )
            .await,
        json!([[2]])
    );
}

#[tokio::test]
async fn joins_and_recursion_work_over_barriers() {
    let world = World::new().await;
    assert_eq!(
        world.rows(&sam(), "select c.name, count(o.id) from crm.customer c left join crm.sales_order o on o.customer_id = c.id group by c.name order by 1").await,
        json!([["Acme", 3], ["Birch", 1]])
    );
    assert_eq!(
        world.rows(&sue(), "select o.number, c.name from crm.sales_order o left join crm.customer c on c.id = o.customer_id").await,
        json!([["SO103", "Cedar"]])
    );
    assert_eq!(
        world.rows(&sam(), "with recursive n as (select 1 as i union all select n.i + 1 from n join crm.customer c on c.id = n.i where n.i < 5) select max(i) from n").await,
        json!([[3]])
    );
}

#[tokio::test]
async fn a_session_sees_one_snapshot() {
    let world = World::new().await;
    let session = world.engine.session(&sam(), ReadAt::Latest).await.unwrap();
    let lsn = world.update("sales_order", json!([{"id": 101, "customer_id": 1, "status": "paid", "owner_id": 12, "amount_base": "123.00"}])).await;
    let before = session
        .collect("select amount_base from crm.sales_order where id = 101")
        .await
        .unwrap();
    assert_eq!(json!(before.to_json_rows().unwrap()), json!([["100.00"]]));
    assert!(before.lsn < lsn);
    let after = world
        .engine
        .query(
            &sam(),
            "select amount_base from crm.sales_order where id = 101",
            ReadAt::AtLeast(lsn),
        )
        .await
        .unwrap();
    assert_eq!(json!(after.to_json_rows().unwrap()), json!([["123.00"]]));
    assert_eq!(after.lsn, lsn);
}
