//! Rights in the signature: who calls, and what a handler lets only certain callers do.
//!
//! - [`Caller`]: signed in, by session cookie (with the CSRF header for unsafe methods) or by API key.
//! - [`Can<Update, Order>`]: may do this to this kind of record at all; the store adds rows and fields.
//! - [`On<Read>`]: the same for the resource named in the path.
//! - `Admin`: administrators.

use std::{collections::HashMap, marker::PhantomData, ops::Deref, sync::Arc};

use axum::{
    extract::{FromRequestParts, Path},
    http::{Method, header, request::Parts},
};
use axum_extra::extract::CookieJar;
use basalt_model::{Action, Dictionary, Object, Principal};
use basalt_oltp::auth::AuthError;

use crate::{App, context::RequestContext, problem::Problem};

pub const SESSION_COOKIE: &str = "basalt_session";
pub const CSRF_HEADER: &str = "x-csrf-token";
/// What an API key needs to administer.
const ADMIN_SCOPE: &str = "admin";

/// Whoever is signed in. Derefs to the [`Principal`].
#[derive(Clone)]
pub struct Caller {
    principal: Arc<Principal>,
    pub credential: Credential,
}

#[derive(Clone, Debug)]
pub enum Credential {
    Session {
        id: i64,
        token: String,
        csrf: String,
    },
    ApiKey {
        key: String,
    },
}

impl Caller {
    /// The caller as of now, when the credential is still good: for answers that last, and after changes to oneself.
    pub async fn renewed(&self, app: &App) -> Result<Self, Problem> {
        let principal = match &self.credential {
            Credential::Session { token, .. } => {
                app.auth().principal_by_session(token).await?.principal
            }
            Credential::ApiKey { key } => app.auth().principal_by_api_key(key).await?,
        };
        Ok(Self {
            principal: Arc::new(principal),
            credential: self.credential.clone(),
        })
    }

    /// An API key needs a scope that reads or writes something; which records is asked by [`Can`] and [`On`].
    fn in_scope(&self, parts: &Parts) -> Result<(), Problem> {
        // `sql` is asked for by the handlers that run SQL; it is neither reading nor writing of records.
        if parts.uri.path().ends_with("/sql") {
            return Ok(());
        }
        let verb = if parts.method.is_safe() {
            "read"
        } else {
            "write"
        };
        // `admin` is asked for by the handlers for administrators.
        let reaches =
            |scope: &String| scope == ADMIN_SCOPE || scope.rsplit(':').next() == Some(verb);
        match &self.principal.scopes {
            Some(scopes) if !scopes.iter().any(reaches) => Err(Problem::scope(verb)),
            _ => Ok(()),
        }
    }

    /// Refuses API keys without this scope. Sessions have all scopes.
    pub fn needs_scope(&self, scope: &str) -> Result<(), Problem> {
        match &self.principal.scopes {
            Some(scopes) if !scopes.iter().any(|s| s == scope) => Err(Problem::scope(scope)),
            _ => Ok(()),
        }
    }
}

impl Deref for Caller {
    type Target = Principal;

    fn deref(&self) -> &Principal {
        &self.principal
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        if let Some(known) = parts.extensions.get::<Self>() {
            return Ok(known.clone());
        }
        let caller = match bearer(parts) {
            Some(key) => {
                let principal = app.auth().principal_by_api_key(&key).await?;
                Self {
                    principal: Arc::new(principal),
                    credential: Credential::ApiKey { key },
                }
            }
            None => by_cookie(parts, app).await?,
        };
        if let Some(context) = parts.extensions.get::<RequestContext>() {
            context.caller_speaks(caller.locale);
        }
        caller.in_scope(parts)?;
        parts.extensions.insert(caller.clone());
        Ok(caller)
    }
}

fn bearer(parts: &Parts) -> Option<String> {
    let value = parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| key.trim().to_owned())
}

async fn by_cookie(parts: &Parts, app: &App) -> Result<Caller, Problem> {
    let jar = CookieJar::from_headers(&parts.headers);
    let token = jar
        .get(SESSION_COOKIE)
        .ok_or_else(Problem::unauthenticated)?
        .value()
        .to_owned();
    let session = app.auth().principal_by_session(&token).await?;
    let unsafe_method = !matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS);
    if unsafe_method {
        let told = parts
            .headers
            .get(CSRF_HEADER)
            .and_then(|v| v.to_str().ok())
            .unwrap_or_default();
        if !session.csrf_is(told) {
            return Err(Problem::csrf());
        }
    }
    let credential = Credential::Session {
        id: session.id,
        token,
        csrf: session.csrf,
    };
    Ok(Caller {
        principal: Arc::new(session.principal),
        credential,
    })
}

/// An action as a type, for signatures.
pub trait Verb {
    const ACTION: Action;
}

/// A business object as a type, for signatures.
pub trait Noun {
    const NAME: &'static str;
}

macro_rules! verbs { ($($verb:ident),*) => { $(pub struct $verb; impl Verb for $verb { const ACTION: Action = Action::$verb; })* } }
verbs!(Create, Read, Update, Delete);

macro_rules! nouns { ($($noun:ident = $name:literal),*) => { $(pub struct $noun; impl Noun for $noun { const NAME: &'static str = $name; })* } }
nouns!(
    Order = "order",
    Lead = "lead",
    Customer = "customer",
    Segment = "segment",
    Campaign = "campaign",
    BehaviourType = "behaviour_type",
    BehaviourEvent = "behaviour_event",
    Opportunity = "opportunity",
    Activity = "activity"
);

/// A caller who may do `V` to records of the kind `N`.
pub struct Can<V, N>(pub Caller, PhantomData<(V, N)>);

impl<V: Verb, N: Noun> FromRequestParts<App> for Can<V, N> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, app).await?;
        permit(&caller, N::NAME, V::ACTION)?;
        Ok(Self(caller, PhantomData))
    }
}

impl<V, N> Deref for Can<V, N> {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.0
    }
}

/// A caller who may do `V` to records of the resource in the path.
pub struct On<V> {
    pub caller: Caller,
    dictionary: Arc<Dictionary>,
    object: String,
    verb: PhantomData<V>,
}

impl<V> On<V> {
    /// Name in the dictionary.
    pub fn name(&self) -> &str {
        &self.object
    }

    pub fn object(&self) -> &Object {
        self.dictionary
            .object(&self.object)
            .expect("looked up when the request was taken apart, in the same dictionary")
    }
}

impl<V: Verb> FromRequestParts<App> for On<V> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, app).await?;
        let Path(path) = Path::<HashMap<String, String>>::from_request_parts(parts, app)
            .await
            .map_err(Problem::malformed)?;
        let resource = path.get("resource").ok_or_else(Problem::not_found)?;
        let mut dictionary = app.db().dictionary();
        if dictionary.by_resource(resource).is_none() {
            // Another process may have added it a moment ago.
            app.db().refresh().await?;
            dictionary = app.db().dictionary();
        }
        let object = dictionary
            .by_resource(resource)
            .ok_or_else(Problem::not_found)?
            .name
            .clone();
        permit(&caller, &object, V::ACTION)?;
        Ok(Self {
            caller,
            dictionary,
            object,
            verb: PhantomData,
        })
    }
}

/// A person at a browser, being itself: for what neither an API key nor somebody logged in as
/// another must do, such as making keys.
pub struct Person(pub Caller);

impl FromRequestParts<App> for Person {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, app).await?;
        match caller.credential {
            Credential::Session { .. } if caller.impersonator.is_some() => {
                Err(AuthError::NotAsAnother.into())
            }
            Credential::Session { .. } => Ok(Self(caller)),
            Credential::ApiKey { .. } => Err(Problem::forbidden()),
        }
    }
}

/// Whether the caller may administer.
pub struct Admin(pub Caller);

impl FromRequestParts<App> for Admin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, app).await?;
        if caller.rights.admin {
            caller.needs_scope(ADMIN_SCOPE)?;
            Ok(Self(caller))
        } else {
            Err(Problem::forbidden())
        }
    }
}

fn permit(caller: &Caller, object: &str, action: Action) -> Result<(), Problem> {
    if caller.can(object, action) {
        Ok(())
    } else {
        Err(Problem::forbidden())
    }
}
