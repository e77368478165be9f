//! The API against a real Postgres: every test has a server of its own on a free port.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod access;
mod access_matrix;
mod activities;
mod analytics;
mod app;
mod assignment;
mod behaviour;
mod calendar;
mod clock;
mod command_line;
mod customers;
mod dictionary;
mod duplicates;
mod field_types;
mod idempotency;
mod imports;
mod lake;
mod leads;
mod node;
mod openapi;
mod opportunities;
mod pages;
mod payments;
mod pools;
mod provider;
mod query_node;
mod record_traits;
mod records;
mod reminders;
mod search;
mod segments;
mod session;
mod sign_in;
mod tokens;
