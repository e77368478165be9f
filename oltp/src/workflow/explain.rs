//! A condition on one record, with what held and what didn't.

use basalt_model::{Condition, Dictionary, Object, Principal};
use serde_json::{Value as Json, json};
use sqlx::{PgConnection, QueryBuilder};

use crate::error::Result;
use crate::sql::{Joins, crm, push_condition};

/// Whether the condition holds for the record, and the same for each of its parts: the condition's
/// JSON with `held` beside it. `None` when the record isn't there.
pub(super) async fn explain(
    connection: &mut PgConnection,
    dictionary: &Dictionary,
    object: &Object,
    record: i64,
    condition: &Condition,
) -> Result<Option<(bool, Json)>> {
    let system = Principal::system();
    let mut parts = Vec::new();
    flatten(condition, &mut parts);
    let checked = parts
        .iter()
        .map(|part| part.check(dictionary, &object.name))
        .collect::<std::result::Result<Vec<_>, _>>()?;
    let mut joins = Joins::default();
    for part in &checked {
        for join in part.joins() {
            joins.alias(std::slice::from_ref(&join));
        }
    }
    let mut query = QueryBuilder::new("select array[");
    for (at, part) in checked.iter().enumerate() {
        query.push(if at > 0 { ", (" } else { "(" });
        push_condition(&mut query, &part.root, &mut joins);
        query.push(") is true");
    }
    query.push(format!("] from {} t", crm(&object.table)));
    joins.push(&mut query, dictionary, &system);
    query
        .push(" where t.deleted_at is null and t.id = ")
        .push_bind(record);
    let held: Option<Vec<bool>> = query
        .build_query_scalar()
        .fetch_optional(connection)
        .await?;
    Ok(held.map(|held| {
        let first = held.first().copied().unwrap_or(true);
        (first, told(condition, &mut held.into_iter()))
    }))
}

/// The condition itself first, then its parts, each before its own.
fn flatten<'c>(condition: &'c Condition, parts: &mut Vec<&'c Condition>) {
    parts.push(condition);
    match condition {
        Condition::All(inner) | Condition::Any(inner) => {
            inner.iter().for_each(|part| flatten(part, parts));
        }
        Condition::Not(inner) => flatten(inner, parts),
        _ => {}
    }
}

fn told(condition: &Condition, held: &mut impl Iterator<Item = bool>) -> Json {
    let this = held.next().unwrap_or_default();
    let mut list = |word: &str, inner: &[Condition]| {
        let parts: Vec<Json> = inner.iter().map(|part| told(part, held)).collect();
        json!({ word: parts, "held": this })
    };
    match condition {
        Condition::All(inner) => list("all", inner),
        Condition::Any(inner) => list("any", inner),
        Condition::Not(inner) => json!({ "not": told(inner, held), "held": this }),
        other => {
            let mut json = json!(other);
            if let Some(map) = json.as_object_mut() {
                map.insert("held".to_owned(), this.into());
            }
            json
        }
    }
}
