//! Sending: what arrives, what is looked at again before, and how servers' answers end in the ledger.

use std::net::SocketAddr;
use std::time::Duration;

use basalt_outreach::{
    Error, FrequencyCap, Mailbox, MessageState, RetryPolicy, RunStatus, SmtpConfig,
};
use tokio_util::sync::CancellationToken;

use crate::world::{sender, world};

const PATIENCE: Duration = Duration::from_secs(30);

fn mailbox() -> (Mailbox, SmtpConfig) {
    let mailbox = Mailbox::start(SocketAddr::from(([127, 0, 0, 1], 0)), None).expect("a mailbox");
    let smtp = to(&mailbox);
    (mailbox, smtp)
}

fn to(mailbox: &Mailbox) -> SmtpConfig {
    let address = mailbox.address();
    SmtpConfig::plain(address.ip().to_string(), address.port())
}

#[tokio::test]
async fn everybody_gets_one_personal_mail_and_the_ledger_says_so() {
    let world = world(25).await;
    let (mailbox, smtp) = mailbox();
    let outreach = world.outreach(smtp);
    let run = world.launch(&outreach).await;
    let report = sender(&outreach).send_all_due().await.unwrap();
    assert_eq!((report.claimed, report.accepted), (25, 25));

    let mails = mailbox.wait_for(25, PATIENCE).await.unwrap();
    let mail = mails
        .iter()
        .find(|mail| mail.to == ["c000007@example.test"])
        .expect("a mail for C000007");
    assert_eq!(mail.subject, "Hello Person C000007");
    assert_eq!(mail.from, "Basalt 玄武岩 <news@basalt.test>");
    let html = mail.html.as_deref().unwrap();
    assert!(
        html.contains("Dear Person C000007 of Customer 7, Spring begins."),
        "{html}"
    );
    assert!(html.contains("https://crm.basalt.test/t/o/") && !html.contains("shop.test"));
    assert!(
        mail.text
            .as_deref()
            .unwrap()
            .contains("See the offer (https://crm.basalt.test/t/c/")
    );
    let token = world
        .text("select token from crm.message where address = 'c000007@example.test'")
        .await
        .unwrap();
    let reference = world
        .text("select message_ref from crm.message where address = 'c000007@example.test'")
        .await;
    assert_eq!(mail.message_id, reference);
    assert_eq!(mail.return_path, format!("bounce+{token}@basalt.test"));
    assert_eq!(
        mail.header("List-Unsubscribe").map(str::to_owned),
        Some(format!("<https://crm.basalt.test/t/u/{token}>"))
    );
    assert_eq!(
        mail.header("List-Unsubscribe-Post"),
        Some("List-Unsubscribe=One-Click")
    );

    let progress = world.progress(&outreach, run).await;
    assert_eq!(progress.in_state(MessageState::Accepted), 25);
    assert_eq!(progress.status, RunStatus::Finished);
    assert_eq!(
        world
            .text("select status from crm.campaign")
            .await
            .as_deref(),
        Some("finished")
    );
    assert_eq!(
        world
            .text("select subject from crm.message where address = 'c000007@example.test'")
            .await
            .as_deref(),
        Some("Hello Person C000007")
    );
    assert_eq!(world.number("select count(*) from sys.send_claim").await, 0);
}

#[tokio::test]
async fn whoever_leaves_between_planning_and_sending_gets_nothing() {
    let world = world(5).await;
    let (mailbox, smtp) = mailbox();
    let outreach = world.outreach(smtp);
    let run = world.launch(&outreach).await;
    world
        .pg
        .execute(
            "insert into crm.suppression (address, reason) values ('c000001@example.test', 'unsubscribed');
             update crm.contact set email_consent = false where email = 'c000002@example.test';
             update crm.contact set email = 'new@example.test' where email = 'c000003@example.test';
             update crm.contact set deleted_at = now() where email = 'c000004@example.test'",
        )
        .await;
    let report = sender(&outreach).send_all_due().await.unwrap();
    assert_eq!((report.accepted, report.skipped), (1, 4));
    let mails = mailbox.wait_for(1, PATIENCE).await.unwrap();
    assert_eq!(mails[0].to, ["c000005@example.test"]);
    let progress = world.progress(&outreach, run).await;
    let mut reasons = progress.reasons.clone();
    reasons.sort();
    assert_eq!(
        reasons,
        [
            ("contact_changed".into(), 2),
            ("no_consent".into(), 1),
            ("suppressed".into(), 1)
        ]
    );
}

#[tokio::test]
async fn the_cap_holds_over_campaigns() {
    let world = world(3).await;
    let (mailbox, smtp) = mailbox();
    let mut config = world.config(smtp);
    config.frequency_cap = Some(FrequencyCap {
        messages: 1,
        days: 7,
    });
    let outreach = world.outreach_with(config);
    world.launch(&outreach).await;
    let sender = sender(&outreach);
    assert_eq!(sender.send_all_due().await.unwrap().accepted, 3);

    let second = world.another_campaign().await;
    world.pg.execute("update crm.message set sent_at = now() - interval '8 days' where address = 'c000002@example.test'").await;
    outreach.launch(&world.marketer, second).await.unwrap();
    let report = sender.send_all_due().await.unwrap();
    assert_eq!((report.accepted, report.skipped), (1, 2));
    let mails = mailbox.wait_for(4, PATIENCE).await.unwrap();
    assert_eq!(mails[3].to, ["c000002@example.test"]);
}

#[tokio::test]
async fn a_server_that_is_down_costs_nothing_and_is_tried_again() {
    let world = world(10).await;
    let (mailbox, smtp) = mailbox();
    mailbox.stop();
    let mut config = world.config(smtp);
    config.idle_wait = Duration::from_millis(50);
    let outreach = world.outreach_with(config);
    let run = world.launch(&outreach).await;
    let sender = sender(&outreach);
    let report = sender.send_batch().await.unwrap();
    assert!(
        report.unreachable.is_some() && report.claimed == 0,
        "{report:?}"
    );
    let progress = world.progress(&outreach, run).await;
    assert_eq!(progress.in_state(MessageState::Planned), 10);
    assert_eq!(
        world
            .number("select sum(attempts)::bigint from crm.message")
            .await,
        0
    );

    let stop = CancellationToken::new();
    let running = tokio::spawn({
        let stop = stop.clone();
        async move { sender.run(stop).await }
    });
    let again = Mailbox::start(mailbox.address(), None).expect("the port is free again");
    again.wait_for(10, PATIENCE).await.unwrap();
    stop.cancel();
    running.await.unwrap();
    assert_eq!(
        world
            .progress(&outreach, run)
            .await
            .in_state(MessageState::Accepted),
        10
    );
    assert_eq!(again.arrived(), 10);
}

#[tokio::test]
async fn a_server_that_dies_while_sending_loses_nothing_for_sure() {
    let world = world(300).await;
    let (mailbox, smtp) = mailbox();
    let outreach = world.outreach(smtp);
    let run = world.launch(&outreach).await;
    let sender = sender(&outreach);
    let (report, ()) = tokio::join!(sender.send_batch(), async {
        mailbox.wait_for(30, PATIENCE).await.unwrap();
        let mailbox = mailbox.clone();
        tokio::task::spawn_blocking(move || mailbox.stop())
            .await
            .unwrap();
    });
    let report = report.unwrap();
    assert!(report.released > 0, "{report:?}");
    let again = Mailbox::start(mailbox.address(), None).expect("the port is free again");
    sender.send_all_due().await.unwrap();
    let progress = world.progress(&outreach, run).await;
    assert_eq!(progress.audience(), 300);
    assert_eq!(progress.open(), 0);
    let arrived = (mailbox.arrived() + again.arrived()) as u64;
    let (accepted, unknown) = (
        progress.in_state(MessageState::Accepted),
        progress.in_state(MessageState::Unknown),
    );
    assert_eq!(accepted + unknown, 300);
    assert!(
        (accepted..=accepted + unknown).contains(&arrived),
        "{arrived} arrived, {accepted} accepted, {unknown} unknown"
    );
    assert!(unknown <= 8, "at most one a connection: {unknown}");
}

#[tokio::test]
async fn answers_of_the_server_end_in_the_ledger() {
    let world = world(3).await;
    let (mailbox, smtp) = mailbox();
    let mut config = world.config(smtp);
    config.retry = RetryPolicy {
        first: Duration::from_secs(600),
        longest: Duration::from_secs(600),
        attempts: 2,
    };
    let outreach = world.outreach_with(config);
    world
        .pg
        .execute(
            "update crm.contact set email = 'a@defer.test' where email = 'c000001@example.test';
             update crm.contact set email = 'b@refuse.test' where email = 'c000002@example.test'",
        )
        .await;
    let run = world.launch(&outreach).await;
    let sender = sender(&outreach);
    let report = sender.send_all_due().await.unwrap();
    assert_eq!((report.accepted, report.deferred, report.failed), (1, 1, 1));
    assert_eq!(
        world
            .text("select code || ' ' || reason from crm.message where address = 'b@refuse.test'")
            .await
            .as_deref(),
        Some("550 5.1.1 no such mailbox")
    );
    assert_eq!(
        world.number("select count(*) from crm.message where state = 'deferred' and next_attempt_at > now() + interval '5 minutes'").await,
        1
    );
    assert_eq!(
        world.progress(&outreach, run).await.status,
        RunStatus::Running
    );

    world
        .pg
        .execute("update crm.message set next_attempt_at = now() where state = 'deferred'")
        .await;
    let report = sender.send_all_due().await.unwrap();
    assert_eq!((report.failed, report.deferred), (1, 0), "no try is left");
    assert_eq!(
        world.progress(&outreach, run).await.status,
        RunStatus::Finished
    );
    assert_eq!(mailbox.arrived(), 1);
}

#[tokio::test]
async fn a_run_can_be_paused_resumed_and_stopped() {
    let world = world(450).await;
    let (mailbox, smtp) = mailbox();
    let outreach = world.outreach(smtp);
    let run = world.launch(&outreach).await;
    let sender = sender(&outreach);
    assert_eq!(sender.send_batch().await.unwrap().accepted, 200);
    outreach.pause(&world.marketer, run).await.unwrap();
    assert!(sender.send_batch().await.unwrap().is_idle());
    assert!(matches!(
        outreach.pause(&world.marketer, run).await,
        Err(Error::RunState { .. })
    ));
    outreach.resume(&world.marketer, run).await.unwrap();
    assert_eq!(sender.send_batch().await.unwrap().accepted, 200);
    outreach.stop(&world.marketer, run).await.unwrap();
    assert!(sender.send_batch().await.unwrap().is_idle());
    let progress = world.progress(&outreach, run).await;
    assert_eq!(progress.status, RunStatus::Stopped);
    assert_eq!(progress.in_state(MessageState::Accepted), 400);
    assert_eq!(progress.reasons, [("stopped".into(), 50)]);
    assert_eq!(
        world
            .text("select status from crm.campaign")
            .await
            .as_deref(),
        Some("stopped")
    );
    assert_eq!(mailbox.arrived(), 400);
}

#[tokio::test]
async fn a_pace_is_kept() {
    let world = world(30).await;
    let (mailbox, smtp) = mailbox();
    let mut config = world.config(smtp);
    config.rate_per_second = Some(0.001);
    let outreach = world.outreach_with(config);
    world.launch(&outreach).await;
    let report = sender(&outreach).send_all_due().await.unwrap();
    assert_eq!(
        report.accepted, 1,
        "the first at once, the next in a quarter of an hour"
    );
    assert_eq!(mailbox.arrived(), 1);
}

#[tokio::test]
async fn content_is_frozen_at_launch_and_a_missing_value_fails_only_its_own_mail() {
    let world = world(3).await;
    let (mailbox, smtp) = mailbox();
    let outreach = world.outreach(smtp);
    world.launch(&outreach).await;
    world
        .pg
        .execute(
            "update crm.campaign set template = 'broken', subject = 'changed';
             update crm.customer set name = ' ' where code = 'C000002'",
        )
        .await;
    let report = sender(&outreach).send_all_due().await.unwrap();
    assert_eq!((report.accepted, report.failed), (2, 1));
    let mails = mailbox.wait_for(2, PATIENCE).await.unwrap();
    assert!(
        mails
            .iter()
            .all(|mail| mail.subject.starts_with("Hello Person"))
    );
    assert_eq!(
        world
            .text("select code from crm.message where address = 'c000002@example.test'")
            .await
            .as_deref(),
        Some("content")
    );
}
