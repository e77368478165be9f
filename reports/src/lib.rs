//! Report packs: definitions as files, filled with live data within the reader's rights, rendered as PDF, workbook
//! and mail, sent on schedule and archived.
//!
//! ```text
//! definition   a pack's file: named queries and the layout of their results
//! dataset      the rows of a query
//! fill         definition + session → Report: typed values in the reader's language
//! report       the filled report
//! pdf, xlsx, html, chart   renderings of it, all from the same values
//! pack, schedule, delivery, mail, archive   who gets it when, and what was sent
//! ```
//!
//! [`Reports`] is the way in.

#![forbid(unsafe_code)]

mod archive;
pub mod chart;
mod dataset;
pub mod definition;
mod delivery;
mod error;
mod fill;
pub mod html;
mod mail;
mod pack;
pub mod pdf;
mod rendered;
pub mod report;
mod reports;
mod schedule;
mod shade;
pub mod wording;
pub mod xlsx;

pub use delivery::{ArchivedFile, Delivery, DeliveryState};
pub use error::{Error, Result};
pub use mail::{Security, SmtpConfig};
pub use pack::{Pack, PackInput, Recipient};
pub use rendered::{Format, Rendered};
pub use reports::{Reports, ReportsConfig};
