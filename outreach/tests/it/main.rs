//! Outreach against a real Postgres and real SMTP conversations.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod crash;
mod lake;
mod launch;
mod mailbox;
mod segment;
mod sending;
mod sink;
mod tracking;
mod world;
