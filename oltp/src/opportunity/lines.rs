//! Lines of an opportunity: its amount is their sum as soon as there are any.

use basalt_model::Problem;
use rust_decimal::Decimal;
use sqlx::{PgConnection, Row};

use crate::error::{Error, Result};

/// An amount can't be given while lines make it.
pub(super) async fn refuse_amount(connection: &mut PgConnection, opportunity: i64) -> Result<()> {
    let has_lines: bool = sqlx::query_scalar(
        "select exists (select from crm.opportunity_line where opportunity_id = $1 and deleted_at is null)",
    )
    .bind(opportunity)
    .fetch_one(connection)
    .await?;
    if has_lines {
        return Err(Error::field(
            "amount",
            Problem::new(
                "computed",
                "is the sum of the lines: change the lines",
                "由明细合计得出，请修改明细",
            ),
        ));
    }
    Ok(())
}

/// Lines of what is won or lost stay as they are. Locks the opportunity, so that lines change one after the other.
pub(crate) async fn refuse_closed(connection: &mut PgConnection, opportunity: i64) -> Result<()> {
    let status: Option<String> =
        sqlx::query_scalar("select status from crm.opportunity where id = $1 for update")
            .bind(opportunity)
            .fetch_optional(connection)
            .await?;
    if status.is_some_and(|status| status != "open") {
        return Err(Error::conflict(
            "opportunity_closed",
            "The opportunity is closed; its lines can't be changed any more.",
            "该销售机会已结案，明细不能再修改。",
        ));
    }
    Ok(())
}

/// Brings the amount in line after the line `line` was written, recycled or restored.
pub(crate) async fn follow_lines(connection: &mut PgConnection, line: i64) -> Result<()> {
    let opportunity: i64 =
        sqlx::query_scalar("select opportunity_id from crm.opportunity_line where id = $1")
            .bind(line)
            .fetch_one(&mut *connection)
            .await?;
    let row =
        sqlx::query("select amount, amount_rate from crm.opportunity where id = $1 for update")
            .bind(opportunity)
            .fetch_one(&mut *connection)
            .await?;
    let sum: Decimal = sqlx::query_scalar(
        "select coalesce(sum(amount), 0) from crm.opportunity_line where opportunity_id = $1 and deleted_at is null",
    )
    .bind(opportunity)
    .fetch_one(&mut *connection)
    .await?;
    if row.try_get::<Decimal, _>(0)? == sum {
        return Ok(());
    }
    sqlx::query(
        "update crm.opportunity set amount = $2, amount_base = round($2 * amount_rate, 2) where id = $1",
    )
    .bind(opportunity)
    .bind(sum)
    .execute(connection)
    .await?;
    Ok(())
}
