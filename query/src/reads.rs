//! Which statements are let in: reads only, on an allow-list, checked twice: on the parsed
//! statement for an error that a person understands, and on the plan, which is what would run.

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::logical_expr::{LogicalPlan, Statement as PlanStatement};
use datafusion::sql::parser::Statement as DfStatement;
use datafusion::sql::sqlparser::ast::{Query, Select, Set, SetExpr, Statement};

use crate::error::{Error, Result};

/// Settings that a reader may change for the session at hand.
const SETTABLE: &[&str] = &["datafusion.execution.time_zone", "timezone", "time zone"];

/// Checks a statement as DataFusion parses it.
pub(crate) fn check_df_statement(statement: &DfStatement) -> Result<()> {
    match statement {
        DfStatement::Statement(inner) => check_statement(inner),
        DfStatement::Explain(explain) => check_df_statement(&explain.statement),
        DfStatement::CreateExternalTable(_) => Err(refused("CREATE EXTERNAL TABLE")),
        DfStatement::CopyTo(_) => Err(refused("COPY")),
        DfStatement::Reset(_) => Err(refused("RESET")),
    }
}

/// Checks a statement of the SQL grammar.
pub(crate) fn check_statement(statement: &Statement) -> Result<()> {
    match statement {
        Statement::Query(query) => check_query(query),
        Statement::Explain { statement, .. } => check_statement(statement),
        Statement::ExplainTable { .. }
        | Statement::ShowVariable { .. }
        | Statement::ShowTables { .. }
        | Statement::ShowColumns { .. }
        | Statement::ShowSchemas { .. }
        | Statement::ShowFunctions { .. } => Ok(()),
        Statement::Set(set) => check_set(set),
        other => Err(refused(&verb(&other.to_string()))),
    }
}

fn check_set(set: &Set) -> Result<()> {
    let allowed = match set {
        Set::SingleAssignment { variable, .. } => {
            let name = variable.to_string().to_ascii_lowercase();
            SETTABLE.contains(&name.as_str())
        }
        Set::SetTimeZone { .. } => true,
        _ => false,
    };
    if allowed {
        Ok(())
    } else {
        Err(Error::Refused(format!(
            "{set}: this setting cannot be changed; a reader may set only the time zone"
        )))
    }
}

fn check_query(query: &Query) -> Result<()> {
    if !query.locks.is_empty() {
        return Err(Error::Refused(
            "SELECT … FOR UPDATE locks rows; the lake is for reading only".into(),
        ));
    }
    if let Some(with) = &query.with {
        for cte in &with.cte_tables {
            check_query(&cte.query)?;
        }
    }
    check_set_expr(&query.body)
}

fn check_set_expr(body: &SetExpr) -> Result<()> {
    match body {
        SetExpr::Select(select) => check_select(select),
        SetExpr::Query(query) => check_query(query),
        SetExpr::SetOperation { left, right, .. } => {
            check_set_expr(left)?;
            check_set_expr(right)
        }
        SetExpr::Values(_) | SetExpr::Table(_) => Ok(()),
        SetExpr::Insert(_) => Err(refused("INSERT")),
        SetExpr::Update(_) => Err(refused("UPDATE")),
        SetExpr::Delete(_) => Err(refused("DELETE")),
        SetExpr::Merge(_) => Err(refused("MERGE")),
    }
}

fn check_select(select: &Select) -> Result<()> {
    if select.into.is_some() {
        Err(refused("SELECT INTO"))
    } else {
        Ok(())
    }
}

/// Walks the plan and every subquery in it.
pub(crate) fn check_plan(plan: &LogicalPlan) -> Result<()> {
    let mut refusal = None;
    plan.apply_with_subqueries(|node| {
        refusal = match node {
            LogicalPlan::Ddl(ddl) => Some(refused(ddl.name())),
            LogicalPlan::Dml(dml) => Some(refused(&dml.op.to_string())),
            LogicalPlan::Copy(_) => Some(refused("COPY")),
            LogicalPlan::Statement(PlanStatement::SetVariable(set))
                if SETTABLE.contains(&set.variable.to_ascii_lowercase().as_str()) =>
            {
                None
            }
            LogicalPlan::Statement(statement) => Some(refused(statement.name())),
            _ => None,
        };
        Ok(if refusal.is_some() {
            TreeNodeRecursion::Stop
        } else {
            TreeNodeRecursion::Continue
        })
    })
    .map_err(|error| Error::Internal(error.to_string()))?;
    refusal.map_or(Ok(()), Err)
}

fn refused(what: &str) -> Error {
    Error::Refused(format!(
        "{what} is refused: the lake is for reading only (SELECT, WITH, VALUES, EXPLAIN, SHOW, DESCRIBE); change records through the API"
    ))
}

/// The words that name a statement, for the message.
fn verb(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().take(2).collect();
    match words.as_slice() {
        [first, second]
            if matches!(*first, "CREATE" | "DROP" | "ALTER")
                && second.chars().all(char::is_alphabetic) =>
        {
            format!("{first} {second}")
        }
        [first, ..] => (*first).to_owned(),
        [] => "this statement".to_owned(),
    }
}
