//! Leads: funnel, figures, scoring, checklists, conversion, trace; and the public forms that make them.

mod assignment;
mod capture;
mod pools;
mod qualification;

pub use assignment::*;
pub use capture::*;
pub use pools::*;
pub use qualification::*;

use axum::{Json, extract::State, http::HeaderMap};
use basalt_oltp::sales::{
    conversion::{self, ConvertInput},
    history::{self, Performance, Step},
    leads::{self, StageCount},
};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::records::{tell, told_many, written};
use crate::{
    App,
    caller::{Can, Lead, Read, Update},
    input::{Body, Params, Path},
    problem::Result,
};

/// A list in an object, so that it can grow.
#[derive(Serialize)]
pub struct List<T> {
    items: Vec<T>,
}

/// The id of what was made.
#[derive(Serialize, ToSchema)]
#[schema(as = MadeById)]
pub struct Made {
    id: i64,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
pub struct ConvertLead {
    /// A customer that is there already. Without: one is made of the lead.
    customer_id: Option<i64>,
    /// Fields of the new customer that are to be other than the lead's.
    #[schema(value_type = Object)]
    customer: Map<String, Value>,
    /// Make no contact of the lead's contact person.
    without_contact: bool,
    /// Fields of an opportunity to be entered at once.
    #[schema(value_type = Option<Object>)]
    opportunity: Option<Map<String, Value>>,
}

/// What a lead became.
#[derive(Serialize, ToSchema)]
pub struct ConvertedLead {
    customer_id: i64,
    contact_id: Option<i64>,
    opportunity_id: Option<i64>,
    #[schema(value_type = Object)]
    lead: Map<String, Value>,
}

/// Convert a lead
///
/// Makes a customer and a contact of it, and an opportunity when one is given; notes, files, tasks and
/// interests go along. The lead leaves the list and can't be converted again.
#[utoipa::path(post, path = "/api/v1/leads/{id}/convert", operation_id = "convert_lead", tag = "leads", params(("id" = i64, Path)), request_body = ConvertLead, responses((status = 200, body = ConvertedLead)))]
pub async fn convert(
    State(app): State<App>,
    caller: Can<Update, Lead>,
    Path(id): Path<i64>,
    Body(input): Body<ConvertLead>,
) -> Result<(HeaderMap, Json<ConvertedLead>)> {
    let input = ConvertInput {
        customer: input.customer_id,
        customer_fields: input.customer,
        without_contact: input.without_contact,
        opportunity: input.opportunity,
    };
    let done = conversion::convert(app.db(), &caller, id, input).await?;
    tell(&app, &caller, "lead", &done.lead, "converted");
    for (object, id) in [
        ("customer", Some(done.customer)),
        ("contact", done.contact),
        ("opportunity", done.opportunity),
    ] {
        if let Some(id) = id {
            told_many(&app, &caller, object, &[(id, 0)], "changed");
        }
    }
    Ok((
        written(&done.lead),
        Json(ConvertedLead {
            customer_id: done.customer,
            contact_id: done.contact,
            opportunity_id: done.opportunity,
            lead: done.lead.record,
        }),
    ))
}

/// A lead's way, from its creation to its conversion
#[utoipa::path(get, path = "/api/v1/leads/{id}/trace", operation_id = "lead_trace", tag = "leads", params(("id" = i64, Path)), responses((status = 200, body = Object)))]
pub async fn trace(
    State(app): State<App>,
    caller: Can<Read, Lead>,
    Path(id): Path<i64>,
) -> Result<Json<List<Step>>> {
    let items = history::trace(app.db(), &caller, id).await?;
    Ok(Json(List { items }))
}

/// How many leads are in each stage
#[utoipa::path(get, path = "/api/v1/leads/funnel", operation_id = "lead_funnel", tag = "leads", responses((status = 200, body = Object)))]
pub async fn funnel(
    State(app): State<App>,
    caller: Can<Read, Lead>,
) -> Result<Json<List<StageCount>>> {
    let items = leads::funnel(app.db(), &caller).await?;
    Ok(Json(List { items }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
}

/// What each person did with leads: the steps of their traces, counted
#[utoipa::path(get, path = "/api/v1/leads/performance", operation_id = "lead_performance", tag = "leads", params(("from" = Option<String>, Query), ("to" = Option<String>, Query)), responses((status = 200, body = Object)))]
pub async fn performance(
    State(app): State<App>,
    caller: Can<Read, Lead>,
    Params(period): Params<Period>,
) -> Result<Json<List<Performance>>> {
    let items = history::performance(app.db(), &caller, period.from, period.to).await?;
    Ok(Json(List { items }))
}
