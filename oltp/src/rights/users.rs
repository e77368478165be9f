//! What may be changed about users and departments: it decides on rights, so only administrators
//! do it, and never so that it makes no sense.

use basalt_model::{Principal, Problem, Value};
use sqlx::PgConnection;

use crate::error::{Error, FieldError, Result};

/// Fields of a user that decide on what the user may do.
const DECIDING: &[&str] = &[
    "login",
    "active",
    "profile",
    "role",
    "level",
    "external",
    "manager",
    "department",
];

/// Checks what is to be written to a user (`id`: an existing one) as `(field, value)` pairs.
///
/// # Errors
/// [`Error::Forbidden`] when somebody else than an administrator changes what decides on rights;
/// [`Error::Validation`] for a profile or role that isn't there, an external user in an internal
/// department, a circle of managers.
pub(crate) async fn check_user(
    connection: &mut PgConnection,
    principal: &Principal,
    id: Option<i64>,
    values: &[(&str, &Value)],
) -> Result<()> {
    if !principal.is_admin() && values.iter().any(|(name, _)| DECIDING.contains(name)) {
        return Err(Error::Forbidden);
    }
    let given = |name: &str| {
        values
            .iter()
            .find(|(field, _)| *field == name)
            .map(|(_, v)| *v)
    };
    let mut errors = Vec::new();
    let mut refuse = |field: &str, code, en: &str, zh: &str| {
        errors.push(FieldError::new(field, Problem::new(code, en, zh)));
    };
    for (field, table) in [("profile", "sys.profile"), ("role", "sys.role")] {
        if let Some(Value::Text(name)) = given(field) {
            let statement = if table == "sys.profile" {
                "select exists (select from sys.profile where name = $1)"
            } else {
                "select exists (select from sys.role where name = $1)"
            };
            let there: bool = sqlx::query_scalar(statement)
                .bind(name)
                .fetch_one(&mut *connection)
                .await?;
            if !there {
                refuse(field, "not_found", "is not there", "不存在");
            }
        }
    }
    if given("department").is_some() || given("external").is_some() {
        let department = match given("department") {
            Some(Value::Integer(id)) => Some(*id),
            Some(_) => None,
            None => place(connection, id).await?.0,
        };
        let external = match given("external") {
            Some(Value::Bool(external)) => *external,
            _ => place(connection, id).await?.1,
        };
        if let Some(department) = department {
            let outside: Option<bool> =
                sqlx::query_scalar("select external from crm.department where id = $1")
                    .bind(department)
                    .fetch_optional(&mut *connection)
                    .await?;
            if outside.is_some_and(|outside| outside != external) {
                refuse(
                    "department",
                    "external",
                    "internal and external users and departments are kept apart",
                    "内部与外部的用户和部门须分开管理",
                );
            }
        }
    }
    if let (Some(Value::Integer(manager)), Some(id)) = (given("manager"), id) {
        let circular: bool = sqlx::query_scalar(
            "with recursive above(id) as (
                select $1::bigint union select u.manager_id from crm.app_user u join above a on u.id = a.id where u.manager_id is not null
             ) select exists (select from above where id = $2)",
        )
        .bind(manager)
        .bind(id)
        .fetch_one(&mut *connection)
        .await?;
        if circular {
            refuse(
                "manager",
                "circle",
                "reports to this user",
                "是该用户的下级",
            );
        }
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(Error::Validation(errors))
    }
}

async fn place(connection: &mut PgConnection, id: Option<i64>) -> Result<(Option<i64>, bool)> {
    let found: Option<(Option<i64>, bool)> =
        sqlx::query_as("select department_id, external from crm.app_user where id = $1")
            .bind(id)
            .fetch_optional(connection)
            .await?;
    Ok(found.unwrap_or((None, false)))
}
