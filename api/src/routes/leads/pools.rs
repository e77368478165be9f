//! What people do with public pools, for leads and customers alike.

use axum::{Json, extract::State, http::HeaderMap};
use basalt_oltp::sales::pools;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{tell, written};
use crate::{
    App,
    caller::{On, Read, Update},
    input::{Body, Path},
    problem::Result,
    routes::records::RecordPath,
};

type Answer = Result<(HeaderMap, Json<Map<String, Value>>)>;

/// Claim a record of a public pool
///
/// Of two who claim at once one gets it; the other is told that it is gone.
#[utoipa::path(post, path = "/api/v1/{resource}/{id}/claim", operation_id = "claim_record", tag = "pools", params(("resource" = String, Path), ("id" = i64, Path)), responses((status = 200, body = Object)))]
pub async fn claim(State(app): State<App>, on: On<Update>, Path(path): Path<RecordPath>) -> Answer {
    let saved = pools::claim(app.db(), &on.caller, on.name(), path.id).await?;
    tell(&app, &on.caller, on.name(), &saved, "changed");
    Ok((written(&saved), Json(saved.record)))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignRecord {
    /// Who gets it.
    user: i64,
}

/// Assign a record of a pool that one administers
#[utoipa::path(post, path = "/api/v1/{resource}/{id}/assign", operation_id = "assign_record", tag = "pools", params(("resource" = String, Path), ("id" = i64, Path)), request_body = AssignRecord, responses((status = 200, body = Object)))]
pub async fn assign(
    State(app): State<App>,
    on: On<Read>,
    Path(path): Path<RecordPath>,
    Body(input): Body<AssignRecord>,
) -> Answer {
    let saved = pools::assign(app.db(), &on.caller, on.name(), path.id, input.user).await?;
    tell(&app, &on.caller, on.name(), &saved, "changed");
    Ok((written(&saved), Json(saved.record)))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReturnRecord {
    /// One of the pool's return reasons.
    reason: Option<String>,
    /// Without: the pool it came from.
    pool: Option<i64>,
}

/// Hand a record back to a public pool
#[utoipa::path(post, path = "/api/v1/{resource}/{id}/return", operation_id = "return_record", tag = "pools", params(("resource" = String, Path), ("id" = i64, Path)), request_body = ReturnRecord, responses((status = 200, body = Object)))]
pub async fn give_back(
    State(app): State<App>,
    on: On<Update>,
    Path(path): Path<RecordPath>,
    Body(input): Body<ReturnRecord>,
) -> Answer {
    let reason = input.reason.as_deref();
    let saved =
        pools::give_back(app.db(), &on.caller, on.name(), path.id, input.pool, reason).await?;
    tell(&app, &on.caller, on.name(), &saved, "changed");
    Ok((written(&saved), Json(saved.record)))
}

/// Take a record back into a pool that one administers
#[utoipa::path(post, path = "/api/v1/{resource}/{id}/recycle", operation_id = "recycle_record", tag = "pools", params(("resource" = String, Path), ("id" = i64, Path)), responses((status = 200, body = Object)))]
pub async fn recycle(State(app): State<App>, on: On<Read>, Path(path): Path<RecordPath>) -> Answer {
    let saved = pools::recycle(app.db(), &on.caller, on.name(), path.id).await?;
    tell(&app, &on.caller, on.name(), &saved, "changed");
    Ok((written(&saved), Json(saved.record)))
}
