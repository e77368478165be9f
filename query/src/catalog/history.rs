//! `history.*`: the changes of a table with the time until which each version held.

use std::sync::Arc;

use datafusion::datasource::{TableProvider, ViewTable, provider_as_source};
use datafusion::error::Result;
use datafusion::functions_window::expr_fn::lead;
use datafusion::logical_expr::{Expr, ExprFunctionExt, LogicalPlanBuilder, ident};

use crate::policy::rows::column_of;

const CHANGES: &str = "changes";
const VALID_FROM: &str = "valid_from";
const VALID_TO: &str = "valid_to";

/// The changes with `valid_to` behind `valid_from`: when the next change of the same row took over;
/// null for the last. A table without `key` does not tell which change is the next of which.
///
/// Who does not ask for the column does not pay for it: the optimizer leaves the window out.
pub(super) fn with_valid_to(
    changes: Arc<dyn TableProvider>,
    key: &[String],
) -> Result<Arc<dyn TableProvider>> {
    let schema = changes.schema();
    if key.is_empty() || schema.column_with_name(VALID_TO).is_some() {
        return Ok(changes);
    }
    let next = lead(column_of(CHANGES, VALID_FROM), Some(1), None)
        .partition_by(key.iter().map(|key| column_of(CHANGES, key)).collect())
        .order_by(vec![
            column_of(CHANGES, "lsn").sort(true, false),
            column_of(CHANGES, "seq").sort(true, false),
        ])
        .build()?
        .alias(VALID_TO);
    let mut columns: Vec<Expr> = Vec::new();
    for field in schema.fields() {
        columns.push(column_of(CHANGES, field.name()));
        if field.name() == VALID_FROM {
            columns.push(ident(VALID_TO));
        }
    }
    let plan = LogicalPlanBuilder::scan(CHANGES, provider_as_source(changes), None)?
        .window(vec![next])?
        .project(columns)?
        .build()?;
    Ok(Arc::new(ViewTable::new(plan, None)))
}
