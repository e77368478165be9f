//! Profiles, roles, groups, layers, assistants; and what it all comes to.

use axum::{Json, extract::State, http::StatusCode};
use basalt_model::{Party, policy::RightsChange};
use basalt_oltp::rights::{
    self, Assistant, FieldReader, LayerEntry, Profile, ProfileInput, Reader, Role, RoleInput,
    UserRights,
    groups::{self, Group, GroupInput},
};

use super::{List, Made, schema};
use crate::{
    App,
    caller::Admin,
    input::{Body, Path},
    problem::Result,
};

/// Profiles: what one may do with each object and field
#[utoipa::path(get, path = "/api/v1/access/profiles", operation_id = "list_profiles", tag = "access", responses((status = 200, body = schema::Profiles)))]
pub async fn list_profiles(State(app): State<App>, _: Admin) -> Result<Json<List<Profile>>> {
    let items = rights::profiles(app.db()).await?;
    Ok(Json(List { items }))
}

/// Make or change a profile
#[utoipa::path(put, path = "/api/v1/access/profiles/{name}", operation_id = "save_profile", tag = "access", params(("name" = String, Path)), request_body = schema::ProfileInput, responses((status = 204)))]
pub async fn save_profile(
    State(app): State<App>,
    Admin(caller): Admin,
    Path(name): Path<String>,
    Body(input): Body<ProfileInput>,
) -> Result<StatusCode> {
    rights::save_profile(app.db(), &caller, &name, input).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Remove a profile that nobody has
#[utoipa::path(delete, path = "/api/v1/access/profiles/{name}", operation_id = "remove_profile", tag = "access", params(("name" = String, Path)), responses((status = 204)))]
pub async fn remove_profile(
    State(app): State<App>,
    Admin(caller): Admin,
    Path(name): Path<String>,
) -> Result<StatusCode> {
    rights::remove_profile(app.db(), &caller, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Roles: how far one sees
#[utoipa::path(get, path = "/api/v1/access/roles", operation_id = "list_roles", tag = "access", responses((status = 200, body = schema::Roles)))]
pub async fn list_roles(State(app): State<App>, _: Admin) -> Result<Json<List<Role>>> {
    let items = rights::roles(app.db()).await?;
    Ok(Json(List { items }))
}

/// Make or change a role
#[utoipa::path(put, path = "/api/v1/access/roles/{name}", operation_id = "save_role", tag = "access", params(("name" = String, Path)), request_body = schema::RoleInput, responses((status = 204)))]
pub async fn save_role(
    State(app): State<App>,
    Admin(caller): Admin,
    Path(name): Path<String>,
    Body(input): Body<RoleInput>,
) -> Result<StatusCode> {
    rights::save_role(app.db(), &caller, &name, input).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Remove a role that nobody has
#[utoipa::path(delete, path = "/api/v1/access/roles/{name}", operation_id = "remove_role", tag = "access", params(("name" = String, Path)), responses((status = 204)))]
pub async fn remove_role(
    State(app): State<App>,
    Admin(caller): Admin,
    Path(name): Path<String>,
) -> Result<StatusCode> {
    rights::remove_role(app.db(), &caller, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Groups of users, departments and groups
#[utoipa::path(get, path = "/api/v1/access/groups", operation_id = "list_groups", tag = "access", responses((status = 200, body = schema::Groups)))]
pub async fn list_groups(State(app): State<App>, _: Admin) -> Result<Json<List<Group>>> {
    let items = groups::list(app.db()).await?;
    Ok(Json(List { items }))
}

/// Make a group
#[utoipa::path(post, path = "/api/v1/access/groups", operation_id = "create_group", tag = "access", request_body = schema::GroupInput, responses((status = 201, body = schema::Made)))]
pub async fn create_group(
    State(app): State<App>,
    Admin(caller): Admin,
    Body(input): Body<GroupInput>,
) -> Result<(StatusCode, Json<Made>)> {
    let id = groups::save(app.db(), &caller, None, input).await?;
    Ok((StatusCode::CREATED, Json(Made { id })))
}

/// Change a group; the members are those given
#[utoipa::path(put, path = "/api/v1/access/groups/{id}", operation_id = "save_group", tag = "access", params(("id" = i64, Path)), request_body = schema::GroupInput, responses((status = 204)))]
pub async fn save_group(
    State(app): State<App>,
    Admin(caller): Admin,
    Path(id): Path<i64>,
    Body(input): Body<GroupInput>,
) -> Result<StatusCode> {
    groups::save(app.db(), &caller, Some(id), input).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Remove a group; what was shared with it ends
#[utoipa::path(delete, path = "/api/v1/access/groups/{id}", operation_id = "remove_group", tag = "access", params(("id" = i64, Path)), responses((status = 204)))]
pub async fn remove_group(
    State(app): State<App>,
    Admin(caller): Admin,
    Path(id): Path<i64>,
) -> Result<StatusCode> {
    groups::remove(app.db(), &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What groups, departments and single users change about the rights of their profile and role
#[utoipa::path(get, path = "/api/v1/access/layers", operation_id = "list_layers", tag = "access", responses((status = 200, body = schema::Layers)))]
pub async fn list_layers(State(app): State<App>, _: Admin) -> Result<Json<List<LayerEntry>>> {
    let items = rights::layers(app.db()).await?;
    Ok(Json(List { items }))
}

/// Set what a group, department or user changes
#[utoipa::path(put, path = "/api/v1/access/layers/{holder}", operation_id = "save_layer", tag = "access", params(("holder" = String, Path, description = "`group:2`, `department:3` or `user:7`")), request_body = schema::RightsChange, responses((status = 204)))]
pub async fn save_layer(
    State(app): State<App>,
    Admin(caller): Admin,
    Path(holder): Path<Party>,
    Body(change): Body<RightsChange>,
) -> Result<StatusCode> {
    rights::save_layer(app.db(), &caller, holder, change).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Remove what a group, department or user changes
#[utoipa::path(delete, path = "/api/v1/access/layers/{holder}", operation_id = "remove_layer", tag = "access", params(("holder" = String, Path)), responses((status = 204)))]
pub async fn remove_layer(
    State(app): State<App>,
    Admin(caller): Admin,
    Path(holder): Path<Party>,
) -> Result<StatusCode> {
    rights::remove_layer(app.db(), &caller, holder).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Assistants, who read what their managers read
#[utoipa::path(get, path = "/api/v1/access/assistants", operation_id = "list_assistants", tag = "access", responses((status = 200, body = schema::Assistants)))]
pub async fn list_assistants(State(app): State<App>, _: Admin) -> Result<Json<List<Assistant>>> {
    let items = rights::assistants(app.db()).await?;
    Ok(Json(List { items }))
}

/// Make a user the assistant of another
#[utoipa::path(put, path = "/api/v1/access/assistants/{manager_id}/{assistant_id}", operation_id = "add_assistant", tag = "access", params(("manager_id" = i64, Path), ("assistant_id" = i64, Path)), responses((status = 204)))]
pub async fn add_assistant(
    State(app): State<App>,
    Admin(caller): Admin,
    Path((manager, assistant)): Path<(i64, i64)>,
) -> Result<StatusCode> {
    rights::add_assistant(app.db(), &caller, manager, assistant).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// End an assistance
#[utoipa::path(delete, path = "/api/v1/access/assistants/{manager_id}/{assistant_id}", operation_id = "remove_assistant", tag = "access", params(("manager_id" = i64, Path), ("assistant_id" = i64, Path)), responses((status = 204)))]
pub async fn remove_assistant(
    State(app): State<App>,
    Admin(caller): Admin,
    Path((manager, assistant)): Path<(i64, i64)>,
) -> Result<StatusCode> {
    rights::remove_assistant(app.db(), &caller, manager, assistant).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a user may do, and where each right comes from
#[utoipa::path(get, path = "/api/v1/access/users/{id}/rights", operation_id = "user_rights", tag = "access", params(("id" = i64, Path)), responses((status = 200, body = schema::UserRights)))]
pub async fn user_rights(
    State(app): State<App>,
    _: Admin,
    Path(id): Path<i64>,
) -> Result<Json<UserRights>> {
    Ok(Json(rights::user_rights(app.db(), id).await?))
}

/// Who may see a record, and why
#[utoipa::path(get, path = "/api/v1/access/readers/{object}/{id}", operation_id = "record_readers", tag = "access", params(("object" = String, Path), ("id" = i64, Path)), responses((status = 200, body = schema::Readers)))]
pub async fn record_readers(
    State(app): State<App>,
    _: Admin,
    Path((object, id)): Path<(String, i64)>,
) -> Result<Json<List<Reader>>> {
    let items = rights::readers_of_record(app.db(), &object, id).await?;
    Ok(Json(List { items }))
}

/// Who sees a field
#[utoipa::path(get, path = "/api/v1/access/field_readers/{object}/{field}", operation_id = "field_readers", tag = "access", params(("object" = String, Path), ("field" = String, Path)), responses((status = 200, body = schema::FieldReaders)))]
pub async fn field_readers(
    State(app): State<App>,
    _: Admin,
    Path((object, field)): Path<(String, String)>,
) -> Result<Json<List<FieldReader>>> {
    let items = rights::readers_of_field(app.db(), &object, &field).await?;
    Ok(Json(List { items }))
}
