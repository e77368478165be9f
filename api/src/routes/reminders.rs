//! Reminder rules, their templates, and the alerts they raised.

use axum::{Json, extract::State, http::StatusCode};
use basalt_oltp::reminder::{self, Alert, Rule, RuleInput, Template};
use serde::Deserialize;

use super::activities::Made;
use super::opportunities::Items;
use crate::{
    App,
    caller::Caller,
    input::{Body, Params, Path},
    problem::Result,
};

/// Reminder rules
///
/// One's own; an administrator sees all.
#[utoipa::path(get, path = "/api/v1/reminder_rules", operation_id = "list_reminder_rules", tag = "reminders", responses((status = 200, body = Object)))]
pub async fn list(State(app): State<App>, caller: Caller) -> Result<Json<Items<Rule>>> {
    let items = reminder::rules(app.db(), &caller).await?;
    Ok(Json(Items { items }))
}

/// Ready-made reminder rules
#[utoipa::path(get, path = "/api/v1/reminder_rules/templates", operation_id = "reminder_templates", tag = "reminders", responses((status = 200, body = Object)))]
pub async fn templates(State(app): State<App>, caller: Caller) -> Result<Json<Items<Template>>> {
    let items = reminder::templates(app.db(), &caller)?;
    Ok(Json(Items { items }))
}

/// Make a reminder rule
///
/// `{"name","kind","object","condition","watch","to","channels":["inbox","email"],"text":{"en","zh"},"escalate_after_hours"}`. `watch` is one of
/// `{"on":"holds","since":…,"hours":…}`, `{"on":"without","related":[{"object","field","condition"}],"since":…,"hours":…}`,
/// `{"on":"count","related":{…},"min":…,"max":…,"monthly":…}`, `{"on":"entered","field":…,"value":…,"show":…}`. The rule looks with the rights of
/// who saves it. Others than oneself and people found from the record are named by administrators only.
#[utoipa::path(post, path = "/api/v1/reminder_rules", operation_id = "create_reminder_rule", tag = "reminders", request_body = Object, responses((status = 201, body = Object)))]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    Body(input): Body<RuleInput>,
) -> Result<(StatusCode, Json<Made>)> {
    let id = reminder::save(app.db(), &caller, None, &input).await?;
    Ok((StatusCode::CREATED, Json(Made { id })))
}

/// Change a reminder rule
#[utoipa::path(put, path = "/api/v1/reminder_rules/{id}", operation_id = "save_reminder_rule", tag = "reminders", params(("id" = i64, Path)), request_body = Object, responses((status = 204)))]
pub async fn save(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<i64>,
    Body(input): Body<RuleInput>,
) -> Result<StatusCode> {
    reminder::save(app.db(), &caller, Some(id), &input).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Remove a reminder rule and its alerts
#[utoipa::path(delete, path = "/api/v1/reminder_rules/{id}", operation_id = "remove_reminder_rule", tag = "reminders", params(("id" = i64, Path)), responses((status = 204)))]
pub async fn remove(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<i64>,
) -> Result<StatusCode> {
    reminder::remove(app.db(), &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlertParams {
    #[serde(default)]
    open: bool,
    before: Option<i64>,
}

/// Alerts one was told of
#[utoipa::path(get, path = "/api/v1/reminder_alerts", operation_id = "list_reminder_alerts", tag = "reminders", params(("open" = Option<bool>, Query, description = "Only those that are neither over nor acknowledged"), ("before" = Option<i64>, Query)), responses((status = 200, body = Object)))]
pub async fn alerts(
    State(app): State<App>,
    caller: Caller,
    Params(params): Params<AlertParams>,
) -> Result<Json<Items<Alert>>> {
    let items = reminder::alerts(app.db(), &caller, params.open, params.before).await?;
    Ok(Json(Items { items }))
}

/// Acknowledge an alert
///
/// It no longer goes to the superior.
#[utoipa::path(post, path = "/api/v1/reminder_alerts/{id}/acknowledge", operation_id = "acknowledge_alert", tag = "reminders", params(("id" = i64, Path)), responses((status = 204)))]
pub async fn acknowledge(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<i64>,
) -> Result<StatusCode> {
    reminder::acknowledge(app.db(), &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
