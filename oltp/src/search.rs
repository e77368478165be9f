//! Search across objects, within the reader's rights.
//!
//! A record's words are written in the transaction that writes the record; masses of records
//! (imports, newly searchable fields) are noted in the same transaction and indexed by
//! [`drain`] in the background.

use basalt_model::tokens::{self, Term};
use basalt_model::{Action, Dictionary, Field, FieldKind, Object, Principal, rich_text};
use serde::Serialize;
use sqlx::{PgConnection, Postgres, QueryBuilder, Row};

use crate::db::Db;
use crate::duplicates;
use crate::error::{Error, Result};
use crate::sql::{column, crm, push_readable, quoted};

/// A record that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hit {
    pub object: String,
    pub resource: String,
    pub id: i64,
    pub title: Option<String>,
}

/// Records indexed at a time in the background.
const BATCH: i64 = 1000;
/// The most hits of one object.
pub const MOST_HITS: u32 = 50;

/// Records that hold all words of the query, `limit` an object; those whose title holds them first.
///
/// # Errors
/// [`Error::Request`] when nothing is asked or an object is unknown.
pub async fn search(
    db: &Db,
    principal: &Principal,
    query: &str,
    objects: &[String],
    limit: u32,
) -> Result<Vec<Hit>> {
    let terms = tokens::of_query(query);
    if terms.is_empty() {
        return Err(Error::request(
            "q",
            "has no word to search for",
            "没有可搜索的内容",
        ));
    }
    let dictionary = db.dictionary();
    for name in objects {
        if dictionary.object(name).is_none() {
            return Err(Error::request(
                "objects",
                format!("there is no object {name:?}"),
                format!("没有对象“{name}”"),
            ));
        }
    }
    let mut hits = Vec::new();
    for object in dictionary.objects() {
        let wanted = objects.is_empty() || objects.contains(&object.name);
        if !wanted || !principal.can(&object.name, Action::Read) {
            continue;
        }
        let Some(all) = question(object, principal, &terms) else {
            continue;
        };
        let title = object
            .field(&object.title)
            .filter(|title| !principal.is_hidden(&object.name, &title.name));
        let shown = title.map_or("null".to_owned(), |title| {
            format!("{}::text", column("t", &title.column()))
        });
        let mut select = QueryBuilder::new(format!(
            "select t.id, {shown} from sys.search_entry s join {} t on t.id = s.record_id where s.object = ",
            crm(&object.table)
        ));
        select.push_bind(object.name.clone());
        select
            .push(" and s.tokens @@ ")
            .push_bind(all)
            .push("::tsquery and ");
        push_readable(&mut select, "t", &dictionary, principal, object);
        select.push(" order by ");
        if let Some(title) = title.filter(|title| is_searched(title)) {
            let in_title = tsquery(&terms, &[tag(object, title)]);
            select
                .push("(s.tokens @@ ")
                .push_bind(in_title)
                .push("::tsquery) desc, ");
        }
        select.push("t.updated_at desc, t.id desc limit ");
        select.push_bind(i64::from(limit.clamp(1, MOST_HITS)));
        for row in select.build().fetch_all(db.pool()).await? {
            hits.push(Hit {
                object: object.name.clone(),
                resource: object.resource.clone(),
                id: row.try_get(0)?,
                title: row.try_get(1)?,
            });
        }
    }
    Ok(hits)
}

/// ` exists (…)`: the row `t` holds all words of the query in fields that the principal sees.
pub(crate) fn push_found(
    query: &mut QueryBuilder<Postgres>,
    object: &Object,
    principal: &Principal,
    text: &str,
) {
    let terms = tokens::of_query(text);
    match question(object, principal, &terms).filter(|_| !terms.is_empty()) {
        Some(all) => {
            query.push(
                "exists (select from sys.search_entry s where s.record_id = t.id and s.object = ",
            );
            query.push_bind(object.name.clone());
            query
                .push(" and s.tokens @@ ")
                .push_bind(all)
                .push("::tsquery)");
        }
        None => {
            query.push("false");
        }
    }
}

/// The query over the fields that the principal sees; nothing when there are none.
fn question(object: &Object, principal: &Principal, terms: &[Term]) -> Option<String> {
    let tags: Vec<String> = searched(object)
        .filter(|field| !principal.is_hidden(&object.name, &field.name))
        .map(|field| tag(object, field))
        .collect();
    (!tags.is_empty()).then(|| tsquery(terms, &tags))
}

/// Every term in at least one of the places.
fn tsquery(terms: &[Term], tags: &[String]) -> String {
    let quoted = |word: &str| format!("'{}'", word.replace('\\', "\\\\").replace('\'', "''"));
    terms
        .iter()
        .map(|term| {
            let places: Vec<String> = tags
                .iter()
                .map(|tag| match term {
                    Term::Exact(word) => quoted(&format!("{tag}:{word}")),
                    Term::Prefix(word) => format!("{}:*", quoted(&format!("{tag}:{word}"))),
                })
                .collect();
            format!("({})", places.join(" | "))
        })
        .collect::<Vec<_>>()
        .join(" & ")
}

fn tag(object: &Object, field: &Field) -> String {
    format!("{}.{}", object.name, field.name)
}

fn is_searched(field: &Field) -> bool {
    field.search
        && matches!(
            field.kind,
            FieldKind::Text { .. }
                | FieldKind::LongText
                | FieldKind::RichText
                | FieldKind::Email
                | FieldKind::Phone
                | FieldKind::Url
                | FieldKind::Address
                | FieldKind::AutoNumber
        )
}

/// The fields of an object under which its records are found.
pub(crate) fn searched(object: &Object) -> impl Iterator<Item = &Field> {
    object
        .fields
        .iter()
        .filter(|field| object.search && is_searched(field))
}

/// Writes the words of records anew.
pub(crate) async fn index(
    connection: &mut PgConnection,
    object: &Object,
    ids: &[i64],
) -> Result<()> {
    let fields: Vec<&Field> = searched(object).collect();
    if ids.is_empty() {
        return Ok(());
    }
    if fields.is_empty() {
        return forget(connection, &object.name, ids).await;
    }
    let columns: Vec<String> = fields.iter().map(|field| quoted(&field.column())).collect();
    let sql = format!(
        "select id, {} from {} where id = any($1)",
        columns.join(", "),
        crm(&object.table)
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(ids)
        .fetch_all(&mut *connection)
        .await?;
    let (mut found, mut words): (Vec<i64>, Vec<String>) = (Vec::new(), Vec::new());
    for row in &rows {
        found.push(row.try_get(0)?);
        let mut all: Vec<String> = Vec::new();
        for (at, field) in fields.iter().enumerate() {
            let Some(text) = row.try_get::<Option<String>, _>(at + 1)? else {
                continue;
            };
            let tag = tag(object, field);
            let words = match field.kind {
                FieldKind::Phone => tokens::of_phone(&text),
                FieldKind::RichText => tokens::of_text(&rich_text::plain(&text)),
                _ => tokens::of_text(&text),
            };
            all.extend(words.into_iter().map(|word| format!("{tag}:{word}")));
        }
        // Words hold letters and digits only, so the separator is free.
        words.push(all.join("\n"));
    }
    sqlx::query(
        "insert into sys.search_entry (object, record_id, tokens)
         select $1, id, array_to_tsvector(array_remove(string_to_array(words, E'\\n'), ''))
         from unnest($2::bigint[], $3::text[]) n(id, words)
         on conflict (object, record_id) do update set tokens = excluded.tokens
         where search_entry.tokens is distinct from excluded.tokens",
    )
    .bind(&object.name)
    .bind(found)
    .bind(words)
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes records out of the index.
pub(crate) async fn forget(connection: &mut PgConnection, object: &str, ids: &[i64]) -> Result<()> {
    for table in ["search_entry", "search_pending"] {
        let sql = format!("delete from sys.{table} where object = $1 and record_id = any($2)");
        sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(object)
            .bind(ids)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Notes all records of the objects whose searched fields became other ones.
pub(crate) async fn note_changes(
    connection: &mut PgConnection,
    before: &Dictionary,
    after: &Dictionary,
) -> Result<()> {
    for object in after.objects() {
        let names = |object: &Object| -> Vec<String> {
            searched(object).map(|field| field.name.clone()).collect()
        };
        let former = before.object(&object.name).map(names).unwrap_or_default();
        if before.object(&object.name).is_none() || former == names(object) {
            continue;
        }
        let sql = format!(
            "insert into sys.search_pending (object, record_id) select $1, id from {} on conflict do nothing",
            crm(&object.table)
        );
        sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(&object.name)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Indexes a batch of records that wait, for search and for duplicates; says how many there were. Several processes may do it
/// at the same time.
///
/// # Errors
/// The database; the batch waits on.
pub async fn drain(db: &Db) -> Result<usize> {
    let dictionary = db.dictionary();
    let mut tx = db.begin(&Principal::system()).await?;
    let waiting: Vec<(String, i64)> = sqlx::query_as(
        "delete from sys.search_pending p using (
           select object, record_id from sys.search_pending order by object, record_id limit $1 for update skip locked) b
         where p.object = b.object and p.record_id = b.record_id returning p.object, p.record_id",
    )
    .bind(BATCH)
    .fetch_all(&mut *tx)
    .await?;
    for object in dictionary.objects() {
        let ids: Vec<i64> = waiting
            .iter()
            .filter(|(name, _)| *name == object.name)
            .map(|(_, id)| *id)
            .collect();
        index(&mut tx, object, &ids).await?;
        duplicates::index(&mut tx, object, &ids).await?;
    }
    tx.commit().await?;
    Ok(waiting.len())
}
