//! Headers that make browsers careful with our answers.

use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};

/// Scripts and data only from ourselves; styles may be inline because the component library injects them.
const APP_POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; \
    connect-src 'self'; worker-src 'self' blob:; frame-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'";
/// For documents that others wrote (caught mails, rendered reports): no script, no way out, no origin of ours.
pub const FOREIGN_POLICY: &str = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:; form-action 'none'; frame-ancestors 'self'; sandbox";

const PERMISSIONS: HeaderName = HeaderName::from_static("permissions-policy");
const OPENER: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const RESOURCE: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Adds the headers that the handler did not set itself.
pub async fn headers(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let private = path.starts_with("/api/") || path.starts_with("/mailbox");
    // Pictures in mails and the snippet of websites are fetched from other origins.
    let shared = path.starts_with("/t/") || path.starts_with("/collect");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut default = |name: HeaderName, value: &'static str| {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    };
    default(header::CONTENT_SECURITY_POLICY, APP_POLICY);
    default(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    default(header::X_FRAME_OPTIONS, "SAMEORIGIN");
    default(header::REFERRER_POLICY, "same-origin");
    default(
        PERMISSIONS,
        "camera=(), microphone=(), geolocation=(), payment=()",
    );
    default(OPENER, "same-origin");
    default(
        RESOURCE,
        if shared {
            "cross-origin"
        } else {
            "same-origin"
        },
    );
    if private {
        default(header::CACHE_CONTROL, "no-store");
    }
    response
}
