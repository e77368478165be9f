//! The record of sign-ins, and "log in as".

use basalt_model::Principal;
use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::Row;

use super::{Auth, AuthError, Result, SignedIn, Visitor};

/// An attempt to sign in.
#[derive(Debug, Clone, Serialize)]
pub struct SignInEntry {
    pub id: i64,
    pub at: DateTime<Utc>,
    pub login: String,
    pub user_id: Option<i64>,
    /// Who logged in as the user.
    pub by_user_id: Option<i64>,
    pub ip: String,
    pub user_agent: Option<String>,
    pub outcome: String,
    pub note: Option<String>,
}

impl Auth {
    /// Sign-ins, the youngest first, at most 200: of one user, or of all; before an entry.
    pub async fn sign_ins(
        &self,
        user_id: Option<i64>,
        before: Option<i64>,
    ) -> Result<Vec<SignInEntry>> {
        let rows = sqlx::query(
            "select * from sys.sign_in_audit
             where ($1::bigint is null or user_id = $1) and ($2::bigint is null or id < $2)
             order by id desc limit 200",
        )
        .bind(user_id)
        .bind(before)
        .fetch_all(self.pool())
        .await?;
        let entry = |row: &sqlx::postgres::PgRow| SignInEntry {
            id: row.get("id"),
            at: row.get("at"),
            login: row.get("login"),
            user_id: row.get("user_id"),
            by_user_id: row.get("by_user_id"),
            ip: row.get("ip"),
            user_agent: row.get("user_agent"),
            outcome: row.get("outcome"),
            note: row.get("note"),
        };
        Ok(rows.iter().map(entry).collect())
    }

    /// Opens a session in which an administrator is another user, with that user's rights. It is
    /// recorded with the reason, and everything done in it names both.
    pub async fn log_in_as(
        &self,
        by: &Principal,
        user_id: i64,
        reason: &str,
        visitor: &Visitor,
    ) -> Result<SignedIn> {
        let reason = reason.trim();
        if !(5..=500).contains(&reason.chars().count()) {
            return Err(AuthError::InvalidInput {
                field: "reason",
                detail: "5 … 500 characters".into(),
            });
        }
        if by.impersonator.is_some() || by.user_id == user_id {
            return Err(AuthError::NotAsAnother);
        }
        let login = self.require_enabled(user_id).await?;
        sqlx::query(
            "insert into sys.sign_in_audit (login, user_id, by_user_id, ip, user_agent, outcome, note)
             values (left($1, 200), $2, $3, left($4, 64), left($5, 300), 'log_in_as', $6)",
        )
        .bind(login)
        .bind(user_id)
        .bind(by.user_id)
        .bind(&visitor.ip)
        .bind(visitor.user_agent.as_deref())
        .bind(reason)
        .execute(self.pool())
        .await?;
        self.open_session(user_id, Some(by.user_id), visitor).await
    }
}
