//! Recurrence rules of RFC 5545, by the clock of a time zone.

use basalt_model::Problem;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use rrule::RRuleSet;

use crate::error::{Error, Result};

/// A rule with its first occurrence.
pub(crate) struct Recurrence {
    text: String,
    set: RRuleSet,
}

impl Recurrence {
    /// Reads a rule; an end without a time zone is meant in the zone of the rule.
    pub fn parse(field: &str, text: &str, starts: DateTime<Utc>, zone: Tz) -> Result<Self> {
        let refused = |en: String, zh: String| {
            Error::field(field.to_owned(), Problem::new("recurrence", en, zh))
        };
        let text = text
            .trim()
            .trim_start_matches("RRULE:")
            .to_ascii_uppercase();
        // Line ends would begin other properties.
        if text.is_empty() || text.len() > 300 || text.contains(['\r', '\n']) {
            return Err(refused(
                "is no recurrence rule, such as FREQ=WEEKLY;UNTIL=20271231".to_owned(),
                "不是有效的重复规则，例如 FREQ=WEEKLY;UNTIL=20271231".to_owned(),
            ));
        }
        if ["FREQ=SECONDLY", "FREQ=MINUTELY", "FREQ=HOURLY"]
            .iter()
            .any(|often| text.contains(often))
        {
            return Err(refused(
                "recurs too often: daily is the most".to_owned(),
                "重复过于频繁，最多每天一次".to_owned(),
            ));
        }
        let in_utc = with_end_in_utc(&text, zone);
        let local = starts.with_timezone(&zone);
        let source = format!(
            "DTSTART;TZID={}:{}\nRRULE:{in_utc}",
            zone.name(),
            local.format("%Y%m%dT%H%M%S")
        );
        let set = source.parse::<RRuleSet>().map_err(|error| {
            refused(
                format!("is no recurrence rule: {error}"),
                format!("不是有效的重复规则：{error}"),
            )
        })?;
        Ok(Self { text, set })
    }

    /// The rule as it was given.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// At most `limit` occurrences from `from` to `until`, both included.
    pub fn between(
        &self,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
        limit: u16,
    ) -> Vec<DateTime<Utc>> {
        let zone = rrule::Tz::UTC;
        let set = self
            .set
            .clone()
            .after(from.with_timezone(&zone))
            .before(until.with_timezone(&zone));
        let mut times: Vec<DateTime<Utc>> = set
            .all(limit)
            .dates
            .into_iter()
            .map(|at| at.with_timezone(&Utc))
            .filter(|at| (from..=until).contains(at))
            .collect();
        times.dedup();
        times
    }

    /// The first occurrence after this time.
    pub fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        // The longest gap of a rule of years with February 29 is eight.
        let until = after + TimeDelta::days(366 * 9);
        self.between(after + TimeDelta::seconds(1), until, 1)
            .into_iter()
            .next()
    }
}

/// `UNTIL=20271231` (the whole day) and `UNTIL=20271231T120000` in the zone become points in UTC.
fn with_end_in_utc(text: &str, zone: Tz) -> String {
    text.split(';')
        .map(|part| {
            let Some(end) = part
                .strip_prefix("UNTIL=")
                .filter(|end| !end.ends_with('Z'))
            else {
                return part.to_owned();
            };
            let time = NaiveDate::parse_from_str(end, "%Y%m%d")
                .ok()
                .map(|day| {
                    day.and_time(NaiveTime::MIN) + TimeDelta::days(1) - TimeDelta::seconds(1)
                })
                .or_else(|| NaiveDateTime::parse_from_str(end, "%Y%m%dT%H%M%S").ok());
            match time {
                Some(time) => format!("UNTIL={}", instant(time, zone).format("%Y%m%dT%H%M%SZ")),
                None => part.to_owned(),
            }
        })
        .collect::<Vec<_>>()
        .join(";")
}

/// A time zone by its IANA name.
pub(crate) fn time_zone(field: &str, name: &str) -> Result<Tz> {
    name.trim().parse().map_err(|_| {
        Error::field(
            field.to_owned(),
            Problem::new(
                "time_zone",
                format!("{name:?} is no time zone, such as Asia/Shanghai"),
                format!("“{name}”不是有效时区，例如 Asia/Shanghai"),
            ),
        )
    })
}

/// What a clock in the zone shows.
pub(crate) fn local(at: DateTime<Utc>, zone: Tz) -> NaiveDateTime {
    at.with_timezone(&zone).naive_local()
}

/// When a clock in the zone shows this; the earlier of two, and an hour later where it never does.
pub(crate) fn instant(local: NaiveDateTime, zone: Tz) -> DateTime<Utc> {
    zone.from_local_datetime(&local)
        .earliest()
        .or_else(|| {
            zone.from_local_datetime(&(local + TimeDelta::hours(1)))
                .earliest()
        })
        .map_or_else(|| local.and_utc(), |at| at.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn times(rule: &str, starts: &str, zone: Tz, until: &str) -> Vec<String> {
        let starts = at(starts);
        Recurrence::parse("r", rule, starts, zone)
            .unwrap()
            .between(starts, at(until), 50)
            .into_iter()
            .map(|at| at.format("%m-%dT%H:%M").to_string())
            .collect()
    }

    #[test]
    fn the_clock_of_the_zone_counts() {
        // Berlin leaves summer time on 25 October 2026: nine o'clock stays nine o'clock.
        let weekly = times(
            "FREQ=WEEKLY;UNTIL=20261101",
            "2026-10-18T07:00:00Z",
            Tz::Europe__Berlin,
            "2027-01-01T00:00:00Z",
        );
        assert_eq!(weekly, ["10-18T07:00", "10-25T08:00", "11-01T08:00"]);
        // The last day counts whole, in the zone.
        let daily = times(
            "FREQ=DAILY;UNTIL=20260303",
            "2026-03-01T16:30:00Z",
            Tz::Asia__Shanghai,
            "2026-04-01T00:00:00Z",
        );
        assert_eq!(daily, ["03-01T16:30", "03-02T16:30"]);
    }

    #[test]
    fn what_is_no_rule_is_refused() {
        for wrong in [
            "",
            "WEEKLY",
            "FREQ=SECONDLY",
            "FREQ=HOURLY",
            "FREQ=DAILY\nEXDATE:20260101",
            "FREQ=DAILY;UNTIL=soon",
        ] {
            assert!(
                Recurrence::parse("r", wrong, at("2026-01-01T00:00:00Z"), Tz::UTC).is_err(),
                "{wrong}"
            );
        }
    }

    #[test]
    fn the_next_is_after() {
        let starts = at("2024-02-29T09:00:00Z");
        let rule =
            Recurrence::parse("r", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", starts, Tz::UTC).unwrap();
        assert_eq!(rule.next_after(starts), Some(at("2028-02-29T09:00:00Z")));
        let once = Recurrence::parse("r", "FREQ=DAILY;COUNT=1", starts, Tz::UTC).unwrap();
        assert_eq!(once.next_after(starts), None);
    }
}
