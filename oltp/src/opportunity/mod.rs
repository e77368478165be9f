//! Opportunities: stages and confidence, lines, priority, winning, progress, and the live figures over
//! them (funnel, summary, forecast), whose totals are those of the lists.

pub mod figures;
mod lines;
pub mod priority;
pub mod progress;
pub(crate) mod rules;
pub mod stages;
pub mod win;

pub use figures::{ForecastRow, FunnelStage, SummaryRow, forecast, funnel, summary};
pub use priority::{Score, set_priority};
pub use progress::{Progress, progress};
pub use stages::{ForecastSetting, Stage, StageInput, save_stages, stages};
pub use win::{WinInput, Won, win};
