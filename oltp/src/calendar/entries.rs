//! What stands on a calendar: activities one owns or takes part in, tasks, and dates of business documents.

use basalt_model::{Action, Dictionary, Principal, RowAccess};
use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::{PgConnection, QueryBuilder, Row};

use super::{preference, recurrence, share};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::record::{JsonMap, Saved, Store};
use crate::rights::within;
use crate::sql::{column, crm};

/// A display format of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum View {
    Day,
    Week,
    Month,
}

impl View {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// The first day and the day after the last; weeks begin on Monday.
    fn days(self, on: NaiveDate) -> Option<(NaiveDate, NaiveDate)> {
        match self {
            Self::Day => Some((on, on.succ_opt()?)),
            Self::Week => {
                let monday =
                    on.checked_sub_days(Days::new(u64::from(on.weekday().num_days_from_monday())))?;
                Some((monday, monday.checked_add_days(Days::new(7))?))
            }
            Self::Month => {
                let first = on.with_day(1)?;
                Some((first, first.checked_add_months(Months::new(1))?))
            }
        }
    }
}

/// The days that are asked for, first and last included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Range {
    View(View, NaiveDate),
    Days(NaiveDate, NaiveDate),
}

/// An entry of a calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// `activity`, `task`, `opportunity`, `invoice`, …; empty for what is only shown as busy.
    pub object: Option<String>,
    pub id: Option<i64>,
    pub title: Option<String>,
    pub starts_at: DateTime<Utc>,
    pub ends_at: Option<DateTime<Utc>>,
    /// The day in the calendar's time zone, of entries without a time.
    pub day: Option<NaiveDate>,
    pub all_day: bool,
    pub status: Option<String>,
    /// Only that the owner is busy is shown.
    pub busy: bool,
    pub private: bool,
    pub customer: Option<i64>,
    pub opportunity: Option<i64>,
}

/// The entries of some days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Calendar {
    pub from: NaiveDate,
    /// Last day.
    pub until: NaiveDate,
    pub time_zone: String,
    pub items: Vec<Entry>,
}

/// A business document whose date stands on the calendar of its owner.
pub(super) struct Source {
    pub object: &'static str,
    pub date: &'static str,
    /// Documents for which the date still matters, over alias `t`.
    pub open: &'static str,
}

/// Objects that aren't in the dictionary (yet) are left out.
pub(super) const SOURCES: [Source; 4] = [
    Source {
        object: "opportunity",
        date: "expected_close_on",
        open: "t.status = 'open'",
    },
    Source {
        object: "invoice",
        date: "due_on",
        open: "t.status = 'issued' and coalesce(t.allocated, 0) < t.amount",
    },
    Source {
        object: "commitment",
        date: "due_on",
        open: "t.status in ('open', 'overdue')",
    },
    Source {
        object: "contract",
        date: "ends_on",
        open: "true",
    },
];

/// Days at once.
const LONGEST: i64 = 366;
/// Entries at once.
const MOST: i64 = 5000;

/// The calendar of the caller, or of a colleague who shares it, in a time zone (without: as the caller prefers).
///
/// # Errors
/// [`Error::Forbidden`] for a calendar that isn't shared; [`Error::Request`] for more than a year.
pub async fn calendar(
    db: &Db,
    principal: &Principal,
    of: Option<i64>,
    range: Range,
    zone: Option<&str>,
) -> Result<Calendar> {
    let mut connection = db.pool().acquire().await?;
    let owner = of.unwrap_or(principal.user_id);
    let foreign = owner != principal.user_id;
    if foreign && !share::is_shared(&mut connection, owner, principal).await? {
        return Err(Error::Forbidden);
    }
    let zone = match zone {
        Some(name) => recurrence::time_zone("time_zone", name)?,
        None => preference::read(&mut connection, principal.user_id)
            .await?
            .zone(),
    };
    let out_of_range = || {
        Error::request(
            "from",
            format!("a calendar shows at most {LONGEST} days, in their order"),
            format!("日历一次最多显示 {LONGEST} 天，且起止日期须按先后顺序"),
        )
    };
    let (first, end) = match range {
        Range::View(view, on) => view.days(on),
        Range::Days(first, last) => last.succ_opt().map(|end| (first, end)),
    }
    .filter(|(first, end)| (1..=LONGEST).contains(&(*end - *first).num_days()))
    .ok_or_else(out_of_range)?;
    let mut items = entries(&mut connection, &db.dictionary(), owner, (first, end), zone).await?;
    if foreign {
        for entry in &mut items {
            if entry.private {
                entry.busy = true;
                (entry.object, entry.id, entry.title, entry.status) = (None, None, None, None);
                (entry.customer, entry.opportunity) = (None, None);
            }
        }
    }
    Ok(Calendar {
        from: first,
        until: end.pred_opt().unwrap_or(end),
        time_zone: zone.name().to_owned(),
        items,
    })
}

/// All entries of a user from the first day until before `end`, by time.
pub(super) async fn entries(
    connection: &mut PgConnection,
    dictionary: &Dictionary,
    owner: i64,
    (first, end): (NaiveDate, NaiveDate),
    zone: Tz,
) -> Result<Vec<Entry>> {
    let midnight = |day: NaiveDate| recurrence::instant(day.and_time(NaiveTime::MIN), zone);
    let (from, until) = (midnight(first), midnight(end));
    let mut items = Vec::new();
    let rows = sqlx::query(
        "select a.id, a.subject, a.starts_at, a.ends_at, a.all_day, a.status, a.private, a.customer_id, a.opportunity_id
         from crm.activity a where a.deleted_at is null and a.status <> 'cancelled'
           and a.starts_at < $3 and coalesce(a.ends_at, a.starts_at) >= $2
           and (a.owner_id = $1 or exists (select from crm.activity_participant p where p.activity_id = a.id and p.user_id = $1 and p.deleted_at is null))
         order by a.starts_at, a.id limit $4",
    )
    .bind(owner)
    .bind(from)
    .bind(until)
    .bind(MOST)
    .fetch_all(&mut *connection)
    .await?;
    for row in rows {
        items.push(Entry {
            object: Some("activity".to_owned()),
            id: Some(row.try_get(0)?),
            title: Some(row.try_get(1)?),
            starts_at: row.try_get(2)?,
            ends_at: row.try_get(3)?,
            day: None,
            all_day: row.try_get(4)?,
            status: Some(row.try_get(5)?),
            busy: false,
            private: row.try_get(6)?,
            customer: row.try_get(7)?,
            opportunity: row.try_get(8)?,
        });
    }
    let tasks = sqlx::query(
        "select id, subject, due_on, status from crm.task where deleted_at is null and owner_id = $1 and status <> 'cancelled'
           and due_on >= $2 and due_on < $3 order by due_on, id limit $4",
    )
    .bind(owner)
    .bind(first)
    .bind(end)
    .bind(MOST)
    .fetch_all(&mut *connection)
    .await?;
    for row in tasks {
        let day: NaiveDate = row.try_get(2)?;
        items.push(Entry {
            status: Some(row.try_get(3)?),
            ..of_day("task", row.try_get(0)?, row.try_get(1)?, day, midnight(day))
        });
    }
    for source in &SOURCES {
        let Some(object) = dictionary.object(source.object) else {
            continue;
        };
        let (Some(title), Some(date)) = (object.field(&object.title), object.field(source.date))
        else {
            continue;
        };
        let (title, date) = (column("t", &title.column()), column("t", &date.column()));
        let mut query = QueryBuilder::new(format!(
            "select t.id, {title}::text, {date} from {} t where t.deleted_at is null and {} and t.owner_id = ",
            crm(&object.table),
            source.open
        ));
        query.push_bind(owner);
        query.push(format!(" and {date} >= ")).push_bind(first);
        query.push(format!(" and {date} < ")).push_bind(end);
        query.push(format!(" order by {date}, t.id limit {MOST}"));
        for row in query.build().fetch_all(&mut *connection).await? {
            let day: NaiveDate = row.try_get(2)?;
            items.push(of_day(
                source.object,
                row.try_get(0)?,
                row.try_get(1)?,
                day,
                midnight(day),
            ));
        }
    }
    items.sort_by(|a, b| (a.starts_at, &a.object, a.id).cmp(&(b.starts_at, &b.object, b.id)));
    Ok(items)
}

fn of_day(
    object: &str,
    id: i64,
    title: Option<String>,
    day: NaiveDate,
    at: DateTime<Utc>,
) -> Entry {
    Entry {
        object: Some(object.to_owned()),
        id: Some(id),
        title,
        starts_at: at,
        ends_at: None,
        day: Some(day),
        all_day: true,
        status: None,
        busy: false,
        private: false,
        customer: None,
        opportunity: None,
    }
}

/// Moves an activity to another time; its end moves along unless it is given.
///
/// # Errors
/// [`Error::NotFound`] when the caller neither reads it nor is shown the calendar it stands on;
/// [`Error::Forbidden`] when it can't change it.
pub async fn move_entry(
    db: &Db,
    principal: &Principal,
    id: i64,
    starts_at: DateTime<Utc>,
    ends_at: Option<DateTime<Utc>>,
) -> Result<Saved> {
    let mut tx = db.begin(principal).await?;
    if !within(&mut tx, db, principal, "activity", id, RowAccess::Read).await? {
        let owner: Option<i64> = sqlx::query_scalar(
            "select owner_id from crm.activity where id = $1 and deleted_at is null",
        )
        .bind(id)
        .fetch_optional(&mut *tx)
        .await?
        .flatten();
        return Err(match owner {
            Some(owner) if share::is_shared(&mut tx, owner, principal).await? => Error::Forbidden,
            _ => Error::NotFound,
        });
    }
    if !principal.can("activity", Action::Update) {
        return Err(Error::Forbidden);
    }
    let (was, ended): (DateTime<Utc>, Option<DateTime<Utc>>) =
        sqlx::query_as("select starts_at, ends_at from crm.activity where id = $1 for update")
            .bind(id)
            .fetch_one(&mut *tx)
            .await?;
    let mut patch = JsonMap::new();
    patch.insert("starts_at".to_owned(), json!(starts_at));
    if let Some(ends) = ends_at.or_else(|| ended.map(|ended| ended + (starts_at - was))) {
        patch.insert("ends_at".to_owned(), json!(ends));
    }
    Store::new(db.clone())
        .update_in(&mut tx, principal, "activity", id, patch, None)
        .await?
        .commit(tx)
        .await
}
