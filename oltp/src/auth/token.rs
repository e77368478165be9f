//! API keys and SQL tokens as their owner manages them: list and revoke.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sqlx::Row;

use super::{Auth, AuthError, Result};

const LONGEST_DAYS: u32 = 366;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenKind {
    Api,
    Sql,
}

/// A token without its secret.
#[derive(Clone, Debug, Serialize)]
pub struct AccessToken {
    pub id: i64,
    pub kind: TokenKind,
    pub name: String,
    /// First characters of an API key.
    pub hint: Option<String>,
    /// User name of an SQL token.
    pub username: Option<String>,
    pub scopes: Vec<String>,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub last_used_at: Option<DateTime<Utc>>,
}

impl Auth {
    /// Live tokens of a user, the youngest first.
    pub async fn access_tokens(&self, user_id: i64) -> Result<Vec<AccessToken>> {
        let rows = sqlx::query(
            "select id, kind, name, hint, username, scopes, created_at, expires_at, last_used_at from sys.access_token
             where user_id = $1 and revoked_at is null and expires_at > now() order by id desc limit 500",
        )
        .bind(user_id)
        .fetch_all(self.pool())
        .await?;
        let token = |row: &sqlx::postgres::PgRow| AccessToken {
            id: row.get("id"),
            kind: if row.get::<&str, _>("kind") == "api" {
                TokenKind::Api
            } else {
                TokenKind::Sql
            },
            name: row.get("name"),
            hint: row.get("hint"),
            username: row.get("username"),
            scopes: row.get("scopes"),
            created_at: row.get("created_at"),
            expires_at: row.get("expires_at"),
            last_used_at: row.get("last_used_at"),
        };
        Ok(rows.iter().map(token).collect())
    }

    /// Revokes one of the user's own tokens at once.
    pub async fn revoke(&self, user_id: i64, token_id: i64) -> Result<()> {
        let done = sqlx::query("update sys.access_token set revoked_at = now() where id = $1 and user_id = $2 and revoked_at is null")
            .bind(token_id)
            .bind(user_id)
            .execute(self.pool())
            .await?;
        if done.rows_affected() == 0 {
            Err(AuthError::NoSuchToken)
        } else {
            Ok(())
        }
    }

    /// Whether the user exists and may come in.
    pub(super) async fn require_enabled(&self, user_id: i64) -> Result<String> {
        let row = sqlx::query("select login, coalesce(active, false) and deleted_at is null as enabled from crm.app_user where id = $1")
            .bind(user_id)
            .fetch_optional(self.pool())
            .await?
            .ok_or(AuthError::NoSuchUser)?;
        if row.get("enabled") {
            Ok(row.get("login"))
        } else {
            Err(AuthError::Disabled)
        }
    }
}

/// Name and expiry of a token to be made, checked.
pub(super) fn checked_terms(name: &str, days: u32) -> Result<(String, DateTime<Utc>)> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 100 {
        return Err(AuthError::InvalidInput {
            field: "name",
            detail: "1 … 100 characters".into(),
        });
    }
    if !(1..=LONGEST_DAYS).contains(&days) {
        return Err(AuthError::InvalidInput {
            field: "days",
            detail: format!("1 … {LONGEST_DAYS}"),
        });
    }
    Ok((name.to_owned(), Utc::now() + TimeDelta::days(days.into())))
}
