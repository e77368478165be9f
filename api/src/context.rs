//! The context of one request: trace id, language and time limit; the last place where an answer is shaped.

use std::{
    net::{IpAddr, SocketAddr},
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use axum::{
    extract::{ConnectInfo, FromRequestParts, MatchedPath, Request},
    http::{HeaderMap, HeaderValue, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use basalt_model::Locale;
use basalt_oltp::auth::Visitor;
use tracing::Instrument;

use crate::{App, problem::Problem};

/// No handler works longer; streams may go on after their head is sent.
const LONGEST_REQUEST: Duration = Duration::from_secs(60);
pub const TRACE_ID: &str = "x-trace-id";

#[derive(Clone)]
pub struct RequestContext {
    pub trace_id: Arc<str>,
    accepted: Locale,
    /// Set when the caller is known: their language wins over the browser's.
    callers: Arc<OnceLock<Locale>>,
}

impl RequestContext {
    pub fn locale(&self) -> Locale {
        self.callers.get().copied().unwrap_or(self.accepted)
    }

    pub fn caller_speaks(&self, locale: Locale) {
        // The first credential of a request decides; a second set is the same caller.
        let _ = self.callers.set(locale);
    }
}

/// Outermost middleware: gives each request a trace id, limits its time, says problems in the caller's language, logs one line.
pub async fn carry(mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let context = RequestContext {
        trace_id: uuid::Uuid::now_v7().simple().to_string().into(),
        accepted: accepted_locale(request.headers()),
        callers: Arc::default(),
    };
    request.extensions_mut().insert(context.clone());
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("-", MatchedPath::as_str)
        .to_owned();
    let span = tracing::info_span!("request", trace_id = %context.trace_id, %method, route);

    let answer = tokio::time::timeout(LONGEST_REQUEST, next.run(request))
        .instrument(span.clone())
        .await;
    let mut response = answer.unwrap_or_else(|_| Problem::timeout().into_response());
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        let mut said = problem.response(context.locale(), &context.trace_id);
        // Cookies and the like that were set on the way stay.
        for (name, value) in response.headers() {
            if !said.headers().contains_key(name) && name != header::CONTENT_LENGTH {
                said.headers_mut().append(name, value.clone());
            }
        }
        response = said;
    }
    if let Ok(value) = HeaderValue::from_str(&context.trace_id) {
        response.headers_mut().insert(TRACE_ID, value);
    }
    span.in_scope(|| {
        let (status, duration_ms) = (response.status().as_u16(), began.elapsed().as_millis());
        if status >= 500 {
            tracing::warn!(status, duration_ms, "answered with a failure");
        } else {
            tracing::debug!(status, duration_ms, "answered");
        }
    });
    response
}

/// The first language of `Accept-Language` that we speak.
fn accepted_locale(headers: &HeaderMap) -> Locale {
    let wanted = headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default();
    for tag in wanted.split(',') {
        let language = tag.split([';', '-', '_']).next().unwrap_or_default().trim();
        match language {
            "zh" => return Locale::Zh,
            "en" => return Locale::En,
            _ => {}
        }
    }
    Locale::En
}

/// Address and browser of whoever sent the request. Behind a proxy (`BASALT_TRUST_PROXY`) the proxy's word counts.
pub struct From(pub Visitor);

impl FromRequestParts<App> for From {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let peer = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map(|ConnectInfo(peer)| peer.ip());
        let forwarded = parts
            .headers
            .get("x-forwarded-for")
            .and_then(|v| v.to_str().ok());
        let told = forwarded
            .filter(|_| app.config().trust_proxy)
            .and_then(|list| list.rsplit(',').next())
            .and_then(|ip| ip.trim().parse::<IpAddr>().ok());
        let ip = told
            .or(peer)
            .map_or_else(|| "unknown".to_owned(), |ip| ip.to_canonical().to_string());
        let user_agent = parts
            .headers
            .get(header::USER_AGENT)
            .and_then(|v| v.to_str().ok())
            .map(str::to_owned);
        Ok(Self(Visitor { ip, user_agent }))
    }
}

/// The context inside a handler.
impl FromRequestParts<App> for RequestContext {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| {
            Problem::internal("request context is missing: the router lacks context::carry")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locale(header: &'static str) -> Locale {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static(header));
        accepted_locale(&headers)
    }

    #[test]
    fn the_first_language_we_speak_is_taken() {
        assert_eq!(locale("zh-CN,zh;q=0.9,en;q=0.8"), Locale::Zh);
        assert_eq!(locale("de-DE, en;q=0.5, zh;q=0.4"), Locale::En);
        assert_eq!(locale("fr"), Locale::En);
    }
}
