//! What can go wrong with reports, in words a person can act on.

use basalt_query::analysis::AnalysisError;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of the reports.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no report pack {0}")]
    UnknownPack(String),
    /// There is no such delivery, or it is not the reader's.
    #[error("not found")]
    NotFound,
    #[error("only an administrator may change or send report packs")]
    Forbidden,
    /// A pack's file is not readable or names what is not there.
    #[error("the report definition is not valid: {0}")]
    Definition(String),
    #[error("query {query} of pack {pack}: {source}")]
    Query {
        pack: String,
        query: String,
        source: Box<Error>,
    },
    /// The schedule or another part of a request makes no sense.
    #[error("{0}")]
    Request(String),
    #[error(
        "cannot read the report font at {path}: {reason}; on Debian: apt-get install fonts-noto-cjk"
    )]
    Font { path: String, reason: String },
    #[error("{0}")]
    Render(String),
    #[error(transparent)]
    Data(#[from] basalt_query::Error),
    #[error(transparent)]
    Analysis(#[from] AnalysisError),
    #[error("the report archive at {path}: {reason}")]
    Archive { path: String, reason: String },
    /// The mail server did not take the mail; `permanent` when it never will.
    #[error("the mail server did not take the report: {reason}")]
    Mail { reason: String, permanent: bool },
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
}

impl Error {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownPack(_) | Self::NotFound => "not_found",
            Self::Forbidden => "forbidden",
            Self::Definition(_) => "report_definition",
            Self::Query { source, .. } => source.code(),
            Self::Request(_) => "bad_request",
            Self::Font { .. } => "font_missing",
            Self::Render(_) => "report_rendering",
            Self::Data(error) => error.code(),
            Self::Analysis(error) => error.code(),
            Self::Archive { .. } => "report_archive",
            Self::Mail { .. } => "mail",
            Self::Database(_) => "internal",
        }
    }

    pub(crate) fn in_query(self, pack: &str, query: &str) -> Self {
        Self::Query {
            pack: pack.to_owned(),
            query: query.to_owned(),
            source: Box::new(self),
        }
    }
}
