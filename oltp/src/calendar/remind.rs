//! Reminders of what is due: in the inbox and by mail, each occasion exactly once. The time of a
//! reminder is computed from its entry when it is looked for, so that it moves along with the entry.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use sqlx::{PgConnection, QueryBuilder, Row};

use super::entries::SOURCES;
use super::{recurrence, reminders};
use crate::db::Db;
use crate::error::Result;
use crate::jobs::{self, Letter, Order};
use crate::sql::{column, crm};
use crate::workflow::{Notice, SendLetter, notify};

/// Reminders given in one transaction; the rest comes with the next look.
const AT_ONCE: i64 = 500;

/// Something a user is to be reminded of.
struct Due {
    object: String,
    record: i64,
    user: i64,
    due_at: DateTime<Utc>,
    title: String,
    when: When,
    about: Option<(String, i64)>,
}

enum When {
    At(DateTime<Utc>),
    On(NaiveDate),
    Now,
}

/// Gives the reminders that are due at `now`.
///
/// # Errors
/// The database failed.
pub(crate) async fn remind(db: &Db, now: DateTime<Utc>) -> Result<()> {
    let mut tx = db.pool().begin().await?;
    let mut due = activities(&mut tx, now).await?;
    due.extend(tasks(&mut tx, now).await?);
    due.extend(documents(db, &mut tx, now).await?);
    for one in &due {
        give(&mut tx, one).await?;
    }
    tx.commit().await?;
    reminders::fire(db, now).await
}

/// To owner and colleagues who take part; not of what began more than a day ago.
async fn activities(connection: &mut PgConnection, now: DateTime<Utc>) -> Result<Vec<Due>> {
    let rows = sqlx::query(
        "select a.id, a.subject, a.starts_at, a.starts_at - make_interval(mins => a.remind_minutes) as due_at, w.user_id
         from crm.activity a
         cross join lateral (select a.owner_id as user_id where a.owner_id is not null
           union select p.user_id from crm.activity_participant p where p.activity_id = a.id and p.user_id is not null and p.deleted_at is null) w
         where a.deleted_at is null and a.status = 'planned' and a.remind_minutes is not null
           and a.starts_at - make_interval(mins => a.remind_minutes) <= $1 and a.starts_at > $1 - interval '1 day'
           and not exists (select from sys.reminder_given g where g.object = 'activity' and g.record_id = a.id and g.user_id = w.user_id
                           and g.due_at = a.starts_at - make_interval(mins => a.remind_minutes))
         order by due_at, a.id limit $2",
    )
    .bind(now)
    .bind(AT_ONCE)
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            let record = row.try_get(0)?;
            Ok(Due {
                object: "activity".to_owned(),
                record,
                user: row.try_get("user_id")?,
                due_at: row.try_get("due_at")?,
                title: row.try_get(1)?,
                when: When::At(row.try_get(2)?),
                about: Some(("activity".to_owned(), record)),
            })
        })
        .collect()
}

/// A task opens the record it is about.
async fn tasks(connection: &mut PgConnection, now: DateTime<Utc>) -> Result<Vec<Due>> {
    let rows = sqlx::query(
        "select t.id, t.subject, t.remind_at, t.owner_id, t.about_object, t.about_record from crm.task t
         where t.deleted_at is null and t.status = 'open' and t.owner_id is not null and t.remind_at <= $1
           and not exists (select from sys.reminder_given g where g.object = 'task' and g.record_id = t.id and g.user_id = t.owner_id and g.due_at = t.remind_at)
         order by t.remind_at, t.id limit $2",
    )
    .bind(now)
    .bind(AT_ONCE)
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            let record: i64 = row.try_get(0)?;
            let about = match (row.try_get(4)?, row.try_get(5)?) {
                (Some(object), Some(id)) => (object, id),
                _ => ("task".to_owned(), record),
            };
            Ok(Due {
                object: "task".to_owned(),
                record,
                user: row.try_get(3)?,
                due_at: row.try_get(2)?,
                title: row.try_get(1)?,
                when: When::Now,
                about: Some(about),
            })
        })
        .collect()
}

/// Dates of business documents, at eight in the morning of the owner, as many days before as it likes.
async fn documents(db: &Db, connection: &mut PgConnection, now: DateTime<Utc>) -> Result<Vec<Due>> {
    let dictionary = db.dictionary();
    let mut due = Vec::new();
    for source in &SOURCES {
        let Some(object) = dictionary.object(source.object) else {
            continue;
        };
        let (Some(title), Some(date)) = (object.field(&object.title), object.field(source.date))
        else {
            continue;
        };
        let (title, date) = (column("t", &title.column()), column("t", &date.column()));
        let at = format!(
            "(({date} - coalesce(p.document_lead_days, 1))::timestamp + interval '8 hours') at time zone coalesce(p.time_zone, 'UTC')"
        );
        let mut query = QueryBuilder::new(format!(
            "select t.id, {title}::text, {date}, {at} as due_at, t.owner_id from {} t
             left join sys.calendar_preference p on p.user_id = t.owner_id
             where t.deleted_at is null and t.owner_id is not null and {} and {at} <= ",
            crm(&object.table),
            source.open
        ));
        query.push_bind(now);
        query
            .push(format!(" and {date} >= "))
            .push_bind(now.date_naive());
        query.push(" and not exists (select from sys.reminder_given g where g.record_id = t.id and g.user_id = t.owner_id and g.object = ");
        query.push_bind(source.object);
        query.push(format!(
            " and g.due_at = {at}) order by 4, 1 limit {AT_ONCE}"
        ));
        for row in query.build().fetch_all(&mut *connection).await? {
            let record = row.try_get(0)?;
            due.push(Due {
                object: source.object.to_owned(),
                record,
                user: row.try_get(4)?,
                due_at: row.try_get(3)?,
                title: row.try_get::<Option<String>, _>(1)?.unwrap_or_default(),
                when: When::On(row.try_get(2)?),
                about: Some((source.object.to_owned(), record)),
            });
        }
    }
    Ok(due)
}

/// Whom a reminder reaches, and how.
struct Reader {
    chinese: bool,
    email: Option<String>,
    zone: Tz,
}

async fn reader(connection: &mut PgConnection, user: i64) -> Result<Option<Reader>> {
    let row = sqlx::query(
        "select u.locale, u.email, p.time_zone from crm.app_user u left join sys.calendar_preference p on p.user_id = u.id
         where u.id = $1 and u.active and u.deleted_at is null",
    )
    .bind(user)
    .fetch_optional(connection)
    .await?;
    row.map(|row| {
        Ok(Reader {
            chinese: row.try_get::<Option<&str>, _>(0)? == Some("zh"),
            email: row
                .try_get::<Option<String>, _>(1)?
                .filter(|email| !email.is_empty()),
            zone: row
                .try_get::<Option<&str>, _>(2)?
                .and_then(|name| name.parse().ok())
                .unwrap_or(Tz::UTC),
        })
    })
    .transpose()
}

/// The one who notes that a reminder was given gives it.
async fn give(connection: &mut PgConnection, due: &Due) -> Result<()> {
    let noted = sqlx::query(
        "insert into sys.reminder_given (object, record_id, user_id, due_at) values ($1, $2, $3, $4) on conflict do nothing",
    )
    .bind(&due.object)
    .bind(due.record)
    .bind(due.user)
    .bind(due.due_at)
    .execute(&mut *connection)
    .await?;
    if noted.rows_affected() == 0 {
        return Ok(());
    }
    let Some(reader) = reader(connection, due.user).await? else {
        return Ok(());
    };
    let title = if reader.chinese {
        format!("提醒：{}", due.title)
    } else {
        format!("Reminder: {}", due.title)
    };
    let time = match due.when {
        When::At(at) => recurrence::local(at, reader.zone)
            .format("%Y-%m-%d %H:%M")
            .to_string(),
        When::On(day) => day.to_string(),
        When::Now => String::new(),
    };
    let body = match (&due.when, reader.chinese) {
        (When::Now, _) => String::new(),
        (When::At(_), true) => format!("开始时间：{time}（{}）", reader.zone.name()),
        (When::At(_), false) => format!("It begins at {time} ({}).", reader.zone.name()),
        (When::On(_), true) => format!("到期日：{time}"),
        (When::On(_), false) => format!("It is due on {time}."),
    };
    let notice = Notice {
        kind: "reminder",
        title: &title,
        body: &body,
        about: due
            .about
            .as_ref()
            .map(|(object, id)| (object.as_str(), *id)),
    };
    notify(connection, due.user, &notice).await?;
    if let Some(to) = reader.email {
        let letter = Letter {
            to,
            subject: title.clone(),
            text: if body.is_empty() { title } else { body },
        };
        jobs::enqueue(connection, &SendLetter(letter), Order::default()).await?;
    }
    Ok(())
}

/// Gives one reminder of a user's own.
pub(super) async fn give_own(
    connection: &mut PgConnection,
    record: i64,
    user: i64,
    due_at: DateTime<Utc>,
    subject: String,
    about: Option<(String, i64)>,
) -> Result<()> {
    let due = Due {
        object: "reminder".to_owned(),
        record,
        user,
        due_at,
        title: subject,
        when: When::Now,
        about: about.or(Some(("reminder".to_owned(), record))),
    };
    give(connection, &due).await
}
