//! `AS OF` in SQL: of single tables and of a whole session, under the rights of today.

use basalt_query::past::Past;
use basalt_query::{Error, ReadAt};
use basalt_warehouse::{AsOf, Lsn, Op, TableName};
use serde_json::{Value, json};

use crate::readers::{admin, analyst, sam, sue};
use crate::world::{World, april};

/// On the 10th Cedar goes from Sue to Sam and moves; on the 20th Birch is deleted for good.
/// Gives the positions of both.
async fn story(world: &World) -> (Lsn, Lsn) {
    let cedar = json!([{"id": 3, "code": "C3", "name": "Cedar Ltd", "region": "east", "owner_id": 12, "department_id": 2, "phone": "999"}]);
    let moved = world
        .change_on(april(10), "customer", Op::Update, cedar)
        .await;
    let birch = json!([{"id": 2, "code": "C2"}]);
    let gone = world
        .change_on(april(20), "customer", Op::Delete, birch)
        .await;
    (moved, gone)
}

const NAMES: &str = "select id, name from crm.customer for system_time as of";

#[tokio::test]
async fn a_table_is_shown_as_of_an_instant_a_position_and_a_version() {
    let world = World::new().await;
    let (moved, gone) = story(&world).await;
    let at_first = json!([[1, "Acme"], [2, "Birch"], [3, "Cedar"]]);
    let between = json!([[1, "Acme"], [2, "Birch"], [3, "Cedar Ltd"]]);
    let now = json!([[1, "Acme"], [3, "Cedar Ltd"]]);
    let before = Lsn(moved.0 - 1);
    for (moment, expected) in [
        ("timestamp '2026-04-09 23:59:59'".to_owned(), &at_first),
        ("'2026-04-10T08:00:00+08:00'".to_owned(), &between),
        ("date '2026-04-19'".to_owned(), &between),
        ("timestamp '2026-04-20'".to_owned(), &now),
        (format!("lsn '{before}'"), &at_first),
        (format!("lsn '{moved}'"), &between),
        (format!("lsn '{gone}'"), &now),
    ] {
        let sql = format!("{NAMES} {moment} order by id");
        assert_eq!(&world.rows(&admin(), &sql).await, expected, "{sql}");
    }
    let version = world.lake.status();
    let customers = TableName::new("crm", "customer");
    let version = version
        .iter()
        .find(|table| table.name == customers)
        .unwrap()
        .delta_version;
    world.lake.flush().await.unwrap();
    let sql =
        format!("select id, name from crm.customer for version as of {version} c order by c.id");
    assert_eq!(world.rows(&admin(), &sql).await, at_first);
    // Past and present in one statement, in subqueries, under names of their own or that of the table.
    let sql = format!(
        "with then as (select * from crm.customer for system_time as of lsn '{before}')
         select customer.name, then.name, (select count(*) from crm.customer for system_time as of lsn '{moved}')
         from crm.customer for system_time as of lsn '{gone}' join then on then.id = customer.id where customer.id = 3"
    );
    assert_eq!(
        world.rows(&admin(), &sql).await,
        json!([["Cedar Ltd", "Cedar", 3]])
    );
}

#[tokio::test]
async fn a_mart_and_the_history_have_a_past_too() {
    let world = World::new().await;
    let (moved, _) = story(&world).await;
    let sql = "select count(*) from mart.customer for system_time as of '2026-04-10'";
    assert_eq!(world.rows(&admin(), sql).await, json!([[3]]));
    assert_eq!(
        world
            .rows(&admin(), "select count(*) from mart.customer")
            .await,
        json!([[2]])
    );
    let sql = format!(
        "select count(*), max(lsn) from history.customer for system_time as of lsn '{moved}'"
    );
    assert_eq!(world.rows(&admin(), &sql).await, json!([[5, moved.0]]));
}

#[tokio::test]
async fn a_session_of_the_past_shows_all_tables_of_then() {
    let world = World::new().await;
    story(&world).await;
    let figures = "select (select sum(revenue) from mart.customer), (select count(*) from crm.customer), \
                   (select name from mart.customer where customer_key = 3)";
    let of = async |at| {
        let session = world
            .engine
            .session(&admin(), ReadAt::Past(at))
            .await
            .unwrap();
        assert_eq!(session.as_of(), Some(at));
        Value::Array(
            session
                .collect(figures)
                .await
                .unwrap()
                .to_json_rows()
                .unwrap(),
        )
    };
    let first = of(AsOf::Instant(april(2))).await;
    assert_eq!(first, json!([["350.00", 3, "Cedar"]]));
    // What comes later does not change it.
    let more = json!([{"id": 7, "code": "C7", "name": "Late"}]);
    world
        .change_on(april(25), "customer", Op::Insert, more)
        .await;
    world.lake.flush().await.unwrap();
    assert_eq!(of(AsOf::Instant(april(2))).await, first);
    // "The last 30 days" are those of then.
    let session = world
        .engine
        .session(&admin(), ReadAt::Past(AsOf::Instant(april(2))))
        .await
        .unwrap();
    let clock = session
        .collect("select current_date, today(), now(), date_trunc('month', current_timestamp), current_date - interval '30 days' < date '2026-03-04'")
        .await
        .unwrap();
    assert_eq!(
        clock.to_json_rows().unwrap(),
        [json!([
            "2026-04-02",
            "2026-04-02",
            "2026-04-02T00:00:00Z",
            "2026-04-01T00:00:00Z",
            true
        ])]
    );
    let refused = world
        .engine
        .session(&admin(), ReadAt::Past(AsOf::Version(1)))
        .await;
    assert!(matches!(refused, Err(Error::Past(Past::OneTableOnly(1)))));
}

#[tokio::test]
async fn the_past_obeys_the_rights_of_today() {
    let world = World::new().await;
    let (moved, _) = story(&world).await;
    let before = format!("lsn '{}' order by id", Lsn(moved.0 - 1));
    let sql = format!("{NAMES} {before}");
    // Cedar is Sam's now, with its past; it is no longer Sue's. Birch is nobody's record any more.
    assert_eq!(
        world.rows(&sam(), &sql).await,
        json!([[1, "Acme"], [3, "Cedar"]])
    );
    assert_eq!(world.rows(&sue(), &sql).await, json!([]));
    // In a mart, by version, and in a session of the past as well.
    let mart = "select count(*) from mart.customer for system_time as of '2026-04-02'";
    assert_eq!(world.rows(&sam(), mart).await, json!([[2]]));
    assert_eq!(world.rows(&sue(), mart).await, json!([[0]]));
    world.lake.flush().await.unwrap();
    let version = "select count(*) from crm.customer for version as of 2";
    assert_eq!(world.rows(&sue(), version).await, json!([[0]]));
    assert_ne!(world.rows(&admin(), version).await, json!([[0]]));
    let session = world
        .engine
        .session(&sue(), ReadAt::Past(AsOf::Instant(april(2))))
        .await
        .unwrap();
    let rows = session
        .collect("select name from crm.customer")
        .await
        .unwrap();
    assert_eq!(rows.to_json_rows().unwrap(), Vec::<Value>::new());
    // Hidden columns do not exist in the past either; who sees every row sees those that are gone.
    for clause in ["system_time as of '2026-04-02'", "version as of 2"] {
        let sql = format!("select phone from crm.customer for {clause}");
        let error = world.error(&analyst(), &sql).await;
        assert!(
            matches!(&error, Error::Invalid(why) if why.contains("phone")),
            "{error:?}"
        );
    }
    assert_eq!(
        world
            .rows(&analyst(), &format!("{NAMES} '2026-04-02' order by id"))
            .await,
        json!([[1, "Acme"], [2, "Birch"], [3, "Cedar"]])
    );
    // A table that is not there for a reader is not there in the past.
    for sql in [
        "select * from crm.campaign for system_time as of '2026-04-02'",
        "select * from crm.campaign for version as of 1",
        "select * from crm.rumour for version as of 1",
    ] {
        let error = world.error(&sam(), sql).await;
        assert!(
            matches!(&error, Error::Invalid(why) if why.contains("not found")),
            "{sql}: {error:?}"
        );
    }
}

#[tokio::test]
async fn moments_that_cannot_be_shown_are_named() {
    let world = World::new().await;
    story(&world).await;
    for (sql, code, words) in [
        (
            "select * from crm.customer for system_time as of '2020-01-01'",
            "moment_too_early",
            "before the first snapshot",
        ),
        (
            "select * from crm.customer for system_time as of lsn '0/1'",
            "moment_too_early",
            "before the first snapshot",
        ),
        (
            "select * from crm.customer for system_time as of '2999-01-01'",
            "moment_not_reached",
            "not there yet",
        ),
        (
            "select * from crm.customer for system_time as of lsn 'F/0'",
            "moment_not_reached",
            "not there yet",
        ),
        (
            "select * from crm.customer for version as of 4711",
            "moment_not_kept",
            "version 4711",
        ),
        (
            "select * from crm.customer for system_time as of now()",
            "invalid_moment",
            "is no moment",
        ),
        (
            "select * from mart.customer for version as of 1",
            "invalid_moment",
            "no Delta versions",
        ),
    ] {
        let error = world.error(&admin(), sql).await;
        assert_eq!(error.code(), code, "{sql}: {error:?}");
        assert_eq!(error.sqlstate(), "22023");
        assert!(error.to_string().contains(words), "{sql}: {error}");
    }
    for sql in [
        "update crm.customer for system_time as of '2026-04-02' set name = 'x'",
        "insert into crm.customer for system_time as of '2026-04-02' (id) values (9)",
        "delete from crm.customer for version as of 1",
        "select * into t from crm.customer for version as of 1",
    ] {
        let error = world.error(&admin(), sql).await;
        assert!(
            matches!(error, Error::Refused(_) | Error::Invalid(_)),
            "{sql}: {error:?}"
        );
    }
}
