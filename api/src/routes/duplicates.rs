//! Duplicates: the rules, and what looks like a record that is being entered.

use axum::{Json, extract::State, http::StatusCode};
use basalt_oltp::duplicates::{self, Candidate, DuplicateRule};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    App,
    caller::{Admin, Caller, On, Read},
    input::{Body, Params, Path},
    problem::Result,
};

#[derive(Serialize)]
pub struct Rules {
    items: Vec<DuplicateRule>,
}

#[derive(Serialize)]
pub struct Candidates {
    items: Vec<Candidate>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LookupParams {
    /// The record that is being changed.
    except: Option<i64>,
}

/// The rules by which records are taken for duplicates
#[utoipa::path(get, path = "/api/v1/duplicate_rules", operation_id = "list_duplicate_rules", tag = "dictionary", responses((status = 200, body = Object)))]
pub async fn list(State(app): State<App>, caller: Caller) -> Result<Json<Rules>> {
    let items = duplicates::rules(app.db(), &caller).await?;
    Ok(Json(Rules { items }))
}

/// Save a rule
///
/// `{"object", "name", "action": "warn" | "block", "parts": [{"field", "match": "exact" | "phone" | "email" | "company" | "similar", "threshold"}]}`; replaces the one with the same name.
#[utoipa::path(put, path = "/api/v1/duplicate_rules", operation_id = "save_duplicate_rule", tag = "dictionary", request_body = Object, responses((status = 200, body = Object)))]
pub async fn save(
    State(app): State<App>,
    admin: Admin,
    Body(rule): Body<DuplicateRule>,
) -> Result<Json<DuplicateRule>> {
    Ok(Json(duplicates::save(app.db(), &admin.0, &rule).await?))
}

/// Remove a rule
#[utoipa::path(delete, path = "/api/v1/duplicate_rules/{id}", operation_id = "delete_duplicate_rule", tag = "dictionary", params(("id" = i64, Path)), responses((status = 204)))]
pub async fn remove(
    State(app): State<App>,
    admin: Admin,
    Path(id): Path<i64>,
) -> Result<StatusCode> {
    duplicates::remove(app.db(), &admin.0, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What looks like a record with these values
///
/// The body holds fields as for a new record. Of records that the caller may not read only the existence is told.
#[utoipa::path(post, path = "/api/v1/{resource}/duplicates", operation_id = "find_duplicates", tag = "records", params(("resource" = String, Path), ("except" = Option<i64>, Query)), request_body = Object, responses((status = 200, body = Object)))]
pub async fn find(
    State(app): State<App>,
    on: On<Read>,
    Params(params): Params<LookupParams>,
    Body(input): Body<Map<String, Value>>,
) -> Result<Json<Candidates>> {
    let items = app
        .store()
        .duplicates(&on.caller, on.name(), &input, params.except)
        .await?;
    Ok(Json(Candidates { items }))
}
