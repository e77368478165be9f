//! Integration tests of the lake, one binary.
#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod copying;
mod crashes;
mod engines;
mod evolution;
mod faulty;
mod keys;
mod model;
mod reading;
mod stores;
mod support;
mod unchanged;
mod vectors;
