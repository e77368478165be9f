//! Customers: their standing and lifecycle, how they hang together, their review, their people.

mod chart;
mod lifecycle;
mod people;
mod review;
mod standing;
mod tree;

use basalt_model::{Action, Principal, RowAccess};

pub use chart::{Unit, UnitInput, set_units, units};
pub(crate) use lifecycle::sweep_activity;
pub use lifecycle::{
    ActivityStatus, Lifecycle, enter_lifecycle, inactive_after, set_activity, set_inactive_after,
};
pub use people::{ContactMap, contact_map};
pub(crate) use people::{keep_built_in, note_influence};
pub use review::{Criterion, Verdict, criteria, review, set_criteria};
pub(crate) use standing::must_not_be_blacklisted;
pub use standing::{Standing, set_standing};
pub(crate) use tree::refuse_circle;
pub use tree::{Node, tree};

use crate::db::{Db, Tx};
use crate::error::{Error, Result};
use crate::rights;

/// Refuses who may not change the customer.
async fn may_change(tx: &mut Tx, db: &Db, principal: &Principal, id: i64) -> Result<()> {
    if !rights::within(tx, db, principal, "customer", id, RowAccess::Read).await? {
        return Err(Error::NotFound);
    }
    if principal.can("customer", Action::Update)
        && rights::within(tx, db, principal, "customer", id, RowAccess::Write).await?
    {
        Ok(())
    } else {
        Err(Error::Forbidden)
    }
}

/// A reason in words: there, and not longer than fits.
fn reason(field: &str, text: Option<&str>) -> Result<String> {
    let text = text.unwrap_or_default().trim();
    if (1..=500).contains(&text.chars().count()) {
        return Ok(text.to_owned());
    }
    let problem = basalt_model::Problem::new(
        "required",
        "must have 1 to 500 characters",
        "须为1到500个字符",
    );
    Err(Error::field(field, problem))
}
