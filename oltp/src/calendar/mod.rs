//! Calendars: entries from activities, tasks and business documents, sharing, reminders, feeds,
//! completion, and the working days of legal entities.

mod completion;
mod entries;
mod feed;
mod preference;
pub(crate) mod recurrence;
mod remind;
pub mod reminders;
mod share;
pub mod working_days;

pub use completion::{Completion, completion};
pub use entries::{Calendar, Entry, Range, View, calendar, move_entry};
pub use feed::{feed, feed_exists, make_feed, remove_feed};
pub use preference::{Preference, preference, save_preference};
pub(crate) use remind::remind;
pub use share::{Shares, add_share, remove_share, shares};
