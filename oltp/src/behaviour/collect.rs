//! A batch of events into the table, each once.

use std::collections::{HashMap, HashSet};

use basalt_model::{Principal, Problem};
use chrono::Utc;
use serde_json::Value as Json;
use sqlx::{PgConnection, QueryBuilder, Row};

use super::event::{self, Event, Refusal};
use super::{types, visitors};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::sql::{crm, push_readable};

/// Events of a batch.
pub const LARGEST_BATCH: usize = 1000;

/// Where events come from.
#[derive(Debug, Clone, Copy)]
pub enum Door<'a> {
    /// Another system, which names customers that its principal may read.
    Api(&'a Principal),
    /// A page of a website, whose visitors are strangers until they show a token.
    Site,
}

/// What became of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Events that are new and kept.
    pub accepted: usize,
    /// Events that had come before, and are kept once.
    pub repeated: usize,
    pub refused: Vec<Refusal>,
    /// Position of the change; a read of the lake at or after it sees the events.
    pub lsn: String,
}

/// Takes a batch. An event is known by its `event_id`: sent again, in this batch or another, it
/// counts once. One that doesn't fit is refused with its reason; the others are kept.
///
/// # Errors
/// [`Error::Request`] when the batch is too large; the database failed, and nothing of it is kept.
pub async fn collect(db: &Db, door: Door<'_>, batch: Vec<Json>) -> Result<Receipt> {
    if batch.len() > LARGEST_BATCH {
        return Err(Error::Request {
            path: "events".into(),
            message: basalt_model::Label::new(
                format!("A batch has at most {LARGEST_BATCH} events; send several."),
                format!("每批最多 {LARGEST_BATCH} 个事件，请分批发送。"),
            ),
        });
    }
    let now = Utc::now();
    let mut refused = Vec::new();
    let mut events: Vec<Event> = Vec::with_capacity(batch.len());
    let mut ids = HashSet::with_capacity(batch.len());
    let mut repeated = 0;
    for (index, json) in batch.into_iter().enumerate() {
        match event::read(index, json, now) {
            Ok(event) if !ids.insert(event.id) => repeated += 1,
            Ok(event) => events.push(event),
            Err(refusal) => refused.push(refusal),
        }
    }
    let system = Principal::system();
    let principal = match door {
        Door::Api(principal) => principal,
        Door::Site => &system,
    };
    let mut tx = db.begin(principal).await?;
    let kinds = types::active(&mut tx).await?;
    retain(&mut events, &mut refused, |event| {
        match kinds.get(&event.said.kind) {
            Some(kind) => kind.check(&event.said.attributes),
            None => Err(Problem::new(
                "unknown_type",
                format!(
                    "There is no behaviour type {:?}; define it first.",
                    event.said.kind
                ),
                format!("没有行为类型“{}”，请先定义。", event.said.kind),
            )),
        }
    });
    match door {
        Door::Api(principal) => {
            check_references(db, &mut tx, principal, &mut events, &mut refused).await?;
        }
        Door::Site => retain(&mut events, &mut refused, |event| {
            match event
                .said
                .customer
                .or(event.said.contact)
                .or(event.said.campaign)
            {
                None => Ok(()),
                Some(_) => Err(Problem::new(
                    "no_one",
                    "A page can't say whose event it is; give it an identity token instead.",
                    "页面不能直接指定客户，请改用身份令牌。",
                )),
            }
        }),
    }
    visitors::recognise(&mut tx, &mut events).await?;
    // Batches that overlap meet their ids in the same order, so that none waits for the other in a circle.
    events.sort_unstable_by_key(|event| event.id);
    let accepted = insert(&mut tx, &events, &kinds, door).await?;
    repeated += events.len() - accepted;
    let lsn = tx.commit().await?;
    refused.sort_unstable_by_key(|refusal| refusal.index);
    Ok(Receipt {
        accepted,
        repeated,
        refused,
        lsn,
    })
}

/// Keeps the events that fit.
fn retain(
    events: &mut Vec<Event>,
    refused: &mut Vec<Refusal>,
    fits: impl Fn(&Event) -> Result<(), Problem>,
) {
    events.retain(|event| match fits(event) {
        Ok(()) => true,
        Err(problem) => {
            refused.push(Refusal::new(event.index, problem));
            false
        }
    });
}

/// Customers, contacts and campaigns must be ones that the principal may read; a contact's customer is filled in.
async fn check_references(
    db: &Db,
    connection: &mut PgConnection,
    principal: &Principal,
    events: &mut Vec<Event>,
    refused: &mut Vec<Refusal>,
) -> Result<()> {
    type Named = fn(&Event) -> Option<i64>;
    let roles: [(&str, &'static str, Named, &str); 3] = [
        ("contact", "unknown_contact", |e| e.said.contact, "联系人"),
        ("customer", "unknown_customer", |e| e.said.customer, "客户"),
        (
            "campaign",
            "unknown_campaign",
            |e| e.said.campaign,
            "市场活动",
        ),
    ];
    for (object, code, named, zh) in roles {
        let wanted: Vec<i64> = events.iter().filter_map(named).collect();
        if wanted.is_empty() {
            continue;
        }
        let found = readable(db, connection, principal, object, wanted).await?;
        retain(events, refused, |event| match named(event) {
            Some(id) if !found.contains_key(&id) => Err(Problem::new(
                code,
                format!("There is no {object} {id}."),
                format!("没有编号为 {id} 的{zh}。"),
            )),
            Some(id) if object == "contact" => match (event.said.customer, found[&id]) {
                (Some(said), Some(of)) if said != of => Err(Problem::new(
                    code,
                    format!("Contact {id} belongs to another customer than {said}."),
                    format!("联系人 {id} 不属于客户 {said}。"),
                )),
                _ => Ok(()),
            },
            _ => Ok(()),
        });
        if object == "contact" {
            for event in events.iter_mut() {
                let of = event.said.contact.and_then(|id| found[&id]);
                event.said.customer = event.said.customer.or(of);
            }
        }
    }
    Ok(())
}

/// Of these records, those that the principal may read, with the customer of a contact.
async fn readable(
    db: &Db,
    connection: &mut PgConnection,
    principal: &Principal,
    object: &str,
    wanted: Vec<i64>,
) -> Result<HashMap<i64, Option<i64>>> {
    let dictionary = db.dictionary();
    let object = dictionary.object(object).ok_or(Error::NotFound)?;
    let customer = if object.name == "contact" {
        "t.customer_id"
    } else {
        "null::bigint"
    };
    let mut query = QueryBuilder::new(format!(
        "select t.id, {customer} from {} t where t.id = any(",
        crm(&object.table)
    ));
    query.push_bind(wanted).push(") and ");
    push_readable(&mut query, "t", &dictionary, principal, object);
    let rows = query.build().fetch_all(connection).await?;
    rows.iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .collect()
}

/// Writes the events that haven't come before, in one statement; how many those were.
async fn insert(
    connection: &mut PgConnection,
    events: &[Event],
    kinds: &std::collections::BTreeMap<String, types::BehaviourType>,
    door: Door<'_>,
) -> Result<usize> {
    if events.is_empty() {
        return Ok(0);
    }
    let source = match door {
        Door::Api(_) => "api",
        Door::Site => "web",
    };
    let text = |of: fn(&Event) -> &Option<String>| -> Vec<Option<&str>> {
        events.iter().map(|event| of(event).as_deref()).collect()
    };
    let number =
        |of: fn(&Event) -> Option<i64>| -> Vec<Option<i64>> { events.iter().map(of).collect() };
    let done = sqlx::query(
        "with given as (
           select * from unnest($1::uuid[], $2::bigint[], $3::timestamptz[], $4::bigint[], $5::bigint[], $6::bigint[],
                                $7::text[], $8::text[], $9::text[], $10::text[], $11::text[])
             as g(event_id, type_id, occurred_at, customer_id, contact_id, campaign_id, visitor, session, page, referrer, attributes)
         ), fresh as (
           insert into sys.behaviour_seen (event_id) select event_id from given on conflict do nothing returning event_id
         )
         insert into crm.behaviour_event
           (event_id, type_id, occurred_at, customer_id, contact_id, campaign_id, visitor, session, page, referrer, attributes, source)
         select event_id::text, type_id, occurred_at, customer_id, contact_id, campaign_id, visitor, session, page, referrer,
                attributes::jsonb, $12
           from given join fresh using (event_id)",
    )
    .bind(events.iter().map(|event| event.id).collect::<Vec<_>>())
    .bind(events.iter().map(|event| kinds[&event.said.kind].id).collect::<Vec<_>>())
    .bind(events.iter().map(|event| event.occurred_at).collect::<Vec<_>>())
    .bind(number(|event| event.said.customer))
    .bind(number(|event| event.said.contact))
    .bind(number(|event| event.said.campaign))
    .bind(text(|event| &event.said.visitor))
    .bind(text(|event| &event.said.session))
    .bind(text(|event| &event.said.page))
    .bind(text(|event| &event.said.referrer))
    .bind(
        events
            .iter()
            .map(|event| Json::Object(event.said.attributes.clone()).to_string())
            .collect::<Vec<_>>(),
    )
    .bind(source)
    .execute(connection)
    .await?;
    Ok(usize::try_from(done.rows_affected()).unwrap_or(usize::MAX))
}
