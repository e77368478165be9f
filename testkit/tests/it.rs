//! The test kit keeps its own promises: databases are real, apart, and cloned from templates.

use basalt_testkit::{database, database_from};

#[tokio::test]
async fn two_tests_never_share_a_database() {
    let (one, two) = (database().await, database().await);
    one.execute("create table only_here (id int)").await;
    let found: bool = sqlx::query_scalar("select to_regclass('only_here') is not null")
        .fetch_one(two.pool())
        .await
        .unwrap();
    assert!(!found);
    let wal_level: String = sqlx::query_scalar("show wal_level")
        .fetch_one(one.pool())
        .await
        .unwrap();
    assert_eq!(wal_level, "logical");
}

#[tokio::test]
async fn a_template_is_filled_once_and_cloned() {
    let fill = |url: String| async move {
        let pool = sqlx::PgPool::connect(&url).await.unwrap();
        sqlx::raw_sql("create table filled (id int); insert into filled values (7)")
            .execute(&pool)
            .await
            .unwrap();
        pool.close().await;
    };
    for _ in 0..2 {
        let clone = database_from("testkit_filled", fill).await;
        let id: i32 = sqlx::query_scalar("select id from filled")
            .fetch_one(clone.pool())
            .await
            .unwrap();
        assert_eq!(id, 7);
        clone.execute("delete from filled").await;
    }
}
