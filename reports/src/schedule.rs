//! When a pack is due: a cron expression in a time zone.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use croner::Cron;

use crate::Error;

/// A cron expression (minute hour day month weekday) in a time zone. Where clocks change, a skipped time runs at
/// the next valid one and a repeated time runs once.
#[derive(Debug, Clone)]
pub struct Schedule {
    cron: Cron,
    time_zone: Tz,
}

impl Schedule {
    pub fn new(cron: &str, time_zone: &str) -> Result<Self, Error> {
        let cron = Cron::from_str(cron).map_err(|error| {
            Error::Request(format!("{cron:?} is not a cron expression: {error}"))
        })?;
        Ok(Self {
            cron,
            time_zone: zone(time_zone)?,
        })
    }

    /// The first due time after the given instant.
    pub fn next_after(&self, instant: DateTime<Utc>) -> Result<DateTime<Utc>, Error> {
        self.cron
            .find_next_occurrence(&instant.with_timezone(&self.time_zone), false)
            .map(|due| due.with_timezone(&Utc))
            .map_err(|error| Error::Request(format!("the schedule has no next time: {error}")))
    }
}

/// A time zone by its IANA name.
pub fn zone(name: &str) -> Result<Tz, Error> {
    name.parse().map_err(|_| {
        Error::Request(format!(
            "{name:?} is not a time zone; take a name such as Asia/Shanghai"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(text: &str) -> DateTime<Utc> {
        text.parse().expect("an instant")
    }

    #[test]
    fn due_times_are_local_times() {
        let monday_morning = Schedule::new("0 8 * * 1", "Asia/Shanghai").expect("a schedule");
        let next = monday_morning
            .next_after(instant("2026-11-22T12:00:00Z"))
            .expect("due");
        assert_eq!(next, instant("2026-11-23T00:00:00Z"));
        let after = monday_morning.next_after(next).expect("due");
        assert_eq!(
            after,
            instant("2026-11-30T00:00:00Z"),
            "the due time itself is not its own successor"
        );
    }

    #[test]
    fn summer_time_keeps_the_local_hour() {
        let daily = Schedule::new("30 7 * * *", "Europe/Berlin").expect("a schedule");
        assert_eq!(
            daily
                .next_after(instant("2026-03-28T12:00:00Z"))
                .expect("due"),
            instant("2026-03-29T05:30:00Z")
        );
        assert_eq!(
            daily
                .next_after(instant("2026-03-27T12:00:00Z"))
                .expect("due"),
            instant("2026-03-28T06:30:00Z")
        );
    }

    #[test]
    fn nonsense_is_refused_in_words() {
        assert!(
            Schedule::new("every day", "UTC")
                .expect_err("nonsense")
                .to_string()
                .contains("cron expression")
        );
        assert!(
            Schedule::new("0 8 * * *", "Peking")
                .expect_err("nonsense")
                .to_string()
                .contains("Asia/Shanghai")
        );
    }
}
