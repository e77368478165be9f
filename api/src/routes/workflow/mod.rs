//! Workflow: rules, approvals, webhooks for administrators; tasks of approval and the inbox for everybody.

mod approvals;
mod rules;
mod schema;

pub use approvals::*;
pub use rules::*;

use serde::Serialize;

/// A list in an object, so that it can grow.
#[derive(Serialize)]
pub struct List<T> {
    items: Vec<T>,
}

/// The id of what was made.
#[derive(Serialize)]
pub struct Made {
    id: i64,
}
