//! SQL tokens: a user name and password for the Postgres door, kept as a SCRAM-SHA-256 verifier (RFC 5802, RFC 7677).

use chrono::{DateTime, Utc};
use rand::RngCore;
use sha2::{Digest, Sha256};
use sqlx::Row;

use super::{Auth, AuthError, Result, secret, token::checked_terms};

/// The password has 200 random bits, so the work factor only has to satisfy clients.
const ITERATIONS: u32 = 4096;

/// A new token; `password` is shown this once.
pub struct SqlToken {
    pub id: i64,
    pub username: String,
    pub password: String,
    pub expires_at: DateTime<Utc>,
}

/// What a SCRAM-SHA-256 server needs to know of a token.
#[derive(Clone)]
pub struct SqlCredentials {
    pub user_id: i64,
    pub salt: Vec<u8>,
    pub iterations: u32,
    pub stored_key: [u8; 32],
    pub server_key: [u8; 32],
}

impl Auth {
    pub async fn create_sql_token(&self, user_id: i64, name: &str, days: u32) -> Result<SqlToken> {
        let login = self.require_enabled(user_id).await?;
        let (name, expires_at) = checked_terms(name, days)?;
        let username = format!("{}_{}", username_stem(&login), secret::random_name(6));
        let password = secret::random_name(40);
        let mut salt = [0u8; 16];
        rand::rng().fill_bytes(&mut salt);
        let (stored_key, server_key) = verifier(&password, &salt, ITERATIONS);
        let row = sqlx::query(
            "insert into sys.access_token (kind, user_id, name, expires_at, username, salt, iterations, stored_key, server_key)
             values ('sql', $1, $2, $3, $4, $5, $6, $7, $8) returning id",
        )
        .bind(user_id)
        .bind(name)
        .bind(expires_at)
        .bind(&username)
        .bind(salt.as_slice())
        .bind(i32::try_from(ITERATIONS).expect("a small constant"))
        .bind(stored_key.as_slice())
        .bind(server_key.as_slice())
        .fetch_one(self.pool())
        .await?;
        Ok(SqlToken {
            id: row.get("id"),
            username,
            password,
            expires_at,
        })
    }

    /// The verifier of a live token of an enabled user; `None` for anything else.
    pub async fn sql_credentials(&self, username: &str) -> Result<Option<SqlCredentials>> {
        let row = sqlx::query(
            "update sys.access_token t set last_used_at = now() from crm.app_user u
             where t.username = $1 and t.kind = 'sql' and t.revoked_at is null and t.expires_at > now()
               and u.id = t.user_id and u.active and u.deleted_at is null
             returning t.user_id, t.salt, t.iterations, t.stored_key, t.server_key",
        )
        .bind(username)
        .fetch_optional(self.pool())
        .await?;
        row.map(|row| {
            Ok(SqlCredentials {
                user_id: row.get("user_id"),
                salt: row.get("salt"),
                iterations: u32::try_from(row.get::<i32, _>("iterations"))
                    .map_err(|e| AuthError::Corrupt(e.to_string()))?,
                stored_key: key(&row, "stored_key")?,
                server_key: key(&row, "server_key")?,
            })
        })
        .transpose()
    }
}

fn key(row: &sqlx::postgres::PgRow, column: &str) -> Result<[u8; 32]> {
    row.get::<&[u8], _>(column)
        .try_into()
        .map_err(|_| AuthError::Corrupt(format!("{column} is not 32 bytes long")))
}

/// Letters, digits and underscores of the login, so that the name needs no quoting anywhere.
fn username_stem(login: &str) -> String {
    let stem: String = login
        .chars()
        .map(|c| c.to_ascii_lowercase())
        .filter(|c| c.is_ascii_alphanumeric() || *c == '_')
        .take(24)
        .collect();
    if stem.is_empty() { "user".into() } else { stem }
}

/// `(StoredKey, ServerKey)` of RFC 5802. The password is ASCII, so SASLprep leaves it as it is.
fn verifier(password: &str, salt: &[u8], iterations: u32) -> ([u8; 32], [u8; 32]) {
    let salted = salted_password(password.as_bytes(), salt, iterations);
    let client_key = secret::hmac_sha256(&salted, b"Client Key");
    let stored_key: [u8; 32] = Sha256::digest(client_key).into();
    (stored_key, secret::hmac_sha256(&salted, b"Server Key"))
}

/// `Hi(password, salt, i)`: PBKDF2-HMAC-SHA-256 with one block of output.
fn salted_password(password: &[u8], salt: &[u8], iterations: u32) -> [u8; 32] {
    let mut block = secret::hmac_sha256(password, &[salt, &1u32.to_be_bytes()].concat());
    let mut result = block;
    for _ in 1..iterations {
        block = secret::hmac_sha256(password, &block);
        result.iter_mut().zip(block).for_each(|(r, b)| *r ^= b);
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::{Engine, engine::general_purpose::STANDARD};

    /// The exchange printed in RFC 7677, section 3.
    #[test]
    fn verifier_answers_the_exchange_of_rfc_7677() {
        let salt = STANDARD.decode("W22ZaJ0SNY7soEsUEjb6gQ==").unwrap();
        let (stored_key, server_key) = verifier("pencil", &salt, 4096);
        let auth_message = "n=user,r=rOprNGfwEbeRWgbNEkqO,\
            r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,\
            c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";

        let proof = STANDARD
            .decode("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")
            .unwrap();
        let signature = secret::hmac_sha256(&stored_key, auth_message.as_bytes());
        let client_key: Vec<u8> = proof.iter().zip(signature).map(|(p, s)| p ^ s).collect();
        assert_eq!(
            Sha256::digest(client_key).as_slice(),
            stored_key,
            "the client's proof leads back to the stored key"
        );

        let server_signature = secret::hmac_sha256(&server_key, auth_message.as_bytes());
        assert_eq!(
            STANDARD.encode(server_signature),
            "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="
        );
    }

    #[test]
    fn usernames_need_no_quoting() {
        assert_eq!(username_stem("Li.Wei@example.test"), "liweiexampletest");
        assert_eq!(username_stem("王伟"), "user");
    }
}
