//! Single sign-on by OpenID Connect: authorisation code with PKCE.
//!
//! The browser that begins is the one that ends: a cookie is bound to the attempt. The ID token's
//! signature is verified by the provider's published keys, besides issuer, audience, time and nonce.

use basalt_model::{Label, Principal};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sqlx::Row;
use url::Url;

use super::{
    Auth, AuthError, Result, SignedIn, Visitor,
    id_token::{self, Claims, Keys},
    secret,
};
use crate::outbound::{Outbound, Outgoing};

/// Minutes a user may take at the provider.
const PATIENCE_MINUTES: i32 = 10;

/// A provider as people choose it.
#[derive(Debug, Clone, Serialize)]
pub struct OidcProvider {
    pub name: String,
    pub label: Label,
    pub issuer: String,
    pub client_id: String,
    pub scopes: String,
    pub login_claim: String,
    pub active: bool,
}

/// A provider to be made or changed.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OidcProviderInput {
    pub label: Label,
    /// Its address: `/.well-known/openid-configuration` is found below it.
    pub issuer: String,
    pub client_id: String,
    /// Absent: stays as it is. A client without secret is public, with PKCE alone.
    #[serde(default)]
    pub client_secret: Option<String>,
    #[serde(default = "usual_scopes")]
    pub scopes: String,
    /// `preferred_username` or `email` (verified): the login of a user that signs in the first time.
    #[serde(default = "usual_claim")]
    pub login_claim: String,
    #[serde(default = "yes")]
    pub active: bool,
}

fn usual_scopes() -> String {
    "openid profile email".to_owned()
}

fn usual_claim() -> String {
    "preferred_username".to_owned()
}

fn yes() -> bool {
    true
}

/// Where the browser goes, and the secret it keeps meanwhile.
pub struct OidcStart {
    pub location: Url,
    pub browser: String,
}

#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    authorization_endpoint: Url,
    token_endpoint: Url,
    jwks_uri: Url,
}

#[derive(Deserialize)]
struct TokenAnswer {
    id_token: String,
}

impl Auth {
    /// All providers, by name; without their secrets.
    pub async fn oidc_providers(&self, active_only: bool) -> Result<Vec<OidcProvider>> {
        let rows =
            sqlx::query("select * from sys.oidc_provider where active or not $1 order by name")
                .bind(active_only)
                .fetch_all(self.pool())
                .await?;
        let provider = |row: &sqlx::postgres::PgRow| OidcProvider {
            name: row.get("name"),
            label: Label {
                en: row.get("label_en"),
                zh: row.get("label_zh"),
            },
            issuer: row.get("issuer"),
            client_id: row.get("client_id"),
            scopes: row.get("scopes"),
            login_claim: row.get("login_claim"),
            active: row.get("active"),
        };
        Ok(rows.iter().map(provider).collect())
    }

    /// Makes or changes the provider of this name.
    pub async fn save_oidc_provider(
        &self,
        by: &Principal,
        name: &str,
        input: OidcProviderInput,
    ) -> Result<()> {
        let refuse = |field, detail: &str| {
            Err(AuthError::InvalidInput {
                field,
                detail: detail.to_owned(),
            })
        };
        let plain = (1..=40).contains(&name.len())
            && name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_');
        if !plain {
            return refuse("name", "1 … 40 of a-z, 0-9, - and _");
        }
        let issuer = Url::parse(&input.issuer);
        if !issuer
            .is_ok_and(|url| matches!(url.scheme(), "https" | "http") && url.query().is_none())
        {
            return refuse(
                "issuer",
                "an address without query, as the provider names itself",
            );
        }
        if input.client_id.trim().is_empty() {
            return refuse("client_id", "as registered with the provider");
        }
        if !input.scopes.split(' ').any(|scope| scope == "openid") {
            return refuse("scopes", "openid is among them");
        }
        if !matches!(input.login_claim.as_str(), "preferred_username" | "email") {
            return refuse("login_claim", "preferred_username or email");
        }
        let mut tx = self.db.begin(by).await?;
        sqlx::query(
            "insert into sys.oidc_provider (name, label_en, label_zh, issuer, client_id, client_secret, scopes, login_claim, active)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             on conflict (name) do update set label_en = excluded.label_en, label_zh = excluded.label_zh, issuer = excluded.issuer,
                client_id = excluded.client_id, client_secret = coalesce(excluded.client_secret, oidc_provider.client_secret),
                scopes = excluded.scopes, login_claim = excluded.login_claim, active = excluded.active",
        )
        .bind(name)
        .bind(&input.label.en)
        .bind(&input.label.zh)
        .bind(input.issuer.trim_end_matches('/'))
        .bind(input.client_id.trim())
        .bind(&input.client_secret)
        .bind(&input.scopes)
        .bind(&input.login_claim)
        .bind(input.active)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Removes a provider; who came in by it needs another way.
    pub async fn remove_oidc_provider(&self, by: &Principal, name: &str) -> Result<()> {
        let mut tx = self.db.begin(by).await?;
        let gone = sqlx::query("delete from sys.oidc_provider where name = $1")
            .bind(name)
            .execute(&mut *tx)
            .await?;
        if gone.rows_affected() == 0 {
            return Err(AuthError::NoSuchToken);
        }
        tx.commit().await?;
        Ok(())
    }

    /// Begins a sign-in at a provider. `return_to` is a path of our own.
    pub async fn begin_oidc(
        &self,
        provider: &str,
        callback: &Url,
        return_to: &str,
    ) -> Result<OidcStart> {
        let found = self.provider(provider).await?;
        let discovery = self.discover(&found.issuer).await?;
        let (state, nonce) = (secret::random_token(), secret::random_token());
        let (verifier, browser) = (secret::random_token(), secret::random_token());
        sqlx::query("delete from sys.oidc_attempt where expires_at < now()")
            .execute(self.pool())
            .await?;
        sqlx::query(
            "insert into sys.oidc_attempt (state_hash, provider, browser_hash, nonce, verifier, return_to, expires_at)
             values ($1, $2, $3, $4, $5, $6, now() + make_interval(mins => $7))",
        )
        .bind(secret::digest(&state).as_slice())
        .bind(provider)
        .bind(secret::digest(&browser).as_slice())
        .bind(&nonce)
        .bind(&verifier)
        .bind(own_path(return_to))
        .bind(PATIENCE_MINUTES)
        .execute(self.pool())
        .await?;
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
        let mut location = discovery.authorization_endpoint;
        location
            .query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &found.client_id)
            .append_pair("redirect_uri", callback.as_str())
            .append_pair("scope", &found.scopes)
            .append_pair("state", &state)
            .append_pair("nonce", &nonce)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        Ok(OidcStart { location, browser })
    }

    /// Ends a sign-in: the session, and the path to go on to. An attempt is good for one try.
    pub async fn finish_oidc(
        &self,
        provider: &str,
        callback: &Url,
        (state, code): (&str, &str),
        browser: &str,
        visitor: &Visitor,
    ) -> Result<(SignedIn, String)> {
        let row = sqlx::query(
            "delete from sys.oidc_attempt where state_hash = $1 and provider = $2 and browser_hash = $3 and expires_at > now()
             returning nonce, verifier, return_to",
        )
        .bind(secret::digest(state).as_slice())
        .bind(provider)
        .bind(secret::digest(browser).as_slice())
        .fetch_optional(self.pool())
        .await?
        .ok_or_else(|| failed("the attempt is unknown, over, or of another browser"))?;
        let found = self.provider(provider).await?;
        let discovery = self.discover(&found.issuer).await?;
        let token = self
            .exchange(&found, &discovery, callback, code, row.get("verifier"))
            .await?;
        let keys: Keys = self.fetch(&discovery.jwks_uri).await?;
        let claims = id_token::verified(&token, &keys)?;
        id_token::check(
            &claims,
            &discovery.issuer,
            &found.client_id,
            row.get("nonce"),
        )?;
        let user_id = self.user_of(provider, &found.login_claim, &claims).await?;
        let login = self.require_enabled(user_id).await?;
        let attempt = self.record_attempt(&login, visitor).await?;
        let signed_in = self.open_session(user_id, None, visitor).await?;
        self.finish_attempt(attempt, Some(user_id), "single_sign_on")
            .await?;
        Ok((signed_in, row.get("return_to")))
    }

    async fn provider(&self, name: &str) -> Result<Found> {
        let row = sqlx::query("select * from sys.oidc_provider where name = $1 and active")
            .bind(name)
            .fetch_optional(self.pool())
            .await?
            .ok_or(AuthError::NoSuchToken)?;
        Ok(Found {
            issuer: row.get("issuer"),
            client_id: row.get("client_id"),
            client_secret: row.get("client_secret"),
            scopes: row.get("scopes"),
            login_claim: row.get("login_claim"),
        })
    }

    async fn discover(&self, issuer: &str) -> Result<Discovery> {
        let url = format!("{issuer}/.well-known/openid-configuration");
        let url = Url::parse(&url).map_err(|error| failed(error.to_string()))?;
        let discovery: Discovery = self.fetch(&url).await?;
        if discovery.issuer.trim_end_matches('/') == issuer {
            Ok(discovery)
        } else {
            Err(failed("the provider names another issuer"))
        }
    }

    async fn fetch<T: serde::de::DeserializeOwned>(&self, url: &Url) -> Result<T> {
        let request = Outgoing {
            method: Method::GET,
            url: url.clone(),
            headers: HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("application/json"))]),
            body: Vec::new(),
        };
        let answer = Outbound::new(self.db.clone())
            .send(request)
            .await
            .map_err(|error| failed(error.to_string()))?;
        if answer.status != StatusCode::OK {
            return Err(failed(format!("{url} answers {}", answer.status)));
        }
        serde_json::from_slice(&answer.body).map_err(|error| failed(error.to_string()))
    }

    async fn exchange(
        &self,
        found: &Found,
        discovery: &Discovery,
        callback: &Url,
        code: &str,
        verifier: &str,
    ) -> Result<String> {
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", callback.as_str()),
            ("code_verifier", verifier),
        ];
        let mut headers = HeaderMap::new();
        match &found.client_secret {
            Some(key) => {
                let encode = |text: &str| -> String {
                    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
                };
                let pair = format!("{}:{}", encode(&found.client_id), encode(key));
                let basic = format!(
                    "Basic {}",
                    base64::engine::general_purpose::STANDARD.encode(pair)
                );
                let basic =
                    HeaderValue::from_str(&basic).map_err(|error| failed(error.to_string()))?;
                headers.insert(AUTHORIZATION, basic);
            }
            None => form.push(("client_id", &found.client_id)),
        }
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/x-www-form-urlencoded"),
        );
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let request = Outgoing {
            method: Method::POST,
            url: discovery.token_endpoint.clone(),
            headers,
            body: body.into_bytes(),
        };
        let answer = Outbound::new(self.db.clone())
            .send(request)
            .await
            .map_err(|error| failed(error.to_string()))?;
        if answer.status != StatusCode::OK {
            return Err(failed(format!("the code is refused: {}", answer.status)));
        }
        let answer: TokenAnswer =
            serde_json::from_slice(&answer.body).map_err(|error| failed(error.to_string()))?;
        Ok(answer.id_token)
    }

    /// The user that a subject is linked with; the first time, the one whose login the claim names.
    async fn user_of(&self, provider: &str, claim: &str, claims: &Claims) -> Result<i64> {
        let linked: Option<i64> = sqlx::query_scalar(
            "select user_id from sys.user_identity where provider = $1 and subject = $2",
        )
        .bind(provider)
        .bind(&claims.sub)
        .fetch_optional(self.pool())
        .await?;
        if let Some(user_id) = linked {
            return Ok(user_id);
        }
        let (login, column) = match claim {
            "email" if claims.email_verified == Some(true) => (claims.email.as_ref(), "email"),
            "email" => (None, "email"),
            _ => (claims.preferred_username.as_ref(), "login"),
        };
        let login = login.ok_or_else(|| failed("the provider does not say who it is"))?;
        let statement = if column == "email" {
            "select id from crm.app_user where lower(email) = lower($1) and active and deleted_at is null limit 2"
        } else {
            "select id from crm.app_user where login = $1 and active and deleted_at is null limit 2"
        };
        let users: Vec<i64> = sqlx::query_scalar(statement)
            .bind(login)
            .fetch_all(self.pool())
            .await?;
        let [user_id] = users[..] else {
            return Err(failed("no user, or more than one, has this name"));
        };
        sqlx::query("insert into sys.user_identity (provider, subject, user_id) values ($1, $2, $3) on conflict do nothing")
            .bind(provider)
            .bind(&claims.sub)
            .bind(user_id)
            .execute(self.pool())
            .await?;
        Ok(user_id)
    }
}

struct Found {
    issuer: String,
    client_id: String,
    client_secret: Option<String>,
    scopes: String,
    login_claim: String,
}

pub(super) fn failed(why: impl Into<String>) -> AuthError {
    AuthError::SingleSignOn(why.into())
}

/// A path of our own, or the start page: nobody is sent on to elsewhere.
fn own_path(path: &str) -> &str {
    let own = path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains(['\\', '\r', '\n', '\t'])
        && path.len() <= 2000;
    if own { path } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_elsewhere() {
        for path in [
            "//evil.example",
            "https://evil.example",
            "/\\evil",
            "",
            "/a\r\nb",
        ] {
            assert_eq!(own_path(path), "/", "{path}");
        }
        assert_eq!(own_path("/customers?x=1"), "/customers?x=1");
    }
}
