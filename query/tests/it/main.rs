//! The query crate against a real lake on disk, filled directly, without Postgres.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod analysis_golden;
mod basket_oracle;
mod condition;
mod door;
mod history;
mod lake_tables;
mod limits;
mod mart;
mod meaning;
mod past;
mod policy;
mod readers;
mod reads;
mod world;
