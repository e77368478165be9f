//! API keys and SQL tokens of the signed-in person.

use axum::{Json, extract::State, http::StatusCode};
use basalt_oltp::auth::{self, TokenKind};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    App,
    caller::Person,
    input::{Body, Path},
    problem::Result,
};

#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TokenKind)]
pub enum Kind {
    /// For this API, as `Authorization: Bearer …`.
    Api,
    /// For the SQL door.
    Sql,
}

#[derive(Serialize, ToSchema)]
pub struct AccessTokens {
    pub(super) items: Vec<AccessToken>,
}

#[derive(Serialize, ToSchema)]
pub struct AccessToken {
    id: i64,
    kind: Kind,
    name: String,
    /// First characters of an API key.
    hint: Option<String>,
    /// User name of an SQL token.
    username: Option<String>,
    scopes: Vec<String>,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    last_used_at: Option<DateTime<Utc>>,
}

#[derive(Deserialize, ToSchema)]
pub struct NewAccessToken {
    kind: Kind,
    name: String,
    /// Until it expires, at most 366.
    #[serde(default = "quarter")]
    #[schema(default = 90, minimum = 1, maximum = 366)]
    days: u32,
    /// `read`, `write`, `sql`, `admin`, `<object>:read`, `<object>:write`. Without: the first three.
    #[serde(default)]
    scopes: Vec<String>,
}

#[derive(Serialize, ToSchema)]
pub struct AccessTokenSecret {
    id: i64,
    kind: Kind,
    /// The API key. Shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    /// User name for the SQL door.
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    /// Password for the SQL door. Shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<String>,
    /// `host:port` of the SQL door.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    expires_at: DateTime<Utc>,
}

/// Own access tokens
#[utoipa::path(get, path = "/api/v1/access_tokens", operation_id = "access_tokens", tag = "access tokens", responses((status = 200, body = AccessTokens)))]
pub async fn list(State(app): State<App>, Person(caller): Person) -> Result<Json<AccessTokens>> {
    let items = app
        .auth()
        .access_tokens(caller.user_id)
        .await?
        .into_iter()
        .map(token)
        .collect();
    Ok(Json(AccessTokens { items }))
}

/// Make an API key or an SQL token
///
/// The secret is in this answer and nowhere else.
#[utoipa::path(post, path = "/api/v1/access_tokens", operation_id = "create_access_token", tag = "access tokens", request_body = NewAccessToken, responses((status = 201, body = AccessTokenSecret)))]
pub async fn create(
    State(app): State<App>,
    Person(caller): Person,
    Body(input): Body<NewAccessToken>,
) -> Result<(StatusCode, Json<AccessTokenSecret>)> {
    let secret = match input.kind {
        Kind::Api => {
            let made = app
                .auth()
                .create_api_key(caller.user_id, &input.name, input.days, &input.scopes)
                .await?;
            AccessTokenSecret {
                id: made.id,
                kind: Kind::Api,
                key: Some(made.key),
                username: None,
                password: None,
                address: None,
                expires_at: made.expires_at,
            }
        }
        Kind::Sql => {
            let made = app
                .auth()
                .create_sql_token(caller.user_id, &input.name, input.days)
                .await?;
            let address = app.config().sql.to_string();
            AccessTokenSecret {
                id: made.id,
                kind: Kind::Sql,
                key: None,
                username: Some(made.username),
                password: Some(made.password),
                address: Some(address),
                expires_at: made.expires_at,
            }
        }
    };
    Ok((StatusCode::CREATED, Json(secret)))
}

/// Revoke one of the own access tokens
#[utoipa::path(delete, path = "/api/v1/access_tokens/{id}", operation_id = "revoke_access_token", tag = "access tokens", params(("id" = i64, Path)), responses((status = 204)))]
pub async fn revoke(
    State(app): State<App>,
    Person(caller): Person,
    Path(id): Path<i64>,
) -> Result<StatusCode> {
    app.auth().revoke(caller.user_id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) fn token(token: auth::AccessToken) -> AccessToken {
    let auth::AccessToken {
        id,
        kind,
        name,
        hint,
        username,
        scopes,
        created_at,
        expires_at,
        last_used_at,
    } = token;
    let kind = match kind {
        TokenKind::Api => Kind::Api,
        TokenKind::Sql => Kind::Sql,
    };
    AccessToken {
        id,
        kind,
        name,
        hint,
        username,
        scopes,
        created_at,
        expires_at,
        last_used_at,
    }
}

fn quarter() -> u32 {
    90
}
