//! Why a credential was refused, in words a person can act on.

use basalt_model::Locale;

#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// Wrong login or password. Never says which of the two.
    #[error("wrong login or password")]
    WrongCredentials,
    /// The password was right but the user is disabled or recycled.
    #[error("the user is disabled")]
    Disabled,
    #[error("too many failed attempts, try again in {retry_after_seconds} s")]
    Throttled { retry_after_seconds: u64 },
    /// The session, key or token is unknown, expired or revoked.
    #[error("the credential is unknown, expired or revoked")]
    Invalid,
    #[error("no such user")]
    NoSuchUser,
    #[error("no such token or session")]
    NoSuchToken,
    #[error("the password must have {min} to {max} characters")]
    WeakPassword { min: usize, max: usize },
    #[error("{field} is not valid: {detail}")]
    InvalidInput { field: &'static str, detail: String },
    #[error("stored credential can't be read: {0}")]
    Corrupt(String),
    #[error(transparent)]
    Record(#[from] crate::Error),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl AuthError {
    /// Stable name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::WrongCredentials => "wrong_credentials",
            Self::Disabled => "user_disabled",
            Self::Throttled { .. } => "too_many_attempts",
            Self::Invalid => "unauthenticated",
            Self::NoSuchUser => "no_such_user",
            Self::NoSuchToken => "not_found",
            Self::WeakPassword { .. } => "weak_password",
            Self::InvalidInput { .. } => "invalid_input",
            Self::Corrupt(_) | Self::Record(_) | Self::Database(_) => "internal",
        }
    }

    /// A sentence for people. Never database text.
    pub fn message(&self, locale: Locale) -> String {
        let zh = locale == Locale::Zh;
        match self {
            Self::WrongCredentials if zh => "用户名或密码不正确。".into(),
            Self::WrongCredentials => "Wrong login or password.".into(),
            Self::Disabled if zh => "该用户已停用,请联系管理员。".into(),
            Self::Disabled => "This user is disabled. Ask an administrator.".into(),
            Self::Throttled {
                retry_after_seconds: s,
            } if zh => format!("尝试次数过多,请在 {s} 秒后重试。"),
            Self::Throttled {
                retry_after_seconds: s,
            } => format!("Too many failed attempts. Try again in {s} seconds."),
            Self::Invalid if zh => "请先登录:凭据不存在、已过期或已被撤销。".into(),
            Self::Invalid => "Sign in first: the credential is unknown, expired or revoked.".into(),
            Self::NoSuchUser if zh => "没有这个用户。".into(),
            Self::NoSuchUser => "There is no such user.".into(),
            Self::NoSuchToken if zh => "没有这个令牌或会话。".into(),
            Self::NoSuchToken => "There is no such token or session.".into(),
            Self::WeakPassword { min, max } if zh => {
                format!("密码长度须为 {min} 到 {max} 个字符。")
            }
            Self::WeakPassword { min, max } => {
                format!("The password must have {min} to {max} characters.")
            }
            Self::InvalidInput { field, detail } if zh => format!("{field} 无效:{detail}"),
            Self::InvalidInput { field, detail } => format!("{field} is not valid: {detail}"),
            Self::Corrupt(_) | Self::Record(_) | Self::Database(_) if zh => {
                "服务器内部错误。".into()
            }
            Self::Corrupt(_) | Self::Record(_) | Self::Database(_) => {
                "Something went wrong on the server.".into()
            }
        }
    }
}
