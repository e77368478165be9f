//! Saved lists, and the layouts of forms.

use axum::{Json, extract::State, http::StatusCode};
use basalt_oltp::{
    dictionary::layout::{self, Layout},
    record::{ListView, ViewDefinition},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    App,
    caller::{Admin, On, Read},
    input::{Body, Path},
    problem::Result,
};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ViewInput {
    name: String,
    /// Everyone who may read the object sees it.
    #[serde(default)]
    shared: bool,
    /// `filter`, `fields`, `sort`, `q`, `tag`, as in lists.
    #[schema(value_type = Object)]
    definition: ViewDefinition,
}

#[derive(Serialize)]
pub struct Views {
    items: Vec<ListView>,
}

#[derive(Deserialize)]
pub struct ViewPath {
    view: i64,
}

/// Saved lists of the caller and those shared with all
#[utoipa::path(get, path = "/api/v1/{resource}/views", operation_id = "list_views", tag = "records", params(("resource" = String, Path)), responses((status = 200, body = Object)))]
pub async fn list(State(app): State<App>, on: On<Read>) -> Result<Json<Views>> {
    let items = app.store().views(&on.caller, on.name()).await?;
    Ok(Json(Views { items }))
}

/// Save a list
#[utoipa::path(post, path = "/api/v1/{resource}/views", operation_id = "add_view", tag = "records", params(("resource" = String, Path)), request_body = ViewInput, responses((status = 201, body = Object)))]
pub async fn add(
    State(app): State<App>,
    on: On<Read>,
    Body(input): Body<ViewInput>,
) -> Result<(StatusCode, Json<ListView>)> {
    let view = save(&app, &on, None, &input).await?;
    Ok((StatusCode::CREATED, Json(view)))
}

/// Change a saved list of one's own
#[utoipa::path(put, path = "/api/v1/{resource}/views/{view}", operation_id = "change_view", tag = "records", params(("resource" = String, Path), ("view" = i64, Path)), request_body = ViewInput, responses((status = 200, body = Object)))]
pub async fn change(
    State(app): State<App>,
    on: On<Read>,
    Path(path): Path<ViewPath>,
    Body(input): Body<ViewInput>,
) -> Result<Json<ListView>> {
    Ok(Json(save(&app, &on, Some(path.view), &input).await?))
}

/// Remove a saved list of one's own
#[utoipa::path(delete, path = "/api/v1/{resource}/views/{view}", operation_id = "delete_view", tag = "records", params(("resource" = String, Path), ("view" = i64, Path)), responses((status = 204)))]
pub async fn remove(
    State(app): State<App>,
    on: On<Read>,
    Path(path): Path<ViewPath>,
) -> Result<StatusCode> {
    app.store()
        .delete_view(&on.caller, on.name(), path.view)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn save(app: &App, on: &On<Read>, id: Option<i64>, input: &ViewInput) -> Result<ListView> {
    let view = app
        .store()
        .save_view(
            &on.caller,
            on.name(),
            id,
            &input.name,
            input.shared,
            &input.definition,
        )
        .await?;
    Ok(view)
}

/// Save a layout
///
/// `{"object", "profile", "shown_for", "sections": [{"label", "fields"}]}`; replaces the one for the same profile and records. Served by `/api/v1/meta`.
#[utoipa::path(put, path = "/api/v1/dictionary/layouts", operation_id = "save_layout", tag = "dictionary", request_body = Object, responses((status = 200, body = Object)))]
pub async fn save_layout(
    State(app): State<App>,
    admin: Admin,
    Body(input): Body<Layout>,
) -> Result<Json<Layout>> {
    Ok(Json(layout::save(app.db(), &admin.0, &input).await?))
}

/// Remove a layout
#[utoipa::path(delete, path = "/api/v1/dictionary/layouts/{id}", operation_id = "delete_layout", tag = "dictionary", params(("id" = i64, Path)), responses((status = 204)))]
pub async fn delete_layout(
    State(app): State<App>,
    admin: Admin,
    Path(id): Path<i64>,
) -> Result<StatusCode> {
    layout::delete(app.db(), &admin.0, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
