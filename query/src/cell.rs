//! A cell of a result as the customers behind it: what was asked, and which part of the answer. It is
//! kept as it was asked, so that a segment made of it can be evaluated again, under any reader's rights.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::Session;
use crate::analysis::AnalysisError;
use crate::analysis::rfm::{self, RfmRequest};

/// One cell, by the analysis that it is of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case", deny_unknown_fields)]
pub enum Cell {
    /// Customers with these scores for recency and frequency.
    Rfm { request: RfmRequest, r: u8, f: u8 },
}

impl Cell {
    /// The customers in the cell, of those that the session's principal may see.
    ///
    /// # Errors
    ///
    /// Those of the analysis.
    pub async fn customers(&self, session: &Session) -> Result<BTreeSet<i64>, AnalysisError> {
        match self {
            Self::Rfm { request, r, f } => {
                let scored = rfm::score(session, request).await?;
                let inside = |row: &&rfm::RfmRow| row.r == *r && row.f == *f;
                let rows = scored.rows.iter().filter(inside);
                Ok(rows.map(|row| row.customer_id).collect())
            }
        }
    }
}
