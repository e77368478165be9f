//! Tracking: opens, clicks and unsubscriptions, and who really caused them.
//!
//! Raw hits are kept with their verdict. `first_open_at` and `first_click_at` of a message are set by
//! people only; a click also counts as an opening, because many readers block images.

mod page;
pub mod signature;
pub mod verdict;

use std::net::IpAddr;

use basalt_model::{Principal, Via};
use chrono::{DateTime, Utc};
use sqlx::{PgConnection, Row as _};
use url::Url;

pub use page::UnsubscribePage;
pub use signature::Signer;
pub use verdict::{Evidence, HitKind, Verdict, judge};

use crate::Outreach;
use crate::error::{Error, Result};

/// A request to a tracking address.
#[derive(Debug, Clone)]
pub struct Hit {
    pub at: DateTime<Utc>,
    pub user_agent: String,
    pub ip: Option<IpAddr>,
    /// HTTP method.
    pub method: String,
    /// Value of `Sec-Purpose`, `Purpose` or `X-Purpose`, else empty.
    pub purpose: String,
}

impl Hit {
    /// A GET at this moment.
    pub fn now(user_agent: impl Into<String>, ip: Option<IpAddr>) -> Self {
        Self {
            at: Utc::now(),
            user_agent: user_agent.into(),
            ip,
            method: "GET".into(),
            purpose: String::new(),
        }
    }
}

/// The addresses that stand in one mail.
#[derive(Debug, Clone)]
pub struct Addresses<'a> {
    base: &'a str,
    token: &'a str,
}

impl<'a> Addresses<'a> {
    pub fn new(base: &'a str, token: &'a str) -> Self {
        Self {
            base: base.trim_end_matches('/'),
            token,
        }
    }

    pub fn open(&self) -> String {
        format!("{}/t/o/{}.gif", self.base, self.token)
    }

    pub fn click(&self, signer: &Signer, link: usize) -> String {
        format!(
            "{}/t/c/{}/{link}?s={}",
            self.base,
            self.token,
            signer.click(self.token, link)
        )
    }

    pub fn unsubscribe(&self) -> String {
        format!("{}/t/u/{}", self.base, self.token)
    }
}

/// Hits of one kind kept for one message; a robot can't fill the ledger.
const KEPT_HITS: i64 = 200;
const LONGEST_USER_AGENT: usize = 400;

struct Message {
    id: i64,
    campaign_id: i64,
    run_id: i64,
    customer_id: Option<i64>,
    address: String,
    handed_over_at: Option<DateTime<Utc>>,
}

impl Outreach {
    /// The open pixel was fetched. Unknown tokens are [`Error::BadLink`]; answer with the pixel anyway.
    pub async fn open(&self, token: &str, hit: &Hit) -> Result<Verdict> {
        let message = self.message_by_token(token).await?;
        self.record(&message, HitKind::Open, None, hit).await
    }

    /// A link was followed: where to send the visitor. The destination is the one that stood in the
    /// template; nothing in the request chooses it.
    pub async fn click(&self, token: &str, link: usize, signature: &str, hit: &Hit) -> Result<Url> {
        if !self.signer().is_click(token, link, signature) {
            return Err(Error::BadLink);
        }
        let message = self.message_by_token(token).await?;
        let index = i32::try_from(link).map_err(|_| Error::BadLink)?;
        let url: Option<String> = sqlx::query_scalar(
            "select content -> 'links' -> $2 ->> 'url' from sys.send_plan where run_id = $1",
        )
        .bind(message.run_id)
        .bind(index)
        .fetch_optional(self.pool())
        .await?
        .flatten();
        let url = url
            .and_then(|url| Url::parse(&url).ok())
            .ok_or(Error::BadLink)?;
        self.record(&message, HitKind::Click, Some(url.as_str()), hit)
            .await?;
        Ok(url)
    }

    /// The person does not want mail any more (POST; a GET must only show the page). Idempotent.
    pub async fn unsubscribe(&self, token: &str, hit: &Hit) -> Result<()> {
        let message = self.message_by_token(token).await?;
        let mut tx = self.db().begin(&visitor()).await?;
        sqlx::query(
            "insert into crm.suppression (address, reason, at, campaign_id) values ($1, 'unsubscribed', $2, $3)
             on conflict (address) do nothing",
        )
        .bind(&message.address)
        .bind(hit.at)
        .bind(message.campaign_id)
        .execute(&mut *tx)
        .await?;
        let first = sqlx::query(
            "update crm.message set unsubscribed_at = $2 where id = $1 and unsubscribed_at is null",
        )
        .bind(message.id)
        .bind(hit.at)
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if first > 0 {
            // Whoever asks for it, a button of the mail program or the person on the page, means it.
            let event = Event {
                kind: "unsubscribe",
                url: None,
                verdict: Verdict::Human,
                rule: "asked-for",
            };
            self.insert_event(&mut tx, &message, hit, &event).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// What the unsubscribe page shows. Changes nothing.
    pub async fn unsubscribe_page(&self, token: &str) -> Result<UnsubscribePage> {
        let row = sqlx::query(
            "select m.address, c.language, m.unsubscribed_at is not null
                    or exists (select from crm.suppression s where s.address = m.address) as done
             from crm.message m left join crm.contact c on c.id = m.contact_id where m.token = $1",
        )
        .bind(token)
        .fetch_optional(self.pool())
        .await?
        .ok_or(Error::BadLink)?;
        Ok(UnsubscribePage {
            address: row.try_get("address")?,
            locale: row
                .try_get::<Option<String>, _>("language")?
                .and_then(|language| language.parse().ok())
                .unwrap_or_default(),
            done: row.try_get("done")?,
        })
    }

    async fn message_by_token(&self, token: &str) -> Result<Message> {
        let row = sqlx::query(
            "select id, campaign_id, run_id, customer_id, address, coalesce(sent_at, claimed_at) as handed_over_at
             from crm.message where token = $1 and state <> 'skipped'",
        )
        .bind(token)
        .fetch_optional(self.pool())
        .await?
        .ok_or(Error::BadLink)?;
        Ok(Message {
            id: row.try_get("id")?,
            campaign_id: row.try_get("campaign_id")?,
            run_id: row.try_get("run_id")?,
            customer_id: row.try_get("customer_id")?,
            address: row.try_get("address")?,
            handed_over_at: row.try_get("handed_over_at")?,
        })
    }

    async fn record(
        &self,
        message: &Message,
        kind: HitKind,
        url: Option<&str>,
        hit: &Hit,
    ) -> Result<Verdict> {
        let mut tx = self.db().begin(&visitor()).await?;
        let recent = recent_clicks(&mut tx, message.id, hit.at).await?;
        let (verdict, rule) = judge(&Evidence {
            kind,
            user_agent: &hit.user_agent,
            method: &hit.method,
            purpose: &hit.purpose,
            seconds_since_sending: message.handed_over_at.map(|sent| seconds(hit.at - sent)),
            recent_clicks: &recent,
            url,
        });
        let kept: i64 = sqlx::query_scalar(
            "select count(*) from (select 1 from crm.message_event
             where message_id = $1 and kind = $2 limit $3) kept",
        )
        .bind(message.id)
        .bind(kind.as_str())
        .bind(KEPT_HITS)
        .fetch_one(&mut *tx)
        .await?;
        if kept >= KEPT_HITS {
            return Ok(verdict);
        }
        self.insert_event(
            &mut tx,
            message,
            hit,
            &Event {
                kind: kind.as_str(),
                url,
                verdict,
                rule,
            },
        )
        .await?;
        if verdict.is_person() {
            let clicked = (kind == HitKind::Click).then_some(hit.at);
            sqlx::query(
                "update crm.message set first_open_at = coalesce(first_open_at, $2),
                        first_click_at = coalesce(first_click_at, $3)
                 where id = $1 and (first_open_at is null or ($3 is not null and first_click_at is null))",
            )
            .bind(message.id)
            .bind(hit.at)
            .bind(clicked)
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        Ok(verdict)
    }

    async fn insert_event(
        &self,
        connection: &mut PgConnection,
        message: &Message,
        hit: &Hit,
        event: &Event<'_>,
    ) -> Result<()> {
        let user_agent: String = hit
            .user_agent
            .chars()
            .filter(|c| !c.is_control())
            .take(LONGEST_USER_AGENT)
            .collect();
        sqlx::query(
            "insert into crm.message_event (message_id, campaign_id, customer_id, kind, url, at, user_agent,
                                            ip_hash, verdict, rule)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(message.id)
        .bind(message.campaign_id)
        .bind(message.customer_id)
        .bind(event.kind)
        .bind(event.url)
        .bind(hit.at)
        .bind(user_agent)
        .bind(hit.ip.map(|ip| self.signer().hash_ip(ip)))
        .bind(event.verdict.as_str())
        .bind(event.rule)
        .execute(connection)
        .await?;
        Ok(())
    }
}

struct Event<'a> {
    kind: &'a str,
    url: Option<&'a str>,
    verdict: Verdict,
    rule: &'a str,
}

/// Visitors of tracking addresses are nobody we know.
fn visitor() -> Principal {
    Principal::system().through(Via::Api)
}

fn seconds(span: chrono::TimeDelta) -> f64 {
    span.as_seconds_f64()
}

async fn recent_clicks(
    connection: &mut PgConnection,
    message_id: i64,
    at: DateTime<Utc>,
) -> Result<Vec<(String, f64)>> {
    let rows = sqlx::query(
        "select url, at from crm.message_event
         where message_id = $1 and kind = 'click' and url is not null and at > $2 - make_interval(secs => $3)
         order by at desc limit 50",
    )
    .bind(message_id)
    .bind(at)
    .bind(verdict::link_window_seconds())
    .fetch_all(connection)
    .await?;
    let mut clicks = Vec::with_capacity(rows.len());
    for row in rows {
        let then: DateTime<Utc> = row.try_get("at")?;
        clicks.push((row.try_get("url")?, seconds(at - then)));
    }
    Ok(clicks)
}
