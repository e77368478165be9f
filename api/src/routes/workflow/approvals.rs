//! Flows of approval, what waits for one's decision, the approvals of a record, and the inbox.

use axum::{Json, extract::State, http::StatusCode};
use basalt_oltp::workflow::{
    self, HistoryEntry, Notification,
    approval::{self, Approval, Decision, Flow, FlowInput, Waiting},
};
use serde::{Deserialize, Serialize};

use super::{List, Made, schema};
use crate::{
    App,
    caller::{Admin, Caller},
    input::{Body, Params, Path},
    problem::{Problem, Result},
};

/// Flows of approval
#[utoipa::path(get, path = "/api/v1/workflow/flows", operation_id = "list_flows", tag = "workflow", responses((status = 200, body = schema::Flows)))]
pub async fn list_flows(State(app): State<App>, _: Admin) -> Result<Json<List<Flow>>> {
    let items = approval::flows(app.db()).await?;
    Ok(Json(List { items }))
}

/// Make a flow
#[utoipa::path(post, path = "/api/v1/workflow/flows", operation_id = "create_flow", tag = "workflow", request_body = schema::FlowInput, responses((status = 201, body = schema::MadeRule)))]
pub async fn create_flow(
    State(app): State<App>,
    Admin(caller): Admin,
    Body(input): Body<FlowInput>,
) -> Result<(StatusCode, Json<Made>)> {
    let id = approval::save_flow(app.db(), &caller, None, input).await?;
    Ok((StatusCode::CREATED, Json(Made { id })))
}

/// Change a flow; approvals under way keep what they began with
#[utoipa::path(put, path = "/api/v1/workflow/flows/{id}", operation_id = "save_flow", tag = "workflow", params(("id" = i64, Path)), request_body = schema::FlowInput, responses((status = 204)))]
pub async fn save_flow(
    State(app): State<App>,
    Admin(caller): Admin,
    Path(id): Path<i64>,
    Body(input): Body<FlowInput>,
) -> Result<StatusCode> {
    approval::save_flow(app.db(), &caller, Some(id), input).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Remove a flow that was never used
#[utoipa::path(delete, path = "/api/v1/workflow/flows/{id}", operation_id = "remove_flow", tag = "workflow", params(("id" = i64, Path)), responses((status = 204)))]
pub async fn remove_flow(
    State(app): State<App>,
    Admin(caller): Admin,
    Path(id): Path<i64>,
) -> Result<StatusCode> {
    approval::remove_flow(app.db(), &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What is submitted, to which flow.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Submission {
    flow: String,
    object: String,
    record: i64,
    #[serde(default)]
    comment: Option<String>,
}

/// Submit a record for approval
///
/// It is locked until the approval is over.
#[utoipa::path(post, path = "/api/v1/approvals", operation_id = "submit_approval", tag = "approvals", request_body = schema::Submission, responses((status = 201, body = schema::MadeRule)))]
pub async fn submit(
    State(app): State<App>,
    caller: Caller,
    Body(input): Body<Submission>,
) -> Result<(StatusCode, Json<Made>)> {
    let about = (input.object.as_str(), input.record);
    let id = approval::submit(
        app.db(),
        &caller,
        &input.flow,
        about,
        input.comment.as_deref(),
    )
    .await?;
    Ok((StatusCode::CREATED, Json(Made { id })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfRecord {
    object: String,
    record: i64,
}

/// The approvals of a record, with their history
#[utoipa::path(get, path = "/api/v1/approvals", operation_id = "record_approvals", tag = "approvals", params(("object" = String, Query), ("record" = i64, Query)), responses((status = 200, body = schema::Approvals)))]
pub async fn of_record(
    State(app): State<App>,
    caller: Caller,
    Params(params): Params<OfRecord>,
) -> Result<Json<List<Approval>>> {
    if !caller.can(&params.object, basalt_model::Action::Read) {
        return Err(Problem::forbidden());
    }
    let items = approval::of_record(app.db(), &caller, &params.object, params.record).await?;
    Ok(Json(List { items }))
}

/// What workflow did about a record
#[utoipa::path(get, path = "/api/v1/workflow/history", operation_id = "workflow_history", tag = "workflow", params(("object" = String, Query), ("record" = i64, Query)), responses((status = 200, body = schema::History)))]
pub async fn history(
    State(app): State<App>,
    caller: Caller,
    Params(params): Params<OfRecord>,
) -> Result<Json<List<HistoryEntry>>> {
    if !caller.can(&params.object, basalt_model::Action::Read) {
        return Err(Problem::forbidden());
    }
    let items = workflow::history(app.db(), &caller, &params.object, params.record).await?;
    Ok(Json(List { items }))
}

/// What waits for one's decision
#[utoipa::path(get, path = "/api/v1/approvals/waiting", operation_id = "waiting_approvals", tag = "approvals", responses((status = 200, body = schema::WaitingTasks)))]
pub async fn waiting(State(app): State<App>, caller: Caller) -> Result<Json<List<Waiting>>> {
    let items = approval::waiting(app.db(), &caller).await?;
    Ok(Json(List { items }))
}

/// A decision with its reason.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decided {
    decision: Decision,
    #[serde(default)]
    comment: Option<String>,
}

/// Decide
///
/// `approve`, `reject` or `{"return": {"to_step": 0}}` (to the submitter, when it is null).
#[utoipa::path(post, path = "/api/v1/approvals/tasks/{task}/decide", operation_id = "decide_approval", tag = "approvals", params(("task" = i64, Path)), request_body = schema::Decided, responses((status = 204)))]
pub async fn decide(
    State(app): State<App>,
    caller: Caller,
    Path(task): Path<i64>,
    Body(input): Body<Decided>,
) -> Result<StatusCode> {
    approval::decide(
        app.db(),
        &caller,
        task,
        input.decision,
        input.comment.as_deref(),
    )
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Somebody else to decide.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delegation {
    to: i64,
    #[serde(default)]
    comment: Option<String>,
}

/// Let somebody else decide
#[utoipa::path(post, path = "/api/v1/approvals/tasks/{task}/delegate", operation_id = "delegate_approval", tag = "approvals", params(("task" = i64, Path)), request_body = schema::Delegation, responses((status = 204)))]
pub async fn delegate(
    State(app): State<App>,
    caller: Caller,
    Path(task): Path<i64>,
    Body(input): Body<Delegation>,
) -> Result<StatusCode> {
    approval::delegate(app.db(), &caller, task, input.to, input.comment.as_deref()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Why.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remark {
    #[serde(default)]
    comment: Option<String>,
}

/// Take back what one submitted
#[utoipa::path(post, path = "/api/v1/approvals/{id}/recall", operation_id = "recall_approval", tag = "approvals", params(("id" = i64, Path)), request_body = schema::Remark, responses((status = 204)))]
pub async fn recall(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<i64>,
    Body(input): Body<Remark>,
) -> Result<StatusCode> {
    approval::recall(app.db(), &caller, id, input.comment.as_deref()).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InboxParams {
    #[serde(default)]
    unread: bool,
    before: Option<i64>,
}

#[derive(Serialize)]
pub struct Inbox {
    items: Vec<Notification>,
    unread: i64,
}

/// One's notices
#[utoipa::path(get, path = "/api/v1/notifications", operation_id = "notifications", tag = "notifications", params(("unread" = Option<bool>, Query), ("before" = Option<i64>, Query)), responses((status = 200, body = schema::Inbox)))]
pub async fn notifications(
    State(app): State<App>,
    caller: Caller,
    Params(params): Params<InboxParams>,
) -> Result<Json<Inbox>> {
    let items = workflow::notifications(app.db(), &caller, params.unread, params.before).await?;
    let unread = workflow::unread(app.db(), &caller).await?;
    Ok(Json(Inbox { items, unread }))
}

/// Mark a notice as read
#[utoipa::path(post, path = "/api/v1/notifications/{id}/read", operation_id = "read_notification", tag = "notifications", params(("id" = i64, Path)), responses((status = 204)))]
pub async fn read_one(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<i64>,
) -> Result<StatusCode> {
    workflow::mark_read(app.db(), &caller, Some(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Mark all notices as read
#[utoipa::path(post, path = "/api/v1/notifications/read", operation_id = "read_all_notifications", tag = "notifications", responses((status = 204)))]
pub async fn read_all(State(app): State<App>, caller: Caller) -> Result<StatusCode> {
    workflow::mark_read(app.db(), &caller, None).await?;
    Ok(StatusCode::NO_CONTENT)
}
