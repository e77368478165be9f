//! Integration tests of the reports crate.

mod delivery;
mod rendering;
mod sample;
mod world;
