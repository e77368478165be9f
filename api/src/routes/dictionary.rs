//! Changing the data dictionary at run time: objects, fields and option sets, for administrators.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode},
};
use basalt_oltp::dictionary::{self, Designer, DictionaryChange};
use basalt_warehouse::TableName;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::records::LSN;
use crate::{
    App,
    caller::Admin,
    input::{Body, Params, Path},
    problem::Result,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeParams {
    /// Only check and say what would be done.
    #[serde(default)]
    dry_run: bool,
}

#[derive(Serialize, ToSchema)]
pub struct Definitions {
    #[schema(value_type = Vec<Object>)]
    items: Vec<Value>,
}

/// What a change did, or would do.
#[derive(Serialize, ToSchema)]
pub struct Changed {
    /// With its prefix `x_`.
    name: String,
    /// Steps that were taken on the database, in words.
    steps: Vec<String>,
    dry_run: bool,
}

type Answer = Result<(StatusCode, HeaderMap, Json<Changed>)>;

/// What was defined at run time
#[utoipa::path(get, path = "/api/v1/dictionary", operation_id = "list_definitions", tag = "dictionary", responses((status = 200, body = Definitions)))]
pub async fn list(State(app): State<App>, admin: Admin) -> Result<Json<Definitions>> {
    let entries = Designer::new(app.db().clone()).entries(&admin.0).await?;
    let items = entries.iter().map(dictionary::describe).collect();
    Ok(Json(Definitions { items }))
}

/// Add an object
///
/// `{"name", "label": {"en","zh"}, "label_plural", "number", "ownership", "fields": […]}`. Its title field `name` comes by itself.
#[utoipa::path(post, path = "/api/v1/dictionary/objects", operation_id = "add_object", tag = "dictionary", params(("dry_run" = Option<bool>, Query, description = "Only check and say what would be done")), request_body = Object, responses((status = 201, body = Changed)))]
pub async fn add_object(
    State(app): State<App>,
    admin: Admin,
    Params(params): Params<ChangeParams>,
    Body(definition): Body<Value>,
) -> Answer {
    let change = Designer::new(app.db().clone())
        .add_object(&admin.0, definition, params.dry_run)
        .await?;
    answer(&app, change, &params, StatusCode::CREATED).await
}

/// Change an object's labels, list, numbering or rules
#[utoipa::path(patch, path = "/api/v1/dictionary/objects/{object}", operation_id = "change_object", tag = "dictionary", params(("object" = String, Path), ("dry_run" = Option<bool>, Query, description = "Only check and say what would be done")), request_body = Object, responses((status = 200, body = Changed)))]
pub async fn change_object(
    State(app): State<App>,
    admin: Admin,
    Path(object): Path<String>,
    Params(params): Params<ChangeParams>,
    Body(patch): Body<Value>,
) -> Answer {
    let change = Designer::new(app.db().clone())
        .change_object(&admin.0, &object, patch, params.dry_run)
        .await?;
    answer(&app, change, &params, StatusCode::OK).await
}

/// Add a field to an object
///
/// `{"name", "label": {"en","zh"}, "type", "required", "default", "options", …}`, as in the catalog. The field is a typed column at once.
#[utoipa::path(post, path = "/api/v1/dictionary/objects/{object}/fields", operation_id = "add_field", tag = "dictionary", params(("object" = String, Path), ("dry_run" = Option<bool>, Query, description = "Only check and say what would be done")), request_body = Object, responses((status = 201, body = Changed)))]
pub async fn add_field(
    State(app): State<App>,
    admin: Admin,
    Path(object): Path<String>,
    Params(params): Params<ChangeParams>,
    Body(definition): Body<Value>,
) -> Answer {
    let change = Designer::new(app.db().clone())
        .add_field(&admin.0, &object, definition, params.dry_run)
        .await?;
    answer(&app, change, &params, StatusCode::CREATED).await
}

/// Change a field's label, demands, options or limits
#[utoipa::path(patch, path = "/api/v1/dictionary/objects/{object}/fields/{field}", operation_id = "change_field", tag = "dictionary", params(("object" = String, Path), ("field" = String, Path), ("dry_run" = Option<bool>, Query, description = "Only check and say what would be done")), request_body = Object, responses((status = 200, body = Changed)))]
pub async fn change_field(
    State(app): State<App>,
    admin: Admin,
    Path((object, field)): Path<(String, String)>,
    Params(params): Params<ChangeParams>,
    Body(patch): Body<Value>,
) -> Answer {
    let change = Designer::new(app.db().clone())
        .change_field(&admin.0, &object, &field, patch, params.dry_run)
        .await?;
    answer(&app, change, &params, StatusCode::OK).await
}

/// Add an option set
///
/// `{"name", "label": {"en","zh"}, "options": [{"value", "label", "color", "active"}]}`.
#[utoipa::path(post, path = "/api/v1/dictionary/option_sets", operation_id = "add_option_set", tag = "dictionary", params(("dry_run" = Option<bool>, Query, description = "Only check and say what would be done")), request_body = Object, responses((status = 201, body = Changed)))]
pub async fn add_option_set(
    State(app): State<App>,
    admin: Admin,
    Params(params): Params<ChangeParams>,
    Body(definition): Body<Value>,
) -> Answer {
    let change = Designer::new(app.db().clone())
        .add_option_set(&admin.0, definition, params.dry_run)
        .await?;
    answer(&app, change, &params, StatusCode::CREATED).await
}

/// Change an option set
///
/// Options are offered in the order given. A value that was ever offered stays: it is switched off with `"active": false`.
#[utoipa::path(patch, path = "/api/v1/dictionary/option_sets/{set}", operation_id = "change_option_set", tag = "dictionary", params(("set" = String, Path), ("dry_run" = Option<bool>, Query, description = "Only check and say what would be done")), request_body = Object, responses((status = 200, body = Changed)))]
pub async fn change_option_set(
    State(app): State<App>,
    admin: Admin,
    Path(set): Path<String>,
    Params(params): Params<ChangeParams>,
    Body(patch): Body<Value>,
) -> Answer {
    let change = Designer::new(app.db().clone())
        .change_option_set(&admin.0, &set, patch, params.dry_run)
        .await?;
    answer(&app, change, &params, StatusCode::OK).await
}

async fn answer(
    app: &App,
    change: DictionaryChange,
    params: &ChangeParams,
    status: StatusCode,
) -> Answer {
    let mut headers = HeaderMap::new();
    if let Ok(lsn) = HeaderValue::from_str(&change.lsn)
        && !params.dry_run
    {
        headers.insert(LSN, lsn);
        capture(app, &change.new_tables).await;
    }
    let changed = Changed {
        name: change.name,
        steps: change
            .plan
            .steps
            .into_iter()
            .map(|step| step.summary)
            .collect(),
        dry_run: params.dry_run,
    };
    let status = if params.dry_run {
        StatusCode::OK
    } else {
        status
    };
    Ok((status, headers, Json(changed)))
}

/// New tables go into the lake at once. The records are safe without it, so a failure is no reason to refuse
/// the change: the next start captures whatever the dictionary knows.
async fn capture(app: &App, tables: &[String]) {
    let Ok(analysis) = app.analysis() else { return };
    let tables: Vec<TableName> = tables
        .iter()
        .map(|table| TableName::new("crm", table.clone()))
        .collect();
    if tables.is_empty() {
        return;
    }
    if let Err(error) = analysis.capture.add_tables(tables).await {
        tracing::error!(%error, "a new table is not captured yet; the next start will do it");
    }
}
