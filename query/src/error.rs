//! What can go wrong between a question and its answer, with a code that callers act on.

use std::time::Duration;

use basalt_warehouse::Lsn;

pub use crate::past::Past;
use datafusion::error::DataFusionError;

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The statement is not a read, or names something that no reader may use.
    #[error("{0}")]
    Refused(String),
    /// The reader may not do this at all.
    #[error("{0}")]
    Forbidden(String),
    /// The SQL text does not parse or does not fit the tables.
    #[error("{0}")]
    Invalid(String),
    /// A condition that makes no sense, or not to this reader.
    #[error(transparent)]
    Condition(basalt_model::ConditionError),
    /// The lake has not caught up with what the reader must see.
    #[error(
        "the lake is {behind} bytes of log behind: {wanted} is wanted, {visible} is visible after {waited:?}"
    )]
    Lagging {
        wanted: Lsn,
        visible: Lsn,
        behind: u64,
        waited: Duration,
    },
    /// The source could not say how far it is.
    #[error("cannot find out how far the source is: {0}")]
    Freshness(String),
    #[error("the query ran longer than its limit of {limit:?} and was stopped")]
    Timeout { limit: Duration },
    #[error("the result has more than {limit} rows, which is the limit; add a LIMIT or aggregate")]
    RowLimit { limit: usize },
    #[error("the query needs more memory than its limit of {limit} bytes: {detail}")]
    MemoryLimit { limit: usize, detail: String },
    #[error("the query was cancelled")]
    Cancelled,
    /// The query ran into bad values (division by zero, a cast that does not fit, …).
    #[error("{0}")]
    Execution(String),
    /// The moment of the past that is asked for can't be shown.
    #[error(transparent)]
    Past(#[from] Past),
    #[error(transparent)]
    Lake(basalt_warehouse::Error),
    #[error("{context}: {source}")]
    Io {
        context: &'static str,
        source: std::io::Error,
    },
    #[error("{0}")]
    Internal(String),
}

impl Error {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused(_) => "read_only",
            Self::Forbidden(_) => "forbidden",
            Self::Invalid(_) => "invalid_sql",
            Self::Condition(_) => "invalid_condition",
            Self::Lagging { .. } => "lake_lagging",
            Self::Freshness(_) => "freshness_unknown",
            Self::Timeout { .. } => "query_timeout",
            Self::RowLimit { .. } => "row_limit",
            Self::MemoryLimit { .. } => "memory_limit",
            Self::Cancelled => "cancelled",
            Self::Execution(_) => "query_failed",
            Self::Past(past) => past.code(),
            Self::Lake(_) => "lake",
            Self::Io { .. } => "io",
            Self::Internal(_) => "internal",
        }
    }

    /// The SQLSTATE that a Postgres client gets.
    pub fn sqlstate(&self) -> &'static str {
        match self {
            Self::Refused(_) => "25006",
            Self::Forbidden(_) => "42501",
            Self::Invalid(_) | Self::Condition(_) => "42601",
            Self::Lagging { .. } | Self::Freshness(_) => "57P03",
            Self::Timeout { .. } | Self::Cancelled => "57014",
            Self::RowLimit { .. } => "54000",
            Self::MemoryLimit { .. } => "53200",
            Self::Execution(_) => "22000",
            Self::Past(_) => "22023",
            Self::Lake(_) | Self::Io { .. } => "58030",
            Self::Internal(_) => "XX000",
        }
    }

    /// Sorts an error of the engine into the reader's mistakes, limits and faults of ours.
    pub(crate) fn from_engine(error: DataFusionError, memory_limit: usize) -> Self {
        match error.find_root() {
            DataFusionError::ResourcesExhausted(detail) => Self::MemoryLimit {
                limit: memory_limit,
                detail: detail.clone(),
            },
            DataFusionError::External(source) => match source.downcast_ref::<Stop>() {
                Some(Stop::Timeout(limit)) => Self::Timeout { limit: *limit },
                Some(Stop::Rows(limit)) => Self::RowLimit { limit: *limit },
                Some(Stop::Cancelled) => Self::Cancelled,
                None => {
                    let past = source.downcast_ref::<Past>().cloned();
                    let past = past.or_else(|| Past::of(source.downcast_ref()?));
                    past.map_or_else(|| Self::Execution(source.to_string()), Self::Past)
                }
            },
            DataFusionError::SQL(parser, _) => Self::Invalid(parser.to_string()),
            DataFusionError::Plan(message) => Self::Invalid(message.clone()),
            DataFusionError::SchemaError(schema, _) => Self::Invalid(schema.to_string()),
            DataFusionError::NotImplemented(message) => {
                Self::Invalid(format!("not supported: {message}"))
            }
            DataFusionError::ArrowError(arrow, _) => Self::Execution(arrow.to_string()),
            DataFusionError::Execution(message) => Self::Execution(message.clone()),
            DataFusionError::Internal(message) => Self::Internal(message.clone()),
            other => Self::Execution(other.to_string()),
        }
    }

    /// The error as it travels through DataFusion; [`Error::from_engine`] finds it again.
    pub(crate) fn into_engine(self) -> DataFusionError {
        match self {
            Self::Past(past) => DataFusionError::External(Box::new(past)),
            Self::Invalid(message) => DataFusionError::Plan(message),
            other => DataFusionError::Internal(other.to_string()),
        }
    }
}

impl From<basalt_warehouse::Error> for Error {
    fn from(error: basalt_warehouse::Error) -> Self {
        Past::of(&error).map_or(Self::Lake(error), Self::Past)
    }
}

/// Why a running stream was ended from outside; travels through DataFusion as an external error.
#[derive(Debug, Clone, Copy, thiserror::Error)]
pub(crate) enum Stop {
    #[error("ran longer than {0:?}")]
    Timeout(Duration),
    #[error("more than {0} rows")]
    Rows(usize),
    #[error("cancelled")]
    Cancelled,
}

impl From<Stop> for DataFusionError {
    fn from(stop: Stop) -> Self {
        Self::External(Box::new(stop))
    }
}
