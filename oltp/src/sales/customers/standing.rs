//! Whether one still does business with a customer: active, abandoned, blacklisted.

use basalt_model::Principal;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use super::{may_change, reason};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::record::{Saved, Store};
use crate::sales::history::{Entry, note};

/// How one stands with a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    Active,
    /// Left the list of customers.
    Abandoned,
    /// Gets no quotes, orders and mailings.
    Blacklisted,
}

impl Standing {
    /// As stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Abandoned => "abandoned",
            Self::Blacklisted => "blacklisted",
        }
    }
}

/// Changes how one stands with a customer, for a reason; who and when stand in its history.
///
/// # Errors
/// [`Error::Validation`] without a reason; [`Error::Conflict`] when it stands so already.
pub async fn set_standing(
    db: &Db,
    principal: &Principal,
    id: i64,
    to: Standing,
    why: Option<&str>,
) -> Result<Saved> {
    let mut tx = db.begin(principal).await?;
    may_change(&mut tx, db, principal, id).await?;
    let why = match (to, why) {
        // Coming back needs no excuse.
        (Standing::Active, None) => None,
        (_, why) => Some(reason("reason", why)?),
    };
    let (from, owner): (String, Option<i64>) =
        sqlx::query_as("select standing, owner_id from crm.customer where id = $1 for update")
            .bind(id)
            .fetch_one(&mut *tx)
            .await?;
    if from == to.name() {
        return Err(Error::conflict(
            "same_standing",
            format!("The customer is {from} already."),
            format!("该客户的状态已是“{from}”。"),
        ));
    }
    sqlx::query("update crm.customer set standing = $2, standing_reason = $3 where id = $1")
        .bind(id)
        .bind(to.name())
        .bind(&why)
        .execute(&mut *tx)
        .await?;
    let entry = Entry {
        kind: match to {
            Standing::Active => "reinstated",
            Standing::Abandoned => "abandoned",
            Standing::Blacklisted => "blacklisted",
        },
        from: Some(&from),
        to: Some(to.name()),
        reason: why.as_deref(),
        rep: owner,
        ..Entry::default()
    };
    note(&mut tx, "customer", id, entry).await?;
    Store::new(db.clone())
        .written_in(&mut tx, principal, "customer", id)
        .await?
        .commit(tx)
        .await
}

/// Refuses a new document for a customer that is blacklisted.
pub(crate) async fn must_not_be_blacklisted(
    connection: &mut PgConnection,
    customer: i64,
) -> Result<()> {
    // Held until the document is written: blacklisting waits for it, or it for blacklisting.
    let standing: Option<String> =
        sqlx::query_scalar("select standing from crm.customer where id = $1 for share")
            .bind(customer)
            .fetch_optional(connection)
            .await?;
    if standing.as_deref() != Some("blacklisted") {
        return Ok(());
    }
    Err(Error::conflict(
        "customer_blacklisted",
        "This customer is blacklisted: it gets no quotes and orders. Have it reinstated first.",
        "该客户在黑名单中，不能新建报价和订单。请先恢复该客户。",
    ))
}
