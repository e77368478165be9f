//! What a reader may see of each table: the access policy of the system of record, compiled into
//! the plan as a barrier.
//!
//! - Rows: [`rows`] turns a [`RowRule`] into a predicate over the unguarded tables.
//! - Columns: hidden columns are **absent** from the reader's schema, so that they cannot be
//!   selected, filtered, grouped or joined on, and reflection does not show them.
//! - Barrier: [`guarded`] evaluates the policy first. Of the reader's own predicates only those
//!   that can neither fail nor vary (column op literal, IN, IS NULL) go below it; statistics never
//!   answer for a restricted reader.
//! - Readers without restriction read the table itself, with full push-down and statistics.

mod barrier;
pub mod guarded;
pub mod rows;
mod safe;

use std::collections::BTreeSet;

use basalt_model::Dictionary;
use basalt_model::policy::{Action, Principal, RowRule};

/// Which part of a table a reader may see.
#[derive(Debug, Clone, PartialEq)]
pub enum Access {
    /// The table does not exist for this reader.
    Absent,
    /// Every row and column.
    Open,
    /// The rows that `rule` admits, without the `hidden` columns.
    Guarded {
        rule: RowRule,
        hidden: BTreeSet<String>,
    },
}

/// The access of `principal` to the business table `crm.<table>` (and to its history).
///
/// A table that the dictionary does not know is for administrators only. A reader whose rule admits
/// nothing does not find the table at all.
pub fn access(principal: &Principal, dictionary: &Dictionary, table: &str) -> Access {
    if let Some(object) = dictionary.by_table(table) {
        if !principal.can(&object.name, Action::Read) {
            return Access::Absent;
        }
        let hidden = principal.hidden_columns(object);
        return of_rule(principal.row_rule(dictionary, object), hidden);
    }
    of_rule(
        principal.side_table_rule(dictionary, table),
        BTreeSet::new(),
    )
}

fn of_rule(rule: RowRule, hidden: BTreeSet<String>) -> Access {
    match rows::simplify(rule) {
        RowRule::Everything if hidden.is_empty() => Access::Open,
        RowRule::Nothing => Access::Absent,
        rule => Access::Guarded { rule, hidden },
    }
}
