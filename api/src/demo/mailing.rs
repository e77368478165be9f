//! From the scores to a mailed segment and back: segment, campaign, sending over SMTP, and the first
//! recipients, whom the demonstration plays through the same HTTP addresses that real ones would.

use std::time::Duration;

use anyhow::Context as _;
use basalt_model::Via;
use basalt_outreach::MailboxMessage;
use serde_json::json;

use super::company::{Company, object};
use crate::{App, app::Analysis};

const SEGMENT: &str = "高价值流失预警 · Valuable and slipping away";
const CAMPAIGN: &str = "老友回归 · We miss you";
const BROWSER: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36";
const SENT_WITHIN: Duration = Duration::from_secs(180);
/// People take longer than this to open a mail.
const PERSON_TAKES: Duration = Duration::from_secs(4);
const TEMPLATE: &str = r##"<mjml>
  <mj-head><mj-title>We miss you</mj-title></mj-head>
  <mj-body background-color="#f4f5f7">
    <mj-section background-color="#ffffff" padding="32px">
      <mj-column>
        <mj-text font-size="22px" color="#1f2a37">{{ contact.name }}，好久不见！ / It has been a while!</mj-text>
        <mj-text font-size="15px" line-height="1.6" color="#374151">感谢 {{ customer.name }} 一直以来的支持。我们为您保留了一张专属优惠券，一个月内有效。</mj-text>
        <mj-text font-size="15px" line-height="1.6" color="#374151">Thank you for your loyalty. A voucher of your own is waiting, valid for a month.</mj-text>
        <mj-button background-color="#1f6feb" href="https://shop.example/voucher">领取优惠券 / Get my voucher</mj-button>
        <mj-text font-size="12px" color="#6b7280"><a href="{{ unsubscribe_url }}">退订 / Unsubscribe</a></mj-text>
      </mj-column>
    </mj-section>
  </mj-body>
</mjml>"##;

/// Runs the campaign once; a later demonstration finds it finished and only reads its result.
///
/// # Errors
/// When a part refuses, or the mail is not sent or the hits are not counted.
pub async fn run(app: &App, analysis: &Analysis, company: &Company) -> anyhow::Result<String> {
    let marketer = app
        .auth()
        .principal_of(company.user("marketer")?, Via::Demo)
        .await?;
    let segment = match id_by_name(app, "segment", SEGMENT).await? {
        Some(id) => id,
        None => {
            let input = object(json!({
                "name": SEGMENT,
                "description": "High value by frequency or amount, low recency, still worth winning back. Computed from the scores of today.",
                "kind": "condition",
                "object": "customer",
                "purpose": "win-back",
                "definition": { "all": [
                    { "field": "score.rfm_segment", "op": "eq", "value": "valuable_slipping" },
                    { "field": "score.clv", "op": "gt", "value": "0" },
                ]},
            }));
            app.store().create(&marketer, "segment", input).await?.id
        }
    };
    let evaluation = analysis.outreach.evaluate(&marketer, segment).await?;
    anyhow::ensure!(evaluation.members > 0, "the segment has no members");

    let campaign = match id_by_name(app, "campaign", CAMPAIGN).await? {
        Some(id) => id,
        None => {
            let input = object(json!({
                "name": CAMPAIGN, "segment": segment, "channel": "email", "subject": "{{ contact.name }}，我们想念您 / We miss you",
                "template": TEMPLATE, "sender_name": "Basalt Records", "sender_address": "hello@basalt.example",
                "budget": { "amount": "500.00", "currency": "USD" }, "holdout_percent": 10,
            }));
            app.store().create(&marketer, "campaign", input).await?.id
        }
    };
    let runs: i64 = sqlx::query_scalar("select count(*) from crm.send_run where campaign_id = $1")
        .bind(campaign)
        .fetch_one(app.db().pool())
        .await?;
    if runs == 0 {
        analysis.outreach.launch(&marketer, campaign).await?;
    }
    tokio::time::timeout(SENT_WITHIN, sent(app, campaign))
        .await
        .context("the mail was not sent in time")??;
    let touched: i64 =
        sqlx::query_scalar("select count(*) from crm.message_event where campaign_id = $1")
            .bind(campaign)
            .fetch_one(app.db().pool())
            .await?;
    if touched == 0 {
        // Whoever opens within seconds of sending is taken for a scanner, rightly.
        tokio::time::sleep(PERSON_TAKES).await;
        play_recipients(app).await?;
    }
    let result = analysis.outreach.result(&marketer, campaign).await?;
    anyhow::ensure!(result.accepted > 0, "no message was accepted");
    anyhow::ensure!(
        result.opened.human > 0 && result.clicked.human > 0 && result.unsubscribed > 0,
        "the hits were not counted: {result:?}"
    );
    Ok(format!(
        "segment of {} customers at {}; {} messages accepted, {} held out, {} skipped in all; {} opened, {} clicked, {} unsubscribed",
        evaluation.members,
        evaluation.lsn,
        result.accepted,
        result.hold_out,
        result.skipped,
        result.opened.human,
        result.clicked.human,
        result.unsubscribed
    ))
}

async fn id_by_name(app: &App, table: &str, name: &str) -> anyhow::Result<Option<i64>> {
    let sql = match table {
        "segment" => "select id from crm.segment where name = $1 and deleted_at is null",
        _ => "select id from crm.campaign where name = $1 and deleted_at is null",
    };
    Ok(sqlx::query_scalar(sql)
        .bind(name)
        .fetch_optional(app.db().pool())
        .await?)
}

/// Returns when no message waits any more.
async fn sent(app: &App, campaign: i64) -> anyhow::Result<()> {
    let mut tick = tokio::time::interval(Duration::from_millis(200));
    loop {
        tick.tick().await;
        let waiting: i64 = sqlx::query_scalar("select count(*) from crm.message where campaign_id = $1 and state in ('planned', 'claimed', 'deferred')")
            .bind(campaign)
            .fetch_one(app.db().pool())
            .await?;
        if waiting == 0 {
            return Ok(());
        }
    }
}

/// Of the first 60 recipients every second opens, every fifth clicks, and two unsubscribe with one click.
async fn play_recipients(app: &App) -> anyhow::Result<()> {
    let mailbox = app.mailbox().context("the development mailbox is off")?;
    let client = reqwest::Client::builder()
        .user_agent(BROWSER)
        .timeout(Duration::from_secs(10))
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    let base = app.public_url().as_str().trim_end_matches('/').to_owned();
    let mail: Vec<MailboxMessage> = mailbox
        .list(60)
        .into_iter()
        .filter(|message| message.header("List-Unsubscribe").is_some())
        .collect();
    anyhow::ensure!(
        mail.len() >= 2,
        "the mailbox holds {} messages of the campaign",
        mail.len()
    );
    for (place, message) in mail.iter().enumerate() {
        let message = mailbox
            .get(message.id)
            .context("a listed message can be read")?;
        if place % 2 == 0 {
            let pixel = message
                .link(&format!("{base}/t/o/"))
                .context("the mail has an open pixel")?;
            client.get(pixel).send().await?.error_for_status()?;
        }
        if place % 5 == 0 {
            let link = message
                .link(&format!("{base}/t/c/"))
                .context("the mail has a click link")?;
            let answer = client.get(link).send().await?;
            anyhow::ensure!(
                answer.status().is_redirection(),
                "a click answers {}",
                answer.status()
            );
        }
        if place < 2 {
            let unsubscribe = message
                .link(&format!("{base}/t/u/"))
                .context("the mail has an unsubscribe link")?;
            client
                .post(unsubscribe)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .body("List-Unsubscribe=One-Click")
                .send()
                .await?
                .error_for_status()?;
        }
    }
    Ok(())
}
