//! Which products are bought together.

use axum::{Json, extract::State};
use basalt_query::{
    ReadAt,
    analysis::basket::{self, BasketRequest},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::off_thread;
use crate::{
    App,
    caller::{Can, Order, Read},
    input::Params,
    problem::{Problem, Result, Text},
};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct BasketParams {
    /// Share of the orders that a rule's products must be in, above 0 up to 1.
    #[param(default = 0.01)]
    min_support: Option<f64>,
    /// Share of the orders with the antecedent that must have the consequent, above 0 up to 1.
    #[param(default = 0.1)]
    min_confidence: Option<f64>,
    /// Rules to give, those of the highest lift first.
    #[param(default = 100, minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

#[derive(Serialize, ToSchema)]
pub struct BasketAnswer {
    /// Confirmed and paid orders with a product.
    baskets: u64,
    /// Rules found, of which at most `limit` are given.
    found: usize,
    rules: Vec<BasketRule>,
    lsn: String,
}

#[derive(Serialize, ToSchema)]
pub struct BasketRule {
    /// Ids of products.
    antecedent: Vec<i64>,
    consequent: Vec<i64>,
    /// Orders with all products of the rule.
    baskets: u64,
    support: f64,
    confidence: f64,
    lift: f64,
    leverage: f64,
    /// Absent (infinite) for a rule without exception.
    conviction: Option<f64>,
}

/// Association rules of products
#[utoipa::path(get, path = "/api/v1/analytics/basket", tag = "analytics", params(BasketParams), responses((status = 200, body = BasketAnswer)))]
pub async fn basket(
    State(app): State<App>,
    caller: Can<Read, Order>,
    Params(params): Params<BasketParams>,
) -> Result<Json<BasketAnswer>> {
    let limit = params.limit.unwrap_or(100);
    if !(1..=1000).contains(&limit) {
        let text = Text::new("Give 1 to 1000 rules.", "请填写 1 到 1000 条规则。");
        return Err(Problem::invalid("limit", text));
    }
    let request = BasketRequest {
        min_support: params.min_support.unwrap_or(0.01),
        min_confidence: params.min_confidence.unwrap_or(0.1),
    };
    let engine = &app.analysis()?.engine;
    let session = engine.session(&caller, ReadAt::Fresh).await?;
    let baskets = basket::baskets(&session).await?;
    let result = off_thread(move || basket::rules_of(&baskets, &request)).await?;
    let found = result.rules.len();
    let rules = result.rules.into_iter().take(limit).map(|rule| BasketRule {
        antecedent: rule.antecedent,
        consequent: rule.consequent,
        baskets: rule.baskets,
        support: rule.support,
        confidence: rule.confidence,
        lift: rule.lift,
        leverage: rule.leverage,
        conviction: rule.conviction,
    });
    Ok(Json(BasketAnswer {
        baskets: result.baskets,
        found,
        rules: rules.collect(),
        lsn: session.lsn().to_string(),
    }))
}
