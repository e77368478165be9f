//! What people do with pools: claim, assign, return, recycle.

use basalt_model::{Action, Object, Principal, Problem, RowAccess, Trait};
use sqlx::{AssertSqlSafe, PgConnection, Row};

use super::{administers, check_private_limit, is_member, lock_user, open};
use crate::db::{Db, Tx};
use crate::error::{Error, Result};
use crate::record::{Saved, Store, Written};
use crate::rights;
use crate::sales::assignment::tell;
use crate::sales::history::{Entry, note};
use crate::sql::{crm, quoted};

/// A record as pools see it, locked.
struct Held {
    pool: Option<i64>,
    home: Option<i64>,
    owner: Option<i64>,
    title: Option<String>,
    /// Somebody's work still: not converted, not abandoned.
    open: bool,
}

/// Takes a record out of the pool; the principal owns it then.
///
/// # Errors
/// [`Error::NotFound`] when it isn't there for the principal; [`Error::Forbidden`] without the right to
/// change such records; [`Error::Conflict`] `already_claimed`, `pool_limit`, `customer_limit`.
pub async fn claim(db: &Db, principal: &Principal, object: &str, id: i64) -> Result<Saved> {
    let dictionary = db.dictionary();
    let object = pooled(dictionary.object(object))?;
    if !principal.can(&object.name, Action::Update) {
        return Err(Error::Forbidden);
    }
    let mut tx = db.begin(principal).await?;
    let held = lock(&mut tx, object, id).await?;
    let Some(pool) = held.pool else {
        // Who could have claimed it is told that somebody else was faster.
        let was_there = held.home.is_some_and(|home| is_member(principal, home));
        let seen =
            rights::within(&mut tx, db, principal, &object.name, id, RowAccess::Read).await?;
        return Err(if was_there || seen {
            Error::conflict(
                "already_claimed",
                "This record is not in the pool any more: somebody else has it.",
                "该记录已不在公海中，已被他人领取。",
            )
        } else {
            Error::NotFound
        });
    };
    if !is_member(principal, pool) {
        return Err(Error::NotFound);
    }
    check_pool_limit(&mut tx, object, pool, principal.user_id).await?;
    check_private_limit(&mut tx, object, principal.user_id).await?;
    let entry = Entry {
        kind: "claimed",
        pool: Some(pool),
        ..Entry::default()
    };
    give(&mut tx, object, id, principal.user_id, entry).await?;
    finish(db, tx, principal, object, id).await
}

/// Gives a record of a pool that the principal administers to a user, who is told. One that is followed
/// already can be given to another.
///
/// # Errors
/// As [`claim`]; [`Error::Forbidden`] for who doesn't administer the pool; [`Error::Validation`] when
/// the user isn't there.
pub async fn assign(
    db: &Db,
    principal: &Principal,
    object: &str,
    id: i64,
    user: i64,
) -> Result<Saved> {
    let dictionary = db.dictionary();
    let object = pooled(dictionary.object(object))?;
    let mut tx = db.begin(principal).await?;
    let held = lock(&mut tx, object, id).await?;
    let pool = administered(&mut tx, db, principal, object, id, &held).await?;
    must_be_open(object, &held)?;
    let there: bool = sqlx::query_scalar(
        "select exists (select from crm.app_user where id = $1 and active and deleted_at is null)",
    )
    .bind(user)
    .fetch_one(&mut *tx)
    .await?;
    if !there {
        let problem = Problem::new("not_found", "is no active user", "不是有效用户");
        return Err(Error::field("user", problem));
    }
    if held.owner == Some(user) {
        return finish(db, tx, principal, object, id).await;
    }
    check_private_limit(&mut tx, object, user).await?;
    let entry = Entry {
        kind: "assigned",
        pool: Some(pool),
        ..Entry::default()
    };
    give(&mut tx, object, id, user, entry).await?;
    tell(&mut tx, object, id, user, held.title.as_deref()).await?;
    finish(db, tx, principal, object, id).await
}

/// Hands a record back to a pool, for one of the pool's reasons.
///
/// # Errors
/// [`Error::Validation`] when the reason is missing or not one of the pool's, or no pool is known;
/// [`Error::Forbidden`] for a record that isn't one's own to give away.
pub async fn give_back(
    db: &Db,
    principal: &Principal,
    object: &str,
    id: i64,
    pool: Option<i64>,
    reason: Option<&str>,
) -> Result<Saved> {
    let dictionary = db.dictionary();
    let object = pooled(dictionary.object(object))?;
    let mut tx = db.begin(principal).await?;
    let held = lock(&mut tx, object, id).await?;
    if !rights::within(&mut tx, db, principal, &object.name, id, RowAccess::Read).await? {
        return Err(Error::NotFound);
    }
    if !principal.can(&object.name, Action::Update)
        || !rights::within(&mut tx, db, principal, &object.name, id, RowAccess::Full).await?
    {
        return Err(Error::Forbidden);
    }
    if held.pool.is_some() {
        return Err(Error::conflict(
            "in_pool",
            "This record is in a pool already.",
            "该记录已在公海中。",
        ));
    }
    must_be_open(object, &held)?;
    let pool = target(&mut tx, object, pool.or(held.home)).await?;
    if held.home != Some(pool) && !is_member(principal, pool) {
        return Err(no_pool());
    }
    let reasons: Option<String> =
        sqlx::query_scalar("select return_reasons from crm.pool where id = $1")
            .bind(pool)
            .fetch_one(&mut *tx)
            .await?;
    let reasons = reasons.unwrap_or_default();
    let listed: Vec<&str> = reasons
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let reason = reason
        .map(str::trim)
        .filter(|reason| listed.contains(reason));
    let Some(reason) = reason else {
        let problem = Problem::new(
            "choice",
            format!(
                "must be one of the pool's return reasons: {}",
                listed.join("; ")
            ),
            format!("须为该公海的退回原因之一：{}", listed.join("；")),
        );
        return Err(Error::field("reason", problem));
    };
    let entry = Entry {
        kind: "returned",
        reason: Some(reason),
        rep: held.owner,
        pool: Some(pool),
        ..Entry::default()
    };
    put(&mut tx, object, id, pool, entry).await?;
    finish(db, tx, principal, object, id).await
}

/// Takes a record back from its owner into a pool that the principal administers.
///
/// # Errors
/// [`Error::Forbidden`] for who doesn't administer the pool; [`Error::Conflict`] when nobody has it.
pub async fn recycle(db: &Db, principal: &Principal, object: &str, id: i64) -> Result<Saved> {
    let dictionary = db.dictionary();
    let object = pooled(dictionary.object(object))?;
    let mut tx = db.begin(principal).await?;
    let held = lock(&mut tx, object, id).await?;
    let pool = administered(&mut tx, db, principal, object, id, &held).await?;
    must_be_open(object, &held)?;
    if held.pool.is_some() {
        return Err(Error::conflict(
            "in_pool",
            "This record is in a pool already.",
            "该记录已在公海中。",
        ));
    }
    let pool = target(&mut tx, object, Some(pool)).await?;
    let entry = Entry {
        kind: "recycled",
        rep: held.owner,
        pool: Some(pool),
        ..Entry::default()
    };
    put(&mut tx, object, id, pool, entry).await?;
    finish(db, tx, principal, object, id).await
}

fn pooled(object: Option<&Object>) -> Result<&Object> {
    object
        .filter(|object| object.has(Trait::Pooled))
        .ok_or(Error::NotFound)
}

async fn lock(connection: &mut PgConnection, object: &Object, id: i64) -> Result<Held> {
    let sql = format!(
        "select t.pool_id, t.home_pool_id, t.owner_id, t.{}, {} from {} t where t.id = $1 and t.deleted_at is null for update",
        quoted(&object.title),
        open(object),
        crm(&object.table)
    );
    let row = sqlx::query(AssertSqlSafe(sql))
        .bind(id)
        .fetch_optional(connection)
        .await?
        .ok_or(Error::NotFound)?;
    Ok(Held {
        pool: row.try_get(0)?,
        home: row.try_get(1)?,
        owner: row.try_get(2)?,
        title: row.try_get(3)?,
        open: row.try_get(4)?,
    })
}

/// The record's pool, which the principal administers.
async fn administered(
    tx: &mut Tx,
    db: &Db,
    principal: &Principal,
    object: &Object,
    id: i64,
    held: &Held,
) -> Result<i64> {
    let pool = held.pool.or(held.home);
    match pool {
        Some(pool) if administers(principal, pool) => Ok(pool),
        _ if rights::within(tx, db, principal, &object.name, id, RowAccess::Read).await? => {
            match pool {
                None if principal.is_admin() => Err(no_pool()),
                _ => Err(Error::Forbidden),
            }
        }
        _ => Err(Error::NotFound),
    }
}

fn must_be_open(object: &Object, held: &Held) -> Result<()> {
    if held.open {
        return Ok(());
    }
    Err(Error::conflict(
        "not_open",
        format!(
            "This {} is finished (converted or abandoned); pools are for open ones.",
            object.label.en.to_lowercase()
        ),
        format!("该{}已转化或已放弃，不能进出公海。", object.label.zh),
    ))
}

/// The pool, when it is there and for such records.
async fn target(connection: &mut PgConnection, object: &Object, pool: Option<i64>) -> Result<i64> {
    let found: Option<i64> = sqlx::query_scalar(
        "select id from crm.pool where id = $1 and object = $2 and deleted_at is null",
    )
    .bind(pool)
    .bind(&object.name)
    .fetch_optional(connection)
    .await?;
    found.ok_or_else(no_pool)
}

fn no_pool() -> Error {
    let problem = Problem::new(
        "required",
        "must be a pool for such records: this one came from none",
        "须指定公海：该记录没有归属公海",
    );
    Error::field("pool", problem)
}

async fn check_pool_limit(
    connection: &mut PgConnection,
    object: &Object,
    pool: i64,
    user: i64,
) -> Result<()> {
    let limit: Option<i32> = sqlx::query_scalar("select claim_limit from crm.pool where id = $1")
        .bind(pool)
        .fetch_one(&mut *connection)
        .await?;
    let Some(limit) = limit else { return Ok(()) };
    lock_user(connection, user).await?;
    let sql = format!(
        "select count(*) from {} t where t.owner_id = $1 and t.home_pool_id = $2 and t.deleted_at is null and {}",
        crm(&object.table),
        open(object)
    );
    let holds: i64 = sqlx::query_scalar(AssertSqlSafe(sql))
        .bind(user)
        .bind(pool)
        .fetch_one(connection)
        .await?;
    if holds < i64::from(limit) {
        return Ok(());
    }
    Err(Error::conflict(
        "pool_limit",
        format!(
            "You hold {holds} records from this pool, and may hold {limit}. Convert or return one first."
        ),
        format!("您已持有该公海的 {holds} 条记录，上限为 {limit}。请先转化或退回。"),
    ))
}

/// Makes a user the owner.
async fn give(
    connection: &mut PgConnection,
    object: &Object,
    id: i64,
    user: i64,
    entry: Entry<'_>,
) -> Result<()> {
    let sql = format!(
        "update {} t set owner_id = u.id, department_id = u.department_id, acquired = $3, owned_since = now()
         from crm.app_user u where u.id = $2 and t.id = $1",
        crm(&object.table)
    );
    sqlx::query(AssertSqlSafe(sql))
        .bind(id)
        .bind(user)
        .bind(entry.kind)
        .execute(&mut *connection)
        .await?;
    let entry = Entry {
        rep: Some(user),
        ..entry
    };
    note(connection, &object.name, id, entry).await
}

/// Puts a record into a pool; its owner, and what the owner was given of it, has no access any more.
pub(super) async fn put(
    connection: &mut PgConnection,
    object: &Object,
    id: i64,
    pool: i64,
    entry: Entry<'_>,
) -> Result<()> {
    let sql = format!(
        "update {} set pool_id = $2, home_pool_id = $2 where id = $1",
        crm(&object.table)
    );
    sqlx::query(AssertSqlSafe(sql))
        .bind(id)
        .bind(pool)
        .execute(&mut *connection)
        .await?;
    if let Some(owner) = entry.rep {
        sqlx::query(
            "delete from crm.record_share where object = $1 and record_id = $2 and grantee = $3",
        )
        .bind(&object.name)
        .bind(id)
        .bind(format!("user:{owner}"))
        .execute(&mut *connection)
        .await?;
    }
    note(connection, &object.name, id, entry).await
}

/// Commits, and answers with the record; of one that has gone out of sight, with its number alone.
async fn finish(
    db: &Db,
    mut tx: Tx,
    principal: &Principal,
    object: &Object,
    id: i64,
) -> Result<Saved> {
    let store = Store::new(db.clone());
    let written = match store.written_in(&mut tx, principal, &object.name, id).await {
        Ok(written) => written,
        Err(Error::NotFound) => Written::out_of_sight(id, 0),
        Err(error) => return Err(error),
    };
    written.commit(tx).await
}
