//! Merging duplicates field by field: one record survives, the others go to the recycle bin, and
//! whatever referred to them refers to the survivor. A merge can be taken back.

use std::collections::BTreeMap;

use basalt_model::{Action, Field, FieldKind, Object, Principal, Problem};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sqlx::{AssertSqlSafe, PgConnection, QueryBuilder, types};

use super::{JsonMap, Saved, Scope, Select, Store, companions};
use crate::error::{Error, Result};
use crate::sql::{crm, quoted};

/// What is to be merged and how.
#[derive(Debug, Clone, Default)]
pub struct MergeRequest {
    /// The records that are merged into the survivor, at most ten.
    pub from: Vec<i64>,
    /// Field → the record whose value is taken; a field that isn't named keeps the survivor's,
    /// or gets the first other one when that is empty.
    pub fields: BTreeMap<String, i64>,
}

/// A merge that was made.
#[derive(Debug)]
pub struct Merged {
    pub merge_id: i64,
    pub saved: Saved,
}

/// What is needed to take a merge back.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Undo {
    /// Field → value before, value after, in the form in which they are written.
    fields: BTreeMap<String, (Json, Json)>,
    moved: Vec<Moved>,
    /// Notes and comments: id, former record.
    remarks: Vec<(i64, i64)>,
}

/// Rows that referred to a merged record.
#[derive(Debug, Serialize, Deserialize)]
struct Moved {
    table: String,
    column: String,
    /// Row id, former value.
    rows: Vec<(i64, i64)>,
}

/// A row of `sys.merge_run`: object, survivor, merged ids, how it is taken back, whether it was.
type MergeRun = (String, i64, Vec<i64>, types::Json<Undo>, bool);

impl Store {
    /// Merges records into `survivor`. Needs the right to update it and to delete the others.
    ///
    /// # Errors
    /// [`Error::NotFound`] when one isn't readable, [`Error::Forbidden`] without the rights,
    /// [`Error::Validation`] when the result doesn't fit.
    pub async fn merge(
        &self,
        principal: &Principal,
        object: &str,
        survivor: i64,
        request: &MergeRequest,
    ) -> Result<Merged> {
        let scope = self.scope(principal, object)?;
        if ["user", "department"].contains(&object) {
            return Err(Error::conflict(
                "not_mergeable",
                "Users and departments are not merged: rights hang on them.",
                "用户和部门涉及权限，不能合并。",
            ));
        }
        let mut ids = request.from.clone();
        ids.sort_unstable();
        ids.dedup();
        if ids.is_empty() || ids.len() > 10 || ids.contains(&survivor) {
            return Err(Error::field(
                "from",
                Problem::new(
                    "merge",
                    "names one to ten other records",
                    "须为 1 到 10 条其他记录",
                ),
            ));
        }
        let mut tx = self.db.begin(principal).await?;
        lock(&mut tx, scope.object(), survivor, &ids).await?;
        let kept = scope
            .read(&mut tx, survivor, &Select::all(), false)
            .await?
            .ok_or(Error::NotFound)?;
        let mut others = Vec::with_capacity(ids.len());
        for id in &request.from {
            let other = scope.read(&mut tx, *id, &Select::all(), false).await?;
            others.push((*id, other.ok_or(Error::NotFound)?));
        }
        if !scope.can(Action::Update) || !scope.can(Action::Delete) {
            return Err(Error::Forbidden);
        }
        let patch = chosen(&scope, &kept, &others, request)?;
        let mut undo = Undo::default();
        for (key, after) in &patch {
            let before = kept.get(key).cloned().unwrap_or(Json::Null);
            undo.fields.insert(key.clone(), (before, after.clone()));
        }
        undo.remarks = companions::hand_over(&mut tx, object, &ids, survivor).await?;
        undo.moved = scope.repoint(&mut tx, &ids, survivor).await?;
        for id in &ids {
            // What was left with a merged record, such as a part that points elsewhere by now, goes with it.
            self.delete_in(&mut tx, principal, object, *id, None)
                .await?;
        }
        // After the others are gone from sight, so that their unique values may be taken... by a recycled
        // row a value is still held, which the update then says.
        let written = self
            .update_in(&mut tx, principal, object, survivor, patch, None)
            .await?;
        let merge_id: i64 = sqlx::query_scalar(
            "insert into sys.merge_run (object, survivor_id, merged_ids, undo, by_user) values ($1, $2, $3, $4, nullif($5, 0)) returning id",
        )
        .bind(object)
        .bind(survivor)
        .bind(&ids)
        .bind(types::Json(&undo))
        .bind(principal.user_id)
        .fetch_one(&mut *tx)
        .await?;
        let saved = written.commit(tx).await?;
        Ok(Merged { merge_id, saved })
    }

    /// Takes a merge back: the merged records return, what was moved goes back unless it has been
    /// moved on since, and fields of the survivor that still have the merged value get their former one.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown merge or an unreadable survivor; [`Error::Conflict`]
    /// `undone` for one that was taken back already.
    pub async fn unmerge(&self, principal: &Principal, merge_id: i64) -> Result<Saved> {
        let mut tx = self.db.begin(principal).await?;
        let run: Option<MergeRun> = sqlx::query_as(
            "select object, survivor_id, merged_ids, undo, undone_at is not null from sys.merge_run where id = $1 for update",
        )
        .bind(merge_id)
        .fetch_optional(&mut *tx)
        .await?;
        let (object, survivor, merged, types::Json(undo), undone) = run.ok_or(Error::NotFound)?;
        let scope = self.scope(principal, &object)?;
        let now = scope
            .read(&mut tx, survivor, &Select::all(), false)
            .await?
            .ok_or(Error::NotFound)?;
        if !scope.can(Action::Update) || !scope.can(Action::Delete) {
            return Err(Error::Forbidden);
        }
        if undone {
            return Err(Error::conflict(
                "undone",
                "This merge was taken back already.",
                "该合并已被撤销。",
            ));
        }
        let patch: JsonMap = undo
            .fields
            .into_iter()
            .filter(|(key, (_, after))| now.get(key).unwrap_or(&Json::Null) == after)
            .map(|(key, (before, _))| (key, before))
            .collect();
        let written = self
            .update_in(&mut tx, principal, &object, survivor, patch, None)
            .await?;
        for id in merged {
            self.restore_in(&mut tx, principal, &object, id).await?;
        }
        for moved in undo.moved {
            let (rows, former): (Vec<i64>, Vec<i64>) = moved.rows.into_iter().unzip();
            let column = quoted(&moved.column);
            let sql = format!(
                "update {} x set {column} = m.was from unnest($1::bigint[], $2::bigint[]) m(id, was)
                 where x.id = m.id and x.{column} = $3",
                crm(&moved.table)
            );
            sqlx::query(AssertSqlSafe(sql))
                .bind(rows)
                .bind(former)
                .bind(survivor)
                .execute(&mut *tx)
                .await?;
        }
        let (remarks, former): (Vec<i64>, Vec<i64>) = undo.remarks.into_iter().unzip();
        sqlx::query(
            "update sys.remark r set record_id = m.was from unnest($1::bigint[], $2::bigint[]) m(id, was) where r.id = m.id",
        )
        .bind(remarks)
        .bind(former)
        .execute(&mut *tx)
        .await?;
        sqlx::query("update sys.merge_run set undone_at = now() where id = $1")
            .bind(merge_id)
            .execute(&mut *tx)
            .await?;
        written.commit(tx).await
    }
}

impl Scope<'_> {
    /// Lets every row that refers to one of `from` refer to `to`.
    async fn repoint(
        &self,
        connection: &mut PgConnection,
        from: &[i64],
        to: i64,
    ) -> Result<Vec<Moved>> {
        let mut all = Vec::new();
        for object in self.dictionary.objects() {
            for (field, target) in object.references() {
                if target != self.object().name {
                    continue;
                }
                let (table, column) = (crm(&object.table), quoted(&field.column()));
                let sql = format!(
                    "with moved as (select id, {column} as was from {table} where {column} = any($1) order by id for update)
                     update {table} x set {column} = $2 from moved m where x.id = m.id returning x.id, m.was"
                );
                let rows: Vec<(i64, i64)> = sqlx::query_as(AssertSqlSafe(sql))
                    .bind(from)
                    .bind(to)
                    .fetch_all(&mut *connection)
                    .await
                    .map_err(|error| super::violation(error, object))?;
                if !rows.is_empty() {
                    all.push(Moved {
                        table: object.table.clone(),
                        column: field.column(),
                        rows,
                    });
                }
            }
        }
        Ok(all)
    }
}

/// All records of the merge, in one order for everyone.
async fn lock(
    connection: &mut PgConnection,
    object: &Object,
    survivor: i64,
    others: &[i64],
) -> Result<()> {
    let mut query = QueryBuilder::new(format!(
        "select id from {} where id = any(",
        crm(&object.table)
    ));
    let mut ids = others.to_vec();
    ids.push(survivor);
    query.push_bind(ids).push(") order by id for update");
    query.build().fetch_all(connection).await?;
    Ok(())
}

/// The survivor's patch: chosen values, and others' values where it has none.
fn chosen(
    scope: &Scope<'_>,
    kept: &JsonMap,
    others: &[(i64, JsonMap)],
    request: &MergeRequest,
) -> Result<JsonMap> {
    let object = scope.object();
    let open = |field: &Field| {
        // An attachment belongs to its record.
        let attached = matches!(field.kind, FieldKind::File | FieldKind::Image);
        !attached
            && !field.readonly
            && (!field.system || field.group == "ownership")
            && scope.principal.may_write(&object.name, &field.name)
            && !scope.principal.is_hidden(&object.name, &field.name)
    };
    for name in request.fields.keys() {
        if !object.field(name).is_some_and(open) {
            return Err(Error::field(
                name.clone(),
                Problem::new(
                    "unknown",
                    "is not a field that can be merged",
                    "不是可合并的字段",
                ),
            ));
        }
    }
    let mut patch = JsonMap::new();
    for field in object.fields.iter().filter(|field| open(field)) {
        let key = field.column();
        let of = |record: &JsonMap| record.get(&key).cloned().unwrap_or(Json::Null);
        let value = match request.fields.get(&field.name) {
            Some(id) => match others.iter().find(|(other, _)| other == id) {
                Some((_, record)) => of(record),
                None if kept.get("id").and_then(Json::as_i64) == Some(*id) => of(kept),
                None => {
                    return Err(Error::field(
                        field.name.clone(),
                        Problem::new(
                            "merge",
                            "is taken from a record that is not merged",
                            "取自未参与合并的记录",
                        ),
                    ));
                }
            },
            // Unique values and owners are only taken when they are asked for.
            None if !of(kept).is_null() || field.unique || field.system => continue,
            None => match others
                .iter()
                .map(|(_, record)| of(record))
                .find(|value| !value.is_null())
            {
                Some(value) => value,
                None => continue,
            },
        };
        if value != of(kept) {
            patch.insert(key, value);
        }
    }
    Ok(patch)
}
