//! Activities of a record: those that refer to it, that a contact took part in, and that are linked to it.

use basalt_model::condition::Op;
use basalt_model::{Action, Condition, Principal, RowAccess};
use serde_json::json;
use sqlx::{Postgres, QueryBuilder};

use crate::db::Db;
use crate::error::{Error, Result};
use crate::record::{JsonMap, ListRequest, Sort, Store};
use crate::rights::within;
use crate::sql::push_readable;

/// What a list of activities shows.
const FIELDS: [&str; 18] = [
    "subject",
    "type",
    "status",
    "starts_at",
    "ends_at",
    "customer",
    "lead",
    "contact",
    "opportunity",
    "order",
    "purpose",
    "result",
    "intention",
    "next_action",
    "owner",
    "reported",
    "created_at",
    "created_by",
];

/// Activities a page.
const PAGE: u32 = 100;

/// ` or …`: activities `t` that belong to the record by a participant or a link.
pub(crate) fn push_or_linked(query: &mut QueryBuilder<Postgres>, object: &str, id: i64) {
    if object == "contact" {
        query.push(" or exists (select from crm.activity_participant ap where ap.activity_id = t.id and ap.deleted_at is null and ap.contact_id = ");
        query.push_bind(id).push(")");
    }
    query.push(" or exists (select from crm.activity_link al where al.activity_id = t.id and al.deleted_at is null and al.object = ");
    query.push_bind(object.to_owned());
    query.push(" and al.record = ").push_bind(id).push(")");
}

/// A page of the activities of a record, by time, the latest first; after the activity with this id.
///
/// # Errors
/// [`Error::NotFound`] when the record isn't readable; [`Error::Forbidden`] when activities aren't.
pub async fn of_record(
    db: &Db,
    principal: &Principal,
    object: &str,
    id: i64,
    after: Option<i64>,
) -> Result<(Vec<JsonMap>, Option<i64>)> {
    let dictionary = db.dictionary();
    let mut connection = db.pool().acquire().await?;
    if !within(&mut connection, db, principal, object, id, RowAccess::Read).await? {
        return Err(Error::NotFound);
    }
    if !principal.can("activity", Action::Read) {
        return Err(Error::Forbidden);
    }
    let activity = dictionary.object("activity").ok_or(Error::NotFound)?;
    let mut query = QueryBuilder::new("select t.id from crm.activity t where (false");
    for (field, target) in activity.references() {
        if target == object && !principal.is_hidden("activity", &field.name) {
            query.push(format!(" or t.{} = ", crate::sql::quoted(&field.column())));
            query.push_bind(id);
        }
    }
    push_or_linked(&mut query, object, id);
    query.push(") and ");
    push_readable(&mut query, "t", &dictionary, principal, activity);
    if let Some(after) = after {
        query.push(" and (t.starts_at, t.id) < (select a.starts_at, a.id from crm.activity a where a.id = ");
        query.push_bind(after).push(")");
    }
    query.push(format!(
        " order by t.starts_at desc, t.id desc limit {}",
        PAGE + 1
    ));
    let mut ids: Vec<i64> = query
        .build_query_scalar()
        .fetch_all(&mut *connection)
        .await?;
    drop(connection);
    let next = (ids.len() > PAGE as usize).then(|| ids[PAGE as usize - 1]);
    ids.truncate(PAGE as usize);
    if ids.is_empty() {
        return Ok((Vec::new(), None));
    }
    let request = ListRequest {
        filter: Some(Condition::compare("id", Op::In, json!(ids))),
        sort: vec![Sort::parse("-starts_at"), Sort::parse("-id")],
        fields: FIELDS
            .iter()
            .filter(|field| !principal.is_hidden("activity", field))
            .map(|field| (*field).to_owned())
            .collect(),
        limit: PAGE,
        ..ListRequest::default()
    };
    let page = Store::new(db.clone())
        .list(principal, "activity", &request)
        .await?;
    Ok((page.items, next))
}
