//! Taking an import back: what it added goes, what it changed gets its former values.
//!
//! A record that somebody changed since, or that others refer to by now, is kept and counted.

use basalt_model::{Action, Dictionary, Object, Principal};
use sqlx::{AssertSqlSafe, QueryBuilder};

use super::Importer;
use crate::error::{Error, Result};
use crate::record::companions;
use crate::sql::{column, crm, push_row_rule, quoted};

/// What taking an import back did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UndoReport {
    /// Added records that are gone again.
    pub removed: u64,
    /// Changed records that have their former values.
    pub restored: u64,
    /// Records that were left as they are.
    pub kept: u64,
}

impl Importer {
    /// Takes an import back; for its maker and administrators, with the rights to import and, if it
    /// added records, to create.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`]; [`Error::Conflict`] `not_done` when it isn't done
    /// or was taken back already.
    pub async fn undo(&self, principal: &Principal, import_id: i64) -> Result<UndoReport> {
        let run = self.run_of(principal, import_id).await?;
        if !principal.can(&run.object, Action::Import)
            || !principal.can(&run.object, Action::Create)
        {
            return Err(Error::Forbidden);
        }
        let dictionary = self.db.dictionary();
        let object = dictionary.object(&run.object).ok_or(Error::NotFound)?;
        let mut tx = self.db.begin(principal).await?;
        sqlx::query("select set_config('statement_timeout', '0', true), set_config('lock_timeout', '60s', true)")
            .execute(&mut *tx)
            .await?;
        let status: String =
            sqlx::query_scalar("select status from sys.import_run where id = $1 for update")
                .bind(import_id)
                .fetch_one(&mut *tx)
                .await?;
        if status != "done" {
            return Err(Error::conflict(
                "not_done",
                "Only an import that is done can be taken back, and only once.",
                "只有已完成的导入可以撤销，且只能撤销一次。",
            ));
        }
        let rule = principal.row_rule(&dictionary, object);
        let table = crm(&object.table);

        let mut remove = QueryBuilder::new(format!("delete from {table} t where t.import_id = "));
        remove.push_bind(import_id);
        remove.push(" and t.version = 1 and t.deleted_at is null and ");
        push_row_rule(&mut remove, "t", &rule);
        for other in referring(&dictionary, object) {
            remove
                .push(" and not exists (select from ")
                .push(other)
                .push(" = t.id)");
        }
        remove.push(" returning t.id");
        let removed: Vec<i64> = remove.build_query_scalar().fetch_all(&mut *tx).await?;
        companions::forget(&mut tx, &object.name, &removed).await?;

        let columns: Vec<String> = sqlx::query_scalar(
            "select distinct k from sys.import_before b, jsonb_object_keys(b.before) k where b.import_id = $1 order by k",
        )
        .bind(import_id)
        .fetch_all(&mut *tx)
        .await?;
        let known: Vec<String> = columns
            .iter()
            .filter(|name| object.columns().any(|column| column.name == **name))
            .map(|name| quoted(name))
            .collect();
        let mut restored = Vec::new();
        if !known.is_empty() {
            let of = |alias: &str| {
                known
                    .iter()
                    .map(|name| format!("{alias}.{name}"))
                    .collect::<Vec<_>>()
                    .join(", ")
            };
            let mut restore = QueryBuilder::new(format!(
                "update {table} t set ({}) = row({}) from sys.import_before b
                 cross join lateral jsonb_populate_record(null::{table}, b.before) r
                 where b.import_id = ",
                known.join(", "),
                of("r")
            ));
            restore.push_bind(import_id);
            restore.push(
                " and t.id = b.record_id and t.version = b.version and t.deleted_at is null and ",
            );
            push_row_rule(&mut restore, "t", &rule);
            restore.push(" returning t.id");
            restored = restore
                .build_query_scalar::<i64>()
                .fetch_all(&mut *tx)
                .await
                .map_err(|error| crate::record::violation(error, object))?;
            sqlx::query(
                "insert into sys.search_pending (object, record_id) select $1, id from unnest($2::bigint[]) id on conflict do nothing",
            )
            .bind(&object.name)
            .bind(&restored)
            .execute(&mut *tx)
            .await?;
        }
        let left = format!(
            "select (select count(*) from {table} where import_id = $1)
                  + (select count(*) from sys.import_before where import_id = $1)"
        );
        let left: i64 = sqlx::query_scalar(AssertSqlSafe(left))
            .bind(import_id)
            .fetch_one(&mut *tx)
            .await?;
        let report = UndoReport {
            removed: removed.len() as u64,
            restored: restored.len() as u64,
            kept: left.unsigned_abs().saturating_sub(restored.len() as u64),
        };
        sqlx::query(
            "update sys.import_run set status = 'undone', undone_at = now(), rows_removed = $2, rows_restored = $3, rows_kept = $4
             where id = $1",
        )
        .bind(import_id)
        .bind(super::count(report.removed))
        .bind(super::count(report.restored))
        .bind(super::count(report.kept))
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(report)
    }
}

/// `table o where o.column` of everything that may refer to the object's rows.
fn referring(dictionary: &Dictionary, object: &Object) -> Vec<String> {
    let place = |table: &str, name: &str| format!("{} o where {}", crm(table), column("o", name));
    let mut places: Vec<String> = Vec::new();
    for other in dictionary.objects() {
        for (field, target) in other.references() {
            if target == object.name {
                places.push(place(&other.table, &field.column()));
            }
        }
        if object.name == "user" || object.name == "department" {
            let system = other
                .fields
                .iter()
                .filter(|field| field.system && field.target() == Some(object.name.as_str()));
            places.extend(system.map(|field| place(&other.table, &field.column())));
        }
    }
    for side in dictionary.side_tables() {
        if side.parent_object.as_deref() == Some(object.name.as_str())
            && let Some(parent) = &side.parent_column
        {
            places.push(place(&side.table, parent));
        }
    }
    places
}
