//! Opens, clicks and unsubscriptions of mails that really were sent.

use std::net::SocketAddr;
use std::time::Duration;

use basalt_outreach::tracking::Verdict;
use basalt_outreach::{Error, Hit, Mailbox, Outreach, SmtpConfig};
use chrono::{TimeDelta, Utc};
use url::Url;

use crate::world::{World, sender, world};

const CHROME: &str =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36";

/// A sent campaign: the world, and token, first link and signature of the first mail.
async fn sent() -> (World, Outreach, String, String) {
    let world = world(2).await;
    let mailbox = Mailbox::start(SocketAddr::from(([127, 0, 0, 1], 0)), None).unwrap();
    let address = mailbox.address();
    let outreach = world.outreach(SmtpConfig::plain(address.ip().to_string(), address.port()));
    world.launch(&outreach).await;
    sender(&outreach).send_all_due().await.unwrap();
    let mails = mailbox.wait_for(2, Duration::from_secs(30)).await.unwrap();
    let mail = mails
        .iter()
        .find(|mail| mail.to == ["c000001@example.test"])
        .unwrap();
    let link = Url::parse(&mail.link("https://crm.basalt.test/t/c/").unwrap()).unwrap();
    let token = link.path_segments().unwrap().nth(2).unwrap().to_owned();
    let signature = link
        .query_pairs()
        .find(|(name, _)| name == "s")
        .unwrap()
        .1
        .into_owned();
    // Long ago, as far as the rules of arrival are concerned.
    world
        .pg
        .execute("update crm.message set sent_at = now() - interval '1 hour'")
        .await;
    (world, outreach, token, signature)
}

fn by(user_agent: &str) -> Hit {
    Hit::now(user_agent, Some("203.0.113.9".parse().unwrap()))
}

#[tokio::test]
async fn opens_and_clicks_are_counted_raw_and_human() {
    let (world, outreach, token, signature) = sent().await;
    assert_eq!(
        outreach.open(&token, &by("Mozilla/5.0")).await.unwrap(),
        Verdict::Prefetch
    );
    let result = outreach
        .result(&world.marketer, world.campaign)
        .await
        .unwrap();
    assert_eq!((result.opened.raw, result.opened.human), (1, 0));

    assert_eq!(
        outreach
            .open(&token, &by("… (via ggpht.com GoogleImageProxy)"))
            .await
            .unwrap(),
        Verdict::Proxy
    );
    let url = outreach
        .click(&token, 0, &signature, &by(CHROME))
        .await
        .unwrap();
    assert_eq!(url.as_str(), "https://shop.test/spring?from=mail");
    outreach
        .click(&token, 0, &signature, &by("python-requests/2.32"))
        .await
        .unwrap();
    let result = outreach
        .result(&world.marketer, world.campaign)
        .await
        .unwrap();
    assert_eq!((result.accepted, result.planned), (2, 2));
    assert_eq!((result.opened.raw, result.opened.human), (1, 1));
    assert_eq!((result.clicked.raw, result.clicked.human), (1, 1));
    assert_eq!(result.links["https://shop.test/spring?from=mail"].human, 1);
    assert_eq!(
        world.number("select count(*) from crm.message_event").await,
        4,
        "raw hits are kept"
    );
    let hashes = world
        .number(
            "select count(*) from crm.message_event where ip_hash like '%203%' or ip_hash is null",
        )
        .await;
    assert_eq!(hashes, 0, "no address is kept");
    for (kind, noted) in [("mail_opened", 1), ("mail_clicked", 1)] {
        let count = format!(
            "select count(*) from crm.behaviour_event e join crm.behaviour_type t on t.id = e.type_id where t.key = '{kind}'"
        );
        assert_eq!(world.number(&count).await, noted, "{kind}, once a message");
    }
}

#[tokio::test]
async fn a_changed_link_leads_nowhere() {
    let (world, outreach, token, signature) = sent().await;
    let hit = by(CHROME);
    let tampered = [
        (token.clone(), 1, signature.clone()),
        (token.clone(), 0, "AAAAAAAAAAAAAAAAAAAAAA".to_owned()),
        (token.clone(), 0, String::new()),
        (format!("{token}0"), 0, signature.clone()),
        (token.clone(), usize::MAX, signature.clone()),
    ];
    for (token, link, signature) in tampered {
        let error = outreach
            .click(&token, link, &signature, &hit)
            .await
            .unwrap_err();
        assert!(matches!(error, Error::BadLink), "{error}");
    }
    assert!(matches!(
        outreach.open("nobody", &hit).await,
        Err(Error::BadLink)
    ));
    assert!(matches!(
        outreach.unsubscribe("nobody", &hit).await,
        Err(Error::BadLink)
    ));
    assert!(matches!(
        outreach.unsubscribe_page("nobody").await,
        Err(Error::BadLink)
    ));
    assert_eq!(
        world.number("select count(*) from crm.message_event").await,
        0
    );
}

#[tokio::test]
async fn looking_at_the_unsubscribe_page_changes_nothing_and_posting_does() {
    let (world, outreach, token, _) = sent().await;
    let page = outreach.unsubscribe_page(&token).await.unwrap();
    assert!(!page.done && page.html().contains("c…@example.test"));
    assert_eq!(
        world.number("select count(*) from crm.suppression").await,
        0
    );

    outreach.unsubscribe(&token, &by("")).await.unwrap();
    outreach.unsubscribe(&token, &by(CHROME)).await.unwrap();
    assert!(outreach.unsubscribe_page(&token).await.unwrap().done);
    assert_eq!(
        world
            .text("select address || ' ' || reason from crm.suppression")
            .await
            .as_deref(),
        Some("c000001@example.test unsubscribed")
    );
    assert_eq!(
        world
            .number("select count(*) from crm.message_event where kind = 'unsubscribe'")
            .await,
        1
    );
    let result = outreach
        .result(&world.marketer, world.campaign)
        .await
        .unwrap();
    assert_eq!(result.unsubscribed, 1);

    let next = world.another_campaign().await;
    let launched = outreach.launch(&world.marketer, next).await.unwrap();
    assert_eq!(launched.planned, 1, "who left is not written to again");
}

#[tokio::test]
async fn whoever_clicks_everything_on_arrival_is_a_scanner() {
    let (world, outreach, token, signature) = sent().await;
    world
        .pg
        .execute("update crm.message set sent_at = now()")
        .await;
    outreach
        .click(&token, 0, &signature, &by(CHROME))
        .await
        .unwrap();
    let mut later = by(CHROME);
    later.at = Utc::now() + TimeDelta::hours(2);
    outreach.open(&token, &later).await.unwrap();
    let result = outreach
        .result(&world.marketer, world.campaign)
        .await
        .unwrap();
    assert_eq!((result.clicked.raw, result.clicked.human), (1, 0));
    assert_eq!(result.opened.human, 1);
    assert_eq!(
        world
            .text("select verdict || ' ' || rule from crm.message_event where kind = 'click'")
            .await
            .as_deref(),
        Some("scanner click-on-arrival")
    );
}

#[tokio::test]
async fn a_robot_can_not_fill_the_ledger() {
    let (world, outreach, token, _) = sent().await;
    for _ in 0..205 {
        outreach.open(&token, &by(CHROME)).await.unwrap();
    }
    assert_eq!(
        world.number("select count(*) from crm.message_event").await,
        200
    );
}
