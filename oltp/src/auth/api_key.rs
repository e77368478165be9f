//! API keys: `bsk_…`, stored hashed, limited by scopes and by their owner's rights.

use basalt_model::{Principal, PrincipalKind, Via};
use chrono::{DateTime, Utc};
use sqlx::Row;

use super::{Auth, AuthError, Result, secret, session::unknown_is_invalid, token::checked_terms};

const PREFIX: &str = "bsk_";
/// `read` and `write` records, run `sql`, administer; `<object>:read` and `<object>:write` for one kind of record.
const SCOPES: [&str; 4] = ["read", "write", "sql", "admin"];
/// What a key has that doesn't say: all but administration, which is always asked for by name.
const USUAL_SCOPES: [&str; 3] = ["read", "write", "sql"];

/// A new key; `key` is shown this once.
pub struct NewApiKey {
    pub id: i64,
    pub key: String,
    pub scopes: Vec<String>,
    pub expires_at: DateTime<Utc>,
}

impl Auth {
    /// A key that acts as this user within `scopes` (when empty: all but `admin`).
    pub async fn create_api_key(
        &self,
        user_id: i64,
        name: &str,
        days: u32,
        scopes: &[String],
    ) -> Result<NewApiKey> {
        self.require_enabled(user_id).await?;
        let (name, expires_at) = checked_terms(name, days)?;
        if let Some(unknown) = scopes.iter().find(|scope| !self.is_scope(scope)) {
            return Err(AuthError::InvalidInput {
                field: "scopes",
                detail: format!(
                    "{unknown:?} is none of {}, <object>:read, <object>:write",
                    SCOPES.join(", ")
                ),
            });
        }
        let scopes = if scopes.is_empty() {
            USUAL_SCOPES.map(str::to_owned).to_vec()
        } else {
            scopes.to_vec()
        };
        let key = format!("{PREFIX}{}", secret::random_token());
        let row = sqlx::query(
            "insert into sys.access_token (kind, user_id, name, expires_at, scopes, hint, secret_hash)
             values ('api', $1, $2, $3, $4, $5, $6) returning id",
        )
        .bind(user_id)
        .bind(name)
        .bind(expires_at)
        .bind(&scopes)
        .bind(&key[..PREFIX.len() + 4])
        .bind(secret::digest(&key).as_slice())
        .fetch_one(self.pool())
        .await?;
        Ok(NewApiKey {
            id: row.get("id"),
            key,
            scopes,
            expires_at,
        })
    }

    fn is_scope(&self, scope: &str) -> bool {
        match scope.split_once(':') {
            Some((object, verb)) => {
                matches!(verb, "read" | "write") && self.db.dictionary().object(object).is_some()
            }
            None => SCOPES.contains(&scope),
        }
    }

    /// The user behind an API key, narrowed to the key's scopes.
    pub async fn principal_by_api_key(&self, key: &str) -> Result<Principal> {
        if !key.starts_with(PREFIX) {
            return Err(AuthError::Invalid);
        }
        let row = sqlx::query(
            "select id, user_id, scopes, coalesce(last_used_at < now() - interval '1 minute', true) as stale,
                    (select version from sys.access_state) as rights
             from sys.access_token
             where secret_hash = $1 and kind = 'api' and revoked_at is null and expires_at > now()",
        )
        .bind(secret::digest(key).as_slice())
        .fetch_optional(self.pool())
        .await?
        .ok_or(AuthError::Invalid)?;
        let mut principal = self
            .principal_at(row.get("user_id"), Via::Api, row.get("rights"))
            .await
            .map_err(unknown_is_invalid)?;
        principal.kind = PrincipalKind::ApiKey;
        principal.scopes = Some(row.get("scopes"));
        if row.get("stale") {
            sqlx::query("update sys.access_token set last_used_at = now() where id = $1")
                .bind(row.get::<i64, _>("id"))
                .execute(self.pool())
                .await?;
        }
        Ok(principal)
    }
}
