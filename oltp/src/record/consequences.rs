//! What a change of a record brings along: fields that follow from others, and rows that follow from rows.

use basalt_model::{Object, Principal, Problem, Value};
use sqlx::PgConnection;

use super::input::Assignment;
pub(crate) use super::rules::{is_trusted, value_of};
use crate::activity::rules as activity;
use crate::calendar::reminders;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::opportunity::rules as opportunity;
use crate::sales::allocations;

/// What happened to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Happened {
    Created,
    Changed,
    /// Went to the recycle bin or came back.
    Binned,
}

/// Completes a new record (without `id`) or a change with what follows from it, and refuses what can't
/// follow. Locks the row when it has to look at it.
pub(super) async fn complete<'o>(
    connection: &mut PgConnection,
    db: &Db,
    principal: &Principal,
    object: &'o Object,
    id: Option<i64>,
    assignments: &mut Vec<Assignment<'o>>,
) -> Result<()> {
    match object.name.as_str() {
        "customer" => opportunity::complete_customer(connection, object, id, assignments).await,
        "opportunity" => {
            opportunity::complete(connection, principal, object, id, assignments).await
        }
        "opportunity_line" => line(connection, id, assignments).await,
        "activity" => activity::complete_activity(connection, object, id, assignments).await,
        "activity_participant" => activity::check_participant(id, assignments),
        "activity_link" => {
            let fields = ("object", "record");
            activity::check_about(connection, db, principal, fields, assignments).await
        }
        "task" => {
            let fields = ("about_object", "about_record");
            activity::check_about(connection, db, principal, fields, assignments).await?;
            activity::complete_task(connection, principal, object, id, assignments).await
        }
        "commitment" => {
            activity::complete_commitment(object, assignments);
            Ok(())
        }
        "reminder" => {
            let fields = ("about_object", "about_record");
            activity::check_about(connection, db, principal, fields, assignments).await?;
            reminders::complete(connection, object, id, assignments).await
        }
        "payment_allocation" => allocations::check(connection, id, assignments).await,
        _ => Ok(()),
    }
}

/// What follows from a row that was written; says whether the row itself was changed once more.
pub(super) async fn follow(
    connection: &mut PgConnection,
    principal: &Principal,
    object: &Object,
    id: i64,
    happened: Happened,
) -> Result<bool> {
    match (object.name.as_str(), happened) {
        ("opportunity", Happened::Created | Happened::Changed) => {
            opportunity::note_stage(connection, principal, id).await?;
        }
        ("opportunity_line", _) => opportunity::follow_lines(connection, id).await?,
        ("activity_participant", _) => activity::share_with_participant(connection, id).await?,
        ("payment_allocation", _) => allocations::within_both(connection, id).await?,
        ("invoice" | "payment", Happened::Changed | Happened::Binned) => {
            allocations::still_covered(connection, &object.name, id).await?;
        }
        _ => {}
    }
    Ok(false)
}

async fn line(
    connection: &mut PgConnection,
    id: Option<i64>,
    assignments: &[Assignment<'_>],
) -> Result<()> {
    if let Some(id) = id {
        let of: Option<i64> =
            sqlx::query_scalar("select opportunity_id from crm.opportunity_line where id = $1")
                .bind(id)
                .fetch_optional(&mut *connection)
                .await?;
        if let Some(of) = of {
            if matches!(value_of(assignments, "opportunity"), Some(Value::Integer(to)) if *to != of)
            {
                return Err(Error::field(
                    "opportunity",
                    Problem::new(
                        "readonly",
                        "can't be changed: add the line to the other opportunity instead",
                        "不可修改，请在另一个销售机会中新增明细",
                    ),
                ));
            }
            opportunity::refuse_closed(connection, of).await?;
        }
    } else if let Some(Value::Integer(of)) = value_of(assignments, "opportunity") {
        opportunity::refuse_closed(connection, *of).await?;
    }
    Ok(())
}

/// Gives a field a value, instead of the one it was to get.
pub(crate) fn put<'o>(
    object: &'o Object,
    assignments: &mut Vec<Assignment<'o>>,
    field: &str,
    value: Value,
) {
    if let Some(there) = assignments
        .iter_mut()
        .find(|assignment| assignment.field.name == field)
    {
        there.value = value;
    } else if let Some(field) = object.field(field) {
        assignments.push(Assignment { field, value });
    }
}
