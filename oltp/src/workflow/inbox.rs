//! The inbox: notifications of a user, with their read state.

use basalt_model::Principal;
use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::{PgConnection, Row};

use crate::db::Db;
use crate::error::{Error, Result};

/// A notice to a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notification {
    pub id: i64,
    pub at: DateTime<Utc>,
    /// `rule`, `approval`, `approval_result`, …
    pub kind: String,
    pub title: String,
    pub body: String,
    pub object: Option<String>,
    pub record_id: Option<i64>,
    pub read_at: Option<DateTime<Utc>>,
}

/// One's notices, the youngest first, at most 100; before one of them.
///
/// # Errors
/// The database failed.
pub async fn notifications(
    db: &Db,
    principal: &Principal,
    unread_only: bool,
    before: Option<i64>,
) -> Result<Vec<Notification>> {
    let rows = sqlx::query(
        "select * from sys.notification where user_id = $1 and (not $2 or read_at is null) and ($3::bigint is null or id < $3)
         order by id desc limit 100",
    )
    .bind(principal.user_id)
    .bind(unread_only)
    .bind(before)
    .fetch_all(db.pool())
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Notification {
                id: row.try_get("id")?,
                at: row.try_get("at")?,
                kind: row.try_get("kind")?,
                title: row.try_get("title")?,
                body: row.try_get("body")?,
                object: row.try_get("object")?,
                record_id: row.try_get("record_id")?,
                read_at: row.try_get("read_at")?,
            })
        })
        .collect()
}

/// How many notices wait to be read.
///
/// # Errors
/// The database failed.
pub async fn unread(db: &Db, principal: &Principal) -> Result<i64> {
    Ok(sqlx::query_scalar(
        "select count(*) from sys.notification where user_id = $1 and read_at is null",
    )
    .bind(principal.user_id)
    .fetch_one(db.pool())
    .await?)
}

/// Marks one of one's notices (or all, without an id) as read.
///
/// # Errors
/// [`Error::NotFound`] for a notice that isn't one's own.
pub async fn mark_read(db: &Db, principal: &Principal, id: Option<i64>) -> Result<()> {
    let done = sqlx::query(
        "update sys.notification set read_at = coalesce(read_at, now()) where user_id = $1 and ($2::bigint is null or id = $2)",
    )
    .bind(principal.user_id)
    .bind(id)
    .execute(db.pool())
    .await?;
    if id.is_some() && done.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    Ok(())
}

/// A notice to be put into an inbox.
pub(crate) struct Notice<'a> {
    pub kind: &'a str,
    pub title: &'a str,
    pub body: &'a str,
    pub about: Option<(&'a str, i64)>,
}

/// Puts a notice into an inbox and returns its id.
pub(crate) async fn notify(
    connection: &mut PgConnection,
    user: i64,
    notice: &Notice<'_>,
) -> Result<i64> {
    Ok(sqlx::query_scalar(
        "insert into sys.notification (user_id, kind, title, body, object, record_id) values ($1, $2, $3, $4, $5, $6) returning id",
    )
    .bind(user)
    .bind(notice.kind)
    .bind(notice.title)
    .bind(notice.body)
    .bind(notice.about.map(|(object, _)| object))
    .bind(notice.about.map(|(_, id)| id))
    .fetch_one(connection)
    .await?)
}
