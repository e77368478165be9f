//! Row rules as predicates over the lake's own, unguarded tables.

use std::sync::Arc;

use basalt_model::policy::{Party, RowRule, ShareAccess};
use datafusion::common::Column;
use datafusion::common::Spans;
use datafusion::datasource::{TableProvider, provider_as_source};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::Subquery;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, expr::InSubquery, lit};

use crate::condition;

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
            // Not every row has that parent.
            RowRule::Nothing => RowRule::Nothing,
            rule => RowRule::Via {
                column,
                parent_table,
                rule: Box::new(rule),
            },
        },
        RowRule::Ids { ids, .. } if ids.is_empty() => RowRule::Nothing,
        RowRule::Texts { values, .. } if values.is_empty() => RowRule::Nothing,
        RowRule::Any(rules) | RowRule::Few { rules, .. } => {
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
        RowRule::All(rules) => {
            let mut kept: Vec<RowRule> = Vec::with_capacity(rules.len());
            for rule in rules {
                match simplify(rule) {
                    RowRule::Nothing => return RowRule::Nothing,
                    RowRule::Everything => {}
                    rule => kept.push(rule),
                }
            }
            match kept.len() {
                0 => RowRule::Everything,
                1 => kept.remove(0),
                _ => RowRule::All(kept),
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
        RowRule::Ids { column, ids } => {
            column_of(of, column).in_list(ids.iter().map(|id| lit(*id)).collect(), false)
        }
        RowRule::Texts { column, values } => column_of(of, column).in_list(
            values.iter().map(|value| lit(value.as_str())).collect(),
            false,
        ),
        RowRule::Shared {
            object,
            with,
            access,
        } => shared(object, with, *access, of, tables)?,
        RowRule::Where(node) => condition::predicate(node, of),
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
            within(column_of(of, column), admitted)
        }
        RowRule::All(rules) => {
            let mut all = lit(true);
            for rule in rules {
                all = all.and(predicate(rule, of, tables)?);
            }
            all
        }
        RowRule::Any(rules) | RowRule::Few { rules, .. } => {
            let mut any = lit(false);
            for rule in rules {
                any = any.or(predicate(rule, of, tables)?);
            }
            any
        }
    })
}

/// `id in (select record_id from crm.record_share where …)`
fn shared(
    object: &str,
    with: &[Party],
    access: ShareAccess,
    of: &str,
    tables: &dyn Tables,
) -> Result<Expr> {
    const SHARE: &str = "record_share";
    let shares = tables.unguarded(SHARE).ok_or_else(|| {
        DataFusionError::Plan(format!(
            "the lake has no table crm.{SHARE}, which decides who may read"
        ))
    })?;
    let alias = format!("{of}/{SHARE}");
    let mut given =
        column_of(&alias, "object")
            .eq(lit(object))
            .and(column_of(&alias, "grantee").in_list(
                with.iter().map(|party| lit(party.to_string())).collect(),
                false,
            ));
    if access == ShareAccess::Write {
        given = given.and(column_of(&alias, "access").eq(lit(access.tag())));
    }
    let records = LogicalPlanBuilder::scan(alias.as_str(), provider_as_source(shares), None)?
        .filter(given)?
        .project([column_of(&alias, "record_id")])?
        .build()?;
    Ok(within(column_of(of, "id"), records))
}

fn within(value: Expr, plan: LogicalPlan) -> Expr {
    Expr::InSubquery(InSubquery::new(
        Box::new(value),
        Subquery {
            subquery: Arc::new(plan),
            outer_ref_columns: vec![],
            spans: Spans::new(),
        },
        false,
    ))
}

pub(crate) fn column_of(relation: &str, column: &str) -> Expr {
    Expr::Column(Column::new(
        Some(datafusion::common::TableReference::bare(relation)),
        column,
    ))
}
