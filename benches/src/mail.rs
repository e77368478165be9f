//! Personalised mail through the ledger into a loopback sink, against `smtp-source` into the same sink.
//!
//! Ours claims, renders, signs links, sends and records every message; the peer repeats one message of
//! about the same size over as many sessions. Neither signs with DKIM.

use std::collections::BTreeSet;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context as _;
use async_trait::async_trait;
use basalt_model::{Principal, Via};
use basalt_oltp::Db;
use basalt_oltp::auth::Auth;
use basalt_outreach::{Audience, Cut, Definition, Outreach, OutreachConfig, Sender, SmtpConfig};
use serde_json::{Map, Value};

use crate::Setting;
use crate::report::{Measured, median};
use crate::source::Source;

const RUNS: usize = 3;
const SESSIONS: usize = 8;
const TEMPLATE: &str = r#"<mjml><mj-body><mj-section><mj-column>
  <mj-text>Dear {{ contact.name }} of {{ customer.name }}, {{ campaign.name }} begins.</mj-text>
  <mj-button href="https://shop.example/spring">See the offer</mj-button>
  <mj-text><a href="{{ unsubscribe_url }}">Unsubscribe</a></mj-text>
</mj-column></mj-section></mj-body></mjml>"#;

struct Everybody(BTreeSet<i64>);

#[async_trait]
impl Audience for Everybody {
    async fn cut(
        &self,
        _: &Principal,
        _: &Definition,
        _: Option<&str>,
    ) -> basalt_outreach::Result<Cut> {
        Ok(Cut {
            customers: self.0.clone(),
            lsn: "0/1".into(),
        })
    }

    async fn sample(
        &self,
        _: &Principal,
        _: &[i64],
    ) -> basalt_outreach::Result<Vec<Map<String, Value>>> {
        Ok(Vec::new())
    }
}

/// # Errors
/// When Postfix's programs are missing, or a message is not accepted.
pub async fn run(setting: &Setting, source: &Source) -> anyhow::Result<Vec<Measured>> {
    let messages = setting.rows(100_000);
    let db = Db::connect(&source.url).await?;
    db.migrate().await?;
    let port = std::net::TcpListener::bind(("127.0.0.1", 0))?
        .local_addr()?
        .port();
    let mut sink = Sink::start(port)?;
    let marketer = fill(&db, messages).await?;
    let customers: Vec<i64> = sqlx::query_scalar("select id from crm.customer")
        .fetch_all(db.pool())
        .await?;
    let audience = Arc::new(Everybody(customers.into_iter().collect()));
    let mut smtp = SmtpConfig::plain("127.0.0.1", port);
    smtp.connections = SESSIONS;
    let config = OutreachConfig::new("http://127.0.0.1:9".parse()?, vec![7; 32], smtp);
    let outreach = Outreach::with_audience(db.clone(), audience, config);

    let (mut ours, mut peer) = (Vec::new(), Vec::new());
    for run in 0..RUNS {
        let campaign = campaign(&db, &marketer, run).await?;
        let segment: i64 = sqlx::query_scalar("select segment_id from crm.campaign where id = $1")
            .bind(campaign)
            .fetch_one(db.pool())
            .await?;
        outreach.evaluate(&marketer, segment).await?;
        outreach.launch(&marketer, campaign).await?;
        let begin = Instant::now();
        Sender::new(&outreach).send_all_due().await?;
        ours.push(begin.elapsed().as_secs_f64());
        let accepted: i64 = sqlx::query_scalar(
            "select count(*) from crm.message where campaign_id = $1 and state = 'accepted'",
        )
        .bind(campaign)
        .fetch_one(db.pool())
        .await?;
        anyhow::ensure!(
            u64::try_from(accepted)? == messages,
            "{accepted} of {messages} messages were accepted"
        );
        peer.push(peer_seconds(port, messages)?);
    }
    sink.stop();
    #[expect(clippy::cast_precision_loss, reason = "a message count far below 2^52")]
    let rate = |seconds: Vec<f64>| messages as f64 / median(seconds);
    Ok(vec![Measured::rate(
        "mail: personalised, through the ledger",
        rate(ours),
        "smtp-source, one message repeated",
        rate(peer),
        "messages/s",
        0.5,
    )])
}

async fn fill(db: &Db, messages: u64) -> anyhow::Result<Principal> {
    let user: i64 = sqlx::query_scalar("insert into crm.app_user (login, name, profile) values ('bench', 'Bench', 'admin') returning id").fetch_one(db.pool()).await?;
    sqlx::query(
        "with c as (
             insert into crm.customer (code, name, kind) select 'M' || n, 'Customer ' || n, 'organisation' from generate_series(1, $1::bigint) n returning id, code
         )
         insert into crm.contact (customer_id, name, email, email_consent, language) select id, 'Person ' || code, lower(code) || '@mail.example', true, 'en' from c",
    )
    .bind(i64::try_from(messages)?)
    .execute(db.pool())
    .await?;
    Ok(Auth::new(db.clone()).principal_of(user, Via::Job).await?)
}

async fn campaign(db: &Db, marketer: &Principal, run: usize) -> anyhow::Result<i64> {
    let segment: i64 = sqlx::query_scalar(
        "insert into crm.segment (name, kind, definition, owner_id, updated_by) values ($1, 'condition', '{\"all\":[]}', $2, $2) returning id",
    )
    .bind(format!("Everybody {run}"))
    .bind(marketer.user_id)
    .fetch_one(db.pool())
    .await?;
    Ok(sqlx::query_scalar(
        "insert into crm.campaign (name, segment_id, subject, template, sender_name, sender_address, owner_id)
         values ($1, $2, 'Hello {{ contact.name }}', $3, 'Basalt', 'news@basalt.example', $4) returning id",
    )
    .bind(format!("Spring {run}"))
    .bind(segment)
    .bind(TEMPLATE)
    .bind(marketer.user_id)
    .fetch_one(db.pool())
    .await?)
}

fn peer_seconds(port: u16, messages: u64) -> anyhow::Result<f64> {
    let begin = Instant::now();
    let status = Command::new("/usr/sbin/smtp-source")
        .args([
            "-s",
            &SESSIONS.to_string(),
            "-m",
            &messages.to_string(),
            "-l",
            "5000",
            "-d",
            "-f",
            "news@basalt.example",
            "-t",
            "person@mail.example",
        ])
        .arg(format!("127.0.0.1:{port}"))
        .status()
        .context("cannot run smtp-source; `make setup-test` installs it")?;
    anyhow::ensure!(status.success(), "smtp-source ended with {status}");
    Ok(begin.elapsed().as_secs_f64())
}

/// Postfix's own sink: takes everything and keeps nothing.
struct Sink(Child);

impl Sink {
    fn start(port: u16) -> anyhow::Result<Self> {
        let child = Command::new("/usr/sbin/smtp-sink")
            .args(["-u", "nobody", &format!("127.0.0.1:{port}"), "1000"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot run smtp-sink; `make setup-test` installs it")?;
        for _ in 0..100 {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Ok(Sink(child));
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        anyhow::bail!("smtp-sink does not listen on port {port}")
    }

    fn stop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
