//! Sessions of the browser: opaque tokens, stored hashed, listed and revoked by their owner.

use basalt_model::{Principal, Via};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use sqlx::Row;
use subtle::ConstantTimeEq;

use super::{Auth, AuthError, Result, SignedIn, Visitor, secret};

/// A session ends this long after sign-in, used or not.
const LIFETIME: TimeDelta = TimeDelta::hours(24 * 14);
/// Logged in as another one stays this long.
const AS_ANOTHER_LIFETIME: TimeDelta = TimeDelta::hours(1);
/// A session that nobody used for this long is over.
const IDLE: TimeDelta = TimeDelta::hours(24);

/// A live session as a request finds it.
pub struct SignedInSession {
    pub id: i64,
    pub principal: Principal,
    /// What the `X-CSRF-Token` header of unsafe requests must carry.
    pub csrf: String,
}

impl SignedInSession {
    /// Compares in constant time.
    pub fn csrf_is(&self, told: &str) -> bool {
        self.csrf.as_bytes().ct_eq(told.as_bytes()).into()
    }
}

/// A session as its owner sees it in a list.
#[derive(Clone, Debug, Serialize)]
pub struct SessionInfo {
    pub id: i64,
    pub created_at: DateTime<Utc>,
    pub last_seen_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
    /// The administrator who is logged in as the user.
    pub impersonator_id: Option<i64>,
}

impl Auth {
    /// Opens a session of a user, for the administrator `by` when that logs in as the user.
    pub(super) async fn open_session(
        &self,
        user_id: i64,
        by: Option<i64>,
        visitor: &Visitor,
    ) -> Result<SignedIn> {
        let mut principal = self.principal_of(user_id, Via::Ui).await?;
        principal.impersonator = by;
        let token = secret::random_token();
        let lifetime = if by.is_some() {
            AS_ANOTHER_LIFETIME
        } else {
            LIFETIME
        };
        let expires_at = Utc::now() + lifetime;
        sqlx::query("insert into sys.session (token_hash, user_id, expires_at, ip, user_agent, impersonator_id) values ($1, $2, $3, left($4, 64), left($5, 300), $6)")
            .bind(secret::digest(&token).as_slice())
            .bind(user_id)
            .bind(expires_at)
            .bind(&visitor.ip)
            .bind(visitor.user_agent.as_deref())
            .bind(by)
            .execute(self.pool())
            .await?;
        Ok(SignedIn {
            principal,
            csrf: secret::csrf_of(&token),
            token,
            expires_at,
        })
    }

    /// The person behind a session cookie. Expired, idle, revoked sessions and disabled users are [`AuthError::Invalid`].
    pub async fn principal_by_session(&self, token: &str) -> Result<SignedInSession> {
        let row = sqlx::query(
            "select id, user_id, impersonator_id, last_seen_at < now() - interval '1 minute' as stale,
                    (select version from sys.access_state) as rights
             from sys.session
             where token_hash = $1 and revoked_at is null and expires_at > now() and last_seen_at > now() - make_interval(secs => $2)",
        )
        .bind(secret::digest(token).as_slice())
        .bind(IDLE.as_seconds_f64())
        .fetch_optional(self.pool())
        .await?
        .ok_or(AuthError::Invalid)?;
        let id: i64 = row.get("id");
        let mut principal = self
            .principal_at(row.get("user_id"), Via::Ui, row.get("rights"))
            .await
            .map_err(unknown_is_invalid)?;
        if let Some(by) = row.get::<Option<i64>, _>("impersonator_id") {
            // Who no longer administers is no longer another.
            let administrator = self
                .principal_at(by, Via::Ui, row.get("rights"))
                .await
                .map_err(unknown_is_invalid)?;
            if !administrator.is_admin() {
                return Err(AuthError::Invalid);
            }
            principal.impersonator = Some(by);
        }
        if row.get("stale") {
            sqlx::query("update sys.session set last_seen_at = now() where id = $1")
                .bind(id)
                .execute(self.pool())
                .await?;
        }
        Ok(SignedInSession {
            id,
            principal,
            csrf: secret::csrf_of(token),
        })
    }

    /// Ends the session of this token. Unknown tokens are no error: the caller is signed out either way.
    pub async fn sign_out(&self, token: &str) -> Result<()> {
        sqlx::query("update sys.session set revoked_at = now() where token_hash = $1 and revoked_at is null")
            .bind(secret::digest(token).as_slice())
            .execute(self.pool())
            .await?;
        Ok(())
    }

    /// Live sessions of a user, the last used first.
    pub async fn sessions(&self, user_id: i64) -> Result<Vec<SessionInfo>> {
        let rows = sqlx::query(
            "select id, created_at, last_seen_at, expires_at, ip, user_agent, impersonator_id from sys.session
             where user_id = $1 and revoked_at is null and expires_at > now() order by last_seen_at desc limit 200",
        )
        .bind(user_id)
        .fetch_all(self.pool())
        .await?;
        let info = |row: &sqlx::postgres::PgRow| SessionInfo {
            id: row.get("id"),
            created_at: row.get("created_at"),
            last_seen_at: row.get("last_seen_at"),
            expires_at: row.get("expires_at"),
            ip: row.get("ip"),
            user_agent: row.get("user_agent"),
            impersonator_id: row.get("impersonator_id"),
        };
        Ok(rows.iter().map(info).collect())
    }

    pub async fn revoke_session(&self, user_id: i64, session_id: i64) -> Result<()> {
        let done = sqlx::query("update sys.session set revoked_at = now() where id = $1 and user_id = $2 and revoked_at is null")
            .bind(session_id)
            .bind(user_id)
            .execute(self.pool())
            .await?;
        if done.rows_affected() == 0 {
            Err(AuthError::NoSuchToken)
        } else {
            Ok(())
        }
    }

    /// Ends every session of a user; returns how many there were.
    pub async fn revoke_sessions(&self, user_id: i64) -> Result<u64> {
        let done = sqlx::query(
            "update sys.session set revoked_at = now() where user_id = $1 and revoked_at is null",
        )
        .bind(user_id)
        .execute(self.pool())
        .await?;
        Ok(done.rows_affected())
    }

    /// The language of the principal's screens, mails and messages.
    pub async fn set_locale(
        &self,
        principal: &Principal,
        locale: basalt_model::Locale,
    ) -> Result<()> {
        let mut tx = self.db.begin(principal).await?;
        sqlx::query("update crm.app_user set locale = $2 where id = $1")
            .bind(principal.user_id)
            .bind(locale.tag())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }
}

/// To a bearer of a credential, a user who is gone or disabled looks like a credential that is.
pub(super) fn unknown_is_invalid(error: AuthError) -> AuthError {
    match error {
        AuthError::NoSuchUser | AuthError::Disabled => AuthError::Invalid,
        other => other,
    }
}
