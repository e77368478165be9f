//! What pages of websites meet: the snippet, and the door for what it sends. Public; the key names
//! the site, and the browser's `Origin` must be one of its own.

use std::time::Instant;

use axum::{
    Extension, Json,
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use basalt_oltp::behaviour::{self, Door, Site};
use serde::Deserialize;
use serde_json::Value;

use super::{EventReceipt, Throttle};
use crate::{
    App,
    context::{From, RequestContext},
    input::Path,
    problem::{Problem, Result, Text},
};

/// What the snippet sends. As plain text, so that browsers ask no permission first.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent {
    events: Vec<Value>,
    /// A browser that shows whose it is.
    identity: Option<Shown>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shown {
    visitor: String,
    token: String,
}

/// `GET /collect.js`
pub async fn snippet() -> impl IntoResponse {
    (
        [
            (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
            (header::CACHE_CONTROL, "public, max-age=3600"),
        ],
        include_str!("snippet.js"),
    )
}

/// `POST /collect/{site}`
pub async fn take(
    State(app): State<App>,
    From(visitor): From,
    Extension(throttle): Extension<Throttle>,
    context: RequestContext,
    Path(key): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response> {
    let site = behaviour::site(app.db().pool(), &key)
        .await?
        .ok_or_else(Problem::not_found)?;
    let origin = origin_of(&site, &headers)?;
    // Readable for the page from here on, refusals included.
    let answer = match events(&app, &throttle, &visitor.ip, &context, &body).await {
        Ok(receipt) => (StatusCode::OK, Json(receipt)).into_response(),
        Err(problem) => problem.into_response(),
    };
    Ok(open_to(origin, answer))
}

/// `OPTIONS /collect/{site}`
pub async fn ask(
    State(app): State<App>,
    Path(key): Path<String>,
    headers: HeaderMap,
) -> Result<Response> {
    let site = behaviour::site(app.db().pool(), &key)
        .await?
        .ok_or_else(Problem::not_found)?;
    let mut answer = open_to(
        origin_of(&site, &headers)?,
        StatusCode::NO_CONTENT.into_response(),
    );
    let headers = answer.headers_mut();
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("POST"),
    );
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static("content-type"),
    );
    headers.insert(
        header::ACCESS_CONTROL_MAX_AGE,
        HeaderValue::from_static("86400"),
    );
    Ok(answer)
}

async fn events(
    app: &App,
    throttle: &Throttle,
    ip: &str,
    context: &RequestContext,
    body: &[u8],
) -> Result<EventReceipt> {
    let sent: Sent = serde_json::from_slice(body).map_err(Problem::malformed)?;
    let amount = u32::try_from(sent.events.len()).unwrap_or(u32::MAX).max(1);
    throttle.take(ip, amount, Instant::now()).map_err(|wait| {
        let text = Text::new(
            "Too many events from this address; send them later.",
            "来自此地址的事件过多，请稍后再发送。",
        );
        Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_events", text)
            .retry_after(wait.as_secs() + 1)
    })?;
    if let Some(shown) = sent.identity {
        behaviour::show(app.db(), &shown.visitor, &shown.token).await?;
    }
    let receipt = behaviour::collect(app.db(), Door::Site, sent.events).await?;
    Ok(EventReceipt::of(receipt, context))
}

/// The origin of the page, when it is one of the site's.
fn origin_of(site: &Site, headers: &HeaderMap) -> Result<HeaderValue> {
    let origin = headers.get(header::ORIGIN);
    origin
        .filter(|origin| {
            site.origins
                .iter()
                .any(|own| own.as_bytes() == origin.as_bytes())
        })
        .cloned()
        .ok_or_else(|| {
            let text = Text::new(
                format!(
                    "Pages of this address are not among the origins of {}.",
                    site.name
                ),
                format!("此页面地址不属于站点“{}”的来源。", site.name),
            );
            Problem::new(StatusCode::FORBIDDEN, "origin", text)
        })
}

fn open_to(origin: HeaderValue, mut answer: Response) -> Response {
    let headers = answer.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(header::VARY, HeaderValue::from_static("Origin"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}
