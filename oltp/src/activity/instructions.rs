//! Instructions of superiors on records (批示): they stand there until they are done.

use basalt_model::{Ownership, Principal, Problem, RowAccess};
use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::{QueryBuilder, Row};

use super::superior::is_superior;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::rights::within;
use crate::sql::crm;
use crate::workflow::{Notice, notify};

/// An instruction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Instruction {
    pub id: i64,
    pub body: String,
    pub created_at: DateTime<Utc>,
    pub created_by: i64,
    pub author: Option<String>,
    /// Who is to do it: the owner when it was given.
    pub for_user: i64,
    pub done_at: Option<DateTime<Utc>>,
    pub done_by: Option<i64>,
}

/// The instructions on a record, the latest first, at most 200.
///
/// # Errors
/// [`Error::NotFound`] when the record isn't readable.
pub async fn on_record(
    db: &Db,
    principal: &Principal,
    object: &str,
    id: i64,
) -> Result<Vec<Instruction>> {
    let mut connection = db.pool().acquire().await?;
    if !within(&mut connection, db, principal, object, id, RowAccess::Read).await? {
        return Err(Error::NotFound);
    }
    let rows = sqlx::query(
        "select i.*, u.name as author from sys.instruction i left join crm.app_user u on u.id = i.created_by
         where i.object = $1 and i.record_id = $2 order by i.id desc limit 200",
    )
    .bind(object)
    .bind(id)
    .fetch_all(&mut *connection)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Instruction {
                id: row.try_get("id")?,
                body: row.try_get("body")?,
                created_at: row.try_get("created_at")?,
                created_by: row.try_get("created_by")?,
                author: row.try_get("author")?,
                for_user: row.try_get("for_user")?,
                done_at: row.try_get("done_at")?,
                done_by: row.try_get("done_by")?,
            })
        })
        .collect()
}

/// Gives an instruction to the record's owner, who is told.
///
/// # Errors
/// [`Error::NotFound`] when the record isn't readable; [`Error::Forbidden`] for others than superiors of
/// its owner; [`Error::Conflict`] when it has no owner.
pub async fn give(
    db: &Db,
    principal: &Principal,
    object: &str,
    id: i64,
    body: &str,
) -> Result<i64> {
    let body = body.trim();
    if !(1..=4000).contains(&body.chars().count()) {
        return Err(Error::field(
            "body",
            Problem::new(
                "length",
                "must have 1 to 4000 characters",
                "须为 1 到 4000 个字符",
            ),
        ));
    }
    let mut tx = db.begin(principal).await?;
    if !within(&mut tx, db, principal, object, id, RowAccess::Read).await? {
        return Err(Error::NotFound);
    }
    let dictionary = db.dictionary();
    let known = dictionary
        .object(object)
        .filter(|object| object.ownership == Ownership::User)
        .ok_or_else(no_owner)?;
    let mut query = QueryBuilder::new(format!(
        "select owner_id from {} where id = ",
        crm(&known.table)
    ));
    query.push_bind(id);
    let owner: Option<i64> = query.build_query_scalar().fetch_one(&mut *tx).await?;
    let owner = owner.ok_or_else(no_owner)?;
    if !is_superior(&mut tx, principal, owner).await? {
        return Err(Error::Forbidden);
    }
    let made: i64 = sqlx::query_scalar(
        "insert into sys.instruction (object, record_id, body, created_by, for_user) values ($1, $2, $3, $4, $5) returning id",
    )
    .bind(object)
    .bind(id)
    .bind(body)
    .bind(principal.user_id)
    .bind(owner)
    .fetch_one(&mut *tx)
    .await?;
    let locale: Option<String> =
        sqlx::query_scalar("select locale from crm.app_user where id = $1")
            .bind(owner)
            .fetch_optional(&mut *tx)
            .await?;
    let title = if locale.as_deref() == Some("zh") {
        format!("{} 的批示", principal.name)
    } else {
        format!("Instruction of {}", principal.name)
    };
    let notice = Notice {
        kind: "instruction",
        title: &title,
        body,
        about: Some((object, id)),
    };
    notify(&mut tx, owner, &notice).await?;
    tx.commit().await?;
    Ok(made)
}

fn no_owner() -> Error {
    Error::conflict(
        "no_owner",
        "The record has no owner who could follow an instruction.",
        "该记录没有负责人，无法下达批示。",
    )
}

/// Marks an instruction as done; for whom it is meant, and who gave it.
///
/// # Errors
/// [`Error::NotFound`] when there is none on a readable record; [`Error::Forbidden`] for others.
pub async fn mark_done(
    db: &Db,
    principal: &Principal,
    object: &str,
    record: i64,
    id: i64,
) -> Result<()> {
    let mut tx = db.begin(principal).await?;
    if !within(&mut tx, db, principal, object, record, RowAccess::Read).await? {
        return Err(Error::NotFound);
    }
    let whose: Option<(i64, i64)> = sqlx::query_as(
        "select for_user, created_by from sys.instruction where id = $1 and object = $2 and record_id = $3 for update",
    )
    .bind(id)
    .bind(object)
    .bind(record)
    .fetch_optional(&mut *tx)
    .await?;
    let (for_user, by) = whose.ok_or(Error::NotFound)?;
    if ![for_user, by].contains(&principal.user_id) {
        return Err(Error::Forbidden);
    }
    sqlx::query(
        "update sys.instruction set done_at = coalesce(done_at, now()), done_by = coalesce(done_by, $2) where id = $1",
    )
    .bind(id)
    .bind(principal.user_id)
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(())
}
