//! What a rule does: its actions, one by one, each saying what it did.

use basalt_model::Object;
use chrono::{Days, Utc};
use serde_json::{Map, Value as Json, json};
use sqlx::PgConnection;

use super::rule::{Action, Assignee, Rule};
use super::{actor, approval, inbox, letter, recipient, webhook};
use crate::calendar::working_days::WorkingDays;
use crate::db::{Db, Tx};
use crate::error::Result;
use crate::jobs::{self, Letter, Order};
use crate::record::{JsonMap, Store};
use crate::rights::groups;

/// Does one action and says what was done.
pub(super) async fn act(
    db: &Db,
    tx: &mut Tx,
    rule: &Rule,
    object: &Object,
    record: i64,
    action: &Action,
) -> Result<Json> {
    let principal = actor(rule.id);
    let store = Store::new(db.clone());
    match action {
        Action::SetFields { values } => {
            store
                .update_in(tx, &principal, &object.name, record, values.clone(), None)
                .await?;
            Ok(json!({ "do": "set_fields", "values": values }))
        }
        Action::Assign { to } => {
            let Some(user) = assignee(tx, object, record, to).await? else {
                return Ok(json!({ "do": "assign", "skipped": "nobody to assign it to" }));
            };
            let mut patch = JsonMap::new();
            patch.insert("owner".to_owned(), user.into());
            store
                .update_in(tx, &principal, &object.name, record, patch, None)
                .await?;
            Ok(json!({ "do": "assign", "user": user }))
        }
        Action::CreateTask {
            subject,
            due_in_days,
            due_in_working_days,
            to,
        } => {
            let Some(user) = to.users(tx, object, record).await?.first().copied() else {
                return Ok(json!({ "do": "create_task", "skipped": "nobody is meant" }));
            };
            let (subject, _) = words(db, tx, user, object, record, subject, "").await?;
            let mut task = JsonMap::new();
            task.insert("subject".to_owned(), subject.into());
            task.insert("owner".to_owned(), user.into());
            task.insert("about_object".to_owned(), object.name.clone().into());
            task.insert("about_record".to_owned(), record.into());
            if let Some(days) = due_in_days {
                let due = Utc::now().date_naive() + Days::new(u64::from(*days));
                task.insert("due_on".to_owned(), due.to_string().into());
            }
            if let Some(days) = due_in_working_days {
                let department: Option<i64> =
                    sqlx::query_scalar("select department_id from crm.app_user where id = $1")
                        .bind(user)
                        .fetch_one(&mut **tx)
                        .await?;
                let due = WorkingDays::of(tx, department)
                    .await?
                    .after(Utc::now().date_naive(), *days);
                task.insert("due_on".to_owned(), due.to_string().into());
            }
            let made = store.create_in(tx, &principal, "task", task).await?;
            Ok(json!({ "do": "create_task", "user": user, "task": made.id }))
        }
        Action::Notify { to, title, body } => {
            let (mut told, mut left_out) = (Vec::new(), Vec::new());
            for user in recipient::all(tx, to, object, record).await? {
                let Some((title, body)) =
                    seen_words(db, tx, user, object, record, title, body).await?
                else {
                    left_out.push(user);
                    continue;
                };
                let notice = inbox::Notice {
                    kind: "rule",
                    title: &title,
                    body: &body,
                    about: Some((&object.name, record)),
                };
                inbox::notify(tx, user, &notice).await?;
                told.push(user);
            }
            Ok(json!({ "do": "notify", "users": told, "may_not_read": left_out }))
        }
        Action::Email { to, subject, body } => {
            let (mut told, mut left_out) = (Vec::new(), Map::new());
            for user in recipient::all(tx, to, object, record).await? {
                let address: Option<String> =
                    sqlx::query_scalar("select email from crm.app_user where id = $1")
                        .bind(user)
                        .fetch_one(&mut **tx)
                        .await?;
                let Some(address) = address.filter(|address| !address.is_empty()) else {
                    left_out.insert(user.to_string(), "has no address".into());
                    continue;
                };
                let Some((subject, text)) =
                    seen_words(db, tx, user, object, record, subject, body).await?
                else {
                    left_out.insert(user.to_string(), "may not read the record".into());
                    continue;
                };
                let letter = Letter {
                    to: address,
                    subject,
                    text,
                };
                jobs::enqueue(tx, &letter::SendLetter(letter), Order::default()).await?;
                told.push(user);
            }
            Ok(json!({ "do": "email", "users": told, "left_out": left_out }))
        }
        Action::Webhook {
            url,
            secret,
            by_rights_of,
        } => {
            let event = format!("rule:{}", rule.name);
            let target = webhook::Target {
                webhook: None,
                url,
                secret,
                owner: *by_rights_of,
            };
            let about = (object.name.as_str(), record);
            match webhook::post(db, tx, &target, &event, about, &[]).await? {
                Some(delivery) => Ok(json!({ "do": "webhook", "delivery": delivery })),
                None => {
                    Ok(json!({ "do": "webhook", "skipped": "the user may not read the record" }))
                }
            }
        }
        Action::StartApproval { flow } => {
            let submitter = owner(tx, object, record).await?;
            let Some(submitter) = submitter else {
                return Ok(json!({ "do": "start_approval", "skipped": "the record has no owner" }));
            };
            let id =
                approval::submit_in(db, tx, submitter, flow, &object.name, record, None).await?;
            Ok(json!({ "do": "start_approval", "approval": id }))
        }
    }
}

async fn owner(connection: &mut PgConnection, object: &Object, record: i64) -> Result<Option<i64>> {
    Ok(super::Recipient::Field("owner".to_owned())
        .users(connection, object, record)
        .await?
        .first()
        .copied())
}

async fn assignee(
    connection: &mut PgConnection,
    object: &Object,
    record: i64,
    to: &Assignee,
) -> Result<Option<i64>> {
    match to {
        Assignee::User(id) => Ok(Some(*id)),
        Assignee::Manager => Ok(super::Recipient::ManagerOf {
            field: "owner".to_owned(),
            levels: 1,
        }
        .users(connection, object, record)
        .await?
        .first()
        .copied()),
        Assignee::LeastOf(group) => {
            let members = groups::users_of(connection, basalt_model::Party::Group(*group)).await?;
            let mut query = sqlx::QueryBuilder::new(format!(
                "select u.id from crm.app_user u
                 left join lateral (select count(*) as held from {} t where t.owner_id = u.id and t.deleted_at is null and t.id <> ",
                crate::sql::crm(&object.table)
            ));
            query
                .push_bind(record)
                .push(") l on true where u.active and u.deleted_at is null and u.id = any(");
            query
                .push_bind(members)
                .push(") order by l.held, u.id limit 1");
            Ok(query
                .build_query_scalar()
                .fetch_optional(connection)
                .await?)
        }
    }
}

/// Title and body with the record's values, as the user may see them; the texts alone when it may
/// not see the record.
async fn words(
    db: &Db,
    connection: &mut PgConnection,
    user: i64,
    object: &Object,
    record: i64,
    title: &str,
    body: &str,
) -> Result<(String, String)> {
    let empty = JsonMap::new();
    Ok(
        seen_words(db, connection, user, object, record, title, body)
            .await?
            .unwrap_or_else(|| {
                let locale = basalt_model::Locale::En;
                (
                    letter::filled(title, &empty, locale),
                    letter::filled(body, &empty, locale),
                )
            }),
    )
}

/// As [`words`]; `None` when the user may not see the record.
async fn seen_words(
    db: &Db,
    connection: &mut PgConnection,
    user: i64,
    object: &Object,
    record: i64,
    title: &str,
    body: &str,
) -> Result<Option<(String, String)>> {
    let Some(reader) = letter::reader(connection, db, user).await? else {
        return Ok(None);
    };
    let seen = letter::seen(connection, db, &reader, &object.name, record).await?;
    Ok(seen.map(|seen| {
        (
            letter::filled(title, &seen, reader.locale),
            letter::filled(body, &seen, reader.locale),
        )
    }))
}
