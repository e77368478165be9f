//! Calendars shared with colleagues, for reading.

use basalt_model::{Principal, Problem};
use serde::Serialize;
use sqlx::PgConnection;

use crate::db::Db;
use crate::error::{Error, Result};

/// A user by id and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Person {
    pub id: i64,
    pub name: String,
}

/// Who sees the caller's calendar, and whose the caller sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shares {
    pub with: Vec<Person>,
    pub of: Vec<Person>,
}

/// The shares of the caller.
///
/// # Errors
/// The database failed.
pub async fn shares(db: &Db, principal: &Principal) -> Result<Shares> {
    let people = async |statement: &'static str| {
        sqlx::query_as::<_, Person>(statement)
            .bind(principal.user_id)
            .fetch_all(db.pool())
            .await
    };
    Ok(Shares {
        with: people("select u.id, u.name from sys.calendar_share s join crm.app_user u on u.id = s.grantee_id where s.owner_id = $1 order by u.name, u.id").await?,
        of: people("select u.id, u.name from sys.calendar_share s join crm.app_user u on u.id = s.owner_id where s.grantee_id = $1 order by u.name, u.id").await?,
    })
}

/// Shares the caller's calendar with a colleague.
///
/// # Errors
/// [`Error::Validation`] for somebody who isn't there, or oneself.
pub async fn add_share(db: &Db, principal: &Principal, user: i64) -> Result<()> {
    let mut tx = db.begin(principal).await?;
    let known: bool = sqlx::query_scalar(
        "select exists (select from crm.app_user where id = $1 and active and deleted_at is null and id <> $2)",
    )
    .bind(user)
    .bind(principal.user_id)
    .fetch_one(&mut *tx)
    .await?;
    if !known {
        return Err(Error::field(
            "user",
            Problem::new("not_found", "is no other enabled user", "不是其他有效用户"),
        ));
    }
    sqlx::query("insert into sys.calendar_share (owner_id, grantee_id) values ($1, $2) on conflict do nothing")
        .bind(principal.user_id)
        .bind(user)
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(())
}

/// Ends a share.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn remove_share(db: &Db, principal: &Principal, user: i64) -> Result<()> {
    let mut tx = db.begin(principal).await?;
    let gone =
        sqlx::query("delete from sys.calendar_share where owner_id = $1 and grantee_id = $2")
            .bind(principal.user_id)
            .bind(user)
            .execute(&mut *tx)
            .await?;
    if gone.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    tx.commit().await?;
    Ok(())
}

/// Whether the user shares its calendar with the principal.
pub(super) async fn is_shared(
    connection: &mut PgConnection,
    owner: i64,
    principal: &Principal,
) -> Result<bool> {
    Ok(sqlx::query_scalar(
        "select exists (select from sys.calendar_share s join crm.app_user u on u.id = s.owner_id and u.active and u.deleted_at is null
           where s.owner_id = $1 and s.grantee_id = $2)",
    )
    .bind(owner)
    .bind(principal.user_id)
    .fetch_one(connection)
    .await?)
}
