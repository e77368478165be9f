//! Sign-in and credentials: passwords, sessions, API keys, SQL tokens, and the principal they stand for.
//!
//! Nothing that could be replayed is stored: passwords are argon2id strings, sessions and API keys are
//! SHA-256 digests of 256 random bits, SQL tokens are SCRAM verifiers. Every credential leads to a
//! [`Principal`](basalt_model::Principal) through [`Auth::principal_of`], which asks for the version of the access
//! rights each time and reads them anew when it has changed, so that a disabled user or a changed profile takes effect
//! on the next request.

mod api_key;
mod error;
mod id_token;
mod log;
mod oidc;
mod password;
mod principal;
mod rules;
pub(crate) mod secret;
mod session;
mod sign_in;
mod sql_token;
mod token;
mod totp;

pub use api_key::NewApiKey;
pub use error::AuthError;
pub use log::SignInEntry;
pub use oidc::{OidcProvider, OidcProviderInput, OidcStart};
pub use principal::Place;
pub use rules::PasswordRules;
pub use session::{SessionInfo, SignedInSession};
pub use sign_in::{SignedIn, Visitor};
pub use sql_token::{SqlCredentials, SqlToken};
pub use token::{AccessToken, TokenKind};
pub use totp::{TotpEnrolment, TotpState, code_at as totp_code_at};

use crate::Db;

pub type Result<T, E = AuthError> = std::result::Result<T, E>;

/// The one place that knows credentials. Cheap to clone.
#[derive(Clone)]
pub struct Auth {
    db: Db,
    known: principal::Known,
}

impl Auth {
    pub fn new(db: Db) -> Self {
        Self {
            db,
            known: principal::Known::default(),
        }
    }

    fn pool(&self) -> &sqlx::PgPool {
        self.db.pool()
    }
}
