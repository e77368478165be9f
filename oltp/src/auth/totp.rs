//! The second factor: time-based one-time passwords (RFC 6238, SHA-1, 30 s, six digits) and recovery codes.

use chrono::{DateTime, Utc};
use rand::RngCore;
use ring::hmac;
use sqlx::Row;
use subtle::ConstantTimeEq;

use super::{Auth, AuthError, Result, secret};

const STEP_SECONDS: i64 = 30;
/// Clocks may differ by one step either way.
const TOLERANCE: i64 = 1;
const RECOVERY_CODES: usize = 10;

/// A new secret, to be shown once and confirmed by a code.
pub struct TotpEnrolment {
    /// Base 32, for typing.
    pub secret: String,
    /// `otpauth://…`, for a QR code.
    pub uri: String,
}

/// How a user's second factor stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TotpState {
    pub active: bool,
    pub recovery_codes_left: i64,
}

impl Auth {
    /// Makes a new secret. It counts once [`confirm_totp`](Self::confirm_totp) has seen a code of it.
    pub async fn enrol_totp(&self, user_id: i64) -> Result<TotpEnrolment> {
        let login = self.require_enabled(user_id).await?;
        let mut key = [0u8; 20];
        rand::rng().fill_bytes(&mut key);
        let done = sqlx::query(
            "insert into sys.totp (user_id, secret) values ($1, $2)
             on conflict (user_id) do update set secret = excluded.secret, created_at = now(), last_step = 0
             where totp.confirmed_at is null",
        )
        .bind(user_id)
        .bind(key.as_slice())
        .execute(self.pool())
        .await?;
        if done.rows_affected() == 0 {
            return Err(AuthError::InvalidInput {
                field: "totp",
                detail: "is active; switch it off first".into(),
            });
        }
        let secret = base32(&key);
        let account: String = url::form_urlencoded::byte_serialize(login.as_bytes()).collect();
        Ok(TotpEnrolment {
            uri: format!("otpauth://totp/Basalt:{account}?secret={secret}&issuer=Basalt"),
            secret,
        })
    }

    /// Switches the second factor on, and gives the recovery codes, shown this once.
    pub async fn confirm_totp(&self, user_id: i64, code: &str) -> Result<Vec<String>> {
        let mut tx = self.pool().begin().await?;
        let key: Option<Vec<u8>> = sqlx::query_scalar(
            "select secret from sys.totp where user_id = $1 and confirmed_at is null for update",
        )
        .bind(user_id)
        .fetch_optional(&mut *tx)
        .await?;
        let key = key.ok_or(AuthError::InvalidInput {
            field: "totp",
            detail: "has not been begun".into(),
        })?;
        let step = matching_step(&key, code, Utc::now()).ok_or(AuthError::WrongCode)?;
        sqlx::query("update sys.totp set confirmed_at = now(), last_step = $2 where user_id = $1")
            .bind(user_id)
            .bind(step)
            .execute(&mut *tx)
            .await?;
        sqlx::query("delete from sys.recovery_code where user_id = $1")
            .bind(user_id)
            .execute(&mut *tx)
            .await?;
        let codes: Vec<String> = (0..RECOVERY_CODES)
            .map(|_| format!("{}-{}", secret::random_name(5), secret::random_name(5)))
            .collect();
        let hashes: Vec<Vec<u8>> = codes
            .iter()
            .map(|code| secret::digest(code).to_vec())
            .collect();
        sqlx::query(
            "insert into sys.recovery_code (user_id, code_hash) select $1, unnest($2::bytea[])",
        )
        .bind(user_id)
        .bind(hashes)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(codes)
    }

    /// Switches the second factor off, recovery codes included.
    pub async fn remove_totp(&self, user_id: i64) -> Result<()> {
        for statement in [
            "delete from sys.totp where user_id = $1",
            "delete from sys.recovery_code where user_id = $1",
        ] {
            sqlx::query(statement)
                .bind(user_id)
                .execute(self.pool())
                .await?;
        }
        Ok(())
    }

    pub async fn totp_state(&self, user_id: i64) -> Result<TotpState> {
        let row = sqlx::query(
            "select exists (select from sys.totp where user_id = $1 and confirmed_at is not null) as active,
                    (select count(*) from sys.recovery_code where user_id = $1 and used_at is null) as left",
        )
        .bind(user_id)
        .fetch_one(self.pool())
        .await?;
        Ok(TotpState {
            active: row.get("active"),
            recovery_codes_left: row.get("left"),
        })
    }

    /// Checks the second factor, when the user has one. A code and a recovery code work once.
    pub(super) async fn check_second_factor(&self, user_id: i64, code: Option<&str>) -> Result<()> {
        let mut tx = self.pool().begin().await?;
        let row = sqlx::query(
            "select secret, last_step from sys.totp where user_id = $1 and confirmed_at is not null for update",
        )
        .bind(user_id)
        .fetch_optional(&mut *tx)
        .await?;
        let Some(row) = row else { return Ok(()) };
        let code = code
            .map(str::trim)
            .filter(|code| !code.is_empty())
            .ok_or(AuthError::CodeNeeded)?;
        let key: Vec<u8> = row.get("secret");
        let spent: i64 = row.get("last_step");
        if let Some(step) = matching_step(&key, code, Utc::now()).filter(|step| *step > spent) {
            sqlx::query("update sys.totp set last_step = $2 where user_id = $1")
                .bind(user_id)
                .bind(step)
                .execute(&mut *tx)
                .await?;
            tx.commit().await?;
            return Ok(());
        }
        let recovered = sqlx::query(
            "update sys.recovery_code set used_at = now() where user_id = $1 and code_hash = $2 and used_at is null",
        )
        .bind(user_id)
        .bind(secret::digest(&code.to_ascii_lowercase()).as_slice())
        .execute(&mut *tx)
        .await?;
        if recovered.rows_affected() == 0 {
            return Err(AuthError::WrongCode);
        }
        tx.commit().await?;
        Ok(())
    }
}

/// The step around `now` whose code this is.
fn matching_step(key: &[u8], code: &str, now: DateTime<Utc>) -> Option<i64> {
    let code = code.trim();
    let current = now.timestamp().div_euclid(STEP_SECONDS);
    (current - TOLERANCE..=current + TOLERANCE)
        .find(|step| code_at(key, *step).as_bytes().ct_eq(code.as_bytes()).into())
}

/// The code of a step: HOTP (RFC 4226) of its number.
pub fn code_at(key: &[u8], step: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key);
    let digest = hmac::sign(&key, &step.to_be_bytes());
    let digest = digest.as_ref();
    let offset = usize::from(digest[digest.len() - 1] & 0xf);
    let value = u32::from_be_bytes([
        digest[offset] & 0x7f,
        digest[offset + 1],
        digest[offset + 2],
        digest[offset + 3],
    ]);
    format!("{:06}", value % 1_000_000)
}

/// RFC 4648, without padding.
fn base32(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut text = String::with_capacity(bytes.len().div_ceil(5) * 8);
    for chunk in bytes.chunks(5) {
        let mut word = [0u8; 8];
        word[3..3 + chunk.len()].copy_from_slice(chunk);
        let word = u64::from_be_bytes(word);
        for at in 0..(chunk.len() * 8).div_ceil(5) {
            let index = (word >> (35 - 5 * at)) & 31;
            text.push(char::from(
                ALPHABET[usize::try_from(index).unwrap_or_default()],
            ));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values of RFC 6238, appendix B, cut to six digits.
    #[test]
    fn codes_are_those_of_the_rfc() {
        let key = b"12345678901234567890";
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code_at(key, seconds / STEP_SECONDS), code, "{seconds}");
        }
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        assert_eq!(matching_step(key, "287082", at(59 + 30)), Some(1));
        assert_eq!(matching_step(key, "287082", at(59 + 90)), None);
    }

    #[test]
    fn secrets_are_base_32() {
        assert_eq!(
            base32(b"12345678901234567890"),
            "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
        );
        assert_eq!(base32(b"foob"), "MZXW6YQ");
    }
}
