//! Reminder rules: one mechanism for all of them. A rule watches the records of an object for something
//! that should not stay as it is: a condition that holds for too long, related records that are
//! missing, too few or too many, a value that was entered. Each breach raises one alert and tells its
//! recipients once; the alert is cleared when the breach is over, and goes to the superior when
//! nobody acknowledges it. Rules look with the rights of their owner.

mod alert;
mod look;
mod rule;
mod templates;
mod watch;

pub use alert::{Alert, acknowledge, alerts};
pub use look::look;
pub use rule::{Channel, Kind, Rule, RuleInput, remove, rules, save};
pub use templates::{Template, templates};
pub use watch::{Related, Watch};
