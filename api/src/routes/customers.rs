//! Customers: standing, lifecycle, hierarchy, units, people, review.

use axum::{Json, extract::State, http::HeaderMap, http::StatusCode};
use basalt_oltp::{
    record::Saved,
    sales::customers::{
        self, ActivityStatus, ContactMap, Criterion, Lifecycle, Node, Standing, Unit, UnitInput,
        Verdict,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::records::{tell, told_many, written};
use crate::{
    App,
    caller::{Admin, Can, Customer, Read, Update},
    input::{Body, Path},
    problem::Result,
};

type Answer = Result<(HeaderMap, Json<Map<String, Value>>)>;

#[derive(Serialize)]
pub struct List<T> {
    items: Vec<T>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetStanding {
    /// `active`, `abandoned` or `blacklisted`.
    #[schema(value_type = String)]
    standing: Standing,
    /// Needed unless the customer becomes active again.
    reason: Option<String>,
}

fn changed(app: &App, caller: &Can<Update, Customer>, saved: Saved) -> Answer {
    tell(app, caller, "customer", &saved, "changed");
    Ok((written(&saved), Json(saved.record)))
}

/// Abandon, blacklist or reinstate a customer
///
/// An abandoned customer leaves the list (`archived=true` lists it). A blacklisted one gets no new quotes,
/// orders and mailings.
#[utoipa::path(post, path = "/api/v1/customers/{id}/standing", operation_id = "set_customer_standing", tag = "customers", params(("id" = i64, Path)), request_body = SetStanding, responses((status = 200, body = Object)))]
pub async fn set_standing(
    State(app): State<App>,
    caller: Can<Update, Customer>,
    Path(id): Path<i64>,
    Body(input): Body<SetStanding>,
) -> Answer {
    let why = input.reason.as_deref();
    let saved = customers::set_standing(app.db(), &caller, id, input.standing, why).await?;
    changed(&app, &caller, saved)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EnterLifecycle {
    /// `new`, `existing` or `referrer`.
    #[schema(value_type = String)]
    to: Lifecycle,
    cause: Option<String>,
}

/// Move a customer on in its lifecycle
#[utoipa::path(post, path = "/api/v1/customers/{id}/lifecycle", operation_id = "enter_customer_lifecycle", tag = "customers", params(("id" = i64, Path)), request_body = EnterLifecycle, responses((status = 200, body = Object)))]
pub async fn enter_lifecycle(
    State(app): State<App>,
    caller: Can<Update, Customer>,
    Path(id): Path<i64>,
    Body(input): Body<EnterLifecycle>,
) -> Answer {
    let cause = input.cause.as_deref();
    let saved = customers::enter_lifecycle(app.db(), &caller, id, input.to, cause).await?;
    changed(&app, &caller, saved)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetActivity {
    /// `active` or `inactive`.
    #[schema(value_type = String)]
    status: ActivityStatus,
    reason: Option<String>,
}

/// Say by hand whether a customer is active
#[utoipa::path(post, path = "/api/v1/customers/{id}/activity_status", operation_id = "set_customer_activity", tag = "customers", params(("id" = i64, Path)), request_body = SetActivity, responses((status = 200, body = Object)))]
pub async fn set_activity(
    State(app): State<App>,
    caller: Can<Update, Customer>,
    Path(id): Path<i64>,
    Body(input): Body<SetActivity>,
) -> Answer {
    let why = input.reason.as_deref();
    let saved = customers::set_activity(app.db(), &caller, id, input.status, why).await?;
    changed(&app, &caller, saved)
}

#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InactiveAfter {
    /// Quiet days after which a customer counts as inactive; never, without.
    inactive_after_days: Option<i32>,
}

/// When customers count as inactive
#[utoipa::path(get, path = "/api/v1/customer_lifecycle", operation_id = "customer_lifecycle", tag = "customers", responses((status = 200, body = InactiveAfter)))]
pub async fn show_lifecycle(
    State(app): State<App>,
    _: Can<Read, Customer>,
) -> Result<Json<InactiveAfter>> {
    let inactive_after_days = customers::inactive_after(app.db()).await?;
    Ok(Json(InactiveAfter {
        inactive_after_days,
    }))
}

/// Set when customers count as inactive
#[utoipa::path(put, path = "/api/v1/customer_lifecycle", operation_id = "set_customer_lifecycle", tag = "customers", request_body = InactiveAfter, responses((status = 204)))]
pub async fn set_lifecycle(
    State(app): State<App>,
    Admin(caller): Admin,
    Body(input): Body<InactiveAfter>,
) -> Result<StatusCode> {
    customers::set_inactive_after(app.db(), &caller, input.inactive_after_days).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A customer's parents and children
#[utoipa::path(get, path = "/api/v1/customers/{id}/tree", operation_id = "customer_tree", tag = "customers", params(("id" = i64, Path)), responses((status = 200, body = Object)))]
pub async fn tree(
    State(app): State<App>,
    caller: Can<Read, Customer>,
    Path(id): Path<i64>,
) -> Result<Json<List<Node>>> {
    let items = customers::tree(app.db(), &caller, id).await?;
    Ok(Json(List { items }))
}

/// The internal organisation of a customer
#[utoipa::path(get, path = "/api/v1/customers/{id}/units", operation_id = "customer_units", tag = "customers", params(("id" = i64, Path)), responses((status = 200, body = Object)))]
pub async fn units(
    State(app): State<App>,
    caller: Can<Read, Customer>,
    Path(id): Path<i64>,
) -> Result<Json<List<Unit>>> {
    let items = customers::units(app.db(), &caller, id).await?;
    Ok(Json(List { items }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Units {
    units: Vec<UnitInput>,
}

/// Set the internal organisation of a customer
///
/// `{"units": [{"name", "parent", "manager", "contacts", "note"}]}`: the whole of it; units are known by their names.
#[utoipa::path(put, path = "/api/v1/customers/{id}/units", operation_id = "set_customer_units", tag = "customers", params(("id" = i64, Path)), request_body = Object, responses((status = 200, body = Object)))]
pub async fn set_units(
    State(app): State<App>,
    caller: Can<Update, Customer>,
    Path(id): Path<i64>,
    Body(input): Body<Units>,
) -> Result<Json<List<Unit>>> {
    let items = customers::set_units(app.db(), &caller, id, &input.units).await?;
    let units: Vec<(i64, i32)> = items.iter().map(|unit| (unit.id, 0)).collect();
    told_many(&app, &caller, "customer_unit", &units, "changed");
    Ok(Json(List { items }))
}

/// How the contacts of a customer stand to each other
#[utoipa::path(get, path = "/api/v1/customers/{id}/contact_map", operation_id = "contact_map", tag = "customers", params(("id" = i64, Path)), responses((status = 200, body = Object)))]
pub async fn contact_map(
    State(app): State<App>,
    caller: Can<Read, Customer>,
    Path(id): Path<i64>,
) -> Result<Json<ContactMap>> {
    Ok(Json(customers::contact_map(app.db(), &caller, id).await?))
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Criteria {
    criteria: Vec<Criterion>,
}

/// The criteria by which customers are reviewed
#[utoipa::path(get, path = "/api/v1/customer_review", operation_id = "customer_review", tag = "customers", responses((status = 200, body = Object)))]
pub async fn show_criteria(
    State(app): State<App>,
    _: Can<Read, Customer>,
) -> Result<Json<Criteria>> {
    let criteria = customers::criteria(app.db()).await?;
    Ok(Json(Criteria { criteria }))
}

/// Set the criteria by which customers are reviewed
///
/// `{"criteria": [{"name", "condition"}]}`
#[utoipa::path(put, path = "/api/v1/customer_review", operation_id = "set_customer_review", tag = "customers", request_body = Object, responses((status = 204)))]
pub async fn set_criteria(
    State(app): State<App>,
    Admin(caller): Admin,
    Body(input): Body<Criteria>,
) -> Result<StatusCode> {
    customers::set_criteria(app.db(), &caller, &input.criteria).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Review a customer by the criteria
#[utoipa::path(post, path = "/api/v1/customers/{id}/review", operation_id = "review_customer", tag = "customers", params(("id" = i64, Path)), responses((status = 200, body = Object)))]
pub async fn review(
    State(app): State<App>,
    caller: Can<Update, Customer>,
    Path(id): Path<i64>,
) -> Result<Json<Verdict>> {
    let verdict = customers::review(app.db(), &caller, id).await?;
    told_many(&app, &caller, "customer", &[(id, 0)], "changed");
    Ok(Json(verdict))
}
