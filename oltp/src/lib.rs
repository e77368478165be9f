//! The system of record: business rows in Postgres and the rules that guard them.
//!
//! - [`Db`] connects, migrates (system migrations, then the dictionary's tables) and begins
//!   transactions ([`Tx`]) that carry their principal to the audit trigger and to change capture.
//! - [`record::Store`] is the way to business rows; a [`Principal`](basalt_model::Principal) is an
//!   argument of every call.
//! - [`rights`] administers access: profiles, roles, groups, sharing; [`auth`] is sign-in and credentials.
//! - [`import::Importer`] takes CSV in bulk; [`sales`] holds business commands.
//! - [`opportunity`] keeps stages, lines and figures of possible sales.
//! - [`activity`] is what people do with customers, [`calendar`] when; [`reminder`] says what was forgotten.
//! - [`workflow`] acts when something happens: rules, approvals, inbox, webhooks, on the queue of [`jobs`].
//! - [`behaviour`] takes what customers do, in great number; [`retention`] lets old rows leave Postgres.
//! - [`outbound`] is the one client for addresses that users give.
//! - [`sql`] compiles conditions and row rules for statements of one's own.

#![forbid(unsafe_code)]

pub mod activity;
pub mod audit;
pub mod auth;
pub mod behaviour;
pub mod calendar;
mod db;
mod ddl;
pub mod dictionary;
pub mod duplicates;
pub mod erasure;
mod error;
pub mod export;
pub mod import;
pub mod jobs;
pub mod opportunity;
pub mod outbound;
pub mod record;
pub mod reminder;
pub mod retention;
pub mod rights;
pub mod sales;
pub mod scores;
pub mod search;
mod spreadsheet;
pub mod sql;
pub mod workflow;

pub use db::{Db, MigrationReport, Tx};
pub use ddl::{MigrationPlan, Step};
pub use error::{Error, FieldError, Result};
