//! Imports of files: started, followed, stopped and taken back.

use std::{
    collections::{BTreeMap, HashMap},
    io::BufReader,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use axum::{
    Json,
    body::Body as RawBody,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
};
use basalt_oltp::import::{
    ImportReport, ImportRequest, ImportRun, ImportSource, Importer, Phase, RefusedRow, UndoReport,
};
use futures::StreamExt;
use serde::{Deserialize, Serialize};
use tokio::io::AsyncWriteExt;

use crate::{
    App,
    caller::{Caller, On, Read},
    events::Event,
    input::{Params, Path},
    problem::{Problem, Result, Text},
};

/// Bytes of a file to import.
const LARGEST_IMPORT: u64 = 2 << 30;

/// The imports that run in this process.
#[derive(Clone, Default)]
pub struct RunningImports(Arc<Mutex<HashMap<i64, Arc<Running>>>>);

#[derive(Default)]
struct Running {
    cancel: Arc<AtomicBool>,
    /// 0 reading, 1 checking, 2 writing.
    phase: AtomicU64,
    read: AtomicU64,
    refused: AtomicU64,
}

impl RunningImports {
    fn get(&self, id: i64) -> Option<Arc<Running>> {
        let running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        running.get(&id).cloned()
    }

    fn put(&self, id: i64, running: Arc<Running>) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id, running);
    }

    fn remove(&self, id: i64) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&id);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportParams {
    /// Name of the file; `.xlsx` is read as a workbook, everything else as CSV.
    name: String,
    upsert_key: Option<String>,
    /// Header → column as JSON.
    mapping: Option<String>,
    sheet: Option<String>,
    #[serde(default)]
    dry_run: bool,
}

#[derive(Serialize)]
pub struct Started {
    id: i64,
}

#[derive(Serialize)]
pub struct ImportState {
    #[serde(flatten)]
    run: ImportRun,
    /// `reading`, `checking` or `writing`, while it runs here.
    #[serde(skip_serializing_if = "Option::is_none")]
    phase: Option<&'static str>,
    /// The first refused rows.
    refusals: Vec<RefusedRow>,
}

#[derive(Serialize)]
pub struct ImportList {
    items: Vec<ImportRun>,
}

#[derive(Serialize)]
pub struct Undone {
    removed: u64,
    restored: u64,
    kept: u64,
}

/// Import a file
///
/// The body is the file, CSV in UTF-8 or XLSX. Answers at once; the import goes on in the background and is followed by its id.
#[utoipa::path(post, path = "/api/v1/{resource}/imports", operation_id = "start_import", tag = "imports", params(("resource" = String, Path), ("name" = String, Query), ("upsert_key" = Option<String>, Query), ("mapping" = Option<String>, Query), ("sheet" = Option<String>, Query), ("dry_run" = Option<bool>, Query)), request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses((status = 202, body = Object)))]
pub async fn start(
    State(app): State<App>,
    on: On<Read>,
    Params(params): Params<ImportParams>,
    body: RawBody,
) -> Result<(StatusCode, Json<Started>)> {
    let mapping: BTreeMap<String, String> = match params.mapping.as_deref() {
        None | Some("") => BTreeMap::new(),
        Some(json) => serde_json::from_str(json).map_err(|error| {
            let text = Text::new(
                format!("The mapping is a JSON object of texts: {error}"),
                format!("映射须为文本组成的 JSON 对象:{error}"),
            );
            Problem::invalid("mapping", text)
        })?,
    };
    let importer = Importer::new(app.db().clone());
    let running = Arc::new(Running::default());
    let mut request = ImportRequest::new(on.name(), std::io::empty());
    request.file_name = Some(params.name.chars().take(200).collect());
    request.mapping = mapping;
    request.upsert_key = params.upsert_key.filter(|key| !key.is_empty());
    request.dry_run = params.dry_run;
    request.cancel = running.cancel.clone();
    // Refused before the file has come, when the rights are missing.
    let id = importer
        .enlist(
            &on.caller,
            on.name(),
            request.file_name.as_deref(),
            request.upsert_key.as_deref(),
        )
        .await?;
    app.imports().put(id, running.clone());
    let folder = match receive(body).await {
        Ok(folder) => folder,
        Err(problem) => {
            app.imports().remove(id);
            importer
                .fail(id, "The upload broke off.", "上传中断。")
                .await?;
            return Err(problem);
        }
    };
    let file = folder.path().join("file");
    request.source = if params.name.to_lowercase().ends_with(".xlsx") {
        ImportSource::Xlsx {
            path: file,
            sheet: params.sheet,
        }
    } else {
        let file = std::fs::File::open(file).map_err(Problem::internal)?;
        ImportSource::Csv(Box::new(BufReader::with_capacity(1 << 18, file)))
    };
    request.refused_path = Some(folder.path().join("refused.csv"));
    let seen = running.clone();
    request.progress = Some(Box::new(move |progress| {
        let phase = match progress.phase {
            Phase::Reading => 0,
            Phase::Checking => 1,
            Phase::Writing | Phase::Done => 2,
        };
        seen.phase.store(phase, Ordering::Relaxed);
        seen.read.store(progress.read, Ordering::Relaxed);
        seen.refused.store(progress.refused, Ordering::Relaxed);
    }));
    let (principal, resources) = ((*on.caller).clone(), app.clone());
    tokio::spawn(async move {
        let outcome = importer.run_enlisted(&principal, request, id).await;
        match &outcome {
            Ok(report) => {
                tracing::info!(
                    id,
                    read = report.read,
                    refused = report.refused,
                    "import done"
                );
                if let Err(error) = keep_refused(&resources, &importer, id, report).await {
                    tracing::error!(%error, id, "the file of refused rows could not be kept");
                }
            }
            Err(error) => tracing::warn!(%error, id, "import failed"),
        }
        resources.imports().remove(id);
        resources.events().tell(Event::Job {
            job: "import",
            id,
            status: if outcome.is_ok() { "done" } else { "failed" }.to_owned(),
            done: running.read.load(Ordering::Relaxed),
            total: None,
            owner: principal.user_id,
        });
        drop(folder);
    });
    Ok((StatusCode::ACCEPTED, Json(Started { id })))
}

/// Takes the body into a folder of its own, which goes with its handle.
async fn receive(body: RawBody) -> Result<tempfile::TempDir> {
    let folder = tempfile::tempdir().map_err(Problem::internal)?;
    let mut file = tokio::fs::File::create(folder.path().join("file"))
        .await
        .map_err(Problem::internal)?;
    let mut parts = body.into_data_stream();
    let mut bytes = 0;
    while let Some(part) = parts.next().await {
        let part = part.map_err(Problem::malformed)?;
        bytes += part.len() as u64;
        if bytes > LARGEST_IMPORT {
            return Err(crate::input::too_large());
        }
        file.write_all(&part).await.map_err(Problem::internal)?;
    }
    file.flush().await.map_err(Problem::internal)?;
    Ok(folder)
}

async fn keep_refused(
    app: &App,
    importer: &Importer,
    id: i64,
    report: &ImportReport,
) -> basalt_oltp::Result<()> {
    let Some(path) = &report.refused_file else {
        return Ok(());
    };
    let kept = app.files().keep(path, &format!("imports/{id}.csv")).await?;
    importer.keep_refused(id, &kept).await
}

/// Imports of the caller; of everyone for administrators
#[utoipa::path(get, path = "/api/v1/imports", operation_id = "list_imports", tag = "imports", responses((status = 200, body = Object)))]
pub async fn list(State(app): State<App>, caller: Caller) -> Result<Json<ImportList>> {
    let items = Importer::new(app.db().clone()).runs(&caller).await?;
    Ok(Json(ImportList { items }))
}

/// How far an import is, or what it did
#[utoipa::path(get, path = "/api/v1/imports/{id}", operation_id = "show_import", tag = "imports", params(("id" = i64, Path)), responses((status = 200, body = Object)))]
pub async fn show(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<i64>,
) -> Result<Json<ImportState>> {
    let running = app.imports().get(id);
    let importer = Importer::new(app.db().clone());
    let mut run = importer.run_of(&caller, id).await?;
    let refusals = importer.refused(&caller, id, 100).await?;
    let mut phase = None;
    if let Some(running) = running.filter(|_| run.status == "running") {
        run.rows_read = count(&running.read);
        run.rows_refused = count(&running.refused);
        phase = Some(match running.phase.load(Ordering::Relaxed) {
            0 => "reading",
            1 => "checking",
            _ => "writing",
        });
    }
    Ok(Json(ImportState {
        run,
        phase,
        refusals,
    }))
}

fn count(of: &AtomicU64) -> i64 {
    i64::try_from(of.load(Ordering::Relaxed)).unwrap_or(i64::MAX)
}

/// Stop a running import
///
/// Nothing of it remains.
#[utoipa::path(post, path = "/api/v1/imports/{id}/cancel", operation_id = "cancel_import", tag = "imports", params(("id" = i64, Path)), responses((status = 202)))]
pub async fn cancel(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<i64>,
) -> Result<StatusCode> {
    Importer::new(app.db().clone()).run_of(&caller, id).await?;
    let Some(running) = app.imports().get(id) else {
        let text = Text::new("This import is not running.", "该导入未在运行。");
        return Err(Problem::new(StatusCode::CONFLICT, "not_running", text));
    };
    running.cancel.store(true, Ordering::Relaxed);
    Ok(StatusCode::ACCEPTED)
}

/// Take an import back
///
/// Added records go, changed ones get their former values; those that were changed or referred to since are kept.
#[utoipa::path(post, path = "/api/v1/imports/{id}/undo", operation_id = "undo_import", tag = "imports", params(("id" = i64, Path)), responses((status = 200, body = Object)))]
pub async fn undo(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<i64>,
) -> Result<Json<Undone>> {
    let UndoReport {
        removed,
        restored,
        kept,
    } = Importer::new(app.db().clone()).undo(&caller, id).await?;
    Ok(Json(Undone {
        removed,
        restored,
        kept,
    }))
}

/// The refused rows of an import with their reasons, as CSV
#[utoipa::path(get, path = "/api/v1/imports/{id}/refused", operation_id = "refused_rows", tag = "imports", params(("id" = i64, Path)), responses((status = 200, body = String, content_type = "text/csv")))]
pub async fn refused(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<i64>,
) -> Result<(HeaderMap, RawBody)> {
    let importer = Importer::new(app.db().clone());
    let path = importer
        .refused_file(&caller, id)
        .await?
        .ok_or_else(Problem::not_found)?;
    let bytes = app.files().kept(&path).await?;
    let mut headers = HeaderMap::new();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/csv; charset=utf-8"),
    );
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_static("attachment; filename=\"refused.csv\""),
    );
    Ok((headers, RawBody::from_stream(bytes)))
}
