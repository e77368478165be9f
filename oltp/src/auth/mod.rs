//! Sign-in and credentials: passwords, sessions, API keys, SQL tokens, and the principal they stand for.
//!
//! Nothing that could be replayed is stored: passwords are argon2id strings, sessions and API keys are
//! SHA-256 digests of 256 random bits, SQL tokens are SCRAM verifiers. Every credential leads to a
//! [`Principal`] through [`Auth::principal_of`], which reads the user, the department tree and the profile
//! anew, so that a disabled user or a changed profile takes effect on the next request.

mod api_key;
mod error;
mod password;
mod principal;
mod secret;
mod session;
mod sign_in;
mod sql_token;
mod token;

pub use api_key::NewApiKey;
pub use error::AuthError;
pub use principal::Place;
pub use session::{SessionInfo, SignedInSession};
pub use sign_in::{SignedIn, Visitor};
pub use sql_token::{SqlCredentials, SqlToken};
pub use token::{AccessToken, TokenKind};

use crate::Db;

pub type Result<T, E = AuthError> = std::result::Result<T, E>;

/// The one place that knows credentials. Cheap to clone.
#[derive(Clone)]
pub struct Auth {
    db: Db,
}

impl Auth {
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    fn pool(&self) -> &sqlx::PgPool {
        self.db.pool()
    }
}
