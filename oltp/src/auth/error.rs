//! Why a credential was refused, in words a person can act on.

use basalt_model::{Label, Locale};

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
    #[error("the password {}", .0.en)]
    WeakPassword(Label),
    /// The password was right; the second factor is asked for.
    #[error("the code of the second factor is needed")]
    CodeNeeded,
    #[error("wrong code")]
    WrongCode,
    /// Somebody is logged in as another, who alone may do this.
    #[error("not while logged in as another")]
    NotAsAnother,
    /// Single sign-on didn't lead to a user; the reason is for the log.
    #[error("single sign-on: {0}")]
    SingleSignOn(String),
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
            Self::WeakPassword(_) => "weak_password",
            Self::CodeNeeded => "code_needed",
            Self::WrongCode => "wrong_code",
            Self::NotAsAnother => "not_as_another",
            Self::SingleSignOn(_) => "single_sign_on",
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
            Self::WeakPassword(why) if zh => format!("密码{}。", why.zh),
            Self::WeakPassword(why) => format!("The password {}.", why.en),
            Self::CodeNeeded if zh => "请输入动态验证码或恢复码。".into(),
            Self::CodeNeeded => "Give the code of your authenticator, or a recovery code.".into(),
            Self::WrongCode if zh => "验证码不正确或已使用。".into(),
            Self::WrongCode => "The code is wrong or was used already.".into(),
            Self::NotAsAnother if zh => "以他人身份登录时不能执行此操作。".into(),
            Self::NotAsAnother => "This can't be done while logged in as another user.".into(),
            Self::SingleSignOn(_) if zh => "单点登录未成功，请重试或联系管理员。".into(),
            Self::SingleSignOn(_) => {
                "Single sign-on did not succeed. Try again or ask an administrator.".into()
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
