//! The same counts and sums from Postgres and from the lake, and after loading both equal to the log's own.

use basalt_model::Principal;
use basalt_query::ReadAt;
use rust_decimal::Decimal;
use sqlx::Row as _;

use super::files::Expected;
use crate::{App, app::Analysis};

/// One statement that both engines understand; amounts as text, so that nothing is rounded.
const SQL: &str = "
    select (select count(*) from crm.customer) as customers, (select count(*) from crm.contact) as contacts,
           (select count(*) from crm.sales_order) as orders, (select count(*) from crm.sales_order_line) as lines, (select count(*) from crm.payment) as payments,
           (select cast(sum(amount) as text) from crm.sales_order) as order_amount, (select cast(sum(amount) as text) from crm.payment) as payment_amount";

#[derive(Debug, PartialEq)]
struct Figures {
    counts: [i64; 5],
    order_amount: Decimal,
    payment_amount: Decimal,
}

/// `loaded`: what was loaded just now.
///
/// # Errors
/// When a figure differs, both sides named.
pub async fn run(
    app: &App,
    analysis: &Analysis,
    loaded: Option<&Expected>,
) -> anyhow::Result<String> {
    let row = sqlx::query(SQL).fetch_one(app.db().pool()).await?;
    let postgres = Figures {
        counts: [
            row.try_get("customers")?,
            row.try_get("contacts")?,
            row.try_get("orders")?,
            row.try_get("lines")?,
            row.try_get("payments")?,
        ],
        order_amount: row.try_get::<String, _>("order_amount")?.parse()?,
        payment_amount: row.try_get::<String, _>("payment_amount")?.parse()?,
    };
    let answer = analysis
        .engine
        .query(&Principal::system(), SQL, ReadAt::Fresh)
        .await?;
    let csv = answer.to_csv()?;
    let values: Vec<&str> = csv.lines().nth(1).unwrap_or_default().split(',').collect();
    anyhow::ensure!(values.len() == 7, "the lake answered {csv:?}");
    let mut counts = [0; 5];
    for (count, value) in counts.iter_mut().zip(&values) {
        *count = value.parse()?;
    }
    let lake = Figures {
        counts,
        order_amount: values[5].parse()?,
        payment_amount: values[6].parse()?,
    };
    anyhow::ensure!(
        postgres == lake,
        "Postgres and the lake differ: {postgres:?} / {lake:?}"
    );
    let [customers, _, orders, _, payments] = postgres.counts;
    if let Some(expected) = loaded {
        let shown = Expected {
            customers: usize::try_from(customers)?,
            orders: usize::try_from(orders)?,
            payments: usize::try_from(payments)?,
            order_amount: postgres.order_amount,
            payment_amount: postgres.payment_amount,
        };
        anyhow::ensure!(
            shown == *expected,
            "the loaded figures are not the log's: {shown:?} / {expected:?}"
        );
    }
    Ok(format!(
        "{customers} customers, {orders} orders worth {} USD, {payments} payments worth {} USD: equal at {}",
        postgres.order_amount, postgres.payment_amount, answer.lsn
    ))
}
