//! Business commands of selling.

pub mod orders;
