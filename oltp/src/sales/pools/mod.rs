//! Public pools: leads and customers without an owner, for members to claim.
//!
//! A pool's members are those it is shared with; who may write it administers it. What stands in a pool
//! is seen by its members only. Database triggers keep a record from being in a pool and owned at once.

mod commands;
mod recycling;

use std::collections::BTreeMap;

use basalt_model::{Object, Principal};
use sqlx::{AssertSqlSafe, PgConnection};

use crate::error::{Error, Result};
use crate::sql::crm;

pub use commands::{assign, claim, give_back, recycle};
pub(in crate::sales) use recycling::last_follow_up;
pub use recycling::{Recycled, sweep};

/// Which rows `t` of the object still count as somebody's work.
pub(crate) fn open(object: &Object) -> &'static str {
    if object.name == "lead" {
        "t.converted_at is null"
    } else {
        "t.standing <> 'abandoned'"
    }
}

/// The policy of a user `u`: that of the employee type, or the one for everybody.
const POLICY: &str = "lateral (select p.* from crm.account_policy p
   where p.deleted_at is null and (p.employee_type is null or p.employee_type = u.employee_type)
   order by p.employee_type is null, p.id limit 1) p";

/// How many records of the object each user may own, where a policy says so.
pub(crate) async fn limits(
    connection: &mut PgConnection,
    object: &Object,
    users: &[i64],
) -> Result<BTreeMap<i64, i64>> {
    if object.name != "customer" {
        return Ok(BTreeMap::new());
    }
    let sql = format!(
        "select u.id, p.customer_limit::bigint from crm.app_user u cross join {POLICY}
         where u.id = any($1) and p.customer_limit is not null"
    );
    let rows: Vec<(i64, i64)> = sqlx::query_as(AssertSqlSafe(sql))
        .bind(users)
        .fetch_all(connection)
        .await?;
    Ok(rows.into_iter().collect())
}

/// Refuses one more customer for a user who owns as many as the policy allows. Waits for whoever gives
/// the same user another at this moment.
pub(crate) async fn check_private_limit(
    connection: &mut PgConnection,
    object: &Object,
    user: i64,
) -> Result<()> {
    let Some(limit) = limits(connection, object, &[user]).await?.remove(&user) else {
        return Ok(());
    };
    lock_user(connection, user).await?;
    let sql = format!(
        "select count(*) from {} t where t.owner_id = $1 and t.deleted_at is null and {}",
        crm(&object.table),
        open(object)
    );
    let owned: i64 = sqlx::query_scalar(AssertSqlSafe(sql))
        .bind(user)
        .fetch_one(connection)
        .await?;
    if owned < limit {
        return Ok(());
    }
    Err(Error::conflict(
        "customer_limit",
        format!(
            "The user owns {owned} customers, and may own {limit}. Return one first, or have the policy changed."
        ),
        format!("该用户已有 {owned} 个客户，上限为 {limit}。请先退回客户，或调整公共账户政策。"),
    ))
}

/// One change at a time to what a user holds, until the transaction ends.
async fn lock_user(connection: &mut PgConnection, user: i64) -> Result<()> {
    sqlx::query("select pg_advisory_xact_lock(hashtextextended('basalt.holds.' || $1, 0))")
        .bind(user)
        .execute(connection)
        .await?;
    Ok(())
}

/// Whether the principal administers the pool.
fn administers(principal: &Principal, pool: i64) -> bool {
    principal.is_admin() || principal.sight.administered_pools.contains(&pool)
}

/// Whether the principal is a member of the pool.
fn is_member(principal: &Principal, pool: i64) -> bool {
    principal.is_admin() || principal.sight.pools.contains(&pool)
}
