//! Launching: all obstacles named, everybody of the audience in the ledger, or nothing at all.

use std::collections::BTreeMap;

use basalt_outreach::{Error, MessageState, Refusal, SkipReason, SmtpConfig};

use crate::world::{TEMPLATE, principal, world};

fn nowhere() -> SmtpConfig {
    SmtpConfig::plain("127.0.0.1", 9)
}

fn refusals(error: Error) -> Vec<&'static str> {
    match error {
        Error::Refused(refusals) => refusals.iter().map(Refusal::code).collect(),
        other => panic!("expected a refusal, got {other}"),
    }
}

#[tokio::test]
async fn every_obstacle_is_named_and_nothing_is_planned() {
    let world = world(2).await;
    let outreach = world.outreach(nowhere());
    let no_unsubscribe = TEMPLATE.replace("{{ unsubscribe_url }}", "https://shop.test/bye");
    let cases: Vec<(String, &[&str])> = vec![
        ("subject = ''".into(), &["subject_missing"]),
        (
            "subject = 'Hi {{ contact.name'".into(),
            &["subject_invalid"],
        ),
        ("template = '<mjml><mj-body>'".into(), &["template_invalid"]),
        ("template = ''".into(), &["template_invalid"]),
        (
            format!("template = '{no_unsubscribe}'"),
            &["unsubscribe_link_missing"],
        ),
        (
            format!(
                "template = '{}'",
                TEMPLATE.replace("https://shop.test/about", "javascript:x()")
            ),
            &["link_invalid"],
        ),
        (
            format!(
                "template = '{}'",
                TEMPLATE.replace("customer.name", "customer.shoe_size")
            ),
            &["unknown_variable"],
        ),
        (
            format!(
                "template = '{}'",
                TEMPLATE.replace("customer.name", "contact.phone")
            ),
            &["variable_hidden"],
        ),
        (
            format!(
                "template = '{}'",
                TEMPLATE.replace("customer.name", "contact.position")
            ),
            &["variable_missing"],
        ),
        (
            "sender_address = 'nobody'".into(),
            &["sender_address_invalid"],
        ),
        (
            "sender_address = null, subject = null".into(),
            &["sender_address_invalid", "subject_missing"],
        ),
        ("segment_id = null".into(), &["no_segment"]),
        ("status = 'finished'".into(), &["not_launchable"]),
    ];
    for (change, expected) in cases {
        world
            .pg
            .execute("create temp table if not exists nothing (x int)")
            .await;
        world
            .pg
            .execute(&format!(
                "create table kept as select * from crm.campaign; update crm.campaign set {change}"
            ))
            .await;
        let error = outreach
            .launch(&world.marketer, world.campaign)
            .await
            .unwrap_err();
        assert_eq!(refusals(error), expected, "{change}");
        let obstacles = outreach
            .launch_obstacles(&world.marketer, world.campaign)
            .await
            .unwrap();
        assert_eq!(obstacles.len(), expected.len());
        world
            .pg
            .execute(
                "update crm.campaign c set subject = k.subject, template = k.template, sender_address = k.sender_address,
                        segment_id = k.segment_id, status = k.status from kept k; drop table kept",
            )
            .await;
    }
    world
        .pg
        .execute("update crm.segment set evaluated_at = null")
        .await;
    let error = outreach
        .launch(&world.marketer, world.campaign)
        .await
        .unwrap_err();
    assert_eq!(refusals(error), ["segment_not_evaluated"]);
    world.pg.execute("update crm.segment set evaluated_at = now(); update crm.segment_member set left_at = now()").await;
    let error = outreach
        .launch(&world.marketer, world.campaign)
        .await
        .unwrap_err();
    assert_eq!(refusals(error), ["segment_empty"]);
    assert_eq!(world.number("select count(*) from crm.message").await, 0);
    assert_eq!(world.number("select count(*) from crm.send_run").await, 0);
}

#[tokio::test]
async fn everybody_is_in_the_ledger_with_the_reason_for_not_being_sent_to() {
    let world = world(8).await;
    let outreach = world.outreach(nowhere());
    world
        .pg
        .execute(
            "update crm.contact set email = null where id = (select min(id) from crm.contact);
             update crm.contact set email = 'broken@' where id = (select min(id) + 1 from crm.contact);
             update crm.contact set email_consent = false where id = (select min(id) + 2 from crm.contact);
             update crm.contact set email = ' C000008@Example.test ' where id = (select min(id) + 3 from crm.contact);
             delete from crm.contact where id = (select min(id) + 4 from crm.contact);
             insert into crm.suppression (address, reason)
             select email, 'unsubscribed' from crm.contact where id = (select min(id) + 5 from crm.contact)",
        )
        .await;
    let launched = outreach
        .launch(&world.marketer, world.campaign)
        .await
        .unwrap();
    assert_eq!(launched.planned, 2);
    assert_eq!(
        launched.skipped,
        BTreeMap::from([
            (SkipReason::NoAddress, 2),
            (SkipReason::InvalidAddress, 1),
            (SkipReason::NoConsent, 1),
            (SkipReason::DuplicateAddress, 1),
            (SkipReason::Suppressed, 1),
        ])
    );
    let progress = world.progress(&outreach, launched.run_id).await;
    assert_eq!(progress.audience(), 8);
    assert_eq!(progress.in_state(MessageState::Planned), 2);
    assert_eq!(progress.in_state(MessageState::Skipped), 6);
    assert_eq!(
        world
            .text("select status from crm.campaign")
            .await
            .as_deref(),
        Some("running")
    );
}

#[tokio::test]
async fn a_hold_out_is_kept_apart() {
    let world = world(400).await;
    let outreach = world.outreach(nowhere());
    world
        .pg
        .execute("update crm.campaign set holdout_percent = 25")
        .await;
    let launched = outreach
        .launch(&world.marketer, world.campaign)
        .await
        .unwrap();
    let held = launched.skipped[&SkipReason::HoldOut];
    assert!((60..=140).contains(&held), "{held} of 400");
    assert_eq!(launched.planned + held, 400);
    let result = outreach
        .result(&world.marketer, world.campaign)
        .await
        .unwrap();
    assert_eq!((result.hold_out, result.planned), (held, 400));
}

#[tokio::test]
async fn two_launches_at_once_plan_once() {
    let world = world(20).await;
    let outreach = world.outreach(nowhere());
    let (one, two) = tokio::join!(
        outreach.launch(&world.marketer, world.campaign),
        outreach.launch(&world.marketer, world.campaign),
    );
    let (won, lost) = if one.is_ok() { (one, two) } else { (two, one) };
    assert_eq!(won.unwrap().planned, 20);
    assert_eq!(refusals(lost.unwrap_err()), ["not_launchable"]);
    assert_eq!(world.number("select count(*) from crm.message").await, 20);
}

#[tokio::test]
async fn only_contacts_that_the_launcher_may_see_are_written_to() {
    let world = world(3).await;
    let outreach = world.outreach(nowhere());
    let mut own = principal(&world.db, world.marketer.user_id, "marketer").await;
    let mut rights = (*own.rights).clone();
    rights.objects.get_mut("customer").unwrap().rows = basalt_model::RowScope::Own;
    own.rights = rights.into();
    world
        .pg
        .execute(&format!(
            "update crm.customer set owner_id = {} where id = (select min(id) from crm.customer)",
            own.user_id
        ))
        .await;
    let launched = outreach.launch(&own, world.campaign).await.unwrap();
    assert_eq!(launched.planned, 1);
    assert_eq!(world.number("select count(*) from crm.message").await, 1);
}

#[tokio::test]
async fn an_analyst_may_look_but_not_launch() {
    let world = world(1).await;
    let outreach = world.outreach(nowhere());
    let analyst = principal(&world.db, 77, "analyst").await;
    let error = outreach.launch(&analyst, world.campaign).await.unwrap_err();
    assert!(matches!(error, Error::Forbidden(_)), "{error}");
    let sales = principal(&world.db, 78, "sales").await;
    let error = outreach.launch(&sales, world.campaign).await.unwrap_err();
    assert!(matches!(error, Error::NotFound { .. }), "{error}");
}
