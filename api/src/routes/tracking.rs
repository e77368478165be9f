//! What recipients of mails meet: the open pixel, tracked links, unsubscribing. Public; the tokens are the rights.

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, Method, header},
    response::{Html, IntoResponse, Redirect, Response},
};
use basalt_oltp::auth::Visitor;
use basalt_outreach::Hit;
use serde::Deserialize;

use crate::{
    App,
    context::From,
    input::{Params, Path},
    problem::Result,
};

/// One transparent pixel.
const PIXEL: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";

#[derive(Deserialize)]
pub struct Signature {
    s: String,
}

/// `GET /t/o/{token}.gif`: always a pixel, whatever the token.
pub async fn open(
    State(app): State<App>,
    From(visitor): From,
    Path(file): Path<String>,
    method: Method,
    headers: HeaderMap,
) -> Response {
    let token = file.strip_suffix(".gif").unwrap_or(&file);
    if let Ok(analysis) = app.analysis()
        && let Err(error) = analysis
            .outreach
            .open(token, &hit(&visitor, &headers, method.as_str()))
            .await
    {
        tracing::debug!(%error, "open not counted");
    }
    let headers = [
        (header::CONTENT_TYPE, "image/gif"),
        (header::CACHE_CONTROL, "no-store, private"),
    ];
    (headers, PIXEL).into_response()
}

/// `GET /t/c/{token}/{link}?s=…`: counts and leads on, only to addresses that were signed into the mail.
pub async fn click(
    State(app): State<App>,
    From(visitor): From,
    Path((token, link)): Path<(String, usize)>,
    Params(signature): Params<Signature>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response> {
    let target = app
        .analysis()?
        .outreach
        .click(
            &token,
            link,
            &signature.s,
            &hit(&visitor, &headers, method.as_str()),
        )
        .await?;
    let mut response = Redirect::to(target.as_str()).into_response();
    response.headers_mut().insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    response.headers_mut().insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("no-store, private"),
    );
    Ok(response)
}

/// `GET /t/u/{token}`: a page with one button; link scanners that follow it change nothing.
pub async fn unsubscribe_page(
    State(app): State<App>,
    Path(token): Path<String>,
) -> Result<Html<String>> {
    Ok(Html(
        app.analysis()?
            .outreach
            .unsubscribe_page(&token)
            .await?
            .html(),
    ))
}

/// `POST /t/u/{token}`: by the button on the page, or by a mail program (RFC 8058).
pub async fn unsubscribe(
    State(app): State<App>,
    From(visitor): From,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Result<Html<String>> {
    let outreach = &app.analysis()?.outreach;
    outreach
        .unsubscribe(&token, &hit(&visitor, &headers, "POST"))
        .await?;
    Ok(Html(outreach.unsubscribe_page(&token).await?.html()))
}

fn hit(visitor: &Visitor, headers: &HeaderMap, method: &str) -> Hit {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    let purpose = text("sec-purpose")
        .or_else(|| text("purpose"))
        .or_else(|| text("x-purpose"));
    let mut hit = Hit::now(
        visitor.user_agent.clone().unwrap_or_default(),
        visitor.ip.parse().ok(),
    );
    hit.method = method.to_owned();
    hit.purpose = purpose.unwrap_or_default().to_owned();
    hit
}
