//! What time does to leads and customers: recycling, and customers that become inactive.

use chrono::{DateTime, TimeDelta, Utc};

use super::{customers, pools};
use crate::db::Db;
use crate::error::Result;

/// Does what is due at `now`.
///
/// # Errors
/// The database failed.
pub async fn sweep(db: &Db, now: DateTime<Utc>) -> Result<pools::Recycled> {
    let recycled = pools::sweep(db, now).await?;
    customers::sweep_activity(db, now).await?;
    Ok(recycled)
}

/// As [`sweep`], at most once an hour for all processes: it looks at everything that somebody owns.
pub(crate) async fn sweep_when_due(db: &Db, now: DateTime<Utc>) -> Result<()> {
    let due = sqlx::query("update sys.customer_lifecycle set swept_at = $1 where swept_at <= $2")
        .bind(now)
        .bind(now - TimeDelta::hours(1))
        .execute(db.pool())
        .await?;
    if due.rows_affected() > 0 {
        sweep(db, now).await?;
    }
    Ok(())
}
