//! Commands on orders.

use axum::{Json, extract::State, http::HeaderMap};
use basalt_oltp::sales::orders::{self, PayInput};
use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::records::{tell, written};
use crate::{
    App,
    caller::{Can, Order, Update},
    input::{Body, Path},
    problem::Result,
};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PayOrder {
    /// In the order's currency. Without: what is still open.
    #[schema(value_type = Option<String>, examples("120.00"))]
    amount: Option<Decimal>,
    /// `transfer` (without), `card`, `cash` or `wallet`.
    method: Option<String>,
    /// Without: today.
    paid_on: Option<NaiveDate>,
}

/// Record the payment of an order
///
/// Writes the payment and the order's status together; the answer is the order.
#[utoipa::path(post, path = "/api/v1/orders/{id}/pay", operation_id = "pay_order", tag = "orders", params(("id" = i64, Path)), request_body = PayOrder, responses((status = 200, body = Object)))]
pub async fn pay(
    State(app): State<App>,
    caller: Can<Update, Order>,
    Path(id): Path<i64>,
    Body(input): Body<PayOrder>,
) -> Result<(HeaderMap, Json<Map<String, Value>>)> {
    let payment = PayInput {
        amount: input.amount,
        method: input.method,
        paid_on: input.paid_on,
    };
    let saved = orders::pay(app.db(), &caller, id, payment).await?;
    tell(&app, &caller, "order", &saved, "paid");
    Ok((written(&saved), Json(saved.record)))
}
