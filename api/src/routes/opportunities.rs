//! Opportunities: stages, priority, winning, progress, and the live figures over them.

use axum::{Json, extract::State, http::HeaderMap, http::StatusCode};
use basalt_oltp::opportunity::{
    self, ForecastRow, ForecastSetting, FunnelStage, Progress, Score, Stage, StageInput,
    SummaryRow, WinInput,
    figures::{By, Period},
    stages::{self, stages},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::records::{condition, tell, written};
use crate::{
    App,
    caller::{Admin, Caller, Can, Opportunity, Read, Update},
    input::{Body, Params, Path},
    problem::Result,
};

/// A list in an object, so that it can grow.
#[derive(Serialize)]
pub struct Items<T> {
    pub items: Vec<T>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StageList {
    stages: Vec<StageInput>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FunnelParams {
    filter: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SummaryParams {
    by: By,
    filter: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForecastParams {
    period: Option<Period>,
    filter: Option<String>,
}

fn filter(text: Option<&str>) -> Result<Option<basalt_model::Condition>> {
    text.filter(|text| !text.trim().is_empty())
        .map(condition)
        .transpose()
}

/// Stages of opportunities or customers
///
/// Each with confidence (percent), kind (`open`, `won`, `lost`), forecast category, the stages that may follow
/// (`null`: any) and the amount above which it is entered with an approval only.
#[utoipa::path(get, path = "/api/v1/stages/{object}", operation_id = "list_stages", tag = "opportunities", params(("object" = String, Path, description = "`opportunity` or `customer`")), responses((status = 200, body = Object)))]
pub async fn list_stages(
    State(app): State<App>,
    _: Caller,
    Path(object): Path<String>,
) -> Result<Json<Items<Stage>>> {
    let items = stages(app.db(), &object).await?;
    Ok(Json(Items { items }))
}

/// Set the stages of opportunities or customers
///
/// `{"stages":[{"value","confidence","kind","forecast","moves","approval_above"}]}` in the order of the funnel. The values are
/// the options of the option sets `opportunity_stage` and `customer_stage`.
#[utoipa::path(put, path = "/api/v1/stages/{object}", operation_id = "save_stages", tag = "opportunities", params(("object" = String, Path)), request_body = Object, responses((status = 204)))]
pub async fn save_stages(
    State(app): State<App>,
    Admin(caller): Admin,
    Path(object): Path<String>,
    Body(input): Body<StageList>,
) -> Result<StatusCode> {
    opportunity::save_stages(app.db(), &caller, &object, input.stages).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Set the priority of an opportunity
///
/// For those who may approve opportunities. `{"score": 0 … 100}`: from 70 high, from 40 medium, below low.
#[utoipa::path(post, path = "/api/v1/opportunities/{id}/priority", operation_id = "set_opportunity_priority", tag = "opportunities", params(("id" = i64, Path)), request_body = Object, responses((status = 200, body = Object)))]
pub async fn set_priority(
    State(app): State<App>,
    caller: Can<Read, Opportunity>,
    Path(id): Path<i64>,
    Body(score): Body<Score>,
) -> Result<(HeaderMap, Json<Map<String, Value>>)> {
    let saved = opportunity::set_priority(app.db(), &caller, id, score).await?;
    tell(&app, &caller, "opportunity", &saved, "changed");
    Ok((written(&saved), Json(saved.record)))
}

#[derive(Serialize)]
pub struct Won {
    opportunity: Map<String, Value>,
    order: Map<String, Value>,
}

/// Win an opportunity and make its order
///
/// `{"create":"order","ordered_on":"2026-11-25"}`: customer, lines and prices are taken over; each shows the other. Once only.
#[utoipa::path(post, path = "/api/v1/opportunities/{id}/win", operation_id = "win_opportunity", tag = "opportunities", params(("id" = i64, Path)), request_body = Object, responses((status = 200, body = Object)))]
pub async fn win(
    State(app): State<App>,
    caller: Can<Update, Opportunity>,
    Path(id): Path<i64>,
    Body(input): Body<WinInput>,
) -> Result<(HeaderMap, Json<Won>)> {
    let won = opportunity::win(app.db(), &caller, id, &input).await?;
    tell(&app, &caller, "opportunity", &won.opportunity, "won");
    let headers = written(&won.opportunity);
    Ok((
        headers,
        Json(Won {
            opportunity: won.opportunity.record,
            order: won.order,
        }),
    ))
}

/// How an opportunity came along
///
/// Changes of stage, amount, close date, confidence, priority and owner with old and new value, user and time; days in each stage.
#[utoipa::path(get, path = "/api/v1/opportunities/{id}/progress", operation_id = "opportunity_progress", tag = "opportunities", params(("id" = i64, Path)), responses((status = 200, body = Object)))]
pub async fn progress(
    State(app): State<App>,
    caller: Can<Read, Opportunity>,
    Path(id): Path<i64>,
) -> Result<Json<Progress>> {
    Ok(Json(opportunity::progress(app.db(), &caller, id).await?))
}

/// The funnel
///
/// Per stage: count, amount and weighted amount (base currency), conversion to later stages in percent, and the filter with which
/// the list shows exactly these opportunities.
#[utoipa::path(get, path = "/api/v1/opportunities/funnel", operation_id = "opportunity_funnel", tag = "opportunities", params(("filter" = Option<String>, Query, description = "A condition, as in the list")), responses((status = 200, body = Object)))]
pub async fn funnel(
    State(app): State<App>,
    caller: Can<Read, Opportunity>,
    Params(params): Params<FunnelParams>,
) -> Result<Json<Items<FunnelStage>>> {
    let filter = filter(params.filter.as_deref())?;
    let items = opportunity::funnel(app.db(), &caller, filter.as_ref()).await?;
    Ok(Json(Items { items }))
}

/// Opportunities by status, owner or department
#[utoipa::path(get, path = "/api/v1/opportunities/summary", operation_id = "opportunity_summary", tag = "opportunities", params(("by" = String, Query, description = "`status`, `owner` or `department`"), ("filter" = Option<String>, Query, description = "A condition, as in the list")), responses((status = 200, body = Object)))]
pub async fn summary(
    State(app): State<App>,
    caller: Can<Read, Opportunity>,
    Params(params): Params<SummaryParams>,
) -> Result<Json<Items<SummaryRow>>> {
    let filter = filter(params.filter.as_deref())?;
    let items = opportunity::summary(app.db(), &caller, params.by, filter.as_ref()).await?;
    Ok(Json(Items { items }))
}

/// The sales forecast
///
/// Per month, quarter (default) or year: what is won, and what is open by its expected day, as the setting weights it.
#[utoipa::path(get, path = "/api/v1/opportunities/forecast", operation_id = "opportunity_forecast", tag = "opportunities", params(("period" = Option<String>, Query, description = "`month`, `quarter` or `year`"), ("filter" = Option<String>, Query, description = "A condition, as in the list")), responses((status = 200, body = Object)))]
pub async fn forecast(
    State(app): State<App>,
    caller: Can<Read, Opportunity>,
    Params(params): Params<ForecastParams>,
) -> Result<Json<Items<ForecastRow>>> {
    let filter = filter(params.filter.as_deref())?;
    let period = params.period.unwrap_or(Period::Quarter);
    let items = opportunity::forecast(app.db(), &caller, period, filter.as_ref()).await?;
    Ok(Json(Items { items }))
}

/// What the forecast counts
#[utoipa::path(get, path = "/api/v1/forecast_setting", operation_id = "forecast_setting", tag = "opportunities", responses((status = 200, body = Object)))]
pub async fn forecast_setting(
    State(app): State<App>,
    _: Can<Read, Opportunity>,
) -> Result<Json<ForecastSetting>> {
    Ok(Json(stages::forecast_setting(app.db()).await?))
}

/// Set what the forecast counts
///
/// `{"excluded_stages":[…],"weighting":"confidence"|"full"}`
#[utoipa::path(put, path = "/api/v1/forecast_setting", operation_id = "save_forecast_setting", tag = "opportunities", request_body = Object, responses((status = 204)))]
pub async fn save_forecast_setting(
    State(app): State<App>,
    Admin(caller): Admin,
    Body(setting): Body<ForecastSetting>,
) -> Result<StatusCode> {
    stages::save_forecast_setting(app.db(), &caller, setting).await?;
    Ok(StatusCode::NO_CONTENT)
}
