//! What people do with customers: activities with participants and links to records, series, check-ins,
//! the stream and its statistics, instructions of superiors, commitments.

mod check_in;
pub mod commitments;
pub mod follow_up;
pub mod instructions;
pub(crate) mod linked;
pub(crate) mod rules;
pub mod series;
pub mod stream;
pub(crate) mod superior;

pub use check_in::{CheckIn, check_in};
pub use linked::of_record;
