//! `Idempotency-Key` on POST: the same key and request act once, and later copies get the first answer again.
//!
//! The key is claimed before the handler runs. A copy that arrives meanwhile, or after the server died in between, is
//! told that the outcome is open instead of being run a second time. Answers that carry secrets are never kept.

use axum::{
    body::{Body, to_bytes},
    extract::{FromRequestParts, Request, State},
    http::{HeaderName, HeaderValue, Method, StatusCode},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sqlx::{Row, types::Json};

use crate::{
    App,
    caller::Caller,
    input::too_large,
    problem::{Problem, Result, Text},
    router::LARGEST_BODY,
};

const KEY: &str = "idempotency-key";
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
const KEPT_HEADERS: [&str; 4] = ["content-type", "etag", "location", "basalt-lsn"];
const LARGEST_ANSWER: usize = 1 << 20;
/// Their answers show a secret once; it must not lie in a table.
const NEVER_KEPT: [&str; 2] = ["/api/v1/session", "/api/v1/access_tokens"];

pub async fn once(State(app): State<App>, request: Request, next: Next) -> Response {
    let key = request.headers().get(KEY).cloned();
    match key {
        Some(key)
            if request.method() == Method::POST && !NEVER_KEPT.contains(&request.uri().path()) =>
        {
            run_once(&app, &key, request, next)
                .await
                .unwrap_or_else(IntoResponse::into_response)
        }
        _ => next.run(request).await,
    }
}

async fn run_once(app: &App, key: &HeaderValue, request: Request, next: Next) -> Result<Response> {
    let key = key
        .to_str()
        .ok()
        .filter(|k| (1..=200).contains(&k.len()))
        .ok_or_else(|| {
            Problem::malformed("Idempotency-Key must be 1 … 200 visible ASCII characters")
        })?;
    let (mut parts, body) = request.into_parts();
    let user_id = Caller::from_request_parts(&mut parts, app).await?.user_id;
    let body = to_bytes(body, LARGEST_BODY)
        .await
        .map_err(|_| too_large())?;
    let fingerprint = Sha256::new()
        .chain_update(parts.method.as_str())
        .chain_update([0])
        .chain_update(parts.uri.to_string())
        .chain_update([0])
        .chain_update(&body)
        .finalize();

    if !claim(app, user_id, key, &fingerprint).await? {
        return earlier_answer(app, user_id, key, &fingerprint).await;
    }
    let response = next.run(Request::from_parts(parts, Body::from(body))).await;
    keep(app, user_id, key, response).await
}

async fn claim(app: &App, user_id: i64, key: &str, fingerprint: &[u8]) -> Result<bool> {
    let pool = app.db().pool();
    sqlx::query("delete from sys.idempotency_key where created_at < now() - interval '1 day' and user_id = $1").bind(user_id).execute(pool).await.map_err(Problem::internal)?;
    let done = sqlx::query("insert into sys.idempotency_key (user_id, key, fingerprint) values ($1, $2, $3) on conflict do nothing")
        .bind(user_id)
        .bind(key)
        .bind(fingerprint)
        .execute(pool)
        .await
        .map_err(Problem::internal)?;
    Ok(done.rows_affected() == 1)
}

async fn earlier_answer(
    app: &App,
    user_id: i64,
    key: &str,
    fingerprint: &[u8],
) -> Result<Response> {
    let row = sqlx::query("select fingerprint, status, headers, body from sys.idempotency_key where user_id = $1 and key = $2")
        .bind(user_id)
        .bind(key)
        .fetch_optional(app.db().pool())
        .await
        .map_err(Problem::internal)?
        .ok_or_else(still_open)?;
    if row.get::<&[u8], _>("fingerprint") != fingerprint {
        let text = Text::new(
            "This Idempotency-Key was used for a different request.",
            "该 Idempotency-Key 已用于另一个请求。",
        );
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "idempotency_key_reused",
            text,
        ));
    }
    let status = row.get::<Option<i32>, _>("status").ok_or_else(still_open)?;
    let status = u16::try_from(status)
        .ok()
        .and_then(|s| StatusCode::from_u16(s).ok())
        .ok_or_else(|| Problem::internal("kept status is not a status"))?;
    let mut response = Response::new(Body::from(
        row.get::<Option<Vec<u8>>, _>("body").unwrap_or_default(),
    ));
    *response.status_mut() = status;
    if let Some(Json(Value::Object(headers))) = row.get::<Option<Json<Value>>, _>("headers") {
        for name in KEPT_HEADERS {
            let value = headers
                .get(name)
                .and_then(Value::as_str)
                .and_then(|v| HeaderValue::from_str(v).ok());
            if let Some(value) = value {
                response
                    .headers_mut()
                    .insert(HeaderName::from_static(name), value);
            }
        }
    }
    response
        .headers_mut()
        .insert(REPLAYED, HeaderValue::from_static("true"));
    Ok(response)
}

/// Keeps what was done; forgets the key after a refusal, which another try may pass. After a failure of ours the
/// outcome is not known, so the key stays claimed.
async fn keep(app: &App, user_id: i64, key: &str, response: Response) -> Result<Response> {
    let status = response.status();
    if status.is_client_error() || status == StatusCode::SERVICE_UNAVAILABLE {
        forget(app, user_id, key).await?;
    }
    if !status.is_success() {
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, LARGEST_ANSWER)
        .await
        .map_err(Problem::internal)?;
    let headers: serde_json::Map<String, Value> = KEPT_HEADERS
        .iter()
        .filter_map(|name| {
            Some((
                (*name).to_owned(),
                json!(parts.headers.get(*name)?.to_str().ok()?),
            ))
        })
        .collect();
    sqlx::query("update sys.idempotency_key set status = $3, headers = $4, body = $5 where user_id = $1 and key = $2")
        .bind(user_id)
        .bind(key)
        .bind(i32::from(parts.status.as_u16()))
        .bind(Json(headers))
        .bind(body.as_ref())
        .execute(app.db().pool())
        .await
        .map_err(Problem::internal)?;
    Ok(Response::from_parts(parts, Body::from(body)))
}

async fn forget(app: &App, user_id: i64, key: &str) -> Result<()> {
    sqlx::query(
        "delete from sys.idempotency_key where user_id = $1 and key = $2 and status is null",
    )
    .bind(user_id)
    .bind(key)
    .execute(app.db().pool())
    .await
    .map_err(Problem::internal)?;
    Ok(())
}

fn still_open() -> Problem {
    let text = Text::new(
        "The first request with this Idempotency-Key has not finished, or was cut off: look at the record before sending a new one.",
        "使用该 Idempotency-Key 的首个请求尚未完成或被中断:请先查看记录,再发送新请求。",
    );
    Problem::new(StatusCode::CONFLICT, "idempotency_open", text).retry_after(2)
}
