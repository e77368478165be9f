//! Passwords: argon2id, hashed off the async threads.

use std::sync::LazyLock;

use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier};

use sqlx::Row;

use super::{Auth, AuthError, Result, rules};

/// Verified against when the login is unknown, so that the answer takes as long as for a known one.
static DECOY: LazyLock<String> = LazyLock::new(|| {
    hash_now("no user has this password").expect("hashing with default parameters works")
});

impl Auth {
    /// Sets the password of a user and ends all of the user's sessions.
    ///
    /// # Errors
    /// [`AuthError::WeakPassword`] when the rules refuse it.
    pub async fn set_password(&self, user_id: i64, password: &str) -> Result<()> {
        let mut connection = self.pool().acquire().await?;
        let kept = rules::check(&mut connection, user_id, password)
            .await?
            .remembered;
        drop(connection);
        let hash = hash(password.to_owned()).await?;
        let mut tx = self.pool().begin().await?;
        sqlx::query(
            "insert into sys.former_password (user_id, password_hash)
             select user_id, password_hash from sys.user_secret where user_id = $1 and $2 > 0",
        )
        .bind(user_id)
        .bind(kept)
        .execute(&mut *tx)
        .await?;
        sqlx::query(
            "delete from sys.former_password where user_id = $1 and id not in
             (select id from sys.former_password where user_id = $1 order by id desc limit $2)",
        )
        .bind(user_id)
        .bind(i64::from(kept))
        .execute(&mut *tx)
        .await?;
        sqlx::query(
            "insert into sys.user_secret (user_id, password_hash) values ($1, $2)
             on conflict (user_id) do update set password_hash = excluded.password_hash, password_changed_at = now()",
        )
        .bind(user_id)
        .bind(hash)
        .execute(&mut *tx)
        .await?;
        sqlx::query(
            "update sys.session set revoked_at = now() where user_id = $1 and revoked_at is null",
        )
        .bind(user_id)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Whether this is the user's password.
    pub async fn password_is(&self, user_id: i64, password: &str) -> Result<bool> {
        let row = sqlx::query("select password_hash from sys.user_secret where user_id = $1")
            .bind(user_id)
            .fetch_optional(self.pool())
            .await?;
        verify(password.to_owned(), row.map(|row| row.get("password_hash"))).await
    }
}

pub(super) async fn hash(password: String) -> Result<String> {
    off_thread(move || hash_now(&password)).await?
}

/// `stored` is `None` for an unknown login or a user without a password: the work is done all the same.
pub(super) async fn verify(password: String, stored: Option<String>) -> Result<bool> {
    off_thread(move || {
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(|| DECOY.clone());
        let parsed = PasswordHash::new(&stored).map_err(|e| AuthError::Corrupt(e.to_string()))?;
        let right = Argon2::default()
            .verify_password(password.as_bytes(), &parsed)
            .is_ok();
        Ok(right && known)
    })
    .await?
}

fn hash_now(password: &str) -> Result<String> {
    let hash = Argon2::default()
        .hash_password(password.as_bytes())
        .map_err(|e| AuthError::Corrupt(e.to_string()))?;
    Ok(hash.to_string())
}

async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|e| AuthError::Corrupt(format!("password work stopped: {e}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_of_a_known_user_verifies() {
        let stored = hash("correct horse".into()).await.unwrap();
        assert!(stored.starts_with("$argon2id$"));
        assert!(
            verify("correct horse".into(), Some(stored.clone()))
                .await
                .unwrap()
        );
        assert!(!verify("wrong horse".into(), Some(stored)).await.unwrap());
        assert!(
            !verify("no user has this password".into(), None)
                .await
                .unwrap()
        );
    }
}
