//! Launching a campaign: every check, then the whole plan in one transaction. Either the ledger
//! holds one row for everybody of the audience afterwards, or nothing has happened.

use std::collections::{BTreeMap, HashSet};

use basalt_model::{Action, Dictionary, Principal, RowRule};
use basalt_oltp::sql::push_row_rule;
use lettre::Address;
use serde::Serialize;
use sqlx::types::Json;
use sqlx::{PgConnection, QueryBuilder, Row as _};

use super::check;
use super::plan::{Planned, Recipient, SkipReason, decide};
use crate::Outreach;
use crate::content::Content;
use crate::error::{Error, Result};
use crate::ledger::MessageState;
use crate::refusal::Refusal;

/// What a launch planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Launched {
    pub run_id: i64,
    /// Messages that will be sent.
    pub planned: u64,
    /// Messages that stand in the ledger but will not be sent, by reason.
    pub skipped: BTreeMap<SkipReason, u64>,
    /// A position in the log that includes the plan: a read of the lake at it sees the ledger.
    pub lsn: String,
}

/// Customers planned at once; bounds memory, not the transaction.
const PAGE: i64 = 5_000;

struct Campaign {
    status: String,
    segment_id: Option<i64>,
    channel: String,
    subject: String,
    template: String,
    sender_name: Option<String>,
    sender_address: String,
    holdout_percent: i32,
}

impl Outreach {
    /// Checks the campaign and plans its messages; a sender takes them from there at once.
    ///
    /// # Errors
    /// [`Error::Refused`] with every reason why it can't be sent as it stands.
    pub async fn launch(&self, principal: &Principal, campaign_id: i64) -> Result<Launched> {
        self.readable(principal, "campaign", campaign_id).await?;
        let allowed = principal.can("campaign", Action::Update)
            && principal.can("contact", Action::Read)
            && principal.can("customer", Action::Read);
        if !allowed {
            return Err(Error::Forbidden("launch campaigns"));
        }
        let mut tx = self.db().begin(principal).await?;
        let campaign = lock_campaign(&mut tx, campaign_id).await?;
        let content = self
            .check(&mut tx, principal, campaign_id, &campaign)
            .await?;
        // Both were checked just now.
        let segment_id = campaign
            .segment_id
            .ok_or_else(|| Error::Refused(vec![Refusal::NoSegment]))?;
        let sender: Address = campaign.sender_address.trim().parse().map_err(|_| {
            Error::Refused(vec![Refusal::SenderAddressInvalid {
                address: campaign.sender_address.clone(),
            }])
        })?;

        let run_id: i64 = sqlx::query_scalar(
            "insert into crm.send_run (campaign_id, segment_id, status, base_url)
             values ($1, $2, 'running', $3) returning id",
        )
        .bind(campaign_id)
        .bind(segment_id)
        .bind(self.config().public_url.as_str().trim_end_matches('/'))
        .fetch_one(&mut *tx)
        .await?;
        sqlx::query(
            "insert into sys.send_plan (run_id, content, sender_name, sender_address, launched_by)
             values ($1, $2, $3, $4, $5)",
        )
        .bind(run_id)
        .bind(Json(&content))
        .bind(
            campaign
                .sender_name
                .as_deref()
                .map(str::trim)
                .filter(|name| !name.is_empty()),
        )
        .bind(sender.to_string())
        .bind(principal.user_id)
        .execute(&mut *tx)
        .await?;

        let sight = Sight::of(principal, &self.db().dictionary());
        let mut tally = Tally::default();
        let mut taken = HashSet::new();
        let mut after = 0_i64;
        loop {
            let (recipients, last) = page(&mut tx, &sight, segment_id, after).await?;
            let Some(last) = last else { break };
            after = last;
            let percent = campaign.holdout_percent.unsigned_abs();
            let rows: Vec<(Recipient, Planned)> = recipients
                .into_iter()
                .map(|recipient| {
                    let planned = decide(&recipient, campaign_id, percent, &mut taken);
                    (recipient, planned)
                })
                .collect();
            tally.count(&rows);
            write(
                &mut tx,
                campaign_id,
                run_id,
                sender.domain(),
                &content,
                &rows,
            )
            .await?;
        }

        sqlx::query("update crm.send_run set planned = $2 where id = $1")
            .bind(run_id)
            .bind(i32::try_from(tally.planned).unwrap_or(i32::MAX))
            .execute(&mut *tx)
            .await?;
        sqlx::query(
            "update crm.campaign set status = 'running', started_at = coalesce(started_at, now()) where id = $1",
        )
        .bind(campaign_id)
        .execute(&mut *tx)
        .await?;
        let lsn = tx.commit().await?;
        tracing::info!(
            campaign_id,
            run_id,
            planned = tally.planned,
            "campaign launched"
        );
        self.wake_senders();
        Ok(Launched {
            run_id,
            planned: tally.planned,
            skipped: tally.skipped,
            lsn,
        })
    }

    /// What stands in the way of a launch; empty when nothing does. Changes nothing.
    pub async fn launch_obstacles(
        &self,
        principal: &Principal,
        campaign_id: i64,
    ) -> Result<Vec<Refusal>> {
        self.readable(principal, "campaign", campaign_id).await?;
        let mut tx = self.db().begin(principal).await?;
        let campaign = lock_campaign(&mut tx, campaign_id).await?;
        let checked = self.check(&mut tx, principal, campaign_id, &campaign).await;
        tx.rollback().await?;
        match checked {
            Ok(_) => Ok(Vec::new()),
            Err(Error::Refused(refusals)) => Ok(refusals),
            Err(other) => Err(other),
        }
    }

    async fn check(
        &self,
        connection: &mut PgConnection,
        principal: &Principal,
        campaign_id: i64,
        campaign: &Campaign,
    ) -> Result<Content> {
        let dictionary = self.db().dictionary();
        let mut refusals = campaign.plain_faults();
        if let Some(segment_id) = campaign.segment_id {
            refusals.extend(segment_fault(connection, segment_id).await?);
        }
        let content = match check::compile(
            &dictionary,
            principal,
            &campaign.subject,
            &campaign.template,
        ) {
            Ok(content) => Some(content),
            Err(faults) => {
                refusals.extend(faults);
                None
            }
        };
        if let (Some(content), Some(segment_id)) = (&content, campaign.segment_id)
            && refusals.is_empty()
        {
            refusals =
                check::try_on_sample(connection, &dictionary, content, campaign_id, segment_id)
                    .await?;
        }
        match content {
            Some(content) if refusals.is_empty() => Ok(content),
            _ => Err(Error::Refused(refusals)),
        }
    }
}

impl Campaign {
    fn plain_faults(&self) -> Vec<Refusal> {
        let mut faults = Vec::new();
        if !matches!(self.status.as_str(), "draft" | "approved") {
            faults.push(Refusal::NotLaunchable {
                status: self.status.clone(),
            });
        }
        if self.channel != "email" {
            faults.push(Refusal::ChannelUnsupported {
                channel: self.channel.clone(),
            });
        }
        if self.segment_id.is_none() {
            faults.push(Refusal::NoSegment);
        }
        if self.sender_address.trim().parse::<Address>().is_err() {
            faults.push(Refusal::SenderAddressInvalid {
                address: self.sender_address.clone(),
            });
        }
        if !(0..=90).contains(&self.holdout_percent) {
            faults.push(Refusal::HoldoutInvalid {
                percent: self.holdout_percent,
            });
        }
        faults
    }
}

/// Two launches of one campaign follow each other, and the second finds it running.
async fn lock_campaign(connection: &mut PgConnection, campaign_id: i64) -> Result<Campaign> {
    let row = sqlx::query(
        "select status, segment_id, channel, subject, template, sender_name, sender_address, holdout_percent
         from crm.campaign where id = $1 and deleted_at is null for update",
    )
    .bind(campaign_id)
    .fetch_optional(connection)
    .await?
    .ok_or(Error::NotFound { what: "campaign", id: campaign_id })?;
    let text = |name: &str| {
        row.try_get::<Option<String>, _>(name)
            .map(Option::unwrap_or_default)
    };
    Ok(Campaign {
        status: text("status")?,
        segment_id: row.try_get("segment_id")?,
        channel: text("channel")?,
        subject: text("subject")?,
        template: text("template")?,
        sender_name: row.try_get("sender_name")?,
        sender_address: text("sender_address")?,
        holdout_percent: row
            .try_get::<Option<i32>, _>("holdout_percent")?
            .unwrap_or(0),
    })
}

async fn segment_fault(connection: &mut PgConnection, segment_id: i64) -> Result<Option<Refusal>> {
    let row = sqlx::query(
        "select s.evaluated_at is not null as evaluated,
                exists (select from crm.segment_member m where m.segment_id = s.id and m.left_at is null) as filled
         from crm.segment s where s.id = $1 and s.deleted_at is null",
    )
    .bind(segment_id)
    .fetch_optional(connection)
    .await?;
    let Some(row) = row else {
        return Ok(Some(Refusal::NoSegment));
    };
    if !row.try_get::<bool, _>("evaluated")? {
        return Ok(Some(Refusal::SegmentNotEvaluated));
    }
    Ok((!row.try_get::<bool, _>("filled")?).then_some(Refusal::SegmentEmpty))
}

/// The customers and contacts that the launcher may see; nobody else is written to.
struct Sight {
    customers: RowRule,
    contacts: RowRule,
}

impl Sight {
    fn of(principal: &Principal, dictionary: &Dictionary) -> Self {
        let rule = |object: &str| {
            dictionary
                .object(object)
                .map_or(RowRule::Nothing, |object| {
                    principal.row_rule(dictionary, object)
                })
        };
        Self {
            customers: rule("customer"),
            contacts: rule("contact"),
        }
    }
}

/// The contacts of the next customers, and the last customer looked at. A customer without a
/// contact appears once, with contact 0.
async fn page(
    connection: &mut PgConnection,
    sight: &Sight,
    segment_id: i64,
    after: i64,
) -> Result<(Vec<Recipient>, Option<i64>)> {
    let mut query = QueryBuilder::new(
        "with member as (
             select m.customer_id, c.standing = 'blacklisted' as blocked from crm.segment_member m
             join crm.customer c on c.id = m.customer_id and c.deleted_at is null
             where m.left_at is null and ",
    );
    push_row_rule(&mut query, "c", &sight.customers);
    query.push(" and m.segment_id = ").push_bind(segment_id);
    query.push(" and m.customer_id > ").push_bind(after);
    query.push(" order by m.customer_id limit ").push_bind(PAGE);
    query.push(
        ")
         select member.customer_id, coalesce(c.id, 0) as contact_id, c.email,
                coalesce(c.email_consent, false) as consent,
                member.blocked or exists (select from crm.suppression s where s.address = lower(btrim(c.email))) as suppressed
         from member
         left join crm.contact c on c.customer_id = member.customer_id and c.deleted_at is null and ",
    );
    push_row_rule(&mut query, "c", &sight.contacts);
    query.push(" order by member.customer_id, c.id");
    let rows = query.build().fetch_all(connection).await?;
    let mut recipients = Vec::with_capacity(rows.len());
    for row in &rows {
        recipients.push(Recipient {
            contact_id: row.try_get("contact_id")?,
            customer_id: row.try_get("customer_id")?,
            email: row.try_get("email")?,
            consent: row.try_get("consent")?,
            suppressed: row.try_get("suppressed")?,
        });
    }
    let last = recipients.last().map(|recipient| recipient.customer_id);
    Ok((recipients, last))
}

async fn write(
    connection: &mut PgConnection,
    campaign_id: i64,
    run_id: i64,
    domain: &str,
    content: &Content,
    rows: &[(Recipient, Planned)],
) -> Result<()> {
    let contacts: Vec<Option<i64>> = rows
        .iter()
        .map(|(to, _)| Some(to.contact_id).filter(|id| *id > 0))
        .collect();
    let customers: Vec<i64> = rows.iter().map(|(to, _)| to.customer_id).collect();
    let addresses: Vec<String> = rows
        .iter()
        .map(|(to, planned)| match &planned.address {
            Some(address) => address.clone(),
            // The ledger wants one address a row; these can't be mistaken for one.
            None if to.contact_id > 0 => format!("contact:{}", to.contact_id),
            None => format!("customer:{}", to.customer_id),
        })
        .collect();
    let states: Vec<&str> = rows
        .iter()
        .map(|(_, planned)| match planned.skip {
            Some(_) => MessageState::Skipped.as_str(),
            None => MessageState::Planned.as_str(),
        })
        .collect();
    let reasons: Vec<Option<&str>> = rows
        .iter()
        .map(|(_, planned)| planned.skip.map(SkipReason::as_str))
        .collect();
    sqlx::query(
        "insert into crm.message (campaign_id, run_id, contact_id, customer_id, channel, address, subject,
                                  state, reason, message_ref, token, owner_id, department_id)
         select $1, $2, t.contact_id, t.customer_id, 'email', t.address, $3, t.state, t.reason,
                replace(gen_random_uuid()::text, '-', '') || '@' || $4,
                replace(gen_random_uuid()::text, '-', ''),
                c.owner_id, c.department_id
         from unnest($5::bigint[], $6::bigint[], $7::text[], $8::text[], $9::text[])
              as t(contact_id, customer_id, address, state, reason)
         join crm.campaign c on c.id = $1",
    )
    .bind(campaign_id)
    .bind(run_id)
    .bind(&content.subject)
    .bind(domain)
    .bind(&contacts)
    .bind(&customers)
    .bind(&addresses)
    .bind(&states)
    .bind(&reasons)
    .execute(connection)
    .await?;
    Ok(())
}

#[derive(Default)]
struct Tally {
    planned: u64,
    skipped: BTreeMap<SkipReason, u64>,
}

impl Tally {
    fn count(&mut self, rows: &[(Recipient, Planned)]) {
        for (_, planned) in rows {
            match planned.skip {
                Some(reason) => *self.skipped.entry(reason).or_default() += 1,
                None => self.planned += 1,
            }
        }
    }
}
