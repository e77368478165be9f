//! Rules that assign new leads and customers.

use axum::{Json, extract::State, http::StatusCode};
use basalt_oltp::sales::assignment::{self, AssignmentRule, AssignmentRuleInput, DryRun, Trial};

use super::{List, Made};
use crate::{
    App,
    caller::Admin,
    input::{Body, Path},
    problem::Result,
};

/// Rules of assignment, in their order
#[utoipa::path(get, path = "/api/v1/assignment_rules", operation_id = "list_assignment_rules", tag = "leads", responses((status = 200, body = Object)))]
pub async fn list_assignment_rules(
    State(app): State<App>,
    _: Admin,
) -> Result<Json<List<AssignmentRule>>> {
    let items = assignment::rules(app.db()).await?;
    Ok(Json(List { items }))
}

/// Make a rule of assignment
///
/// `{"object": "lead" | "customer", "name", "position", "condition", "assign", "active"}`, where `assign` is
/// `{"to": "user", "user"}`, `{"to": "round_robin" | "least_loaded", "users"}` or `{"to": "pool", "pool"}`.
#[utoipa::path(post, path = "/api/v1/assignment_rules", operation_id = "create_assignment_rule", tag = "leads", request_body = Object, responses((status = 201, body = Made)))]
pub async fn create_assignment_rule(
    State(app): State<App>,
    Admin(caller): Admin,
    Body(input): Body<AssignmentRuleInput>,
) -> Result<(StatusCode, Json<Made>)> {
    let id = assignment::save_rule(app.db(), &caller, None, &input).await?;
    Ok((StatusCode::CREATED, Json(Made { id })))
}

/// Change a rule of assignment
#[utoipa::path(put, path = "/api/v1/assignment_rules/{id}", operation_id = "save_assignment_rule", tag = "leads", params(("id" = i64, Path)), request_body = Object, responses((status = 204)))]
pub async fn save_assignment_rule(
    State(app): State<App>,
    Admin(caller): Admin,
    Path(id): Path<i64>,
    Body(input): Body<AssignmentRuleInput>,
) -> Result<StatusCode> {
    assignment::save_rule(app.db(), &caller, Some(id), &input).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Remove a rule of assignment
#[utoipa::path(delete, path = "/api/v1/assignment_rules/{id}", operation_id = "remove_assignment_rule", tag = "leads", params(("id" = i64, Path)), responses((status = 204)))]
pub async fn remove_assignment_rule(
    State(app): State<App>,
    Admin(caller): Admin,
    Path(id): Path<i64>,
) -> Result<StatusCode> {
    assignment::remove_rule(app.db(), &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Try a changed rule on the records of the past
///
/// `{"id", "rule", "since"}`: says who would have got each record that was created since, and why. Writes nothing.
#[utoipa::path(post, path = "/api/v1/assignment_rules/dry_run", operation_id = "dry_run_assignment", tag = "leads", request_body = Object, responses((status = 200, body = Object)))]
pub async fn dry_run_assignment(
    State(app): State<App>,
    Admin(caller): Admin,
    Body(trial): Body<Trial>,
) -> Result<Json<DryRun>> {
    Ok(Json(assignment::dry_run(app.db(), &caller, &trial).await?))
}
