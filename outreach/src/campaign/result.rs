//! What came of a campaign: the ledger in numbers, raw and with machines left out.

use std::collections::BTreeMap;

use basalt_model::Principal;
use serde::Serialize;
use sqlx::Row as _;

use crate::Outreach;
use crate::error::Result;
use crate::ledger::MessageState;

/// How many messages were touched: by anything, and by people. A webmail proxy that fetches because
/// a person opened counts as a person; prefetchers and scanners don't.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Touches {
    pub raw: u64,
    pub human: u64,
}

/// The result of a campaign over all its runs. Counts are messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CampaignResult {
    pub campaign_id: i64,
    pub runs: Vec<i64>,
    /// Everybody of the audience: all rows of the ledger, skipped ones included.
    pub planned: u64,
    /// Not settled yet.
    pub waiting: u64,
    pub accepted: u64,
    pub bounced: u64,
    pub failed: u64,
    /// May or may not have arrived.
    pub unknown: u64,
    pub skipped: u64,
    /// Of the skipped: kept apart to measure the effect.
    pub hold_out: u64,
    pub opened: Touches,
    pub clicked: Touches,
    pub unsubscribed: u64,
    /// Skipped and failed messages by cause.
    pub causes: BTreeMap<String, u64>,
    /// Clicks by destination.
    pub links: BTreeMap<String, Touches>,
}

impl Outreach {
    pub async fn result(&self, principal: &Principal, campaign_id: i64) -> Result<CampaignResult> {
        self.readable(principal, "campaign", campaign_id).await?;
        let mut result = CampaignResult {
            campaign_id,
            runs: sqlx::query_scalar(
                "select id from crm.send_run where campaign_id = $1 order by id",
            )
            .bind(campaign_id)
            .fetch_all(self.pool())
            .await?,
            planned: 0,
            waiting: 0,
            accepted: 0,
            bounced: 0,
            failed: 0,
            unknown: 0,
            skipped: 0,
            hold_out: 0,
            opened: Touches::default(),
            clicked: Touches::default(),
            unsubscribed: 0,
            causes: BTreeMap::new(),
            links: BTreeMap::new(),
        };
        self.count_states(&mut result).await?;
        self.count_touches(&mut result).await?;
        Ok(result)
    }

    async fn count_states(&self, result: &mut CampaignResult) -> Result<()> {
        let rows = sqlx::query(
            "select state, case when state in ('skipped', 'failed') then coalesce(nullif(code, ''), reason) end as cause,
                    count(*) as messages, count(first_open_at) as opened, count(first_click_at) as clicked,
                    count(unsubscribed_at) as unsubscribed
             from crm.message where campaign_id = $1 group by 1, 2",
        )
        .bind(result.campaign_id)
        .fetch_all(self.pool())
        .await?;
        for row in rows {
            let count = |name: &str| row.try_get::<i64, _>(name).map(i64::unsigned_abs);
            let messages = count("messages")?;
            let state: String = row.try_get("state")?;
            let cause: Option<String> = row.try_get("cause")?;
            result.planned += messages;
            result.opened.human += count("opened")?;
            result.clicked.human += count("clicked")?;
            result.unsubscribed += count("unsubscribed")?;
            match MessageState::parse(&state) {
                Some(MessageState::Accepted) => result.accepted += messages,
                Some(MessageState::Bounced) => result.bounced += messages,
                Some(MessageState::Failed) => result.failed += messages,
                Some(MessageState::Unknown) => result.unknown += messages,
                Some(MessageState::Skipped) => {
                    result.skipped += messages;
                    if cause.as_deref() == Some("hold_out") {
                        result.hold_out += messages;
                    }
                }
                _ => result.waiting += messages,
            }
            if let Some(cause) = cause {
                *result.causes.entry(cause).or_default() += messages;
            }
        }
        Ok(())
    }

    async fn count_touches(&self, result: &mut CampaignResult) -> Result<()> {
        let rows = sqlx::query(
            "select kind, case when kind = 'click' then url end as url,
                    count(distinct message_id) as raw,
                    count(distinct message_id) filter (where verdict in ('human', 'proxy')) as human
             from crm.message_event where campaign_id = $1
             group by grouping sets ((kind), (kind, case when kind = 'click' then url end))",
        )
        .bind(result.campaign_id)
        .fetch_all(self.pool())
        .await?;
        for row in rows {
            let count = |name: &str| row.try_get::<i64, _>(name).map(i64::unsigned_abs);
            let touches = Touches {
                raw: count("raw")?,
                human: count("human")?,
            };
            let kind: String = row.try_get("kind")?;
            let url: Option<String> = row.try_get("url")?;
            match (kind.as_str(), url) {
                ("click", Some(url)) => {
                    result.links.insert(url, touches);
                }
                ("click", None) => result.clicked.raw = touches.raw,
                ("open", _) => result.opened.raw = touches.raw,
                _ => {}
            }
        }
        // A click proves that the mail was opened, also where images are blocked.
        result.opened.raw = result.opened.raw.max(result.opened.human);
        Ok(())
    }
}
