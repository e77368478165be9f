//! Business commands of selling.

pub mod allocations;
pub mod orders;
