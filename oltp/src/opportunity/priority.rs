//! The priority of an opportunity, as managers judge it.

use basalt_model::{Action, Principal, Problem, RowAccess};
use serde::Deserialize;

use crate::db::Db;
use crate::error::{Error, Result};
use crate::record::{Saved, Store};
use crate::rights::within;

/// A manager's scoring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Score {
    /// 0 to 100: from 70 high, from 40 medium, below low.
    pub score: i32,
}

impl Score {
    fn priority(self) -> &'static str {
        match self.score {
            70.. => "high",
            40.. => "medium",
            _ => "low",
        }
    }
}

/// Sets the priority; for those who may approve opportunities, which the profile says.
///
/// # Errors
/// [`Error::NotFound`] when the opportunity isn't readable; [`Error::Forbidden`] without the right;
/// [`Error::Validation`] for a score outside 0 to 100.
pub async fn set_priority(db: &Db, principal: &Principal, id: i64, score: Score) -> Result<Saved> {
    let mut tx = db.begin(principal).await?;
    if !within(&mut tx, db, principal, "opportunity", id, RowAccess::Read).await? {
        return Err(Error::NotFound);
    }
    let judges = principal.can("opportunity", Action::Approve)
        && within(&mut tx, db, principal, "opportunity", id, RowAccess::Write).await?;
    if !judges {
        return Err(Error::Forbidden);
    }
    if !(0..=100).contains(&score.score) {
        return Err(Error::field(
            "score",
            Problem::new("range", "must be from 0 to 100", "须在 0 到 100 之间"),
        ));
    }
    sqlx::query("update crm.opportunity set priority = $2, priority_score = $3, priority_set_by_id = $4 where id = $1")
        .bind(id)
        .bind(score.priority())
        .bind(score.score)
        .bind((principal.user_id > 0).then_some(principal.user_id))
        .execute(&mut *tx)
        .await?;
    Store::new(db.clone())
        .written_in(&mut tx, principal, "opportunity", id)
        .await?
        .commit(tx)
        .await
}
