//! Payment allocations (核销): which payment settles which invoice. Their sum is never above either side.

use basalt_model::{Problem, Value};
use rust_decimal::Decimal;
use sqlx::{PgConnection, Row};

use crate::error::{Error, Result};
use crate::record::Assignment;
use crate::record::consequences::value_of;

/// Both sides are locked, invoice before payment, so that allocations of either come one after the other.
pub(crate) async fn check(
    connection: &mut PgConnection,
    id: Option<i64>,
    assignments: &[Assignment<'_>],
) -> Result<()> {
    let sides = match id {
        Some(id) => {
            for field in ["invoice", "payment"] {
                if value_of(assignments, field).is_some() {
                    return Err(Error::field(
                        field,
                        Problem::new(
                            "readonly",
                            "can't be changed: remove the allocation and make another",
                            "不可修改，请删除后重新核销",
                        ),
                    ));
                }
            }
            sqlx::query_as::<_, (i64, i64)>(
                "select invoice_id, payment_id from crm.payment_allocation where id = $1",
            )
            .bind(id)
            .fetch_optional(&mut *connection)
            .await?
        }
        None => match (
            value_of(assignments, "invoice"),
            value_of(assignments, "payment"),
        ) {
            (Some(Value::Integer(invoice)), Some(Value::Integer(payment))) => {
                Some((*invoice, *payment))
            }
            _ => None,
        },
    };
    if let Some((invoice, payment)) = sides {
        lock(connection, invoice, payment).await?;
    }
    Ok(())
}

async fn lock(connection: &mut PgConnection, invoice: i64, payment: i64) -> Result<()> {
    sqlx::query("select from crm.invoice where id = $1 for update")
        .bind(invoice)
        .execute(&mut *connection)
        .await?;
    sqlx::query("select from crm.payment where id = $1 for update")
        .bind(payment)
        .execute(connection)
        .await?;
    Ok(())
}

/// Checks both sides after the allocation was written, recycled or restored.
pub(crate) async fn within_both(connection: &mut PgConnection, id: i64) -> Result<()> {
    let (invoice, payment): (i64, i64) =
        sqlx::query_as("select invoice_id, payment_id from crm.payment_allocation where id = $1")
            .bind(id)
            .fetch_one(&mut *connection)
            .await?;
    lock(connection, invoice, payment).await?;
    let row = sqlx::query(
        "select i.amount - coalesce((select sum(a.amount) from crm.payment_allocation a where a.invoice_id = i.id and a.deleted_at is null), 0) as open_invoice,
                p.amount - coalesce((select sum(a.amount) from crm.payment_allocation a where a.payment_id = p.id and a.deleted_at is null), 0) as open_payment,
                i.amount_currency = p.amount_currency as same_currency, i.customer_id = p.customer_id as same_customer,
                (i.status = 'issued' and i.deleted_at is null and p.status = 'received' and p.deleted_at is null) or gone.gone as alive
         from crm.invoice i, crm.payment p, (select deleted_at is not null as gone from crm.payment_allocation where id = $3) gone
         where i.id = $1 and p.id = $2",
    )
    .bind(invoice)
    .bind(payment)
    .bind(id)
    .fetch_one(connection)
    .await?;
    let refused = |field: &str, en: &str, zh: &str| {
        Err(Error::field(field, Problem::new("allocation", en, zh)))
    };
    if !row.try_get::<bool, _>("same_currency")? {
        return refused(
            "payment",
            "is in another currency than the invoice",
            "币种与销售单不一致",
        );
    }
    if !row.try_get::<bool, _>("same_customer")? {
        return refused(
            "payment",
            "is of another customer than the invoice",
            "与销售单不属于同一客户",
        );
    }
    // An allocation is taken back whatever became of the two.
    if !row.try_get::<bool, _>("alive")? {
        return refused(
            "payment",
            "or invoice is cancelled, refunded or recycled",
            "或销售单已作废、退款或删除",
        );
    }
    let (invoice, payment): (Decimal, Decimal) =
        (row.try_get("open_invoice")?, row.try_get("open_payment")?);
    if invoice < Decimal::ZERO {
        return refused(
            "amount",
            "is more than is open of the invoice",
            "超过销售单未核销金额",
        );
    }
    if payment < Decimal::ZERO {
        return refused(
            "amount",
            "is more than is left of the payment",
            "超过收款的可核销金额",
        );
    }
    Ok(())
}

/// What is settled already must stay covered when an invoice or a payment was changed or recycled.
pub(crate) async fn still_covered(
    connection: &mut PgConnection,
    object: &str,
    id: i64,
) -> Result<()> {
    let statement = if object == "invoice" {
        "select coalesce((select sum(a.amount) from crm.payment_allocation a where a.invoice_id = t.id and a.deleted_at is null), 0) as settled,
                t.amount, t.status = 'issued' and t.deleted_at is null as alive from crm.invoice t where t.id = $1"
    } else {
        "select coalesce((select sum(a.amount) from crm.payment_allocation a where a.payment_id = t.id and a.deleted_at is null), 0) as settled,
                t.amount, t.status = 'received' and t.deleted_at is null as alive from crm.payment t where t.id = $1"
    };
    let row = sqlx::query(statement)
        .bind(id)
        .fetch_one(connection)
        .await?;
    let settled: Decimal = row.try_get(0)?;
    if settled.is_zero() {
        return Ok(());
    }
    if !row.try_get::<bool, _>(2)? || settled > row.try_get::<Decimal, _>(1)? {
        return Err(is_settled());
    }
    Ok(())
}

/// Neither side goes to the recycle bin while something is settled with it.
pub(crate) async fn refuse_settled(
    connection: &mut PgConnection,
    object: &str,
    id: i64,
) -> Result<()> {
    let statement = if object == "invoice" {
        "select exists (select from crm.payment_allocation where invoice_id = $1 and deleted_at is null)"
    } else {
        "select exists (select from crm.payment_allocation where payment_id = $1 and deleted_at is null)"
    };
    let settled: bool = sqlx::query_scalar(statement)
        .bind(id)
        .fetch_one(connection)
        .await?;
    if settled { Err(is_settled()) } else { Ok(()) }
}

fn is_settled() -> Error {
    Error::conflict(
        "settled",
        "Payments are settled with it already: take allocations back first.",
        "该单据已有核销记录，请先撤销核销。",
    )
}
