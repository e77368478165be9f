//! Sharing rules, defaults, dimensions; and the shares of a record.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use basalt_model::ShareAccess;
use basalt_oltp::rights::{
    self, Dimension, DimensionInput, ObjectDefault, Share, ShareInput, SharingInput,
    SharingRuleEntry,
};
use serde::Deserialize;

use super::{List, Made, at, schema};
use crate::{
    App,
    caller::{Admin, On, Read},
    input::{Body, Path},
    problem::Result,
};

/// Sharing rules
#[utoipa::path(get, path = "/api/v1/access/sharing_rules", operation_id = "list_sharing_rules", tag = "access", responses((status = 200, body = schema::SharingRules)))]
pub async fn list_sharing_rules(
    State(app): State<App>,
    _: Admin,
) -> Result<Json<List<SharingRuleEntry>>> {
    let items = rights::sharing_rules(app.db()).await?;
    Ok(Json(List { items }))
}

/// Make a sharing rule
#[utoipa::path(post, path = "/api/v1/access/sharing_rules", operation_id = "create_sharing_rule", tag = "access", request_body = schema::SharingRuleInput, responses((status = 201, body = schema::Made)))]
pub async fn create_sharing_rule(
    State(app): State<App>,
    Admin(caller): Admin,
    Body(input): Body<SharingInput>,
) -> Result<(StatusCode, Json<Made>)> {
    let id = rights::save_sharing_rule(app.db(), &caller, None, input).await?;
    Ok((StatusCode::CREATED, Json(Made { id })))
}

/// Change a sharing rule
#[utoipa::path(put, path = "/api/v1/access/sharing_rules/{id}", operation_id = "save_sharing_rule", tag = "access", params(("id" = i64, Path)), request_body = schema::SharingRuleInput, responses((status = 204)))]
pub async fn save_sharing_rule(
    State(app): State<App>,
    Admin(caller): Admin,
    Path(id): Path<i64>,
    Body(input): Body<SharingInput>,
) -> Result<StatusCode> {
    rights::save_sharing_rule(app.db(), &caller, Some(id), input).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Remove a sharing rule
#[utoipa::path(delete, path = "/api/v1/access/sharing_rules/{id}", operation_id = "remove_sharing_rule", tag = "access", params(("id" = i64, Path)), responses((status = 204)))]
pub async fn remove_sharing_rule(
    State(app): State<App>,
    Admin(caller): Admin,
    Path(id): Path<i64>,
) -> Result<StatusCode> {
    rights::remove_sharing_rule(app.db(), &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What everybody may do with every record of an object; objects that are absent are private
#[utoipa::path(get, path = "/api/v1/access/defaults", operation_id = "list_access_defaults", tag = "access", responses((status = 200, body = schema::Defaults)))]
pub async fn list_defaults(State(app): State<App>, _: Admin) -> Result<Json<List<ObjectDefault>>> {
    let items = rights::defaults(app.db()).await?;
    Ok(Json(List { items }))
}

/// What everybody may do with every record of an object.
#[derive(Clone, Copy, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AccessDefault)]
pub enum DefaultAccess {
    Private,
    Read,
    Write,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AccessDefaultInput)]
pub struct DefaultInput {
    access: DefaultAccess,
}

/// Set what everybody may do with every record of an object
#[utoipa::path(put, path = "/api/v1/access/defaults/{object}", operation_id = "set_access_default", tag = "access", params(("object" = String, Path)), request_body = DefaultInput, responses((status = 204)))]
pub async fn set_default(
    State(app): State<App>,
    Admin(caller): Admin,
    Path(object): Path<String>,
    Body(input): Body<DefaultInput>,
) -> Result<StatusCode> {
    let access = match input.access {
        DefaultAccess::Private => None,
        DefaultAccess::Read => Some(ShareAccess::Read),
        DefaultAccess::Write => Some(ShareAccess::Write),
    };
    rights::set_default(app.db(), &caller, &object, access).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Data dimensions beside the department
#[utoipa::path(get, path = "/api/v1/access/dimensions", operation_id = "list_dimensions", tag = "access", responses((status = 200, body = schema::Dimensions)))]
pub async fn list_dimensions(State(app): State<App>, _: Admin) -> Result<Json<List<Dimension>>> {
    let items = rights::dimensions(app.db()).await?;
    Ok(Json(List { items }))
}

/// Make a data dimension
#[utoipa::path(post, path = "/api/v1/access/dimensions", operation_id = "create_dimension", tag = "access", request_body = schema::DimensionInput, responses((status = 201, body = schema::Made)))]
pub async fn create_dimension(
    State(app): State<App>,
    Admin(caller): Admin,
    Body(input): Body<DimensionInput>,
) -> Result<(StatusCode, Json<Made>)> {
    let id = rights::save_dimension(app.db(), &caller, None, input).await?;
    Ok((StatusCode::CREATED, Json(Made { id })))
}

/// Change a data dimension; those bound are those given
#[utoipa::path(put, path = "/api/v1/access/dimensions/{id}", operation_id = "save_dimension", tag = "access", params(("id" = i64, Path)), request_body = schema::DimensionInput, responses((status = 204)))]
pub async fn save_dimension(
    State(app): State<App>,
    Admin(caller): Admin,
    Path(id): Path<i64>,
    Body(input): Body<DimensionInput>,
) -> Result<StatusCode> {
    rights::save_dimension(app.db(), &caller, Some(id), input).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Remove a data dimension
#[utoipa::path(delete, path = "/api/v1/access/dimensions/{id}", operation_id = "remove_dimension", tag = "access", params(("id" = i64, Path)), responses((status = 204)))]
pub async fn remove_dimension(
    State(app): State<App>,
    Admin(caller): Admin,
    Path(id): Path<i64>,
) -> Result<StatusCode> {
    rights::remove_dimension(app.db(), &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
pub struct RecordOf {
    id: i64,
}

#[derive(Deserialize)]
pub struct ShareOf {
    id: i64,
    share: i64,
}

/// Team and further shares of a record; documented for each object by [`crate::openapi`].
pub async fn list_shares(
    State(app): State<App>,
    on: On<Read>,
    Path(path): Path<RecordOf>,
) -> Result<Json<List<Share>>> {
    let items = rights::shares(app.db(), &on.caller, on.name(), path.id).await?;
    Ok(Json(List { items }))
}

/// Shares a record, or changes the share there is.
pub async fn share(
    State(app): State<App>,
    on: On<Read>,
    Path(path): Path<RecordOf>,
    Body(input): Body<ShareInput>,
) -> Result<(StatusCode, HeaderMap, Json<Made>)> {
    let (id, lsn) = rights::share(app.db(), &on.caller, on.name(), path.id, input).await?;
    Ok((StatusCode::CREATED, at(&lsn), Json(Made { id })))
}

/// Ends a share.
pub async fn unshare(
    State(app): State<App>,
    on: On<Read>,
    Path(path): Path<ShareOf>,
) -> Result<(StatusCode, HeaderMap)> {
    let lsn = rights::remove_share(app.db(), &on.caller, on.name(), path.id, path.share).await?;
    Ok((StatusCode::NO_CONTENT, at(&lsn)))
}
