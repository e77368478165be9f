//! The lifecycle of customers, and whether they are active.

use basalt_model::{Dictionary, Principal, Problem};
use chrono::{DateTime, Days, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::{AssertSqlSafe, Row};

use super::{may_change, reason};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::record::{JsonMap, Saved, Store};
use crate::sales::history::{Entry, note};
use crate::sales::pools::last_follow_up;

/// Customers that one look takes.
const AT_ONCE: i64 = 1000;

/// How far one has come with a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lifecycle {
    Prospect,
    New,
    Existing,
    /// Ready to recommend one to others.
    Referrer,
}

impl Lifecycle {
    const ALL: [Self; 4] = [Self::Prospect, Self::New, Self::Existing, Self::Referrer];

    /// As stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Prospect => "prospect",
            Self::New => "new",
            Self::Existing => "existing",
            Self::Referrer => "referrer",
        }
    }

    /// One step on; and who is no longer ready to recommend is an existing customer again.
    fn may_become(self, to: Self) -> bool {
        let at = |stage| Self::ALL.iter().position(|other| *other == stage);
        at(to) == at(self).map(|at| at + 1) || (self, to) == (Self::Referrer, Self::Existing)
    }
}

/// Whether there is anything going on with a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActivityStatus {
    Active,
    Inactive,
}

impl ActivityStatus {
    /// As stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
        }
    }
}

/// Moves a customer on in its lifecycle, for a cause.
///
/// # Errors
/// [`Error::Conflict`] `lifecycle_jump` for a step that can't be taken; [`Error::Validation`] without a cause.
pub async fn enter_lifecycle(
    db: &Db,
    principal: &Principal,
    id: i64,
    to: Lifecycle,
    cause: Option<&str>,
) -> Result<Saved> {
    let mut tx = db.begin(principal).await?;
    may_change(&mut tx, db, principal, id).await?;
    let cause = reason("cause", cause)?;
    let (from, owner): (String, Option<i64>) =
        sqlx::query_as("select lifecycle, owner_id from crm.customer where id = $1 for update")
            .bind(id)
            .fetch_one(&mut *tx)
            .await?;
    let may = Lifecycle::ALL
        .into_iter()
        .find(|stage| stage.name() == from)
        .is_some_and(|stage| stage.may_become(to));
    if !may {
        return Err(Error::conflict(
            "lifecycle_jump",
            format!("A customer can't become \"{}\" from \"{from}\".", to.name()),
            format!("客户不能从“{from}”直接变为“{}”。", to.name()),
        ));
    }
    sqlx::query("update crm.customer set lifecycle = $2 where id = $1")
        .bind(id)
        .bind(to.name())
        .execute(&mut *tx)
        .await?;
    let entry = Entry {
        kind: "lifecycle",
        from: Some(&from),
        to: Some(to.name()),
        reason: Some(&cause),
        rep: owner,
        ..Entry::default()
    };
    note(&mut tx, "customer", id, entry).await?;
    Store::new(db.clone())
        .written_in(&mut tx, principal, "customer", id)
        .await?
        .commit(tx)
        .await
}

/// Says by hand whether a customer is active, for a reason.
///
/// # Errors
/// [`Error::Validation`] without a reason; [`Error::Conflict`] when it is so already.
pub async fn set_activity(
    db: &Db,
    principal: &Principal,
    id: i64,
    to: ActivityStatus,
    why: Option<&str>,
) -> Result<Saved> {
    let mut tx = db.begin(principal).await?;
    may_change(&mut tx, db, principal, id).await?;
    let why = reason("reason", why)?;
    let (from, owner): (String, Option<i64>) = sqlx::query_as(
        "select activity_status, owner_id from crm.customer where id = $1 for update",
    )
    .bind(id)
    .fetch_one(&mut *tx)
    .await?;
    if from == to.name() {
        return Err(Error::conflict(
            "same_activity",
            format!("The customer is {from} already."),
            format!("该客户的活跃度已是“{from}”。"),
        ));
    }
    sqlx::query("update crm.customer set activity_status = $2 where id = $1")
        .bind(id)
        .bind(to.name())
        .execute(&mut *tx)
        .await?;
    let entry = Entry {
        kind: "activity",
        from: Some(&from),
        to: Some(to.name()),
        reason: Some(&why),
        rep: owner,
        ..Entry::default()
    };
    note(&mut tx, "customer", id, entry).await?;
    Store::new(db.clone())
        .written_in(&mut tx, principal, "customer", id)
        .await?
        .commit(tx)
        .await
}

/// After how many quiet days a customer counts as inactive; never, without.
///
/// # Errors
/// The database failed.
pub async fn inactive_after(db: &Db) -> Result<Option<i32>> {
    Ok(
        sqlx::query_scalar("select inactive_after_days from sys.customer_lifecycle")
            .fetch_one(db.pool())
            .await?,
    )
}

/// Sets after how many quiet days a customer counts as inactive.
///
/// # Errors
/// [`Error::Validation`] for less than a day.
pub async fn set_inactive_after(db: &Db, by: &Principal, days: Option<i32>) -> Result<()> {
    if days.is_some_and(|days| days < 1) {
        let problem = Problem::new("range", "must be 1 or more", "须为 1 或更大");
        return Err(Error::field("inactive_after_days", problem));
    }
    let mut tx = db.begin(by).await?;
    sqlx::query("update sys.customer_lifecycle set inactive_after_days = $1")
        .bind(days)
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(())
}

/// Customers that have been quiet for too long become inactive, and their owners get a task.
pub(crate) async fn sweep_activity(db: &Db, now: DateTime<Utc>) -> Result<usize> {
    let row = sqlx::query("select inactive_after_days, follow_up from sys.customer_lifecycle")
        .fetch_one(db.pool())
        .await?;
    let Some(days) = row.try_get::<Option<i32>, _>(0)? else {
        return Ok(0);
    };
    let follow_up: String = row.try_get(1)?;
    let dictionary = db.dictionary();
    let sql = format!(
        "select t.id from crm.customer t where t.deleted_at is null and t.activity_status = 'active' and t.standing = 'active'
         and {} < $1 order by t.id limit $2",
        last_moment(&dictionary)
    );
    let due: Vec<i64> = sqlx::query_scalar(AssertSqlSafe(sql))
        .bind(now - TimeDelta::days(i64::from(days)))
        .bind(AT_ONCE)
        .fetch_all(db.pool())
        .await?;
    let store = Store::new(db.clone());
    let system = Principal::system();
    let mut count = 0;
    for id in due {
        let mut tx = db.begin(&system).await?;
        let turned: Option<(Option<i64>, String)> = sqlx::query_as(
            "update crm.customer set activity_status = 'inactive' where id = $1 and activity_status = 'active' returning owner_id, name",
        )
        .bind(id)
        .fetch_optional(&mut *tx)
        .await?;
        let Some((owner, name)) = turned else {
            continue;
        };
        let rule = format!("{days} quiet days {days} 天无往来");
        let entry = Entry {
            kind: "activity",
            from: Some("active"),
            to: Some("inactive"),
            rule: Some(&rule),
            rep: owner,
            ..Entry::default()
        };
        note(&mut tx, "customer", id, entry).await?;
        if let Some(owner) = owner {
            let mut task = JsonMap::new();
            let subject: String = format!("{follow_up}: {name}").chars().take(300).collect();
            task.insert("subject".to_owned(), json!(subject));
            task.insert("owner".to_owned(), json!(owner));
            task.insert("about_object".to_owned(), json!("customer"));
            task.insert("about_record".to_owned(), json!(id));
            let day = now.date_naive() + Days::new(7);
            task.insert("due_on".to_owned(), json!(day));
            store.create_in(&mut tx, &system, "task", task).await?;
        }
        tx.commit().await?;
        count += 1;
    }
    Ok(count)
}

/// When something last happened with a customer `t`: it was made, followed up, set active by hand, or ordered.
fn last_moment(dictionary: &Dictionary) -> String {
    let followed = dictionary.object("customer").map_or_else(
        || "t.owned_since".to_owned(),
        |object| last_follow_up(dictionary, object),
    );
    format!(
        "greatest(t.created_at, {followed},
           (select max(h.happened_at) from crm.history_entry h where h.customer_id = t.id and h.kind = 'activity'),
           (select max(o.ordered_on)::timestamptz from crm.sales_order o where o.customer_id = t.id and o.deleted_at is null and o.status <> 'cancelled'))"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lifecycle_goes_step_by_step() {
        for from in Lifecycle::ALL {
            for to in Lifecycle::ALL {
                let steps = Lifecycle::ALL.iter().position(|s| *s == to).unwrap() as i64
                    - Lifecycle::ALL.iter().position(|s| *s == from).unwrap() as i64;
                let back = from == Lifecycle::Referrer && to == Lifecycle::Existing;
                assert_eq!(from.may_become(to), steps == 1 || back, "{from:?} {to:?}");
            }
        }
    }
}
