//! What can go wrong in outreach, sorted by what a caller does about it.

use basalt_model::Locale;
use basalt_oltp::auth::AuthError;

use crate::refusal::Refusal;

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It does not exist, or the caller may not know that it does.
    #[error("no {what} {id}")]
    NotFound { what: &'static str, id: i64 },
    /// Readable, but not for the caller to do.
    #[error("you may not {0}")]
    Forbidden(&'static str),
    /// The campaign can't be sent as it stands; all reasons at once.
    #[error("the campaign can't be launched: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))]
    Refused(Vec<Refusal>),
    /// The run is not in a state in which this can be done.
    #[error("a run that is {status} can't be {verb}")]
    RunState { status: String, verb: &'static str },
    /// A segment's definition is not understood; the message points at the place.
    #[error("the segment's definition is not valid: {0}")]
    Definition(String),
    /// A tracking address that was never issued, or was changed on the way.
    #[error("this link is not valid")]
    BadLink,
    /// Content that was checked at launch can no longer be used.
    #[error("the content of run {run_id} can't be used: {problem}")]
    Content { run_id: i64, problem: String },
    #[error("the segment could not be evaluated: {0}")]
    Query(#[from] basalt_query::Error),
    /// The cell that a segment is made of can't be worked out.
    #[error("the segment could not be evaluated: {0}")]
    Analysis(#[from] basalt_query::analysis::AnalysisError),
    #[error(transparent)]
    Record(#[from] basalt_oltp::Error),
    /// The owner of a segment, or whoever changed it last, is disabled or gone.
    #[error(
        "user {user_id}, whose rights the segment is evaluated with, is not active any more; give the segment another owner"
    )]
    OwnerGone { user_id: i64 },
    #[error("the rights of a user could not be read: {0}")]
    Rights(#[source] AuthError),
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
}

impl Error {
    /// A stable name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "not_found",
            Self::Forbidden(_) => "forbidden",
            Self::Refused(_) => "campaign_refused",
            Self::RunState { .. } => "run_state",
            Self::Definition(_) => "segment_definition_invalid",
            Self::BadLink => "bad_link",
            Self::Content { .. } => "content_unusable",
            Self::Query(_) => "query_failed",
            Self::Analysis(error) => error.code(),
            Self::Record(error) => error.code(),
            Self::OwnerGone { .. } => "owner_gone",
            Self::Rights(error) => error.code(),
            Self::Database(_) => "database",
        }
    }

    /// A sentence for people; never database text.
    pub fn message(&self, locale: Locale) -> String {
        match (self, locale) {
            (Self::Refused(reasons), _) => reasons
                .iter()
                .map(|reason| reason.message(locale))
                .collect::<Vec<_>>()
                .join(if locale == Locale::Zh { "" } else { " " }),
            (Self::Record(error), _) => error.message(locale),
            (Self::Database(_), Locale::En) => {
                "The database could not answer. Please try again.".into()
            }
            (Self::Database(_), Locale::Zh) => "数据库暂时无法响应，请稍后再试。".into(),
            (Self::NotFound { .. }, Locale::Zh) => "记录不存在。".into(),
            (Self::Forbidden(_), Locale::Zh) => "您没有执行此操作的权限。".into(),
            (Self::RunState { .. }, Locale::Zh) => "发送任务当前的状态不允许此操作。".into(),
            (Self::Definition(detail), Locale::Zh) => format!("客群的定义无效：{detail}"),
            (Self::BadLink, Locale::Zh) => "链接无效。".into(),
            (Self::Content { .. }, Locale::Zh) => "邮件内容无法使用。".into(),
            (Self::Rights(error), _) => error.message(locale),
            (Self::OwnerGone { .. }, Locale::Zh) => "客群的负责人已停用，请更换负责人。".into(),
            (Self::Query(error), Locale::Zh) => format!("客群无法计算：{error}"),
            (Self::Analysis(error), Locale::Zh) => format!("客群无法计算：{error}"),
            (error, Locale::En) => error.to_string(),
        }
    }
}
