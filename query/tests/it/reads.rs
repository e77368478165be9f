//! Reads only.

use basalt_query::Error;
use serde_json::json;

use crate::readers::{admin, sam};
use crate::world::World;

#[tokio::test]
async fn everything_but_reads_is_refused() {
    let world = World::new().await;
    for sql in [
        "insert into crm.customer (id) values (9)",
        "update crm.customer set name = 'x'",
        "delete from crm.customer",
        "merge into crm.customer c using crm.product p on c.id = p.id when matched then delete",
        "truncate table crm.customer",
        "drop table crm.customer",
        "create table t (a int)",
        "create table t as select 1",
        "create view v as select 1",
        "create schema s",
        "alter table crm.customer add column x int",
        "copy crm.customer to '/tmp/out.csv'",
        "copy (select 1) to 'out.parquet' stored as parquet",
        "create external table t stored as csv location '/etc/passwd'",
        "select 1 into t",
        "select * from crm.customer for update",
        "with x as (insert into crm.customer (id) values (9) returning id) select * from x",
        "explain delete from crm.customer",
        "prepare p as delete from crm.customer",
        "set datafusion.execution.batch_size = 1",
        "set datafusion.catalog.information_schema = false",
        "reset datafusion.execution.batch_size",
        "grant select on crm.customer to sam",
        "begin",
    ] {
        let error = world.error(&admin(), sql).await;
        assert!(
            matches!(error, Error::Refused(_) | Error::Invalid(_)),
            "{sql}: {error:?}"
        );
        if !sql.starts_with("with x") {
            assert!(matches!(error, Error::Refused(_)), "{sql}: {error:?}");
            assert_eq!(error.sqlstate(), "25006");
        }
    }
    assert_eq!(
        world
            .rows(&admin(), "select count(*) from crm.customer")
            .await,
        json!([[3]])
    );
}

#[tokio::test]
async fn files_are_out_of_reach() {
    let world = World::new().await;
    for sql in [
        "select * from '/etc/passwd'",
        "select * from \"/etc/passwd\"",
        "select * from 'file:///etc/hosts.csv'",
        "select * from read_csv('/etc/passwd')",
        "select * from read_parquet('/tmp/x.parquet')",
        "select pg_read_file('/etc/passwd')",
    ] {
        let error = world.error(&admin(), sql).await;
        assert!(matches!(error, Error::Invalid(_)), "{sql}: {error:?}");
    }
}

#[tokio::test]
async fn reads_of_all_kinds_work() {
    let world = World::new().await;
    let sam = sam();
    assert_eq!(
        world.rows(&sam, "values (1, 'a'), (2, 'b')").await,
        json!([[1, "a"], [2, "b"]])
    );
    assert_eq!(
        world
            .rows(
                &sam,
                "with a as (select id from customer) select count(*) from a"
            )
            .await,
        json!([[2]])
    );
    assert_eq!(
        world
            .rows(&sam, "select current_schema(), current_user")
            .await,
        json!([["crm", "sam"]])
    );
    for sql in [
        "show tables",
        "describe crm.customer",
        "explain select 1",
        "show columns from crm.customer",
        "show timezone",
    ] {
        let result = world.query(&sam, sql).await.unwrap();
        assert!(result.row_count() > 0, "{sql}");
    }
    world
        .query(&sam, "set timezone = 'Asia/Shanghai'")
        .await
        .unwrap();
}

#[tokio::test]
async fn errors_say_what_is_wrong() {
    let world = World::new().await;
    for (sql, code, part) in [
        ("selec 1", "invalid_sql", "selec"),
        ("select nam from crm.customer", "invalid_sql", "nam"),
        ("select * from crm.customers", "invalid_sql", "customers"),
        ("select 1 / 0", "query_failed", "zero"),
        ("select cast('x' as int)", "query_failed", "x"),
    ] {
        let error = world.error(&sam(), sql).await;
        assert_eq!(error.code(), code, "{sql}: {error:?}");
        assert!(error.to_string().contains(part), "{sql}: {error}");
    }
}
