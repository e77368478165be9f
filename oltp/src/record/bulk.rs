//! Many records at once, each with its own outcome: one that is refused doesn't hold up the others.

use basalt_model::{Action, Condition, Principal};
use sqlx::Connection;

use super::{JsonMap, ListRequest, Store};
use crate::error::{Error, Result};

/// The most records of one call.
pub const BULK_MAX: usize = 1000;

/// What to do with each record.
#[derive(Debug, Clone, PartialEq)]
pub enum BulkAction {
    Update(JsonMap),
    Delete,
    Restore,
    Purge,
}

/// Which records are meant.
#[derive(Debug, Clone, PartialEq)]
pub enum BulkTarget {
    Ids(Vec<i64>),
    /// All that the condition holds for, at most [`BULK_MAX`].
    Filter(Condition),
}

/// What became of one record.
#[derive(Debug)]
pub struct BulkOutcome {
    pub id: i64,
    /// The version it has now, or why it was left as it is.
    pub outcome: Result<i32>,
}

/// What became of all records.
#[derive(Debug)]
pub struct BulkReport {
    pub outcomes: Vec<BulkOutcome>,
    pub lsn: String,
}

impl Store {
    /// Does the same to many records.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without the function right; [`Error::Request`] for more than
    /// [`BULK_MAX`] records. What is wrong with single records stands in their outcomes.
    pub async fn bulk(
        &self,
        principal: &Principal,
        object: &str,
        target: BulkTarget,
        action: BulkAction,
    ) -> Result<BulkReport> {
        let needed = match action {
            BulkAction::Update(_) => Action::Update,
            BulkAction::Delete | BulkAction::Restore | BulkAction::Purge => Action::Delete,
        };
        if !principal.can(object, needed) {
            return Err(Error::Forbidden);
        }
        let recycled = matches!(action, BulkAction::Restore | BulkAction::Purge);
        let ids = self.targets(principal, object, target, recycled).await?;
        let mut tx = self.db.begin(principal).await?;
        let mut outcomes = Vec::with_capacity(ids.len());
        for id in ids {
            let mut point = tx.begin().await?;
            let done = match &action {
                BulkAction::Update(patch) => self
                    .update_in(&mut point, principal, object, id, patch.clone(), None)
                    .await
                    .map(|written| written.version),
                BulkAction::Delete => self
                    .delete_in(&mut point, principal, object, id, None)
                    .await
                    .map(|written| written.version),
                BulkAction::Restore => self
                    .restore_in(&mut point, principal, object, id)
                    .await
                    .map(|written| written.version),
                BulkAction::Purge => self
                    .purge_in(&mut point, principal, object, id)
                    .await
                    .map(|()| 0),
            };
            match done {
                Ok(version) => {
                    point.commit().await?;
                    outcomes.push(BulkOutcome {
                        id,
                        outcome: Ok(version),
                    });
                }
                // The transaction as a whole is lost with the connection or the time limit.
                Err(error @ (Error::Unavailable(_) | Error::Database(_))) => return Err(error),
                Err(error) => {
                    point.rollback().await?;
                    outcomes.push(BulkOutcome {
                        id,
                        outcome: Err(error),
                    });
                }
            }
        }
        let lsn = tx.commit().await?;
        Ok(BulkReport { outcomes, lsn })
    }

    async fn targets(
        &self,
        principal: &Principal,
        object: &str,
        target: BulkTarget,
        recycled: bool,
    ) -> Result<Vec<i64>> {
        let too_many = || {
            Error::request(
                "ids",
                format!("are more than {BULK_MAX} records"),
                format!("超过 {BULK_MAX} 条记录"),
            )
        };
        let mut ids = match target {
            BulkTarget::Ids(ids) => ids,
            BulkTarget::Filter(filter) => {
                let request = ListRequest {
                    filter: Some(filter),
                    fields: vec!["id".to_owned()],
                    limit: BULK_MAX as u32,
                    recycled,
                    ..ListRequest::default()
                };
                let page = self.list(principal, object, &request).await?;
                if page.next.is_some() {
                    return Err(too_many());
                }
                page.items
                    .iter()
                    .filter_map(|item| item.get("id")?.as_i64())
                    .collect()
            }
        };
        // In one order for all, so that two calls over the same records wait instead of colliding.
        ids.sort_unstable();
        ids.dedup();
        if ids.len() > BULK_MAX {
            return Err(too_many());
        }
        Ok(ids)
    }
}
