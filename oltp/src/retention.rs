//! Tables whose old rows leave Postgres while the lake keeps them.
//!
//! Such a table (`retain = "warehouse"` in the dictionary) lies in partitions by ranges of ids, which
//! grow with time. A partition whose every row is over its time is dropped, but only once the change
//! capture has acknowledged a position after the last change of it: then the rows are in files.

use basalt_model::{Label, Object};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};

use crate::db::Db;
use crate::error::{Error, Result};
use crate::sql::quoted;

/// How long a table's rows stay in Postgres.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    /// Dictionary name of the object.
    pub object: String,
    /// None: for good.
    pub keep_days: Option<i32>,
    /// Ids that a partition made from now on takes.
    pub partition_ids: i64,
    /// Partitions in Postgres.
    pub partitions: i64,
    /// Partitions that left; their rows are in the lake only.
    pub dropped: i64,
}

/// A change of it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetentionInput {
    pub keep_days: Option<i32>,
    pub partition_ids: Option<i64>,
}

/// Every table that has a retention.
///
/// # Errors
/// The database failed.
pub async fn list(db: &Db) -> Result<Vec<Retention>> {
    let dictionary = db.dictionary();
    let mut all = Vec::new();
    for object in dictionary.objects().iter().filter(|o| o.retained) {
        let row = sqlx::query(
            "select r.keep_days, coalesce(r.partition_ids, 5000000),
                    (select count(*) from sys.id_partition where table_name = $1 and dropped_at is null),
                    (select count(*) from sys.id_partition where table_name = $1 and dropped_at is not null)
               from (values (1)) one left join sys.retention r on r.table_name = $1",
        )
        .bind(&object.table)
        .fetch_one(db.pool())
        .await?;
        all.push(Retention {
            object: object.name.clone(),
            keep_days: row.try_get(0)?,
            partition_ids: row.try_get(1)?,
            partitions: row.try_get(2)?,
            dropped: row.try_get(3)?,
        });
    }
    Ok(all)
}

/// The first id whose partition is still in Postgres.
///
/// # Errors
/// The database failed.
pub async fn first_id(db: &Db, object: &Object) -> Result<Option<i64>> {
    let first =
        "select min(first_id) from sys.id_partition where table_name = $1 and dropped_at is null";
    Ok(sqlx::query_scalar(first)
        .bind(&object.table)
        .fetch_one(db.pool())
        .await?)
}

/// Sets how long the rows of a table stay.
///
/// # Errors
/// [`Error::NotFound`] when it has no retention; [`Error::Request`] when a number is out of range.
pub async fn set(db: &Db, object: &str, input: RetentionInput) -> Result<()> {
    let dictionary = db.dictionary();
    let object = dictionary
        .object(object)
        .filter(|object| object.retained)
        .ok_or(Error::NotFound)?;
    let range = |path: &str, en: &str, zh: &str| Error::Request {
        path: path.to_owned(),
        message: Label::new(en, zh),
    };
    if input
        .keep_days
        .is_some_and(|days| !(1..=36_500).contains(&days))
    {
        return Err(range(
            "keep_days",
            "Days are 1 to 36500, or null for good.",
            "天数应为 1 到 36500，或为 null 表示永久保留。",
        ));
    }
    if input
        .partition_ids
        .is_some_and(|ids| !(10..=1_000_000_000).contains(&ids))
    {
        return Err(range(
            "partition_ids",
            "A partition takes 10 to 1000000000 ids.",
            "每个分区应容纳 10 到 1000000000 个编号。",
        ));
    }
    sqlx::query(
        "insert into sys.retention (table_name, keep_days, partition_ids) values ($1, $2, coalesce($3, 5000000))
         on conflict (table_name) do update
            set keep_days = excluded.keep_days, partition_ids = coalesce($3, retention.partition_ids)",
    )
    .bind(&object.table)
    .bind(input.keep_days)
    .bind(input.partition_ids)
    .execute(db.pool())
    .await?;
    Ok(())
}

/// Makes partitions ahead of need, drops those whose time is over, and forgets old identities of events.
///
/// # Errors
/// The database failed; what was done stays done.
pub async fn round(db: &Db, now: DateTime<Utc>) -> Result<()> {
    let dictionary = db.dictionary();
    let mut connection = db.pool().acquire().await?;
    // Waiting for a lock would make every writer after us wait too.
    sqlx::query("set lock_timeout = '400ms'")
        .execute(&mut *connection)
        .await?;
    let mut done = Ok(());
    for object in dictionary.objects().iter().filter(|o| o.retained) {
        done = done.and(one(&mut connection, object, now).await);
    }
    sqlx::query("reset lock_timeout")
        .execute(&mut *connection)
        .await?;
    done?;
    // A day longer than events of that age are taken, so that none is taken twice.
    sqlx::query("delete from sys.behaviour_seen where received_at < $1")
        .bind(now - crate::behaviour::WINDOW - TimeDelta::days(1))
        .execute(&mut *connection)
        .await?;
    sqlx::query("delete from sys.behaviour_identity where expires_at < $1")
        .bind(now)
        .execute(&mut *connection)
        .await?;
    Ok(())
}

async fn one(connection: &mut PgConnection, object: &Object, now: DateTime<Utc>) -> Result<()> {
    sqlx::query("select sys.extend_partitions($1)")
        .bind(&object.table)
        .execute(&mut *connection)
        .await?;
    let keep: Option<Option<i32>> =
        sqlx::query_scalar("select keep_days from sys.retention where table_name = $1")
            .bind(&object.table)
            .fetch_optional(&mut *connection)
            .await?;
    let Some(days) = keep.flatten() else {
        return Ok(());
    };
    let limit = now - TimeDelta::days(days.into());
    let full = sqlx::query(
        "select partition, farewell::text from sys.id_partition
          where table_name = $1 and dropped_at is null
            and past_id <= pg_sequence_last_value(pg_get_serial_sequence(format('crm.%I', $1::text), 'id')::regclass)
          order by first_id",
    )
    .bind(&object.table)
    .fetch_all(&mut *connection)
    .await?;
    for row in full {
        let (partition, farewell): (String, Option<String>) = (row.try_get(0)?, row.try_get(1)?);
        match farewell {
            None => bid_farewell(connection, &partition, limit).await?,
            Some(_) => drop_when_kept(connection, object, &partition).await?,
        }
    }
    Ok(())
}

/// Notes a position after the last change of a partition whose newest row is over its time.
async fn bid_farewell(
    connection: &mut PgConnection,
    partition: &str,
    limit: DateTime<Utc>,
) -> Result<()> {
    let newest: Option<DateTime<Utc>> = sqlx::query_scalar(AssertSqlSafe(format!(
        "select max(greatest(created_at, updated_at)) from sys.{}",
        quoted(partition)
    )))
    .fetch_one(&mut *connection)
    .await?;
    if newest.is_none_or(|newest| newest < limit) {
        sqlx::query("update sys.id_partition set farewell = pg_current_wal_insert_lsn() where partition = $1")
            .bind(partition)
            .execute(connection)
            .await?;
    }
    Ok(())
}

/// Drops a partition once every capture of this database has acknowledged its last change.
async fn drop_when_kept(
    connection: &mut PgConnection,
    object: &Object,
    partition: &str,
) -> Result<()> {
    let kept: bool = sqlx::query_scalar(
        "select coalesce(bool_and(s.confirmed_flush_lsn >= p.farewell), false)
           from sys.id_partition p, pg_replication_slots s
          where p.partition = $1 and s.slot_type = 'logical' and not s.temporary and s.database = current_database()",
    )
    .bind(partition)
    .fetch_one(&mut *connection)
    .await?;
    if !kept {
        return Ok(());
    }
    let mut tx = connection.begin().await?;
    for statement in [
        format!(
            "alter table crm.{} detach partition sys.{}",
            quoted(&object.table),
            quoted(partition)
        ),
        format!("drop table sys.{}", quoted(partition)),
    ] {
        sqlx::query(AssertSqlSafe(statement))
            .execute(&mut *tx)
            .await?;
    }
    sqlx::query("update sys.id_partition set dropped_at = now() where partition = $1")
        .bind(partition)
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    tracing::info!(
        table = object.table,
        partition,
        "a partition over its time has left Postgres"
    );
    Ok(())
}
