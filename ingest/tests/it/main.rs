//! The capture against a real Postgres and a real lake.
#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod absent;
mod backlog;
mod backup;
mod copy;
mod faults;
mod large;
mod model;
mod partitions;
mod recopy;
mod restore;
mod schema_changes;
mod setup;
mod stalls;
mod stream;
mod support;
mod values;
mod verification;
