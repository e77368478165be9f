//! Business commands of selling, and the rules that saving a lead or a customer keeps.

pub mod assignment;
pub mod capture;
pub mod checklist;
pub mod conversion;
pub mod customers;
pub mod history;
pub mod leads;
pub mod orders;
pub mod pools;
mod saved;
pub mod scoring;
mod sweep;

pub(crate) use saved::{after_create, after_update};
pub use sweep::sweep;
pub(crate) use sweep::sweep_when_due;
