//! Campaigns: launching, stopping, and what came of them.

use std::collections::BTreeMap;

use axum::{Json, extract::State, http::StatusCode};
use basalt_query::ReadAt;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    App,
    caller::{Campaign, Can, Read, Update},
    events::Event,
    input::Path,
    problem::{Problem, Result},
};

#[derive(Serialize, ToSchema)]
pub struct Launched {
    run_id: i64,
    /// Messages that will be sent.
    planned: u64,
    /// Messages that will not, by reason.
    #[schema(value_type = std::collections::BTreeMap<String, u64>)]
    skipped: Value,
    lsn: String,
}

#[derive(Serialize, ToSchema)]
pub struct Obstacles {
    items: Vec<Obstacle>,
}

#[derive(Serialize, ToSchema)]
pub struct Obstacle {
    code: String,
    /// What to do, in the caller's language.
    message: String,
}

/// Counts are messages.
#[derive(Serialize, ToSchema)]
#[schema(as = CampaignResult)]
pub struct CampaignOutcome {
    campaign_id: i64,
    runs: Vec<i64>,
    /// Everybody of the audience, skipped ones included.
    planned: u64,
    /// Not settled yet.
    waiting: u64,
    accepted: u64,
    bounced: u64,
    failed: u64,
    /// May or may not have arrived.
    unknown: u64,
    skipped: u64,
    /// Of the skipped: kept apart to measure the effect.
    hold_out: u64,
    /// Opened by people; prefetchers and scanners are in `opened_raw` only.
    opened: u64,
    opened_raw: u64,
    clicked: u64,
    clicked_raw: u64,
    unsubscribed: u64,
    /// Skipped and failed messages by cause.
    causes: BTreeMap<String, u64>,
    /// Clicks by people, by destination.
    links: BTreeMap<String, u64>,
    /// Orders of recipients in the weeks after, as far as the caller may see them.
    revenue_after: Option<f64>,
}

/// Launch a campaign
///
/// Checks template, sender, consent and suppression, plans one message an address, and hands the rest to the sender.
#[utoipa::path(post, path = "/api/v1/campaigns/{id}/launch", operation_id = "launch_campaign", tag = "campaigns", params(("id" = i64, Path)), responses((status = 202, body = Launched)))]
pub async fn launch(
    State(app): State<App>,
    caller: Can<Update, Campaign>,
    Path(id): Path<i64>,
) -> Result<(StatusCode, Json<Launched>)> {
    let launched = app.analysis()?.outreach.launch(&caller, id).await?;
    app.events().tell(Event::Job {
        job: "campaign",
        id,
        status: "running".into(),
        done: 0,
        total: Some(launched.planned),
        owner: caller.user_id,
    });
    let skipped = serde_json::to_value(launched.skipped).map_err(Problem::internal)?;
    Ok((
        StatusCode::ACCEPTED,
        Json(Launched {
            run_id: launched.run_id,
            planned: launched.planned,
            skipped,
            lsn: launched.lsn,
        }),
    ))
}

/// What stands in the way of a launch
///
/// Empty when nothing does. Changes nothing.
#[utoipa::path(get, path = "/api/v1/campaigns/{id}/obstacles", operation_id = "campaign_obstacles", tag = "campaigns", params(("id" = i64, Path)), responses((status = 200, body = Obstacles)))]
pub async fn obstacles(
    State(app): State<App>,
    caller: Can<Read, Campaign>,
    Path(id): Path<i64>,
) -> Result<Json<Obstacles>> {
    let found = app
        .analysis()?
        .outreach
        .launch_obstacles(&caller, id)
        .await?;
    let items = found
        .iter()
        .map(|refusal| Obstacle {
            code: refusal.code().to_owned(),
            message: refusal.message(caller.locale),
        })
        .collect();
    Ok(Json(Obstacles { items }))
}

/// Pause a running campaign
#[utoipa::path(post, path = "/api/v1/campaigns/{id}/pause", operation_id = "pause_campaign", tag = "campaigns", params(("id" = i64, Path)), responses((status = 204)))]
pub async fn pause(
    State(app): State<App>,
    caller: Can<Update, Campaign>,
    Path(id): Path<i64>,
) -> Result<StatusCode> {
    let run = latest_run(&app, id).await?;
    app.analysis()?.outreach.pause(&caller, run).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Let a paused campaign go on
#[utoipa::path(post, path = "/api/v1/campaigns/{id}/resume", operation_id = "resume_campaign", tag = "campaigns", params(("id" = i64, Path)), responses((status = 204)))]
pub async fn resume(
    State(app): State<App>,
    caller: Can<Update, Campaign>,
    Path(id): Path<i64>,
) -> Result<StatusCode> {
    let run = latest_run(&app, id).await?;
    app.analysis()?.outreach.resume(&caller, run).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Stop a running campaign
///
/// Messages not yet handed over stay unsent.
#[utoipa::path(post, path = "/api/v1/campaigns/{id}/stop", operation_id = "stop_campaign", tag = "campaigns", params(("id" = i64, Path)), responses((status = 204)))]
pub async fn stop(
    State(app): State<App>,
    caller: Can<Update, Campaign>,
    Path(id): Path<i64>,
) -> Result<StatusCode> {
    let run = latest_run(&app, id).await?;
    app.analysis()?.outreach.stop(&caller, run).await?;
    app.events().tell(Event::Job {
        job: "campaign",
        id,
        status: "stopped".into(),
        done: 0,
        total: None,
        owner: caller.user_id,
    });
    Ok(StatusCode::NO_CONTENT)
}

/// What came of a campaign
#[utoipa::path(get, path = "/api/v1/campaigns/{id}/result", operation_id = "campaign_result", tag = "campaigns", params(("id" = i64, Path)), responses((status = 200, body = CampaignOutcome)))]
pub async fn result(
    State(app): State<App>,
    caller: Can<Read, Campaign>,
    Path(id): Path<i64>,
) -> Result<Json<CampaignOutcome>> {
    let analysis = app.analysis()?;
    let found = analysis.outreach.result(&caller, id).await?;
    let session = analysis.engine.session(&caller, ReadAt::Fresh).await?;
    let revenue = session.collect(&format!("SELECT CAST(revenue_after AS DOUBLE) FROM mart.campaign_result WHERE campaign_id = {id}")).await?;
    Ok(Json(CampaignOutcome {
        campaign_id: found.campaign_id,
        runs: found.runs,
        planned: found.planned,
        waiting: found.waiting,
        accepted: found.accepted,
        bounced: found.bounced,
        failed: found.failed,
        unknown: found.unknown,
        skipped: found.skipped,
        hold_out: found.hold_out,
        opened: found.opened.human,
        opened_raw: found.opened.raw,
        clicked: found.clicked.human,
        clicked_raw: found.clicked.raw,
        unsubscribed: found.unsubscribed,
        causes: found.causes,
        links: found
            .links
            .into_iter()
            .map(|(url, count)| (url, count.human))
            .collect(),
        revenue_after: revenue
            .to_json_rows()?
            .first()
            .and_then(|row| row[0].as_f64()),
    }))
}

/// The run that pausing, resuming and stopping mean. Whether the caller may is asked by outreach.
async fn latest_run(app: &App, campaign: i64) -> Result<i64> {
    sqlx::query_scalar::<_, Option<i64>>("select max(id) from crm.send_run where campaign_id = $1")
        .bind(campaign)
        .fetch_one(app.db().pool())
        .await
        .map_err(Problem::internal)?
        .ok_or_else(Problem::not_found)
}
