//! Calendars: entries, sharing, preference, feed, completion, due times of reminders, working days.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
};
use basalt_oltp::calendar::{
    self, Calendar, Completion, Preference, Range, Shares, View, reminders, working_days,
};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::opportunities::Items;
use super::records::{tell, written};
use crate::{
    App,
    caller::{Activity, Caller, Can, Person, Read, Update},
    input::{Body, Params, Path},
    problem::{Problem, Result, Text},
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarParams {
    view: Option<View>,
    on: Option<NaiveDate>,
    from: Option<NaiveDate>,
    until: Option<NaiveDate>,
    time_zone: Option<String>,
    user: Option<i64>,
}

/// A calendar
///
/// One's own, or with `user` that of a colleague who shares it (private entries only as busy). Either `view` with the day `on`, or
/// `from` and `until` (last day). Without a view: as it was chosen last.
#[utoipa::path(get, path = "/api/v1/calendar", operation_id = "calendar", tag = "calendar", params(("view" = Option<String>, Query, description = "`day`, `week` or `month`"), ("on" = Option<String>, Query, description = "Without: today"), ("from" = Option<String>, Query), ("until" = Option<String>, Query), ("time_zone" = Option<String>, Query, description = "IANA name; without: as preferred"), ("user" = Option<i64>, Query)), responses((status = 200, body = Object)))]
pub async fn show(
    State(app): State<App>,
    caller: Caller,
    Params(params): Params<CalendarParams>,
) -> Result<Json<Calendar>> {
    let range = match (params.from, params.until, params.view) {
        (Some(from), Some(until), None) => Range::Days(from, until),
        (None, None, view) => {
            let view = match view {
                Some(view) => view,
                None => calendar::preference(app.db(), &caller).await?.view,
            };
            Range::View(view, params.on.unwrap_or_else(|| Utc::now().date_naive()))
        }
        _ => {
            let text = Text::new(
                "Give a view, or from and until.",
                "请指定视图，或同时指定起止日期。",
            );
            return Err(Problem::invalid("from", text));
        }
    };
    let zone = params.time_zone.as_deref();
    Ok(Json(
        calendar::calendar(app.db(), &caller, params.user, range, zone).await?,
    ))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Move {
    starts_at: DateTime<Utc>,
    #[serde(default)]
    ends_at: Option<DateTime<Utc>>,
}

/// Move an activity on the calendar
///
/// `{"starts_at":…,"ends_at":…}`; the end moves along when it is not given. Whoever is only shown the calendar gets 403.
#[utoipa::path(patch, path = "/api/v1/calendar/activities/{id}", operation_id = "move_calendar_entry", tag = "calendar", params(("id" = i64, Path)), request_body = Object, responses((status = 200, body = Object)))]
pub async fn move_entry(
    State(app): State<App>,
    caller: Can<Update, Activity>,
    Path(id): Path<i64>,
    Body(input): Body<Move>,
) -> Result<(HeaderMap, Json<Map<String, Value>>)> {
    let saved = calendar::move_entry(app.db(), &caller, id, input.starts_at, input.ends_at).await?;
    tell(&app, &caller, "activity", &saved, "changed");
    Ok((written(&saved), Json(saved.record)))
}

/// How one likes the calendar
#[utoipa::path(get, path = "/api/v1/calendar/preference", operation_id = "calendar_preference", tag = "calendar", responses((status = 200, body = Object)))]
pub async fn preference(State(app): State<App>, caller: Caller) -> Result<Json<Preference>> {
    Ok(Json(calendar::preference(app.db(), &caller).await?))
}

/// Choose how one likes the calendar
///
/// `{"view":"week","time_zone":"Asia/Shanghai","document_lead_days":1}`
#[utoipa::path(put, path = "/api/v1/calendar/preference", operation_id = "save_calendar_preference", tag = "calendar", request_body = Object, responses((status = 204)))]
pub async fn save_preference(
    State(app): State<App>,
    caller: Caller,
    Body(input): Body<Preference>,
) -> Result<StatusCode> {
    calendar::save_preference(app.db(), &caller, &input).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who sees one's calendar, and whose one sees
#[utoipa::path(get, path = "/api/v1/calendar/shares", operation_id = "calendar_shares", tag = "calendar", responses((status = 200, body = Object)))]
pub async fn shares(State(app): State<App>, caller: Caller) -> Result<Json<Shares>> {
    Ok(Json(calendar::shares(app.db(), &caller).await?))
}

/// Share one's calendar with a colleague, for reading
#[utoipa::path(put, path = "/api/v1/calendar/shares/{user}", operation_id = "share_calendar", tag = "calendar", params(("user" = i64, Path)), responses((status = 204)))]
pub async fn share(
    State(app): State<App>,
    caller: Caller,
    Path(user): Path<i64>,
) -> Result<StatusCode> {
    calendar::add_share(app.db(), &caller, user).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// End a share of one's calendar
#[utoipa::path(delete, path = "/api/v1/calendar/shares/{user}", operation_id = "unshare_calendar", tag = "calendar", params(("user" = i64, Path)), responses((status = 204)))]
pub async fn unshare(
    State(app): State<App>,
    caller: Caller,
    Path(user): Path<i64>,
) -> Result<StatusCode> {
    calendar::remove_share(app.db(), &caller, user).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Serialize)]
pub struct FeedState {
    exists: bool,
}

#[derive(Serialize)]
pub struct MadeFeed {
    /// Shown this once.
    url: String,
}

/// Whether one has a feed for other calendar programs
#[utoipa::path(get, path = "/api/v1/calendar/feed", operation_id = "calendar_feed", tag = "calendar", responses((status = 200, body = Object)))]
pub async fn feed_state(State(app): State<App>, caller: Caller) -> Result<Json<FeedState>> {
    let exists = calendar::feed_exists(app.db(), &caller).await?;
    Ok(Json(FeedState { exists }))
}

/// Make a feed for other calendar programs
///
/// The address is shown once; whoever has it reads the calendar. One made before stops working.
#[utoipa::path(post, path = "/api/v1/calendar/feed", operation_id = "make_calendar_feed", tag = "calendar", responses((status = 201, body = Object)))]
pub async fn make_feed(
    State(app): State<App>,
    Person(caller): Person,
) -> Result<(StatusCode, Json<MadeFeed>)> {
    let token = calendar::make_feed(app.db(), &caller).await?;
    let base = app.public_url().as_str().trim_end_matches('/').to_owned();
    let url = format!("{base}/calendar/feed/{token}");
    Ok((StatusCode::CREATED, Json(MadeFeed { url })))
}

/// Take the feed back
#[utoipa::path(delete, path = "/api/v1/calendar/feed", operation_id = "remove_calendar_feed", tag = "calendar", responses((status = 204)))]
pub async fn remove_feed(State(app): State<App>, Person(caller): Person) -> Result<StatusCode> {
    calendar::remove_feed(app.db(), &caller).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The feed itself (RFC 5545), for whoever has its address.
pub async fn feed(
    State(app): State<App>,
    Path(token): Path<String>,
) -> Result<(HeaderMap, String)> {
    let text = calendar::feed(app.db(), &token).await?;
    let mut headers = HeaderMap::new();
    headers.insert(
        header::CONTENT_TYPE,
        header::HeaderValue::from_static("text/calendar; charset=utf-8"),
    );
    headers.insert(
        header::CACHE_CONTROL,
        header::HeaderValue::from_static("private, no-store"),
    );
    Ok((headers, text))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    from: DateTime<Utc>,
    until: DateTime<Utc>,
}

/// Entries per person: planned, done, late, missed
#[utoipa::path(get, path = "/api/v1/calendar/completion", operation_id = "calendar_completion", tag = "calendar", params(("from" = String, Query), ("until" = String, Query)), responses((status = 200, body = Object)))]
pub async fn completion(
    State(app): State<App>,
    caller: Can<Read, Activity>,
    Params(period): Params<Period>,
) -> Result<Json<Items<Completion>>> {
    let period = (period.from, period.until);
    let items = calendar::completion(app.db(), &caller, period, Utc::now()).await?;
    Ok(Json(Items { items }))
}

/// When a reminder is due
#[utoipa::path(get, path = "/api/v1/reminders/{id}/due_times", operation_id = "reminder_due_times", tag = "calendar", params(("id" = i64, Path), ("from" = String, Query), ("until" = String, Query)), responses((status = 200, body = Object)))]
pub async fn due_times(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<i64>,
    Params(period): Params<Period>,
) -> Result<Json<Items<DateTime<Utc>>>> {
    let items = reminders::due_times(app.db(), &caller, id, period.from, period.until).await?;
    Ok(Json(Items { items }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeadlineParams {
    from: NaiveDate,
    days: u32,
    department: Option<i64>,
}

#[derive(Serialize)]
pub struct Deadline {
    on: NaiveDate,
}

/// The day so many working days later
///
/// By the holiday calendar of the nearest legal entity above the department (without: one's own).
#[utoipa::path(get, path = "/api/v1/working_days/deadline", operation_id = "working_day_deadline", tag = "calendar", params(("from" = String, Query), ("days" = u32, Query), ("department" = Option<i64>, Query)), responses((status = 200, body = Object)))]
pub async fn deadline(
    State(app): State<App>,
    caller: Caller,
    Params(params): Params<DeadlineParams>,
) -> Result<Json<Deadline>> {
    let department = params.department.or(caller.department_id);
    let on = working_days::deadline(app.db(), department, params.from, params.days).await?;
    Ok(Json(Deadline { on }))
}
