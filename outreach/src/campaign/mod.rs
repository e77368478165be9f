//! Campaigns: what is checked before one is sent, who gets a message, how a run is steered, and what came of it.

mod check;
mod launch;
mod plan;
mod result;
mod run;

pub use launch::Launched;
pub use plan::{Recipient, SkipReason, decide, is_held_out};
pub use result::{CampaignResult, Touches};
pub use run::{RunProgress, RunStatus};

pub(crate) use check::{columns_of, personal_values};
