//! The calendar as an iCalendar feed (RFC 5545) for other programs, by a secret address that can be taken back.

use basalt_model::Principal;
use chrono::{Days, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use icalendar::{Calendar, Class, Component, Event, EventLike, EventStatus};

use super::entries;
use crate::auth::secret::{digest, random_token};
use crate::db::Db;
use crate::error::{Error, Result};

/// Days of the past and of the future in a feed.
const BACK: u64 = 90;
const AHEAD: u64 = 366;

/// Makes the caller's feed and returns its secret, shown this once; one made before stops working.
///
/// # Errors
/// The database failed.
pub async fn make_feed(db: &Db, principal: &Principal) -> Result<String> {
    let token = random_token();
    let mut tx = db.begin(principal).await?;
    sqlx::query(
        "insert into sys.calendar_feed (user_id, token_hash) values ($1, $2)
         on conflict (user_id) do update set token_hash = excluded.token_hash, created_at = now()",
    )
    .bind(principal.user_id)
    .bind(digest(&token).to_vec())
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(token)
}

/// Whether the caller has a feed.
///
/// # Errors
/// The database failed.
pub async fn feed_exists(db: &Db, principal: &Principal) -> Result<bool> {
    Ok(
        sqlx::query_scalar("select exists (select from sys.calendar_feed where user_id = $1)")
            .bind(principal.user_id)
            .fetch_one(db.pool())
            .await?,
    )
}

/// Takes the caller's feed back.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn remove_feed(db: &Db, principal: &Principal) -> Result<()> {
    let mut tx = db.begin(principal).await?;
    let gone = sqlx::query("delete from sys.calendar_feed where user_id = $1")
        .bind(principal.user_id)
        .execute(&mut *tx)
        .await?;
    if gone.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    tx.commit().await?;
    Ok(())
}

/// The feed behind a secret, of an enabled user.
///
/// # Errors
/// [`Error::NotFound`] for a secret that isn't good (any more).
pub async fn feed(db: &Db, token: &str) -> Result<String> {
    let mut connection = db.pool().acquire().await?;
    let owner: Option<(i64, String)> = sqlx::query_as(
        "select u.id, u.name from sys.calendar_feed f join crm.app_user u on u.id = f.user_id and u.active and u.deleted_at is null
         where f.token_hash = $1",
    )
    .bind(digest(token).to_vec())
    .fetch_optional(&mut *connection)
    .await?;
    let (owner, name) = owner.ok_or(Error::NotFound)?;
    let today = Utc::now().date_naive();
    let days = (
        today
            .checked_sub_days(Days::new(BACK))
            .unwrap_or(NaiveDate::MIN),
        today
            .checked_add_days(Days::new(AHEAD))
            .unwrap_or(NaiveDate::MAX),
    );
    let found = entries::entries(&mut connection, &db.dictionary(), owner, days, Tz::UTC).await?;
    let mut calendar = Calendar::new();
    calendar.name(&format!("Basalt · {name}"));
    for entry in found {
        let (Some(object), Some(id)) = (entry.object, entry.id) else {
            continue;
        };
        let mut event = Event::new();
        event
            .uid(&format!("{object}-{id}@basalt"))
            .summary(entry.title.as_deref().unwrap_or_default());
        match entry.day {
            Some(day) => {
                event.all_day(day);
            }
            None if entry.all_day => {
                event.all_day(entry.starts_at.date_naive());
            }
            None => {
                let ends = entry
                    .ends_at
                    .unwrap_or(entry.starts_at + TimeDelta::minutes(30));
                event.starts(entry.starts_at).ends(ends);
            }
        }
        if entry.private {
            event.class(Class::Private);
        }
        if entry.status.as_deref() == Some("planned") {
            event.status(EventStatus::Confirmed);
        }
        calendar.push(event.done());
    }
    Ok(calendar.to_string())
}
