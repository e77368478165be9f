//! How leads are scored and checked.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use basalt_oltp::sales::{
    checklist::{self, Check, Checklist, SpecialHandling},
    scoring::{self, Scoring},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{List, tell, written};
use crate::{
    App,
    caller::{Admin, Can, Lead, Read, Update},
    input::{Body, Path},
    problem::Result,
};

/// How leads are scored
#[utoipa::path(get, path = "/api/v1/lead_scoring", operation_id = "lead_scoring", tag = "leads", responses((status = 200, body = Object)))]
pub async fn show_scoring(State(app): State<App>, _: Can<Read, Lead>) -> Result<Json<Scoring>> {
    Ok(Json(scoring::scoring(app.db()).await?))
}

/// Set how leads are scored
///
/// `{"criteria": [{"name", "condition", "weight"}], "threshold"}`: the score is the sum of the weights whose
/// condition holds, and a lead is qualified from the threshold on. Leads are scored when they are saved;
/// `rescore` does the others.
#[utoipa::path(put, path = "/api/v1/lead_scoring", operation_id = "set_lead_scoring", tag = "leads", request_body = Object, responses((status = 204)))]
pub async fn set_scoring(
    State(app): State<App>,
    Admin(caller): Admin,
    Body(input): Body<Scoring>,
) -> Result<StatusCode> {
    scoring::set_scoring(app.db(), &caller, &input).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Score all leads anew, in the background
#[utoipa::path(post, path = "/api/v1/lead_scoring/rescore", operation_id = "rescore_leads", tag = "leads", responses((status = 202)))]
pub async fn rescore(State(app): State<App>, Admin(caller): Admin) -> Result<StatusCode> {
    scoring::rescore(app.db(), &caller).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Checklists of the product lines
#[utoipa::path(get, path = "/api/v1/lead_checklists", operation_id = "lead_checklists", tag = "leads", responses((status = 200, body = Object)))]
pub async fn checklists(
    State(app): State<App>,
    _: Can<Read, Lead>,
) -> Result<Json<List<Checklist>>> {
    let items = checklist::checklists(app.db()).await?;
    Ok(Json(List { items }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checks {
    checks: Vec<Check>,
}

/// Set what is checked before a lead of a product line is qualified
///
/// `{"checks": [{"key", "label": {"en", "zh"}, "mandatory"}]}`; no checks take the list away.
#[utoipa::path(put, path = "/api/v1/lead_checklists/{product_line}", operation_id = "set_lead_checklist", tag = "leads", params(("product_line" = String, Path)), request_body = Object, responses((status = 204)))]
pub async fn set_checklist(
    State(app): State<App>,
    Admin(caller): Admin,
    Path(product_line): Path<String>,
    Body(input): Body<Checks>,
) -> Result<StatusCode> {
    checklist::set_checklist(app.db(), &caller, &product_line, &input.checks).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A check of a lead and whether it is done.
#[derive(Serialize)]
pub struct CheckState {
    #[serde(flatten)]
    check: Check,
    done: bool,
}

/// The checks of a lead, by its product line
#[utoipa::path(get, path = "/api/v1/leads/{id}/qualification", operation_id = "lead_qualification", tag = "leads", params(("id" = i64, Path)), responses((status = 200, body = Object)))]
pub async fn show_checks(
    State(app): State<App>,
    caller: Can<Read, Lead>,
    Path(id): Path<i64>,
) -> Result<Json<List<CheckState>>> {
    let items = checklist::of_lead(app.db(), &caller, id).await?;
    let items = items
        .into_iter()
        .map(|(check, done)| CheckState { check, done })
        .collect();
    Ok(Json(List { items }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckLead {
    /// Key of a check → whether it is done.
    #[schema(value_type = Object)]
    checks: Map<String, Value>,
    /// `{"reason", "approver"}`: why a mandatory check is left out, and who approved of it.
    #[schema(value_type = Option<Object>)]
    special_handling: Option<SpecialHandling>,
}

/// Record the checks of a lead
#[utoipa::path(put, path = "/api/v1/leads/{id}/qualification", operation_id = "check_lead", tag = "leads", params(("id" = i64, Path)), request_body = CheckLead, responses((status = 200, body = Object)))]
pub async fn check(
    State(app): State<App>,
    caller: Can<Update, Lead>,
    Path(id): Path<i64>,
    Body(input): Body<CheckLead>,
) -> Result<(HeaderMap, Json<Map<String, Value>>)> {
    let special = input.special_handling.as_ref();
    let saved = checklist::run(app.db(), &caller, id, &input.checks, special).await?;
    tell(&app, &caller, "lead", &saved, "changed");
    Ok((written(&saved), Json(saved.record)))
}
