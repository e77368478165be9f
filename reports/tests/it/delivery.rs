//! From the raw log to a mailed report, over a real Postgres, capture, lake and SMTP conversation.

use basalt_model::{Principal, Via};
use basalt_oltp::auth::Auth;
use basalt_oltp::scores;
use basalt_query::ReadAt;
use basalt_query::analysis::btyd::{BgNbd, Dropout};
use basalt_query::analysis::{CustomerSummary, purchases, score_customers};
use basalt_reports::{DeliveryState, Format, PackInput};
use chrono::{NaiveDate, TimeDelta, Utc};

use crate::world::{Sink, World, world};

fn log_end() -> NaiveDate {
    NaiveDate::from_ymd_opt(1998, 6, 30).expect("a date")
}

async fn score(world: &World) -> scores::ScoresWritten {
    let session = world
        .engine
        .session(&Principal::system(), ReadAt::Fresh)
        .await
        .expect("a session");
    let run = score_customers(&session, log_end()).await.expect("scores");
    scores::write(&world.db, &Principal::system(), &run.scores)
        .await
        .expect("written")
}

async fn pack(world: &World, reports: &basalt_reports::Reports) -> basalt_reports::Pack {
    let input = PackInput {
        definition: "sales-overview".to_owned(),
        label: "Monday figures".to_owned(),
        cron: Some("0 8 * * 1".to_owned()),
        time_zone: "Asia/Shanghai".to_owned(),
        active: true,
        recipients: world.managers.to_vec(),
    };
    reports
        .save_pack(&Principal::system(), &input)
        .await
        .expect("saved")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_raw_log_through_capture_and_mart_gives_the_published_model_and_the_scores_come_back() {
    let world = world().await;
    let session = world
        .engine
        .session(&Principal::system(), ReadAt::Fresh)
        .await
        .expect("a session");
    let calibration_end = NaiveDate::from_ymd_opt(1997, 9, 30).expect("a date");
    let customers = purchases(&session)
        .await
        .expect("purchases")
        .summarise(calibration_end);
    assert_eq!(
        customers
            .iter()
            .map(|customer| customer.purchases - 1)
            .sum::<u32>(),
        2_457
    );
    assert_eq!(
        customers
            .iter()
            .filter(|customer| customer.purchases == 1)
            .count(),
        1_411
    );
    let histories: Vec<_> = customers.iter().map(CustomerSummary::history).collect();
    let model = BgNbd::fit(Dropout::AfterRepeat, &histories)
        .expect("a fit")
        .model;
    for (actual, published) in [model.r, model.alpha, model.a, model.b]
        .into_iter()
        .zip([0.243, 4.414, 0.793, 2.426])
    {
        assert!(
            (actual - published).abs() < 1e-3,
            "{actual}, published {published}"
        );
    }

    let first = score(&world).await;
    assert_eq!(
        (first.written, first.unchanged, first.removed),
        (2_357, 0, 0)
    );
    let again = score(&world).await;
    assert_eq!(
        (again.written, again.unchanged, again.removed),
        (0, 2_357, 0),
        "what did not change is not touched"
    );
    let at = ReadAt::AtLeast(again.lsn.parse().expect("a position"));
    let seen = world
        .engine
        .query(&Principal::system(), "select count(*), count(clv), count(distinct rfm_segment) from mart.customer where r is not null", at)
        .await
        .expect("the scores are in the lake");
    assert_eq!(seen.to_json_rows().expect("rows")[0][0], 2_357);
    assert_eq!(seen.to_json_rows().expect("rows")[0][1], 2_357);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_recipient_gets_own_figures_in_the_own_language_and_the_archive_keeps_them() {
    let world = world().await;
    score(&world).await;
    let sink = Sink::start().await;
    let reports = world.reports(sink.port);
    let pack = pack(&world, &reports).await;
    let due = pack.next_due_at.expect("scheduled");
    assert!(
        reports
            .deliver_due(due - TimeDelta::minutes(1))
            .await
            .expect("runs")
            .is_empty(),
        "not due yet"
    );

    let deliveries = reports
        .deliver_due(due + TimeDelta::minutes(1))
        .await
        .expect("delivered");
    assert_eq!(deliveries.len(), 2);
    for delivery in &deliveries {
        assert_eq!(
            (delivery.state, delivery.attempts),
            (DeliveryState::Sent, 1),
            "{:?}",
            delivery.error
        );
        assert_eq!(delivery.files.len(), 3);
    }
    assert!(
        reports
            .deliver_due(due + TimeDelta::minutes(2))
            .await
            .expect("runs")
            .is_empty(),
        "sent once"
    );
    let mails = sink.mails();
    assert_eq!(mails.len(), 2);
    assert!(
        mails
            .iter()
            .all(|mail| mail.contains("application/pdf") && mail.contains("spreadsheetml"))
    );

    let auth = Auth::new(world.db.clone());
    let mut bodies = Vec::new();
    for (manager, language) in world
        .managers
        .into_iter()
        .zip(["十大客户", "Top ten customers"])
    {
        let reader = auth
            .principal_of(manager, Via::Api)
            .await
            .expect("a manager");
        let own = reports.deliveries(&reader, 10).await.expect("listed");
        assert_eq!(own.len(), 1, "a manager sees the own delivery only");
        for format in Format::ALL {
            let file = reports
                .open(&reader, own[0].id, format)
                .await
                .expect("archived");
            let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"))
                .join(format!("delivered-{}-{}", reader.login, file.file_name));
            std::fs::write(path, &file.bytes).expect("kept to be looked at");
            if format == Format::Html {
                let body = String::from_utf8(file.bytes).expect("text");
                assert!(body.contains(language));
                bodies.push(body);
            }
        }
        let other = deliveries
            .iter()
            .find(|delivery| delivery.user_id != manager)
            .expect("the other's");
        assert!(
            reports.open(&reader, other.id, Format::Pdf).await.is_err(),
            "another's report is not there for this reader"
        );
    }
    assert!(
        bodies[0].contains("客户 ") && !bodies[0].contains("Customer 2"),
        "the east sees customers of the east only"
    );
    assert!(
        bodies[1].contains("Customer ") && !bodies[1].contains("客户"),
        "the north sees customers of the north only"
    );

    let forged = sqlx::query("update sys.report_file set sha256 = 'x'")
        .execute(world.db.pool())
        .await;
    assert!(
        forged
            .expect_err("the archive is not changed")
            .to_string()
            .contains("archive")
    );
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_is_down_delays_the_same_report_and_says_so() {
    let world = world().await;
    let nobody_listens = 9;
    let reports = world.reports(nobody_listens);
    let pack = pack(&world, &reports).await;
    let deliveries = reports
        .deliver(&Principal::system(), pack.id)
        .await
        .expect("attempted");
    assert_eq!(deliveries.len(), 2);
    for delivery in &deliveries {
        assert_eq!(
            delivery.state,
            DeliveryState::Rendered,
            "the report is kept, only the mail is missing"
        );
        assert!(
            delivery
                .error
                .as_deref()
                .is_some_and(|error| error.contains("did not take the report")),
            "{delivery:?}"
        );
        assert!(
            delivery
                .next_attempt_at
                .is_some_and(|next| next > Utc::now())
        );
    }
    let sink = Sink::start().await;
    let reports = world.reports(sink.port);
    let later = reports
        .deliver_due(Utc::now() + TimeDelta::minutes(3))
        .await
        .expect("delivered");
    assert_eq!(later.len(), 2);
    for (before, after) in deliveries.iter().zip(&later) {
        assert_eq!(
            (after.id, after.state, after.attempts),
            (before.id, DeliveryState::Sent, 2)
        );
        assert_eq!(
            after.files, before.files,
            "what is sent is what was rendered first"
        );
        assert_eq!(after.error, None);
    }
    assert_eq!(sink.mails().len(), 2);
    world.stop().await;
}
