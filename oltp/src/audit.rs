//! Reading the audit trail of a record, under today's rights: who may not read the record now
//! doesn't read its past, and fields hidden today are hidden in it.

use std::collections::BTreeSet;

use basalt_model::{Action, Field, Object, Principal, SqlType, value};
use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use serde_json::Value as Json;
use sqlx::{PgConnection, QueryBuilder, Row};

use crate::db::Db;
use crate::error::{Error, Result};
use crate::record::timeline::Place;
use crate::sql::{crm, push_row_rule};

/// One change of a record.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AuditEntry {
    pub id: i64,
    pub at: DateTime<Utc>,
    /// `create`, `update`, `recycle`, `restore` or `delete`.
    pub op: String,
    /// `user:7`, `key:7`, `job:0`, `system`; `unknown` for a statement outside Basalt.
    pub actor: String,
    /// Name of the user behind the actor, when there is one.
    pub actor_name: Option<String>,
    pub via: String,
    pub changes: Vec<Change>,
}

/// The old and new value of one column.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    pub field: String,
    /// Differs from `field` for references and for the further columns of money.
    pub column: String,
    pub old: Json,
    pub new: Json,
}

/// The latest changes of a record, newest first, at most 500.
///
/// # Errors
/// [`Error::NotFound`] when the record isn't readable (one in the recycle bin is).
pub async fn audit(
    db: &Db,
    principal: &Principal,
    object: &str,
    id: i64,
) -> Result<Vec<AuditEntry>> {
    let dictionary = db.dictionary();
    let object = dictionary
        .object(object)
        .filter(|object| principal.can(&object.name, Action::Read))
        .ok_or(Error::NotFound)?;
    let mut readable = QueryBuilder::new(format!(
        "select exists (select from {} t where t.id = ",
        crm(&object.table)
    ));
    readable.push_bind(id).push(" and ");
    push_row_rule(&mut readable, "t", &principal.row_rule(&dictionary, object));
    readable.push(")");
    if !readable
        .build_query_scalar::<bool>()
        .fetch_one(db.pool())
        .await?
    {
        return Err(Error::NotFound);
    }
    let mut connection = db.pool().acquire().await?;
    entries(&mut connection, principal, object, id, None, 500).await
}

/// Notes what an administrator did to something that is no record, such as a table of the lake.
///
/// # Errors
/// The database failed.
pub async fn note(
    connection: &mut PgConnection,
    principal: &Principal,
    what: &str,
    changes: Json,
) -> Result<()> {
    sqlx::query(
        "insert into sys.audit_entry (table_name, row_id, op, actor, via, changes) values ($1, 0, 'update', $2, $3, $4)",
    )
    .bind(what)
    .bind(principal.actor())
    .bind(principal.via.tag())
    .bind(changes)
    .execute(connection)
    .await?;
    Ok(())
}

/// The latest changes of a record that the principal is known to read, before a place of a feed in
/// which changes have the given rank.
pub(crate) async fn entries(
    connection: &mut PgConnection,
    principal: &Principal,
    object: &Object,
    id: i64,
    before: Option<(Place, i32)>,
    limit: usize,
) -> Result<Vec<AuditEntry>> {
    let (place, rank) = before.map_or((None, 0), |(place, rank)| (Some(place), rank));
    let rows = sqlx::query(
        "select e.id, e.at, e.op, e.actor, u.name, e.via, c.key,
                case e.op when 'update' then c.value ->> 0 when 'delete' then c.value #>> '{}' end,
                case e.op when 'update' then c.value ->> 1 when 'create' then c.value #>> '{}' end
         from (select * from sys.audit_entry a where table_name = $1 and row_id = $2
               and ($3::timestamptz is null or (a.at, $6::int, a.id) < ($3, $4::int, $5::bigint))
               order by a.at desc, a.id desc limit $7) e
         left join crm.app_user u on u.id = case when e.actor ~ '^(user|key):[0-9]{1,18}(/|$)' then split_part(split_part(e.actor, '/', 1), ':', 2)::bigint end
         left join lateral jsonb_each(e.changes) c on true
         order by e.at desc, e.id desc, c.key",
    )
    .bind(&object.table)
    .bind(id)
    .bind(place.map(|place| place.at))
    .bind(place.map(|place| place.source))
    .bind(place.map(|place| place.id))
    .bind(rank)
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(connection)
    .await?;
    let hidden = principal.hidden_columns(object);
    let mut entries: Vec<AuditEntry> = Vec::new();
    for row in rows {
        let entry_id: i64 = row.try_get(0)?;
        if entries.last().is_none_or(|entry| entry.id != entry_id) {
            entries.push(AuditEntry {
                id: entry_id,
                at: row.try_get(1)?,
                op: row.try_get(2)?,
                actor: row.try_get(3)?,
                actor_name: row.try_get(4)?,
                via: row.try_get(5)?,
                changes: Vec::new(),
            });
        }
        let (Some(entry), Some(column)) =
            (entries.last_mut(), row.try_get::<Option<String>, _>(6)?)
        else {
            continue;
        };
        if let Some(change) = change(object, &hidden, column, row.try_get(7)?, row.try_get(8)?) {
            if change.column == "deleted_at" {
                entry.op = if change.new.is_null() {
                    "restore"
                } else {
                    "recycle"
                }
                .to_owned();
            }
            entry.changes.push(change);
        }
    }
    Ok(entries)
}

fn change(
    object: &Object,
    hidden: &BTreeSet<String>,
    column: String,
    old: Option<String>,
    new: Option<String>,
) -> Option<Change> {
    if hidden.contains(&column) {
        return None;
    }
    let (field, sql_type) = field_of(object, &column)?;
    let json = |text: Option<String>| text.map_or(Json::Null, |text| typed(sql_type, text));
    Some(Change {
        field: field.name.clone(),
        column,
        old: json(old),
        new: json(new),
    })
}

fn field_of<'o>(object: &'o Object, column: &str) -> Option<(&'o Field, SqlType)> {
    object.fields.iter().find_map(|field| {
        let found = field
            .columns()
            .into_iter()
            .find(|found| found.name == column)?;
        Some((field, found.sql_type))
    })
}

/// The value in the form it has in a record.
fn typed(sql_type: SqlType, text: String) -> Json {
    match sql_type {
        SqlType::Integer | SqlType::BigInt => text.parse::<i64>().map_or(Json::Null, Json::from),
        SqlType::Float => text.parse::<f64>().map_or(Json::Null, Json::from),
        SqlType::Bool => Json::Bool(text == "true"),
        SqlType::Json | SqlType::TextList => serde_json::from_str(&text).unwrap_or(Json::Null),
        SqlType::Instant => value::instant(&text).map_or(Json::String(text), |at| {
            at.to_rfc3339_opts(SecondsFormat::AutoSi, true).into()
        }),
        SqlType::Text | SqlType::Numeric { .. } | SqlType::Date => Json::String(text),
    }
}
