//! Report packs: rendering now, delivering now, and the archive of what was delivered.

#![expect(
    unused_qualifications,
    reason = "written by the macro that documents parameters"
)]

use axum::{
    Json,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use basalt_query::ReadAt;
use basalt_reports::{Delivery, DeliveryState, Format, Pack, PackInput, Rendered};
use basalt_warehouse::AsOf;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::mailbox::download;
use crate::{
    App,
    caller::{Admin, Caller},
    input::{Body, Params, Path},
    problem::Result,
    security::FOREIGN_POLICY,
};

/// Deliveries shown at once, the youngest first.
const DELIVERIES: u32 = 200;

#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ReportFormat {
    #[default]
    Pdf,
    Xlsx,
    Html,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct FormatParams {
    #[serde(default)]
    #[param(inline, required = false)]
    format: ReportFormat,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct RenderParams {
    #[serde(default)]
    #[param(inline, required = false)]
    format: ReportFormat,
    /// The report as it was at this instant of the past, within the rights of now.
    as_of: Option<DateTime<Utc>>,
}

#[derive(Serialize, ToSchema)]
pub struct ReportPacks {
    items: Vec<ReportPack>,
}

#[derive(Serialize, ToSchema)]
pub struct ReportPack {
    id: i64,
    /// Name of the report, such as `sales-overview`.
    pack: String,
    title: String,
    /// When it is sent, as a cron line.
    schedule: Option<String>,
    time_zone: String,
    active: bool,
    recipients: usize,
    next_at: Option<DateTime<Utc>>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SaveReportPack {
    /// Name of the report, such as `sales-overview`.
    pack: String,
    /// Saving under the title of a pack that is there changes that pack.
    title: String,
    /// Minute, hour, day, month, weekday; without: only sent by hand.
    schedule: Option<String>,
    #[serde(default = "utc")]
    #[schema(default = "UTC")]
    time_zone: String,
    #[serde(default = "yes")]
    #[schema(default = true)]
    active: bool,
    /// Users who get it, each with figures within the own rights.
    recipients: Vec<i64>,
}

#[derive(Serialize, ToSchema)]
pub struct ReportDeliveries {
    items: Vec<ReportDelivery>,
}

#[derive(Serialize, ToSchema)]
pub struct ReportDelivery {
    id: i64,
    pack_id: i64,
    /// Title of the pack.
    pack: String,
    /// When it was sent; before that, when it is due.
    delivered_at: DateTime<Utc>,
    /// Name of the recipient, whose rights the figures obey.
    recipient: String,
    /// `planned`, `rendered`, `sent` or `failed`.
    status: String,
    /// Why the last attempt failed.
    error: Option<String>,
    lsn: Option<String>,
    /// Formats in the archive.
    formats: Vec<String>,
}

/// Own report packs
#[utoipa::path(get, path = "/api/v1/report_packs", operation_id = "report_packs", tag = "report packs", responses((status = 200, body = ReportPacks)))]
pub async fn list(State(app): State<App>, caller: Caller) -> Result<Json<ReportPacks>> {
    let packs = app.analysis()?.reports.packs(&caller).await?;
    Ok(Json(ReportPacks {
        items: packs.into_iter().map(pack).collect(),
    }))
}

/// Save a report pack
#[utoipa::path(post, path = "/api/v1/report_packs", operation_id = "save_report_pack", tag = "report packs", request_body = SaveReportPack, responses((status = 201, body = ReportPack)))]
pub async fn save(
    State(app): State<App>,
    Admin(caller): Admin,
    Body(input): Body<SaveReportPack>,
) -> Result<(StatusCode, Json<ReportPack>)> {
    let input = PackInput {
        definition: input.pack,
        label: input.title,
        cron: input.schedule,
        time_zone: input.time_zone,
        active: input.active,
        recipients: input.recipients,
    };
    let saved = app.analysis()?.reports.save_pack(&caller, &input).await?;
    Ok((StatusCode::CREATED, Json(pack(saved))))
}

/// Render a report pack now
///
/// With the caller's own rights, on everything committed until now or until `as_of`.
#[utoipa::path(get, path = "/api/v1/report_packs/{id}/render", operation_id = "render_report_pack", tag = "report packs", params(("id" = i64, Path), RenderParams),
    responses((status = 200, content((Vec<u8> = "application/pdf"), (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), (String = "text/html")))))]
pub async fn render(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<i64>,
    Params(params): Params<RenderParams>,
) -> Result<Response> {
    let at = match params.as_of {
        Some(instant) => ReadAt::Past(AsOf::Instant(instant)),
        None => ReadAt::Fresh,
    };
    let service = &app.analysis()?.reports;
    let pack = service.pack(&caller, id).await?;
    let rendered = service
        .render(&caller, &pack.definition, params.format.into(), at)
        .await?;
    Ok(file_response(rendered))
}

/// Deliver a report pack now
///
/// Every recipient gets own figures.
#[utoipa::path(post, path = "/api/v1/report_packs/{id}/deliver", operation_id = "deliver_report_pack", tag = "report packs", params(("id" = i64, Path)), responses((status = 200, body = ReportDeliveries)))]
pub async fn deliver(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<i64>,
) -> Result<Json<ReportDeliveries>> {
    let service = &app.analysis()?.reports;
    let delivered = service.deliver(&caller, id).await?;
    Ok(Json(ReportDeliveries {
        items: delivered.into_iter().map(delivery).collect(),
    }))
}

/// Archive of delivered reports
#[utoipa::path(get, path = "/api/v1/report_deliveries", operation_id = "report_deliveries", tag = "report packs", responses((status = 200, body = ReportDeliveries)))]
pub async fn deliveries(State(app): State<App>, caller: Caller) -> Result<Json<ReportDeliveries>> {
    let items = app
        .analysis()?
        .reports
        .deliveries(&caller, DELIVERIES)
        .await?;
    Ok(Json(ReportDeliveries {
        items: items.into_iter().map(delivery).collect(),
    }))
}

/// A delivered report, as it was sent
#[utoipa::path(get, path = "/api/v1/report_deliveries/{id}/file", operation_id = "report_delivery_file", tag = "report packs", params(("id" = i64, Path), FormatParams),
    responses((status = 200, content((Vec<u8> = "application/pdf"), (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), (String = "text/html")))))]
pub async fn file(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<i64>,
    Params(params): Params<FormatParams>,
) -> Result<Response> {
    let rendered = app
        .analysis()?
        .reports
        .open(&caller, id, params.format.into())
        .await?;
    Ok(file_response(rendered))
}

/// Reports are shown in a sandbox or kept, never run.
fn file_response(rendered: Rendered) -> Response {
    if rendered.media_type.starts_with("text/html") {
        let mut response = rendered.bytes.into_response();
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/html; charset=utf-8"),
        );
        response.headers_mut().insert(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(FOREIGN_POLICY),
        );
        return response;
    }
    download(&rendered.file_name, rendered.media_type, rendered.bytes)
}

fn pack(pack: Pack) -> ReportPack {
    let Pack {
        id,
        definition,
        label,
        cron,
        time_zone,
        active,
        next_due_at,
        recipients,
    } = pack;
    ReportPack {
        id,
        pack: definition,
        title: label,
        schedule: cron,
        time_zone,
        active,
        recipients: recipients.len(),
        next_at: next_due_at,
    }
}

fn delivery(d: Delivery) -> ReportDelivery {
    let status = match d.state {
        DeliveryState::Planned => "planned",
        DeliveryState::Rendered => "rendered",
        DeliveryState::Sent => "sent",
        DeliveryState::Failed => "failed",
    };
    ReportDelivery {
        id: d.id,
        pack_id: d.pack_id,
        pack: d.pack,
        delivered_at: d.sent_at.unwrap_or(d.due_at),
        recipient: d.recipient.unwrap_or_else(|| d.user_id.to_string()),
        status: status.to_owned(),
        error: d.error,
        lsn: d.lsn,
        formats: d
            .files
            .iter()
            .map(|file| file.format.extension().to_owned())
            .collect(),
    }
}

impl From<ReportFormat> for Format {
    fn from(format: ReportFormat) -> Self {
        match format {
            ReportFormat::Pdf => Self::Pdf,
            ReportFormat::Xlsx => Self::Xlsx,
            ReportFormat::Html => Self::Html,
        }
    }
}

fn utc() -> String {
    "UTC".into()
}

fn yes() -> bool {
    true
}
