//! Integration tests of the system of record, each with a Postgres database of its own.

#![expect(
    clippy::unwrap_used,
    clippy::needless_pass_by_value,
    reason = "helpers of tests: a failure there is a failure of the test"
)]

mod access;
mod approvals;
mod audit;
mod conditions;
mod dictionary;
mod imports;
mod lists;
mod migration;
mod orders;
mod records;
mod rights;
mod roll_ups;
mod webhooks;
mod workflow;
mod world;
