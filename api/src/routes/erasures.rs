//! Erasure of persons: from the records at once, from the files of the lake in the background.

#![expect(
    unused_qualifications,
    reason = "written by the macro that documents parameters"
)]

use axum::{Json, extract::State, http::StatusCode};
use basalt_oltp::erasure;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    App,
    caller::Admin,
    input::{Body, Params, Path},
    problem::{Problem, Result, Text},
};

const DEFAULT_PAGE: i64 = 50;
const LARGEST_PAGE: i64 = 500;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskErasure {
    /// Id of the customer.
    customer: i64,
    /// Who asked for it, and why; kept on the list.
    reason: String,
    /// The customer's code, so that no slip erases somebody else.
    confirm: String,
}

#[derive(Serialize, ToSchema)]
pub struct LakeErasure {
    id: i64,
    object: String,
    record_id: i64,
    reason: String,
    /// Who asked for it here, such as `user:7`.
    actor: String,
    asked_at: DateTime<Utc>,
    /// `running` or `done`.
    state: &'static str,
    /// Tables that hold something personal, and how many of them are done.
    tables: usize,
    tables_done: i32,
    /// Why the last attempt failed; it is tried again.
    error: Option<String>,
    done_at: Option<DateTime<Utc>>,
    /// What is erased where.
    parts: Vec<ErasurePart>,
}

#[derive(Serialize, ToSchema)]
pub struct ErasurePart {
    /// A table of `crm`, and its `history`.
    table: String,
    columns: Vec<String>,
    rows: usize,
}

#[derive(Serialize, ToSchema)]
pub struct LakeErasures {
    items: Vec<LakeErasure>,
    /// For the next page: `before`.
    next: Option<i64>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ErasurePage {
    /// Those with a smaller number.
    before: Option<i64>,
    /// 1 to 500.
    limit: Option<i64>,
}

/// Erase a customer as a person
///
/// Personal fields of the customer, its contacts and the mails to them (and the name of a customer that is a person) leave the records, the audit
/// trail, notes and files at once, and all files of the lake, the past included, in the background. It can't be taken back.
#[utoipa::path(post, path = "/api/v1/lake/erasures", operation_id = "erase_person", tag = "lake", request_body = AskErasure, responses((status = 202, body = LakeErasure)))]
pub async fn ask(
    State(app): State<App>,
    Admin(caller): Admin,
    Body(asked): Body<AskErasure>,
) -> Result<(StatusCode, Json<LakeErasure>)> {
    let analysis = app.analysis()?;
    let id = erasure::erase(
        app.db(),
        &caller,
        asked.customer,
        &asked.confirm,
        &asked.reason,
    )
    .await?;
    analysis.erasures.notify_one();
    let erasure = erasure::get(app.db(), id).await?;
    Ok((StatusCode::ACCEPTED, Json(erasure.into())))
}

/// List of erasures
///
/// The youngest first.
#[utoipa::path(get, path = "/api/v1/lake/erasures", operation_id = "erasures", tag = "lake", params(ErasurePage), responses((status = 200, body = LakeErasures)))]
pub async fn list(
    State(app): State<App>,
    _admin: Admin,
    Params(page): Params<ErasurePage>,
) -> Result<Json<LakeErasures>> {
    let limit = page.limit.unwrap_or(DEFAULT_PAGE);
    if !(1..=LARGEST_PAGE).contains(&limit) {
        return Err(Problem::invalid(
            "limit",
            Text::new(
                format!("limit must be 1 to {LARGEST_PAGE}."),
                format!("limit 须为 1 到 {LARGEST_PAGE}。"),
            ),
        ));
    }
    let mut found = erasure::list(app.db(), page.before, limit + 1).await?;
    let more = i64::try_from(found.len()).is_ok_and(|found| found > limit);
    found.truncate(usize::try_from(limit).unwrap_or_default());
    Ok(Json(LakeErasures {
        next: found.last().filter(|_| more).map(|last| last.id),
        items: found.into_iter().map(LakeErasure::from).collect(),
    }))
}

/// State of an erasure
#[utoipa::path(get, path = "/api/v1/lake/erasures/{id}", operation_id = "erasure", tag = "lake", params(("id" = i64, Path)), responses((status = 200, body = LakeErasure)))]
pub async fn show(
    State(app): State<App>,
    _admin: Admin,
    Path(id): Path<i64>,
) -> Result<Json<LakeErasure>> {
    Ok(Json(erasure::get(app.db(), id).await?.into()))
}

impl From<erasure::Erasure> for LakeErasure {
    fn from(erasure: erasure::Erasure) -> Self {
        Self {
            id: erasure.id,
            object: erasure.object,
            record_id: erasure.record_id,
            reason: erasure.reason,
            actor: erasure.actor,
            asked_at: erasure.asked_at,
            state: if erasure.done_at.is_some() {
                "done"
            } else {
                "running"
            },
            tables: erasure.parts.len(),
            tables_done: erasure.parts_done,
            error: erasure.error,
            done_at: erasure.done_at,
            parts: erasure
                .parts
                .into_iter()
                .map(|part| ErasurePart {
                    table: part.table,
                    columns: part.columns,
                    rows: part.ids.len(),
                })
                .collect(),
        }
    }
}
