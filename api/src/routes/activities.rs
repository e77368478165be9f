//! Activities of records, series, check-ins, the stream and its figures, instructions, commitments.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use basalt_oltp::activity::{
    self, CheckIn,
    commitments::{self, Kept},
    follow_up::{self, FollowUp, Verdict, VerdictInput},
    instructions::{self, Instruction},
    series::{self, Scope, SeriesInput},
    stream::{self, Frequency, Kind, Line, StreamRequest},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::opportunities::Items;
use super::records::{tell, written};
use crate::{
    App,
    caller::{Activity, Caller, Can, Create, On, Read, Update},
    input::{Body, Params, Path},
    problem::Result,
};

#[derive(Deserialize)]
pub struct OfRecord {
    id: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PageParams {
    #[serde(rename = "page[after]")]
    after: Option<i64>,
}

#[derive(Serialize)]
pub struct Activities {
    items: Vec<Map<String, Value>>,
    next: Option<i64>,
}

/// Activities of a record
///
/// Those that refer to it, that a contact took part in, and that are linked to it; the latest first, 100 a page.
#[utoipa::path(get, path = "/api/v1/{resource}/{id}/activities", operation_id = "record_activities", tag = "activities", params(("resource" = String, Path), ("id" = i64, Path), ("page[after]" = Option<i64>, Query, description = "`next` of the page before")), responses((status = 200, body = Object)))]
pub async fn of_record(
    State(app): State<App>,
    on: On<Read>,
    Path(path): Path<OfRecord>,
    Params(params): Params<PageParams>,
) -> Result<Json<Activities>> {
    let (items, next) =
        activity::of_record(app.db(), &on.caller, on.name(), path.id, params.after).await?;
    Ok(Json(Activities { items, next }))
}

#[derive(Serialize)]
pub struct MadeSeries {
    series: i64,
    /// The occurrences of the coming year.
    activities: Vec<i64>,
}

/// Make a series of activities
///
/// `{"activity":{…},"recurrence":"FREQ=WEEKLY;UNTIL=20271231","time_zone":"Asia/Shanghai"}`: a rule of RFC 5545 by the clock of the
/// time zone. Occurrences are ordinary activities, made a year ahead.
#[utoipa::path(post, path = "/api/v1/activity_series", operation_id = "create_activity_series", tag = "activities", request_body = Object, responses((status = 201, body = Object)))]
pub async fn create_series(
    State(app): State<App>,
    caller: Can<Create, Activity>,
    Body(input): Body<SeriesInput>,
) -> Result<(StatusCode, Json<MadeSeries>)> {
    let (series, activities) = series::create(app.db(), &caller, input).await?;
    Ok((StatusCode::CREATED, Json(MadeSeries { series, activities })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeriesEdit {
    scope: Scope,
    changes: Map<String, Value>,
}

/// Change an occurrence of a series, or the whole
///
/// `{"scope":"one"|"series","changes":{…}}`; the series is all that are planned and were not changed alone.
#[utoipa::path(patch, path = "/api/v1/activities/{id}/series", operation_id = "change_activity_series", tag = "activities", params(("id" = i64, Path)), request_body = Object, responses((status = 200, body = Object)))]
pub async fn edit_series(
    State(app): State<App>,
    caller: Can<Update, Activity>,
    Path(id): Path<i64>,
    Body(input): Body<SeriesEdit>,
) -> Result<(HeaderMap, Json<Map<String, Value>>)> {
    let saved = series::edit(app.db(), &caller, id, input.scope, input.changes).await?;
    tell(&app, &caller, "activity", &saved, "changed");
    Ok((written(&saved), Json(saved.record)))
}

/// Check in at a visit
///
/// `{"lat":31.23,"lon":121.47,"place":"…"}`; without a position the place is marked as unverified.
#[utoipa::path(post, path = "/api/v1/activities/{id}/check_in", operation_id = "check_in", tag = "activities", params(("id" = i64, Path)), request_body = Object, responses((status = 200, body = Object)))]
pub async fn check_in(
    State(app): State<App>,
    caller: Can<Update, Activity>,
    Path(id): Path<i64>,
    Body(input): Body<CheckIn>,
) -> Result<(HeaderMap, Json<Map<String, Value>>)> {
    let saved = activity::check_in(app.db(), &caller, id, input).await?;
    tell(&app, &caller, "activity", &saved, "changed");
    Ok((written(&saved), Json(saved.record)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StreamParams {
    kind: Option<Kind>,
    owner: Option<i64>,
    from: Option<DateTime<Utc>>,
    until: Option<DateTime<Utc>>,
    before: Option<DateTime<Utc>>,
}

/// The stream of activities, check-ins and calls
///
/// The latest first, 200 a page. With `owner` and a day it is the trail of a salesperson.
#[utoipa::path(get, path = "/api/v1/activity_stream", operation_id = "activity_stream", tag = "activities", params(("kind" = Option<String>, Query, description = "`activity`, `check_in` or `call`"), ("owner" = Option<i64>, Query), ("from" = Option<String>, Query), ("until" = Option<String>, Query), ("before" = Option<String>, Query, description = "The time of the last line seen")), responses((status = 200, body = Object)))]
pub async fn show_stream(
    State(app): State<App>,
    caller: Can<Read, Activity>,
    Params(params): Params<StreamParams>,
) -> Result<Json<Items<Line>>> {
    let request = StreamRequest {
        kind: params.kind,
        owner: params.owner,
        from: params.from,
        until: params.until,
        before: params.before,
    };
    let items = stream::stream(app.db(), &caller, &request).await?;
    Ok(Json(Items { items }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrequencyParams {
    from: DateTime<Utc>,
    until: DateTime<Utc>,
    owner: Option<i64>,
}

/// Follow-ups per person and customer
///
/// For a period: how many, the buying intention last stated, and the days since the last contact.
#[utoipa::path(get, path = "/api/v1/activity_stream/frequency", operation_id = "activity_frequency", tag = "activities", params(("from" = String, Query), ("until" = String, Query), ("owner" = Option<i64>, Query)), responses((status = 200, body = Object)))]
pub async fn frequency(
    State(app): State<App>,
    caller: Can<Read, Activity>,
    Params(params): Params<FrequencyParams>,
) -> Result<Json<Items<Frequency>>> {
    let period = (params.from, params.until);
    let items = stream::frequency(app.db(), &caller, period, params.owner, Utc::now()).await?;
    Ok(Json(Items { items }))
}

/// One's customers to follow up
///
/// The longest not contacted first; without those judged not worthwhile.
#[utoipa::path(get, path = "/api/v1/follow_ups", operation_id = "follow_ups", tag = "activities", responses((status = 200, body = Object)))]
pub async fn follow_ups(
    State(app): State<App>,
    caller: Can<Read, Activity>,
) -> Result<Json<Items<FollowUp>>> {
    let items = follow_up::follow_ups(app.db(), &caller, Utc::now()).await?;
    Ok(Json(Items { items }))
}

#[derive(Serialize)]
pub struct VerdictOf {
    verdict: Option<Verdict>,
}

/// Whether following up a record is worthwhile, and who says so
#[utoipa::path(get, path = "/api/v1/{resource}/{id}/follow_verdict", operation_id = "follow_verdict", tag = "activities", params(("resource" = String, Path), ("id" = i64, Path)), responses((status = 200, body = Object)))]
pub async fn verdict(
    State(app): State<App>,
    on: On<Read>,
    Path(path): Path<OfRecord>,
) -> Result<Json<VerdictOf>> {
    let verdict = follow_up::verdict(app.db(), &on.caller, on.name(), path.id).await?;
    Ok(Json(VerdictOf { verdict }))
}

/// Judge whether following up a record is worthwhile
///
/// `{"worthwhile":false,"reason":"…"}`
#[utoipa::path(put, path = "/api/v1/{resource}/{id}/follow_verdict", operation_id = "judge_follow_up", tag = "activities", params(("resource" = String, Path), ("id" = i64, Path)), request_body = Object, responses((status = 204)))]
pub async fn judge(
    State(app): State<App>,
    on: On<Read>,
    Path(path): Path<OfRecord>,
    Body(input): Body<VerdictInput>,
) -> Result<StatusCode> {
    follow_up::judge(app.db(), &on.caller, on.name(), path.id, input).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstructionInput {
    body: String,
}

#[derive(Serialize)]
pub struct Made {
    pub id: i64,
}

/// Instructions of superiors on a record
#[utoipa::path(get, path = "/api/v1/{resource}/{id}/instructions", operation_id = "list_instructions", tag = "activities", params(("resource" = String, Path), ("id" = i64, Path)), responses((status = 200, body = Object)))]
pub async fn list_instructions(
    State(app): State<App>,
    on: On<Read>,
    Path(path): Path<OfRecord>,
) -> Result<Json<Items<Instruction>>> {
    let items = instructions::on_record(app.db(), &on.caller, on.name(), path.id).await?;
    Ok(Json(Items { items }))
}

/// Give the owner of a record an instruction
///
/// For superiors of the owner, in the line of managers; the owner is told.
#[utoipa::path(post, path = "/api/v1/{resource}/{id}/instructions", operation_id = "give_instruction", tag = "activities", params(("resource" = String, Path), ("id" = i64, Path)), request_body = Object, responses((status = 201, body = Object)))]
pub async fn give_instruction(
    State(app): State<App>,
    on: On<Read>,
    Path(path): Path<OfRecord>,
    Body(input): Body<InstructionInput>,
) -> Result<(StatusCode, Json<Made>)> {
    let id = instructions::give(app.db(), &on.caller, on.name(), path.id, &input.body).await?;
    Ok((StatusCode::CREATED, Json(Made { id })))
}

#[derive(Deserialize)]
pub struct InstructionPath {
    id: i64,
    instruction: i64,
}

/// Mark an instruction as done
#[utoipa::path(post, path = "/api/v1/{resource}/{id}/instructions/{instruction}/done", operation_id = "finish_instruction", tag = "activities", params(("resource" = String, Path), ("id" = i64, Path), ("instruction" = i64, Path)), responses((status = 204)))]
pub async fn finish_instruction(
    State(app): State<App>,
    on: On<Read>,
    Path(path): Path<InstructionPath>,
) -> Result<StatusCode> {
    instructions::mark_done(app.db(), &on.caller, on.name(), path.id, path.instruction).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Commitments per person: open, overdue, kept, broken
#[utoipa::path(get, path = "/api/v1/commitments/per_person", operation_id = "commitments_per_person", tag = "activities", responses((status = 200, body = Object)))]
pub async fn commitments(State(app): State<App>, caller: Caller) -> Result<Json<Items<Kept>>> {
    let items = commitments::per_person(app.db(), &caller).await?;
    Ok(Json(Items { items }))
}
