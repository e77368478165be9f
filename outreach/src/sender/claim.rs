//! Claiming: a batch of due messages of one run is reserved for this sender, and everything that may
//! have changed since planning is looked at again: suppression, consent, the address, the cap.

use std::collections::HashMap;
use std::sync::Arc;

use basalt_model::{Dictionary, Principal, Via};
use lettre::Address;
use sqlx::types::Json;
use sqlx::{AssertSqlSafe, PgConnection, Row as _};

use super::Work;
use crate::campaign::{SkipReason, columns_of, personal_values};
use crate::config::FrequencyCap;
use crate::content::{Content, Person, Renderer, Sender};
use crate::error::{Error, Result};
use crate::ledger::MessageEvent;

/// A run as a sender needs it: content frozen at launch, compiled once.
pub(super) struct Run {
    pub id: i64,
    pub base_url: String,
    pub sender: Sender,
    pub content: Content,
    pub renderer: Renderer,
    columns: String,
}

/// A claimed message with everything that sending it needs.
pub(super) struct Claimed {
    pub id: i64,
    /// The number of this claim; results of an earlier one are refused by it.
    pub attempt: i32,
    pub to: Address,
    pub to_name: Option<String>,
    pub message_ref: String,
    pub token: String,
    pub person: Person,
}

/// What a claim brought.
pub(super) struct Batch {
    /// Row of `sys.send_claim`.
    pub claim_id: i64,
    pub messages: Vec<Claimed>,
    pub skipped: u64,
    /// The highest message looked at.
    pub last: i64,
}

/// Senders act for nobody in particular.
pub(super) fn actor() -> Principal {
    Principal::system().through(Via::Job)
}

pub(super) async fn load_run(
    connection: &mut PgConnection,
    dictionary: &Dictionary,
    return_domain: Option<&str>,
    run_id: i64,
) -> Result<Arc<Run>> {
    let row = sqlx::query(
        "select p.content, p.sender_name, p.sender_address, r.base_url
         from sys.send_plan p join crm.send_run r on r.id = p.run_id where p.run_id = $1",
    )
    .bind(run_id)
    .fetch_optional(connection)
    .await?
    .ok_or(Error::NotFound {
        what: "plan of send run",
        id: run_id,
    })?;
    let unusable = |problem: String| Error::Content { run_id, problem };
    let Json(content): Json<Content> = row.try_get("content")?;
    let address: String = row.try_get("sender_address")?;
    Ok(Arc::new(Run {
        id: run_id,
        base_url: row
            .try_get::<Option<String>, _>("base_url")?
            .unwrap_or_default(),
        sender: Sender {
            name: row.try_get("sender_name")?,
            address: address
                .parse()
                .map_err(|_| unusable(format!("sender address {address}")))?,
            return_domain: return_domain.map(str::to_owned),
        },
        renderer: Renderer::new(&content).map_err(|error| unusable(error.to_string()))?,
        columns: columns_of(dictionary, &content.variables)
            .ok_or_else(|| unusable("a field that the template prints is gone".into()))?,
        content,
    }))
}

/// Claims due messages. `None`: nothing is due there any more.
pub(super) async fn claim(
    connection: &mut PgConnection,
    work: &Work,
    sender: i32,
    cap: Option<FrequencyCap>,
) -> Result<Option<Batch>> {
    let run = &work.run;
    let rows = sqlx::query(AssertSqlSafe(format!(
        "select message.id, message.address, message.attempts, message.message_ref, message.token,
                message.contact_id, contact.name as to_name,
                (customer.standing is not distinct from 'blacklisted'
                 or exists (select from crm.suppression s where s.address = message.address)) as suppressed,
                (contact.id is null or contact.deleted_at is not null
                 or lower(btrim(contact.email)) is distinct from message.address) as changed,
                coalesce(contact.email_consent, false) as consent
                {columns}
         from crm.message message
         join crm.send_run run on run.id = message.run_id and run.status = 'running'
         left join crm.campaign campaign on campaign.id = message.campaign_id
         left join crm.customer customer on customer.id = message.customer_id
         left join crm.contact contact on contact.id = message.contact_id
         where message.run_id = $1 and message.id > $2 and message.state = $3 and $3 = any($5)
           and (message.next_attempt_at is null or message.next_attempt_at <= now())
         order by message.id limit $4 for update of message skip locked",
        columns = run.columns
    )))
    .bind(run.id)
    .bind(work.due.after)
    .bind(work.due.state.as_str())
    .bind(i64::try_from(work.wanted).unwrap_or(i64::MAX))
    .bind(MessageEvent::Claim.origins())
    .fetch_all(&mut *connection)
    .await?;
    let Some(last) = rows.last() else {
        return Ok(None);
    };
    let last: i64 = last.try_get("id")?;

    let full = match cap {
        Some(cap) => {
            let contacts: Vec<i64> = rows
                .iter()
                .filter_map(|row| row.try_get("contact_id").ok().flatten())
                .collect();
            at_the_cap(connection, cap, &contacts).await?
        }
        None => HashMap::new(),
    };
    let mut messages = Vec::with_capacity(rows.len());
    let mut skips: Vec<(i64, SkipReason)> = Vec::new();
    for row in &rows {
        let id: i64 = row.try_get("id")?;
        let contact_id: Option<i64> = row.try_get("contact_id")?;
        let address: String = row.try_get("address")?;
        let reason = if row.try_get::<bool, _>("suppressed")? {
            Some(SkipReason::Suppressed)
        } else if row.try_get::<bool, _>("changed")? {
            Some(SkipReason::ContactChanged)
        } else if !row.try_get::<bool, _>("consent")? {
            Some(SkipReason::NoConsent)
        } else if contact_id.is_some_and(|contact| full.contains_key(&contact)) {
            Some(SkipReason::FrequencyCap)
        } else {
            None
        };
        if let Some(reason) = reason {
            skips.push((id, reason));
            continue;
        }
        let Ok(to) = address.parse() else {
            skips.push((id, SkipReason::InvalidAddress));
            continue;
        };
        let mut person = Person::default();
        personal_values(row, &run.content.variables, &mut person)?;
        messages.push(Claimed {
            id,
            attempt: row.try_get::<i32, _>("attempts")? + 1,
            to,
            to_name: row.try_get("to_name")?,
            message_ref: row.try_get("message_ref")?,
            token: row.try_get("token")?,
            person,
        });
    }
    skip(connection, &skips).await?;
    let claim_id = if messages.is_empty() {
        0
    } else {
        let ids: Vec<i64> = messages.iter().map(|message| message.id).collect();
        sqlx::query(
            "update crm.message set state = 'claimed', claimed_at = now(), attempts = attempts + 1 where id = any($1)",
        )
        .bind(&ids)
        .execute(&mut *connection)
        .await?;
        sqlx::query_scalar(
            "insert into sys.send_claim (sender, message_ids) values ($1, $2) returning id",
        )
        .bind(sender)
        .bind(&ids)
        .fetch_one(connection)
        .await?
    };
    Ok(Some(Batch {
        claim_id,
        messages,
        skipped: skips.len() as u64,
        last,
    }))
}

/// The contacts that have had as many mails as the cap allows. What is on its way counts as well.
async fn at_the_cap(
    connection: &mut PgConnection,
    cap: FrequencyCap,
    contacts: &[i64],
) -> Result<HashMap<i64, ()>> {
    let full: Vec<i64> = sqlx::query_scalar(
        "select contact_id from crm.message
         where contact_id = any($1) and channel = 'email'
           and (state in ('claimed', 'unknown')
                or (state in ('accepted', 'bounced') and sent_at > now() - make_interval(days => $2)))
         group by contact_id having count(*) >= $3",
    )
    .bind(contacts)
    .bind(i32::try_from(cap.days).unwrap_or(i32::MAX))
    .bind(i64::from(cap.messages))
    .fetch_all(connection)
    .await?;
    Ok(full.into_iter().map(|contact| (contact, ())).collect())
}

async fn skip(connection: &mut PgConnection, skips: &[(i64, SkipReason)]) -> Result<()> {
    if skips.is_empty() {
        return Ok(());
    }
    let ids: Vec<i64> = skips.iter().map(|(id, _)| *id).collect();
    let reasons: Vec<&str> = skips.iter().map(|(_, reason)| reason.as_str()).collect();
    sqlx::query(
        "update crm.message m set state = 'skipped', reason = s.reason, next_attempt_at = null
         from unnest($1::bigint[], $2::text[]) as s(id, reason) where m.id = s.id and m.state = any($3)",
    )
    .bind(&ids)
    .bind(&reasons)
    .bind(MessageEvent::Skip.origins())
    .execute(connection)
    .await?;
    Ok(())
}
