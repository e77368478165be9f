//! Signing in and out, and what the signed-in person may know about themselves.

use axum::{Json, http::StatusCode};
use axum_extra::extract::{
    CookieJar,
    cookie::{Cookie, SameSite},
};
use basalt_model::{Locale, Principal};
use basalt_oltp::auth::SessionInfo;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::{
    App,
    caller::{Caller, Credential, Person, SESSION_COOKIE},
    context::{From, RequestContext},
    input::{Body, Path},
    problem::{Problem, Result, Text},
};
use axum::extract::State;

#[derive(Deserialize, ToSchema)]
pub struct SignIn {
    login: String,
    #[schema(format = Password)]
    password: String,
    /// Of the authenticator, or a recovery code; asked for by `code_needed`.
    #[serde(default)]
    code: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct SignedIn {
    pub(super) user: SessionUser,
    /// Send as `X-CSRF-Token` with every POST, PATCH, PUT and DELETE.
    pub(super) csrf: String,
}

#[derive(Serialize, ToSchema)]
pub struct SessionUser {
    id: i64,
    login: String,
    name: String,
    locale: Language,
    profile: Option<String>,
    department: Option<SessionDepartment>,
}

#[derive(Serialize, ToSchema)]
pub struct SessionDepartment {
    id: i64,
    name: String,
}

#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    En,
    Zh,
}

#[derive(Serialize, ToSchema)]
pub struct SessionState {
    user: SessionUser,
    /// Function rights an object: create, read, update, delete, import, export, rows, hidden, readonly.
    #[schema(value_type = Object)]
    rights: Value,
    csrf: String,
    /// The administrator who is logged in as this user.
    impersonator_id: Option<i64>,
}

#[derive(Deserialize, ToSchema)]
pub struct SessionPatch {
    locale: Language,
}

#[derive(Deserialize, ToSchema)]
pub struct PasswordChange {
    #[schema(format = Password)]
    current: String,
    #[schema(format = Password)]
    new: String,
}

#[derive(Serialize, ToSchema)]
pub struct Sessions {
    pub(super) items: Vec<OpenSession>,
}

#[derive(Serialize, ToSchema)]
pub struct OpenSession {
    id: i64,
    created_at: DateTime<Utc>,
    last_seen_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    ip: Option<String>,
    user_agent: Option<String>,
    /// The administrator who is logged in as the user.
    impersonator_id: Option<i64>,
    /// The session of this very request.
    current: bool,
}

/// Sign in
///
/// Sets the cookie `basalt_session`. A user with a second factor is answered `code_needed` (401) without a code.
/// Too many failures answer 429 with `Retry-After`.
#[utoipa::path(post, path = "/api/v1/session", tag = "session", request_body = SignIn, responses((status = 200, body = SignedIn)), security(()))]
pub async fn sign_in(
    State(app): State<App>,
    From(visitor): From,
    context: RequestContext,
    jar: CookieJar,
    Body(input): Body<SignIn>,
) -> Result<(CookieJar, Json<SignedIn>)> {
    let signed_in = app
        .auth()
        .sign_in(
            &input.login,
            &input.password,
            input.code.as_deref(),
            &visitor,
        )
        .await?;
    context.caller_speaks(signed_in.principal.locale);
    let user = session_user(&app, &signed_in.principal).await?;
    let jar = jar.add(session_cookie(&app, signed_in.token));
    Ok((
        jar,
        Json(SignedIn {
            user,
            csrf: signed_in.csrf,
        }),
    ))
}

/// Who is signed in, with rights and CSRF token
#[utoipa::path(get, path = "/api/v1/session", operation_id = "session", tag = "session", responses((status = 200, body = SessionState)))]
pub async fn show(State(app): State<App>, caller: Caller) -> Result<Json<SessionState>> {
    let csrf = match &caller.credential {
        Credential::Session { csrf, .. } => csrf.clone(),
        Credential::ApiKey { .. } => String::new(),
    };
    let rights = json!(*caller.rights);
    Ok(Json(SessionState {
        user: session_user(&app, &caller).await?,
        rights,
        csrf,
        impersonator_id: caller.impersonator,
    }))
}

/// Change the own language
#[utoipa::path(patch, path = "/api/v1/session", operation_id = "patch_session", tag = "session", request_body = SessionPatch, responses((status = 200, body = SessionState)))]
pub async fn change(
    State(app): State<App>,
    caller: Caller,
    Body(patch): Body<SessionPatch>,
) -> Result<Json<SessionState>> {
    app.auth().set_locale(&caller, patch.locale.into()).await?;
    let caller = caller.renewed(&app).await?;
    show(State(app), caller).await
}

/// Sign out
#[utoipa::path(delete, path = "/api/v1/session", tag = "session", responses((status = 204)))]
pub async fn sign_out(
    State(app): State<App>,
    caller: Caller,
    jar: CookieJar,
) -> Result<(CookieJar, StatusCode)> {
    match &caller.credential {
        Credential::Session { token, .. } => app.auth().sign_out(token).await?,
        Credential::ApiKey { .. } => return Err(Problem::forbidden()),
    }
    Ok((
        jar.remove(Cookie::build(SESSION_COOKIE).path("/")),
        StatusCode::NO_CONTENT,
    ))
}

/// Change the own password
///
/// Ends all sessions of the user, this one included.
#[utoipa::path(put, path = "/api/v1/session/password", tag = "session", request_body = PasswordChange, responses((status = 204)))]
pub async fn change_password(
    State(app): State<App>,
    Person(caller): Person,
    Body(input): Body<PasswordChange>,
) -> Result<StatusCode> {
    if !app
        .auth()
        .password_is(caller.user_id, &input.current)
        .await?
    {
        return Err(Problem::invalid(
            "current",
            Text::new("The current password is not right.", "当前密码不正确。"),
        ));
    }
    app.auth().set_password(caller.user_id, &input.new).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Own open sessions
#[utoipa::path(get, path = "/api/v1/sessions", operation_id = "sessions", tag = "session", responses((status = 200, body = Sessions)))]
pub async fn list(State(app): State<App>, Person(caller): Person) -> Result<Json<Sessions>> {
    let own = match caller.credential {
        Credential::Session { id, .. } => Some(id),
        Credential::ApiKey { .. } => None,
    };
    let items = app
        .auth()
        .sessions(caller.user_id)
        .await?
        .into_iter()
        .map(|info| open_session(info, own))
        .collect();
    Ok(Json(Sessions { items }))
}

/// End one of the own sessions
#[utoipa::path(delete, path = "/api/v1/sessions/{id}", operation_id = "end_session", tag = "session", params(("id" = i64, Path)), responses((status = 204)))]
pub async fn revoke(
    State(app): State<App>,
    Person(caller): Person,
    Path(id): Path<i64>,
) -> Result<StatusCode> {
    app.auth().revoke_session(caller.user_id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) fn session_cookie(app: &App, token: String) -> Cookie<'static> {
    Cookie::build((SESSION_COOKIE, token))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(app.public_url().scheme() == "https")
        .build()
}

pub(super) async fn session_user(app: &App, principal: &Principal) -> Result<SessionUser> {
    let place = app.auth().place_of(principal.user_id).await?;
    Ok(SessionUser {
        id: principal.user_id,
        login: principal.login.clone(),
        name: principal.name.clone(),
        locale: principal.locale.into(),
        profile: place.profile,
        department: place
            .department
            .map(|(id, name)| SessionDepartment { id, name }),
    })
}

pub(super) fn open_session(info: SessionInfo, own: Option<i64>) -> OpenSession {
    let SessionInfo {
        id,
        created_at,
        last_seen_at,
        expires_at,
        ip,
        user_agent,
        impersonator_id,
    } = info;
    OpenSession {
        id,
        created_at,
        last_seen_at,
        expires_at,
        ip,
        user_agent,
        impersonator_id,
        current: own == Some(id),
    }
}

impl std::convert::From<Language> for Locale {
    fn from(language: Language) -> Self {
        match language {
            Language::En => Self::En,
            Language::Zh => Self::Zh,
        }
    }
}

impl std::convert::From<Locale> for Language {
    fn from(locale: Locale) -> Self {
        match locale {
            Locale::En => Self::En,
            Locale::Zh => Self::Zh,
        }
    }
}
