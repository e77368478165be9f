//! What can go wrong at the system of record, in words a person can act on.
//!
//! Callers act on the variant or on [`Error::code`]; people read [`Error::message`]. The text of
//! the database stays inside ([`std::error::Error::source`], for the log).

use basalt_model::{ConditionError, DictionaryError, Label, Locale, Problem};

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What is wrong with one field of an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    pub field: String,
    /// Stable word: `required`, `unknown`, `readonly`, `type`, `choice`, `unique`, `not_found`, …
    pub code: &'static str,
    pub message: Label,
}

impl FieldError {
    pub fn new(field: impl Into<String>, problem: Problem) -> Self {
        Self {
            field: field.into(),
            code: problem.code,
            message: problem.message,
        }
    }
}

/// An error of the system of record.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such record, or the principal may not know of it.
    #[error("not found")]
    NotFound,
    /// The record is readable, the action isn't allowed.
    #[error("not allowed")]
    Forbidden,
    /// The input doesn't fit; every field's problem is listed.
    #[error("invalid input: {}", .0.iter().map(|e| format!("{} {}", e.field, e.message.en)).collect::<Vec<_>>().join("; "))]
    Validation(Vec<FieldError>),
    /// A filter, sort or field list makes no sense.
    #[error("invalid request: {}: {}", .path, .message.en)]
    Request { path: String, message: Label },
    /// The state of the record doesn't admit the action.
    #[error("conflict: {}", .message.en)]
    Conflict { code: &'static str, message: Label },
    /// The record was changed since it was read.
    #[error("version {current} is there")]
    VersionMismatch { current: i32 },
    /// A file to import can't be taken at all.
    #[error("import: {}", .0.en)]
    Import(Label),
    /// The database needs a change that the DDL service doesn't make by itself.
    #[error("migration: {0}")]
    Migration(String),
    #[error(transparent)]
    Dictionary(#[from] DictionaryError),
    /// Something stored can't be read any more.
    #[error("stored: {0}")]
    Stored(String),
    /// The database can't be reached or takes too long.
    #[error("the database is not available: {0}")]
    Unavailable(#[source] sqlx::Error),
    /// Something the code didn't foresee; its text is for the log only.
    #[error("database: {0}")]
    Database(#[source] sqlx::Error),
}

impl Error {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Forbidden => "forbidden",
            Self::Validation(_) => "validation",
            Self::Request { .. } => "bad_request",
            Self::Conflict { code, .. } => code,
            Self::VersionMismatch { .. } => "version_mismatch",
            Self::Import(_) => "import",
            Self::Migration(_) => "migration",
            Self::Dictionary(_) => "dictionary",
            Self::Unavailable(_) => "unavailable",
            Self::Stored(_) | Self::Database(_) => "internal",
        }
    }

    /// A sentence for people. Never holds text of the database.
    pub fn message(&self, locale: Locale) -> String {
        let say = |en: &str, zh: &str| match locale {
            Locale::En => en.to_owned(),
            Locale::Zh => zh.to_owned(),
        };
        match self {
            Self::NotFound => say("There is no such record.", "记录不存在。"),
            Self::Forbidden => say(
                "You are not allowed to do this.",
                "您没有执行此操作的权限。",
            ),
            Self::Validation(errors) => {
                let (gap, end) = match locale {
                    Locale::En => ("; ", "."),
                    Locale::Zh => ("；", "。"),
                };
                let parts: Vec<String> = errors
                    .iter()
                    .map(|error| format!("{} {}", error.field, error.message.get(locale)))
                    .collect();
                format!("{}{end}", parts.join(gap))
            }
            Self::Request { path, message } => format!("{path}: {}", message.get(locale)),
            Self::Conflict { message, .. } | Self::Import(message) => {
                message.get(locale).to_owned()
            }
            Self::VersionMismatch { current } => match locale {
                Locale::En => format!(
                    "The record was changed meanwhile: version {current} is there. Read it again."
                ),
                Locale::Zh => format!("记录已被他人修改，当前版本为 {current}，请重新读取。"),
            },
            Self::Migration(reason) => match locale {
                Locale::En => format!("The database can't be brought up to date: {reason}."),
                Locale::Zh => format!("无法更新数据库结构：{reason}。"),
            },
            Self::Dictionary(error) => error.to_string(),
            Self::Unavailable(_) => say(
                "The database is not available. Try again in a moment.",
                "数据库暂时不可用，请稍后再试。",
            ),
            Self::Stored(_) | Self::Database(_) => {
                say("Something went wrong on our side.", "系统内部错误。")
            }
        }
    }

    pub(crate) fn request(
        path: impl Into<String>,
        en: impl Into<String>,
        zh: impl Into<String>,
    ) -> Self {
        Self::Request {
            path: path.into(),
            message: Label::new(en, zh),
        }
    }

    pub(crate) fn conflict(
        code: &'static str,
        en: impl Into<String>,
        zh: impl Into<String>,
    ) -> Self {
        Self::Conflict {
            code,
            message: Label::new(en, zh),
        }
    }

    pub(crate) fn field(field: impl Into<String>, problem: Problem) -> Self {
        Self::Validation(vec![FieldError::new(field, problem)])
    }
}

impl From<ConditionError> for Error {
    fn from(error: ConditionError) -> Self {
        Self::Request {
            path: error.path,
            message: error.message,
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        let unavailable = match &error {
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed => true,
            // Connection exceptions, insufficient resources, operator intervention, lock time-out.
            sqlx::Error::Database(db) => db.code().is_some_and(|code| {
                code.starts_with("08")
                    || code.starts_with("53")
                    || code.starts_with("57")
                    || code == "55P03"
            }),
            _ => false,
        };
        if unavailable {
            return Self::Unavailable(error);
        }
        let collided = error
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code)
            .is_some_and(|code| code.starts_with("40"));
        if collided {
            return Self::conflict(
                "try_again",
                "Somebody else changed the same records at the same moment. Try again.",
                "其他人正在修改相同的记录，请重试。",
            );
        }
        Self::Database(error)
    }
}

impl From<sqlx::migrate::MigrateError> for Error {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        match error {
            sqlx::migrate::MigrateError::Execute(error) => error.into(),
            other => Self::Migration(other.to_string()),
        }
    }
}
