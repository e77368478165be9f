//! Senders that die at any moment: the ledger stays exact, and nobody gets a mail twice.

use std::time::Duration;

use basalt_outreach::{MessageState, RunStatus, Sender};
use rand::Rng as _;
use tokio_util::sync::CancellationToken;

use crate::sink::Sink;
use crate::world::{sender, world};

#[tokio::test(flavor = "multi_thread")]
async fn senders_killed_at_random_leave_an_exact_ledger() {
    const AUDIENCE: i64 = 1_500;
    let world = world(AUDIENCE).await;
    let sink = Sink::start(&[]);
    let mut config = world.config(sink.config());
    config.batch = 60;
    config.idle_wait = Duration::from_millis(20);
    let outreach = world.outreach_with(config);
    let run = world.launch(&outreach).await;

    let mut killed = 0;
    for _ in 0..12 {
        // A sender in a task of its own; aborting drops it in the middle of whatever it does.
        let sender = Sender::new(&outreach);
        let task = tokio::spawn(async move { sender.run(CancellationToken::new()).await });
        let life = Duration::from_millis(rand::rng().random_range(5..250));
        tokio::time::sleep(life).await;
        task.abort();
        let _ = task.await;
        killed += 1;
        if world.progress(&outreach, run).await.open() == 0 {
            break;
        }
    }
    let last = sender(&outreach);
    // The database notices a dead connection a moment later; until then its claims look alive.
    let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
    loop {
        last.send_all_due().await.unwrap();
        let progress = world.progress(&outreach, run).await;
        if progress.open() == 0 {
            break;
        }
        assert!(
            tokio::time::Instant::now() < deadline,
            "never settled: {progress:?}"
        );
        tokio::task::yield_now().await;
    }

    let progress = world.progress(&outreach, run).await;
    let arrived = sink.message_ids();
    let accepted = progress.in_state(MessageState::Accepted);
    let unknown = progress.in_state(MessageState::Unknown);
    assert_eq!(
        accepted + unknown,
        u64::try_from(AUDIENCE).unwrap(),
        "{progress:?}"
    );
    assert_eq!(progress.status, RunStatus::Finished);
    assert!(
        arrived.values().all(|times| *times == 1),
        "a mail arrived twice after {killed} kills"
    );
    let arrived_count = arrived.len() as u64;
    assert!(
        (accepted..=accepted + unknown).contains(&arrived_count),
        "{arrived_count} arrived, {accepted} accepted, {unknown} unknown"
    );
    let said: Vec<String> =
        sqlx::query_scalar("select message_ref from crm.message where state = 'accepted'")
            .fetch_all(world.db.pool())
            .await
            .unwrap();
    assert!(
        said.iter().all(|reference| arrived.contains_key(reference)),
        "accepted but never arrived"
    );
    assert_eq!(world.number("select count(*) from sys.send_claim").await, 0);
}

#[tokio::test]
async fn what_a_dead_sender_held_is_in_doubt_and_sent_again_only_by_decision() {
    let world = world(5).await;
    let sink = Sink::start(&[]);
    let outreach = world.outreach(sink.config());
    let run = world.launch(&outreach).await;
    // A sender that died right after claiming two messages: nobody holds the lock of number 7.
    world
        .pg
        .execute(
            "update crm.message set state = 'claimed', attempts = 1, claimed_at = now()
             where id in (select id from crm.message order by id limit 2);
             insert into sys.send_claim (sender, message_ids)
             select 7, array_agg(id) from crm.message where state = 'claimed'",
        )
        .await;
    let sender = sender(&outreach);
    sender.send_all_due().await.unwrap();
    let progress = world.progress(&outreach, run).await;
    assert_eq!(progress.in_state(MessageState::Accepted), 3);
    assert_eq!(progress.in_state(MessageState::Unknown), 2);
    sender.send_all_due().await.unwrap();
    assert_eq!(sink.message_ids().len(), 3, "not sent again by itself");

    assert_eq!(
        outreach.resend_unknown(&world.marketer, run).await.unwrap(),
        2
    );
    sender.send_all_due().await.unwrap();
    assert_eq!(
        world
            .progress(&outreach, run)
            .await
            .in_state(MessageState::Accepted),
        5
    );
    assert_eq!(sink.message_ids().len(), 5);
}

#[tokio::test]
async fn what_a_living_sender_holds_is_left_to_it() {
    let world = world(3).await;
    let sink = Sink::start(&[]);
    let outreach = world.outreach(sink.config());
    let run = world.launch(&outreach).await;
    let mut living = sqlx::PgConnection::connect_with(&world.db.pool().connect_options())
        .await
        .unwrap();
    use sqlx::Connection as _;
    sqlx::query("select pg_advisory_lock(($1)::int, 7)")
        .bind(0x0B_5A17)
        .execute(&mut living)
        .await
        .unwrap();
    world
        .pg
        .execute(
            "update crm.message set state = 'claimed', attempts = 1;
             insert into sys.send_claim (sender, message_ids) select 7, array_agg(id) from crm.message",
        )
        .await;
    let sender = sender(&outreach);
    assert_eq!(sender.send_batch().await.unwrap().recovered, 0);
    assert_eq!(
        world
            .progress(&outreach, run)
            .await
            .in_state(MessageState::Claimed),
        3
    );
    living.close().await.unwrap();
    sender.send_all_due().await.unwrap();
    assert_eq!(
        world
            .progress(&outreach, run)
            .await
            .in_state(MessageState::Unknown),
        3
    );
}

#[tokio::test]
async fn a_server_that_hangs_up_after_the_message_leaves_it_in_doubt() {
    let world = world(4).await;
    // Disconnects instead of answering the end of the message.
    let sink = Sink::start(&["-q", "."]);
    let outreach = world.outreach(sink.config());
    let run = world.launch(&outreach).await;
    sender(&outreach).send_all_due().await.unwrap();
    let progress = world.progress(&outreach, run).await;
    assert_eq!(progress.in_state(MessageState::Unknown), 4, "{progress:?}");
}

#[tokio::test]
async fn a_server_that_hangs_up_before_the_message_is_tried_again() {
    let world = world(4).await;
    let sink = Sink::start(&["-q", "data"]);
    let outreach = world.outreach(sink.config());
    let run = world.launch(&outreach).await;
    let report = sender(&outreach).send_batch().await.unwrap();
    assert_eq!(report.released, 4, "{report:?}");
    assert_eq!(
        world
            .progress(&outreach, run)
            .await
            .in_state(MessageState::Planned),
        4
    );
    assert!(sink.message_ids().is_empty());
}

#[tokio::test]
async fn hard_and_soft_refusals_of_a_real_server_are_told_apart() {
    let world = world(2).await;
    let soft = Sink::start(&["-r", "rcpt"]);
    let outreach = world.outreach(soft.config());
    let run = world.launch(&outreach).await;
    assert_eq!(sender(&outreach).send_all_due().await.unwrap().deferred, 2);
    world
        .pg
        .execute("update crm.message set next_attempt_at = null")
        .await;
    let hard = Sink::start(&["-f", "."]);
    let outreach = world.outreach(hard.config());
    assert_eq!(sender(&outreach).send_all_due().await.unwrap().failed, 2);
    assert_eq!(
        world
            .progress(&outreach, run)
            .await
            .in_state(MessageState::Failed),
        2
    );
}
