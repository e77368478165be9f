//! Winning an opportunity, and the order that comes of it.

use basalt_model::{Action, Money, Principal, Problem, RowAccess};
use chrono::{NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::json;
use sqlx::Row;

use crate::db::{Db, Tx};
use crate::error::{Error, Result};
use crate::record::{JsonMap, Saved, Store};
use crate::rights::within;

/// What is to come of a won opportunity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Document {
    Order,
}

/// How an opportunity is won.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WinInput {
    pub create: Document,
    /// Default: today (UTC).
    #[serde(default)]
    pub ordered_on: Option<NaiveDate>,
}

/// A won opportunity and what came of it.
#[derive(Debug, Clone)]
pub struct Won {
    pub opportunity: Saved,
    pub order: JsonMap,
}

/// Marks an opportunity as won and makes the order: customer, lines and prices are taken over, and
/// each shows the other. Both in one transaction; once only.
///
/// # Errors
/// [`Error::NotFound`] when the opportunity isn't readable; [`Error::Forbidden`] without the rights to
/// change it and to create orders; [`Error::Conflict`] when the order was made already or the opportunity is lost.
pub async fn win(db: &Db, principal: &Principal, id: i64, input: &WinInput) -> Result<Won> {
    let store = Store::new(db.clone());
    let mut tx = db.begin(principal).await?;
    if !within(&mut tx, db, principal, "opportunity", id, RowAccess::Read).await? {
        return Err(Error::NotFound);
    }
    let may = principal.can("opportunity", Action::Update)
        && principal.can("order", Action::Create)
        && principal.can("order_line", Action::Create)
        && within(&mut tx, db, principal, "opportunity", id, RowAccess::Write).await?;
    if !may {
        return Err(Error::Forbidden);
    }
    let row = sqlx::query(
        "select status, ordered_at is not null, customer_id, amount, amount_currency, amount_rate, owner_id
         from crm.opportunity where id = $1 and deleted_at is null for update",
    )
    .bind(id)
    .fetch_one(&mut *tx)
    .await?;
    if row.try_get::<bool, _>(1)? {
        return Err(Error::conflict(
            "already_ordered",
            "An order was made of this opportunity already.",
            "该销售机会已经生成过订单。",
        ));
    }
    match row.try_get::<String, _>(0)?.as_str() {
        "open" => {
            let stage: String = sqlx::query_scalar(
                "select value from sys.stage where object = 'opportunity' and kind = 'won' order by position limit 1",
            )
            .fetch_one(&mut *tx)
            .await?;
            let mut patch = JsonMap::new();
            patch.insert("stage".to_owned(), json!(stage));
            store
                .update_in(&mut tx, principal, "opportunity", id, patch, None)
                .await?;
        }
        // Won by an edit; the order comes now.
        "won" => {}
        _ => {
            return Err(Error::conflict(
                "opportunity_lost",
                "The opportunity is lost; move it to an open stage first.",
                "该销售机会已输单，请先恢复到进行中的阶段。",
            ));
        }
    }
    let currency: String = row.try_get(4)?;
    let rate: Decimal = row.try_get(5)?;
    let money = |amount: Decimal, field: &str| {
        Money::new(amount, currency.clone(), rate).map_err(|error| {
            Error::field(
                field,
                Problem::new("money", error.to_string(), "不是有效的金额"),
            )
        })
    };
    let mut order = JsonMap::new();
    order.insert("customer".to_owned(), json!(row.try_get::<i64, _>(2)?));
    order.insert("opportunity".to_owned(), json!(id));
    order.insert(
        "ordered_on".to_owned(),
        json!(input.ordered_on.unwrap_or_else(|| Utc::now().date_naive())),
    );
    order.insert(
        "amount".to_owned(),
        json!(money(row.try_get(3)?, "amount")?),
    );
    if let Some(owner) = row.try_get::<Option<i64>, _>(6)? {
        order.insert("owner".to_owned(), json!(owner));
    }
    let order = store.create_in(&mut tx, principal, "order", order).await?;
    copy_lines(&store, &mut tx, principal, id, order.id, money).await?;
    sqlx::query("update crm.opportunity set ordered_at = now() where id = $1")
        .bind(id)
        .execute(&mut *tx)
        .await?;
    let opportunity = store
        .written_in(&mut tx, principal, "opportunity", id)
        .await?
        .commit(tx)
        .await?;
    Ok(Won {
        opportunity,
        order: order.record,
    })
}

async fn copy_lines(
    store: &Store,
    tx: &mut Tx,
    principal: &Principal,
    opportunity: i64,
    order: i64,
    money: impl Fn(Decimal, &str) -> Result<Money>,
) -> Result<()> {
    let lines = sqlx::query(
        "select line_no, product_id, quantity, round(unit_price * (100 - discount) / 100, 2), amount
         from crm.opportunity_line where opportunity_id = $1 and deleted_at is null order by line_no",
    )
    .bind(opportunity)
    .fetch_all(&mut **tx)
    .await?;
    for line in lines {
        let mut copy = JsonMap::new();
        copy.insert("order".to_owned(), json!(order));
        copy.insert("line_no".to_owned(), json!(line.try_get::<i32, _>(0)?));
        copy.insert("product".to_owned(), json!(line.try_get::<i64, _>(1)?));
        copy.insert("quantity".to_owned(), json!(line.try_get::<Decimal, _>(2)?));
        copy.insert(
            "unit_price".to_owned(),
            json!(money(line.try_get(3)?, "unit_price")?),
        );
        copy.insert(
            "amount".to_owned(),
            json!(money(line.try_get(4)?, "amount")?),
        );
        store.create_in(tx, principal, "order_line", copy).await?;
    }
    Ok(())
}
