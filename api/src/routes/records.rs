//! Records of every object in the dictionary: the same handlers for all resources.
//!
//! Documented per object by [`crate::openapi`], since what they take and give follows from the dictionary.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
};
use basalt_model::{Condition, Object, Principal};
use basalt_oltp::{
    audit::{self, AuditEntry},
    record::{ListRequest, Saved, Select, Sort},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    App,
    caller::{Create, Delete, On, Read, Update},
    events::Event,
    input::{Body, IfMatch, Params, Path},
    problem::{Problem, Result, Text},
};

pub const LSN: HeaderName = HeaderName::from_static("basalt-lsn");
pub const DEFAULT_PAGE: u32 = 50;
pub const LARGEST_PAGE: u32 = 500;

/// How a list is asked for; see the parameters in [`crate::openapi`].
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListParams {
    filter: Option<String>,
    q: Option<String>,
    sort: Option<String>,
    fields: Option<String>,
    include: Option<String>,
    #[serde(rename = "page[after]")]
    after: Option<String>,
    #[serde(rename = "page[size]")]
    size: Option<u32>,
    #[serde(default)]
    count: bool,
    /// The recycle bin instead.
    #[serde(default)]
    recycled: bool,
    /// Only records with this tag.
    tag: Option<String>,
    /// What has left the list instead, such as converted leads.
    #[serde(default)]
    archived: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GetParams {
    fields: Option<String>,
    include: Option<String>,
}

#[derive(Deserialize)]
pub struct RecordPath {
    pub id: i64,
}

#[derive(Serialize)]
pub struct AuditTrail {
    items: Vec<AuditEntry>,
}

#[derive(Serialize)]
pub struct Items {
    items: Vec<Map<String, Value>>,
    next: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<Value>,
}

pub async fn list(
    State(app): State<App>,
    on: On<Read>,
    Params(params): Params<ListParams>,
) -> Result<Json<Items>> {
    let request = params.checked()?;
    let page = app.store().list(&on.caller, on.name(), &request).await?;
    let total = page
        .total
        .map(|total| serde_json::json!({ "value": total.value, "capped": total.capped }));
    Ok(Json(Items {
        items: page.items,
        next: page.next,
        total,
    }))
}

pub async fn create(
    State(app): State<App>,
    on: On<Create>,
    Body(input): Body<Map<String, Value>>,
) -> Result<(StatusCode, HeaderMap, Json<Map<String, Value>>)> {
    let saved = app.store().create(&on.caller, on.name(), input).await?;
    tell(&app, &on.caller, on.name(), &saved, "created");
    Ok((
        StatusCode::CREATED,
        created(on.object(), &saved),
        Json(saved.record),
    ))
}

pub async fn show(
    State(app): State<App>,
    on: On<Read>,
    Path(path): Path<RecordPath>,
    Params(params): Params<GetParams>,
) -> Result<(HeaderMap, Json<Map<String, Value>>)> {
    let select = Select {
        fields: names(params.fields.as_deref()),
        include: names(params.include.as_deref()),
    };
    let record = app
        .store()
        .get(&on.caller, on.name(), path.id, &select)
        .await?;
    let mut headers = HeaderMap::new();
    if let Some(version) = record.get("version").and_then(Value::as_i64) {
        headers.insert(header::ETAG, etag(version));
    }
    Ok((headers, Json(record)))
}

pub async fn change(
    State(app): State<App>,
    on: On<Update>,
    Path(path): Path<RecordPath>,
    IfMatch(version): IfMatch,
    Body(patch): Body<Map<String, Value>>,
) -> Result<(HeaderMap, Json<Map<String, Value>>)> {
    let saved = app
        .store()
        .update(&on.caller, on.name(), path.id, patch, version)
        .await?;
    tell(&app, &on.caller, on.name(), &saved, "changed");
    Ok((written(&saved), Json(saved.record)))
}

pub async fn remove(
    State(app): State<App>,
    on: On<Delete>,
    Path(path): Path<RecordPath>,
    IfMatch(version): IfMatch,
) -> Result<(HeaderMap, StatusCode)> {
    let saved = app
        .store()
        .delete(&on.caller, on.name(), path.id, version)
        .await?;
    tell(&app, &on.caller, on.name(), &saved, "deleted");
    Ok((written(&saved), StatusCode::NO_CONTENT))
}

pub async fn restore(
    State(app): State<App>,
    on: On<Delete>,
    Path(path): Path<RecordPath>,
) -> Result<(HeaderMap, Json<Map<String, Value>>)> {
    let saved = app.store().restore(&on.caller, on.name(), path.id).await?;
    tell(&app, &on.caller, on.name(), &saved, "restored");
    Ok((written(&saved), Json(saved.record)))
}

/// Who changed what and when, field by field; the youngest first.
pub async fn trail(
    State(app): State<App>,
    on: On<Read>,
    Path(path): Path<RecordPath>,
) -> Result<Json<AuditTrail>> {
    let items = audit::audit(app.db(), &on.caller, on.name(), path.id).await?;
    Ok(Json(AuditTrail { items }))
}

impl ListParams {
    fn checked(self) -> Result<ListRequest> {
        let filter = self
            .filter
            .as_deref()
            .filter(|f| !f.trim().is_empty())
            .map(condition)
            .transpose()?;
        let limit = self.size.unwrap_or(DEFAULT_PAGE);
        if !(1..=LARGEST_PAGE).contains(&limit) {
            let text = Text::new(
                format!("A page has 1 to {LARGEST_PAGE} records."),
                format!("每页记录数须为 1 到 {LARGEST_PAGE}。"),
            );
            return Err(Problem::invalid("page[size]", text));
        }
        Ok(ListRequest {
            filter,
            search: self.q.filter(|q| !q.trim().is_empty()),
            sort: names(self.sort.as_deref())
                .iter()
                .map(|name| Sort::parse(name))
                .collect(),
            fields: names(self.fields.as_deref()),
            include: names(self.include.as_deref()),
            after: self.after.filter(|after| !after.is_empty()),
            limit,
            count: self.count,
            recycled: self.recycled,
            archived: self.archived,
            tag: self.tag.filter(|tag| !tag.trim().is_empty()),
        })
    }
}

pub(super) fn condition(json: &str) -> Result<Condition> {
    serde_json::from_str(json).map_err(|e| {
        Problem::invalid(
            "filter",
            Text::new(
                format!("The filter is not a condition: {e}"),
                format!("筛选条件无法解析:{e}"),
            ),
        )
    })
}

pub(super) fn names(list: Option<&str>) -> Vec<String> {
    list.unwrap_or_default()
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The headers of an answer that made a record.
pub fn created(object: &Object, saved: &Saved) -> HeaderMap {
    let mut headers = written(saved);
    let place = format!("/api/v1/{}/{}", object.resource, saved.id);
    if let Ok(place) = HeaderValue::from_str(&place) {
        headers.insert(header::LOCATION, place);
    }
    headers
}

/// The headers of an answer to a write: the record's version, and the position from which the lake shows it.
pub fn written(saved: &Saved) -> HeaderMap {
    let mut headers = position(&saved.lsn);
    headers.insert(header::ETAG, etag(saved.version.into()));
    headers
}

/// The position of a change, for reads that must see it.
pub fn position(lsn: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Ok(lsn) = HeaderValue::from_str(lsn) {
        headers.insert(LSN, lsn);
    }
    headers
}

/// Tells open browsers that a record was written.
pub fn tell(app: &App, by: &Principal, object: &str, saved: &Saved, action: &'static str) {
    told_many(app, by, object, &[(saved.id, saved.version)], action);
}

/// Tells open browsers that records, each by id and version, were written.
pub fn told_many(
    app: &App,
    by: &Principal,
    object: &str,
    records: &[(i64, i32)],
    action: &'static str,
) {
    let Some(resource) = app
        .db()
        .dictionary()
        .object(object)
        .map(|o| o.resource.clone())
    else {
        return;
    };
    for (id, version) in records {
        app.events().tell(Event::Record {
            object: object.to_owned(),
            resource: resource.clone(),
            id: *id,
            version: *version,
            action,
            by: by.user_id,
        });
    }
}

fn etag(version: i64) -> HeaderValue {
    HeaderValue::from_str(&format!("\"{version}\"")).expect("digits and quotes are visible ASCII")
}
