//! What people attach to records of every kind: tags, notes, comments, follows, favourites; and the record's timeline.

use axum::{Json, extract::State, http::StatusCode};
use basalt_oltp::record::{
    Companions, Happening, Mark, Mention, Named, Remark, RemarkKind, TagCount,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::records::RecordPath;
use crate::{
    App,
    caller::{Caller, On, Read},
    input::{Body, Params, Path},
    problem::{Problem, Result, Text},
};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Tags {
    /// All tags that the record is to have.
    tags: Vec<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RemarkInput {
    /// Plain text; `@login` in a comment mentions a user.
    body: String,
    /// The remark that this one answers.
    answers: Option<i64>,
}

#[derive(Deserialize)]
pub struct RemarkPath {
    id: i64,
    remark: i64,
}

#[derive(Deserialize)]
pub struct MarkPath {
    id: i64,
    mark: String,
}

#[derive(Serialize)]
pub struct List<T> {
    items: Vec<T>,
}

#[derive(Serialize)]
pub struct TimelinePage {
    items: Vec<Happening>,
    next: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimelineParams {
    #[serde(rename = "page[after]")]
    after: Option<String>,
    #[serde(rename = "page[size]")]
    size: Option<usize>,
}

/// Tags, followers and the caller's marks of a record
#[utoipa::path(get, path = "/api/v1/{resource}/{id}/companions", operation_id = "companions", tag = "records", params(("resource" = String, Path), ("id" = i64, Path)), responses((status = 200, body = Object)))]
pub async fn companions(
    State(app): State<App>,
    on: On<Read>,
    Path(path): Path<RecordPath>,
) -> Result<Json<Companions>> {
    let found = app
        .store()
        .companions(&on.caller, on.name(), path.id)
        .await?;
    Ok(Json(found))
}

/// Set the tags of a record
#[utoipa::path(put, path = "/api/v1/{resource}/{id}/tags", operation_id = "set_tags", tag = "records", params(("resource" = String, Path), ("id" = i64, Path)), request_body = Tags, responses((status = 200, body = Object)))]
pub async fn set_tags(
    State(app): State<App>,
    on: On<Read>,
    Path(path): Path<RecordPath>,
    Body(input): Body<Tags>,
) -> Result<Json<Companions>> {
    let now = app
        .store()
        .set_tags(&on.caller, on.name(), path.id, &input.tags)
        .await?;
    Ok(Json(now))
}

/// Follow a record or make it a favourite
#[utoipa::path(put, path = "/api/v1/{resource}/{id}/marks/{mark}", operation_id = "set_mark", tag = "records", params(("resource" = String, Path), ("id" = i64, Path), ("mark" = String, Path, description = "`follow` or `favourite`")), responses((status = 200, body = Object)))]
pub async fn set_mark(
    State(app): State<App>,
    on: On<Read>,
    Path(path): Path<MarkPath>,
) -> Result<Json<Companions>> {
    change_mark(&app, &on, &path, true).await
}

/// Take the caller's mark away
#[utoipa::path(delete, path = "/api/v1/{resource}/{id}/marks/{mark}", operation_id = "clear_mark", tag = "records", params(("resource" = String, Path), ("id" = i64, Path), ("mark" = String, Path)), responses((status = 200, body = Object)))]
pub async fn clear_mark(
    State(app): State<App>,
    on: On<Read>,
    Path(path): Path<MarkPath>,
) -> Result<Json<Companions>> {
    change_mark(&app, &on, &path, false).await
}

async fn change_mark(
    app: &App,
    on: &On<Read>,
    path: &MarkPath,
    set: bool,
) -> Result<Json<Companions>> {
    let mark = mark(&path.mark)?;
    let now = app
        .store()
        .mark(&on.caller, on.name(), path.id, mark, set)
        .await?;
    Ok(Json(now))
}

fn mark(name: &str) -> Result<Mark> {
    match name {
        "follow" => Ok(Mark::Follow),
        "favourite" => Ok(Mark::Favourite),
        _ => Err(Problem::not_found()),
    }
}

/// Records that the caller follows or favours
#[utoipa::path(get, path = "/api/v1/marks/{mark}", operation_id = "list_marked", tag = "records", params(("mark" = String, Path)), responses((status = 200, body = Object)))]
pub async fn marked(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Json<List<Named>>> {
    let items = app.store().marked(&caller, mark(&name)?).await?;
    Ok(Json(List { items }))
}

/// All tags on records that the caller may read
#[utoipa::path(get, path = "/api/v1/tags", operation_id = "list_tags", tag = "records", responses((status = 200, body = Object)))]
pub async fn tags(State(app): State<App>, caller: Caller) -> Result<Json<List<TagCount>>> {
    let items = app.store().tags(&caller).await?;
    Ok(Json(List { items }))
}

/// Records of all kinds that carry a tag
#[utoipa::path(get, path = "/api/v1/tags/{tag}", operation_id = "list_tagged", tag = "records", params(("tag" = String, Path)), responses((status = 200, body = Object)))]
pub async fn tagged(
    State(app): State<App>,
    caller: Caller,
    Path(tag): Path<String>,
) -> Result<Json<List<Named>>> {
    let items = app.store().tagged(&caller, &tag).await?;
    Ok(Json(List { items }))
}

/// Notes on a record
#[utoipa::path(get, path = "/api/v1/{resource}/{id}/notes", operation_id = "list_notes", tag = "records", params(("resource" = String, Path), ("id" = i64, Path)), responses((status = 200, body = Object)))]
pub async fn notes(
    State(app): State<App>,
    on: On<Read>,
    Path(path): Path<RecordPath>,
) -> Result<Json<List<Remark>>> {
    remarks(&app, &on, path.id, RemarkKind::Note).await
}

/// Comments on a record
#[utoipa::path(get, path = "/api/v1/{resource}/{id}/comments", operation_id = "list_comments", tag = "records", params(("resource" = String, Path), ("id" = i64, Path)), responses((status = 200, body = Object)))]
pub async fn comments(
    State(app): State<App>,
    on: On<Read>,
    Path(path): Path<RecordPath>,
) -> Result<Json<List<Remark>>> {
    remarks(&app, &on, path.id, RemarkKind::Comment).await
}

async fn remarks(
    app: &App,
    on: &On<Read>,
    id: i64,
    kind: RemarkKind,
) -> Result<Json<List<Remark>>> {
    let items = app.store().remarks(&on.caller, on.name(), id, kind).await?;
    Ok(Json(List { items }))
}

/// Write a note
#[utoipa::path(post, path = "/api/v1/{resource}/{id}/notes", operation_id = "add_note", tag = "records", params(("resource" = String, Path), ("id" = i64, Path)), request_body = RemarkInput, responses((status = 201, body = Object)))]
pub async fn add_note(
    State(app): State<App>,
    on: On<Read>,
    Path(path): Path<RecordPath>,
    Body(input): Body<RemarkInput>,
) -> Result<(StatusCode, Json<Remark>)> {
    add(&app, &on, path.id, RemarkKind::Note, input).await
}

/// Write a comment
#[utoipa::path(post, path = "/api/v1/{resource}/{id}/comments", operation_id = "add_comment", tag = "records", params(("resource" = String, Path), ("id" = i64, Path)), request_body = RemarkInput, responses((status = 201, body = Object)))]
pub async fn add_comment(
    State(app): State<App>,
    on: On<Read>,
    Path(path): Path<RecordPath>,
    Body(input): Body<RemarkInput>,
) -> Result<(StatusCode, Json<Remark>)> {
    add(&app, &on, path.id, RemarkKind::Comment, input).await
}

async fn add(
    app: &App,
    on: &On<Read>,
    id: i64,
    kind: RemarkKind,
    input: RemarkInput,
) -> Result<(StatusCode, Json<Remark>)> {
    let made = app
        .store()
        .add_remark(&on.caller, on.name(), id, kind, &input.body, input.answers)
        .await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// Change a note or comment of one's own
#[utoipa::path(patch, path = "/api/v1/{resource}/{id}/remarks/{remark}", operation_id = "change_remark", tag = "records", params(("resource" = String, Path), ("id" = i64, Path), ("remark" = i64, Path)), request_body = RemarkInput, responses((status = 200, body = Object)))]
pub async fn change_remark(
    State(app): State<App>,
    on: On<Read>,
    Path(path): Path<RemarkPath>,
    Body(input): Body<RemarkInput>,
) -> Result<Json<Remark>> {
    if input.answers.is_some() {
        let text = Text::new("An answer stays where it is.", "回复的对象不可修改。");
        return Err(Problem::invalid("answers", text));
    }
    let made = app
        .store()
        .edit_remark(&on.caller, on.name(), path.id, path.remark, &input.body)
        .await?;
    Ok(Json(made))
}

/// Take back a note or comment of one's own
#[utoipa::path(delete, path = "/api/v1/{resource}/{id}/remarks/{remark}", operation_id = "delete_remark", tag = "records", params(("resource" = String, Path), ("id" = i64, Path), ("remark" = i64, Path)), responses((status = 204)))]
pub async fn delete_remark(
    State(app): State<App>,
    on: On<Read>,
    Path(path): Path<RemarkPath>,
) -> Result<StatusCode> {
    app.store()
        .delete_remark(&on.caller, on.name(), path.id, path.remark)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Comments that name the caller
#[utoipa::path(get, path = "/api/v1/mentions", operation_id = "list_mentions", tag = "records", responses((status = 200, body = Object)))]
pub async fn mentions(State(app): State<App>, caller: Caller) -> Result<Json<List<Mention>>> {
    let items = app.store().mentions(&caller).await?;
    Ok(Json(List { items }))
}

/// Note that a mention was seen
#[utoipa::path(post, path = "/api/v1/mentions/{remark}/seen", operation_id = "see_mention", tag = "records", params(("remark" = i64, Path)), responses((status = 204)))]
pub async fn see_mention(
    State(app): State<App>,
    caller: Caller,
    Path(remark): Path<i64>,
) -> Result<StatusCode> {
    app.store().see_mention(&caller, remark).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What happened around a record
///
/// Changes, notes, comments and the records that refer to it, the latest first.
#[utoipa::path(get, path = "/api/v1/{resource}/{id}/timeline", operation_id = "timeline", tag = "records", params(("resource" = String, Path), ("id" = i64, Path), ("page[after]" = Option<String>, Query), ("page[size]" = Option<usize>, Query, description = "1 to 200; 50 without")), responses((status = 200, body = Object)))]
pub async fn timeline(
    State(app): State<App>,
    on: On<Read>,
    Path(path): Path<RecordPath>,
    Params(params): Params<TimelineParams>,
) -> Result<Json<TimelinePage>> {
    let size = params.size.unwrap_or(50);
    if !(1..=200).contains(&size) {
        let text = Text::new("A page has 1 to 200 entries.", "每页须为 1 到 200 条。");
        return Err(Problem::invalid("page[size]", text));
    }
    let after = params.after.as_deref().filter(|after| !after.is_empty());
    let page = app
        .store()
        .timeline(&on.caller, on.name(), path.id, after, size)
        .await?;
    Ok(Json(TimelinePage {
        items: page.items,
        next: page.next,
    }))
}
