//! Integration tests of the lake, one binary.
#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod compaction;
mod copying;
mod crashes;
mod engines;
mod erasure;
mod evolution;
mod faulty;
mod keys;
mod meeting;
mod model;
mod past;
mod reading;
mod stores;
mod support;
mod unchanged;
mod upkeep;
mod vectors;
