//! The handlers, one file a subject.

pub mod analytics;
pub mod campaigns;
pub mod dashboard;
pub mod dictionary;
pub mod docs;
pub mod duplicates;
pub mod events;
pub mod export;
pub mod files;
pub mod imports;
pub mod lake;
pub mod mailbox;
pub mod meta;
pub mod orders;
pub mod record_actions;
pub mod record_companions;
pub mod records;
pub mod report_packs;
pub mod search;
pub mod segments;
pub mod session;
pub mod sql;
pub mod system;
pub mod tokens;
pub mod tracking;
pub mod views;
