//! How fast a campaign goes out: personalised mails a second through the whole path (claim, render,
//! SMTP, settle) into Postfix's `smtp-sink`, beside Postfix's own `smtp-source` into the same sink.
//!
//! `DATABASE_URL=… cargo run --release --example send_rate -- 20000` on an empty database.

use std::error::Error;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use basalt_model::Principal;
use basalt_oltp::Db;
use basalt_outreach::{
    Audience, Cut, Definition, MessageState, Outreach, OutreachConfig, Sender, SmtpConfig,
};
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;

const TEMPLATE: &str = r#"<mjml><mj-body><mj-section><mj-column>
  <mj-text>Dear {{ contact.name }} of {{ customer.name }}, {{ campaign.name }} begins.</mj-text>
  <mj-button href="https://shop.test/spring?from=mail">See the offer</mj-button>
  <mj-text><a href="https://shop.test/about">About us</a> <a href="{{ unsubscribe_url }}">Unsubscribe</a></mj-text>
</mj-column></mj-section></mj-body></mjml>"#;

/// Everybody: the segment is not what is measured here.
struct Everybody(Vec<i64>);

#[async_trait]
impl Audience for Everybody {
    async fn cut(
        &self,
        _: &Principal,
        _: &Definition,
        _: Option<&str>,
    ) -> basalt_outreach::Result<Cut> {
        Ok(Cut {
            customers: self.0.iter().copied().collect(),
            lsn: "0/0".into(),
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

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let people: i64 = std::env::args()
        .nth(1)
        .map_or(Ok(10_000), |count| count.parse())?;
    let db = Db::connect(&std::env::var("DATABASE_URL")?).await?;
    db.migrate().await?;
    let user: i64 = sqlx::query_scalar(
        "insert into crm.app_user (login, name, profile) values ('rate', 'Rate', 'admin') returning id",
    )
    .fetch_one(db.pool())
    .await?;
    sqlx::query(
        "with c as (insert into crm.customer (code, name, kind)
             select 'R' || n, 'Customer ' || n, 'person' from generate_series(1, $1::bigint) n returning id, code)
         insert into crm.contact (customer_id, name, email, email_consent)
         select id, 'Person ' || code, code || '@example.test', true from c",
    )
    .bind(people)
    .execute(db.pool())
    .await?;
    let segment: i64 = sqlx::query_scalar(
        "insert into crm.segment (name, kind, definition, owner_id) values ('All', 'condition', '{\"all\":[]}', $1) returning id",
    )
    .bind(user)
    .fetch_one(db.pool())
    .await?;
    let campaign: i64 = sqlx::query_scalar(
        "insert into crm.campaign (name, segment_id, subject, template, sender_address, owner_id)
         values ('Rate', $1, 'Hello {{ contact.name }}', $2, 'news@basalt.test', $3) returning id",
    )
    .bind(segment)
    .bind(TEMPLATE)
    .bind(user)
    .fetch_one(db.pool())
    .await?;
    let customers = sqlx::query_scalar("select id from crm.customer")
        .fetch_all(db.pool())
        .await?;

    let mut sink = Command::new("/usr/sbin/smtp-sink")
        .args(["-u", "nobody", "127.0.0.1:2599", "1024"])
        .stdout(Stdio::null())
        .spawn()?;
    while tokio::net::TcpStream::connect("127.0.0.1:2599")
        .await
        .is_err()
    {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut config = OutreachConfig::new(
        "https://crm.basalt.test".parse()?,
        b"secret".to_vec(),
        SmtpConfig::plain("127.0.0.1", 2599),
    );
    config.idle_wait = Duration::from_millis(10);
    let outreach = Outreach::with_audience(db.clone(), Arc::new(Everybody(customers)), config);
    let admin = Principal::system();
    outreach.evaluate(&admin, segment).await?;
    let began = Instant::now();
    let launched = outreach.launch(&admin, campaign).await?;
    println!(
        "planned {} messages in {:.2} s",
        launched.planned,
        began.elapsed().as_secs_f64()
    );

    let stop = CancellationToken::new();
    let sender = Sender::new(&outreach);
    let began = Instant::now();
    let working = tokio::spawn({
        let stop = stop.clone();
        async move { sender.run(stop).await }
    });
    loop {
        let progress = outreach.progress(&admin, launched.run_id).await?;
        if progress.open() == 0 {
            let seconds = began.elapsed().as_secs_f64();
            let accepted = progress.in_state(MessageState::Accepted);
            println!(
                "sent {accepted} in {seconds:.2} s: {:.0} a second",
                accepted as f64 / seconds
            );
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    stop.cancel();
    working.await?;

    let began = Instant::now();
    let source = Command::new("/usr/sbin/smtp-source")
        .args([
            "-s",
            "8",
            "-l",
            "8000",
            "-m",
            &people.to_string(),
            "-f",
            "a@b.test",
            "-t",
            "c@d.test",
            "127.0.0.1:2599",
        ])
        .status()?;
    let seconds = began.elapsed().as_secs_f64();
    println!(
        "smtp-source ({source}): {people} in {seconds:.2} s: {:.0} a second",
        people as f64 / seconds
    );
    sink.kill()?;
    sink.wait()?;
    Ok(())
}
