//! Signing in: throttled, audited, and silent about what was wrong.

use basalt_model::Principal;
use chrono::{DateTime, Utc};
use sqlx::Row;

use super::{Auth, AuthError, Result, password};

/// Failures in [`WINDOW_MINUTES`] before an address is made to wait: for one login, and for all logins.
const FAILURES_PER_LOGIN_AND_ADDRESS: i64 = 5;
const FAILURES_PER_ADDRESS: i64 = 50;
/// A guesser with many addresses meets this one.
const FAILURES_PER_LOGIN: i64 = 25;
const WINDOW_MINUTES: i32 = 15;

/// Where a request comes from, for audit and throttling.
#[derive(Clone, Debug, Default)]
pub struct Visitor {
    pub ip: String,
    pub user_agent: Option<String>,
}

pub struct SignedIn {
    pub principal: Principal,
    /// The opaque session token, shown once.
    pub token: String,
    pub csrf: String,
    pub expires_at: DateTime<Utc>,
}

impl Auth {
    /// Checks login, password and (when the user has one) second factor, and opens a session.
    ///
    /// Failed attempts are counted before the password is looked at, so that parallel guesses can't slip through.
    pub async fn sign_in(
        &self,
        login: &str,
        password: &str,
        code: Option<&str>,
        visitor: &Visitor,
    ) -> Result<SignedIn> {
        let login = login.trim();
        let attempt = self.record_attempt(login, visitor).await?;
        if let Some(retry_after_seconds) = self.throttle(login, &visitor.ip).await? {
            self.finish_attempt(attempt, None, "throttled").await?;
            return Err(AuthError::Throttled {
                retry_after_seconds,
            });
        }
        let user = sqlx::query(
            "select u.id, u.active and u.deleted_at is null as enabled, s.password_hash
             from crm.app_user u left join sys.user_secret s on s.user_id = u.id
             where u.login = $1",
        )
        .bind(login)
        .fetch_optional(self.pool())
        .await?;
        let user_id: Option<i64> = user.as_ref().map(|row| row.get("id"));
        let stored: Option<String> = user.as_ref().and_then(|row| row.get("password_hash"));
        let enabled = user
            .as_ref()
            .and_then(|row| row.get::<Option<bool>, _>("enabled"))
            .unwrap_or(false);

        let right = password::verify(password.to_owned(), stored).await?;
        let Some(user_id) = user_id.filter(|_| right) else {
            self.finish_attempt(attempt, user_id, "refused").await?;
            return Err(AuthError::WrongCredentials);
        };
        if !enabled {
            self.finish_attempt(attempt, Some(user_id), "disabled")
                .await?;
            return Err(AuthError::Disabled);
        }
        if let Err(error) = self.check_second_factor(user_id, code).await {
            let outcome = match error {
                AuthError::CodeNeeded => "second_factor",
                _ => "refused",
            };
            self.finish_attempt(attempt, Some(user_id), outcome).await?;
            return Err(error);
        }
        let signed_in = self.open_session(user_id, None, visitor).await?;
        self.finish_attempt(attempt, Some(user_id), "ok").await?;
        Ok(signed_in)
    }

    pub(super) async fn record_attempt(&self, login: &str, visitor: &Visitor) -> Result<i64> {
        let row = sqlx::query("insert into sys.sign_in_audit (login, ip, user_agent, outcome) values (left($1, 200), left($2, 64), left($3, 300), 'pending') returning id")
            .bind(login)
            .bind(&visitor.ip)
            .bind(visitor.user_agent.as_deref())
            .fetch_one(self.pool())
            .await?;
        Ok(row.get("id"))
    }

    pub(super) async fn finish_attempt(
        &self,
        attempt: i64,
        user_id: Option<i64>,
        outcome: &str,
    ) -> Result<()> {
        sqlx::query("update sys.sign_in_audit set outcome = $2, user_id = $3 where id = $1")
            .bind(attempt)
            .bind(outcome)
            .bind(user_id)
            .execute(self.pool())
            .await?;
        Ok(())
    }

    /// Seconds to wait, when the failures of the last minutes (the attempt at hand included) are too many.
    /// Waiting attempts don't count, so nobody is locked out by hammering; a success clears a login's own failures.
    async fn throttle(&self, login: &str, ip: &str) -> Result<Option<u64>> {
        let row = sqlx::query(
            "with recent as (
                select login, ip, at from sys.sign_in_audit a
                where at > now() - make_interval(mins => $3)
                  and (login = left($1, 200) or ip = left($2, 64)) and outcome in ('pending', 'refused', 'disabled')
             ), cleared as (
                select max(at) as at from sys.sign_in_audit where login = left($1, 200) and ip = left($2, 64) and outcome in ('ok', 'single_sign_on')
             )
             select count(*) filter (where login = left($1, 200) and ip = left($2, 64) and r.at > coalesce(c.at, '-infinity')) as both,
                    count(*) filter (where login = left($1, 200)) as by_login,
                    count(*) filter (where ip = left($2, 64)) as by_ip,
                    extract(epoch from min(r.at) + make_interval(mins => $3) - now())::float8 as wait
             from recent r cross join cleared c",
        )
        .bind(login)
        .bind(ip)
        .bind(WINDOW_MINUTES)
        .fetch_one(self.pool())
        .await?;
        let over = row.get::<i64, _>("both") > FAILURES_PER_LOGIN_AND_ADDRESS
            || row.get::<i64, _>("by_login") > FAILURES_PER_LOGIN
            || row.get::<i64, _>("by_ip") > FAILURES_PER_ADDRESS;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped to a quarter of an hour"
        )]
        let wait = row
            .get::<Option<f64>, _>("wait")
            .unwrap_or(60.0)
            .clamp(1.0, 900.0) as u64;
        Ok(over.then_some(wait))
    }
}
