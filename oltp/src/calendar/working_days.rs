//! Working days: Monday to Friday, less the days off and with the make-up working days (调休) of the
//! calendar that holds for a department.

use std::collections::BTreeMap;

use basalt_model::Problem;
use chrono::{Datelike, Days, NaiveDate, Weekday};
use sqlx::{PgConnection, Row};

use crate::db::Db;
use crate::error::{Error, Result};

/// The exceptions of a calendar: whether the day is worked on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkingDays(BTreeMap<NaiveDate, bool>);

/// The longest deadline in working days.
const LONGEST: u32 = 1000;

impl WorkingDays {
    /// The calendar of the nearest legal entity above the department, or the one without an entity.
    ///
    /// # Errors
    /// The database failed.
    pub async fn of(connection: &mut PgConnection, department: Option<i64>) -> Result<Self> {
        let calendar: Option<i64> = sqlx::query_scalar(
            "with recursive above as (
               select id, parent_id, 0 as depth from crm.department where id = $1
               union all select d.id, d.parent_id, a.depth + 1 from crm.department d join above a on d.id = a.parent_id where a.depth < 100
             ) select c.id from crm.holiday_calendar c left join above a on a.id = c.legal_entity_id
               where c.deleted_at is null and (c.legal_entity_id is null or a.id is not null)
               order by a.depth asc nulls last, c.id limit 1",
        )
        .bind(department)
        .fetch_optional(&mut *connection)
        .await?;
        let Some(calendar) = calendar else {
            return Ok(Self::default());
        };
        let rows = sqlx::query(
            "select on_date, kind = 'working_day' from crm.holiday where calendar_id = $1 and deleted_at is null",
        )
        .bind(calendar)
        .fetch_all(connection)
        .await?;
        rows.iter()
            .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
            .collect::<Result<_>>()
            .map(Self)
    }

    /// Whether people work on the day.
    pub fn includes(&self, day: NaiveDate) -> bool {
        self.0
            .get(&day)
            .copied()
            .unwrap_or(!matches!(day.weekday(), Weekday::Sat | Weekday::Sun))
    }

    /// The day so many working days after `from`, which itself doesn't count; with 0 the next working
    /// day when `from` is none.
    pub fn after(&self, from: NaiveDate, days: u32) -> NaiveDate {
        let mut day = from;
        let mut left = days;
        // A calendar without any working day ends somewhere as well.
        for _ in 0..LONGEST * 8 {
            if left == 0 && self.includes(day) {
                break;
            }
            let Some(next) = day.checked_add_days(Days::new(1)) else {
                break;
            };
            day = next;
            if left > 0 && self.includes(day) {
                left -= 1;
            }
        }
        day
    }
}

/// The day so many working days after `from`, for a department.
///
/// # Errors
/// [`Error::Validation`] for more than 1,000 days.
pub async fn deadline(
    db: &Db,
    department: Option<i64>,
    from: NaiveDate,
    days: u32,
) -> Result<NaiveDate> {
    if days > LONGEST {
        return Err(Error::field(
            "days",
            Problem::new("range", "must be at most 1000", "最多为 1000"),
        ));
    }
    let mut connection = db.pool().acquire().await?;
    Ok(WorkingDays::of(&mut connection, department)
        .await?
        .after(from, days))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn weekends_days_off_and_make_up_days_count_as_they_are() {
        let plain = WorkingDays::default();
        assert_eq!(plain.after(day("2026-11-27"), 2), day("2026-12-01"));
        assert_eq!(plain.after(day("2026-11-28"), 0), day("2026-11-30"));
        // The Spring Festival of 2026: 15 to 23 February are off, Saturdays 14 and 28 are worked.
        let mut days: BTreeMap<NaiveDate, bool> = (15..=23)
            .map(|d| (NaiveDate::from_ymd_opt(2026, 2, d).unwrap(), false))
            .collect();
        days.insert(day("2026-02-14"), true);
        days.insert(day("2026-02-28"), true);
        let china = WorkingDays(days);
        assert_eq!(china.after(day("2026-02-13"), 2), day("2026-02-24"));
        assert_eq!(china.after(day("2026-02-26"), 2), day("2026-02-28"));
        assert_eq!(plain.after(day("2026-02-26"), 2), day("2026-03-02"));
    }
}
