//! A cell of a result as the customers behind it: what was asked, and which part of the answer. It is
//! kept as it was asked, so that a segment made of it can be evaluated again, under any reader's rights.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::Session;
use crate::analysis::cohort::{self, RetentionRequest};
use crate::analysis::lifecycle::{self, LifecycleRequest, LifecycleState};
use crate::analysis::rfm::{self, RfmRequest};
use crate::analysis::{AnalysisError, purchases};

/// One cell, by the analysis that it is of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case", deny_unknown_fields)]
pub enum Cell {
    /// Customers with these scores for recency and frequency.
    Rfm { request: RfmRequest, r: u8, f: u8 },
    /// Customers who first bought in `month`, and again in the month `months_since` later.
    Retention {
        request: RetentionRequest,
        month: NaiveDate,
        months_since: u32,
    },
    /// Customers in `state` on the second date; with `from`, those of them who were in that state on the first.
    Lifecycle {
        request: LifecycleRequest,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<LifecycleState>,
        state: LifecycleState,
    },
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
            Self::Retention {
                request,
                month,
                months_since,
            } => {
                let purchases = purchases(session).await?;
                Ok(cohort::customers_of(
                    &purchases,
                    request,
                    *month,
                    *months_since,
                ))
            }
            Self::Lifecycle {
                request,
                from,
                state,
            } => lifecycle::customers_in(&purchases(session).await?, request, *from, *state),
        }
    }
}
