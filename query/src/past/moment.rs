//! Moments of the past as people write them: an instant, a log position, a Delta version.

use arrow::array::timezone::Tz;
use basalt_warehouse::AsOf;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, TimeZone, Utc};

use crate::error::{Error, Past, Result};

/// Reads `2026-03-01`, `2026-03-01 08:30`, `2026-03-01T08:30:00+08:00`, `16/B374D848` or `v12`.
///
/// A day is its first instant; what names no offset is in `zone`.
///
/// # Errors
/// [`Past::Unreadable`].
pub fn read(text: &str, zone: &str) -> Result<AsOf> {
    let text = text.trim();
    let unreadable = || Error::Past(Past::Unreadable(text.to_owned()));
    if let Some(version) = text.strip_prefix('v') {
        return version.parse().map(AsOf::Version).map_err(|_| unreadable());
    }
    if text.contains('/') {
        return text.parse().map(AsOf::Lsn).map_err(|_| unreadable());
    }
    instant(text, zone)
        .map(AsOf::Instant)
        .ok_or_else(unreadable)
}

/// The inverse of [`read`], whatever the zone.
pub fn write(at: AsOf) -> String {
    match at {
        AsOf::Lsn(lsn) => lsn.to_string(),
        AsOf::Instant(instant) => instant.to_rfc3339_opts(SecondsFormat::AutoSi, true),
        AsOf::Version(version) => format!("v{version}"),
    }
}

fn instant(text: &str, zone: &str) -> Option<DateTime<Utc>> {
    for format in [
        "%Y-%m-%dT%H:%M:%S%.f%#z",
        "%Y-%m-%d %H:%M:%S%.f%#z",
        "%Y-%m-%d %H:%M:%S%.f %#z",
        "%Y-%m-%dT%H:%M%#z",
        "%Y-%m-%d %H:%M%#z",
    ] {
        if let Ok(instant) = DateTime::parse_from_str(text, format) {
            return Some(instant.to_utc());
        }
    }
    let local = [
        "%Y-%m-%dT%H:%M:%S%.f",
        "%Y-%m-%d %H:%M:%S%.f",
        "%Y-%m-%dT%H:%M",
        "%Y-%m-%d %H:%M",
    ]
    .iter()
    .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
    let local = local.or_else(|| {
        let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
        Some(day.and_time(NaiveTime::MIN))
    })?;
    let zone: Tz = zone.parse().ok()?;
    // Clocks that are set back show a time twice: the earlier one. What they skip is no time at all.
    Some(zone.from_local_datetime(&local).earliest()?.to_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str, zone: &str) -> String {
        write(read(text, zone).expect(text))
    }

    #[test]
    fn moments_are_read_in_the_zone_of_the_reader() {
        assert_eq!(utc("2026-03-01", "UTC"), "2026-03-01T00:00:00Z");
        assert_eq!(utc("2026-03-01", "Asia/Shanghai"), "2026-02-28T16:00:00Z");
        for same in [
            "2026-03-01 08:30",
            "2026-03-01T08:30:00",
            "2026-03-01 00:30Z",
            "2026-03-01T00:30:00Z",
            "2026-03-01 08:30:00+08",
            "2026-03-01 08:30:00.000 +08:00",
        ] {
            assert_eq!(utc(same, "Asia/Shanghai"), "2026-03-01T00:30:00Z", "{same}");
        }
        assert_eq!(utc("16/B374D848", "UTC"), "16/B374D848");
        assert_eq!(utc("v12", "UTC"), "v12");
        for text in ["2026-03-01T00:30:00.25Z", "0/16B3748", "v0"] {
            let at = read(text, "UTC").expect(text);
            assert_eq!(read(&write(at), "Asia/Shanghai").expect(text), at);
        }
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in ["", "yesterday", "2026-02-30", "1/x", "v", "vX", "12"] {
            assert!(
                matches!(read(text, "UTC"), Err(Error::Past(Past::Unreadable(_)))),
                "{text}"
            );
        }
        // A quarter past two did not happen that night.
        assert!(read("2026-03-29 02:15", "Europe/Berlin").is_err());
    }
}
