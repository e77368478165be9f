//! Forms on web sites that make leads: kept by administrators, posted to by anybody.

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header},
};
use basalt_model::Principal;
use basalt_oltp::sales::capture::{self, Captured, Post, WebForm, WebFormInput};
use serde::Serialize;
use utoipa::ToSchema;

use super::{List, Made, told_many};
use crate::{
    App,
    caller::Admin,
    context::From,
    input::{Body, Path},
    problem::{Problem, Result, Text},
};

/// Forms on web sites
#[utoipa::path(get, path = "/api/v1/web_forms", operation_id = "list_web_forms", tag = "leads", responses((status = 200, body = Object)))]
pub async fn list_forms(State(app): State<App>, _: Admin) -> Result<Json<List<WebForm>>> {
    let items = capture::forms(app.db()).await?;
    Ok(Json(List { items }))
}

/// Make a form
///
/// `{"key", "name", "active", "dedupe_minutes", "pool"}`; it is posted to at `/api/v1/forms/{key}`.
#[utoipa::path(post, path = "/api/v1/web_forms", operation_id = "create_web_form", tag = "leads", request_body = Object, responses((status = 201, body = Made)))]
pub async fn create_form(
    State(app): State<App>,
    Admin(caller): Admin,
    Body(input): Body<WebFormInput>,
) -> Result<(StatusCode, Json<Made>)> {
    let id = capture::save_form(app.db(), &caller, None, &input).await?;
    Ok((StatusCode::CREATED, Json(Made { id })))
}

/// Change a form
#[utoipa::path(put, path = "/api/v1/web_forms/{id}", operation_id = "save_web_form", tag = "leads", params(("id" = i64, Path)), request_body = Object, responses((status = 204)))]
pub async fn save_form(
    State(app): State<App>,
    Admin(caller): Admin,
    Path(id): Path<i64>,
    Body(input): Body<WebFormInput>,
) -> Result<StatusCode> {
    capture::save_form(app.db(), &caller, Some(id), &input).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Remove a form
#[utoipa::path(delete, path = "/api/v1/web_forms/{id}", operation_id = "remove_web_form", tag = "leads", params(("id" = i64, Path)), responses((status = 204)))]
pub async fn remove_form(
    State(app): State<App>,
    Admin(caller): Admin,
    Path(id): Path<i64>,
) -> Result<StatusCode> {
    capture::remove_form(app.db(), &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What whoever posted is told: the same, whether a lead was made or was there already.
#[derive(Serialize, ToSchema)]
pub struct Received {
    received: bool,
}

/// Post to a form; public, at most ten times a minute from one address
///
/// JSON or a form of a web page, with `name`, `contact_name`, `email`, `phone`, `website`, `city`, `message`, `campaign`.
#[utoipa::path(post, path = "/api/v1/forms/{key}", operation_id = "post_web_form", tag = "leads", params(("key" = String, Path)), request_body = Object, responses((status = 202, body = Received)), security(()))]
pub async fn post_form(
    State(app): State<App>,
    Path(key): Path<String>,
    From(visitor): From,
    headers: HeaderMap,
    body: Bytes,
) -> Result<(StatusCode, Json<Received>)> {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default();
    let post: Post = if kind.starts_with("application/x-www-form-urlencoded") {
        let fields: serde_json::Map<String, serde_json::Value> = url::form_urlencoded::parse(&body)
            .map(|(name, value)| (name.into_owned(), value.into_owned().into()))
            .collect();
        serde_json::from_value(fields.into()).map_err(Problem::malformed)?
    } else {
        serde_json::from_slice(&body).map_err(Problem::malformed)?
    };
    match capture::capture(app.db(), &key, &visitor.ip, &post).await? {
        Captured::Lead { id, version } => {
            told_many(
                &app,
                &Principal::system(),
                "lead",
                &[(id, version)],
                "created",
            );
        }
        Captured::Nothing => {}
        Captured::TooMany => {
            let text = Text::new(
                "Too many messages were sent. Try again in a minute.",
                "提交过于频繁，请一分钟后再试。",
            );
            return Err(
                Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", text)
                    .retry_after(60),
            );
        }
    }
    Ok((StatusCode::ACCEPTED, Json(Received { received: true })))
}
