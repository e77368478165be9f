//! Recycling by rules: what its owner doesn't follow up, or doesn't sell to, goes back to a pool.

use basalt_model::{Dictionary, Object, Principal, Trait};
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{AssertSqlSafe, PgConnection, Row};

use super::{POLICY, commands::put, open};
use crate::db::Db;
use crate::error::Result;
use crate::sales::history::Entry;
use crate::sql::{crm, quoted};

/// Records that one look at a rule takes; the rest is found by the next.
const AT_ONCE: i64 = 1000;

/// How many records went back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recycled {
    /// By the rules of pools.
    pub by_pools: usize,
    /// By the public-account policy.
    pub by_policy: usize,
}

/// Returns what is due at `now`.
///
/// # Errors
/// The database failed.
pub async fn sweep(db: &Db, now: DateTime<Utc>) -> Result<Recycled> {
    let dictionary = db.dictionary();
    let mut recycled = Recycled::default();
    for object in dictionary.objects() {
        if object.has(Trait::Pooled) {
            recycled.by_pools += by_pools(db, &dictionary, object, now).await?;
        }
    }
    if let Some(customer) = dictionary.object("customer") {
        recycled.by_policy = by_policy(db, &dictionary, customer, now).await?;
    }
    Ok(recycled)
}

async fn by_pools(
    db: &Db,
    dictionary: &Dictionary,
    object: &Object,
    now: DateTime<Utc>,
) -> Result<usize> {
    let pools = sqlx::query(
        "select id, name, recycle_after_days, recycle_without_sale_days, exempt_self_created, catch_all from crm.pool
         where object = $1 and deleted_at is null and (recycle_after_days is not null or recycle_without_sale_days is not null)
         order by catch_all, id",
    )
    .bind(&object.name)
    .fetch_all(db.pool())
    .await?;
    let mut count = 0;
    for pool in pools {
        let (id, name): (i64, String) = (pool.try_get(0)?, pool.try_get(1)?);
        let exempt: bool = pool.try_get(4)?;
        let catch_all: bool = pool.try_get(5)?;
        let mut whose = format!("(t.home_pool_id = {id}");
        if catch_all {
            whose.push_str(" or t.home_pool_id is null");
        }
        whose.push(')');
        if exempt {
            whose.push_str(" and t.acquired <> 'created'");
        }
        let rules: [(Option<i32>, String, &str, &str); 2] = [
            (
                pool.try_get(2)?,
                last_follow_up(dictionary, object),
                "follow-up",
                "跟进",
            ),
            (
                pool.try_get::<Option<i32>, _>(3)?
                    .filter(|_| object.name == "customer"),
                LAST_SALE.to_owned(),
                "sale",
                "成交",
            ),
        ];
        for (days, since, what, what_zh) in rules {
            let Some(days) = days else { continue };
            let before = now - TimeDelta::days(i64::from(days));
            let sql = format!(
                "select t.id, t.owner_id from {} t where t.deleted_at is null and t.owner_id is not null and {} and {whose}
                 and {since} < $1 order by t.id limit $2",
                crm(&object.table),
                open(object)
            );
            let due: Vec<(i64, i64)> = sqlx::query_as(AssertSqlSafe(sql))
                .bind(before)
                .bind(AT_ONCE)
                .fetch_all(db.pool())
                .await?;
            let rule = format!("{name}: {days} days without {what} {days} 天无{what_zh}");
            for (record, owner) in due {
                let entry = Entry {
                    kind: "recycled",
                    rule: Some(&rule),
                    rep: Some(owner),
                    pool: Some(id),
                    ..Entry::default()
                };
                count += usize::from(take(db, object, record, owner, id, entry).await?);
            }
        }
    }
    Ok(count)
}

/// Customers whose owner's policy is not kept, into the policy's pool, or where they came from.
async fn by_policy(
    db: &Db,
    dictionary: &Dictionary,
    object: &Object,
    now: DateTime<Utc>,
) -> Result<usize> {
    let mut count = 0;
    for (column, since, what, what_zh) in [
        (
            "follow_up_days",
            last_follow_up(dictionary, object),
            "follow-up",
            "跟进",
        ),
        ("sale_days", LAST_SALE.to_owned(), "sale", "成交"),
    ] {
        let sql = format!(
            "select t.id, t.owner_id, coalesce(p.pool_id, t.home_pool_id), p.name, p.{column}
             from {} t join crm.app_user u on u.id = t.owner_id cross join {POLICY}
             where t.deleted_at is null and {} and p.{column} is not null and coalesce(p.pool_id, t.home_pool_id) is not null
               and {since} < $1 - make_interval(days => p.{column}) order by t.id limit $2",
            crm(&object.table),
            open(object)
        );
        let due = sqlx::query(AssertSqlSafe(sql))
            .bind(now)
            .bind(AT_ONCE)
            .fetch_all(db.pool())
            .await?;
        for row in due {
            let (record, owner, pool): (i64, i64, i64) =
                (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            let (name, days): (String, i32) = (row.try_get(3)?, row.try_get(4)?);
            let rule = format!("{name}: {days} days without {what} {days} 天无{what_zh}");
            let entry = Entry {
                kind: "released",
                rule: Some(&rule),
                rep: Some(owner),
                pool: Some(pool),
                ..Entry::default()
            };
            count += usize::from(take(db, object, record, owner, pool, entry).await?);
        }
    }
    Ok(count)
}

/// Takes a record from its owner, if it is still theirs.
async fn take(
    db: &Db,
    object: &Object,
    record: i64,
    owner: i64,
    pool: i64,
    entry: Entry<'_>,
) -> Result<bool> {
    let mut tx = db.begin(&Principal::system()).await?;
    if !still_owned(&mut tx, object, record, owner).await? {
        return Ok(false);
    }
    put(&mut tx, object, record, pool, entry).await?;
    tx.commit().await?;
    Ok(true)
}

async fn still_owned(
    connection: &mut PgConnection,
    object: &Object,
    record: i64,
    owner: i64,
) -> Result<bool> {
    let sql = format!(
        "select owner_id from {} where id = $1 and deleted_at is null for update",
        crm(&object.table)
    );
    let there: Option<Option<i64>> = sqlx::query_scalar(AssertSqlSafe(sql))
        .bind(record)
        .fetch_optional(connection)
        .await?;
    Ok(there.flatten() == Some(owner))
}

/// When something was last sold to a customer `t`, or since when it is the owner's.
const LAST_SALE: &str =
    "greatest(t.owned_since, (select max(o.ordered_on)::timestamptz from crm.sales_order o
   where o.customer_id = t.id and o.deleted_at is null and o.status in ('confirmed', 'paid')))";

/// When a record `t` was last followed up: since it is the owner's, a note or comment was written, a
/// stage was reached, or a task or another activity about it was last touched by a person.
pub(in crate::sales) fn last_follow_up(dictionary: &Dictionary, object: &Object) -> String {
    let name = &object.name;
    let mut moments = vec![
        "t.owned_since".to_owned(),
        format!(
            "(select max(r.created_at) from sys.remark r where r.object = '{name}' and r.record_id = t.id and r.deleted_at is null)"
        ),
        format!(
            "(select max(h.happened_at) from crm.history_entry h where h.{} = t.id and h.kind in ('stage', 'checked'))",
            quoted(&format!("{name}_id"))
        ),
    ];
    for other in dictionary.objects() {
        let table = crm(&other.table);
        if other.field("about_object").is_some() && other.field("about_record").is_some() {
            moments.push(format!(
                "(select max(a.updated_at) from {table} a where a.about_object = '{name}' and a.about_record = t.id
                  and a.deleted_at is null and coalesce(a.updated_by, a.created_by) is not null)"
            ));
        } else if other.area == "activity" {
            for (field, target) in other.references() {
                if target == name {
                    moments.push(format!(
                        "(select max(a.updated_at) from {table} a where a.{} = t.id
                          and a.deleted_at is null and coalesce(a.updated_by, a.created_by) is not null)",
                        quoted(&field.column())
                    ));
                }
            }
        }
    }
    format!("greatest({})", moments.join(", "))
}
