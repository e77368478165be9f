//! Access review: who may see a record or a field, and why.

use basalt_model::{Action, Principal, Reason, RowAccess, RowRule, Via};
use serde::Serialize;
use sqlx::QueryBuilder;

use super::load;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::sql::{crm, push_row_rule};

/// Somebody who reads a record.
#[derive(Debug, Clone, Serialize)]
pub struct Reader {
    pub user_id: i64,
    pub name: String,
    /// Every way by which the record is seen.
    pub because: Vec<Reason>,
    /// Whether the user may change the record.
    pub writes: bool,
}

/// Somebody who sees a field.
#[derive(Debug, Clone, Serialize)]
pub struct FieldReader {
    pub user_id: i64,
    pub name: String,
    pub writes: bool,
}

/// The enabled users who read the record, with the rules that let each in. It is computed by the
/// very rules that the users' own lists are filtered by.
///
/// # Errors
/// [`Error::NotFound`] when there is no such record.
pub async fn readers_of_record(db: &Db, object: &str, id: i64) -> Result<Vec<Reader>> {
    let dictionary = db.dictionary();
    let object = dictionary.object(object).ok_or(Error::NotFound)?;
    let mut there = QueryBuilder::new(format!(
        "select exists (select from {} t where t.deleted_at is null and t.id = ",
        crm(&object.table)
    ));
    there.push_bind(id).push(")");
    if !there
        .build_query_scalar::<bool>()
        .fetch_one(db.pool())
        .await?
    {
        return Err(Error::NotFound);
    }
    let mut readers = Vec::new();
    for principal in enabled_users(db).await? {
        let reading = principal.reasons(&dictionary, object, RowAccess::Read);
        let writing = principal.rule_for(&dictionary, object, RowAccess::Write);
        let rules: Vec<&RowRule> = reading
            .iter()
            .map(|(_, rule)| rule)
            .chain([&writing])
            .collect();
        let mut query = QueryBuilder::new("select array[");
        for (at, rule) in rules.iter().enumerate() {
            query.push(if at > 0 { ", (" } else { "(" });
            push_row_rule(&mut query, "t", rule);
            query.push(") is true");
        }
        query.push(format!("] from {} t where t.id = ", crm(&object.table)));
        query.push_bind(id);
        let admitted: Vec<bool> = query.build_query_scalar().fetch_one(db.pool()).await?;
        let because: Vec<Reason> = reading
            .iter()
            .zip(&admitted)
            .filter(|(_, admits)| **admits)
            .map(|((reason, _), _)| reason.clone())
            .collect();
        if !because.is_empty() {
            readers.push(Reader {
                user_id: principal.user_id,
                name: principal.name.clone(),
                writes: principal.can(&object.name, Action::Update)
                    && admitted.last().is_some_and(|writes| *writes),
                because,
            });
        }
    }
    Ok(readers)
}

/// The enabled users who see the field on the records they read.
///
/// # Errors
/// [`Error::NotFound`] when there is no such field.
pub async fn readers_of_field(db: &Db, object: &str, field: &str) -> Result<Vec<FieldReader>> {
    let dictionary = db.dictionary();
    let object = dictionary.object(object).ok_or(Error::NotFound)?;
    let field = object.field(field).ok_or(Error::NotFound)?;
    Ok(enabled_users(db)
        .await?
        .into_iter()
        .filter(|who| {
            who.can(&object.name, Action::Read) && !who.is_hidden(&object.name, &field.name)
        })
        .map(|who| FieldReader {
            writes: who.can(&object.name, Action::Update)
                && who.may_write(&object.name, &field.name)
                && !field.readonly,
            user_id: who.user_id,
            name: who.name,
        })
        .collect())
}

async fn enabled_users(db: &Db) -> Result<Vec<Principal>> {
    let dictionary = db.dictionary();
    let mut connection = db.pool().acquire().await?;
    let users: Vec<i64> = sqlx::query_scalar(
        "select id from crm.app_user where active and deleted_at is null order by name, id",
    )
    .fetch_all(&mut *connection)
    .await?;
    let mut principals = Vec::with_capacity(users.len());
    for user in users {
        if let Some(loaded) = load(&mut connection, &dictionary, user, Via::Api).await? {
            principals.push(loaded.principal);
        }
    }
    Ok(principals)
}
