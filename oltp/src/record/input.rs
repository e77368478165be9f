//! From JSON to values that fit: which keys are taken, from whom, and what the database refuses.

use basalt_model::Field;
use basalt_model::{FieldKind, Label, Object, Ownership, Principal, PrincipalKind, Problem, Value};
use sqlx::PgConnection;

use super::{JsonMap, Scope};
use crate::error::{Error, FieldError, Result};

/// A field and the value it is to have.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Assignment<'o> {
    pub field: &'o Field,
    pub value: Value,
}

/// Reads an input. For a new record, defaults are given and required fields must be there.
pub(super) fn read<'o>(
    principal: &Principal,
    object: &'o Object,
    input: &JsonMap,
    new: bool,
) -> Result<Vec<Assignment<'o>>> {
    let mut errors = Vec::new();
    let mut assignments: Vec<Assignment<'o>> = Vec::new();
    for (key, json) in input {
        let mut refuse = |problem| errors.push(FieldError::new(key.clone(), problem));
        let known = object
            .field_or_column(key)
            .filter(|field| !principal.is_hidden(&object.name, &field.name));
        let Some(field) = known else {
            refuse(Problem::new("unknown", "is not a field", "不是有效字段"));
            continue;
        };
        if !writable(principal, object, field) {
            refuse(Problem::new("readonly", "can't be changed", "不可修改"));
            continue;
        }
        if assignments
            .iter()
            .any(|assignment| assignment.field.name == field.name)
        {
            refuse(Problem::new("twice", "is given twice", "重复给出"));
            continue;
        }
        match field.read_json(json) {
            Ok(Value::Null) if field.required => refuse(Problem::required()),
            Ok(value) => match field.offered(&value) {
                Ok(()) => assignments.push(Assignment { field, value }),
                Err(problem) => refuse(problem),
            },
            Err(problem) => refuse(problem),
        }
    }
    if new {
        for field in object.fields.iter().filter(|field| !field.system) {
            if input.contains_key(&field.name) || input.contains_key(&field.column()) {
                continue;
            }
            match &field.default {
                Some(default) => match field.read_json(default) {
                    Ok(value) => assignments.push(Assignment { field, value }),
                    Err(problem) => errors.push(FieldError::new(field.name.clone(), problem)),
                },
                None if field.required => {
                    errors.push(FieldError::new(field.name.clone(), Problem::required()));
                }
                None => {}
            }
        }
    }
    if errors.is_empty() {
        Ok(assignments)
    } else {
        Err(Error::Validation(errors))
    }
}

/// Read-only fields are set by commands and background work, which act as job or system.
fn writable(principal: &Principal, object: &Object, field: &Field) -> bool {
    let automatic = matches!(principal.kind, PrincipalKind::System | PrincipalKind::Job);
    let open = !field.readonly || (automatic && !field.system);
    open && principal.may_write(&object.name, &field.name)
}

/// Fills in owner and department: a new record belongs to who makes it, and the department
/// follows the owner unless it is given.
pub(super) async fn complete_ownership<'o>(
    connection: &mut PgConnection,
    principal: &Principal,
    object: &'o Object,
    assignments: &mut Vec<Assignment<'o>>,
    new: bool,
) -> Result<()> {
    if object.ownership != Ownership::User {
        return Ok(());
    }
    let assigned = |assignments: &[Assignment<'o>], name: &str| {
        assignments
            .iter()
            .find(|assignment| assignment.field.name == name)
            .map(|assignment| assignment.value.clone())
    };
    let owner = match assigned(assignments, "owner") {
        Some(Value::Integer(owner)) => owner,
        Some(_) => return Ok(()),
        None if new && principal.user_id > 0 => {
            let Some(field) = object.field("owner") else {
                return Ok(());
            };
            assignments.push(Assignment {
                field,
                value: Value::Integer(principal.user_id),
            });
            principal.user_id
        }
        None => return Ok(()),
    };
    if assigned(assignments, "department").is_some() {
        return Ok(());
    }
    let department = if owner == principal.user_id {
        principal.department_id
    } else {
        sqlx::query_scalar("select department_id from crm.app_user where id = $1")
            .bind(owner)
            .fetch_optional(connection)
            .await?
            .flatten()
    };
    if let Some(field) = object.field("department") {
        assignments.push(Assignment {
            field,
            value: department.map_or(Value::Null, Value::Integer),
        });
    }
    Ok(())
}

impl Scope<'_> {
    /// Every record referred to must be there, not recycled and readable. One statement.
    pub(super) async fn check_references(
        &self,
        connection: &mut PgConnection,
        assignments: &[Assignment<'_>],
    ) -> Result<()> {
        let mut query = sqlx::QueryBuilder::new("select array[");
        let mut names = Vec::new();
        for Assignment { field, value } in assignments {
            let (Some(target), Value::Integer(id)) = (
                field.target().and_then(|name| self.dictionary.object(name)),
                value,
            ) else {
                continue;
            };
            // Oneself and one's own department are there by being signed in.
            let own = match field.kind {
                FieldKind::User => *id == self.principal.user_id,
                FieldKind::Department => Some(*id) == self.principal.department_id,
                _ => false,
            };
            if own {
                continue;
            }
            if !names.is_empty() {
                query.push(", ");
            }
            query.push(format!(
                "exists (select from {} t where t.id = ",
                crate::sql::crm(&target.table)
            ));
            query.push_bind(*id).push(" and t.deleted_at is null and ");
            crate::sql::push_row_rule(
                &mut query,
                "t",
                &self.principal.row_rule(&self.dictionary, target),
            );
            query.push(")");
            names.push(field.name.clone());
        }
        if names.is_empty() {
            return Ok(());
        }
        query.push("]");
        let found: Vec<bool> = query.build_query_scalar().fetch_one(connection).await?;
        let errors: Vec<FieldError> = names
            .into_iter()
            .zip(found)
            .filter(|(_, found)| !found)
            .map(|(name, _)| {
                FieldError::new(
                    name,
                    Problem::new("not_found", "refers to no record", "引用的记录不存在"),
                )
            })
            .collect();
        if errors.is_empty() {
            Ok(())
        } else {
            Err(Error::Validation(errors))
        }
    }
}

/// Turns a violated constraint into the field it stands for; other errors stay what they are.
pub(crate) fn violation(error: sqlx::Error, object: &Object) -> Error {
    let Some(database) = error.as_database_error() else {
        return error.into();
    };
    let constraint = database.constraint().unwrap_or_default();
    let table = &object.table;
    let code = database.code().unwrap_or_default().into_owned();
    let by_column = |ending: &str| {
        object
            .fields
            .iter()
            .find(|field| constraint == format!("{table}_{}_{ending}", field.column()))
    };
    let (field, problem) = match code.as_str() {
        "23505" => {
            let single = by_column("key").map(|field| field.name.clone());
            let together = object.unique.iter().find(|names| {
                names.iter().all(|name| {
                    object
                        .field(name)
                        .is_some_and(|field| constraint.contains(&field.column()))
                })
            });
            let field = single.or_else(|| together.map(|names| names.join("+")));
            (
                field,
                Problem::new("unique", "is taken by another record", "已被其他记录使用"),
            )
        }
        "23503" => (
            by_column("fkey").map(|field| field.name.clone()),
            Problem::new("not_found", "refers to no record", "引用的记录不存在"),
        ),
        "23514" => {
            let field = object
                .fields
                .iter()
                .find(|field| constraint.starts_with(&format!("{table}_{}_check_", field.name)));
            (field.map(|field| field.name.clone()), check_problem())
        }
        // Numbers and dates that leave their range, in a formula too.
        "22003" | "22008" => (
            Some("value".to_owned()),
            Problem {
                code: "range",
                message: Label::new("is out of range", "超出允许范围"),
            },
        ),
        _ => (None, check_problem()),
    };
    match field {
        Some(field) => Error::field(field, problem),
        None => error.into(),
    }
}

/// A value that its field's check refuses.
pub(crate) fn check_problem() -> Problem {
    Problem::new("check", "is not an allowed value", "不是允许的值")
}
