//! Rules of single objects that a plain change of fields must keep; everything else that has a
//! rule is a business command.

use basalt_model::{Principal, PrincipalKind, Problem, Value};
use sqlx::PgConnection;

use super::input::Assignment;
use crate::behaviour::types;
use crate::error::{Error, Result};
use crate::rights::check_user;
use crate::sales::orders;

/// Checks a new record.
pub(super) async fn on_create(
    connection: &mut PgConnection,
    principal: &Principal,
    object: &str,
    assignments: &[Assignment<'_>],
) -> Result<()> {
    match (object, status(assignments)) {
        ("user", _) => check_user(connection, principal, None, &values(assignments)).await,
        ("behaviour_type", _) => behaviour_type(&values(assignments)),
        ("order", Some(to)) if !trusted(principal) && !orders::may_begin_as(to) => Err(refused()),
        _ => Ok(()),
    }
}

/// Checks a change; locks the row when it has to look at it.
pub(super) async fn on_update(
    connection: &mut PgConnection,
    principal: &Principal,
    object: &str,
    id: i64,
    assignments: &[Assignment<'_>],
) -> Result<()> {
    match (object, status(assignments)) {
        ("user", _) => check_user(connection, principal, Some(id), &values(assignments)).await,
        ("behaviour_type", _) => behaviour_type(&values(assignments)),
        ("order", Some(to)) if !trusted(principal) => {
            let from: Option<String> =
                sqlx::query_scalar("select status from crm.sales_order where id = $1 for update")
                    .bind(id)
                    .fetch_optional(connection)
                    .await?;
            match from {
                Some(from) if from != to && !orders::may_be_set(&from, to) => Err(refused()),
                _ => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

/// A kind of behaviour has a key that events can name, and attributes that can be checked.
fn behaviour_type(values: &[(&str, &Value)]) -> Result<()> {
    for (field, value) in values {
        match (*field, value) {
            ("key", Value::Text(key)) if !types::is_key(key) => {
                return Err(Error::field(
                    "key",
                    Problem::new(
                        "key",
                        "is small letters, digits and underscores, beginning with a letter",
                        "只能使用小写字母、数字和下划线，并以字母开头",
                    ),
                ));
            }
            ("attributes", Value::Json(json)) => {
                types::read(Some(json)).map_err(|problem| Error::field("attributes", problem))?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn values<'a>(assignments: &'a [Assignment<'_>]) -> Vec<(&'a str, &'a Value)> {
    assignments
        .iter()
        .map(|assignment| (assignment.field.name.as_str(), &assignment.value))
        .collect()
}

fn status<'a>(assignments: &'a [Assignment<'_>]) -> Option<&'a str> {
    assignments
        .iter()
        .find(|assignment| assignment.field.name == "status")
        .and_then(|assignment| match &assignment.value {
            Value::Text(text) => Some(text.as_str()),
            _ => None,
        })
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
