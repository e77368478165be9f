//! How long the rows of great tables stay in Postgres.

use axum::{Json, extract::State, http::StatusCode};
use basalt_oltp::retention::{self, RetentionInput};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    App,
    caller::Admin,
    input::{Body, Path},
    problem::Result,
};

#[derive(Serialize, ToSchema)]
pub struct TableRetention {
    object: String,
    /// Days that rows stay in Postgres; null: for good. The lake keeps them for good.
    keep_days: Option<i32>,
    /// Rows of a partition made from now on.
    partition_ids: i64,
    /// Partitions in Postgres.
    partitions: i64,
    /// Partitions that left Postgres.
    dropped: i64,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetRetention {
    keep_days: Option<i32>,
    partition_ids: Option<i64>,
}

/// Retention of tables
///
/// Tables whose old rows leave Postgres while the lake keeps them.
#[utoipa::path(get, path = "/api/v1/lake/retention", operation_id = "list_retention", tag = "lake", responses((status = 200, body = Vec<TableRetention>)))]
pub async fn list(State(app): State<App>, _admin: Admin) -> Result<Json<Vec<TableRetention>>> {
    let all = retention::list(app.db()).await?;
    let one = |table: retention::Retention| TableRetention {
        object: table.object,
        keep_days: table.keep_days,
        partition_ids: table.partition_ids,
        partitions: table.partitions,
        dropped: table.dropped,
    };
    Ok(Json(all.into_iter().map(one).collect()))
}

/// Set the retention of a table
#[utoipa::path(put, path = "/api/v1/lake/retention/{object}", operation_id = "set_retention", tag = "lake", params(("object" = String, Path)), request_body = SetRetention, responses((status = 204)))]
pub async fn set(
    State(app): State<App>,
    _admin: Admin,
    Path(object): Path<String>,
    Body(input): Body<SetRetention>,
) -> Result<StatusCode> {
    let input = RetentionInput {
        keep_days: input.keep_days,
        partition_ids: input.partition_ids,
    };
    retention::set(app.db(), &object, input).await?;
    Ok(StatusCode::NO_CONTENT)
}
