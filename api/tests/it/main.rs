//! The API against a real Postgres: every test has a server of its own on a free port.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod access;
mod access_matrix;
mod app;
mod dictionary;
mod duplicates;
mod field_types;
mod idempotency;
mod imports;
mod lake;
mod node;
mod openapi;
mod pages;
mod provider;
mod record_traits;
mod records;
mod search;
mod session;
mod sign_in;
mod tokens;
