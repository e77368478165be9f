//! Calendar periods relative to a day, such as "the last 30 days" or "this quarter".

use chrono::{Datelike, Days, Months, NaiveDate};
use serde::{Deserialize, Serialize};

/// A unit of the calendar. Weeks start on Monday.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

/// A stretch of days relative to a day called today.
///
/// JSON: `{"last_days":30}`, `{"next_days":7}`, `{"this":"quarter"}`, `{"previous":"month"}`,
/// `{"next":"year"}`, `{"days_ago":1}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// The n days that end today, today included.
    LastDays(u32),
    /// The n days that begin today, today included.
    NextDays(u32),
    /// The one day that lies n days back.
    DaysAgo(u32),
    This(Unit),
    Previous(Unit),
    Next(Unit),
}

/// The longest span a relative period may name: a hundred years.
pub const MAX_DAYS: u32 = 36_525;

impl Period {
    /// First day of the period and the first day after it; `None` when it leaves the calendar.
    pub fn range(self, today: NaiveDate) -> Option<(NaiveDate, NaiveDate)> {
        let days = |n: u32| (n <= MAX_DAYS).then(|| Days::new(u64::from(n)));
        match self {
            Self::LastDays(n) => {
                let until = today.succ_opt()?;
                Some((until.checked_sub_days(days(n)?)?, until))
            }
            Self::NextDays(n) => Some((today, today.checked_add_days(days(n)?)?)),
            Self::DaysAgo(n) => {
                let day = today.checked_sub_days(days(n)?)?;
                Some((day, day.succ_opt()?))
            }
            Self::This(unit) => unit.around(today),
            Self::Previous(unit) => unit.around(unit.around(today)?.0.pred_opt()?),
            Self::Next(unit) => unit.around(unit.around(today)?.1),
        }
    }
}

impl Unit {
    /// The unit that contains the day, as first day and first day after.
    fn around(self, day: NaiveDate) -> Option<(NaiveDate, NaiveDate)> {
        let months =
            |from: NaiveDate, n: u32| Some((from, from.checked_add_months(Months::new(n))?));
        match self {
            Self::Day => Some((day, day.succ_opt()?)),
            Self::Week => {
                let since_monday = u64::from(day.weekday().num_days_from_monday());
                let from = day.checked_sub_days(Days::new(since_monday))?;
                Some((from, from.checked_add_days(Days::new(7))?))
            }
            Self::Month => months(day.with_day(1)?, 1),
            Self::Quarter => months(
                NaiveDate::from_ymd_opt(day.year(), (day.month0() / 3) * 3 + 1, 1)?,
                3,
            ),
            Self::Year => months(NaiveDate::from_ymd_opt(day.year(), 1, 1)?, 12),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn ranges() {
        let today = day("2026-11-23");
        let range = |p: Period| p.range(today).map(|(a, b)| format!("{a} {b}")).unwrap();
        assert_eq!(range(Period::LastDays(30)), "2026-10-25 2026-11-24");
        assert_eq!(range(Period::NextDays(1)), "2026-11-23 2026-11-24");
        assert_eq!(range(Period::DaysAgo(1)), "2026-11-22 2026-11-23");
        assert_eq!(range(Period::This(Unit::Week)), "2026-11-23 2026-11-30");
        assert_eq!(range(Period::This(Unit::Quarter)), "2026-10-01 2027-01-01");
        assert_eq!(
            range(Period::Previous(Unit::Month)),
            "2026-10-01 2026-11-01"
        );
        assert_eq!(range(Period::Next(Unit::Year)), "2027-01-01 2028-01-01");
    }

    #[test]
    fn json_form() {
        assert_eq!(
            serde_json::to_string(&Period::LastDays(30)).unwrap(),
            r#"{"last_days":30}"#
        );
        let this: Period = serde_json::from_str(r#"{"this":"quarter"}"#).unwrap();
        assert_eq!(this, Period::This(Unit::Quarter));
    }

    proptest! {
        #[test]
        fn units_tile_the_calendar(n in 700_000_i32..760_000, unit in prop::sample::select(vec![
            Unit::Day, Unit::Week, Unit::Month, Unit::Quarter, Unit::Year])) {
            let today = NaiveDate::from_num_days_from_ce_opt(n).unwrap();
            let (previous, this) = (Period::Previous(unit).range(today).unwrap(), Period::This(unit).range(today).unwrap());
            let next = Period::Next(unit).range(today).unwrap();
            prop_assert!(this.0 <= today && today < this.1);
            prop_assert_eq!(previous.1, this.0);
            prop_assert_eq!(this.1, next.0);
        }
    }
}
