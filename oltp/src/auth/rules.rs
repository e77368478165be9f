//! What a password must be like, and who may come in how: the administrators' settings.

use basalt_model::{Label, Principal};
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, Row};

use super::{Auth, AuthError, Result, password};

const LONGEST: usize = 256;
/// Passwords that everybody tries first; compared without case.
const COMMON: &[&str] = &[
    "12345678",
    "123456789",
    "1234567890",
    "password",
    "password1",
    "password123",
    "passw0rd",
    "qwertyui",
    "qwerty123",
    "qwertyuiop",
    "11111111",
    "00000000",
    "88888888",
    "66666666",
    "abc12345",
    "abcd1234",
    "iloveyou",
    "admin123",
    "administrator",
    "letmein1",
    "welcome1",
    "a1b2c3d4",
    "1q2w3e4r",
    "1qaz2wsx",
    "asdfghjk",
    "changeme",
    "woaini1314",
    "5201314520",
];

/// The rules of passwords.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasswordRules {
    pub min_length: i32,
    /// How many of small letters, capitals, digits and others there must be.
    pub kinds: i32,
    /// That many former passwords can't be used again.
    pub remembered: i32,
}

impl Auth {
    pub async fn password_rules(&self) -> Result<PasswordRules> {
        let mut connection = self.pool().acquire().await?;
        rules(&mut connection).await
    }

    pub async fn set_password_rules(&self, by: &Principal, rules: PasswordRules) -> Result<()> {
        for (field, value, from, to) in [
            ("min_length", rules.min_length, 8, 64),
            ("kinds", rules.kinds, 1, 4),
            ("remembered", rules.remembered, 0, 24),
        ] {
            if !(from..=to).contains(&value) {
                return Err(AuthError::InvalidInput {
                    field,
                    detail: format!("{from} … {to}"),
                });
            }
        }
        let mut tx = self.db.begin(by).await?;
        sqlx::query("update sys.password_rules set min_length = $1, kinds = $2, remembered = $3")
            .bind(rules.min_length)
            .bind(rules.kinds)
            .bind(rules.remembered)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }
}

async fn rules(connection: &mut PgConnection) -> Result<PasswordRules> {
    let row = sqlx::query("select min_length, kinds, remembered from sys.password_rules")
        .fetch_one(connection)
        .await?;
    Ok(PasswordRules {
        min_length: row.get("min_length"),
        kinds: row.get("kinds"),
        remembered: row.get("remembered"),
    })
}

/// Checks a new password of a user.
pub(super) async fn check(
    connection: &mut PgConnection,
    user_id: i64,
    new: &str,
) -> Result<PasswordRules> {
    let rules = rules(&mut *connection).await?;
    let login: Option<String> =
        sqlx::query_scalar("select login from crm.app_user where id = $1 and deleted_at is null")
            .bind(user_id)
            .fetch_optional(&mut *connection)
            .await?;
    let login = login.ok_or(AuthError::NoSuchUser)?;
    if let Some(weakness) = weakness(rules, &login, new) {
        return Err(AuthError::WeakPassword(weakness));
    }
    let former: Vec<String> = sqlx::query_scalar(
        "(select password_hash from sys.user_secret where user_id = $1 and $2 > 0)
         union all
         (select password_hash from sys.former_password where user_id = $1 order by id desc limit greatest($2 - 1, 0))",
    )
    .bind(user_id)
    .bind(i64::from(rules.remembered))
    .fetch_all(&mut *connection)
    .await?;
    for hash in former {
        if password::verify(new.to_owned(), Some(hash)).await? {
            return Err(AuthError::WeakPassword(Label::new(
                "was used before; choose another",
                "曾经使用过，请换一个",
            )));
        }
    }
    Ok(rules)
}

fn weakness(rules: PasswordRules, login: &str, new: &str) -> Option<Label> {
    let (length, min) = (
        new.chars().count(),
        usize::try_from(rules.min_length).unwrap_or(8),
    );
    if !(min..=LONGEST).contains(&length) {
        return Some(Label::new(
            format!("must have {min} to {LONGEST} characters"),
            format!("长度须为 {min} 到 {LONGEST} 个字符"),
        ));
    }
    let kinds = [
        new.chars().any(char::is_lowercase),
        new.chars().any(char::is_uppercase),
        new.chars().any(|c| c.is_ascii_digit()),
        new.chars()
            .any(|c| !(c.is_lowercase() || c.is_uppercase() || c.is_ascii_digit())),
    ];
    let found = kinds.iter().filter(|there| **there).count();
    if found < usize::try_from(rules.kinds).unwrap_or(1) {
        return Some(Label::new(
            format!(
                "must mix {} of small letters, capitals, digits and others",
                rules.kinds
            ),
            format!(
                "须包含小写字母、大写字母、数字、其他字符中的 {} 类",
                rules.kinds
            ),
        ));
    }
    let folded = new.to_lowercase();
    let login = login.to_lowercase();
    if COMMON.contains(&folded.as_str()) || (login.chars().count() > 3 && folded.contains(&login)) {
        return Some(Label::new("is too easy to guess", "过于容易被猜到"));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_passwords_are_named() {
        let rules = PasswordRules {
            min_length: 10,
            kinds: 3,
            remembered: 0,
        };
        let weak = |text| weakness(rules, "li.wei", text).map(|label| label.en);
        assert!(weak("Ab1").unwrap().contains("10 to 256"));
        assert!(weak("abcdefghijk").unwrap().contains("must mix 3"));
        assert!(weak("Li.Wei.2026!").unwrap().contains("guess"));
        assert_eq!(weak("Violet-Kites-9"), None);
        assert_eq!(weak("一二三四五六七八Ab9"), None);
    }
}
