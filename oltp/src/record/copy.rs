//! Copies of a record, with its parts when asked for.

use basalt_model::{Action, Field, FieldKind, Object, Principal};
use serde_json::{Value as Json, json};
use sqlx::{PgConnection, QueryBuilder};

use super::{JsonMap, Saved, Scope, Select, Store, Written};
use crate::error::{Error, Result};
use crate::sql::{column, crm};

/// The most parts that are copied along.
const MAX_PARTS: usize = 2000;

impl Store {
    /// Makes a new record with the values of another, as far as the principal sees and may write
    /// them; `changes` go before. Unique values aren't copied. With `parts`, the record's parts too.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the original isn't readable; else as [`create`](Self::create).
    pub async fn copy(
        &self,
        principal: &Principal,
        object: &str,
        id: i64,
        changes: JsonMap,
        parts: bool,
    ) -> Result<Saved> {
        let mut tx = self.db.begin(principal).await?;
        let written = self
            .copy_in(&mut tx, principal, object, id, changes, parts)
            .await?;
        written.commit(tx).await
    }

    async fn copy_in(
        &self,
        connection: &mut PgConnection,
        principal: &Principal,
        object: &str,
        id: i64,
        changes: JsonMap,
        parts: bool,
    ) -> Result<Written> {
        let scope = self.scope(principal, object)?;
        let original = scope
            .read(&mut *connection, id, &Select::all(), false)
            .await?
            .ok_or(Error::NotFound)?;
        let mut input = copied(&scope, &original);
        for (key, value) in changes {
            // A change may name a reference by field or by column.
            if let Some(field) = scope.object().field_or_column(&key) {
                input.shift_remove(&field.column());
            }
            input.insert(key, value);
        }
        let written = self
            .create_in(&mut *connection, principal, object, input)
            .await?;
        if parts {
            for (part, reference) in scope.parts_of(scope.object()) {
                if !principal.can(&part.name, Action::Create) {
                    continue;
                }
                for id in self
                    .parts(&mut *connection, principal, part, &reference, id)
                    .await?
                {
                    let changes = [(reference.clone(), json!(written.id))]
                        .into_iter()
                        .collect();
                    Box::pin(self.copy_in(
                        &mut *connection,
                        principal,
                        &part.name,
                        id,
                        changes,
                        true,
                    ))
                    .await?;
                }
            }
        }
        Ok(written)
    }

    async fn parts(
        &self,
        connection: &mut PgConnection,
        principal: &Principal,
        part: &Object,
        reference: &str,
        of: i64,
    ) -> Result<Vec<i64>> {
        let scope = self.scope(principal, &part.name)?;
        let mut query = QueryBuilder::new(format!(
            "select t.id from {} t where t.deleted_at is null and {} = ",
            crm(&part.table),
            column("t", reference)
        ));
        query.push_bind(of);
        scope.push_rule(&mut query);
        query.push(format!(" order by t.id limit {}", MAX_PARTS + 1));
        let ids: Vec<i64> = query.build_query_scalar().fetch_all(connection).await?;
        if ids.len() > MAX_PARTS {
            return Err(Error::request(
                "parts",
                format!("are more than {MAX_PARTS}"),
                format!("超过 {MAX_PARTS} 条"),
            ));
        }
        Ok(ids)
    }
}

/// The values of a record in the form in which they are written.
fn copied(scope: &Scope<'_>, original: &JsonMap) -> JsonMap {
    let object = scope.object();
    object
        .fields
        .iter()
        .filter(|field| copies(scope.principal, object, field))
        .filter_map(|field| {
            let key = field.column();
            let value = original.get(&key).filter(|value| !value.is_null())?;
            // What is no longer offered is not given to a new record.
            let read = field.read_json(value).ok()?;
            field.offered(&read).ok()?;
            Some((key, value.clone()))
        })
        .collect::<serde_json::Map<String, Json>>()
}

fn copies(principal: &Principal, object: &Object, field: &Field) -> bool {
    let belongs = field.system && field.group != "ownership";
    !belongs
        && !field.readonly
        && !field.unique
        && !matches!(
            field.kind,
            FieldKind::AutoNumber | FieldKind::File | FieldKind::Image
        )
        && principal.may_write(&object.name, &field.name)
}
