//! Health of the parts, and the OpenAPI document.

use axum::{Json, extract::State, http::StatusCode};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{App, openapi};

#[derive(Serialize, ToSchema)]
pub struct Health {
    status: HealthStatus,
    version: &'static str,
    /// The system of record answers.
    records: bool,
    /// The lake follows the system of record.
    analysis: bool,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HealthStatus {
    Ok,
    /// Records work, figures don't.
    Degraded,
    Failed,
}

/// Whether the service works
///
/// 200 when everything does or only analysis is down, 503 when records can't be reached.
#[utoipa::path(get, path = "/api/v1/health", tag = "system", responses((status = 200, body = Health), (status = 503, body = Health)), security(()))]
pub async fn health(State(app): State<App>) -> (StatusCode, Json<Health>) {
    let records = sqlx::query("select 1")
        .execute(app.db().pool())
        .await
        .is_ok();
    let analysis = app.analysis().is_ok_and(|analysis| !analysis.has_failed());
    let (code, status) = match (records, analysis) {
        (true, true) => (StatusCode::OK, HealthStatus::Ok),
        (true, false) => (StatusCode::OK, HealthStatus::Degraded),
        (false, _) => (StatusCode::SERVICE_UNAVAILABLE, HealthStatus::Failed),
    };
    (
        code,
        Json(Health {
            status,
            version: env!("CARGO_PKG_VERSION"),
            records,
            analysis,
        }),
    )
}

/// This document
#[utoipa::path(get, path = "/api/v1/openapi.json", operation_id = "openapi", tag = "system", responses((status = 200, body = Object)), security(()))]
pub async fn document(State(app): State<App>) -> Json<Value> {
    Json(openapi::document(&app.db().dictionary()))
}
