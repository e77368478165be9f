//! What handlers take in, parsed at the edge: JSON bodies, query parameters, ids and versions, with refusals as problems.

use axum::{
    extract::{FromRequest, FromRequestParts, Request, rejection::JsonRejection},
    http::{HeaderMap, StatusCode, header, request::Parts},
};
use serde::de::DeserializeOwned;

use crate::{
    App,
    problem::{Problem, Text},
};

/// A JSON body.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        match axum::Json::<T>::from_request(request, app).await {
            Ok(axum::Json(value)) => Ok(Self(value)),
            Err(JsonRejection::MissingJsonContentType(_)) => {
                let text = Text::new(
                    "Send the body with Content-Type: application/json.",
                    "请以 Content-Type: application/json 发送请求体。",
                );
                Err(Problem::new(
                    StatusCode::UNSUPPORTED_MEDIA_TYPE,
                    "json_expected",
                    text,
                ))
            }
            Err(JsonRejection::JsonDataError(e)) => Err(Problem::malformed(e.body_text())),
            Err(JsonRejection::JsonSyntaxError(e)) => Err(Problem::malformed(e.body_text())),
            Err(e) if e.status() == StatusCode::PAYLOAD_TOO_LARGE => Err(too_large()),
            Err(e) => Err(Problem::malformed(e.body_text())),
        }
    }
}

/// Query parameters.
pub struct Params<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<App> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let axum::extract::Query(value) = axum::extract::Query::from_request_parts(parts, app)
            .await
            .map_err(|e| Problem::malformed(e.body_text()))?;
        Ok(Self(value))
    }
}

/// Path parameters; a path that doesn't parse leads nowhere.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let axum::extract::Path(value) = axum::extract::Path::from_request_parts(parts, app)
            .await
            .map_err(|_| Problem::not_found())?;
        Ok(Self(value))
    }
}

/// The version named by `If-Match: "3"`. `None` without the header or with `*`.
pub struct IfMatch(pub Option<i32>);

impl FromRequestParts<App> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        version(&parts.headers).map(Self)
    }
}

pub fn too_large() -> Problem {
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "too_large",
        Text::new("The request body is too large.", "请求体过大。"),
    )
}

fn version(headers: &HeaderMap) -> Result<Option<i32>, Problem> {
    let Some(value) = headers.get(header::IF_MATCH) else {
        return Ok(None);
    };
    let wrong = || Problem::malformed("If-Match must be a version such as \"3\"").at("If-Match");
    let value = value.to_str().map_err(|_| wrong())?.trim();
    if value == "*" {
        return Ok(None);
    }
    let quoted = value.strip_prefix("W/").unwrap_or(value);
    let digits = quoted
        .strip_prefix('"')
        .and_then(|q| q.strip_suffix('"'))
        .ok_or_else(wrong)?;
    digits.parse().map(Some).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &'static str) -> Result<Option<i32>, Problem> {
        version(&HeaderMap::from_iter([(
            header::IF_MATCH,
            value.parse().unwrap(),
        )]))
    }

    #[test]
    fn if_match_reads_quoted_versions() {
        assert_eq!(read("\"3\"").unwrap(), Some(3));
        assert_eq!(read("W/\"12\"").unwrap(), Some(12));
        assert_eq!(read("*").unwrap(), None);
        assert!(read("3").is_err());
        assert!(read("\"x\"").is_err());
    }
}
