//! Rules of single objects that a plain change of fields must keep; everything else that has a
//! rule is a business command.

use basalt_model::{Object, Principal, PrincipalKind, Problem, Trait, Value};
use sqlx::{AssertSqlSafe, PgConnection};

use super::JsonMap;
use super::input::Assignment;
use crate::error::{Error, Result};
use crate::rights::check_user;
use crate::sales::history::{Entry, note};
use crate::sales::{conversion, customers, leads, orders, pools};
use crate::sql::crm;

/// Completes and checks an input before its fields are read.
pub(super) async fn prepare(
    connection: &mut PgConnection,
    object: &str,
    input: &mut JsonMap,
) -> Result<()> {
    match object {
        "order" => conversion::check_order(connection, input).await,
        _ => Ok(()),
    }
}

/// Checks a new record.
pub(super) async fn on_create(
    connection: &mut PgConnection,
    principal: &Principal,
    object: &Object,
    assignments: &[Assignment<'_>],
) -> Result<()> {
    if object.has(Trait::Pooled)
        && !trusted(principal)
        && let Some(owner) = id_of(assignments, "owner")
        && id_of(assignments, "pool").is_none()
    {
        pools::check_private_limit(connection, object, owner).await?;
    }
    // Quotes and orders: documents of selling to somebody.
    if matches!(object.name.as_str(), "order" | "quote")
        && !trusted(principal)
        && let Some(customer) = id_of(assignments, "customer")
    {
        customers::must_not_be_blacklisted(connection, customer).await?;
    }
    match object.name.as_str() {
        "user" => check_user(connection, principal, None, &values(assignments)).await,
        "order" => match text_of(assignments, "status") {
            Some(to) if !trusted(principal) && !orders::may_begin_as(to) => Err(refused()),
            _ => Ok(()),
        },
        "lead" => match text_of(assignments, "stage") {
            Some(to) if !trusted(principal) && !leads::may_begin_in(to) => Err(Error::field(
                "stage",
                Problem::new(
                    "transition",
                    "can't be where a lead begins: new or contacted",
                    "不能作为起始阶段（须为新建或已联系）",
                ),
            )),
            _ => Ok(()),
        },
        _ => Ok(()),
    }
}

/// Checks a change; locks the row when it has to look at it.
pub(super) async fn on_update(
    connection: &mut PgConnection,
    principal: &Principal,
    object: &Object,
    id: i64,
    assignments: &[Assignment<'_>],
) -> Result<()> {
    if object.has(Trait::Pooled) {
        change_of_hands(connection, principal, object, id, assignments).await?;
    }
    for (of, field) in [
        ("customer", "parent"),
        ("customer_unit", "parent"),
        ("contact", "supervisor"),
    ] {
        if object.name == of
            && let Some(parent) = id_of(assignments, field)
        {
            customers::refuse_circle(connection, &object.table, field, id, parent).await?;
        }
    }
    match object.name.as_str() {
        "user" => check_user(connection, principal, Some(id), &values(assignments)).await,
        "order" => match text_of(assignments, "status") {
            Some(to) if !trusted(principal) => {
                let from: Option<String> = sqlx::query_scalar(
                    "select status from crm.sales_order where id = $1 for update",
                )
                .bind(id)
                .fetch_optional(connection)
                .await?;
                match from {
                    Some(from) if from != to && !orders::may_be_set(&from, to) => Err(refused()),
                    _ => Ok(()),
                }
            }
            _ => Ok(()),
        },
        "lead" => match text_of(assignments, "stage") {
            Some(to) => leads::enter_stage(connection, id, to).await,
            None => Ok(()),
        },
        "contact" if value_of(assignments, "decision_maker").is_some() => {
            let to = text_of(assignments, "decision_maker");
            customers::note_influence(connection, id, to).await
        }
        "contact_role" => customers::keep_built_in(connection, id).await,
        _ => Ok(()),
    }
}

/// Checks a deletion.
pub(super) async fn on_delete(connection: &mut PgConnection, object: &str, id: i64) -> Result<()> {
    if object == "contact_role" {
        return customers::keep_built_in(connection, id).await;
    }
    if object != "pool" {
        return Ok(());
    }
    let holds: bool = sqlx::query_scalar(
        "select exists (select from crm.lead where pool_id = $1 and deleted_at is null)
             or exists (select from crm.customer where pool_id = $1 and deleted_at is null)",
    )
    .bind(id)
    .fetch_one(connection)
    .await?;
    if holds {
        return Err(Error::conflict(
            "pool_in_use",
            "There are records in this pool. Assign them first.",
            "该公海中还有记录，请先分配。",
        ));
    }
    Ok(())
}

/// A record that changes hands by an edit: pools have commands, customers a limit, and its history says so.
async fn change_of_hands(
    connection: &mut PgConnection,
    principal: &Principal,
    object: &Object,
    id: i64,
    assignments: &[Assignment<'_>],
) -> Result<()> {
    let names = |name: &str| assignments.iter().any(|a| a.field.name == name);
    if !names("owner") && !names("pool") {
        return Ok(());
    }
    let sql = format!(
        "select owner_id, pool_id from {} where id = $1 for update",
        crm(&object.table)
    );
    let before: Option<(Option<i64>, Option<i64>)> = sqlx::query_as(AssertSqlSafe(sql))
        .bind(id)
        .fetch_optional(&mut *connection)
        .await?;
    let Some((owner, pool)) = before else {
        return Ok(());
    };
    if names("pool") && id_of(assignments, "pool") != pool && !trusted(principal) {
        return Err(Error::field(
            "pool",
            Problem::new(
                "command",
                "is changed by claiming, assigning, returning and recycling",
                "须通过领取、分配、退回或回收来更改",
            ),
        ));
    }
    let to = id_of(assignments, "owner");
    if !names("owner") || to == owner {
        return Ok(());
    }
    if let Some(to) = to
        && !trusted(principal)
    {
        pools::check_private_limit(connection, object, to).await?;
    }
    let entry = Entry {
        kind: "assigned",
        rep: to,
        ..Entry::default()
    };
    note(connection, &object.name, id, entry).await
}

fn values<'a>(assignments: &'a [Assignment<'_>]) -> Vec<(&'a str, &'a Value)> {
    assignments
        .iter()
        .map(|assignment| (assignment.field.name.as_str(), &assignment.value))
        .collect()
}

fn value_of<'a>(assignments: &'a [Assignment<'_>], name: &str) -> Option<&'a Value> {
    assignments
        .iter()
        .find(|assignment| assignment.field.name == name)
        .map(|assignment| &assignment.value)
}

fn text_of<'a>(assignments: &'a [Assignment<'_>], name: &str) -> Option<&'a str> {
    match value_of(assignments, name) {
        Some(Value::Text(text)) => Some(text.as_str()),
        _ => None,
    }
}

fn id_of(assignments: &[Assignment<'_>], name: &str) -> Option<i64> {
    match value_of(assignments, name) {
        Some(Value::Integer(id)) => Some(*id),
        _ => None,
    }
}

/// Loaders and background work carry states over as they are.
fn trusted(principal: &Principal) -> bool {
    matches!(principal.kind, PrincipalKind::System | PrincipalKind::Job)
}

fn refused() -> Error {
    Error::field(
        "status",
        Problem::new(
            "transition",
            "can't be reached from here by an edit (paying is a command)",
            "不能直接改为该状态（收款请使用收款操作）",
        ),
    )
}
