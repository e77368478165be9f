//! A list as a file.

use axum::{
    body::Body as RawBody,
    extract::State,
    http::{HeaderMap, HeaderValue, header},
};
use basalt_oltp::{
    export::Export,
    record::{ListRequest, Sort},
};
use futures::TryStreamExt;
use serde::Deserialize;

use super::records::{condition, names};
use crate::{
    App,
    caller::{On, Read},
    input::Params,
    problem::{Problem, Result, Text},
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportParams {
    /// `csv` (without) or `xlsx`.
    format: Option<String>,
    filter: Option<String>,
    q: Option<String>,
    sort: Option<String>,
    fields: Option<String>,
    tag: Option<String>,
    /// Headers are the words that people read, not the names of fields.
    #[serde(default)]
    labels: bool,
}

/// A list as CSV or XLSX
///
/// Exactly the filtered rows and the chosen columns. What a spreadsheet would take for a formula is written as text.
#[utoipa::path(get, path = "/api/v1/{resource}/export", operation_id = "export_list", tag = "records", params(("resource" = String, Path), ("format" = Option<String>, Query), ("filter" = Option<String>, Query), ("q" = Option<String>, Query), ("sort" = Option<String>, Query), ("fields" = Option<String>, Query), ("tag" = Option<String>, Query), ("labels" = Option<bool>, Query)), responses((status = 200, body = String, content_type = "text/csv")))]
pub async fn export(
    State(app): State<App>,
    on: On<Read>,
    Params(params): Params<ExportParams>,
) -> Result<(HeaderMap, RawBody)> {
    let request = ListRequest {
        filter: params
            .filter
            .as_deref()
            .filter(|filter| !filter.trim().is_empty())
            .map(condition)
            .transpose()?,
        search: params.q.filter(|q| !q.trim().is_empty()),
        sort: names(params.sort.as_deref())
            .iter()
            .map(|name| Sort::parse(name))
            .collect(),
        fields: names(params.fields.as_deref()),
        tag: params.tag.filter(|tag| !tag.trim().is_empty()),
        ..ListRequest::default()
    };
    let labels = params.labels.then_some(on.caller.locale);
    let export = Export::new(app.store(), &on.caller, on.name(), request, labels)?;
    let (kind, ending, body) = match params.format.as_deref() {
        None | Some("csv") => {
            let bytes = export.csv().map_err(|error| {
                tracing::error!(%error, "an export broke off");
                std::io::Error::other("the export broke off")
            });
            (
                "text/csv; charset=utf-8",
                "csv",
                RawBody::from_stream(bytes),
            )
        }
        Some("xlsx") => (
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "xlsx",
            RawBody::from(export.xlsx().await?),
        ),
        Some(_) => {
            let text = Text::new("The format is csv or xlsx.", "格式须为 csv 或 xlsx。");
            return Err(Problem::invalid("format", text));
        }
    };
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    let name = format!("attachment; filename=\"{}.{ending}\"", on.object().resource);
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok((headers, body))
}
