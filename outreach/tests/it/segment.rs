//! Segments are kept as differences, under the right person's rights.

use basalt_outreach::{Definition, Error, SmtpConfig};
use serde_json::json;

use crate::world::{principal, world};

fn nowhere() -> SmtpConfig {
    SmtpConfig::plain("127.0.0.1", 9)
}

#[tokio::test]
async fn an_evaluation_writes_only_what_changed() {
    let world = world(4).await;
    let outreach = world.outreach(nowhere());
    let customers = world.customers().await;

    world
        .audience
        .set([customers[0], customers[1], 999_999_999]);
    let evaluation = outreach
        .evaluate(&world.marketer, world.segment)
        .await
        .unwrap();
    assert_eq!(
        (evaluation.members, evaluation.entered, evaluation.left),
        (2, 0, 2)
    );

    world.audience.set([customers[1], customers[2]]);
    let evaluation = outreach
        .evaluate(&world.marketer, world.segment)
        .await
        .unwrap();
    assert_eq!(
        (evaluation.members, evaluation.entered, evaluation.left),
        (2, 1, 1)
    );
    assert_eq!(evaluation.lsn, "0/1000");

    let again = outreach
        .evaluate(&world.marketer, world.segment)
        .await
        .unwrap();
    assert_eq!((again.entered, again.left), (0, 0));
    assert_eq!(
        world
            .number("select member_count::bigint from crm.segment")
            .await,
        2
    );
    assert_eq!(
        world
            .number("select count(*) from crm.segment_member")
            .await,
        5
    );
    assert_eq!(
        world
            .number("select count(*) from crm.segment_member where left_at is null")
            .await,
        2
    );
}

#[tokio::test]
async fn it_runs_with_the_rights_of_the_owner_and_of_whoever_changed_it_last() {
    let world = world(4).await;
    let outreach = world.outreach(nowhere());
    let customers = world.customers().await;
    let other = world
        .number("insert into crm.app_user (login, name, profile) values ('ben', 'Ben', 'sales') returning id")
        .await;
    world
        .audience
        .set_for(world.marketer.user_id, customers[..3].iter().copied());
    world
        .audience
        .set_for(other, customers[1..].iter().copied());
    world.pg.execute(&format!("alter table crm.segment disable trigger user; update crm.segment set updated_by = {other}")).await;
    world
        .pg
        .execute("alter table crm.segment enable trigger user")
        .await;

    let evaluation = outreach
        .evaluate(&world.marketer, world.segment)
        .await
        .unwrap();
    assert_eq!(evaluation.members, 2, "what both may see");
    assert_eq!(
        world.number("select updated_by from crm.segment").await,
        other,
        "counting is no change: the restriction stays"
    );
    let evaluation = outreach
        .evaluate(&world.marketer, world.segment)
        .await
        .unwrap();
    assert_eq!((evaluation.members, evaluation.entered), (2, 0));
}

#[tokio::test]
async fn a_segment_without_an_active_owner_is_not_evaluated() {
    let world = world(1).await;
    let outreach = world.outreach(nowhere());
    world
        .pg
        .execute("update crm.app_user set active = false")
        .await;
    let error = outreach
        .evaluate(&world.marketer, world.segment)
        .await
        .unwrap_err();
    assert!(matches!(error, Error::OwnerGone { .. }), "{error}");
}

#[tokio::test]
async fn others_neither_see_nor_evaluate_it() {
    let world = world(1).await;
    let outreach = world.outreach(nowhere());
    let analyst = principal(&world.db, 77, "analyst").await;
    let error = outreach
        .evaluate(&analyst, world.segment)
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Forbidden(_)), "{error}");
    let sales = principal(&world.db, 78, "sales").await;
    let error = outreach.evaluate(&sales, world.segment).await.unwrap_err();
    assert!(matches!(error, Error::NotFound { .. }), "{error}");
}

#[tokio::test]
async fn a_preview_counts_and_an_explanation_names_each_comparison() {
    let world = world(3).await;
    let outreach = world.outreach(nowhere());
    let definition = Definition::parse("condition", &json!({"all": []})).unwrap();
    let preview = outreach
        .preview(&world.marketer, &definition)
        .await
        .unwrap();
    assert_eq!((preview.count, preview.sample.len()), (3, 3));

    world
        .pg
        .execute(
            r#"update crm.segment set definition = '{"all":[{"field":"region","op":"eq","value":"east"},
               {"any":[{"field":"level","op":"eq","value":"A"}]}]}'"#,
        )
        .await;
    let customer = world.customers().await[0];
    let explained = outreach
        .explain(&world.marketer, world.segment, customer)
        .await
        .unwrap();
    assert!(explained.fits && explained.member && explained.entered_at.is_some());
    assert_eq!(explained.checks.len(), 2);
    assert_eq!(explained.checks[1].condition["field"], "level");
}

#[tokio::test]
async fn a_set_of_itself_or_of_what_is_not_there_is_refused() {
    let world = world(1).await;
    let outreach = world.outreach(nowhere());
    let itself = json!({"union": [{"segment": world.segment}]});
    world
        .pg
        .execute(&format!(
            "update crm.segment set kind = 'set', definition = '{itself}'"
        ))
        .await;
    let error = outreach
        .evaluate(&world.marketer, world.segment)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("is made of itself"), "{error}");

    let unknown = Definition::parse("set", &json!({"union": [{"segment": 999_999}]})).unwrap();
    let error = outreach
        .preview(&world.marketer, &unknown)
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("no segment 999999 that you may read"),
        "{error}"
    );
}

#[test]
fn definitions_are_read_or_refused() {
    assert!(Definition::parse("sql", &json!({"sql": "select 1 as customer_id"})).is_ok());
    assert!(Definition::parse("static", &json!({"customer_ids": [1, 2]})).is_ok());
    for (kind, definition) in [
        ("sql", json!({})),
        ("static", json!({"customer_ids": ["x"]})),
        ("condition", json!({"field": "region"})),
        ("magic", json!({})),
    ] {
        assert!(
            matches!(
                Definition::parse(kind, &definition),
                Err(Error::Definition(_))
            ),
            "{kind}"
        );
    }
}
