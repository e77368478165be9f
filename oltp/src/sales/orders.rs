//! Orders: their states, and paying them.

use std::str::FromStr;

use basalt_model::{Action, Money, Principal, Problem, RowAccess};
use chrono::{NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use sqlx::{QueryBuilder, Row};

use crate::db::Db;
use crate::error::{Error, Result};
use crate::record::{JsonMap, Saved, Select, Store};
use crate::sql::push_row_rule;

/// The state of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Draft,
    Confirmed,
    Paid,
    Cancelled,
}

/// What happens to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    Confirm,
    /// The whole amount has been received.
    Pay,
    Cancel,
    Reopen,
}

/// The table of states: what is not in it can't happen.
const TRANSITIONS: [(Status, Event, Status); 6] = [
    (Status::Draft, Event::Confirm, Status::Confirmed),
    (Status::Draft, Event::Pay, Status::Paid),
    (Status::Confirmed, Event::Pay, Status::Paid),
    (Status::Draft, Event::Cancel, Status::Cancelled),
    (Status::Confirmed, Event::Cancel, Status::Cancelled),
    (Status::Cancelled, Event::Reopen, Status::Draft),
];

impl Status {
    pub const ALL: [Self; 4] = [Self::Draft, Self::Confirmed, Self::Paid, Self::Cancelled];

    /// The state after the event, if it can happen now.
    pub fn after(self, event: Event) -> Option<Self> {
        TRANSITIONS
            .iter()
            .find(|(from, on, _)| *from == self && *on == event)
            .map(|(_, _, to)| *to)
    }

    /// The state as stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Confirmed => "confirmed",
            Self::Paid => "paid",
            Self::Cancelled => "cancelled",
        }
    }
}

impl FromStr for Status {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL
            .into_iter()
            .find(|status| status.name() == text)
            .ok_or(())
    }
}

/// States in which a new order may begin.
pub(crate) fn may_begin_as(status: &str) -> bool {
    matches!(status.parse(), Ok(Status::Draft | Status::Confirmed))
}

/// Changes of state that a plain edit may make; paying is a command.
pub(crate) fn may_be_set(from: &str, to: &str) -> bool {
    let (Ok(from), Ok(to)) = (from.parse::<Status>(), to.parse::<Status>()) else {
        return false;
    };
    TRANSITIONS
        .iter()
        .any(|(a, event, b)| *a == from && *b == to && *event != Event::Pay)
}

/// What is known of a payment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PayInput {
    /// In the order's currency; default: what is still open.
    pub amount: Option<Decimal>,
    /// `transfer` (default), `card`, `cash`, `wallet`.
    pub method: Option<String>,
    /// Default: today (UTC).
    pub paid_on: Option<NaiveDate>,
}

/// Records a payment of an order. When the whole amount has been received, the order is paid.
/// Payment and order change in one transaction; the answer is the order.
///
/// # Errors
/// [`Error::NotFound`] when the order isn't readable; [`Error::Forbidden`] without the rights to
/// change the order and to create payments; [`Error::Conflict`] when the order is paid or
/// cancelled; [`Error::Validation`] when the amount isn't positive or exceeds what is open.
pub async fn pay(db: &Db, principal: &Principal, order_id: i64, input: PayInput) -> Result<Saved> {
    let store = Store::new(db.clone());
    if !(principal.can("order", Action::Update) && principal.can("payment", Action::Create)) {
        store
            .get(
                principal,
                "order",
                order_id,
                &Select {
                    fields: vec!["id".to_owned()],
                    include: Vec::new(),
                },
            )
            .await?;
        return Err(Error::Forbidden);
    }
    let dictionary = db.dictionary();
    let object = dictionary.object("order").ok_or(Error::NotFound)?;
    let mut tx = db.begin(principal).await?;
    let mut query = QueryBuilder::new(
        "select t.status, t.customer_id, t.amount, t.amount_currency, t.amount_rate, t.owner_id, t.department_id
         from crm.sales_order t where t.deleted_at is null and t.id = ",
    );
    query.push_bind(order_id).push(" and ");
    push_row_rule(
        &mut query,
        "t",
        &principal.rule_for(&dictionary, object, RowAccess::Write),
    );
    query.push(" for update of t");
    let order = query
        .build()
        .fetch_optional(&mut *tx)
        .await?
        .ok_or(Error::NotFound)?;
    let status: Status = order
        .try_get::<&str, _>(0)?
        .parse()
        .map_err(|()| unpayable("?"))?;
    let paid = status
        .after(Event::Pay)
        .ok_or_else(|| unpayable(status.name()))?;

    let total: Decimal = order.try_get(2)?;
    let received: Decimal = sqlx::query_scalar(
        "select coalesce(sum(amount), 0) from crm.payment where order_id = $1 and status = 'received' and deleted_at is null",
    )
    .bind(order_id)
    .fetch_one(&mut *tx)
    .await?;
    let open = total - received;
    let amount = input.amount.unwrap_or(open);
    if amount < Decimal::ZERO || (amount.is_zero() && !open.is_zero()) {
        return Err(Error::field(
            "amount",
            Problem::new("range", "must be positive", "必须大于零"),
        ));
    }
    if amount > open {
        let problem = Problem::new(
            "range",
            format!("is more than the {open} still open"),
            format!("超过未收金额 {open}"),
        );
        return Err(Error::field("amount", problem));
    }
    let money =
        Money::new(amount, order.try_get::<String, _>(3)?, order.try_get(4)?).map_err(|error| {
            Error::field(
                "amount",
                Problem::new("money", error.to_string(), "不是有效的金额"),
            )
        })?;

    let paid_on = input.paid_on.unwrap_or_else(|| Utc::now().date_naive());
    let mut payment = JsonMap::new();
    payment.insert("order".to_owned(), json!(order_id));
    payment.insert("customer".to_owned(), json!(order.try_get::<i64, _>(1)?));
    payment.insert("paid_on".to_owned(), json!(paid_on));
    payment.insert("amount".to_owned(), json!(money));
    if let Some(method) = input.method {
        payment.insert("method".to_owned(), Json::String(method));
    }
    store
        .create_in(&mut tx, principal, "payment", payment)
        .await?;
    if amount == open {
        sqlx::query("update crm.sales_order set status = $2, paid_at = now() where id = $1")
            .bind(order_id)
            .bind(paid.name())
            .execute(&mut *tx)
            .await?;
    }
    store
        .written_in(&mut tx, principal, "order", order_id)
        .await?
        .commit(tx)
        .await
}

fn unpayable(status: &str) -> Error {
    Error::conflict(
        "order_not_payable",
        format!("An order in state \"{status}\" can't be paid."),
        format!("状态为“{status}”的订单不能收款。"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const EVENTS: [Event; 4] = [Event::Confirm, Event::Pay, Event::Cancel, Event::Reopen];

    proptest! {
        #[test]
        fn paid_is_final_and_reached_by_paying_only(events in prop::collection::vec(prop::sample::select(EVENTS.to_vec()), 0..30)) {
            let mut status = Status::Draft;
            for event in events {
                let before = status;
                status = status.after(event).unwrap_or(status);
                if before == Status::Paid {
                    prop_assert_eq!(status, Status::Paid);
                }
                if status == Status::Paid && before != Status::Paid {
                    prop_assert_eq!(event, Event::Pay);
                    prop_assert_ne!(before, Status::Cancelled);
                }
            }
        }
    }

    #[test]
    fn the_table_is_a_function_and_names_survive() {
        for from in Status::ALL {
            assert_eq!(from.name().parse(), Ok(from));
            for event in EVENTS {
                assert!(
                    TRANSITIONS
                        .iter()
                        .filter(|(a, on, _)| *a == from && *on == event)
                        .count()
                        <= 1
                );
            }
            assert!(!may_be_set(from.name(), "paid"));
        }
    }
}
