//! How somebody likes the calendar.

use basalt_model::{Principal, Problem};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, Row};

use super::View;
use super::recurrence;
use crate::db::Db;
use crate::error::{Error, Result};

/// The choice of view, the time zone, and how early documents remind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preference {
    pub view: View,
    /// IANA name.
    pub time_zone: String,
    /// Days before its date that a business document reminds, 0 to 365.
    pub document_lead_days: i32,
}

impl Preference {
    pub(super) fn zone(&self) -> Tz {
        self.time_zone.parse().unwrap_or(Tz::UTC)
    }
}

/// The caller's preference; week and UTC when none was saved.
///
/// # Errors
/// The database failed.
pub async fn preference(db: &Db, principal: &Principal) -> Result<Preference> {
    let mut connection = db.pool().acquire().await?;
    read(&mut connection, principal.user_id).await
}

pub(super) async fn read(connection: &mut PgConnection, user: i64) -> Result<Preference> {
    let row = sqlx::query(
        "select view, time_zone, document_lead_days from sys.calendar_preference where user_id = $1",
    )
    .bind(user)
    .fetch_optional(connection)
    .await?;
    let Some(row) = row else {
        return Ok(Preference {
            view: View::Week,
            time_zone: "UTC".to_owned(),
            document_lead_days: 1,
        });
    };
    Ok(Preference {
        view: match row.try_get::<&str, _>(0)? {
            "day" => View::Day,
            "month" => View::Month,
            _ => View::Week,
        },
        time_zone: row.try_get(1)?,
        document_lead_days: row.try_get(2)?,
    })
}

/// Saves the caller's preference.
///
/// # Errors
/// [`Error::Validation`] for a time zone or lead that makes no sense.
pub async fn save_preference(db: &Db, principal: &Principal, input: &Preference) -> Result<()> {
    let zone = recurrence::time_zone("time_zone", &input.time_zone)?;
    if !(0..=365).contains(&input.document_lead_days) {
        return Err(Error::field(
            "document_lead_days",
            Problem::new("range", "must be from 0 to 365", "须在 0 到 365 之间"),
        ));
    }
    let mut tx = db.begin(principal).await?;
    sqlx::query(
        "insert into sys.calendar_preference (user_id, view, time_zone, document_lead_days) values ($1, $2, $3, $4)
         on conflict (user_id) do update set view = excluded.view, time_zone = excluded.time_zone, document_lead_days = excluded.document_lead_days",
    )
    .bind(principal.user_id)
    .bind(input.view.name())
    .bind(zone.name())
    .bind(input.document_lead_days)
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(())
}
