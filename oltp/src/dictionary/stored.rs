//! Definitions made at run time, as they are kept in the database.

use basalt_model::Principal;
use basalt_model::dictionary::{Entry, EntryKind};
use serde_json::json;
use sqlx::{PgConnection, Row};

use crate::error::{Error, Result};

/// All definitions and the version they make up.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub version: i64,
    pub entries: Vec<Entry>,
}

/// Reads the definitions as of one moment; a database before its first migration has none.
pub(crate) async fn read(connection: &mut PgConnection) -> Result<State> {
    let there: bool = sqlx::query_scalar("select to_regclass('sys.dictionary_state') is not null")
        .fetch_one(&mut *connection)
        .await?;
    if !there {
        return Ok(State::default());
    }
    let rows = sqlx::query(
        "select s.version, e.kind, e.object, e.name, e.definition
         from sys.dictionary_state s left join sys.dictionary_entry e on true order by e.id",
    )
    .fetch_all(connection)
    .await?;
    let mut state = State::default();
    for row in rows {
        state.version = row.try_get(0)?;
        let Some(tag) = row.try_get::<Option<String>, _>(1)? else {
            continue;
        };
        let kind = EntryKind::of_tag(&tag).ok_or_else(|| {
            Error::Migration(format!(
                "the database holds a definition of kind {tag:?}, which this version does not know"
            ))
        })?;
        state.entries.push(Entry {
            kind,
            object: row.try_get(2)?,
            name: row.try_get(3)?,
            definition: row.try_get(4)?,
        });
    }
    Ok(state)
}

/// Writes one definition, notes who did it, and tells all processes by a new version.
pub(super) async fn write(
    connection: &mut PgConnection,
    principal: &Principal,
    entry: &Entry,
) -> Result<()> {
    let (id, was): (i64, Option<serde_json::Value>) = sqlx::query_as(
        "with was as (select definition from sys.dictionary_entry where kind = $1 and object = $2 and name = $3)
         insert into sys.dictionary_entry as e (kind, object, name, definition, changed_by)
         values ($1, $2, $3, $4, nullif($5, 0))
         on conflict (kind, object, name)
         do update set definition = excluded.definition, changed_at = now(), changed_by = excluded.changed_by
         returning e.id, (select definition from was)",
    )
    .bind(entry.kind.tag())
    .bind(&entry.object)
    .bind(&entry.name)
    .bind(&entry.definition)
    .bind(principal.user_id)
    .fetch_one(&mut *connection)
    .await?;
    let what = format!("{} {} {}", entry.kind.tag(), entry.object, entry.name);
    sqlx::query(
        "insert into sys.audit_entry (table_name, row_id, op, actor, via, changes)
         values ('sys.dictionary', $1, case when $4::jsonb is null then 'create' else 'update' end, $2, $3, $5)",
    )
    .bind(id)
    .bind(principal.actor())
    .bind(principal.via.tag())
    .bind(&was)
    .bind(json!({ "what": what, "definition": [was, entry.definition] }))
    .execute(&mut *connection)
    .await?;
    sqlx::query("update sys.dictionary_state set version = version + 1")
        .execute(connection)
        .await?;
    Ok(())
}
