//! Behaviour events: from other systems in batches, and from the pages of websites.

pub mod page;
pub mod retention;
mod throttle;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use basalt_oltp::behaviour::{self, Door, Receipt, SiteInput};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    App,
    caller::{BehaviourEvent, BehaviourType, Can, Create, Customer, Read},
    context::RequestContext,
    input::{Body, Path},
    problem::Result,
};

pub use throttle::Throttle;

/// A batch of events
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EventBatch {
    /// At most 1000.
    #[schema(value_type = Vec<BehaviourEventInput>)]
    events: Vec<Value>,
}

/// One event. Only documents what [`behaviour::collect`] reads, which gives every event a reason of its own.
#[derive(ToSchema)]
#[expect(dead_code, reason = "read one by one, not as a whole")]
pub struct BehaviourEventInput {
    /// A UUID by the sender: sent again, the event counts once.
    event_id: uuid::Uuid,
    /// Key of a behaviour type.
    #[schema(examples("page_view"))]
    r#type: String,
    occurred_at: DateTime<Utc>,
    customer: Option<i64>,
    /// Its customer is filled in.
    contact: Option<i64>,
    /// The browser, by a random name.
    visitor: Option<String>,
    session: Option<String>,
    page: Option<String>,
    referrer: Option<String>,
    campaign: Option<i64>,
    /// As the type defines them.
    attributes: Option<serde_json::Map<String, Value>>,
}

#[derive(Serialize, ToSchema)]
pub struct EventReceipt {
    /// New events that are kept.
    accepted: usize,
    /// Events that had come before.
    repeated: usize,
    refused: Vec<RefusedEvent>,
}

#[derive(Serialize, ToSchema)]
pub struct RefusedEvent {
    /// Place in the batch, from 0.
    index: usize,
    #[schema(examples("unknown_type"))]
    code: String,
    message: String,
}

impl EventReceipt {
    fn of(receipt: Receipt, context: &RequestContext) -> Self {
        let refused = receipt.refused.into_iter().map(|refusal| RefusedEvent {
            index: refusal.index,
            code: refusal.code.to_owned(),
            message: refusal.message.get(context.locale()).to_owned(),
        });
        Self {
            accepted: receipt.accepted,
            repeated: receipt.repeated,
            refused: refused.collect(),
        }
    }
}

/// Send behaviour events
///
/// Each event is kept once, however often it is sent. One that doesn't fit is refused with its reason; the others of the batch are kept.
#[utoipa::path(post, path = "/api/v1/behaviour/events", operation_id = "send_behaviour_events", tag = "behaviour", request_body = EventBatch, responses((status = 200, body = EventReceipt)))]
pub async fn send(
    State(app): State<App>,
    caller: Can<Create, BehaviourEvent>,
    context: RequestContext,
    Body(batch): Body<EventBatch>,
) -> Result<(HeaderMap, Json<EventReceipt>)> {
    let receipt = behaviour::collect(app.db(), Door::Api(&caller), batch.events).await?;
    let headers = super::records::position(&receipt.lsn);
    Ok((headers, Json(EventReceipt::of(receipt, &context))))
}

#[derive(Serialize, ToSchema)]
pub struct Site {
    /// Stands in the pages of the site: `<script async src="…/collect.js" data-site="KEY"></script>`.
    key: String,
    name: String,
    origins: Vec<String>,
    created_at: DateTime<Utc>,
}

impl From<behaviour::Site> for Site {
    fn from(site: behaviour::Site) -> Self {
        Self {
            key: site.key,
            name: site.name,
            origins: site.origins,
            created_at: site.created_at,
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSite {
    name: String,
    /// Where its pages may come from.
    #[schema(examples(json!(["https://shop.example"])))]
    origins: Vec<String>,
}

/// Websites that may send events
#[utoipa::path(get, path = "/api/v1/behaviour/sites", operation_id = "list_behaviour_sites", tag = "behaviour", responses((status = 200, body = Vec<Site>)))]
pub async fn list_sites(
    State(app): State<App>,
    _caller: Can<Create, BehaviourType>,
) -> Result<Json<Vec<Site>>> {
    let sites = behaviour::sites(app.db().pool()).await?;
    Ok(Json(sites.into_iter().map(Into::into).collect()))
}

/// Add a website
#[utoipa::path(post, path = "/api/v1/behaviour/sites", operation_id = "add_behaviour_site", tag = "behaviour", request_body = NewSite, responses((status = 201, body = Site)))]
pub async fn add_site(
    State(app): State<App>,
    _caller: Can<Create, BehaviourType>,
    Body(input): Body<NewSite>,
) -> Result<(StatusCode, Json<Site>)> {
    let input = SiteInput {
        name: input.name,
        origins: input.origins,
    };
    let site = behaviour::add_site(app.db().pool(), input).await?;
    Ok((StatusCode::CREATED, Json(site.into())))
}

/// Remove a website
///
/// Its events are refused from now on; what it sent stays.
#[utoipa::path(delete, path = "/api/v1/behaviour/sites/{key}", operation_id = "remove_behaviour_site", tag = "behaviour", params(("key" = String, Path)), responses((status = 204)))]
pub async fn remove_site(
    State(app): State<App>,
    _caller: Can<Create, BehaviourType>,
    Path(key): Path<String>,
) -> Result<StatusCode> {
    behaviour::remove_site(app.db().pool(), &key).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WhoIsIt {
    customer: i64,
}

#[derive(Serialize, ToSchema)]
pub struct IdentityToken {
    /// For `basalt("identify", token)` in a page of the customer's account.
    token: String,
    expires_at: DateTime<Utc>,
}

/// Make an identity token
///
/// A page that shows it makes its visitor's events the customer's, those sent before included.
#[utoipa::path(post, path = "/api/v1/behaviour/identities", operation_id = "make_behaviour_identity", tag = "behaviour", request_body = WhoIsIt, responses((status = 201, body = IdentityToken)))]
pub async fn identify(
    State(app): State<App>,
    caller: Can<Read, Customer>,
    Body(who): Body<WhoIsIt>,
) -> Result<(StatusCode, Json<IdentityToken>)> {
    let identity = behaviour::identify(app.db(), &caller, who.customer).await?;
    let token = IdentityToken {
        token: identity.token,
        expires_at: identity.expires_at,
    };
    Ok((StatusCode::CREATED, Json(token)))
}
