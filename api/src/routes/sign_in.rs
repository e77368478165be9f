//! Second factor, single sign-on, sign-in records, "log in as"; and the administrators' settings of all that.

use axum::{Json, extract::State, http::StatusCode, response::Redirect};
use axum_extra::extract::{
    CookieJar,
    cookie::{Cookie, SameSite},
};
use basalt_oltp::{
    auth::{OidcProvider, OidcProviderInput, PasswordRules, SignInEntry},
    outbound::Allowed,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::ToSchema;

use super::{
    session::{Sessions, SignedIn, open_session, session_cookie, session_user},
    tokens::{AccessTokens, token},
};
use crate::{
    App,
    caller::{Admin, Person},
    context::From,
    input::{Body, Params, Path},
    problem::{Problem, Result, Text},
};

/// Kept by the browser while it is at a sign-on provider.
const OIDC_COOKIE: &str = "basalt_sign_on";

#[derive(Serialize, ToSchema)]
pub struct TotpState {
    active: bool,
    recovery_codes_left: i64,
}

#[derive(Serialize, ToSchema)]
pub struct TotpEnrolment {
    /// Base 32, for typing. Shown this once.
    secret: String,
    /// `otpauth://…`, for a QR code.
    uri: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TotpCode {
    code: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordAgain {
    #[schema(format = Password)]
    password: String,
}

#[derive(Serialize, ToSchema)]
pub struct RecoveryCodes {
    /// Each works once in place of a code. Shown this once.
    recovery_codes: Vec<String>,
}

#[derive(Serialize, ToSchema)]
pub struct SignIns {
    #[schema(value_type = Vec<SignInRecord>)]
    items: Vec<SignInEntry>,
}

/// An attempt to sign in.
#[derive(Serialize, ToSchema)]
pub struct SignInRecord {
    id: i64,
    at: DateTime<Utc>,
    login: String,
    user_id: Option<i64>,
    /// Who logged in as the user.
    by_user_id: Option<i64>,
    ip: String,
    user_agent: Option<String>,
    /// `ok`, `refused`, `disabled`, `throttled`, `second_factor`, `single_sign_on`, `log_in_as`, `pending`
    outcome: String,
    note: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct SignOnProviders {
    items: Vec<SignOnProvider>,
}

/// A way to sign in elsewhere.
#[derive(Serialize, ToSchema)]
pub struct SignOnProvider {
    name: String,
    label_en: String,
    label_zh: String,
    /// Where the browser goes to begin.
    href: String,
}

#[derive(Serialize, ToSchema)]
pub struct OidcProviders {
    #[schema(value_type = Vec<OidcProviderEntry>)]
    items: Vec<OidcProvider>,
}

#[derive(Serialize, ToSchema)]
pub struct OidcProviderEntry {
    name: String,
    label: OidcLabel,
    issuer: String,
    client_id: String,
    scopes: String,
    login_claim: String,
    active: bool,
}

#[derive(Serialize, ToSchema)]
pub struct OidcLabel {
    en: String,
    zh: String,
}

#[derive(Serialize, ToSchema)]
pub struct OidcProviderWanted {
    label: OidcLabel,
    /// `/.well-known/openid-configuration` is found below it.
    issuer: String,
    client_id: String,
    /// Absent: stays as it is.
    client_secret: Option<String>,
    scopes: Option<String>,
    /// `preferred_username` or `email` (verified).
    login_claim: Option<String>,
    active: Option<bool>,
}

#[derive(Serialize, ToSchema)]
pub struct PasswordRuleSet {
    min_length: i32,
    /// How many of small letters, capitals, digits and others there must be.
    kinds: i32,
    /// That many former passwords can't be used again.
    remembered: i32,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AsAnother {
    /// Kept in the record of sign-ins.
    reason: String,
}

#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OutboundAllowed {
    /// `hooks.intra`, `hooks.intra:8080`, `10.1.0.0/16`, `10.1.2.3`, `127.0.0.1:9000`
    entries: Vec<String>,
}

#[derive(Deserialize)]
pub struct Before {
    /// Id of the last entry of the page before.
    before: Option<i64>,
    user_id: Option<i64>,
}

#[derive(Deserialize)]
pub struct ReturnTo {
    /// Path to go on to after signing in.
    return_to: Option<String>,
}

/// What the provider sends back.
#[derive(Deserialize)]
pub struct CallbackParams {
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
}

/// How one's second factor stands
#[utoipa::path(get, path = "/api/v1/session/totp", operation_id = "totp_state", tag = "session", responses((status = 200, body = TotpState)))]
pub async fn totp_state(State(app): State<App>, Person(caller): Person) -> Result<Json<TotpState>> {
    let state = app.auth().totp_state(caller.user_id).await?;
    Ok(Json(TotpState {
        active: state.active,
        recovery_codes_left: state.recovery_codes_left,
    }))
}

/// Begin a second factor
///
/// It counts once a code was confirmed.
#[utoipa::path(post, path = "/api/v1/session/totp", operation_id = "enrol_totp", tag = "session", responses((status = 201, body = TotpEnrolment)))]
pub async fn enrol_totp(
    State(app): State<App>,
    Person(caller): Person,
) -> Result<(StatusCode, Json<TotpEnrolment>)> {
    let made = app.auth().enrol_totp(caller.user_id).await?;
    Ok((
        StatusCode::CREATED,
        Json(TotpEnrolment {
            secret: made.secret,
            uri: made.uri,
        }),
    ))
}

/// Switch the second factor on
#[utoipa::path(post, path = "/api/v1/session/totp/confirm", operation_id = "confirm_totp", tag = "session", request_body = TotpCode, responses((status = 200, body = RecoveryCodes)))]
pub async fn confirm_totp(
    State(app): State<App>,
    Person(caller): Person,
    Body(input): Body<TotpCode>,
) -> Result<Json<RecoveryCodes>> {
    let recovery_codes = app.auth().confirm_totp(caller.user_id, &input.code).await?;
    Ok(Json(RecoveryCodes { recovery_codes }))
}

/// Switch the second factor off
#[utoipa::path(delete, path = "/api/v1/session/totp", operation_id = "remove_totp", tag = "session", request_body = PasswordAgain, responses((status = 204)))]
pub async fn remove_totp(
    State(app): State<App>,
    Person(caller): Person,
    Body(input): Body<PasswordAgain>,
) -> Result<StatusCode> {
    if !app
        .auth()
        .password_is(caller.user_id, &input.password)
        .await?
    {
        return Err(Problem::invalid(
            "password",
            Text::new("The password is not right.", "密码不正确。"),
        ));
    }
    app.auth().remove_totp(caller.user_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// One's own sign-ins, the youngest first
#[utoipa::path(get, path = "/api/v1/session/sign_ins", operation_id = "own_sign_ins", tag = "session", responses((status = 200, body = SignIns)))]
pub async fn own_sign_ins(State(app): State<App>, Person(caller): Person) -> Result<Json<SignIns>> {
    let items = app.auth().sign_ins(Some(caller.user_id), None).await?;
    Ok(Json(SignIns { items }))
}

/// What a password must be like
#[utoipa::path(get, path = "/api/v1/session/password_rules", operation_id = "password_rules", tag = "session", responses((status = 200, body = PasswordRuleSet)), security(()))]
pub async fn password_rules(State(app): State<App>) -> Result<Json<PasswordRules>> {
    Ok(Json(app.auth().password_rules().await?))
}

/// Ways to sign in elsewhere
#[utoipa::path(get, path = "/api/v1/session/providers", operation_id = "sign_on_providers", tag = "session", responses((status = 200, body = SignOnProviders)), security(()))]
pub async fn providers(State(app): State<App>) -> Result<Json<SignOnProviders>> {
    let items = app
        .auth()
        .oidc_providers(true)
        .await?
        .into_iter()
        .map(|provider| SignOnProvider {
            href: format!("/api/v1/session/oidc/{}", provider.name),
            name: provider.name,
            label_en: provider.label.en,
            label_zh: provider.label.zh,
        })
        .collect();
    Ok(Json(SignOnProviders { items }))
}

/// Begin to sign in at a provider
///
/// Sends the browser there.
#[utoipa::path(get, path = "/api/v1/session/oidc/{provider}", operation_id = "begin_oidc", tag = "session", params(("provider" = String, Path), ("return_to" = Option<String>, Query, description = "Path to go on to after signing in.")), responses((status = 303, description = "To the provider")), security(()))]
pub async fn begin_oidc(
    State(app): State<App>,
    Path(provider): Path<String>,
    Params(params): Params<ReturnTo>,
    jar: CookieJar,
) -> Result<(CookieJar, Redirect)> {
    let callback = callback(&app, &provider)?;
    let return_to = params.return_to.as_deref().unwrap_or("/");
    let start = app
        .auth()
        .begin_oidc(&provider, &callback, return_to)
        .await?;
    let cookie = Cookie::build((OIDC_COOKIE, start.browser))
        .path("/api/v1/session/oidc")
        .http_only(true)
        // The way back is a navigation from another site.
        .same_site(SameSite::Lax)
        .secure(app.public_url().scheme() == "https");
    Ok((jar.add(cookie), Redirect::to(start.location.as_str())))
}

/// End of a sign-in at a provider
///
/// Sets the session cookie and sends the browser on.
#[utoipa::path(get, path = "/api/v1/session/oidc/{provider}/callback", operation_id = "finish_oidc", tag = "session", params(("provider" = String, Path), ("state" = Option<String>, Query), ("code" = Option<String>, Query), ("error" = Option<String>, Query)), responses((status = 303, description = "Signed in")), security(()))]
pub async fn finish_oidc(
    State(app): State<App>,
    From(visitor): From,
    Path(provider): Path<String>,
    Params(params): Params<CallbackParams>,
    jar: CookieJar,
) -> Result<(CookieJar, Redirect)> {
    let refused = |why: &str| basalt_oltp::auth::AuthError::SingleSignOn(why.to_owned());
    if let Some(error) = &params.error {
        return Err(refused(&format!("the provider says {error:?}")).into());
    }
    let (Some(state), Some(code)) = (&params.state, &params.code) else {
        return Err(refused("state or code is missing").into());
    };
    let browser = jar
        .get(OIDC_COOKIE)
        .ok_or_else(|| refused("the browser did not begin this sign-in"))?
        .value()
        .to_owned();
    let callback = callback(&app, &provider)?;
    let (signed_in, return_to) = app
        .auth()
        .finish_oidc(&provider, &callback, (state, code), &browser, &visitor)
        .await?;
    let jar = jar
        .remove(Cookie::build(OIDC_COOKIE).path("/api/v1/session/oidc"))
        .add(session_cookie(&app, signed_in.token));
    Ok((jar, Redirect::to(&return_to)))
}

fn callback(app: &App, provider: &str) -> Result<Url> {
    app.public_url()
        .join(&format!("/api/v1/session/oidc/{provider}/callback"))
        .map_err(Problem::malformed)
}

/// Log in as another user
///
/// The session becomes that user's for an hour; every change names both. Recorded with the reason.
#[utoipa::path(post, path = "/api/v1/access/users/{id}/log_in_as", operation_id = "log_in_as", tag = "access", params(("id" = i64, Path)), request_body = AsAnother, responses((status = 200, body = SignedIn)))]
pub async fn log_in_as(
    State(app): State<App>,
    Admin(admin): Admin,
    _person: Person,
    From(visitor): From,
    jar: CookieJar,
    Path(id): Path<i64>,
    Body(input): Body<AsAnother>,
) -> Result<(CookieJar, Json<SignedIn>)> {
    let signed_in = app
        .auth()
        .log_in_as(&admin, id, &input.reason, &visitor)
        .await?;
    let user = session_user(&app, &signed_in.principal).await?;
    let jar = jar.add(session_cookie(&app, signed_in.token));
    let csrf = signed_in.csrf;
    Ok((jar, Json(SignedIn { user, csrf })))
}

/// Sign-ins of everybody, the youngest first
#[utoipa::path(get, path = "/api/v1/access/sign_ins", operation_id = "list_sign_ins", tag = "access", params(("before" = Option<i64>, Query, description = "Id of the last entry of the page before."), ("user_id" = Option<i64>, Query)), responses((status = 200, body = SignIns)))]
pub async fn sign_ins(
    State(app): State<App>,
    _: Admin,
    Params(params): Params<Before>,
) -> Result<Json<SignIns>> {
    let items = app.auth().sign_ins(params.user_id, params.before).await?;
    Ok(Json(SignIns { items }))
}

/// Open sessions of a user
#[utoipa::path(get, path = "/api/v1/access/users/{id}/sessions", operation_id = "user_sessions", tag = "access", params(("id" = i64, Path)), responses((status = 200, body = Sessions)))]
pub async fn user_sessions(
    State(app): State<App>,
    _: Admin,
    Path(id): Path<i64>,
) -> Result<Json<Sessions>> {
    let items = app
        .auth()
        .sessions(id)
        .await?
        .into_iter()
        .map(|info| open_session(info, None))
        .collect();
    Ok(Json(Sessions { items }))
}

/// End all sessions of a user
#[utoipa::path(delete, path = "/api/v1/access/users/{id}/sessions", operation_id = "end_user_sessions", tag = "access", params(("id" = i64, Path)), responses((status = 204)))]
pub async fn end_user_sessions(
    State(app): State<App>,
    _: Admin,
    Path(id): Path<i64>,
) -> Result<StatusCode> {
    app.auth().revoke_sessions(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Access tokens of a user
#[utoipa::path(get, path = "/api/v1/access/users/{id}/tokens", operation_id = "user_tokens", tag = "access", params(("id" = i64, Path)), responses((status = 200, body = AccessTokens)))]
pub async fn user_tokens(
    State(app): State<App>,
    _: Admin,
    Path(id): Path<i64>,
) -> Result<Json<AccessTokens>> {
    let items = app
        .auth()
        .access_tokens(id)
        .await?
        .into_iter()
        .map(token)
        .collect();
    Ok(Json(AccessTokens { items }))
}

/// Revoke an access token of a user
#[utoipa::path(delete, path = "/api/v1/access/users/{id}/tokens/{token}", operation_id = "revoke_user_token", tag = "access", params(("id" = i64, Path), ("token" = i64, Path)), responses((status = 204)))]
pub async fn revoke_user_token(
    State(app): State<App>,
    _: Admin,
    Path((id, token)): Path<(i64, i64)>,
) -> Result<StatusCode> {
    app.auth().revoke(id, token).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Switch the second factor of a user off, who lost it
#[utoipa::path(delete, path = "/api/v1/access/users/{id}/totp", operation_id = "reset_totp", tag = "access", params(("id" = i64, Path)), responses((status = 204)))]
pub async fn reset_totp(
    State(app): State<App>,
    _: Admin,
    Path(id): Path<i64>,
) -> Result<StatusCode> {
    app.auth().remove_totp(id).await?;
    app.auth().revoke_sessions(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Set what a password must be like
#[utoipa::path(put, path = "/api/v1/access/password_rules", operation_id = "set_password_rules", tag = "access", request_body = PasswordRuleSet, responses((status = 204)))]
pub async fn set_password_rules(
    State(app): State<App>,
    Admin(caller): Admin,
    Body(rules): Body<PasswordRules>,
) -> Result<StatusCode> {
    app.auth().set_password_rules(&caller, rules).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Single sign-on providers
#[utoipa::path(get, path = "/api/v1/access/oidc_providers", operation_id = "list_oidc_providers", tag = "access", responses((status = 200, body = OidcProviders)))]
pub async fn all_providers(State(app): State<App>, _: Admin) -> Result<Json<OidcProviders>> {
    let items = app.auth().oidc_providers(false).await?;
    Ok(Json(OidcProviders { items }))
}

/// Make or change a single sign-on provider
#[utoipa::path(put, path = "/api/v1/access/oidc_providers/{name}", operation_id = "save_oidc_provider", tag = "access", params(("name" = String, Path)), request_body = OidcProviderWanted, responses((status = 204)))]
pub async fn save_provider(
    State(app): State<App>,
    Admin(caller): Admin,
    Path(name): Path<String>,
    Body(input): Body<OidcProviderInput>,
) -> Result<StatusCode> {
    app.auth().save_oidc_provider(&caller, &name, input).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Remove a single sign-on provider
#[utoipa::path(delete, path = "/api/v1/access/oidc_providers/{name}", operation_id = "remove_oidc_provider", tag = "access", params(("name" = String, Path)), responses((status = 204)))]
pub async fn remove_provider(
    State(app): State<App>,
    Admin(caller): Admin,
    Path(name): Path<String>,
) -> Result<StatusCode> {
    app.auth().remove_oidc_provider(&caller, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Private addresses that outgoing requests may reach
#[utoipa::path(get, path = "/api/v1/access/outbound_allowed", operation_id = "outbound_allowed", tag = "access", responses((status = 200, body = OutboundAllowed)))]
pub async fn outbound_allowed(State(app): State<App>, _: Admin) -> Result<Json<OutboundAllowed>> {
    let entries = basalt_oltp::outbound::allowed(app.db()).await?;
    Ok(Json(OutboundAllowed { entries }))
}

/// Set the private addresses that outgoing requests may reach
#[utoipa::path(put, path = "/api/v1/access/outbound_allowed", operation_id = "set_outbound_allowed", tag = "access", request_body = OutboundAllowed, responses((status = 204)))]
pub async fn set_outbound_allowed(
    State(app): State<App>,
    Admin(caller): Admin,
    Body(input): Body<OutboundAllowed>,
) -> Result<StatusCode> {
    for entry in &input.entries {
        entry.parse::<Allowed>().map_err(|error| {
            Problem::invalid(
                "entries",
                Text::new(error.clone(), format!("地址无效：{error}")),
            )
        })?;
    }
    basalt_oltp::outbound::set_allowed(app.db(), &caller, &input.entries).await?;
    Ok(StatusCode::NO_CONTENT)
}
