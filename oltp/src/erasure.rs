//! Erasure of a customer as a person: personal values leave the records, the audit trail and whatever
//! else is kept of them here; the lake follows by what [`open`] says.
//!
//! Personal are the fields that the dictionary marks so, and the name of a customer that is a person.
//! Figures stay: orders, payments and messages remain, without what tells who it was.

use basalt_model::dictionary::RightsFrom;
use basalt_model::{Dictionary, Object, Principal};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use sqlx::{PgConnection, Row};

use crate::db::Db;
use crate::error::{Error, Result};
use crate::record::companions;
use crate::sql::{crm, quoted};

/// Stands where something must stand.
const ERASED: &str = "erased";
const CUSTOMER: &str = "customer";
const MESSAGE: &str = "message";

/// Rows of one table, and the columns of them that are personal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// A table of schema `crm`.
    pub table: String,
    pub columns: Vec<String>,
    pub ids: Vec<i64>,
}

/// An erasure that was asked for.
#[derive(Debug, Clone)]
pub struct Erasure {
    pub id: i64,
    pub object: String,
    pub record_id: i64,
    pub reason: String,
    pub actor: String,
    pub asked_at: DateTime<Utc>,
    pub parts: Vec<Part>,
    /// How many of them are gone from the lake.
    pub parts_done: i32,
    /// Why the last attempt failed; it is tried again.
    pub error: Option<String>,
    pub done_at: Option<DateTime<Utc>>,
}

/// Erases a customer from the records, and puts the rest on the list; gives its number there.
///
/// `confirm` must be the customer's code, so that no slip erases somebody else.
///
/// # Errors
/// [`Error::Forbidden`] for anybody but administrators; [`Error::NotFound`]; [`Error::Request`] when
/// the reason is missing or the code is another; [`Error::Conflict`] `messages_open` while mails to the
/// person wait to be sent.
pub async fn erase(
    db: &Db,
    principal: &Principal,
    customer: i64,
    confirm: &str,
    reason: &str,
) -> Result<i64> {
    if !principal.is_admin() {
        return Err(Error::Forbidden);
    }
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Error::request(
            "reason",
            "is missing: say who asked for it and why",
            "缺失：请说明由谁提出及原因",
        ));
    }
    let dictionary = db.dictionary();
    let mut tx = db.begin(principal).await?;
    let row = sqlx::query("select code, kind from crm.customer where id = $1 for update")
        .bind(customer)
        .fetch_optional(&mut *tx)
        .await?
        .ok_or(Error::NotFound)?;
    let (code, kind): (String, String) = (row.try_get(0)?, row.try_get(1)?);
    if confirm != code {
        return Err(Error::request(
            "confirm",
            "must be the customer's code",
            "须为该客户的编码",
        ));
    }
    refuse_while_mail_waits(&mut tx, customer).await?;
    let parts = parts(&mut tx, &dictionary, customer, kind == "person").await?;
    sqlx::query("select set_config('basalt.erasing', 'on', true)")
        .execute(&mut *tx)
        .await?;
    for (object, part) in &parts {
        blank(&mut tx, object, part).await?;
        forget(&mut tx, object, part).await?;
    }
    let parts: Vec<&Part> = parts.iter().map(|(_, part)| part).collect();
    let id: i64 = sqlx::query_scalar(
        "insert into sys.erasure (object, record_id, reason, actor, parts) values ($1, $2, $3, $4, $5) returning id",
    )
    .bind(CUSTOMER)
    .bind(customer)
    .bind(reason)
    .bind(principal.actor())
    .bind(json!(parts))
    .fetch_one(&mut *tx)
    .await?;
    crate::audit::note(
        &mut tx,
        principal,
        "sys.erasure",
        json!({ "erasure": id, "object": CUSTOMER, "id": customer, "reason": reason }),
    )
    .await?;
    tx.commit().await?;
    Ok(id)
}

/// The list of erasures, the youngest first, before a number.
///
/// # Errors
/// The database failed.
pub async fn list(db: &Db, before: Option<i64>, limit: i64) -> Result<Vec<Erasure>> {
    let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
        "{SELECT} where id < coalesce($1, 9223372036854775807) order by id desc limit $2"
    )))
    .bind(before)
    .bind(limit)
    .fetch_all(db.pool())
    .await?;
    rows.iter().map(read).collect()
}

/// # Errors
/// [`Error::NotFound`].
pub async fn get(db: &Db, id: i64) -> Result<Erasure> {
    let row = sqlx::query(sqlx::AssertSqlSafe(format!("{SELECT} where id = $1")))
        .bind(id)
        .fetch_optional(db.pool())
        .await?;
    read(&row.ok_or(Error::NotFound)?)
}

/// What the lake has still to erase, oldest first.
///
/// # Errors
/// The database failed.
pub async fn open(db: &Db) -> Result<Vec<Erasure>> {
    let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
        "{SELECT} where done_at is null order by id"
    )))
    .fetch_all(db.pool())
    .await?;
    rows.iter().map(read).collect()
}

/// Notes that the first `parts` are gone from the lake.
///
/// # Errors
/// The database failed.
pub async fn note_done(db: &Db, id: i64, parts: i32) -> Result<()> {
    sqlx::query(
        "update sys.erasure set parts_done = $2, error = null,
                done_at = case when $2 >= jsonb_array_length(parts) then now() end where id = $1",
    )
    .bind(id)
    .bind(parts)
    .execute(db.pool())
    .await?;
    Ok(())
}

/// Notes why an attempt failed.
///
/// # Errors
/// The database failed.
pub async fn note_error(db: &Db, id: i64, error: &str) -> Result<()> {
    sqlx::query("update sys.erasure set error = $2 where id = $1")
        .bind(id)
        .bind(error)
        .execute(db.pool())
        .await?;
    Ok(())
}

/// Has the capture send rows again in which something must stand: the lake empties what it may, and
/// puts words of its own where it must not, so that it would tell other words than the records.
///
/// # Errors
/// The database failed.
pub async fn send_again(db: &Db, part: &Part) -> Result<()> {
    let dictionary = db.dictionary();
    let required = dictionary.by_table(&part.table).and_then(|object| {
        let mut fields = object.fields.iter().filter(|field| field.required);
        fields.find_map(|field| {
            part.columns
                .iter()
                .find(|column| **column == field.column())
        })
    });
    let Some(column) = required else {
        return Ok(());
    };
    let mut tx = db.begin(&Principal::system()).await?;
    let sql = format!(
        "update {} set {column} = {column} where id = any($1)",
        crm(&part.table),
        column = quoted(column)
    );
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(&part.ids)
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(())
}

const SELECT: &str = "select id, object, record_id, reason, actor, asked_at, parts, parts_done, error, done_at from sys.erasure";

fn read(row: &sqlx::postgres::PgRow) -> Result<Erasure> {
    let parts: Json = row.try_get(6)?;
    Ok(Erasure {
        id: row.try_get(0)?,
        object: row.try_get(1)?,
        record_id: row.try_get(2)?,
        reason: row.try_get(3)?,
        actor: row.try_get(4)?,
        asked_at: row.try_get(5)?,
        parts: serde_json::from_value(parts).map_err(|error| Error::Stored(error.to_string()))?,
        parts_done: row.try_get(7)?,
        error: row.try_get(8)?,
        done_at: row.try_get(9)?,
    })
}

/// A mail on its way needs its address.
async fn refuse_while_mail_waits(connection: &mut PgConnection, customer: i64) -> Result<()> {
    let waiting: i64 = sqlx::query_scalar(
        "select count(*) from crm.message where customer_id = $1 and state in ('planned', 'claimed', 'deferred')",
    )
    .bind(customer)
    .fetch_one(connection)
    .await?;
    if waiting == 0 {
        return Ok(());
    }
    Err(Error::conflict(
        "messages_open",
        format!(
            "{waiting} mails to this customer wait to be sent; stop their campaigns or let them finish first."
        ),
        format!("还有 {waiting} 封发给该客户的邮件等待发送；请先停止相关市场活动或等待其完成。"),
    ))
}

/// The customer and what takes its rights from it, as far as it holds anything personal.
async fn parts(
    connection: &mut PgConnection,
    dictionary: &Dictionary,
    customer: i64,
    person: bool,
) -> Result<Vec<(Object, Part)>> {
    let mut parts = Vec::new();
    for object in dictionary.objects() {
        let mut columns: Vec<String> = object
            .fields
            .iter()
            .filter(|field| field.personal)
            .map(basalt_model::Field::column)
            .collect();
        let ids = if object.name == CUSTOMER {
            if person {
                columns.push(object.title.clone());
            }
            vec![customer]
        } else if let RightsFrom::Parent { field, object: of } = &object.rights
            && of == CUSTOMER
            && !columns.is_empty()
            && let Some(field) = object.field(field)
        {
            let sql = format!(
                "select id from {} where {} = $1 order by id for update",
                crm(&object.table),
                quoted(&field.column())
            );
            sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
                .bind(customer)
                .fetch_all(&mut *connection)
                .await?
        } else {
            continue;
        };
        if !columns.is_empty() && !ids.is_empty() {
            let table = object.table.clone();
            parts.push((
                object.clone(),
                Part {
                    table,
                    columns,
                    ids,
                },
            ));
        }
    }
    Ok(parts)
}

/// Empties the personal columns. The ledger keeps a token for its address, which is part of its key,
/// made with a salt that nobody keeps.
async fn blank(connection: &mut PgConnection, object: &Object, part: &Part) -> Result<()> {
    let mut salt: Option<String> = None;
    if object.name == MESSAGE {
        salt = sqlx::query_scalar("select gen_random_uuid()::text")
            .fetch_one(&mut *connection)
            .await?;
    }
    let values: Vec<String> = part
        .columns
        .iter()
        .map(|column| {
            let required = object
                .fields
                .iter()
                .any(|field| field.column() == *column && field.required);
            let value = match (object.name.as_str(), column.as_str()) {
                (MESSAGE, "address") => {
                    "'erased:' || encode(sha256(convert_to($2 || address, 'UTF8')), 'hex')"
                        .to_owned()
                }
                _ if required => format!("'{ERASED}'"),
                _ => "null".to_owned(),
            };
            format!("{} = {value}", quoted(column))
        })
        .collect();
    let sql = format!(
        "update {} set {} where id = any($1)",
        crm(&part.table),
        values.join(", ")
    );
    let mut update = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(&part.ids);
    if let Some(salt) = salt {
        update = update.bind(salt);
    }
    update.execute(connection).await?;
    Ok(())
}

/// Takes the values out of everything that is kept beside the rows.
async fn forget(connection: &mut PgConnection, object: &Object, part: &Part) -> Result<()> {
    sqlx::query(
        "update sys.audit_entry set changes = changes - $3 where table_name = $1 and row_id = any($2) and changes ?| $3",
    )
    .bind(&part.table)
    .bind(&part.ids)
    .bind(&part.columns)
    .execute(&mut *connection)
    .await?;
    sqlx::query("delete from sys.event where table_name = $1 and row_id = any($2)")
        .bind(&part.table)
        .bind(&part.ids)
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "delete from sys.import_before b using sys.import_run r where r.id = b.import_id and r.object = $1 and b.record_id = any($2)",
    )
    .bind(&object.name)
    .bind(&part.ids)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "delete from sys.merge_run where object = $1 and (survivor_id = any($2) or merged_ids && $2)",
    )
    .bind(&object.name)
    .bind(&part.ids)
    .execute(&mut *connection)
    .await?;
    // Notes, files and words; what may still be found is indexed anew.
    companions::forget(connection, &object.name, &part.ids).await?;
    sqlx::query(
        "insert into sys.search_pending (object, record_id) select $1, unnest($2::bigint[]) on conflict do nothing",
    )
    .bind(&object.name)
    .bind(&part.ids)
    .execute(connection)
    .await?;
    Ok(())
}
