//! Sales by month and region.

use arrow::array::{Array, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Float64Type, Int64Type};
use chrono::NaiveDate;
use serde::Serialize;

use super::AnalysisError;
use super::purchases::{collect, date};
use crate::Session;

/// Orders of one month in one region.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MonthlySales {
    /// First day of the month.
    pub month: NaiveDate,
    /// The customer's region; absent where the customer has none.
    pub region: Option<String>,
    /// Sum in the base currency.
    pub amount: f64,
    pub orders: i64,
    pub customers: i64,
}

const SALES_BY_MONTH_AND_REGION: &str = "\
    SELECT order_month, region, CAST(sum(amount_base) AS DOUBLE) AS amount, count(*) AS orders, \
           count(DISTINCT customer_id) AS customers \
    FROM mart.orders \
    WHERE status IN ('confirmed', 'paid') AND order_month IS NOT NULL \
    GROUP BY order_month, region ORDER BY order_month, region";

/// Confirmed and paid orders that the session's principal may see, in order of month and region.
pub async fn by_month_and_region(session: &Session) -> Result<Vec<MonthlySales>, AnalysisError> {
    let mut sales = Vec::new();
    for batch in collect(session, SALES_BY_MONTH_AND_REGION).await? {
        let months = cast(batch.column(0), &DataType::Date32)?;
        let regions = cast(batch.column(1), &DataType::Utf8)?;
        let amounts = cast(batch.column(2), &DataType::Float64)?;
        let orders = cast(batch.column(3), &DataType::Int64)?;
        let customers = cast(batch.column(4), &DataType::Int64)?;
        let regions = regions.as_string::<i32>();
        for row in 0..batch.num_rows() {
            sales.push(MonthlySales {
                month: date(months.as_primitive::<Date32Type>().value(row)),
                region: (!regions.is_null(row)).then(|| regions.value(row).to_owned()),
                amount: amounts.as_primitive::<Float64Type>().value(row),
                orders: orders.as_primitive::<Int64Type>().value(row),
                customers: customers.as_primitive::<Int64Type>().value(row),
            });
        }
    }
    Ok(sales)
}
