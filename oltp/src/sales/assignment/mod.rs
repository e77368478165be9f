//! Assignment of new leads and customers to people or pools, by rules, each decision explained.
//!
//! Rules stand in an order. The first whose condition holds and that finds somebody decides; a rule
//! without a condition at the end is the default. What was decided, by which rule, among which
//! candidates with which load, is an entry of the record's history.

mod decide;
mod rule;

pub use decide::{DryRun, Outcome, Share, dry_run};
pub use rule::{Assign, AssignmentRule, AssignmentRuleInput, Trial, remove_rule, rules, save_rule};

pub(crate) use decide::assign;
pub(in crate::sales) use decide::tell;
