//! What can be done with records of every kind beside plain changes: bulk, copy, purge, merge.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use basalt_model::Condition;
use basalt_oltp::record::{BulkAction, BulkTarget, GroupCount, MergeRequest};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use utoipa::ToSchema;

use super::records::{LSN, RecordPath, condition, created, tell, told_many, written};
use crate::{
    App,
    caller::{Caller, Create, Delete, On, Read, Update},
    context::RequestContext,
    input::{Body, Params, Path},
    problem::{Problem, Result, Text},
};

/// Which records, and what to do with each.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Bulk {
    /// `update`, `delete`, `restore` or `purge`.
    action: String,
    /// Instead of `filter`.
    ids: Option<Vec<i64>>,
    /// A condition; at most 1,000 records may fit it.
    #[schema(value_type = Option<Object>)]
    filter: Option<Condition>,
    /// For `update`: as in a single change.
    #[schema(value_type = Option<Object>)]
    patch: Option<Map<String, Value>>,
}

#[derive(Serialize, ToSchema)]
pub struct BulkResult {
    done: usize,
    refused: usize,
    results: Vec<BulkOutcome>,
}

#[derive(Serialize, ToSchema)]
pub struct BulkOutcome {
    id: i64,
    /// `done` or `refused`.
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<i32>,
    /// Why it was refused, as a problem.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    problem: Option<Value>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Copy {
    /// Fields that get another value than the original's.
    #[serde(default)]
    #[schema(value_type = Object)]
    changes: Map<String, Value>,
    /// Copy the record's parts too, such as the lines of an order.
    #[serde(default)]
    parts: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Merge {
    /// Records that are merged into this one and go to the recycle bin.
    from: Vec<i64>,
    /// Field → id of the record whose value is taken.
    #[serde(default)]
    fields: BTreeMap<String, i64>,
}

#[derive(Serialize, ToSchema)]
pub struct Merged {
    /// For taking it back.
    merge_id: i64,
    #[schema(value_type = Object)]
    record: Map<String, Value>,
}

/// Change, delete, restore or purge many records
///
/// Every record has its own outcome: one that is refused does not hold up the others.
#[utoipa::path(post, path = "/api/v1/{resource}/bulk", operation_id = "bulk", tag = "records", params(("resource" = String, Path)), request_body = Bulk, responses((status = 200, body = BulkResult)))]
pub async fn bulk(
    State(app): State<App>,
    context: RequestContext,
    on: On<Read>,
    Body(bulk): Body<Bulk>,
) -> Result<(HeaderMap, Json<BulkResult>)> {
    let action = match (bulk.action.as_str(), bulk.patch) {
        ("update", Some(patch)) => BulkAction::Update(patch),
        ("delete", None) => BulkAction::Delete,
        ("restore", None) => BulkAction::Restore,
        ("purge", None) => BulkAction::Purge,
        _ => {
            let text = Text::new(
                "The action is update (with a patch), delete, restore or purge.",
                "操作须为 update（需提供 patch）、delete、restore 或 purge。",
            );
            return Err(Problem::invalid("action", text));
        }
    };
    let verb = match &action {
        BulkAction::Update(_) => "changed",
        BulkAction::Restore => "restored",
        BulkAction::Delete | BulkAction::Purge => "deleted",
    };
    let target = match (bulk.ids, bulk.filter) {
        (Some(ids), None) => BulkTarget::Ids(ids),
        (None, Some(filter)) => BulkTarget::Filter(filter),
        _ => {
            let text = Text::new(
                "Name the records by ids or by a filter.",
                "请用 ids 或 filter 指定记录。",
            );
            return Err(Problem::invalid("ids", text));
        }
    };
    let report = app
        .store()
        .bulk(&on.caller, on.name(), target, action)
        .await?;
    let results: Vec<BulkOutcome> = report
        .outcomes
        .into_iter()
        .map(|one| match one.outcome {
            Ok(version) => BulkOutcome {
                id: one.id,
                outcome: "done",
                version: Some(version),
                problem: None,
            },
            Err(error) => BulkOutcome {
                id: one.id,
                outcome: "refused",
                version: None,
                problem: Some(Problem::from(error).body(context.locale(), &context.trace_id)),
            },
        })
        .collect();
    let done: Vec<(i64, i32)> = results
        .iter()
        .filter_map(|one| Some((one.id, one.version?)))
        .collect();
    told_many(&app, &on.caller, on.name(), &done, verb);
    let mut headers = HeaderMap::new();
    if let Ok(lsn) = report.lsn.parse() {
        headers.insert(LSN, lsn);
    }
    let result = BulkResult {
        done: done.len(),
        refused: results.len() - done.len(),
        results,
    };
    Ok((headers, Json(result)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupParams {
    by: String,
    filter: Option<String>,
    #[serde(default)]
    archived: bool,
}

#[derive(Serialize, ToSchema)]
pub struct RecordGroups {
    #[schema(value_type = Vec<Object>)]
    items: Vec<GroupCount>,
}

/// Count records by the values of a field
///
/// The most frequent value first; a reference has its title beside its number.
#[utoipa::path(get, path = "/api/v1/{resource}/groups", operation_id = "group_records", tag = "records", params(("resource" = String, Path), ("by" = String, Query), ("filter" = Option<String>, Query), ("archived" = Option<bool>, Query)), responses((status = 200, body = RecordGroups)))]
pub async fn groups(
    State(app): State<App>,
    on: On<Read>,
    Params(params): Params<GroupParams>,
) -> Result<Json<RecordGroups>> {
    let filter = params
        .filter
        .as_deref()
        .filter(|filter| !filter.trim().is_empty())
        .map(condition)
        .transpose()?;
    let items = app
        .store()
        .groups(
            &on.caller,
            on.name(),
            &params.by,
            filter.as_ref(),
            params.archived,
        )
        .await?;
    Ok(Json(RecordGroups { items }))
}

/// Copy a record
///
/// Unique values are not copied; `changes` go before.
#[utoipa::path(post, path = "/api/v1/{resource}/{id}/copy", operation_id = "copy_record", tag = "records", params(("resource" = String, Path), ("id" = i64, Path)), request_body = Copy, responses((status = 201, body = Object)))]
pub async fn copy(
    State(app): State<App>,
    on: On<Create>,
    Path(path): Path<RecordPath>,
    Body(copy): Body<Copy>,
) -> Result<(StatusCode, HeaderMap, Json<Map<String, Value>>)> {
    let saved = app
        .store()
        .copy(&on.caller, on.name(), path.id, copy.changes, copy.parts)
        .await?;
    tell(&app, &on.caller, on.name(), &saved, "created");
    Ok((
        StatusCode::CREATED,
        created(on.object(), &saved),
        Json(saved.record),
    ))
}

/// Remove a recycled record for good
#[utoipa::path(post, path = "/api/v1/{resource}/{id}/purge", operation_id = "purge_record", tag = "records", params(("resource" = String, Path), ("id" = i64, Path)), responses((status = 204)))]
pub async fn purge(
    State(app): State<App>,
    on: On<Delete>,
    Path(path): Path<RecordPath>,
) -> Result<(StatusCode, HeaderMap)> {
    let lsn = app.store().purge(&on.caller, on.name(), path.id).await?;
    app.files().sweep(app.store()).await?;
    let mut headers = HeaderMap::new();
    if let Ok(lsn) = lsn.parse() {
        headers.insert(LSN, lsn);
    }
    Ok((StatusCode::NO_CONTENT, headers))
}

/// Merge duplicates into a record
///
/// References, tags, notes and comments of the merged records move to this one.
#[utoipa::path(post, path = "/api/v1/{resource}/{id}/merge", operation_id = "merge_records", tag = "records", params(("resource" = String, Path), ("id" = i64, Path)), request_body = Merge, responses((status = 200, body = Merged)))]
pub async fn merge(
    State(app): State<App>,
    on: On<Update>,
    Path(path): Path<RecordPath>,
    Body(merge): Body<Merge>,
) -> Result<(HeaderMap, Json<Merged>)> {
    let gone: Vec<(i64, i32)> = merge.from.iter().map(|id| (*id, 0)).collect();
    let request = MergeRequest {
        from: merge.from,
        fields: merge.fields,
    };
    let merged = app
        .store()
        .merge(&on.caller, on.name(), path.id, &request)
        .await?;
    tell(&app, &on.caller, on.name(), &merged.saved, "changed");
    told_many(&app, &on.caller, on.name(), &gone, "deleted");
    let headers = written(&merged.saved);
    Ok((
        headers,
        Json(Merged {
            merge_id: merged.merge_id,
            record: merged.saved.record,
        }),
    ))
}

/// Take a merge back
#[utoipa::path(post, path = "/api/v1/merges/{id}/undo", operation_id = "undo_merge", tag = "records", params(("id" = i64, Path)), responses((status = 200, body = Object)))]
pub async fn unmerge(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<i64>,
) -> Result<(HeaderMap, Json<Map<String, Value>>)> {
    let saved = app.store().unmerge(&caller, id).await?;
    Ok((written(&saved), Json(saved.record)))
}
