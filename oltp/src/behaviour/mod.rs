//! What customers do, in great number: kinds of behaviour with their attributes, and the collector
//! that takes events in batches, each once, however often it is sent.
//!
//! - [`types`]: what a kind of behaviour may say of itself;
//! - [`event`]: one event as it is sent, and why it may be refused;
//! - [`collect`]: a batch into `crm.behaviour_event`;
//! - [`visitors`]: the websites that send events, and whom their visitors turn out to be.

mod collect;
mod event;
pub(crate) mod types;
mod visitors;

pub use collect::{Door, LARGEST_BATCH, Receipt, collect};
pub use event::Refusal;
pub(crate) use event::WINDOW;
pub use types::AttributeType;
pub(crate) use types::install_standard_types;
pub use visitors::{Identity, Site, SiteInput, add_site, identify, remove_site, show, site, sites};
