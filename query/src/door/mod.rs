//! Doors through which clients of other makes read the lake.

pub mod postgres;
