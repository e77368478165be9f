//! Attachments of records: streamed in and out, never a page of ours.

use axum::{
    Json,
    body::Body as RawBody,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
};
use basalt_oltp::record::FileInfo;
use serde::{Deserialize, Serialize};

use super::records::RecordPath;
use crate::{
    App,
    caller::{On, Read},
    input::{Params, Path},
    problem::Result,
    security::FOREIGN_POLICY,
};

#[derive(Serialize)]
pub struct FileList {
    items: Vec<FileInfo>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UploadParams {
    /// The file's name; its ending tells the type.
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DownloadParams {
    /// Pictures may be shown in a page of ours.
    #[serde(default)]
    inline: bool,
}

#[derive(Deserialize)]
pub struct FilePath {
    id: i64,
    file: i64,
}

/// Attachments of a record
#[utoipa::path(get, path = "/api/v1/{resource}/{id}/files", operation_id = "list_files", tag = "records", params(("resource" = String, Path), ("id" = i64, Path)), responses((status = 200, body = Object)))]
pub async fn list(
    State(app): State<App>,
    on: On<Read>,
    Path(path): Path<RecordPath>,
) -> Result<Json<FileList>> {
    let items = app
        .files()
        .list(app.store(), &on.caller, on.name(), path.id)
        .await?;
    Ok(Json(FileList { items }))
}

/// Attach a file
///
/// The body is the file itself, at most 100 MB.
#[utoipa::path(post, path = "/api/v1/{resource}/{id}/files", operation_id = "attach_file", tag = "records", params(("resource" = String, Path), ("id" = i64, Path), ("name" = String, Query)), request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses((status = 201, body = Object)))]
pub async fn attach(
    State(app): State<App>,
    on: On<Read>,
    Path(path): Path<RecordPath>,
    Params(params): Params<UploadParams>,
    body: RawBody,
) -> Result<(StatusCode, Json<FileInfo>)> {
    let info = app
        .files()
        .attach(
            app.store(),
            &on.caller,
            on.name(),
            path.id,
            &params.name,
            body.into_data_stream(),
        )
        .await?;
    Ok((StatusCode::CREATED, Json(info)))
}

/// Download a file
#[utoipa::path(get, path = "/api/v1/{resource}/{id}/files/{file}", operation_id = "download_file", tag = "records", params(("resource" = String, Path), ("id" = i64, Path), ("file" = i64, Path), ("inline" = Option<bool>, Query)), responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream")))]
pub async fn download(
    State(app): State<App>,
    on: On<Read>,
    Path(path): Path<FilePath>,
    Params(params): Params<DownloadParams>,
) -> Result<(HeaderMap, RawBody)> {
    let (info, bytes) = app
        .files()
        .open(app.store(), &on.caller, on.name(), path.id, path.file)
        .await?;
    let mut headers = HeaderMap::new();
    let mut set = |name, value: String| {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    };
    let shown = params.inline && info.media_type.starts_with("image/");
    let way = if shown { "inline" } else { "attachment" };
    set(header::CONTENT_TYPE, info.media_type.clone());
    set(header::CONTENT_LENGTH, info.bytes.to_string());
    set(header::ETAG, format!("\"{}\"", info.sha256));
    set(
        header::CONTENT_DISPOSITION,
        format!("{way}; filename*=UTF-8''{}", encoded(&info.name)),
    );
    set(header::CONTENT_SECURITY_POLICY, FOREIGN_POLICY.to_owned());
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned());
    Ok((headers, RawBody::from_stream(bytes)))
}

/// Remove a file
#[utoipa::path(delete, path = "/api/v1/{resource}/{id}/files/{file}", operation_id = "remove_file", tag = "records", params(("resource" = String, Path), ("id" = i64, Path), ("file" = i64, Path)), responses((status = 204)))]
pub async fn remove(
    State(app): State<App>,
    on: On<Read>,
    Path(path): Path<FilePath>,
) -> Result<StatusCode> {
    app.files()
        .remove(app.store(), &on.caller, on.name(), path.id, path.file)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// As RFC 8187 writes names in headers.
fn encoded(name: &str) -> String {
    let mut out = String::with_capacity(name.len() * 3);
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
