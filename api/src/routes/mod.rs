//! The handlers, one file a subject.

pub mod access;
pub mod analytics;
pub mod campaigns;
pub mod dashboard;
pub mod docs;
pub mod events;
pub mod lake;
pub mod mailbox;
pub mod meta;
pub mod orders;
pub mod records;
pub mod report_packs;
pub mod segments;
pub mod session;
pub mod sign_in;
pub mod sql;
pub mod system;
pub mod tokens;
pub mod tracking;
pub mod workflow;
