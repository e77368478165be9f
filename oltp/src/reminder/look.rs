//! Looking: what is breached raises alerts, what is over clears them, what nobody saw goes up.

use std::collections::BTreeMap;

use basalt_model::condition::{ColumnPath, resolve};
use basalt_model::{Dictionary, Locale, Object, Principal, Via};
use chrono::{DateTime, Utc};
use serde_json::{Value as Json, json};
use sqlx::{PgConnection, QueryBuilder, Row};

use super::rule::{Channel, Rule};
use super::watch::{Watch, push_where};
use crate::db::Db;
use crate::error::Result;
use crate::jobs::{self, Letter, Order};
use crate::record::JsonMap;
use crate::rights;
use crate::sql::{Joins, column, crm, push_readable};
use crate::workflow::{Notice, Recipient, SendLetter, letter, notify};

/// Breaches that one look takes of a rule; the rest is found by the next.
const AT_ONCE: i64 = 1000;

/// A breach that was found.
struct Breach {
    record: i64,
    occasion: String,
    facts: JsonMap,
}

/// Raises, clears and escalates alerts as of `now`. Each breach is told once, however often this is called.
///
/// # Errors
/// The database failed.
pub async fn look(db: &Db, now: DateTime<Utc>) -> Result<()> {
    let rules: Vec<Rule> = sqlx::query("select * from sys.reminder_rule where active order by id")
        .fetch_all(db.pool())
        .await?
        .iter()
        .map(Rule::read)
        .collect::<Result<_>>()?;
    for rule in &rules {
        if let Err(error) = look_at(db, rule, now).await {
            match error {
                crate::Error::Unavailable(_) | crate::Error::Database(_) => return Err(error),
                // A field that is gone, or rights that were lost: the others go on.
                error => {
                    tracing::warn!(rule = rule.id, %error, "a reminder rule can't be looked at");
                }
            }
        }
    }
    escalate(db, now).await
}

async fn look_at(db: &Db, rule: &Rule, now: DateTime<Utc>) -> Result<()> {
    let mut tx = db.pool().begin().await?;
    // Two workers don't look at one rule at the same time.
    let mine: Option<bool> = sqlx::query_scalar(
        "select true from sys.reminder_rule where id = $1 and active for update skip locked",
    )
    .bind(rule.id)
    .fetch_optional(&mut *tx)
    .await?;
    if mine.is_none() {
        return Ok(());
    }
    let dictionary = db.dictionary();
    let owner = rights::load(&mut tx, &dictionary, rule.owner, Via::Job).await?;
    let Some(owner) = owner.filter(|owner| owner.enabled) else {
        return Ok(());
    };
    let principal = owner.principal;
    let object = rule.definition.check(&dictionary, &principal)?;
    let breaches = match &rule.definition.watch {
        Watch::Entered { field, value, show } => {
            let paths = (field.as_str(), show.as_str());
            entered(&mut tx, &dictionary, object, &principal, rule, paths, value).await?
        }
        watch => {
            clear(&mut tx, &dictionary, object, &principal, rule, now).await?;
            let mut query = QueryBuilder::new("select b.* from (");
            let condition = rule.definition.condition.as_ref();
            watch.breaches(&mut query, &dictionary, object, &principal, condition, now)?;
            query.push(") b where not exists (select from sys.reminder_alert a where a.cleared_at is null and a.record_id = b.id and a.occasion = b.occasion and a.rule_id = ");
            query.push_bind(rule.id);
            query.push(format!(") order by b.id limit {AT_ONCE}"));
            query
                .build()
                .fetch_all(&mut *tx)
                .await?
                .iter()
                .map(|row| {
                    Ok(Breach {
                        record: row.try_get(0)?,
                        occasion: row.try_get(1)?,
                        facts: facts(watch, row.try_get(2)?, row.try_get(3)?, now),
                    })
                })
                .collect::<Result<Vec<_>>>()?
        }
    };
    for breach in breaches {
        raise(db, &mut tx, rule, object, &breach, now).await?;
    }
    tx.commit().await?;
    Ok(())
}

fn facts(
    watch: &Watch,
    since: Option<DateTime<Utc>>,
    count: Option<i64>,
    now: DateTime<Utc>,
) -> JsonMap {
    let mut facts = JsonMap::new();
    if let Some(since) = since {
        let passed = now - since;
        facts.insert("since".to_owned(), json!(since));
        facts.insert("days".to_owned(), json!(passed.num_days()));
        facts.insert("hours".to_owned(), json!(passed.num_hours()));
    }
    if let Some(count) = count {
        facts.insert("count".to_owned(), json!(count));
    }
    if let Watch::Count { min, max, .. } = watch {
        facts.insert("min".to_owned(), json!(min));
        facts.insert("max".to_owned(), json!(max));
    }
    facts
}

/// What was raised and is no longer so is over: its notices count as read. Occasions of the past stay.
async fn clear(
    connection: &mut PgConnection,
    dictionary: &Dictionary,
    object: &Object,
    principal: &Principal,
    rule: &Rule,
    now: DateTime<Utc>,
) -> Result<()> {
    let mut query =
        QueryBuilder::new("with over as (update sys.reminder_alert a set cleared_at = ");
    query.push_bind(now);
    query
        .push(" where a.cleared_at is null and a.rule_id = ")
        .push_bind(rule.id);
    if let Watch::Count { monthly: true, .. } = rule.definition.watch {
        query.push(" and a.occasion = ");
        query.push_bind(super::watch::month_before(now).2);
    }
    query.push(" and not exists (select from (");
    let condition = rule.definition.condition.as_ref();
    let watch = &rule.definition.watch;
    watch.breaches(&mut query, dictionary, object, principal, condition, now)?;
    query.push(
        ") b where b.id = a.record_id and b.occasion = a.occasion) returning a.notifications)
        update sys.notification n set read_at = coalesce(n.read_at, ",
    );
    query.push_bind(now);
    query.push(") from over o where n.id = any(o.notifications)");
    query.build().execute(connection).await?;
    Ok(())
}

/// Records whose value became the watched one since the last look. The first look only notes how things are.
async fn entered(
    connection: &mut PgConnection,
    dictionary: &Dictionary,
    object: &Object,
    principal: &Principal,
    rule: &Rule,
    (field, show): (&str, &str),
    value: &str,
) -> Result<Vec<Breach>> {
    let path = |path: &str| resolve(dictionary, object, path, Some(principal));
    let (field, show): (ColumnPath, ColumnPath) = (path(field)?, path(show)?);
    let mut joins = Joins::default();
    let (field_of, show_of) = (joins.alias(&field.joins), joins.alias(&show.joins));
    let mut query = QueryBuilder::new(format!(
        "with now_is as (select t.id, {}::text as value, {}::text as shown from {} t",
        column(&field_of, &field.column),
        column(&show_of, &show.column),
        crm(&object.table)
    ));
    joins.push(&mut query, dictionary, principal);
    query.push(" where ");
    push_readable(&mut query, "t", dictionary, principal, object);
    if let Some(condition) = &rule.definition.condition {
        query.push(format!(
            " and t.id in (select t.id from {} t",
            crm(&object.table)
        ));
        push_where(&mut query, dictionary, object, principal, condition)?;
        query.push(")");
    }
    query.push("), was as (select record_id, value, shown from sys.reminder_seen where rule_id = ");
    query.push_bind(rule.id);
    query.push(
        "), noted as (insert into sys.reminder_seen (rule_id, record_id, value, shown) select ",
    );
    query.push_bind(rule.id);
    query.push(
        ", n.id, n.value, n.shown from now_is n left join was w on w.record_id = n.id
          where w.record_id is null or (w.value, w.shown) is distinct from (n.value, n.shown)
          on conflict (rule_id, record_id) do update set value = excluded.value, shown = excluded.shown)
         select n.id, w.shown, n.shown from now_is n left join was w on w.record_id = n.id
         where n.value is distinct from w.value and n.value = ",
    );
    query.push_bind(value.to_owned());
    query.push(" order by n.id");
    let rows = query.build().fetch_all(&mut *connection).await?;
    if !rule.primed {
        sqlx::query("update sys.reminder_rule set primed = true where id = $1")
            .bind(rule.id)
            .execute(connection)
            .await?;
        return Ok(Vec::new());
    }
    rows.iter()
        .map(|row| {
            let mut facts = JsonMap::new();
            facts.insert(
                "old".to_owned(),
                json!(row.try_get::<Option<String>, _>(1)?),
            );
            facts.insert(
                "new".to_owned(),
                json!(row.try_get::<Option<String>, _>(2)?),
            );
            Ok(Breach {
                record: row.try_get(0)?,
                // Each entering is an occasion of its own.
                occasion: uuid::Uuid::now_v7().to_string(),
                facts,
            })
        })
        .collect()
}

/// Raises an alert and tells its recipients.
async fn raise(
    db: &Db,
    connection: &mut PgConnection,
    rule: &Rule,
    object: &Object,
    breach: &Breach,
    now: DateTime<Utc>,
) -> Result<()> {
    let users = recipients(connection, &rule.definition.to, object, breach.record).await?;
    let (told, notices) = tell(db, connection, rule, object, breach, &users, false).await?;
    sqlx::query(
        "insert into sys.reminder_alert (rule_id, object, record_id, occasion, facts, told, notifications, raised_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(rule.id)
    .bind(&object.name)
    .bind(breach.record)
    .bind(&breach.occasion)
    .bind(Json::Object(breach.facts.clone()))
    .bind(told)
    .bind(notices)
    .bind(now)
    .execute(connection)
    .await?;
    Ok(())
}

async fn recipients(
    connection: &mut PgConnection,
    to: &[Recipient],
    object: &Object,
    record: i64,
) -> Result<Vec<i64>> {
    let mut users = Vec::new();
    for recipient in to {
        let found = match recipient {
            Recipient::Field(field) if object.name == "user" && field == "owner" => vec![record],
            Recipient::ManagerOf { field, levels } if object.name == "user" && field == "owner" => {
                above(connection, record, *levels).await?
            }
            other => other.users(connection, object, record).await?,
        };
        for user in found {
            if !users.contains(&user) {
                users.push(user);
            }
        }
    }
    Ok(users)
}

/// The enabled manager so many levels above a user.
async fn above(connection: &mut PgConnection, user: i64, levels: u8) -> Result<Vec<i64>> {
    Ok(sqlx::query_scalar(
        "with recursive up as (
           select manager_id, 1 as level from crm.app_user where id = $1
           union all select u.manager_id, up.level + 1 from crm.app_user u join up on u.id = up.manager_id where up.level < $2
         ) select u.id from up join crm.app_user u on u.id = up.manager_id and u.active and u.deleted_at is null where up.level = $2",
    )
    .bind(user)
    .bind(i32::from(levels))
    .fetch_all(connection)
    .await?)
}

/// Tells those of the users who may read the record; returns whom, and the notices in their inboxes.
async fn tell(
    db: &Db,
    connection: &mut PgConnection,
    rule: &Rule,
    object: &Object,
    breach: &Breach,
    users: &[i64],
    escalated: bool,
) -> Result<(Vec<i64>, Vec<i64>)> {
    let (mut told, mut notices) = (Vec::new(), Vec::new());
    for user in users {
        let Some(reader) = letter::reader(connection, db, *user).await? else {
            continue;
        };
        let Some(mut seen) =
            letter::seen(connection, db, &reader, &object.name, breach.record).await?
        else {
            continue;
        };
        seen.extend(breach.facts.clone());
        let text = letter::filled(
            rule.definition.text.get(reader.locale),
            &seen,
            reader.locale,
        );
        let title = match (escalated, reader.locale) {
            (false, _) => text,
            (true, Locale::En) => format!("Not acknowledged: {text}"),
            (true, Locale::Zh) => format!("未确认：{text}"),
        };
        if rule.definition.channels.contains(&Channel::Inbox) {
            let notice = Notice {
                kind: if escalated { "escalation" } else { "reminder" },
                title: &title,
                body: &rule.definition.name,
                about: Some((&object.name, breach.record)),
            };
            notices.push(notify(connection, *user, &notice).await?);
        }
        if rule.definition.channels.contains(&Channel::Email) {
            let address: Option<String> =
                sqlx::query_scalar("select email from crm.app_user where id = $1")
                    .bind(user)
                    .fetch_one(&mut *connection)
                    .await?;
            if let Some(to) = address.filter(|address| !address.is_empty()) {
                let letter = Letter {
                    to,
                    subject: title.clone(),
                    text: format!("{title}\n\n{}", rule.definition.name),
                };
                jobs::enqueue(connection, &SendLetter(letter), Order::default()).await?;
            }
        }
        told.push(*user);
    }
    Ok((told, notices))
}

/// Alerts that nobody acknowledged in time go to the manager of the record's owner (or of the first who was told), once.
async fn escalate(db: &Db, now: DateTime<Utc>) -> Result<()> {
    let mut tx = db.pool().begin().await?;
    let rows = sqlx::query(
        "select a.id as alert_id, a.record_id, a.occasion, a.facts, a.told, r.* from sys.reminder_alert a join sys.reminder_rule r on r.id = a.rule_id and r.active
         where a.cleared_at is null and a.acknowledged_at is null and a.escalated_at is null
           and a.raised_at + make_interval(hours => (r.definition ->> 'escalate_after_hours')::int) <= $1
         order by a.id limit $2 for update of a skip locked",
    )
    .bind(now)
    .bind(AT_ONCE)
    .fetch_all(&mut *tx)
    .await?;
    let dictionary = db.dictionary();
    let mut rules: BTreeMap<i64, Rule> = BTreeMap::new();
    for row in rows {
        let rule = Rule::read(&row)?;
        let rule = rules.entry(rule.id).or_insert(rule);
        let Some(object) = dictionary.object(&rule.definition.object) else {
            continue;
        };
        let record: i64 = row.try_get("record_id")?;
        let told: Vec<i64> = row.try_get("told")?;
        let owner = if object.field("owner").is_some() || object.name == "user" {
            let to = [Recipient::Field("owner".to_owned())];
            recipients(&mut tx, &to, object, record)
                .await?
                .first()
                .copied()
        } else {
            None
        };
        let managers = match owner.or(told.first().copied()) {
            Some(user) => above(&mut tx, user, 1).await?,
            None => Vec::new(),
        };
        let facts: Json = row.try_get("facts")?;
        let breach = Breach {
            record,
            occasion: row.try_get("occasion")?,
            facts: facts.as_object().cloned().unwrap_or_default(),
        };
        let (_, notices) = tell(db, &mut tx, rule, object, &breach, &managers, true).await?;
        sqlx::query("update sys.reminder_alert set escalated_at = $2, notifications = notifications || $3 where id = $1")
            .bind(row.try_get::<i64, _>("alert_id")?)
            .bind(now)
            .bind(notices)
            .execute(&mut *tx)
            .await?;
    }
    tx.commit().await?;
    Ok(())
}
