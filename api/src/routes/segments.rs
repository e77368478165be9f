//! Segments: counting before saving, evaluating, and looking at members.

#![expect(
    unused_qualifications,
    reason = "written by the macro that documents parameters"
)]

use axum::{Json, extract::State};
use basalt_model::Condition;
use basalt_oltp::record::{ListRequest, Select};
use basalt_outreach::Definition;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sqlx::Row;
use utoipa::{IntoParams, ToSchema};

use super::records::{DEFAULT_PAGE, LARGEST_PAGE};
use crate::{
    App,
    caller::{Can, Create, Read, Segment, Update},
    events::Event,
    input::{Body, Params, Path},
    problem::{Problem, Result},
};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SegmentDraft {
    /// `condition`, `sql`, `static`, `cell` or `set`.
    kind: String,
    /// A condition on customers, `{"sql": "select customer_id …"}`, `{"customer_ids": […]}`,
    /// `{"cell": {"of": "rfm", "request": {…}, "r": 5, "f": 5}}`, or `{"union": […]}`,
    /// `{"intersection": […]}`, `{"difference": […]}` of such sets and of `{"segment": id}`.
    #[schema(value_type = Object)]
    definition: Value,
}

#[derive(Serialize, ToSchema)]
pub struct SegmentPreview {
    /// Customers the caller may see that the segment would hold.
    count: u64,
    #[schema(value_type = Vec<Object>)]
    sample: Vec<Map<String, Value>>,
    lsn: String,
}

#[derive(Serialize, ToSchema)]
pub struct SegmentEvaluation {
    members: u64,
    entered: u64,
    left: u64,
    /// The lake's position the members were found at.
    lsn: String,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct MemberParams {
    /// Continue after this, from `next` of the page before.
    #[serde(rename = "page[after]")]
    after: Option<i64>,
    #[serde(rename = "page[size]")]
    size: Option<u32>,
}

#[derive(Serialize, ToSchema)]
pub struct SegmentMembers {
    /// Customers, as far as the caller may see them, with `entered_at`.
    #[schema(value_type = Vec<Object>)]
    items: Vec<Map<String, Value>>,
    next: Option<String>,
}

/// Count a segment before saving it
#[utoipa::path(post, path = "/api/v1/segments/preview", operation_id = "preview_segment", tag = "segments", request_body = SegmentDraft, responses((status = 200, body = SegmentPreview)))]
pub async fn preview(
    State(app): State<App>,
    caller: Can<Create, Segment>,
    Body(draft): Body<SegmentDraft>,
) -> Result<Json<SegmentPreview>> {
    let preview = app
        .analysis()?
        .outreach
        .preview(&caller, &Definition::parse(&draft.kind, &draft.definition)?)
        .await?;
    Ok(Json(SegmentPreview {
        count: preview.count,
        sample: preview.sample,
        lsn: preview.lsn,
    }))
}

/// Find a segment's members anew
#[utoipa::path(post, path = "/api/v1/segments/{id}/evaluate", operation_id = "evaluate_segment", tag = "segments", params(("id" = i64, Path)), responses((status = 200, body = SegmentEvaluation)))]
pub async fn evaluate(
    State(app): State<App>,
    caller: Can<Update, Segment>,
    Path(id): Path<i64>,
) -> Result<Json<SegmentEvaluation>> {
    let found = app.analysis()?.outreach.evaluate(&caller, id).await?;
    app.events().tell(Event::Job {
        job: "segment",
        id,
        status: "finished".into(),
        done: found.members,
        total: Some(found.members),
        owner: caller.user_id,
    });
    Ok(Json(SegmentEvaluation {
        members: found.members,
        entered: found.entered,
        left: found.left,
        lsn: found.lsn,
    }))
}

/// Members of a segment
#[utoipa::path(get, path = "/api/v1/segments/{id}/members", operation_id = "segment_members", tag = "segments", params(("id" = i64, Path), MemberParams), responses((status = 200, body = SegmentMembers)))]
pub async fn members(
    State(app): State<App>,
    caller: Can<Read, Segment>,
    Path(id): Path<i64>,
    Params(params): Params<MemberParams>,
) -> Result<Json<SegmentMembers>> {
    app.store()
        .get(
            &caller,
            "segment",
            id,
            &Select {
                fields: vec!["id".into()],
                include: Vec::new(),
            },
        )
        .await?;
    let size = params.size.unwrap_or(DEFAULT_PAGE).clamp(1, LARGEST_PAGE);
    let rows = sqlx::query(
        "select id, customer_id, entered_at from crm.segment_member
         where segment_id = $1 and left_at is null and id > $2 order by id limit $3",
    )
    .bind(id)
    .bind(params.after.unwrap_or(0))
    .bind(i64::from(size))
    .fetch_all(app.db().pool())
    .await
    .map_err(Problem::internal)?;
    let next = rows
        .last()
        .filter(|_| rows.len() == size as usize)
        .map(|row| row.get::<i64, _>("id").to_string());

    let ids: Vec<i64> = rows.iter().map(|row| row.get("customer_id")).collect();
    let mut visible = visible_customers(&app, &caller, &ids, size).await?;
    let mut items = Vec::with_capacity(visible.len());
    for row in &rows {
        let customer: i64 = row.get("customer_id");
        if let Some(at) = visible
            .iter()
            .position(|c| c.get("id").and_then(Value::as_i64) == Some(customer))
        {
            let mut item = visible.swap_remove(at);
            item.insert(
                "entered_at".into(),
                json!(row.get::<chrono::DateTime<chrono::Utc>, _>("entered_at")),
            );
            items.push(item);
        }
    }
    Ok(Json(SegmentMembers { items, next }))
}

/// The customers among these that the caller may see.
async fn visible_customers(
    app: &App,
    caller: &crate::caller::Caller,
    ids: &[i64],
    limit: u32,
) -> Result<Vec<Map<String, Value>>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let among: Condition =
        serde_json::from_value(json!({ "field": "id", "op": "in", "value": ids }))
            .map_err(Problem::internal)?;
    let request = ListRequest {
        filter: Some(among),
        limit,
        ..ListRequest::default()
    };
    Ok(app.store().list(caller, "customer", &request).await?.items)
}
