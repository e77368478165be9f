//! Row rules as predicates over the lake's own, unguarded tables.

use std::sync::Arc;

use basalt_model::policy::RowRule;
use datafusion::common::Column;
use datafusion::common::Spans;
use datafusion::datasource::{TableProvider, provider_as_source};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::Subquery;
use datafusion::logical_expr::{Expr, LogicalPlanBuilder, expr::InSubquery, lit};

/// Finds the unguarded `crm.<table>` of the snapshot that a session is bound to.
pub trait Tables {
    fn unguarded(&self, table: &str) -> Option<Arc<dyn TableProvider>>;
}

/// Folds rules that admit all or nothing, so that an unrestricted reader is seen as one.
pub fn simplify(rule: RowRule) -> RowRule {
    match rule {
        RowRule::Via {
            column,
            parent_table,
            rule,
        } => match simplify(*rule) {
            RowRule::Everything => RowRule::Everything,
            RowRule::Nothing => RowRule::Nothing,
            rule => RowRule::Via {
                column,
                parent_table,
                rule: Box::new(rule),
            },
        },
        RowRule::Departments { ids, .. } if ids.is_empty() => RowRule::Nothing,
        RowRule::Any(rules) => {
            let mut kept: Vec<RowRule> = Vec::with_capacity(rules.len());
            for rule in rules {
                match simplify(rule) {
                    RowRule::Everything => return RowRule::Everything,
                    RowRule::Nothing => {}
                    rule => kept.push(rule),
                }
            }
            match kept.len() {
                0 => RowRule::Nothing,
                1 => kept.remove(0),
                _ => RowRule::Any(kept),
            }
        }
        rule => rule,
    }
}

/// The predicate that admits a row of the relation `of` (as `TableScan` names its columns).
pub fn predicate(rule: &RowRule, of: &str, tables: &dyn Tables) -> Result<Expr> {
    Ok(match rule {
        RowRule::Nothing => lit(false),
        RowRule::Everything => lit(true),
        RowRule::Owner { column, user } => column_of(of, column).eq(lit(*user)),
        RowRule::Departments { column, ids } => {
            column_of(of, column).in_list(ids.iter().map(|id| lit(*id)).collect(), false)
        }
        RowRule::Via {
            column,
            parent_table,
            rule,
        } => {
            let parent = tables.unguarded(parent_table).ok_or_else(|| {
                DataFusionError::Plan(format!(
                    "the lake has no table crm.{parent_table}, which decides who may read"
                ))
            })?;
            // A name that no user can write, so that nested parents never shadow each other.
            let alias = format!("{of}/{parent_table}");
            let admitted =
                LogicalPlanBuilder::scan(alias.as_str(), provider_as_source(parent), None)?
                    .filter(predicate(rule, &alias, tables)?)?
                    .project([column_of(&alias, "id")])?
                    .build()?;
            Expr::InSubquery(InSubquery::new(
                Box::new(column_of(of, column)),
                Subquery {
                    subquery: Arc::new(admitted),
                    outer_ref_columns: vec![],
                    spans: Spans::new(),
                },
                false,
            ))
        }
        RowRule::Any(rules) => {
            let mut any = lit(false);
            for rule in rules {
                any = any.or(predicate(rule, of, tables)?);
            }
            any
        }
    })
}

pub(crate) fn column_of(relation: &str, column: &str) -> Expr {
    Expr::Column(Column::new(
        Some(datafusion::common::TableReference::bare(relation)),
        column,
    ))
}
