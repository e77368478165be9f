//! Reading the lake: sessions on one snapshot, the access policy as a barrier in the plan, the star
//! schema, and the SQL door for Postgres clients.
//!
//! ```text
//! Engine ──session(principal, ReadAt)──▶ Session: one snapshot, one reader's view of it
//!   catalog/   crm.* history.* mart.* lake.*   what the reader finds under which name
//!   policy/    rows and columns the reader may see, as a barrier around every table
//!   past/      tables and sessions as of a moment of the past
//!   mart/      the star schema, planned over the guarded tables
//!   reads      which statements are let in
//!   result/    JSON, CSV and text tables from Arrow
//!   analysis/  value scores, purchase models, cohorts
//!   cell       the customers behind one cell of a result
//!   condition  the shared condition language as DataFusion expressions
//!   door/      Postgres wire protocol
//! ```
#![forbid(unsafe_code)]

pub mod analysis;
pub mod catalog;
mod cell;
pub mod condition;
pub mod door;
mod engine;
mod error;
mod limits;
pub mod mart;
pub mod past;
pub mod policy;
mod reads;
mod result;
mod session;

pub use cell::Cell;
pub use engine::{CaptureState, Engine, EngineConfig, Freshness, ReadAt, Trouble};
pub use error::{Error, Result};
pub use result::QueryResult;
pub use session::Session;
