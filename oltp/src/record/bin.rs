//! The recycle bin: a record goes there with its parts, comes back with those that went with it,
//! and is purged for good.
//!
//! Parts are the rows whose rights come from the record. They carry the same `deleted_at` as the record
//! they went with, which tells them from parts that were recycled before.

use basalt_model::{Action, Object, Principal, RightsFrom, Trait};
use chrono::{DateTime, Utc};
use sqlx::{PgConnection, QueryBuilder};

use super::{Scope, Store, companions};
use crate::error::{Error, Result};
use crate::sql::{crm, quoted};

impl Store {
    /// Removes a recycled record, its parts and all that was attached to it for good.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it isn't in the recycle bin; [`Error::Conflict`] `in_use` while
    /// other records refer to it.
    pub async fn purge(&self, principal: &Principal, object: &str, id: i64) -> Result<String> {
        let mut tx = self.db.begin(principal).await?;
        self.purge_in(&mut tx, principal, object, id).await?;
        tx.commit().await
    }

    /// As [`purge`](Self::purge), within a transaction begun for the same principal.
    ///
    /// # Errors
    /// As [`purge`](Self::purge).
    pub async fn purge_in(
        &self,
        connection: &mut PgConnection,
        principal: &Principal,
        object: &str,
        id: i64,
    ) -> Result<()> {
        let scope = self.scope(principal, object)?;
        if !scope.can(Action::Delete) || !scope.object().has(Trait::Recycle) {
            return Err(scope.refusal(connection, id, true).await?);
        }
        let mut lock = QueryBuilder::new(format!(
            "select t.id from {} t where t.deleted_at is not null and t.id = ",
            crm(&scope.object().table)
        ));
        lock.push_bind(id);
        scope.push_rule(&mut lock);
        lock.push(" for update");
        lock.build_query_scalar::<i64>()
            .fetch_optional(&mut *connection)
            .await?
            .ok_or(Error::NotFound)?;
        scope.purge(connection, scope.object(), &[id]).await
    }
}

impl Scope<'_> {
    /// Recycles the parts of records that were just recycled, and theirs.
    pub(super) async fn recycle_parts(
        &self,
        connection: &mut PgConnection,
        object: &Object,
        ids: &[i64],
    ) -> Result<()> {
        for (part, column) in self.parts_of(object) {
            let sql = format!(
                "update {} t set deleted_at = now() where t.{} = any($1) and t.deleted_at is null returning t.id",
                crm(&part.table),
                quoted(&column)
            );
            let gone: Vec<i64> = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
                .bind(ids)
                .fetch_all(&mut *connection)
                .await?;
            if !gone.is_empty() {
                Box::pin(self.recycle_parts(connection, part, &gone)).await?;
            }
        }
        Ok(())
    }

    /// Brings back the parts that went at the same moment.
    pub(super) async fn restore_parts(
        &self,
        connection: &mut PgConnection,
        object: &Object,
        ids: &[i64],
        went_at: DateTime<Utc>,
    ) -> Result<()> {
        for (part, column) in self.parts_of(object) {
            let sql = format!(
                "update {} t set deleted_at = null where t.{} = any($1) and t.deleted_at = $2 returning t.id",
                crm(&part.table),
                quoted(&column)
            );
            let back: Vec<i64> = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
                .bind(ids)
                .bind(went_at)
                .fetch_all(&mut *connection)
                .await?;
            if !back.is_empty() {
                Box::pin(self.restore_parts(connection, part, &back, went_at)).await?;
            }
        }
        Ok(())
    }

    async fn purge(
        &self,
        connection: &mut PgConnection,
        object: &Object,
        ids: &[i64],
    ) -> Result<()> {
        for (part, column) in self.parts_of(object) {
            let sql = format!(
                "select t.id from {} t where t.{} = any($1) for update",
                crm(&part.table),
                quoted(&column)
            );
            let parts: Vec<i64> = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
                .bind(ids)
                .fetch_all(&mut *connection)
                .await?;
            if !parts.is_empty() {
                Box::pin(self.purge(connection, part, &parts)).await?;
            }
        }
        for side in self.dictionary.side_tables() {
            if side.parent_object.as_deref() == Some(object.name.as_str())
                && let Some(column) = &side.parent_column
            {
                let sql = format!(
                    "delete from {} where {} = any($1)",
                    crm(&side.table),
                    quoted(column)
                );
                sqlx::query(sqlx::AssertSqlSafe(sql))
                    .bind(ids)
                    .execute(&mut *connection)
                    .await?;
            }
        }
        companions::forget(connection, &object.name, ids).await?;
        let sql = format!("delete from {} where id = any($1)", crm(&object.table));
        sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(ids)
            .execute(connection)
            .await
            .map_err(in_use)?;
        Ok(())
    }

    /// Objects whose rows are parts of this object's rows, with the column that says of which.
    pub(super) fn parts_of(&self, object: &Object) -> Vec<(&Object, String)> {
        self.dictionary
            .objects()
            .iter()
            .filter_map(|part| match &part.rights {
                RightsFrom::Parent {
                    field,
                    object: parent,
                } if *parent == object.name && part.name != object.name => {
                    Some((part, part.field(field)?.column()))
                }
                _ => None,
            })
            .filter(|(part, _)| part.has(Trait::Recycle))
            .collect()
    }
}

fn in_use(error: sqlx::Error) -> Error {
    let referred = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
        .is_some_and(|code| code == "23503");
    if referred {
        return Error::conflict(
            "in_use",
            "Other records refer to this one. Remove or change them first.",
            "其他记录仍在引用此记录，请先删除或修改它们。",
        );
    }
    error.into()
}
