//! Customer analyses: value scores, purchase models, cohorts and sales by month.
//!
//! DataFusion reads and joins (through the caller's [`Session`](crate::Session), so every figure obeys
//! the caller's rights), Polars ranks and groups, the models are our own.
//!
//! ```text
//! purchases   one row a customer and day of purchase, and each customer's summary
//! rfm         recency, frequency, monetary scores, named segments, the r × f grid
//! btyd/       BG/NBD, modified BG/NBD, Pareto/NBD, Gamma-Gamma: fits, P(alive), expectations
//! clv         lifetime value of each customer, with the hold-out back-test beside it
//! scoring     all scores of every customer as rows for the system of record
//! cohort      retention by month of first purchase
//! revenue_retention  gross and net, between two equal periods
//! lifecycle   new, active, returning, dormant, lost; who changed state between two dates
//! basket      association rules of products bought together
//! sales       revenue and orders by month and region
//! frames      the one place where Arrow and Polars meet
//! ```

pub mod basket;
pub mod btyd;
pub mod clv;
pub mod cohort;
mod frames;
pub mod lifecycle;
pub mod purchases;
pub mod revenue_retention;
pub mod rfm;
pub mod sales;
pub mod scoring;

use btyd::BtydError;

pub use purchases::{CustomerSummary, Purchases, purchases};
pub use scoring::{ScoreRun, score_customers};

/// What can go wrong in an analysis.
#[derive(Debug, thiserror::Error)]
pub enum AnalysisError {
    #[error(transparent)]
    Query(#[from] crate::Error),
    /// The data are not enough for the model, or do not fit it.
    #[error(transparent)]
    Model(#[from] BtydError),
    #[error("nobody has bought anything up to {as_of}")]
    NoPurchases { as_of: chrono::NaiveDate },
    #[error("the request can't be answered: {0}")]
    Request(String),
    /// A column is missing or of an unexpected type: the views and the analysis disagree.
    #[error("the view does not fit the analysis: {0}")]
    Shape(String),
    #[error("cannot order or group the customers: {0}")]
    Frame(#[from] polars::error::PolarsError),
    #[error(transparent)]
    Arrow(#[from] arrow::error::ArrowError),
}

impl AnalysisError {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Query(error) => error.code(),
            Self::Model(_) => "model_not_determined",
            Self::NoPurchases { .. } => "no_purchases",
            Self::Request(_) => "invalid_request",
            Self::Shape(_) | Self::Frame(_) | Self::Arrow(_) => "internal",
        }
    }
}
