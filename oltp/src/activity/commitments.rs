//! Commitments in team selling: what was promised, until when, and whether it was kept.

use basalt_model::{Action, Principal};
use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::{QueryBuilder, Row};

use crate::db::Db;
use crate::error::{Error, Result};
use crate::sql::push_readable;
use crate::workflow::{Notice, notify};

/// The commitments of one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Kept {
    pub owner: Option<i64>,
    pub name: Option<String>,
    pub open: i64,
    pub overdue: i64,
    pub kept: i64,
    pub broken: i64,
}

/// The commitments the caller reads, counted per person.
///
/// # Errors
/// [`Error::Forbidden`] when commitments aren't readable.
pub async fn per_person(db: &Db, principal: &Principal) -> Result<Vec<Kept>> {
    if !principal.can("commitment", Action::Read) {
        return Err(Error::Forbidden);
    }
    let dictionary = db.dictionary();
    let object = dictionary.object("commitment").ok_or(Error::NotFound)?;
    let mut query = QueryBuilder::new(
        "select t.owner_id, max(u.name), count(*) filter (where t.status = 'open'), count(*) filter (where t.status = 'overdue'),
                count(*) filter (where t.status = 'kept'), count(*) filter (where t.status = 'broken')
         from crm.commitment t left join crm.app_user u on u.id = t.owner_id where ",
    );
    push_readable(&mut query, "t", &dictionary, principal, object);
    query.push(" group by t.owner_id order by 2, 1");
    let rows = query.build().fetch_all(db.pool()).await?;
    rows.iter()
        .map(|row| {
            Ok(Kept {
                owner: row.try_get(0)?,
                name: row.try_get(1)?,
                open: row.try_get(2)?,
                overdue: row.try_get(3)?,
                kept: row.try_get(4)?,
                broken: row.try_get(5)?,
            })
        })
        .collect()
}

/// Promises whose day has passed turn overdue, and their owners are told; each once.
///
/// # Errors
/// The database failed.
pub(crate) async fn turn_overdue(db: &Db, now: DateTime<Utc>) -> Result<()> {
    let principal = Principal::system();
    let mut tx = db.begin(&principal).await?;
    let late = sqlx::query(
        "with late as (select id from crm.commitment where status = 'open' and due_on < $1 and deleted_at is null
                       order by id limit 1000 for update skip locked)
         update crm.commitment c set status = 'overdue' from late where c.id = late.id
         returning c.id, c.promise, c.due_on::text, c.owner_id, (select locale from crm.app_user u where u.id = c.owner_id)",
    )
    .bind(now.date_naive())
    .fetch_all(&mut *tx)
    .await?;
    for row in late {
        let (Some(owner), promise, due) = (
            row.try_get::<Option<i64>, _>(3)?,
            row.try_get::<String, _>(1)?,
            row.try_get::<String, _>(2)?,
        ) else {
            continue;
        };
        let chinese = row.try_get::<Option<String>, _>(4)?.as_deref() == Some("zh");
        let (title, body) = if chinese {
            (format!("承诺已逾期：{promise}"), format!("到期日 {due}"))
        } else {
            (
                format!("Promise overdue: {promise}"),
                format!("It was due on {due}."),
            )
        };
        let notice = Notice {
            kind: "commitment",
            title: &title,
            body: &body,
            about: Some(("commitment", row.try_get(0)?)),
        };
        notify(&mut tx, owner, &notice).await?;
    }
    tx.commit().await?;
    Ok(())
}
