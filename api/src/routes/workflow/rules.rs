//! Rules, their runs, and webhooks.

use axum::{Json, extract::State, http::StatusCode};
use basalt_oltp::workflow::{
    self, Delivery, DryRun, Rule, RuleInput, RunEntry, Webhook, WebhookInput,
};
use serde::Deserialize;

use super::{List, Made, schema};
use crate::{
    App,
    caller::Admin,
    input::{Body, Params, Path},
    problem::Result,
};

/// Rules
#[utoipa::path(get, path = "/api/v1/workflow/rules", operation_id = "list_rules", tag = "workflow", responses((status = 200, body = schema::Rules)))]
pub async fn list_rules(State(app): State<App>, _: Admin) -> Result<Json<List<Rule>>> {
    let items = workflow::rules(app.db()).await?;
    Ok(Json(List { items }))
}

/// Make a rule
#[utoipa::path(post, path = "/api/v1/workflow/rules", operation_id = "create_rule", tag = "workflow", request_body = schema::RuleInput, responses((status = 201, body = schema::MadeRule)))]
pub async fn create_rule(
    State(app): State<App>,
    Admin(caller): Admin,
    Body(input): Body<RuleInput>,
) -> Result<(StatusCode, Json<Made>)> {
    let id = workflow::save_rule(app.db(), &caller, None, input).await?;
    Ok((StatusCode::CREATED, Json(Made { id })))
}

/// Change a rule
#[utoipa::path(put, path = "/api/v1/workflow/rules/{id}", operation_id = "save_rule", tag = "workflow", params(("id" = i64, Path)), request_body = schema::RuleInput, responses((status = 204)))]
pub async fn save_rule(
    State(app): State<App>,
    Admin(caller): Admin,
    Path(id): Path<i64>,
    Body(input): Body<RuleInput>,
) -> Result<StatusCode> {
    workflow::save_rule(app.db(), &caller, Some(id), input).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Remove a rule and its runs
#[utoipa::path(delete, path = "/api/v1/workflow/rules/{id}", operation_id = "remove_rule", tag = "workflow", params(("id" = i64, Path)), responses((status = 204)))]
pub async fn remove_rule(
    State(app): State<App>,
    Admin(caller): Admin,
    Path(id): Path<i64>,
) -> Result<StatusCode> {
    workflow::remove_rule(app.db(), &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A rule as it might be, and the records to try it with.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trial {
    rule: RuleInput,
    records: Vec<i64>,
}

/// Try a rule without doing anything
///
/// Says for each record what the rule would do, and which part of the condition decided.
#[utoipa::path(post, path = "/api/v1/workflow/dry_run", operation_id = "dry_run_rule", tag = "workflow", request_body = schema::Trial, responses((status = 200, body = schema::DryRuns)))]
pub async fn dry_run(
    State(app): State<App>,
    Admin(caller): Admin,
    Body(input): Body<Trial>,
) -> Result<Json<List<DryRun>>> {
    let items = workflow::dry_run(app.db(), &caller, input.rule, &input.records).await?;
    Ok(Json(List { items }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunsOf {
    rule: Option<i64>,
    object: Option<String>,
    record: Option<i64>,
}

/// Runs of rules, the youngest first
#[utoipa::path(get, path = "/api/v1/workflow/runs", operation_id = "list_runs", tag = "workflow", params(("rule" = Option<i64>, Query), ("object" = Option<String>, Query), ("record" = Option<i64>, Query)), responses((status = 200, body = schema::Runs)))]
pub async fn list_runs(
    State(app): State<App>,
    _: Admin,
    Params(params): Params<RunsOf>,
) -> Result<Json<List<RunEntry>>> {
    let record = params.object.as_deref().zip(params.record);
    let items = workflow::runs(app.db(), params.rule, record).await?;
    Ok(Json(List { items }))
}

/// Webhooks
#[utoipa::path(get, path = "/api/v1/workflow/webhooks", operation_id = "list_webhooks", tag = "workflow", responses((status = 200, body = schema::Webhooks)))]
pub async fn list_webhooks(State(app): State<App>, _: Admin) -> Result<Json<List<Webhook>>> {
    let items = workflow::webhooks(app.db()).await?;
    Ok(Json(List { items }))
}

/// Make a webhook
#[utoipa::path(post, path = "/api/v1/workflow/webhooks", operation_id = "create_webhook", tag = "workflow", request_body = schema::WebhookInput, responses((status = 201, body = schema::MadeRule)))]
pub async fn create_webhook(
    State(app): State<App>,
    Admin(caller): Admin,
    Body(input): Body<WebhookInput>,
) -> Result<(StatusCode, Json<Made>)> {
    let id = workflow::save_webhook(app.db(), &caller, None, input).await?;
    Ok((StatusCode::CREATED, Json(Made { id })))
}

/// Change a webhook; it then shows what you may see
#[utoipa::path(put, path = "/api/v1/workflow/webhooks/{id}", operation_id = "save_webhook", tag = "workflow", params(("id" = i64, Path)), request_body = schema::WebhookInput, responses((status = 204)))]
pub async fn save_webhook(
    State(app): State<App>,
    Admin(caller): Admin,
    Path(id): Path<i64>,
    Body(input): Body<WebhookInput>,
) -> Result<StatusCode> {
    workflow::save_webhook(app.db(), &caller, Some(id), input).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Remove a webhook
#[utoipa::path(delete, path = "/api/v1/workflow/webhooks/{id}", operation_id = "remove_webhook", tag = "workflow", params(("id" = i64, Path)), responses((status = 204)))]
pub async fn remove_webhook(
    State(app): State<App>,
    Admin(caller): Admin,
    Path(id): Path<i64>,
) -> Result<StatusCode> {
    workflow::remove_webhook(app.db(), &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a webhook sent
#[utoipa::path(get, path = "/api/v1/workflow/webhooks/{id}/deliveries", operation_id = "webhook_deliveries", tag = "workflow", params(("id" = i64, Path)), responses((status = 200, body = schema::Deliveries)))]
pub async fn webhook_deliveries(
    State(app): State<App>,
    _: Admin,
    Path(id): Path<i64>,
) -> Result<Json<List<Delivery>>> {
    let items = workflow::deliveries(app.db(), id).await?;
    Ok(Json(List { items }))
}
